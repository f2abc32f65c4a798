"""Templates of letters and what becomes of them: checked at the start, filled in as text."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor import resources
from fulfilment_monitor.domain.errors import BadPolicy, Invalid
from fulfilment_monitor.domain.letter_kinds import (
    ALLOWED,
    FRAME,
    KINDS,
    OPENLY,
    Audience,
    LetterKind,
    Value,
    fields_of,
)
from fulfilment_monitor.domain.letters import Paper, Style, compose, masked, read_letters

DAY = date(2026, 1, 8)
SHIPPED = {
    p.name.removesuffix(".zh.txt"): p.read_text("utf-8")
    for p in sorted(Path(resources.shipped("alerts") / "letters").glob("*.zh.txt"))
}
LETTERS = read_letters(SHIPPED)
EARLY = [k for k in LetterKind if not KINDS[k].after_determination]
#: What a list is in the shipped letters.
_LISTS = {"items": ("支付货款", "书面报告"), "measures": ("取消评优。依据：三（五）。",)}


def filled(kind: LetterKind, **changes: Value) -> dict[str, Value]:
    """Every field of a kind, each with a text of its own."""
    names = (*fields_of(kind), *FRAME)
    given: dict[str, Value] = {n: _LISTS.get(n, f"某{n}") for n in names}
    return given | changes


def required(kind: LetterKind) -> dict[str, Value]:
    frame = FRAME if KINDS[kind].numbered else FRAME[:2]
    return {n: v for n, v in filled(kind).items() if n in (*KINDS[kind].required, *frame)}


def written(kind: LetterKind, determined: bool = False, **changes: Value) -> Paper:
    return compose(kind, LETTERS[kind], filled(kind, **changes), DAY, determined=determined)


def faults(name: str, text: str) -> list[str]:
    with pytest.raises(BadPolicy) as refused:
        read_letters(SHIPPED | {name: text})
    found: list[str] = refused.value.members["faults"]  # type: ignore[assignment]
    return found


def issues(kind: LetterKind, fields: dict[str, Value]) -> list[tuple[str, str, str]]:
    with pytest.raises(Invalid) as refused:
        compose(kind, LETTERS[kind], fields, DAY)
    return [(i.pointer, i.code, i.detail) for i in refused.value.issues]


# --- what ships -------------------------------------------------------------------------------


def test_every_kind_ships_a_template_and_every_template_is_of_a_kind() -> None:
    assert set(SHIPPED) == {k.value for k in LetterKind} == {k.value for k in KINDS}


@pytest.mark.parametrize("kind", LetterKind)
def test_a_shipped_letter_says_everything_it_has_to(kind: LetterKind) -> None:
    said = compose(kind, LETTERS[kind], required(kind), DAY).text
    for value in required(kind).values():
        assert all(part in said for part in ([value] if isinstance(value, str) else value))
    assert "{" not in said
    assert said.endswith("某issuer\n2026年1月8日\n")


def test_a_decision_reads_as_it_should() -> None:
    said = required(LetterKind.DECISION) | {
        "addressee": "示例县财政局",
        "issuer": "示例县人民政府",
        "number": "认定〔2026〕1号",
        "facts": "货款逾期未付。",
        "breach": "拖欠账款",
        "article": "民法典第五百七十七条。",
        "remedies": "可以提出异议。",
    }
    paper = compose(LetterKind.DECISION, LETTERS[LetterKind.DECISION], said, DAY)
    assert paper.text.splitlines() == [
        "认定决定书",
        "认定〔2026〕1号",
        "示例县财政局：",
        "一、基本情况",
        "被认定单位：某respondent。",
        "二、认定的事实",
        "货款逾期未付。",
        "三、告知和听取意见的情况",
        "作出本决定前，我单位已经告知你单位拟认定的事实、理由和依据，以及陈述、申辩的权利。",
        "四、认定的依据和结论",
        "依据：民法典第五百七十七条。",
        "你单位的上述行为构成拖欠账款，经责令整改拒不整改，认定为违约失信。",
        "五、救济途径",
        "可以提出异议。",
        "本决定书自送达之日起生效。",
        "示例县人民政府",
        "2026年1月8日",
    ]


# --- what an office may make of them ----------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("notice", "# 通知\n{items}\n{due_on}\n{complainant}", "notice.zh.txt:4: {complainant}; "),
        ("notice", "# 通知\n{items}\n{due_on}\n{claim}", "notice.zh.txt:4: {claim}; allowed: "),
        ("notice", "# 通知\n{items}{", "notice.zh.txt:2: "),
        ("notice", "# 通知\n{items!r} {due_on:>9}", "notice.zh.txt:2: a field is its name alone"),
        ("notice", "# 通知\n{items[0]}\n{due_on}\n{items}", "notice.zh.txt:2: {items[0]}; "),
        ("notice", "{items}\n{due_on}", "notice.zh.txt:1: there is no title"),
        ("notice", "# 通知 {due_on}\n{items}{due_on}", "notice.zh.txt:1: the title is"),
        ("notice", "# 通知\n{items}{due_on}\n# 又", "notice.zh.txt:3: the title is"),
        ("notice", "# 通知\n{items}{due_on}\n### 三", "notice.zh.txt:3: write `# ` before"),
        ("notice", "# 通知\n{items}", "notice.zh.txt: {due_on} has to stand"),
        ("notice", "# 通知\n{items}\n{amount}，{due_on}", "notice.zh.txt: {due_on} has to stand"),
        ("notice", "# 失信通知\n{items}{due_on}", "notice.zh.txt:1: nothing speaks of 失信"),
        ("decision", "# 决定\n{facts}{article}{breach}{respondent}", "zh.txt: {remedies} has to"),
        ("receipt", "# 回执", "letters/receipt.zh.txt: there is no such letter"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_with_its_place(
    kind: str, text: str, fault: str
) -> None:
    found = faults(kind, text)
    assert any(fault in f for f in found), found


def test_a_missing_template_is_a_fault() -> None:
    with pytest.raises(BadPolicy, match=r"letters/decision.zh.txt: is missing"):
        read_letters({k: v for k, v in SHIPPED.items() if k != "decision"})


@pytest.mark.parametrize("kind", list(LetterKind))
def test_no_letter_but_to_the_complainant_can_name_one(kind: LetterKind) -> None:
    """Not in these letters; who complained lies in the vault, and the claim's number tells when."""
    names = set(fields_of(kind))
    assert not names & {"complainant", "contact", "words", "complaint", "channel", "source_no"}
    if KINDS[kind].audience is Audience.RESPONDENT:
        assert "claim" not in names
    assert set(OPENLY) & set(KINDS[kind].required) == set()
    assert set(ALLOWED[KINDS[kind].audience]) <= names


# --- filling in -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LetterKind)
def test_what_is_missing_is_named_with_its_place(kind: LetterKind) -> None:
    for name in required(kind):
        empty = [{k: v for k, v in required(kind).items() if k != name}]
        empty += [required(kind) | {name: blank} for blank in ("", " \n\u200b", ())]
        for fields in empty:
            ((pointer, code, detail),) = issues(kind, fields)
            assert (pointer, code) == (f"/{name}", "letter.missing")
            place = KINDS[kind].label if name in FRAME else f"letters/{kind.value}.zh.txt:"
            assert detail.startswith(place)


def test_a_field_of_another_letter_is_refused() -> None:
    fields = required(LetterKind.NOTICE) | {"claim": "01J"}
    assert [i[:2] for i in issues(LetterKind.NOTICE, fields)] == [("/claim", "letter.unknown")]


@pytest.mark.parametrize(
    "text",
    [
        "{remedies} {0} {{x}} {",
        "</w:t></w:r><w:p/>&amp;<!--",
        "# 标题",
        "## 小标题",
        "#panic(1) *x* $y$ \\ %s",
        "{% raw %}{{ 7*7 }}",
    ],
)
def test_what_is_filled_in_stays_text(text: str) -> None:
    paper = written(LetterKind.NOTICE, items=(text, text), legal_basis=text)
    lines = [p.text for p in paper.paragraphs if p.style is Style.TEXT]
    assert f"（一）{text}" in lines
    assert f"（二）{text}" in lines
    assert f"依据：{text}" in lines
    assert len(paper.paragraphs) == len(written(LetterKind.NOTICE).paragraphs)


@given(st.text(max_size=60))
def test_any_text_stays_whole_and_where_it_is_put(text: str) -> None:
    """Of what cannot be seen nothing is left; lines become paragraphs."""
    seen = "".join(c for c in text if c.isprintable() or c == "\n")
    paper = written(LetterKind.PRIOR_NOTICE, True, facts=f"甲{text}乙")
    kept = [p for p in paper.paragraphs if p.style is Style.TEXT]
    joined = "".join("".join(p.text.split()) for p in kept)
    assert "".join(f"甲{seen}乙".split()) in joined
    assert all("\n" not in p.text and p.text == p.text.strip() for p in kept)


def test_paragraphs_with_nothing_to_say_are_left_out_and_headings_count_on() -> None:
    kind = LetterKind.NOTICE
    full, least = written(kind), compose(kind, LETTERS[kind], required(kind), DAY)
    for paper, count in ((full, 4), (least, 3)):
        heads = [p.text.split("、")[0] for p in paper.paragraphs if p.style is Style.HEADING]
        assert heads == list("一二三四")[:count]
    assert "核实情况" in full.text
    assert "核实情况" not in least.text
    styles = [p.style for p in least.paragraphs]
    assert not any(a is b is Style.HEADING for a, b in pairwise(styles))


# --- before a determination -------------------------------------------------------------------


@pytest.mark.parametrize("kind", EARLY)
def test_before_a_determination_no_letter_speaks_of_it(kind: LetterKind) -> None:
    assert "失信" not in SHIPPED[kind.value]
    assert "失信" not in written(kind).text
    for name in (*KINDS[kind].required, "number"):
        for word in ("失信", "失 信", "失\n信", "失\u200b信"):
            found = issues(kind, filled(kind, **{name: f"已属{word}"}))
            assert [i[:2] for i in found] == [(f"/{name}", "letter.before-determination")]
    assert "失信" in written(kind, True, **{KINDS[kind].required[-1]: "已认定失信"}).text


def test_letters_after_a_determination_may() -> None:
    late = [k for k in LetterKind if k not in EARLY]
    assert all("失信" in written(kind).text for kind in late)
    assert {k.value for k in late} == {"decision", "measures", "repair", "repair-declined"}


# --- masking ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HT-100", "某"),
        ("合同HT-100号、ｈｔ－100", "合同某号、某"),
        ("HT-\n100", "某"),
        ("H T - 1 0 0。", "某。"),
        ("HT-1001、AHT-100", "HT-1001、AHT-100"),
        ("付HT-100 3次", "付某 3次"),
        ("HT-100HT-100 HT-100", "HT-100HT-100 某"),
        ("未提及", "未提及"),
        ("", ""),
    ],
)
def test_a_word_is_masked_however_it_is_written(text: str, shown: str) -> None:
    assert masked(text, {"HT-100": "某"}) == shown


def test_numbers_too_short_to_be_known_again_stay() -> None:
    words = {"12": "某", "2026": "某", "合同1": "某"}
    assert masked("2026年12月，合同1", words) == "2026年12月，合同1"
    assert masked("123456号", {"123456": "某"}) == "某号"


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_name_never_comes_through(before: str, after: str) -> None:
    assert "淮远示例" not in masked(f"{before}淮远示例{after}", {"淮远示例": "有关企业"})
