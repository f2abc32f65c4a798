"""A complaint as it came in over one channel: about whom, by whom, and what is owed.

Missing proof is never a refusal: what is not known is left open and asked for later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from .audit import canonical
from .case_codes import Breach, Nature, Origin, Route
from .parties import Ownership, Size
from .vault import Item as Sealed

#: What a claim's matter says instead of the complainant's name or code.
_MASK = "投诉人"


class Respondent(NamedTuple):
    """Whom it is about; at least one of both is known."""

    code: str | None = None
    name: str | None = None


class Complainant(NamedTuple):
    """Who complains; an informant is not the party and says so."""

    name: str | None = None
    code: str | None = None
    ownership: Ownership = Ownership.UNKNOWN
    size: Size = Size.UNKNOWN
    contact: str | None = None
    informant: bool = False


#: Nobody has said who complains.
NOBODY = Complainant(informant=True)


class Described(NamedTuple):
    """A contract, agreement or promise as the complainant describes it."""

    title: str | None = None
    contract_no: str | None = None
    signed_on: date | None = None
    region: str | None = None
    field: str | None = None
    amount_fen: int | None = None


class Item(NamedTuple):
    """One thing that is owed: an obligation of the contract by its key, or in words."""

    breach: Breach
    obligation: str | None = None
    matter: str | None = None
    claimed_fen: int | None = None


class Suit(NamedTuple):
    """A court, an arbitrator or a reviewing authority has the matter already."""

    route: Route
    organ: str
    number: str


@dataclass(frozen=True, slots=True)
class Message:
    """One complaint, as read from a document."""

    channel: str
    respondent: Respondent
    items: tuple[Item, ...]
    complainant: Complainant = NOBODY
    #: The number it has on its channel.
    source_no: str | None = None
    origin: Origin = Origin.COMPLAINT
    received_on: date | None = None
    #: Whether the respondent may not learn that, and who, complained.
    confidential: bool = False
    refuses_contact: bool = False
    contract_no: str | None = None
    described: Described | None = None
    words: str | None = None
    demand: str | None = None
    natures: tuple[Nature, ...] = ()
    #: SHA-256 of files that were handed in before.
    evidence: tuple[str, ...] = ()
    suit: Suit | None = None
    #: An officer's wording that may be sent on.
    summary: str | None = None

    @property
    def field(self) -> str | None:
        """The field it says it belongs to."""
        return None if self.described is None else self.described.field

    @property
    def region(self) -> str | None:
        """The place it says it is about."""
        return None if self.described is None else self.described.region


def fingerprint(message: Message) -> bytes:
    """What was said, in one form, without the channel's number and the day: the same thing again
    has the same one."""
    return canonical(
        {
            "respondent": message.respondent._asdict(),
            "complainant": message.complainant._asdict(),
            "items": [i._asdict() for i in message.items],
            "contract_no": message.contract_no,
            "described": message.described._asdict() if message.described else None,
            "words": message.words,
            "demand": message.demand,
            "evidence": sorted(message.evidence),
            "suit": message.suit._asdict() if message.suit else None,
        }
    )


def to_seal(message: Message) -> dict[str, Any]:
    """What reveals the complainant, by its name in the vault, as JSON can say it.

    >>> m = Message("other", Respondent(name="示例县财政局"), (Item(Breach.ARREARS),), words="欠款")
    >>> to_seal(m)
    {'words': {'words': '欠款'}}
    """
    who, described = message.complainant, message.described
    told = {
        "words": message.words,
        "demand": message.demand,
        "contract_no": message.contract_no,
        "described": described and _plain(described._asdict()),
        "matters": [i.matter for i in message.items if i.matter is not None] or None,
        "amounts": [i.claimed_fen for i in message.items if i.claimed_fen is not None] or None,
    }
    parts = {
        Sealed.IDENTITY: _plain({"name": who.name, "uscc": who.code}),
        Sealed.CONTACT: who.contact,
        Sealed.WORDS: _plain(told),
        Sealed.FILES: list(message.evidence),
    }
    return {name.value: part for name, part in parts.items() if part}


def declared(message: Message) -> dict[str, Any]:
    """What was declared and reveals nobody; it stays with the complaint in the clear."""
    who = message.complainant
    return _plain(
        {
            "ownership": who.ownership,
            "size": who.size,
            "described": True if message.contract_no or message.described else None,
            "natures": list(message.natures) or None,
            "suit": message.suit and _plain(message.suit._asdict()),
        }
    )


def matter_of(item: Item, who: Complainant) -> str:
    """What is owed, in at most 200 characters, without the complainant's name and code."""
    text = item.matter or item.obligation or ""
    for secret in (who.name, who.code, who.contact):
        if secret:
            text = text.replace(secret, _MASK)
    return " ".join(text.split())[:200]


def _plain(parts: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, with days and codes as text."""
    return {
        k: v.isoformat() if isinstance(v, date) else v.value if isinstance(v, StrEnum) else v
        for k, v in parts.items()
        if v is not None
    }
