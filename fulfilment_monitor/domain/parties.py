"""The parties of a contract, their codes, and whom which rule protects."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I O S V Z
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_USCC_LENGTH = 18
#: A party is checked several times with each of its contracts.
_REMEMBERED = 8_192


class Side(StrEnum):
    GOVERNMENT = "government"
    ENTERPRISE = "enterprise"


class GovernmentKind(StrEnum):
    ORGAN = "organ"
    INSTITUTION = "institution"


class Ownership(StrEnum):
    PRIVATE = "private"
    STATE = "state"
    FOREIGN = "foreign"
    OTHER = "other"
    UNKNOWN = "unknown"


class Size(StrEnum):
    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    UNKNOWN = "unknown"


SME_SIZES = frozenset({Size.MICRO, Size.SMALL, Size.MEDIUM})


@dataclass(frozen=True, slots=True)
class Government:
    """A body on the government side; `code` is its USCC, or `scheme:id` in a foreign register."""

    name: str
    code: str
    kind: GovernmentKind


@dataclass(frozen=True, slots=True)
class Enterprise:
    """The enterprise, with ownership and size as declared at signing."""

    name: str
    code: str
    ownership: Ownership
    size: Size
    contact: str | None = None

    @property
    def is_private(self) -> bool:
        """民营企业: protected by 发改财金〔2023〕1103号."""
        return self.ownership is Ownership.PRIVATE

    @property
    def is_sme(self) -> bool:
        """中小企业 by size at signing: protected by 保障中小企业款项支付条例 第三条."""
        return self.size in SME_SIZES

    @property
    def is_private_economy(self) -> bool:
        """民营经济组织, as far as ownership tells (民营经济促进法 第七十七条)."""
        return self.ownership is Ownership.PRIVATE


def foreign_code(scheme: str, number: str) -> str:
    """One code from a foreign register's identifier; `foreign_identifier` takes it apart again."""
    return f"{scheme.replace('%', '%25').replace(':', '%3A')}:{number}"


def foreign_identifier(code: str) -> tuple[str, str]:
    """Scheme and number of a foreign register's code.

    >>> foreign_identifier(foreign_code("urn:x", "7"))
    ('urn:x', '7')
    """
    scheme, _, number = code.partition(":")
    return scheme.replace("%3A", ":").replace("%25", "%"), number


class CodeFault(StrEnum):
    """Which check of GB 32100-2015 a code failed."""

    LENGTH = "uscc.length"
    ALPHABET = "uscc.alphabet"
    CHECK_CHARACTER = "uscc.check-character"
    INNER_CHECK_CHARACTER = "uscc.inner-check-character"


FAULT_DETAIL = {
    CodeFault.LENGTH: "a unified social credit code has 18 characters",
    CodeFault.ALPHABET: "only digits and capitals without I, O, S, V, Z are allowed",
    CodeFault.CHECK_CHARACTER: "the 18th character does not match the others; check for a typo",
    CodeFault.INNER_CHECK_CHARACTER: (
        "the organisation code inside (characters 9 to 17) does not match its own check character"
    ),
}


@lru_cache(_REMEMBERED)
def uscc_fault(code: str) -> CodeFault | None:
    """The first check of a 统一社会信用代码 that fails; a valid code proves form only.

    Source: GB 32100-2015; the inner code: GB 11714.

    >>> uscc_fault("11340321003000014D") is None
    True
    >>> uscc_fault("11340321003000014E").value
    'uscc.check-character'
    """
    if len(code) != _USCC_LENGTH:
        return CodeFault.LENGTH
    if not set(code) <= set(_ALPHABET):
        return CodeFault.ALPHABET
    total = sum(_ALPHABET.index(c) * w for c, w in zip(code, _WEIGHTS, strict=False))
    if _ALPHABET[-total % 31] != code[17]:
        return CodeFault.CHECK_CHARACTER
    inner = 11 - sum(int(c, 36) * w for c, w in zip(code[8:16], _INNER_WEIGHTS, strict=True)) % 11
    if {10: "X", 11: "0"}.get(inner, str(inner)) != code[16]:
        return CodeFault.INNER_CHECK_CHARACTER
    return None
