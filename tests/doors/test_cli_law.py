"""`deadline`, `interest`, `calendar load`, `lpr load`: the law at the counter."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from fulfilment_monitor.house import House
from tests.services.builders import (
    Document,
    a_document,
    a_fact,
    a_payment,
    contents,
    fulfilment_monitor,
    owed,
    register,
    standing,
    view,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A register, and the command line pointed at it."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return house


# --- deadline ---------------------------------------------------------------------------------


@ONLY_SQLITE
def test_a_deadline_is_a_day_with_its_reasons(desk: House) -> None:
    ran = fulfilment_monitor("deadline", "payment.organ", "2025-08-05", "--json")
    assert (ran.status, ran.err) == (0, "")
    shown = ran.json
    basis = shown.pop("basis")
    assert shown == {
        "term": "payment.organ",
        "start": "2025-08-05",
        "due_on": "2025-09-04",
        "provisional": False,
    }
    assert any("保障中小企业款项支付条例" in step for step in basis)


@ONLY_SQLITE
def test_deadlines_as_worked_out_by_hand(desk: House) -> None:
    # the worked cases of docs/law: raw end, and the working day it moves to
    cases = [
        (["payment.organ", "2026-01-19"], "2026-02-24"),  # Spring Festival
        (["payment.organ", "2026-01-31"], "2026-03-02"),
        (["--length", "1", "--unit", "month", "2026-01-31"], "2026-02-28"),  # a worked Saturday
        (["payment.organ.ceiling", "2025-08-05"], "2025-10-09"),  # National Day
        (["--length", "10", "--unit", "working_day", "2026-02-10"], "2026-03-02"),
        (["--length", "5", "--unit", "working_day", "2026-04-30"], "2026-05-11"),
        (["case.handle", "2026-07-03"], "2026-08-03"),
        (["case.handle.ceiling", "2026-07-03"], "2026-10-08"),
        (["case.forward", "2026-02-10"], "2026-03-02"),
        (["--length", "60", "--no-roll", "2025-08-05"], "2025-10-04"),
        (["--length", "1", "--unit", "year", "2024-02-29"], "2025-02-28"),
        (["--length", "0", "2025-10-01"], "2025-10-09"),
    ]
    for words, due_on in cases:
        assert fulfilment_monitor("deadline", *words, "--json").json["due_on"] == due_on, words


@ONLY_SQLITE
def test_a_date_in_a_year_without_a_notice_is_provisional(desk: House) -> None:
    words = ("deadline", "payment.organ", "2098-12-20")
    assert fulfilment_monitor(*words, "--json").json["provisional"] is True
    assert fulfilment_monitor(*words).out.splitlines()[0] == "2099-01-19（暂定）"
    # ten working days from Monday 2026-12-21: eight in 2026, then 4 and 5 January
    words = ("deadline", "case.forward", "2026-12-21")
    assert fulfilment_monitor(*words).out.splitlines()[0] == "2027-01-05（暂定）"


@ONLY_SQLITE
def test_the_signing_day_picks_the_version_of_the_law(desk: House) -> None:
    words = ("deadline", "payment.organ", "2025-07-01", "--json", "--signed")
    old = fulfilment_monitor(*words, "2025-05-31").json
    new = fulfilment_monitor(*words, "2025-06-01").json
    assert old["due_on"] == new["due_on"] == "2025-07-31"
    assert "728" in old["basis"][0]
    assert "802" in new["basis"][0]


@ONLY_SQLITE
@pytest.mark.parametrize(
    "words",
    [
        ["no.such.term", "2025-08-05"],
        ["payment.organ", "2020-08-31"],  # not in force yet
        ["payment.organ"],
        ["payment.organ", "2025-02-30"],
        ["payment.organ", "tomorrow"],
        ["payment.organ", "2025-08-05", "2025-08-06"],
        ["--length", "5"],
        ["--length", "-1", "2025-08-05"],
        ["--length", "5", "--unit", "hour", "2025-08-05"],
        ["--length", "20000", "--unit", "year", "2025-08-05"],
        ["--length", "20000", "--unit", "month", "9999-01-05"],
        ["--length", "20000", "--unit", "working_day", "2259-01-05"],
        ["--length", "20000", "--unit", "day", "9999-01-05"],
        ["--length", "5", "--unit", "working_day", "1999-01-05"],
        ["--length", "20000", "--unit", "year", "--no-roll", "2025-08-05"],
    ],
)
def test_what_is_no_deadline_is_wrong_usage(desk: House, words: list[str]) -> None:
    ran = fulfilment_monitor("deadline", *words, "--json")
    assert (ran.status, ran.out) == (2, ""), ran.err


# --- interest ---------------------------------------------------------------------------------

MILLION = ("--principal", "1000000", "--due", "2025-08-01", "--until", "2025-09-15")  # 45 days


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("words", "total"),
    [
        (["--signed", "2025-07-01"], "22500.00"),
        (["--signed", "2025-07-01", "--annual-rate", "0.03"], "3698.63"),
        (["--signed", "2025-07-01", "--annual-rate", "0.03", "--basis", "360"], "3750.00"),
        (["--signed", "2020-08-31"], "0.00"),  # signed before the decree: no statutory rate
        (["--signed", "2025-07-01", "--out-of-scope"], "0.00"),
        # 500000.00 for 10 days and 500000.00 more for all 45, at 0.0005 a day
        (["--signed", "2025-07-01", "--paid", "2025-08-11=500000"], "13750.00"),
        (["--signed", "2025-07-01", "--paid", "2025-09-16=500000"], "22500.00"),  # after until
        (["--signed", "2025-07-01", "--paid", "2025-08-01=1000000.00"], "0.00"),  # in time
    ],
)
def test_interest_as_worked_out_by_hand(desk: House, words: list[str], total: str) -> None:
    ran = fulfilment_monitor("interest", *MILLION, *words, "--json")
    assert (ran.status, ran.json["total"]) == (0, total)


@ONLY_SQLITE
def test_the_segments_say_what_was_owed_on_which_days(desk: House) -> None:
    ran = fulfilment_monitor(
        "interest",
        *MILLION,
        *("--signed", "2025-07-01", "--paid", "2025-08-11=400000.01", "--json"),
    )
    assert ran.json["segments"] == [
        {
            "from": "2025-08-02",
            "to": "2025-08-11",
            "days": 10,
            "remaining": "1000000.00",
            "rate": "0.0005",
            "amount": "5000.00",
        },
        {
            "from": "2025-08-12",
            "to": "2025-09-15",
            "days": 35,
            "remaining": "599999.99",
            "rate": "0.0005",
            "amount": "10500.00",
        },
    ]
    assert (ran.json["total"], ran.json["findings"]) == ("15500.00", [])


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("signed", "rate", "codes"),
    [
        ("2019-08-19", "0.0001", []),
        ("2024-10-20", "0.0334", ["agreed-rate-below-floor"]),
        ("2024-10-20", "0.0335", []),
        ("2024-10-21", "0.0310", []),
        ("2025-05-19", "0.0309", ["agreed-rate-below-floor"]),
        ("2025-05-20", "0.0300", []),
        ("2026-09-19", "0.0299", ["agreed-rate-below-floor"]),
        ("2026-09-20", "0.0299", ["lpr-unknown"]),
    ],
)
def test_the_floor_is_the_rate_published_at_signing(
    desk: House, signed: str, rate: str, codes: list[str]
) -> None:
    ran = fulfilment_monitor(
        "interest", *MILLION, "--signed", signed, "--annual-rate", rate, "--json"
    )
    assert [f["code"] for f in ran.json["findings"]] == codes
    assert [f["level"] for f in ran.json["findings"]] == ["finding" for _ in codes]


@ONLY_SQLITE
def test_without_any_rate_there_is_a_finding_not_a_guess(desk: House) -> None:
    ran = fulfilment_monitor("interest", *MILLION, "--signed", "2020-08-31", "--json")
    assert [f["code"] for f in ran.json["findings"]] == ["no-statutory-rate"]


@ONLY_SQLITE
@pytest.mark.parametrize(
    "words",
    [
        ["--annual-rate", "3.65%"],
        ["--annual-rate", "abc"],
        ["--annual-rate", "2"],
        ["--annual-rate", "-0.03"],
        ["--paid", "2025-08-11"],
        ["--paid", "2025-08-11=x"],
        ["--paid", "x=1"],
        ["--paid", "2025-08-11=-500000"],  # a payment that makes the debt larger
        ["--basis", "366"],
        ["--principal", "0"],
        ["--principal", "-1"],
        ["--principal", "1.005"],
        ["--principal", "1e6"],
        ["--until", "x"],
    ],
)
def test_what_is_no_interest_is_wrong_usage(desk: House, words: list[str]) -> None:
    ran = fulfilment_monitor("interest", *MILLION, "--signed", "2025-07-01", *words, "--json")
    assert (ran.status, ran.out) == (2, ""), ran.err


@ONLY_SQLITE
def test_it_is_called_a_computation(desk: House) -> None:
    out = fulfilment_monitor("interest", *MILLION, "--signed", "2025-07-01").out
    assert out.startswith("测算利息 22500.00 元")


# --- calendar and rates -----------------------------------------------------------------------


def a_csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def a_notice(path: Path, days: Iterable[str] = ("2027-01-01", "2027-01-04")) -> Path:
    return a_csv(path, "date,kind", *(f"{d},off_adjusted" for d in days))


def delivered_late_in_2026() -> Document:
    return a_document(
        owed("delivery", "enterprise", due_on="2026-12-05"),
        a_payment(after="delivery"),
        signed_on="2026-11-01",
        facts=[a_fact("performed", "2026-12-05", "enterprise", "delivery")],
    )


def test_loading_a_notice_moves_what_it_touches_once(desk: House, tmp_path: Path) -> None:
    register(desk, delivered_late_in_2026(), a_document(contract_no="HT-2"), on="2026-12-06")
    load = ("calendar", "load", a_notice(tmp_path / "2027.csv"), "--source", "国办发明电", "--json")
    first, again = fulfilment_monitor(*load), fulfilment_monitor(*load)
    counted = {"year": 2027, "days": 2, "contracts": 1, "duties_replaced": 1}
    assert first.status == 0
    assert {name: first.json[name] for name in counted} == counted
    assert again.json["duties_replaced"] == 0
    assert standing(desk, "2026-12-31")["due_on"] == "2027-01-05"
    ran = fulfilment_monitor("deadline", "payment.organ", "2026-12-05", "--json")
    assert (ran.json["due_on"], ran.json["provisional"]) == ("2027-01-05", False)


@ONLY_SQLITE
@pytest.mark.parametrize(
    "lines",
    [
        ["date,kind", "2027-01-01,off_adjusted", "2028-01-03,off_adjusted"],
        ["date,kind", "2027-01-02,off_adjusted"],
        ["date,kind", "2027-01-01,holiday"],
        ["date,kind", "1 January,off_adjusted"],
        ["date,kind", "2027-01-01"],
        ["day,kind", "2027-01-01,off_adjusted"],
        ["date,kind"],
        [""],
    ],
)
def test_a_file_that_is_no_notice_is_refused_and_changes_nothing(
    desk: House, tmp_path: Path, lines: list[str]
) -> None:
    before = contents(desk)
    path = a_csv(tmp_path / "x.csv", *lines)
    ran = fulfilment_monitor("calendar", "load", path, "--source", "x", "--json")
    assert (ran.status, ran.out) == (3, ""), ran.err
    assert contents(desk) == before


def test_loading_rates_tells_which_were_new(desk: House, tmp_path: Path) -> None:
    signed = {"signed_on": "2026-10-10", "late_interest": {"annual_rate": "0.0295"}}
    register(desk, a_document(a_payment(due_on="2026-12-01"), **signed), on="2026-10-11")
    path = a_csv(
        tmp_path / "lpr.csv", "date,one_year_rate_percent", "2026-09-21,2.95", "2026-10-20,2.90"
    )
    first = fulfilment_monitor("lpr", "load", path, "--json")
    again = fulfilment_monitor("lpr", "load", path, "--json")
    floors = [{"contract_no": "HT-1", "was": ["lpr-unknown"], "now": []}]
    new = ["2026-09-21", "2026-10-20"]
    assert first.status == again.status == 0
    assert first.json == {"read": 2, "new": new, "affected": 0, "floors": floors}
    assert again.json == {"read": 2, "new": [], "affected": 0, "floors": []}
    assert "lpr-unknown" not in [f["code"] for f in view(desk, "2026-10-31")["findings"]]


@ONLY_SQLITE
@pytest.mark.parametrize(
    "lines",
    [
        ["date,one_year_rate_percent", "2026-09-21,abc"],
        ["date,one_year_rate_percent", "2026-09-21"],
        ["date,one_year_rate_percent", "2026-09-21,"],
        ["date,one_year_rate_percent", "2026-09-21,³"],
        ["date,one_year_rate_percent", "x,2.90"],
        ["date,percent", "2026-09-21,2.90"],
    ],
)
def test_a_file_that_holds_no_rates_is_refused_and_changes_nothing(
    desk: House, tmp_path: Path, lines: list[str]
) -> None:
    before = contents(desk)
    ran = fulfilment_monitor("lpr", "load", a_csv(tmp_path / "x.csv", *lines), "--json")
    assert (ran.status, ran.out) == (3, ""), ran.err
    assert contents(desk) == before
    assert fulfilment_monitor("deadline", "payment.organ", "2025-08-05").status == 0


@ONLY_SQLITE
@pytest.mark.parametrize("command", [["calendar", "load"], ["lpr", "load"]])
def test_a_file_that_is_not_there_is_wrong_usage(desk: House, command: list[str]) -> None:
    assert fulfilment_monitor(*command, "nowhere.csv", "--source", "x").status == 2
