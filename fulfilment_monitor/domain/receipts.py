"""Lookup codes: 120 random bits that a complainant can read out, and what they show.

A code is 24 characters of Crockford's base 32 in six groups; I, L, O and U are not among them.
"""

import unicodedata
from datetime import date
from typing import NamedTuple

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 24
_GROUP = 4
#: How random a code is; nobody guesses one in the life of the service.
BITS = 5 * _LENGTH

_MISREAD = str.maketrans("OIL", "011")
#: No code is longer, however it is written; what follows is not looked at.
_LONGEST = 200


def spell(number: int) -> str:
    """A number below 2**120 as a code.

    >>> spell(0), spell(2**120 - 1)
    ('0000-0000-0000-0000-0000-0000', 'ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ')
    """
    letters = "".join(_ALPHABET[number >> 5 * i & 31] for i in reversed(range(_LENGTH)))
    return "-".join(letters[i : i + _GROUP] for i in range(0, _LENGTH, _GROUP))


def plain(written: str) -> bytes:
    """A code as it is hashed, however it was typed; what is no code becomes one nobody has.

    >>> plain(" 0oIl-1abc ") == plain("００11 1ABC")
    True
    """
    folded = unicodedata.normalize("NFKC", written[:_LONGEST]).upper()
    return "".join(c for c in folded if c.isalnum()).translate(_MISREAD).encode()


class Answer(NamedTuple):
    """Something written that went to the complainant; empty texts were sent by another way."""

    on: date
    kind: str
    text: str
    remedies: str


class ClaimProgress(NamedTuple):
    """Where one claim stands, in public words."""

    claim: str
    #: What is owed, as the register calls it.
    matter: str
    state: str
    since: date | None
    #: Who holds it: the body's name, or only what kind of body where confidentiality was asked.
    holder: str
    #: The next limit that runs, and on what it rests; none is shown where none is set.
    due_on: date | None
    basis: tuple[str, ...]
    answers: tuple[Answer, ...]
    #: How to object, while that is open.
    objection: str


class Access(NamedTuple):
    """Somebody looked at who complained."""

    on: date
    items: str


class OnRecord(NamedTuple):
    """The signed promise that the complaint is in the record of acts, for its holder to keep.

    The members are those of `domain.anchors.written`; as JSON it is what `audit verify --receipt`
    reads. Empty until an anchor stands above the act.
    """

    form: str
    chain: str
    object_type: str
    object_id: str
    action: str
    at: str
    #: The number of the entry in the record; 0 where there is nothing to show yet.
    seq: int
    hash: str
    key_id: str
    signature: str


class Progress(NamedTuple):
    """What the holder of a code is shown; a code nobody has shows the same shape, empty."""

    found: bool
    message: str
    received_on: date | None
    confidential: bool
    withdrawn_on: date | None
    claims: tuple[ClaimProgress, ...]
    accesses: tuple[Access, ...]
    record: OnRecord


FOUND = "查询码有效。请妥善保管，任何人不会向您索要。"
NOT_FOUND = "没有与该查询码对应的信息，请核对后重新输入。"
OBJECTION = "对处理结果有异议的，可以凭本查询码提出，由上一级部门复核。"

_EMPTY_CLAIM = ClaimProgress("", "", "", None, "", None, (), (), "")
NOT_ON_RECORD = OnRecord("", "", "", "", "", "", 0, "", "", "")
#: What a code nobody has is answered with.
NOTHING = Progress(False, NOT_FOUND, None, False, None, (_EMPTY_CLAIM,), (), NOT_ON_RECORD)
