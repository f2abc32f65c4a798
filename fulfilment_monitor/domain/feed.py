"""What others may follow in order: kinds of changes, and the little each of them says.

What stands in no kind is in no feed. Steps of a case (`case.*`), complaints, papers to respondents
and signs of retaliation are in none: before somebody is written to, even their being there is
confidential.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from .access import Action
from .api_keys import Scope
from .records import EntryKind


class Kind(StrEnum):
    """A family of changes that is followed as one."""

    #: Something about a contract changed: its terms, what was stated, its state.
    CONTRACTS = "contracts"
    #: Leads (违约线索) that arose or ended.
    LEADS = "leads"
    #: What was entered on, corrected in, or ended on the credit record of public bodies.
    RECORDS = "records"
    #: Results, records and measures as they were told to one body.
    NOTICES = "notices"


class Look(StrEnum):
    """Which changes of a kind a reader sees."""

    #: Those of contracts in sight; the subject is one, or a lead under one.
    OF_CONTRACT = "contract"
    OF_LEAD = "lead"
    #: Each once, whoever was told: the copy of the body it is about.
    ABOUT = "about"
    #: What was addressed to the own body.
    ADDRESSED = "addressed"


class Family(NamedTuple):
    topics: tuple[str, ...]
    #: The members of a body that name what changed; the first that is there does.
    subject: tuple[str, ...]
    #: The members that may be shown, and no other.
    shows: tuple[str, ...]
    #: Of those, what is shown of a thing that is not on display to everybody.
    bare: tuple[str, ...]
    look: Look
    action: Action
    #: What a key has to be good for.
    scope: Scope


_RECORD_TOPICS = (
    "record.entered",
    *(f"record.{k.value}" for k in EntryKind if k is not EntryKind.LISTED),
)
_NOTICES = (
    "result.verified",
    "result.determined",
    "result.revoked",
    "result.repaired",
    "measure.proposed",
    "measure.imposed",
    "measure.declined",
    "measure.ended",
)
_TOLD = (
    "record", "claim", "case", "verification", "outcome", "document_no", "served_on", "body",
    "stream", "kind", "state", "on", "code", "basis", "region", "starts_on", "due_on", "confirm_by",
)  # fmt: skip

FAMILIES: Mapping[Kind, Family] = {
    Kind.CONTRACTS: Family(
        ("contract.registered", "contract.changed"), ("contract",), (), (),
        Look.OF_CONTRACT, Action.CONTRACT_READ, Scope.FEED_READ,
    ),
    Kind.LEADS: Family(
        ("lead.opened", "lead.closed"), ("lead",),
        ("rule", "breached_on", "raised_on", "outstanding", "closed_on", "why"),
        (),
        Look.OF_LEAD, Action.LEAD_READ, Scope.FEED_READ,
    ),
    Kind.RECORDS: Family(
        _RECORD_TOPICS, ("record",), ("body", "stream", "kind", "on", "document_no"),
        ("kind", "on"),
        Look.ABOUT, Action.CREDIT_READ, Scope.FEED_READ,
    ),
    Kind.NOTICES: Family(
        (*_RECORD_TOPICS, *_NOTICES), ("measure", "record", "claim"), _TOLD, (),
        Look.ADDRESSED, Action.MEASURE_READ, Scope.FEED_NOTICES,
    ),
}  # fmt: skip


def projected(kind: Kind, body: Mapping[str, Any], *, bare: bool = False) -> dict[str, Any]:
    """What a feed shows of the body of a message.

    >>> projected(Kind.LEADS, {"lead": "01J", "rule": "payment.not-performed", "case": "01K"})
    {'rule': 'payment.not-performed'}
    """
    family = FAMILIES[kind]
    names = family.bare if bare else family.shows
    return {name: body[name] for name in names if body.get(name) is not None}


def subject_of(kind: Kind, body: Mapping[str, Any]) -> str:
    """What changed, by its own number.

    >>> subject_of(Kind.NOTICES, {"claim": "01J", "case": "01K"})
    '01J'
    """
    return next(str(body[name]) for name in FAMILIES[kind].subject if name in body)
