"""What an office has chosen: when to warn whom, and how long to wait before a lead.

Every number here comes from the alerts folder; nothing in this file is a number of law or policy.
A rule holds once *at most* N days are left, so a missed night loses nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import Any, NamedTuple

from .assistance import HelpClock
from .case_clocks import Clock
from .case_policy import CasePolicy, read_case_policy
from .contracts import Field, Kind
from .errors import BadPolicy
from .measures import MeasureClock


class Severity(StrEnum):
    NOTICE = "notice"
    WARNING = "warning"
    BREACH = "breach"
    SUPERVISE = "supervise"


class Audience(StrEnum):
    OBLIGOR = "obligor"
    COUNTERPARTY = "counterparty"
    SUPERIOR = "superior"
    SUPERVISOR = "supervisor"


class Special(StrEnum):
    """What is watched besides the kinds of obligations."""

    #: A payment the government side claims and nobody has confirmed.
    CLAIM = "claim"
    DISPUTE = "dispute"
    RESCHEDULING = "rescheduling"
    #: A contract in which no obligation has a date.
    COMPLETION = "completion"


#: The ladder of an obligation nobody has said anything about: "not reported" is not "unpaid".
UNREPORTED = ".unreported"
#: What is watched besides obligations; there is nothing to report of it beforehand.
_CLOCKS = (*Clock, *MeasureClock, *HelpClock)
_OF_CASES = tuple(c.value for c in _CLOCKS)
WATCHED = (*(k.value for k in Kind), *(s.value for s in Special), *_OF_CASES)


class Step(NamedTuple):
    """One rung: it holds from `offset` days after the due date on (negative: before)."""

    offset: int
    rule: str
    severity: Severity
    audiences: tuple[Audience, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The alerts folder of an office, validated."""

    #: Steps by what is watched, in order of their offsets.
    ladders: Mapping[str, tuple[Step, ...]]
    #: Days past the due date before a lead, by field.
    grace_days: Mapping[Field, int]
    #: How long a full claim of payment may wait for the other side before a lead goes ahead.
    confirmation_grace_days: int
    #: How many times a date may be moved before it is remarked on.
    reschedulings: int
    #: Days after signing by which a contract should be in the register.
    registration_days: int
    #: Texts by name and language: `messages["payment_overdue"]["zh"]`.
    messages: Mapping[str, Mapping[str, str]]
    #: Limits of the office, and who stands aside.
    cases: CasePolicy
    #: A digest of the folder; the sweep re-keys its timers when it changes.
    version: str

    def ladder(self, name: str) -> tuple[Step, ...]:
        return self.ladders.get(name, ())


#: What a message text may mention.
MESSAGE_FIELDS = ("contract_no", "title", "due_on", "amount")

_OFFSET = re.compile(r"T([+-]\d{1,4})")
_STEP_KEYS = frozenset({"at", "severity", "audiences", "message", "only", "name", "proposes"})
_AUDIENCES = frozenset(a.value for a in Audience)
_WORD = re.compile(r"[a-z][a-z0-9_-]*")


def read_policy(
    rules: Mapping[str, Any],
    case_rules: Mapping[str, Any],
    messages: Mapping[str, Mapping[str, str]],
    version: str,
) -> Policy:
    """Build a policy from the parsed `rules.toml` and `cases.toml`, and the message texts.

    Raises:
        BadPolicy: with one line per fault, each naming its place.
    """
    faults: list[str] = []
    case_faults: list[str] = []
    office = _table(rules, "office", faults)
    grace = _table(office, "grace_days", faults, "office.")
    graces = {f: _days(grace, f.value, faults, "office.grace_days.") for f in Field}
    ladders: dict[str, list[Step]] = {name: [] for name in WATCHED}
    unreported: dict[str, list[Step]] = {name: [] for name in WATCHED}
    for place, ladder in (
        *_ladders(rules, "", faults),
        *_ladders(case_rules, "cases.toml: ", faults),
    ):
        watches = ladder.get("watches", [])
        unknown = (
            [w for w in watches if w not in WATCHED] if isinstance(watches, list) else [watches]
        )
        if unknown or not watches:
            faults.append(
                f"{place}.watches: {unknown or 'is empty'}; allowed: {', '.join(WATCHED)}"
            )
            continue
        for j, row in enumerate(_list(ladder, "step", faults, place + ".")):
            for name in watches:
                step = _step(row, name, messages, faults, f"{place}.step[{j}]")
                if step is None:
                    break
                if row.get("only") != "unreported":
                    ladders[name].append(step)
                unreported[name].append(step)
    faults += _message_faults(messages)
    done = {name: _ordered(steps, name, faults) for name, steps in ladders.items()}
    for name in WATCHED:
        if name not in _OF_CASES:
            done[name + UNREPORTED] = _ordered(unreported[name], name, faults)
    policy = Policy(
        done,
        graces,
        _days(office, "confirmation_grace_days", faults, "office."),
        _days(office, "reschedulings", faults, "office."),
        _days(office, "registration_days", faults, "office."),
        messages,
        read_case_policy(case_rules, case_faults),
        version,
    )
    faults += [f"cases.toml: {fault}" for fault in case_faults]
    if faults:
        raise BadPolicy("alerts/rules.toml: " + "; ".join(dict.fromkeys(faults)), faults=faults)
    return policy


def _ladders(
    rules: Mapping[str, Any], at: str, faults: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for i, ladder in enumerate(_list(rules, "ladder", faults, at)):
        yield f"{at}ladder[{i}]", ladder


def _message_faults(messages: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Texts that could not be filled in when the time comes."""
    for name, texts in messages.items():
        for language, text in texts.items():
            place = f"messages/{name}.{language}.txt"
            try:
                asked = [(f, s, c) for _, f, s, c in Formatter().parse(text) if f is not None]
            except ValueError as fault:
                yield f"{place}: {fault}"
                continue
            for field, spec, conversion in asked:
                if field not in MESSAGE_FIELDS or spec or conversion:
                    known = ", ".join(f"{{{f}}}" for f in MESSAGE_FIELDS)
                    yield f"{place}: {{{field}}}; allowed: {known}"


def _table(rules: Mapping[str, Any], key: str, faults: list[str], at: str = "") -> dict[str, Any]:
    value = rules.get(key)
    if isinstance(value, dict):
        return value
    faults.append(f"{at}{key}: a table is missing")
    return {}


def _list(rules: Mapping[str, Any], key: str, faults: list[str], at: str = "") -> list[Any]:
    value = rules.get(key)
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    faults.append(f"{at}{key}: a list of tables is missing")
    return []


def _days(table: Mapping[str, Any], key: str, faults: list[str], at: str) -> int:
    value = table.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    faults.append(f"{at}{key}: a whole number of days, zero or more, is missing")
    return 0


def _step(
    row: Mapping[str, Any],
    watched: str,
    messages: Mapping[str, Mapping[str, str]],
    faults: list[str],
    place: str,
) -> Step | None:
    wrong = [f"{place}.{key}: there is no such key" for key in row if key not in _STEP_KEYS]
    offset = _OFFSET.fullmatch(str(row.get("at", "")))
    if offset is None:
        wrong.append(f'{place}.at: {row.get("at")!r}; write "T-30", "T+0", "T+15"')
    if row.get("severity") not in list(Severity):
        wrong.append(f"{place}.severity: {row.get('severity')!r}; allowed: {', '.join(Severity)}")
    audiences = row.get("audiences") or [None]
    if not isinstance(audiences, list) or set(map(str, audiences)) - _AUDIENCES:
        wrong.append(f"{place}.audiences: {audiences!r}; allowed: {', '.join(Audience)}")
    message = row.get("message")
    if not isinstance(message, str) or "zh" not in messages.get(message, {}):
        wrong.append(f"{place}.message: there is no messages/{message}.zh.txt")
    if row.get("only", "unreported") != "unreported":
        wrong.append(f"{place}.only: {row['only']!r}; allowed: unreported")
    name = str(row.get("name", str(row.get("at")).lower()))
    if not (_WORD.fullmatch(name) or _OFFSET.fullmatch(name.upper())):
        wrong.append(f"{place}.name: {name!r}; small letters, digits and hyphens")
    faults += wrong
    if wrong or offset is None or not isinstance(audiences, list):
        return None
    return Step(
        int(offset[1]),
        f"{watched}.{name}",
        Severity(row["severity"]),
        tuple(Audience(a) for a in audiences),
        str(message),
    )


def _ordered(steps: list[Step], watched: str, faults: list[str]) -> tuple[Step, ...]:
    ordered = sorted(steps)
    for seen in ("offset", "rule"):
        values = [getattr(s, seen) for s in ordered]
        twice = sorted({str(v) for v in values if values.count(v) > 1})
        if twice:
            faults.append(f"ladder for {watched}: {seen} {', '.join(twice)} stands twice")
    return tuple(ordered)
