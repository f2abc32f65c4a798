"""Refusals the domain can utter. Each has a stable code for the wire."""

from typing import NamedTuple


class Issue(NamedTuple):
    """One thing wrong with, or worth knowing about, an input.

    `pointer` is a JSON Pointer from the root of what was read; `level` is `error` (refused) or
    `finding` (accepted, and worth a look).
    """

    pointer: str
    code: str
    detail: str
    level: str = "error"


class Refusal(Exception):
    """A request the rules do not allow.

    The message and `title` are for people, the code and `members` for programs.
    """

    code = "refused"
    title = "The request is refused"
    status = 422

    def __init__(self, message: str, **members: object) -> None:
        super().__init__(message)
        self.members = members


class Invalid(Refusal):
    """The input breaks the rules of its shape; `issues` say where and how."""

    code = "invalid"
    title = "The input is not valid"

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("; ".join(f"{i.pointer}: {i.detail}" for i in issues))
        self.issues = issues


class UnknownTerm(Refusal):
    code = "statute.unknown-term"
    title = "No such term is in force"
    status = 404


class RateUnknown(Refusal):
    code = "statute.rate-unknown"
    title = "The rate for this day has not been loaded"


class NotFound(Refusal):
    code = "not-found"
    title = "There is no such thing here"
    status = 404


class Ambiguous(Refusal):
    code = "ambiguous"
    title = "More than one thing answers to this name"
    status = 409


class AlreadyBreached(Refusal):
    """A date that has been missed is history; it cannot be agreed away afterwards."""

    code = "amendment.after-breach"
    title = "This due date has already been missed"
    status = 409


class NeedsCounterparty(Refusal):
    code = "needs-counterparty"
    title = "The other side has to agree"
    status = 409


class NotOpen(Refusal):
    code = "not-open"
    title = "This is no longer open to that step"
    status = 409


class ClockAlarm(Refusal):
    """The clocks disagree; nothing is decided until a person has looked."""

    code = "clock.alarm"
    title = "The clocks disagree"
    status = 503


class BadPolicy(Refusal):
    """The alerts folder of this office cannot be used as it stands."""

    code = "policy.invalid"
    title = "The alert rules cannot be used"
    status = 500
