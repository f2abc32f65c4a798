"""The credit ledger of a body: entries in four streams, read as of any day.

Nothing is ever changed: a record is its first entry and all that are about it. What holds on a
day is a fold over the entries, so every past day can be asked again.

Source: 发改财金〔2023〕1103号 三（三）、三（六）; 蚌信用办〔2024〕1号 二（三）.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta

from .case_codes import Stream
from .case_details import DAY, FLAG, TEXT, YUAN, Detail, Wrong, read_given
from .errors import Invalid, Issue

#: What is said of a detail that is not there.
_MISSING = "a listing says it"


class EntryKind(StrEnum):
    """What an entry does; a record is its first entry and all that are about it."""

    LISTED = "listed"
    CORRECTED = "corrected"
    #: 信用修复: the wrong was put right and the obligation performed.
    REPAIRED = "repaired"
    #: The owner of the list, or the court, took it off.
    ENDED = "ended"
    #: The determination was revoked: it never held.
    WITHDRAWN = "withdrawn"


#: Entries after which a record is open no more.
ENDS = (EntryKind.REPAIRED, EntryKind.ENDED, EntryKind.WITHDRAWN)


class RecordState(StrEnum):
    EFFECTIVE = "effective"
    REPAIRED = "repaired"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


STATE_CHINESE = {
    RecordState.EFFECTIVE: "有效",
    RecordState.REPAIRED: "已修复",
    RecordState.ENDED: "已退出",
    RecordState.WITHDRAWN: "已撤销",
}


class Entry(NamedTuple):
    """One line of a ledger."""

    id: int
    ulid: str
    body_id: int
    stream: Stream
    kind: EntryKind
    #: The first entry of the record it belongs to; None if it is that one.
    about_id: int | None
    effective_on: date
    #: The Beijing day it was written down.
    recorded_on: date
    amount_fen: int | None = None
    content: Mapping[str, Any] = {}
    source_no: str | None = None
    reason: str | None = None


class Record(NamedTuple):
    """What the entries say of one record on a day."""

    id: int
    ulid: str
    body_id: int
    stream: Stream
    state: RecordState
    listed_on: date
    #: The day it was repaired, taken off or withdrawn.
    ended_on: date | None
    amount_fen: int | None
    content: Mapping[str, Any]
    source_no: str | None
    #: Why it was corrected or ended, the latest word.
    reason: str | None
    corrections: int

    @property
    def is_adverse(self) -> bool:
        """Whether it speaks against the body: a promise that was kept does not."""
        return self.state is RecordState.EFFECTIVE and self.content.get("kept") is not True


def fold(entries: Iterable[Entry], on: date, known_at: date | None = None) -> tuple[Record, ...]:
    """The records of a ledger as of a day, in the order they were listed.

    Args:
        known_at: only what was written down by that day; everything known now without it.

    A determination that was revoked never held: its record is withdrawn from its first day on,
    once that is known. Repair and removal act from their own day, and the record stays.
    """
    ledger: dict[int, list[Entry]] = defaultdict(list)
    for e in sorted(entries, key=lambda e: e.id):
        if known_at is None or e.recorded_on <= known_at:
            ledger[e.id if e.about_id is None else e.about_id].append(e)
    folded = (_record(lines, on) for lines in ledger.values())
    found = [r for r in folded if r is not None]
    return tuple(sorted(found, key=lambda r: (r.listed_on, r.id)))


def _record(lines: list[Entry], on: date) -> Record | None:
    first = lines[0]
    if first.kind is not EntryKind.LISTED or first.effective_on > on:
        return None
    held = Record(
        first.id,
        first.ulid,
        first.body_id,
        first.stream,
        RecordState.EFFECTIVE,
        first.effective_on,
        None,
        first.amount_fen,
        first.content,
        first.source_no,
        first.reason,
        0,
    )
    for line in lines[1:]:
        if line.kind is EntryKind.WITHDRAWN or line.effective_on <= on:
            held = _carried_on(held, line)
    return held


def _carried_on(record: Record, line: Entry) -> Record:
    if line.kind is EntryKind.CORRECTED:
        amount = record.amount_fen if line.amount_fen is None else line.amount_fen
        return record._replace(
            amount_fen=amount,
            content={**record.content, **line.content},
            source_no=line.source_no or record.source_no,
            reason=line.reason,
            corrections=record.corrections + 1,
        )
    state = RecordState(line.kind.value)
    return record._replace(state=state, ended_on=line.effective_on, reason=line.reason)


class Figures(NamedTuple):
    """What the appraisal of a body takes from its ledger for a period."""

    new: int = 0
    #: Adverse and effective on the last day.
    open: int = 0
    repaired: int = 0
    ended: int = 0


def figures(
    entries: Iterable[Entry], first: date, last: date, known_at: date | None = None
) -> dict[Stream, Figures]:
    """Entries new, open, repaired and ended in a period, both days included, by stream.

    A record that was withdrawn never held and is counted nowhere; nor is a promise that was kept.
    """
    found = {stream: Figures() for stream in Stream}
    for r in fold(entries, last, known_at):
        if r.state is RecordState.WITHDRAWN or r.content.get("kept") is True:
            continue
        inside = r.ended_on is not None and first <= r.ended_on <= last
        was = found[r.stream]
        found[r.stream] = Figures(
            was.new + (first <= r.listed_on <= last),
            was.open + r.is_adverse,
            was.repaired + (inside and r.state is RecordState.REPAIRED),
            was.ended + (inside and r.state is RecordState.ENDED),
        )
    return found


def display_until(record: Record, months: int) -> date | None:
    """The day from which a repaired record is shown no more; None for any other record.

    Args:
        months: what the office has switched on; 0, the default, is the day of the repair itself:
            the notices order that it be done promptly and set no minimum (三（六）).
    """
    if record.state is not RecordState.REPAIRED or record.ended_on is None:
        return None
    return record.ended_on + relativedelta(months=months)


# --- entries from lists -------------------------------------------------------------------------


class Listing(NamedTuple):
    """An entry of a list, as its owner states it."""

    stream: Stream
    source_no: str
    content: dict[str, Any]
    amount_fen: int | None


def _arrears_state(value: object) -> str:
    known = ("unpaid", "partly-paid", "disputed")
    if value not in known:
        raise Wrong("one of " + ", ".join(known))
    return str(value)


#: What every listing says: its number in the list, when the body was told, how to have it mended.
_LISTED = {"source_no": TEXT, "notified_on": DAY, "correction_route": TEXT}
#: By stream: what else. Stream `breach` has no list; it comes from determinations alone.
LISTINGS: Mapping[Stream, Mapping[str, Detail]] = {
    Stream.ARREARS: {
        **_LISTED,
        "creditor": TEXT,
        "amount": YUAN,
        "arrears_state": Detail(_arrears_state),
        "list": TEXT,
        "list_version": TEXT,
    },
    Stream.JUDGMENT_DEFAULTER: {
        **_LISTED,
        "court": TEXT,
        "amount": Detail(YUAN.read, required=False),
    },
    Stream.PROMISE: {
        **_LISTED,
        "promise": TEXT,
        "kept": FLAG,
        "amount": Detail(YUAN.read, required=False),
    },
}


def read_listing(stream: Stream, given: Mapping[str, object]) -> Listing:
    """An entry for a stream from what was stated; money as a text in yuan.

    Raises:
        Invalid: with a pointer to each thing missing, unknown or wrong.
    """
    if stream not in LISTINGS:
        detail = "a breach is entered by its determination and by nothing else"
        raise Invalid([Issue("/stream", "record.determined-only", detail)])
    kept = read_given(LISTINGS[stream], given, _MISSING)
    number, amount = kept.pop("source_no"), kept.pop("amount", None)
    return Listing(stream, number, kept, amount)


def read_correction(
    stream: Stream, given: Mapping[str, object]
) -> tuple[dict[str, Any], int | None]:
    """What a correction puts in the place of what was listed: content, and an amount in fen.

    Raises:
        Invalid: nothing is corrected, or not like this.
    """
    wanted = {k: Detail(d.read, required=False) for k, d in LISTINGS[stream].items()}
    del wanted["source_no"]
    kept = read_given(wanted, given, _MISSING)
    if not kept:
        raise Invalid([Issue("/", "missing", "say what is corrected")])
    return kept, kept.pop("amount", None)
