"""Templates: the usual obligations of each field, with the law of the signing day filled in."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.checks import Submission
from fulfilment_monitor.domain.contracts import Field, Kind, Subject
from fulfilment_monitor.domain.errors import NotFound
from fulfilment_monitor.domain.money import parse_yuan
from fulfilment_monitor.domain.parties import Side
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.domain.templates import (
    TemplateObligation,
    Templates,
    as_document,
    blanks,
    read_templates,
    template_for,
)
from fulfilment_monitor.house import load_law
from fulfilment_monitor.schemas.contracts import read_contract
from tests.domain.builders import FIRM, ORGAN, day
from tests.model.compare import statute

Document = dict[str, Any]

PARTIES: Document = {
    "contract_no": "HT-1",
    "title": "测试合同",
    "region": "340321",
    "government": {"name": "测试县某局", "uscc": ORGAN, "kind": "organ"},
    "enterprise": {"name": "测试企业", "uscc": FIRM, "ownership": "private", "size": "small"},
}


@cache
def data() -> Document:
    return resources.read_toml(resources.law("templates.toml"))


@cache
def templates() -> Templates:
    return read_templates(data(), statute(), load_law().terms["rule"])


EVERY_KIND = [(f, s) for f, subjects in templates().subjects.items() for s in subjects]


def usual(
    field: str, subject: str, signed_on: str = "2025-07-01", yuan: str | None = None
) -> dict[str, TemplateObligation]:
    found = template_for(
        templates(),
        Field(field),
        Subject(subject),
        day(signed_on),
        statute(),
        amount_fen=None if yuan is None else parse_yuan(yuan),
    )
    return {o.key: o for o in found}


def skeleton(
    field: str, subject: str, signed_on: str = "2025-07-01", yuan: str | None = None, **more: Any
) -> Document:
    return as_document(
        templates(),
        Field(field),
        Subject(subject),
        day(signed_on),
        statute(),
        amount_fen=None if yuan is None else parse_yuan(yuan),
        **more,
    )


def completed(document: Document, **filled: Document) -> Document:
    """A skeleton with parties, and with what was agreed on some obligations, by key."""
    rows = [{**o, **filled.get(o["key"].replace("-", "_"), {})} for o in document["obligations"]]
    return {**PARTIES, **document, "obligations": rows}


def due(document: Document, as_of: str, **performed: str) -> dict[str, date | None]:
    """The due dates on a day, after both sides stated when what was performed."""
    facts = [
        {"kind": "performed", "on": on, "by": "enterprise", "obligation": key.replace("_", "-")}
        for key, on in performed.items()
    ]
    facts = [{**f, "confirmed": True} for f in facts]
    read: Submission = read_contract({**document, "facts": facts})
    ledger = open_ledger(read.contract, read.facts, (), statute())
    return {key: s.due.on for key, s in standings_at(ledger, day(as_of)).items()}


# --- every field ------------------------------------------------------------------------------


@pytest.mark.proves("R-05")
def test_each_of_the_six_fields_has_a_template_of_its_own() -> None:
    assert set(templates().names) == set(Field)
    rows = {
        field: [r.key for s in Subject for r in templates().rows_of(field, s)] for field in Field
    }
    assert len({tuple(keys) for keys in rows.values()}) == len(Field)


@pytest.mark.parametrize(("field", "subject"), EVERY_KIND)
@pytest.mark.parametrize("signed_on", ["2019-03-01", "2025-07-01"])
def test_a_skeleton_with_its_blanks_filled_in_is_a_contract(
    field: Field, subject: Subject, signed_on: str
) -> None:
    document = skeleton(field.value, subject.value, signed_on)
    found = template_for(templates(), field, subject, day(signed_on), statute())
    filled = {
        "due_on": "2026-03-31",
        "within": {"length": 10, "unit": "day"},
        "amount": "1000.00",
    }
    for blank in blanks(document, found):
        _, name, *place = blank.pointer.split("/")
        if name == "obligations":
            row, what = place
            document["obligations"][int(row)][what] = filled[what]
        else:
            document[name] = {**PARTIES, "amount": "100000.00"}[name]
    assert not list(blanks(document, found))
    read = read_contract(document)
    assert [o.key for o in read.contract.obligations] == [o.key for o in found if not o.apart]
    after = {o.key: o.after for o in read.contract.obligations}
    # everything leads back to a date or to signing
    assert all((o.due_on is None) is (o.after is not None) for o in read.contract.obligations)
    assert set(after.values()) <= {None, "signing", *after}


@pytest.mark.parametrize(("field", "subject"), EVERY_KIND)
def test_a_skeleton_with_parties_alone_can_be_registered(field: Field, subject: Subject) -> None:
    read = read_contract(completed(skeleton(field.value, subject.value)))
    assert (read.contract.field, read.contract.subject) == (field, subject)


def test_a_subject_that_a_field_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(NotFound) as refusal:
        usual("industry_support", "goods")
    assert refusal.value.members == {"subjects": ["promise"]}


def test_promises_have_no_statutory_period() -> None:
    for field in ("investment_attraction", "industry_support"):
        for o in usual(field, "promise").values():
            assert (o.period, o.default, o.ceiling) == (None, None, None), o.key
            assert o.agree is not None


def test_what_is_owed_to_others_is_told_and_stays_out_of_the_document() -> None:
    found = usual("procurement", "goods")
    apart = {key for key, o in found.items() if o.apart}
    assert apart == {"bid-bond-others", "publish", "file"}
    keys = [o["key"] for o in skeleton("procurement", "goods")["obligations"]]
    assert keys == [key for key in found if key not in apart]
    chosen = skeleton("procurement", "goods", keys=["bid-bond", "publish"])
    assert [o["key"] for o in chosen["obligations"]] == ["bid-bond", "publish"]


@pytest.mark.parametrize("keys", [["payment"], ["no-such"]])
def test_an_obligation_cannot_count_from_one_that_was_left_out(keys: list[str]) -> None:
    with pytest.raises(NotFound):
        skeleton("procurement", "goods", keys=keys)


def test_works_never_keep_a_performance_bond_and_retention_money_at_once() -> None:
    for field in ("procurement", "bidding", "government_investment"):
        keys = {o["key"] for o in skeleton(field, "works")["obligations"]}
        assert "retention" in keys
        assert "performance-bond" not in keys
        assert usual(field, "works")["performance-bond"].apart


# --- the law of the signing day ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_on", "decree"), [("2025-05-31", "728"), ("2025-06-01", "802"), ("2020-08-31", None)]
)
def test_the_payment_term_is_that_of_the_decree_in_force_at_signing(
    signed_on: str, decree: str | None
) -> None:
    payment = usual("procurement", "goods", signed_on)["payment"]
    assert payment.period is None  # it holds by itself: filled in, it would bind large firms too
    if decree is None:
        assert (payment.default, payment.ceiling, payment.agree) == (None, None, "within")
        return
    assert payment.default is not None
    assert payment.ceiling is not None
    assert (str(payment.default.period), str(payment.ceiling.period)) == ("30日", "60日")
    assert decree in payment.default.source
    assert any(decree in line and "30日" in line for line in payment.basis)
    assert payment.agree is None


def test_a_progress_payment_is_at_least_80_percent_for_contracts_signed_since() -> None:
    before = usual("government_investment", "works", "2022-07-31")["progress"]
    since = usual("government_investment", "works", "2022-08-01")["progress"]
    assert before.limits == ()
    assert [str(limit.at_least) for limit in since.limits] == ["0.80"]
    assert str(since.period) == "14日"
    assert any("转引" in line for line in since.basis)  # secondary: somebody has to look


def test_retention_money_is_at_most_3_percent_and_out_of_the_decrees_reach() -> None:
    retention = usual("government_investment", "works")["retention"]
    assert [str(limit.at_most) for limit in retention.limits] == ["0.03"]
    assert (retention.retention, retention.default, str(retention.period)) == (True, None, "14日")
    (row,) = [o for o in skeleton("bidding", "works")["obligations"] if o["key"] == "retention"]
    assert row["retention"] is True


@pytest.mark.parametrize(
    ("yuan", "period"),
    [
        ("0.01", "20日"),
        ("5000000.00", "20日"),
        ("5000000.01", "30日"),
        ("20000000.00", "30日"),
        ("20000000.01", "45日"),
        ("50000000.00", "45日"),
        ("50000000.01", "60日"),
    ],
)
def test_the_review_of_a_settlement_goes_by_its_amount(yuan: str, period: str) -> None:
    assert str(usual("bidding", "works", yuan=yuan)["settlement"].period) == period


def test_without_an_amount_no_band_is_guessed_and_all_are_told() -> None:
    settlement = usual("bidding", "works")["settlement"]
    assert (settlement.period, settlement.agree) == (None, "within")
    for period in ("：20日", "：30日", "：45日", "：60日"):
        assert any(period in line for line in settlement.basis)


def test_the_bounds_of_the_bands_are_those_of_the_terms() -> None:
    about = {t.id: t.about for t in statute().terms}
    words = ["五百万元以下", "五百万元至二千万元", "二千万元至五千万元", "五千万元以上"]
    bounds = [500, 2_000, 5_000, None]  # 万元
    (row,) = [r for r in templates().rows if r.key == "settlement"]
    assert [b.up_to_fen for b in row.bands] == [b and b * 10_000 * 100 for b in bounds]
    for band, word in zip(row.bands, words, strict=True):
        assert word in about[band.term]


def test_new_partnerships_ask_no_money_of_the_treasury() -> None:
    old, new = usual("ppp", "works", "2023-11-02"), usual("ppp", "works", "2023-11-03")
    assert set(old) - set(new) == {"availability", "operation"}
    assert all(o.kind is not Kind.PAYMENT for o in new.values())
    assert {"appraisal", "tariff", "policy"} <= set(new)


def test_a_law_that_sets_a_period_is_named_but_never_on_a_payment() -> None:
    for field, subject in EVERY_KIND:
        for o in usual(field.value, subject.value).values():
            named = o.period is not None and o.kind is not Kind.PAYMENT
            assert (o.other_law is not None) is named, o.key
            assert len(o.other_law or "") <= 200


# --- dates worked by hand ---------------------------------------------------------------------


def test_the_dates_of_a_purchase_of_goods() -> None:
    document = completed(
        skeleton("procurement", "goods"),
        award_notice={"due_on": "2025-06-10"},
        bid_bond={"amount": "2000.00"},
        delivery={"due_on": "2025-08-29"},
        acceptance={"within": {"length": 7, "unit": "day"}},
        payment={"amount": "100000.00"},
        performance_bond={"amount": "10000.00", "within": {"length": 10, "unit": "working_day"}},
    )
    found = due(
        document,
        "2025-09-30",
        award_notice="2025-06-10",
        sign="2025-07-01",
        delivery="2025-08-29",
        acceptance="2025-09-05",
    )
    assert found == {
        "award-notice": date(2025, 6, 10),
        "sign": date(2025, 7, 10),  # 06-10 + 30 days, a Thursday
        "bid-bond": date(2025, 7, 8),  # Tue 07-01: 2, 3, 4, 7 and 8 July
        "delivery": date(2025, 8, 29),
        "acceptance": date(2025, 9, 5),  # 08-29 + 7, a Friday
        "payment": date(2025, 10, 9),  # 09-05 + 30 = 10-05 in the holiday of 1 to 8 October
        # Fri 09-05: 8–12 September, 15–19 September
        "performance-bond": date(2025, 9, 19),
    }


def test_the_dates_of_tendered_works() -> None:
    document = completed(
        skeleton("bidding", "works", "2025-03-03", "6000000.00"),
        settlement_report={"within": {"length": 28, "unit": "day"}},
        retention_application={"within": {"length": 1, "unit": "year"}},
        acceptance={"within": {"length": 28, "unit": "day"}},
        retention={"amount": "180000.00"},
    )
    found = due(
        document,
        "2026-10-31",
        award_notice="2025-02-17",
        progress_application="2025-06-20",
        delivery="2025-08-01",
        acceptance="2025-08-20",
        settlement_report="2025-09-12",
        settlement="2025-10-10",
        retention_application="2026-09-18",
        retention_check="2026-10-09",
    )
    expected = {
        "sign": date(2025, 3, 19),  # 02-17 + 30 days, a Wednesday
        "bid-bond": date(2025, 3, 10),  # 03-03 + 5 days = Saturday 03-08
        "progress": date(2025, 7, 4),  # 06-20 + 14 days, a Friday
        "acceptance": date(2025, 8, 29),  # 08-01 + 28 days, a Friday
        "settlement-report": date(2025, 9, 17),  # 08-20 + 28 days, a Wednesday
        # six million: 30 days from 09-12 = Sunday 10-12
        "settlement": date(2025, 10, 13),
        "balance": date(2025, 11, 10),  # 10-10 + 30 days = Sunday 11-09
        "retention-application": date(2026, 8, 20),  # a year from 2025-08-20, a Thursday
        # 09-18 + 14 days = 2026-10-02, in the holiday to 10-07
        "retention-check": date(2026, 10, 8),
        "retention": date(2026, 10, 23),  # 10-09 + 14 days, a Friday
    }
    assert {key: found[key] for key in expected} == expected


def test_the_dates_of_an_industry_subsidy() -> None:
    document = completed(
        skeleton("industry_support", "promise"),
        application={"due_on": "2025-08-29"},
        review={"within": {"length": 20, "unit": "working_day"}},
        payout={"amount": "500000.00", "within": {"length": 30, "unit": "day"}},
        policy={"due_on": "2025-12-31"},
    )
    found = due(document, "2025-10-31", application="2025-08-29", review="2025-09-22")
    assert found == {
        "application": date(2025, 8, 29),
        # Fri 08-29: four weeks of September are 20 days, to Friday 26
        "review": date(2025, 9, 26),
        "payout": date(2025, 10, 22),  # 09-22 + 30 days, a Wednesday
        "policy": date(2025, 12, 31),
    }


# --- the data file ----------------------------------------------------------------------------


def row_of(broken: Document, key: str) -> Document:
    return next(r for r in broken["obligation"] if r["key"] == key)


def _unknown_term(d: Document) -> None:
    row_of(d, "sign")["term"] = "gp.sgin"


def _unknown_limit(d: Document) -> None:
    row_of(d, "bid-bond")["limits"] = ["gp.sign"]


def _unknown_rule(d: Document) -> None:
    row_of(d, "availability")["unless"] = "ppp.newer"


def _other_event(d: Document) -> None:
    row_of(d, "sign")["after"] = "signing"


def _number_twice(d: Document) -> None:
    row_of(d, "sign")["agree"] = "within"


def _nothing_agreed(d: Document) -> None:
    del row_of(d, "award-notice")["agree"]


def _below(d: Document) -> None:
    row_of(d, "acceptance")["after"] = "payment"


def _bands_fall(d: Document) -> None:
    row_of(d, "settlement")["bands"].reverse()


def _field_missing(d: Document) -> None:
    d["field"] = [f for f in d["field"] if f["field"] != "ppp"]


def _decree_out_of_reach(d: Document) -> None:
    row_of(d, "payment")["after"] = "award-notice"


def _key_twice(d: Document) -> None:
    d["obligation"].append(copy.deepcopy(row_of(d, "delivery")))


def _counts_from_what_is_apart(d: Document) -> None:
    row_of(d, "acceptance")["apart"] = True


def _no_source(d: Document) -> None:
    del row_of(d, "award-notice")["source"]


@pytest.mark.parametrize(
    ("breaking", "said"),
    [
        (_unknown_term, "'gp.sgin' names nothing"),
        (_unknown_limit, "'gp.sign' names nothing"),
        (_unknown_rule, "'ppp.newer' names nothing"),
        (_other_event, "counts from 'award_notice', not from 'signing'"),
        (_number_twice, "agree has to be None"),
        (_nothing_agreed, "agree has to be 'due_on'"),
        (_below, "which is not above"),
        (_bands_fall, "bands have to rise"),
        (_field_missing, "no template for ppp"),
        (_decree_out_of_reach, "does not reach this"),
        (_key_twice, "'delivery' twice"),
        (_counts_from_what_is_apart, "may be left out"),
        (_no_source, "names no source"),
    ],
)
def test_a_fault_in_the_data_stops_it(breaking: Callable[[Document], None], said: str) -> None:
    broken = copy.deepcopy(data())
    breaking(broken)
    with pytest.raises(ValueError, match=said):
        read_templates(broken, statute(), load_law().terms["rule"])


def test_a_field_nobody_knows_stops_it() -> None:
    broken = copy.deepcopy(data())
    row_of(broken, "sign")["length"] = 30
    with pytest.raises(TypeError):
        read_templates(broken, statute(), load_law().terms["rule"])


def test_a_gap_between_two_versions_of_a_term_stops_it() -> None:
    law = statute()
    ended = [t for t in law.terms if t.id != "payment.organ" or t.in_force_to is not None]
    gone = replace(law, terms=tuple(ended))
    with pytest.raises(ValueError, match=r"'payment\.organ' is not in force after 2025-05-31"):
        read_templates(data(), gone, load_law().terms["rule"])


@pytest.mark.parametrize("last", ["2025-05-30", "2025-06-01"])  # a day too few, a day too many
def test_versions_that_do_not_follow_each_other_stop_it(last: str) -> None:
    law = statute()
    terms = [
        replace(t, in_force_to=day(last)) if t.id == "payment.organ" and t.in_force_to else t
        for t in law.terms
    ]
    with pytest.raises(ValueError, match=r"'payment\.organ' has a gap or an overlap"):
        read_templates(data(), replace(law, terms=tuple(terms)), load_law().terms["rule"])


def test_no_number_of_law_stands_in_the_data() -> None:
    """Amounts of the bands are the only numbers: they stand nowhere else as numbers."""
    for row in data()["obligation"]:
        numbers = [v for v in row.values() if isinstance(v, int) and not isinstance(v, bool)]
        assert numbers == [], row["key"]
        assert not any(c.isdigit() for c in row.get("note", "") + row["title"]), row["key"]


def test_both_sides_owe_something_in_every_field() -> None:
    for field, subject in EVERY_KIND:
        sides = {o.obligor for o in usual(field.value, subject.value).values()}
        assert sides == set(Side), (field, subject)
