"""The credit ledger as a fold: any past day, by what is known now or was known then."""

from datetime import date
from typing import Any

import pytest

from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.domain.records import (
    Entry,
    EntryKind,
    Figures,
    RecordState,
    display_until,
    figures,
    fold,
    read_correction,
    read_listing,
)

LISTED, CORRECTED = EntryKind.LISTED, EntryKind.CORRECTED
REPAIRED, ENDED, WITHDRAWN = EntryKind.REPAIRED, EntryKind.ENDED, EntryKind.WITHDRAWN


def a_line(number: int, kind: EntryKind, on: str, about: int | None = None, **more: Any) -> Entry:
    day = date.fromisoformat(on)
    more.setdefault("recorded_on", day)
    more.setdefault("stream", Stream.BREACH)
    return Entry(
        id=number, ulid=f"E{number}", body_id=1, kind=kind, about_id=about, effective_on=day, **more
    )


def states(entries: list[Entry], on: str, known_at: str | None = None) -> list[RecordState]:
    known = None if known_at is None else date.fromisoformat(known_at)
    return [r.state for r in fold(entries, date.fromisoformat(on), known)]


REPAIRED_LATER = [a_line(1, LISTED, "2026-01-08"), a_line(2, REPAIRED, "2026-02-12", 1)]


@pytest.mark.proves("R-87", "R-122")
def test_a_repaired_record_stays_and_is_read_as_it_was_on_every_day() -> None:
    assert states(REPAIRED_LATER, "2026-01-07") == []
    assert states(REPAIRED_LATER, "2026-01-08") == [RecordState.EFFECTIVE]
    assert states(REPAIRED_LATER, "2026-02-11") == [RecordState.EFFECTIVE]
    assert states(REPAIRED_LATER, "2026-02-12") == [RecordState.REPAIRED]
    assert states(REPAIRED_LATER, "2030-01-01") == [RecordState.REPAIRED]


@pytest.mark.proves("R-122")
def test_a_repaired_record_is_shown_no_longer_unless_the_office_chose_so() -> None:
    (record,) = fold(REPAIRED_LATER, date(2026, 3, 1))
    assert display_until(record, 0) == date(2026, 2, 12)
    assert display_until(record, 3) == date(2026, 5, 12)
    assert display_until(fold(REPAIRED_LATER, date(2026, 1, 8))[0], 0) is None


def test_what_was_written_down_later_was_not_known_before() -> None:
    late = [REPAIRED_LATER[0], a_line(2, REPAIRED, "2026-02-12", 1, recorded_on=date(2026, 3, 1))]
    assert states(late, "2026-02-20", known_at="2026-02-28") == [RecordState.EFFECTIVE]
    assert states(late, "2026-02-20", known_at="2026-03-01") == [RecordState.REPAIRED]


def test_a_revoked_determination_never_held_once_that_is_known() -> None:
    revoked = [a_line(1, LISTED, "2026-01-08"), a_line(2, WITHDRAWN, "2026-02-12", 1)]
    assert states(revoked, "2026-01-20") == [RecordState.WITHDRAWN]
    assert states(revoked, "2026-01-20", known_at="2026-01-20") == [RecordState.EFFECTIVE]


def test_a_correction_is_an_entry_and_holds_from_its_day() -> None:
    lines = [
        a_line(1, LISTED, "2026-01-08", amount_fen=900, content={"creditor": "甲", "list": "一"}),
        a_line(2, CORRECTED, "2026-02-01", 1, amount_fen=700, content={"creditor": "乙"}),
    ]
    (before,), (after,) = fold(lines, date(2026, 1, 31)), fold(lines, date(2026, 2, 1))
    assert (before.amount_fen, before.content["creditor"], before.corrections) == (900, "甲", 0)
    assert (after.amount_fen, after.content) == (700, {"creditor": "乙", "list": "一"})


def test_the_order_of_writing_decides_not_that_of_reading() -> None:
    lines = [
        a_line(3, CORRECTED, "2026-02-01", 1, amount_fen=500),
        a_line(2, CORRECTED, "2026-02-01", 1, amount_fen=700),
        a_line(1, LISTED, "2026-01-08", amount_fen=900),
    ]
    assert fold(lines, date(2026, 3, 1))[0].amount_fen == 500


@pytest.mark.proves("R-92")
def test_figures_of_a_period_are_reckoned_from_the_ledger_alone() -> None:
    lines = [
        a_line(1, LISTED, "2025-12-31"),
        a_line(2, LISTED, "2026-01-01"),
        a_line(3, LISTED, "2026-03-31"),
        a_line(4, LISTED, "2026-04-01"),
        a_line(5, REPAIRED, "2026-03-31", 1),
        a_line(6, REPAIRED, "2026-04-01", 2),
        a_line(7, LISTED, "2026-02-01"),
        a_line(8, WITHDRAWN, "2026-05-01", 7),
        a_line(9, LISTED, "2026-02-01", stream=Stream.ARREARS),
        a_line(10, ENDED, "2026-03-01", 9, stream=Stream.ARREARS),
    ]
    first, last = date(2026, 1, 1), date(2026, 3, 31)
    found = figures(lines, first, last)
    # 2 and 3 are new; 1 was repaired on the last day; 7 never held; 4 came later
    assert found[Stream.BREACH] == Figures(new=2, open=2, repaired=1, ended=0)
    assert found[Stream.ARREARS] == Figures(new=1, open=0, repaired=0, ended=1)
    # as it could be reckoned at the end of the quarter, 7 was still on the ledger
    assert figures(lines, first, last, known_at=last)[Stream.BREACH] == Figures(3, 3, 1, 0)


@pytest.mark.proves("R-91")
def test_a_promise_that_was_kept_does_not_speak_against_a_body() -> None:
    lines = [
        a_line(1, LISTED, "2026-01-01", stream=Stream.PROMISE, content={"kept": True}),
        a_line(2, LISTED, "2026-01-01", stream=Stream.PROMISE, content={"kept": False}),
    ]
    assert [r.is_adverse for r in fold(lines, date(2026, 1, 1))] == [False, True]
    found = figures(lines, date(2026, 1, 1), date(2026, 12, 31))
    assert found[Stream.PROMISE] == Figures(new=1, open=1)
    assert found[Stream.BREACH] == Figures()


ARREARS = {
    "source_no": "3",
    "notified_on": "2026-01-05",
    "correction_route": "向市工信局书面提出",
    "creditor": "示例企业",
    "amount": "1200.50",
    "arrears_state": "unpaid",
    "list": "拖欠账款清单",
    "list_version": "2026-01",
}


@pytest.mark.proves("R-89")
def test_an_arrears_item_has_creditor_amount_state_and_list_version() -> None:
    read = read_listing(Stream.ARREARS, ARREARS)
    assert (read.source_no, read.amount_fen) == ("3", 1200_50)
    assert read.content["list_version"] == "2026-01"
    for name in ARREARS:
        with pytest.raises(Invalid, match=f"/{name}: a listing says it"):
            read_listing(Stream.ARREARS, {**ARREARS, name: None})
    with pytest.raises(Invalid, match="/arrears_state"):
        read_listing(Stream.ARREARS, {**ARREARS, "arrears_state": "perhaps"})
    with pytest.raises(Invalid, match="/shoe: there is no such detail"):
        read_listing(Stream.ARREARS, {**ARREARS, "shoe": "1"})


@pytest.mark.proves("R-88")
def test_a_breach_is_on_no_list() -> None:
    with pytest.raises(Invalid, match="by its determination and by nothing else"):
        read_listing(Stream.BREACH, ARREARS)


def test_a_correction_corrects_something_and_never_the_number() -> None:
    assert read_correction(Stream.ARREARS, {"amount": "1.00"}) == ({}, 100)
    for nothing in ({}, {"amount": None}):
        with pytest.raises(Invalid, match="say what is corrected"):
            read_correction(Stream.ARREARS, nothing)
    with pytest.raises(Invalid, match="/source_no"):
        read_correction(Stream.ARREARS, {"source_no": "4"})
