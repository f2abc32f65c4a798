"""转办摘要: the paper a respondent receives about a claim, and nothing that is not on this list.

A claim of the sweep and one of a confidential complaint give the same paper, word for word; the
reference alone differs, and tells neither when nor how the claim began.

Source: 信访工作条例第三十条、第四十六条（五）; a confidential complaint is never called a finding
of monitoring.
"""

from datetime import date
from typing import Any, NamedTuple

from .contracts import FIELD_CHINESE, KIND_CHINESE, Kind
from .money import show_yuan

#: What is said of where it comes from, unless somebody complained and all who did are open.
PROTECTED = "线索来源依法保密"
OPEN = "投诉"
_REQUEST = "请核查本单位在上述领域的履约情况，并就核查结果和处理意见作出书面答复。"
_FIELDS = {f.value: label for f, label in FIELD_CHINESE.items()}
_OTHER_FIELD = "其他"
_REFERENCE_BITS = 130
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Matter(NamedTuple):
    """What a claim is about, as far as the register shows it to everybody."""

    respondent_code: str
    respondent_name: str
    #: A code of the six fields, or any other.
    field: str
    #: Empty where the contract was never registered.
    kind: Kind | None


class Openly(NamedTuple):
    """What is added when those who complained do not mind being known."""

    enterprise: str | None
    contract_no: str | None
    contract_title: str | None
    obligation: str | None
    claimed_fen: int | None
    #: Authored by the office that took them in; never the complainants' own words.
    summaries: tuple[str, ...]


def paper(reference: str, matter: Matter, on: date, openly: Openly | None) -> dict[str, Any]:
    """The paper as it is sent."""
    kind = Kind.OTHER if matter.kind is None else matter.kind
    said: dict[str, Any] = {
        "reference": reference,
        "sent_on": on.isoformat(),
        "respondent": {"code": matter.respondent_code, "name": matter.respondent_name},
        "field": _FIELDS.get(matter.field, _OTHER_FIELD),
        "matter": KIND_CHINESE[kind],
        "source": PROTECTED if openly is None else OPEN,
        "request": _REQUEST,
    }
    if openly is None:
        return said
    more = {
        "enterprise": openly.enterprise,
        "contract_no": openly.contract_no,
        "contract_title": openly.contract_title,
        "obligation": openly.obligation,
        "claimed": None if openly.claimed_fen is None else show_yuan(openly.claimed_fen),
        "summaries": list(openly.summaries) or None,
    }
    return said | {k: v for k, v in more.items() if v is not None}


def reference(hashed: bytes) -> str:
    """The name of a claim on paper: a keyed hash of it, 26 letters.

    >>> reference(bytes(32))
    '00000000000000000000000000'
    """
    number = int.from_bytes(hashed[:32], "big") >> 256 - _REFERENCE_BITS
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def tag(hashed: bytes) -> str:
    """A keyed hash in short, to tell things from each other: its first 60 bits, 12 letters."""
    return reference(hashed)[:12]
