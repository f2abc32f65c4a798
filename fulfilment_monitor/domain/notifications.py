"""Who is told what by which way: the rules of an office, checked.

Who must not know of a claim is in no rule about it: its respondent reads the paper that was sent,
its complainant looks with the receipt. What leaves the house says how much waits, and no more.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from string import Formatter
from typing import Any, NamedTuple, TypeVar

from .alerts import Audience, Severity
from .calendar import WorkCalendar
from .cases import TRANSITIONS
from .clocks import BEIJING
from .errors import BadPolicy

_Code = TypeVar("_Code", bound=StrEnum)


class Way(StrEnum):
    IN_APP = "in-app"
    EMAIL = "email"
    SMS = "sms"
    #: Nobody is written to: who complained reads it by the receipt.
    RECEIPT = "receipt"


#: What leaves the house, once a day for each person.
OUTSIDE = (Way.EMAIL, Way.SMS)


class Reader(StrEnum):
    """In which capacity somebody is told."""

    CLERK = "clerk"
    HEAD = "head"
    #: Heads of the body above.
    SUPERIOR = "superior"
    ENTERPRISE = "enterprise"
    CREDIT_LEAD = "credit_lead"
    SUPERVISOR = "supervisor"
    HANDLER = "handler"
    DIRECTOR = "director"
    INTAKE = "intake"
    COMPLAINANT = "complainant"


class About(StrEnum):
    """What a notification is about, and so where it leads."""

    CONTRACT = "contract"
    CLAIM = "claim"
    PAPER = "paper"
    MEASURE = "measure"
    COLUMN = "column"
    SIGN = "sign"


class Watch(StrEnum):
    """By what it is known that a matter is closed, and nobody has to be told any more."""

    DUTY = "duty"
    CLOCK = "clock"
    CLAIM = "claim"
    LEAD = "lead"
    #: It says what happened; there is nothing to wait for.
    NOTHING = "nothing"


R = Reader
#: Who may be told of what at all; a rule for anybody else is a fault.
READERS: Mapping[About, frozenset[Reader]] = {
    About.CONTRACT: frozenset(
        {R.CLERK, R.HEAD, R.SUPERIOR, R.ENTERPRISE, R.CREDIT_LEAD, R.SUPERVISOR}
    ),
    About.CLAIM: frozenset(
        {R.HANDLER, R.DIRECTOR, R.INTAKE, R.CREDIT_LEAD, R.SUPERVISOR, R.COMPLAINANT}
    ),
    About.PAPER: frozenset({R.CLERK, R.HEAD}),
    About.MEASURE: frozenset({R.HEAD, R.HANDLER, R.CREDIT_LEAD}),
    About.COLUMN: frozenset({R.CREDIT_LEAD}),
    About.SIGN: frozenset({R.SUPERVISOR}),
}
#: The topics that can be told of to people.
TOPICS: Mapping[str, About] = {
    "lead.opened": About.CONTRACT,
    **{t.tells: About.CLAIM for t in TRANSITIONS if t.tells},
    "supervision.issued": About.CLAIM,
    "dispatch.paper": About.PAPER,
    "measure.proposed": About.MEASURE,
    "measure.imposed": About.MEASURE,
    "measure.declined": About.MEASURE,
    "measure.ended": About.MEASURE,
    "column.dead": About.COLUMN,
    "retaliation.sign": About.SIGN,
}
ALERTS = "alerts.raised"


class Rule(NamedTuple):
    to: tuple[Reader, ...]
    ways: frozenset[Way]


class Notifying(NamedTuple):
    """What an office has chosen."""

    opens: time
    closes: time
    attempts: int
    keep_days: int
    subject: str
    text: str
    alerts: Mapping[tuple[About, Audience, Severity], tuple[Rule, ...]]
    events: Mapping[str, tuple[Rule, ...]]

    def is_open(self, now: datetime, calendar: WorkCalendar) -> bool:
        """Whether it is a time of day at which people in offices may be written to."""
        here = now.astimezone(BEIJING)
        return calendar.is_working_day(here.date()) and self.opens <= here.time() < self.closes

    def written(self, count: int, address: str) -> tuple[str, str]:
        """Subject and text of what leaves."""
        subject = self.subject.format(count=count, address=address)
        return subject, self.text.format(count=count, address=address).strip()


def pause(attempts: int) -> timedelta:
    """How long is waited after so many tries: 5, 10, 20, 40 … minutes, six hours at most.

    >>> [pause(n).seconds // 60 for n in (1, 2, 3, 9)]
    [5, 10, 20, 360]
    """
    return min(timedelta(minutes=5 * 2 ** min(attempts - 1, 10)), timedelta(hours=6))


# --- the file ---------------------------------------------------------------------------------

_FILE = "notifications.toml"
_OFFICE = frozenset({"hours", "attempts", "keep_days", "subject", "text"})
_ALERT = frozenset({"about", "audiences", "severities", "to", "ways"})
_EVENT = frozenset({"topics", "to", "ways"})


def read_notifying(rules: Mapping[str, Any]) -> Notifying:
    """The rules of the parsed `notifications.toml`.

    Raises:
        BadPolicy: with one line per fault, each naming its place.
    """
    faults = [f"{k}: there is no such table" for k in rules.keys() - {"office", "alert", "event"}]
    office = rules.get("office", {})
    faults += [f"office.{k}: there is no such key" for k in office.keys() - _OFFICE]
    opens, closes = _hours(office.get("hours"), faults)
    alerts: dict[tuple[About, Audience, Severity], tuple[Rule, ...]] = {}
    for i, row in enumerate(rules.get("alert", [])):
        place = f"alert[{i}]"
        faults += [f"{place}.{k}: there is no such key" for k in row.keys() - _ALERT]
        for about in _codes(About, [row.get("about")], f"{place}.about", faults):
            rule = _rule(row, about, place, faults)
            for audience in _codes(Audience, row.get("audiences"), f"{place}.audiences", faults):
                for severity in _codes(
                    Severity, row.get("severities"), f"{place}.severities", faults
                ):
                    key = (about, audience, severity)
                    alerts[key] = (*alerts.get(key, ()), rule)
    events: dict[str, tuple[Rule, ...]] = {}
    for i, row in enumerate(rules.get("event", [])):
        place = f"event[{i}]"
        faults += [f"{place}.{k}: there is no such key" for k in row.keys() - _EVENT]
        topics = row.get("topics")
        for topic in topics if isinstance(topics, list) else [topics]:
            if topic not in TOPICS:
                faults.append(f"{place}.topics: {topic!r}; allowed: {', '.join(TOPICS)}")
                continue
            rule = _rule(row, TOPICS[topic], place, faults)
            events[topic] = (*events.get(topic, ()), rule)
    found = Notifying(
        opens,
        closes,
        _count(office, "attempts", faults),
        _count(office, "keep_days", faults),
        _template(office, "subject", faults),
        _template(office, "text", faults),
        alerts,
        events,
    )
    if faults:
        raise BadPolicy("\n".join(f"{_FILE}: {f}" for f in dict.fromkeys(faults)))
    return found


def _rule(row: Mapping[str, Any], about: About, place: str, faults: list[str]) -> Rule:
    to = _codes(Reader, row.get("to"), f"{place}.to", faults)
    ways = _codes(Way, row.get("ways"), f"{place}.ways", faults)
    foreign = [r for r in to if r not in READERS[about]]
    if foreign:
        faults.append(f"{place}.to: {', '.join(foreign)} may not be told of a {about.value}")
    alone = ways == [Way.RECEIPT]
    if (Reader.COMPLAINANT in to) != (Way.RECEIPT in ways) or (Way.RECEIPT in ways and not alone):
        faults.append(f"{place}.ways: receipt for a complainant, and nothing else; for nobody else")
    elif not alone and Way.IN_APP not in ways:
        faults.append(f"{place}.ways: in-app is always among them")
    return Rule(tuple(to), frozenset(ways))


def _codes(kind: type[_Code], given: object, place: str, faults: list[str]) -> list[_Code]:
    if not isinstance(given, list) or not given or not {*map(str, given)} <= {*kind}:
        faults.append(f"{place}: {given!r}; allowed: {', '.join(kind)}")
        return []
    return [kind(str(code)) for code in given]


def _hours(given: object, faults: list[str]) -> tuple[time, time]:
    try:
        opens, closes = (time.fromisoformat(str(t)) for t in _pair(given))
    except ValueError:
        faults.append(f'office.hours: {given!r}; write ["08:30", "17:30"]')
        return time.min, time.max
    if opens >= closes:
        faults.append("office.hours: the first is before the second")
    return opens, closes


def _pair(given: object) -> Iterable[object]:
    if not isinstance(given, list) or len(given) != 2:
        raise ValueError
    return given


def _count(office: Mapping[str, Any], key: str, faults: list[str]) -> int:
    found = office.get(key)
    if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= 1_000:
        return found
    faults.append(f"office.{key}: a whole number from 1 to 1000")
    return 1


def _template(office: Mapping[str, Any], key: str, faults: list[str]) -> str:
    """A text into which a number and an address go, and nothing else can."""
    found = office.get(key)
    place = f"office.{key}"
    if not isinstance(found, str) or not found.strip():
        faults.append(f"{place}: a text is missing")
        return ""
    try:
        parts = [(f, s, c) for _, f, s, c in Formatter().parse(found) if f is not None]
    except ValueError as fault:
        faults.append(f"{place}: {fault}")
        return ""
    if any(f not in ("count", "address") or s or c for f, s, c in parts):
        faults.append(f"{place}: only {{count}} and {{address}} are filled in")
        return ""
    if key == "subject" and "\n" in found.strip():
        faults.append(f"{place}: one line")
    return found
