"""A complaint as it came in over one channel: about whom, by whom, and what is owed.

Missing proof is never a refusal: what is not known is left open and asked for later. What names
the complainant, and its own words, go to the vault; in the clear stand codes, amounts, days and
keyed hashes, by which the same thing is known again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from .audit import canonical
from .case_codes import Breach, Nature, Origin, Route, label
from .contracts import FIELD_CHINESE, Field
from .papers import tag
from .parties import Ownership, Size
from .vault import Item as Sealed

#: The field of a matter nobody has put into one.
UNKNOWN_FIELD = "unknown"
_FIELD = re.compile(r"[a-z][a-z-]{0,39}")
#: What a claim's matter said in earlier releases instead of the complainant's name or code.
_MASK = "投诉人"
#: Before the keyed hash of a number, to tell it from the numbers of earlier releases.
_HASHED = "hmac:"
#: From how much each band of amounts begins, in fen, with what it is called.
_BANDS = (
    (100_000_000_00, "1亿元以上"),
    (10_000_000_00, "1000万元以上"),
    (1_000_000_00, "100万元以上"),
    (100_000_00, "10万元以上"),
    (10_000_00, "1万元以上"),
    (0, "不足1万元"),
)


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
    def field(self) -> str:
        """The code of the field it says it belongs to; what is no code is words, and unknown."""
        said = self.described and self.described.field
        return said if said and _FIELD.fullmatch(said) else UNKNOWN_FIELD

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
        "obligations": [i.obligation for i in message.items if i.obligation is not None] or None,
        "suit": message.suit and _plain(message.suit._asdict()),
        "amounts": [i.claimed_fen for i in message.items if i.claimed_fen is not None] or None,
    }
    parts = {
        Sealed.IDENTITY: _plain({"name": who.name, "uscc": who.code}),
        Sealed.CONTACT: who.contact,
        Sealed.WORDS: _plain(told),
        Sealed.FILES: list(message.evidence),
        Sealed.SOURCE: message.source_no,
    }
    return {name.value: part for name, part in parts.items() if part}


def declared(message: Message) -> dict[str, Any]:
    """What was declared as a code and reveals nobody; it stays with the complaint in the clear."""
    who = message.complainant
    return _plain(
        {
            "ownership": who.ownership,
            "size": who.size,
            "described": True if message.contract_no or message.described else None,
            "natures": list(message.natures) or None,
            "suit": message.suit and {"route": message.suit.route.value},
        }
    )


# --- known again without being read -----------------------------------------------------------


def numbered(channel: str, number: str) -> bytes:
    """What the keyed hash of a channel's number is made of."""
    return b"\x00".join([b"source", channel.encode(), number.encode()])


def hashed_number(hashed: bytes) -> str:
    """How the keyed hash of a channel's number is kept in its place."""
    return _HASHED + hashed.hex()


def plain_number(kept: str | None) -> str | None:
    """The number as an earlier release kept it; None where it lies in the vault.

    >>> plain_number(hashed_number(bytes(32))), plain_number("T-1"), plain_number(None)
    (None, 'T-1', None)
    """
    return None if kept is None or kept.startswith(_HASHED) else kept


def party_of(code: str) -> bytes:
    """What the keyed hash of an enterprise's code is made of."""
    return b"party\x00" + code.encode()


def matter_said(item: Item, who: Complainant, *, of: str | None) -> bytes:
    """What the keyed hash of a matter is made of: its words, and whose it is if that counts."""
    return b"matter\x00" + canonical({"matter": words_of(item, who), "of": of})


def matter_of(item: Item, field: str, hashed: bytes) -> str:
    """What is owed as codes say it, and a tag that tells it from others: never anybody's words.

    >>> matter_of(Item(Breach.ARREARS, matter="修路", claimed_fen=3_000_000), "ppp", bytes(32))
    '政府与社会资本合作，拖欠账款，1万元以上，000000000000'
    >>> matter_of(Item(Breach.LATE), "unknown", bytes(32))
    '领域待核，迟延履行，金额未说明，000000000000'
    """
    area = FIELD_CHINESE[Field(field)] if field in list(Field) else "其他领域"
    parts = ["领域待核" if field == UNKNOWN_FIELD else area, label(item.breach)]
    return "，".join([*parts, _band(item.claimed_fen), tag(hashed)])


def with_amount(matter: str, fen: int | None) -> str:
    """The same matter with another amount; words of earlier releases stay as they are.

    >>> with_amount("政府采购，拖欠账款，1万元以上，000000000000", 2_000_000_00)
    '政府采购，拖欠账款，100万元以上，000000000000'
    """
    parts = matter.split("，")
    if len(parts) != len(("area", "breach", "band", "tag")):
        return matter
    return "，".join([*parts[:2], _band(fen), parts[-1]])


def _band(fen: int | None) -> str:
    if fen is None:
        return "金额未说明"
    return next(name for least, name in _BANDS if fen >= least)


def words_of(item: Item, who: Complainant) -> str:
    """What is owed in words, in at most 200 characters, without the complainant's name and code.

    Earlier releases kept this in the clear; now only its keyed hash is.
    """
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
