"""The channels complaints come by, as data: an office adds one, and pairs it with who runs it.

Source: 发改财金〔2023〕1103号 二（一）; 蚌信用办〔2024〕1号 二（一）, which lists units and
platforms without pairing them: so a pairing has a region and days.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from .bodies import Matter
from .case_codes import Origin
from .errors import BadPolicy, Invalid, Issue
from .regions import covers, stem


class ChannelKind(StrEnum):
    #: The complainant fills in a form of ours.
    FORM = "form"
    #: Another platform sends it.
    INTERFACE = "interface"
    #: An officer enters what came by letter, telephone or visit.
    ENTRY = "entry"


KIND_CHINESE = {
    ChannelKind.FORM: "在线填报",
    ChannelKind.INTERFACE: "平台接口",
    ChannelKind.ENTRY: "人工录入",
}


class Operator(NamedTuple):
    """A body that runs a channel in a region and all below it, from a day on."""

    region: str
    body: str
    from_on: date
    #: The first day it runs it no more.
    until_on: date | None = None
    #: The handle of the person who answers for it.
    responsible: str | None = None
    address: str | None = None
    telephone: str | None = None

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


class Channel(NamedTuple):
    code: str
    label: str
    kind: ChannelKind
    #: Where it is ordered or listed.
    source: str
    since: date
    #: Who runs it where nobody has been named: the body competent for this matter.
    run_by: Matter
    #: The topic under which the result goes back to it.
    reply: str
    #: Whether it is one for payment complaints of SMEs (条例第二十五条).
    sme_payment: bool = False
    until: date | None = None
    #: What its messages are signs of, where they do not say.
    origin: Origin = Origin.COMPLAINT
    operators: tuple[Operator, ...] = ()
    #: The platform its messages go through, where it is not connected directly.
    via: str = ""

    def is_open(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)

    def operator(self, region: str, on: date) -> Operator | None:
        """Who was named to run it in a region on a day: for the nearest region."""
        found = [o for o in self.operators if o.holds_on(on) and covers(o.region, region)]
        return max(found, key=lambda o: len(stem(o.region)), default=None)


class Channels:
    """All channels of an office, in the order they were listed."""

    def __init__(self, rows: Iterable[Channel]) -> None:
        self._by_code = {c.code: c for c in rows}

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._by_code.values())

    def find(self, code: str) -> Channel | None:
        return self._by_code.get(code)

    def take(self, code: str, on: date) -> Channel:
        """An open channel.

        Raises:
            Invalid: there is none of this code, or not on this day.
        """
        channel = self.find(code)
        if channel is None:
            known = ", ".join(self._by_code)
            raise Invalid([Issue("/channel", "unknown", f"one of: {known}")])
        if not channel.is_open(on):
            raise Invalid([Issue("/channel", "not-open", f"{code} takes nothing in on {on}")])
        return channel


# --- the file ---------------------------------------------------------------------------------

_CHANNEL_KEYS = frozenset(
    {
        "code", "label", "kind", "source", "since", "until", "run_by", "reply", "sme_payment",
        "origin", "operator", "via",
    }
)  # fmt: skip
_OPERATOR_KEYS = frozenset(Operator._fields)


def read_channels(rules: Mapping[str, Any]) -> Channels:
    """The channels of the parsed `channels.toml`.

    Raises:
        BadPolicy: with one line per fault, each naming its place.
    """
    faults = [f"{k}: there is no such table" for k in rules if k != "channel"]
    found: list[Channel] = []
    for i, row in enumerate(rules.get("channel", [])):
        place = f"channel[{i}]"
        faults += [f"{place}.{k}: there is no such key" for k in row if k not in _CHANNEL_KEYS]
        channel = _channel(row, place, faults)
        if channel is None:
            continue
        if any(c.code == channel.code for c in found):
            faults.append(f"{place}.code: {channel.code} stands here twice")
        found.append(channel)
    if not found and not faults:
        faults.append("channel: complaints need at least one channel")
    if faults:
        raise BadPolicy("\n".join(f"channels.toml: {f}" for f in faults))
    return Channels(found)


def _channel(row: Mapping[str, Any], place: str, faults: list[str]) -> Channel | None:
    before = len(faults)
    words = {k: _word(row, k, place, faults) for k in ("code", "label", "source", "reply")}
    since, until = _days(row, "since", "until", place, faults)
    kind = _one_of(ChannelKind, row, "kind", place, faults)
    run_by = _one_of(Matter, row, "run_by", place, faults)
    origin = _one_of(Origin, {"origin": Origin.COMPLAINT, **row}, "origin", place, faults)
    sme = row.get("sme_payment", False)
    if not isinstance(sme, bool):
        faults.append(f"{place}.sme_payment: true or false")
    operators = tuple(_operators(row.get("operator", []), place, faults))
    via = row.get("via", "")
    if not isinstance(via, str):
        faults.append(f"{place}.via: a text")
    if len(faults) > before:
        return None
    return Channel(
        words["code"], words["label"], ChannelKind(kind), words["source"], since, Matter(run_by),
        words["reply"], sme, until, Origin(origin), operators, via,
    )  # fmt: skip


def _operators(
    rows: Iterable[Mapping[str, Any]], place: str, faults: list[str]
) -> Iterator[Operator]:
    found: list[Operator] = []
    for i, row in enumerate(rows):
        at, before = f"{place}.operator[{i}]", len(faults)
        faults += [f"{at}.{k}: there is no such key" for k in row if k not in _OPERATOR_KEYS]
        words = {k: _word(row, k, at, faults) for k in ("region", "body")}
        since, until = _days(row, "from_on", "until_on", at, faults)
        more = {k: row.get(k) for k in ("responsible", "address", "telephone")}
        faults += [f"{at}.{k}: a text" for k, v in more.items() if not isinstance(v, str | None)]
        if len(faults) > before:
            continue
        said = Operator(words["region"], words["body"], since, until, **more)
        if any(o.region == said.region and _overlap(o, said) for o in found):
            faults.append(f"{at}: {said.region} has another operating unit on these days")
        found.append(said)
        yield said


def _overlap(a: Operator, b: Operator) -> bool:
    return a.from_on < (b.until_on or date.max) and b.from_on < (a.until_on or date.max)


def _word(row: Mapping[str, Any], key: str, place: str, faults: list[str]) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        faults.append(f"{place}.{key}: a text is missing")
        return ""
    return value.strip()


def _days(
    row: Mapping[str, Any], first: str, last: str, place: str, faults: list[str]
) -> tuple[date, date | None]:
    since, until = row.get(first), row.get(last)
    if not isinstance(since, date) or not isinstance(until, date | None):
        faults.append(f"{place}: {first} is a day, and {last} where there is one")
        return date.min, None
    if until is not None and until <= since:
        faults.append(f"{place}.{last}: after {first}")
    return since, until


def _one_of(
    codes: type[StrEnum], row: Mapping[str, Any], key: str, place: str, faults: list[str]
) -> str:
    value = row.get(key)
    if value not in list(codes):
        faults.append(f"{place}.{key}: one of {', '.join(codes)}")
    return str(value)
