"""Money: integer fen inside, a decimal string of yuan at the edge."""

import re
from fractions import Fraction

_YUAN = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,2}))?")


def parse_yuan(text: str) -> int:
    """Fen from a decimal string of yuan.

    Raises:
        ValueError: not such a string, more than two decimals, or more than 15 digits of yuan.

    >>> parse_yuan("1200000.5")
    120000050
    """
    found = _YUAN.fullmatch(text) if text.isascii() else None
    if found is None:
        raise ValueError("an amount is yuan with at most two decimals, such as 1200000.00")
    sign, yuan, cents = found.groups()
    fen = int(yuan) * 100 + int((cents or "").ljust(2, "0"))
    return -fen if sign else fen


def show_yuan(fen: int) -> str:
    """The wire's form: exactly two decimals.

    >>> show_yuan(-5)
    '-0.05'
    """
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def show_yuan_or_none(fen: int | None) -> str | None:
    """`show_yuan`, and nothing for nothing."""
    return None if fen is None else show_yuan(fen)


def spell_yuan(fen: int) -> str:
    """For people: thousands separated.

    >>> spell_yuan(120000050)
    '1,200,000.50'
    """
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def round_half_up(value: Fraction) -> int:
    """Whole fen, half a fen up; the only rounding of money there is.

    >>> round_half_up(Fraction(5, 2))
    3
    """
    return half_up(value.numerator, value.denominator)


def half_up(numerator: int, denominator: int) -> int:
    """`round_half_up` of a fraction that has not been reduced."""
    return (2 * numerator + denominator) // (2 * denominator)
