"""`calendar load` and `lpr load`: what moves, what stays, and both dates in sight.

Counted by hand against two made-up notices for 2027, in which 1 January is a Friday:

* before any notice, only weekends and Friday 1 January are days of rest;
* the notice rests on Mon 01-04, Fri 02-05 and Mon–Thu 02-08…11, and works on Sat 01-09, Sun 01-31
  and Sat 02-13;
* the notice put right rests on Tue 01-05 and Fri 02-12 as well, and works on Sat 02-20.
"""

from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor.house import House
from fulfilment_monitor.store.search import replace_words
from tests.services.builders import (
    Document,
    a_document,
    a_fact,
    a_payment,
    contents,
    fulfilment_monitor,
    owed,
    register,
    state,
    violations,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOTICE = (
    "2027-01-01,off_adjusted,元旦",
    "2027-01-04,off_adjusted,元旦",
    "2027-01-09,workday_makeup,",
    "2027-01-31,workday_makeup,",
    "2027-02-05,off_adjusted,春节",
    "2027-02-08,off_adjusted,春节",
    "2027-02-09,off_adjusted,春节",
    "2027-02-10,off_adjusted,春节",
    "2027-02-11,off_adjusted,春节",
    "2027-02-13,workday_makeup,",
    "2027-10-01,off_adjusted,国庆节",
)
PUT_RIGHT = (
    *NOTICE,
    "2027-01-05,off_adjusted,元旦",
    "2027-02-12,off_adjusted,春节",
    "2027-02-20,workday_makeup,",
)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A register, and the command line pointed at it."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return house


def a_csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def load(folder: Path, lines: tuple[str, ...], source: str = "国办发明电〔2026〕1号") -> Any:
    path = a_csv(folder / "notice.csv", "date,kind,name", *lines)
    ran = fulfilment_monitor("calendar", "load", path, "--source", source, "--json")
    assert ran.status == 0, ran.err
    return ran.json


def counted(number: str, length: int, unit: str, signed_on: str, **changes: Any) -> Document:
    """A permit owed some time after signing."""
    within = {"length": length, "unit": unit}
    permit = owed("permit", after="signing", within=within)
    return a_document(permit, contract_no=number, signed_on=signed_on, **changes)


def delivered(number: str, on: str, *more: Document, **terms: Any) -> Document:
    """Goods delivered on a day; the payment counts from it, 30 days by law."""
    return a_document(
        owed("delivery", "enterprise", due_on=on),
        *more,
        a_payment(**{"after": "delivery", **terms}),
        contract_no=number,
        signed_on="2026-11-02",
        facts=[a_fact("performed", on, "enterprise", "delivery")],
    )


def a_register(house: House) -> None:
    month = {"length": 30, "unit": "day"}
    register(
        house,
        # these must move
        counted("跨年工作日", 40, "working_day", "2026-12-11"),
        delivered("遇休顺延", "2026-12-05"),
        counted("春节到期", 2, "month", "2026-12-08"),
        delivered(
            "验收后付款",
            "2026-12-05",
            owed("acceptance", after="delivery", within=month),
            after="acceptance",
        ),
        # these must not
        a_document(a_payment(due_on="2027-01-04"), contract_no="约定日期", signed_on="2026-12-08"),
        counted(
            "早已办结",
            58,
            "month",
            "2022-03-03",
            facts=[a_fact("performed", "2022-06-01", "government", "permit", confirmed=True)],
        ),
        delivered("当年到期", "2026-11-20"),
        counted("当年工作日", 10, "working_day", "2026-12-11"),
        delivered("落在工作日", "2026-12-20"),
        counted("下半年", 6, "month", "2026-12-08"),
        counted("次年以后", 18, "month", "2026-12-08"),
    )


#: From the last date believed to the new one, by contract and obligation.
MOVES = {
    # 40 working days from Fri 2026-12-11, 14 of them to the year's end. Before: five weeks from
    # Mon 01-04 make 39, then Mon 02-08. After: 5–9 January 5, three weeks 15, Sun 31 1, 1–4
    # February 4 make 39, then Fri 02-12.
    ("跨年工作日", "permit"): ("2027-02-08", "2027-02-12"),
    # 2026-12-05 + 30 = Mon 01-04, a day of rest by the notice
    ("遇休顺延", "payment"): ("2027-01-04", "2027-01-05"),
    # Mon 02-08 to the 11th are the festival
    ("春节到期", "permit"): ("2027-02-08", "2027-02-12"),
    ("验收后付款", "acceptance"): ("2027-01-04", "2027-01-05"),
    # from the end of the acceptance period: 01-04 + 30 = Wed 02-03; 01-05 + 30 = Thu 02-04
    ("验收后付款", "payment"): ("2027-02-03", "2027-02-04"),
}
MOVES_AGAIN = {
    # 14; 6–9 January 4, three weeks 15, Sun 31 1, 1–4 February 4 make 38; Sat 13, Mon 02-15
    ("跨年工作日", "permit"): ("2027-02-12", "2027-02-15"),
    ("遇休顺延", "payment"): ("2027-01-05", "2027-01-06"),
    # to Sat 02-13, worked
    ("春节到期", "permit"): ("2027-02-12", "2027-02-13"),
    ("验收后付款", "acceptance"): ("2027-01-05", "2027-01-06"),
    # 01-06 + 30 = Fri 02-05, rest until Sat 02-13, worked
    ("验收后付款", "payment"): ("2027-02-04", "2027-02-13"),
}


def moved(shown: Any) -> dict[tuple[str, str], tuple[str, str]]:
    return {(m["contract_no"], m["obligation"]): (m["from"], m["to"]) for m in shown["moved"]}


def view(number: str) -> Any:
    return fulfilment_monitor("contract", number, "--as-of", "2026-12-31", "--json").json


def dates(number: str, key: str) -> list[tuple[str, bool]]:
    """Every date of an obligation that is or was believed, and whether it was replaced."""
    return [(d["due_on"], d["replaced"]) for d in view(number)["duties"] if d["obligation"] == key]


def due(number: str, key: str) -> str:
    return next(o["due_on"] for o in view(number)["obligations"] if o["key"] == key)


def test_a_notice_moves_exactly_the_open_dates_it_must(desk: House, tmp_path: Path) -> None:
    a_register(desk)
    assert dates("跨年工作日", "permit") == [("2027-02-08", False)]
    first = load(tmp_path, NOTICE)
    assert moved(first) == MOVES
    assert (first["year"], first["days"], first["judged_anew"], first["findings"]) == (
        2027,
        11,
        [],
        [],
    )
    for (number, key), (old, new) in MOVES.items():
        assert dates(number, key) == [(old, True), (new, False)], number
    assert due("约定日期", "payment") == "2027-01-04"
    assert due("当年到期", "payment") == "2026-12-21"  # + 30 = Sunday 12-20
    assert due("当年工作日", "permit") == "2026-12-25"  # two weeks
    assert due("落在工作日", "payment") == "2027-01-19"  # a Tuesday before and after
    assert due("下半年", "permit") == "2027-06-08"
    assert due("次年以后", "permit") == "2028-06-08"
    assert dates("当年到期", "payment") == [("2026-12-21", False)]
    assert dates("次年以后", "permit") == [("2028-06-08", False)]
    done = next(o for o in view("早已办结")["obligations"] if o["key"] == "permit")
    assert (done["state"], done["days_late"]) == ("fulfilled", 0)
    assert violations(desk) == []


def test_loading_it_again_changes_nothing(desk: House, tmp_path: Path) -> None:
    a_register(desk)
    load(tmp_path, NOTICE)
    before = contents(desk)
    again = load(tmp_path, NOTICE)
    assert (again["duties_replaced"], again["moved"], again["judged_anew"]) == (0, [], [])
    assert contents(desk) == before


def test_a_notice_put_right_moves_them_again_and_all_three_dates_stay(
    desk: House, tmp_path: Path
) -> None:
    a_register(desk)
    load(tmp_path, NOTICE)
    assert moved(load(tmp_path, PUT_RIGHT, "国办发明电〔2026〕2号")) == MOVES_AGAIN
    for place, (second, third) in MOVES_AGAIN.items():
        first = MOVES[place][0]
        assert dates(*place) == [(first, True), (second, True), (third, False)], place
    assert violations(desk) == []


def test_the_story_of_a_contract_tells_both_dates_and_why(desk: House, tmp_path: Path) -> None:
    a_register(desk)
    assert "期限变动" not in fulfilment_monitor("contract", "遇休顺延").out
    load(tmp_path, NOTICE)
    line = "原为 2027-01-04，改为 2027-01-05（2027年放假安排（国办发明电〔2026〕1号）录入后重算）"
    assert line in fulfilment_monitor("contract", "遇休顺延").out
    load(tmp_path, PUT_RIGHT, "国办发明电〔2026〕2号")
    moves = [(m["from"], m["to"], m["cause"], m["why"]) for m in view("遇休顺延")["moves"]]
    assert moves == [
        ("2027-01-04", "2027-01-05", "calendar", "放假安排公布后重算"),
        (
            "2027-01-05",
            "2027-01-06",
            "calendar",
            "2027年放假安排（国办发明电〔2026〕2号）录入后重算",
        ),
    ]
    assert view("约定日期")["moves"] == []


def test_the_list_is_printed_for_people_too(desk: House, tmp_path: Path) -> None:
    register(desk, delivered("遇休顺延", "2026-12-05"))
    path = a_csv(
        tmp_path / "x.csv", "date,kind", "2027-01-01,off_adjusted", "2027-01-04,off_adjusted"
    )
    ran = fulfilment_monitor("calendar", "load", path, "--source", "x")
    lines = ran.out.splitlines()
    assert lines[0] == "2027: 2 days; 1 duties of 1 contracts replaced; 1 due dates moved"
    assert any(x.split() == ["遇休顺延", "payment", "2027-01-04", "2027-01-05"] for x in lines)
    assert any(x.startswith("提示：2027-10-01 为法定节假日") for x in lines)


def test_a_date_corrected_by_a_fact_is_not_laid_to_the_calendar(desk: House) -> None:
    register(desk, delivered("更正", "2026-11-05"))
    (fact,) = view("更正")["facts"]
    right = a_fact("performed", "2026-11-10", "enterprise", "delivery")
    state(desk, right, "2025-07-03", number="更正", supersedes=fact["id"])
    # 11-05 + 30 = Saturday 12-05; 11-10 + 30 = Thursday 12-10
    moves = [(m["from"], m["to"], m["cause"]) for m in view("更正")["moves"]]
    assert moves == [("2026-12-07", "2026-12-10", "register")]


def test_what_was_met_and_turns_out_late_is_told_apart(desk: House, tmp_path: Path) -> None:
    # 30 days from 2024-09-05 end on Sat 10-05 in the holiday, which lasts to Mon 10-07
    paid = a_fact("paid", "2024-10-08", "treasury", amount="1000.00")
    document = delivered("已付", "2024-09-05")
    document = {**document, "signed_on": "2024-08-01", "facts": [*document["facts"], paid]}
    register(desk, document)
    shipped = sorted((d, k.value) for d, k in desk.law.days.items() if d.year == 2024)
    without_monday = tuple(f"{d},{k}," for d, k in shipped if str(d) != "2024-10-07")
    found = load(tmp_path, without_monday)
    assert found["moved"] == []
    assert [(m["from"], m["to"], m["late"]) for m in found["judged_anew"]] == [
        ("2024-10-08", "2024-10-07", True)
    ]
    payment = next(o for o in view("已付")["obligations"] if o["key"] == "payment")
    assert (payment["state"], payment["days_late"]) == ("fulfilled_late", 1)


# --- files ------------------------------------------------------------------------------------


@ONLY_SQLITE
def test_the_shipped_format_is_read_with_names_and_without(desk: House, tmp_path: Path) -> None:
    plain = [line.rpartition(",")[0] for line in NOTICE]
    named = [f"{n},{d},{k}" for d, k, n in (line.split(",") for line in NOTICE)]
    for head, lines in (("date,kind", plain), ("name,date,kind", named)):
        path = a_csv(tmp_path / "x.csv", head, *lines)
        ran = fulfilment_monitor("calendar", "load", path, "--source", "x", "--json")
        assert (ran.status, ran.json["days"]) == (0, 11)
        assert len(contents(desk)["calendar_day"]) == 11


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("lines", "code"),
    [
        # Wednesday is missing from the festival
        (("2027-02-09,off_adjusted,", "2027-02-11,off_adjusted,"), "calendar.gap"),
        # two days are missing
        (("2027-02-08,off_adjusted,", "2027-02-11,off_adjusted,"), "calendar.gap"),
        # Friday is missing between Thursday and the weekend before a Monday off
        (("2027-02-11,off_adjusted,", "2027-02-15,off_adjusted,"), "calendar.gap"),
        (("2027-01-04,off_adjusted,", "2027-01-04,off_adjusted,"), "csv.day-twice"),
        (("2027-01-04,off_adjusted,元旦,x",), "csv.columns"),
        (("2027-W01-1,off_adjusted,",), "csv.day"),
        (("20270104,off_adjusted,",), "csv.day"),
        (("1999-12-31,off_adjusted,",), "calendar.out-of-range"),
        (("2300-01-01,off_adjusted,",), "calendar.out-of-range"),
    ],
)
def test_a_file_that_cannot_be_a_notice_is_refused_and_changes_nothing(
    desk: House, tmp_path: Path, lines: tuple[str, ...], code: str
) -> None:
    before = contents(desk)
    path = a_csv(tmp_path / "x.csv", "date,kind,name", *lines)
    ran = fulfilment_monitor("calendar", "load", path, "--source", "x", "--json")
    assert (ran.status, ran.out) == (3, "")
    assert f"[{code}]" in ran.err
    assert contents(desk) == before


@ONLY_SQLITE
def test_the_notices_of_all_years_have_no_gap(desk: House, tmp_path: Path) -> None:
    for year in sorted(desk.law.years):
        days = sorted((d, k.value) for d, k in desk.law.days.items() if d.year == year)
        found = load(tmp_path, tuple(f"{d},{k}," for d, k in days))
        assert (found["days"], found["findings"]) == (len(days), []), year


@ONLY_SQLITE
def test_a_holiday_of_fixed_date_stays_one_when_the_file_leaves_it_out(
    desk: House, tmp_path: Path
) -> None:
    found = load(tmp_path, NOTICE[:-1])
    assert [(f["pointer"], f["code"], f["level"]) for f in found["findings"]] == [
        ("/2027-10-01", "calendar.holiday-left-out", "finding")
    ]
    # Friday 1 October, then a weekend
    words = ("deadline", "--length", "1", "2027-09-30", "--json")
    assert fulfilment_monitor(*words).json["due_on"] == "2027-10-04"


# --- rates ------------------------------------------------------------------------------------


def test_rates_change_no_interest_and_tell_whose_floor_is_known_now(
    desk: House, tmp_path: Path
) -> None:
    def agreed(number: str, signed_on: str, rate: str, **changes: Any) -> Document:
        payment = a_payment("1000000.00", due_on="2026-10-30")
        interest = {"annual_rate": rate}
        terms = {"contract_no": number, "signed_on": signed_on, "late_interest": interest}
        return a_document(payment, **terms, **changes)

    register(
        desk,
        agreed("低于下限", "2026-10-09", "0.0200"),
        agreed("符合", "2026-10-09", "0.0400"),
        agreed("此前订立", "2026-09-01", "0.0200"),
        a_document(contract_no="未约定", signed_on="2026-10-09"),
    )

    def interest(number: str) -> str:
        found = fulfilment_monitor("contract", number, "--as-of", "2026-11-30", "--json").json
        return str(found["obligations"][0]["interest"])

    before = interest("低于下限")
    assert before == "1698.63"  # 1000000.00 × 0.0200 / 365 × 31 days
    path = a_csv(tmp_path / "lpr.csv", "date,one_year_rate_percent", "2026-09-21,2.95")
    ran = fulfilment_monitor("lpr", "load", path, "--json")
    assert (ran.status, ran.json) == (
        0,
        {
            "read": 1,
            "new": ["2026-09-21"],
            "affected": 0,
            "floors": [
                {
                    "contract_no": "低于下限",
                    "was": ["lpr-unknown"],
                    "now": ["agreed-rate-below-floor"],
                },
                {"contract_no": "符合", "was": ["lpr-unknown"], "now": []},
            ],
        },
    )
    assert interest("低于下限") == before
    held = contents(desk)
    again = fulfilment_monitor("lpr", "load", path, "--json")
    assert again.json == {"read": 1, "new": [], "affected": 0, "floors": []}
    assert contents(desk) == held


@ONLY_SQLITE
def test_rates_for_people(desk: House, tmp_path: Path) -> None:
    path = a_csv(tmp_path / "lpr.csv", "date,one_year_rate_percent", "2026-09-21,2.95")
    ran = fulfilment_monitor("lpr", "load", path)
    assert ran.out == "1 read, 1 new; no computed interest is affected\n"


def test_reckoning_anew_says_of_how_many_contracts_the_words_were_others(desk: House) -> None:
    register(desk, a_document(), a_document(contract_no="HT-2"))
    with desk.sessions.begin() as session:
        replace_words(session, [(2, ["别的"])])  # as an earlier release wrote them
    assert fulfilment_monitor("reckon", "--json").json["words_written"] == 1
    assert "found by other words" not in fulfilment_monitor("reckon").out
    assert violations(desk) == []
