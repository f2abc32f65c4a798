"""Letters as files: valid archives of well-formed XML that say what the paper says, always."""

import hashlib
import io
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.errors import BadPolicy
from fulfilment_monitor.domain.evidence import recognise
from fulfilment_monitor.domain.letter_kinds import FRAME, LetterKind, fields_of
from fulfilment_monitor.domain.letters import Paper, Paragraph, Style, compose
from fulfilment_monitor.gateways import letters_pdf
from fulfilment_monitor.gateways.evidence_store import place
from fulfilment_monitor.gateways.letters import Format, open_letters, storing, write
from fulfilment_monitor.gateways.letters_docx import MEDIA_TYPE, write_docx
from fulfilment_monitor.resources import shipped
from fulfilment_monitor.settings import Settings

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
DAY = date(2026, 1, 8)
NASTY = "<w:p/>&amp;]]> {x} \" ' #panic *x* 𠮷 ﹏ = + - @"
PAPER = Paper(
    "认定决定书",
    "认定〔2026〕1号",
    "示例县财政局",
    (Paragraph(Style.HEADING, "一、事实"), Paragraph(Style.TEXT, NASTY)),
    ("示例县人民政府", "2026年1月8日"),
    DAY,
)


def parts_of(content: bytes) -> dict[str, ElementTree.Element]:
    """Every part, parsed: a part that is not well-formed fails here."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}


def paragraphs(content: bytes) -> list[tuple[str, str]]:
    """Style and text of each paragraph of the body."""
    body = parts_of(content)["word/document.xml"].iter(f"{W}p")
    return [
        (
            next(p.iter(f"{W}pStyle")).attrib[f"{W}val"],
            "".join(t.text or "" for t in p.iter(f"{W}t")),
        )
        for p in body
    ]


def text_of(content: bytes) -> str:
    return "\n".join(text for _, text in paragraphs(content) if text) + "\n"


def every_letter() -> list[Paper]:
    """The shipped letters with a nasty text in every field."""
    letters = open_letters(Settings())
    return [
        compose(k, t, dict.fromkeys((*fields_of(k), *FRAME), NASTY), DAY)
        for k, t in letters.items()
    ]


# --- DOCX -------------------------------------------------------------------------------------


def test_it_says_what_the_paper_says_and_nothing_more() -> None:
    assert paragraphs(write_docx(PAPER)) == [
        ("Title", "认定决定书"),
        ("Number", "认定〔2026〕1号"),
        ("Addressee", "示例县财政局："),
        ("Heading", "一、事实"),
        ("Text", NASTY),
        ("Text", ""),
        ("Signature", "示例县人民政府"),
        ("Signature", "2026年1月8日"),
    ]
    bare = [style for style, _ in paragraphs(write_docx(PAPER._replace(number="")))]
    assert bare[:2] == ["Title", "Addressee"]


def test_every_letter_reads_as_its_paper() -> None:
    papers = every_letter()
    assert len(papers) == len(LetterKind)
    for paper in papers:
        assert text_of(write_docx(paper)) == paper.text


@given(st.text(max_size=80))
def test_any_text_survives(text: str) -> None:
    """Whatever an officer pastes into a field, the file can be read and says it."""
    letters = open_letters(Settings())
    said = dict.fromkeys((*fields_of(LetterKind.REPLY), *FRAME), "某")
    said["text"] = f"甲{text}乙"
    template = letters[LetterKind.REPLY]
    paper = compose(LetterKind.REPLY, template, said, DAY, determined=True)
    assert text_of(write_docx(paper)) == paper.text


def test_the_archive_hangs_together() -> None:
    content = write_docx(PAPER)
    parts = parts_of(content)
    declared = {e.attrib["PartName"] for e in parts["[Content_Types].xml"].iter(f"{TYPES}Override")}
    assert declared == {f"/{n}" for n in parts if n.endswith(".xml") and not n.startswith("[")}
    targets = [
        e.attrib["Target"]
        for e in parts["word/_rels/document.xml.rels"].iter(f"{RELATIONS}Relationship")
    ]
    assert {f"word/{t}" for t in targets} <= set(parts)
    styles = {e.attrib[f"{W}styleId"] for e in parts["word/styles.xml"].iter(f"{W}style")}
    assert {style for style, _ in paragraphs(content)} <= styles
    used = {e.attrib[f"{W}eastAsia"] for e in parts["word/styles.xml"].iter(f"{W}rFonts")}
    named = {e.attrib[f"{W}name"] for e in parts["word/fontTable.xml"].iter(f"{W}font")}
    assert used <= named
    assert recognise("认定决定书.docx", content, 20_000_000) == MEDIA_TYPE


def test_the_page_is_that_of_the_standard() -> None:
    """GB/T 9704-2012 5.1, 5.2.1: A4; 37 mm above, 28 mm on the left, a field of 156 × 225 mm."""
    section = next(parts_of(write_docx(PAPER))["word/document.xml"].iter(f"{W}sectPr"))
    size, margin = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
    assert size is not None
    assert margin is not None
    side = {k.removeprefix(W): round(int(v) * 25.4 / 1440, 1) for k, v in margin.attrib.items()}
    width, height = (round(int(size.attrib[W + k]) * 25.4 / 1440) for k in "wh")
    assert (width, height, round(side["top"]), round(side["left"])) == (210, 297, 37, 28)
    assert round(width - side["left"] - side["right"]) == 156
    assert round(height - side["top"] - side["bottom"]) == 225


def test_the_same_letter_is_the_same_bytes_on_every_machine() -> None:
    content = write_docx(PAPER)
    assert write_docx(PAPER) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            assert (entry.date_time, entry.create_system) == ((1980, 1, 1, 0, 0, 0), 0)
    assert write_docx(PAPER._replace(number="认定〔2026〕2号")) != content


def test_a_paper_is_kept_under_its_digest(tmp_path: Path) -> None:
    kept = storing(tmp_path)(PAPER)
    content = place(tmp_path, kept.sha256).read_bytes()
    assert content == write_docx(PAPER)
    assert kept == (
        hashlib.sha256(content).hexdigest(), len(content), MEDIA_TYPE,
        "认定决定书认定〔2026〕1号.docx",
    )  # fmt: skip
    assert storing(tmp_path)(PAPER) == kept


# --- PDF --------------------------------------------------------------------------------------


def _without(monkeypatch: pytest.MonkeyPatch, families: list[str] | None) -> None:
    """A machine without the typesetter, or with these fonts."""

    class Fonts:
        def families(self) -> list[str]:
            return families or []

    def load(name: str) -> object:
        if families is None:
            raise ModuleNotFoundError(name)
        return type("Typst", (), {"Fonts": Fonts})

    letters_pdf._fonts.cache_clear()
    monkeypatch.setattr(letters_pdf, "import_module", load)


def test_without_the_extra_or_a_chinese_font_there_is_a_clear_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _without(monkeypatch, None)
    with pytest.raises(letters_pdf.NoPdf, match="install the extra `letters`"):
        write(PAPER, Format.PDF)
    _without(monkeypatch, ["DejaVu Sans"])
    with pytest.raises(letters_pdf.NoPdf, match="no Chinese font"):
        write(PAPER, Format.PDF)


def test_a_pdf_is_made_of_what_is_said_and_of_nothing_it_looks_like() -> None:
    pytest.importorskip("typst")
    letters_pdf._fonts.cache_clear()
    try:
        content = write(PAPER, Format.PDF)
    except letters_pdf.NoPdf as refusal:
        pytest.skip(str(refusal))
    assert content.startswith(b"%PDF-")
    assert write(PAPER, Format.PDF) == content


# --- templates of an office -------------------------------------------------------------------


def test_an_office_replaces_a_letter_and_keeps_ours_for_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "notice.zh.txt").write_text("# 整改通知\n{items}\n限{due_on}前完成。", "utf-8")
    found = open_letters(Settings(alerts_dir=str(tmp_path)))
    assert found[LetterKind.NOTICE].title == "整改通知"
    ours = open_letters(Settings(alerts_dir=str(shipped("alerts"))))
    assert ours == open_letters(Settings())
    assert {k: t for k, t in found.items() if k is not LetterKind.NOTICE} == {
        k: t for k, t in ours.items() if k is not LetterKind.NOTICE
    }


def test_a_fault_of_an_office_stops_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "notice.zh.txt").write_text("# 通知\n{items}{due_on}\n{vault}", "utf-8")
    with pytest.raises(BadPolicy, match=r"letters/notice.zh.txt:3: \{vault\}"):
        open_letters(Settings(alerts_dir=str(tmp_path)))
    (folder / "notice.zh.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(BadPolicy, match=r"notice\.zh\.txt"):
        open_letters(Settings(alerts_dir=str(tmp_path)))
