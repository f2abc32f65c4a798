"""A line of a payment list, and how the numbers and names in it are compared.

Spelling is levelled (width, case, spaces, kinds of dashes and brackets); nothing else is.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product
from typing import NamedTuple


class Party(NamedTuple):
    """Who paid or was paid, as far as the list says."""

    code: str | None = None
    name: str | None = None

    @property
    def is_named(self) -> bool:
        return bool(self.code or self.name)


class Decision(NamedTuple):
    """What a person decided about a line that came back: the contract, perhaps the obligation."""

    contract_no: str
    obligation: str | None = None


class PaymentLine(NamedTuple):
    """One payment, as its source lists it."""

    on: date
    fen: int
    #: The number the source itself gave it.
    ref: str | None = None
    contract_no: str | None = None
    #: The key of the obligation, or its title.
    obligation: str | None = None
    payer: Party = Party()
    payee: Party = Party()
    text: str | None = None
    decision: Decision | None = None
    #: Of lines equal in contract, day and amount and without numbers: which one this is.
    nth: int = 1
    #: The contract in which that was counted.
    nth_of: str | None = None


_DASHES = "‐‑‒–—―−－﹣"
_BRACKETS = {"〔": "(", "【": "(", "[": "(", "〕": ")", "】": ")", "]": ")"}
_LEVEL = str.maketrans({**dict.fromkeys(_DASHES, "-"), **_BRACKETS})
#: How brackets and dashes may stand in the register, where numbers are looked up as written.
_BRACKET_STYLES = ("()", "〔〕", "（）", "[]", "【】")
_DASH_STYLES = ("-", "－", "—", "–")


def _levelled(text: str) -> str:
    level = unicodedata.normalize("NFKC", text).translate(_LEVEL).upper()
    return re.sub("-+", "-", level)


def number_key(number: str) -> str:
    """A contract number in the one spelling in which numbers are compared.

    >>> number_key("ht— 2025－〔０1〕 ")
    'HT-2025-(01)'
    """
    return re.sub(r"\s+", "", _levelled(number))


def name_key(name: str) -> str:
    """A party's name in the one spelling in which names are compared: it is never shortened."""
    return number_key(name)


def spellings(number: str) -> set[str]:
    """A number as the register may have written it; a stranger spelling has to be searched for."""
    key = number_key(number)
    brackets = _BRACKET_STYLES if "(" in key or ")" in key else _BRACKET_STYLES[:1]
    dashes = _DASH_STYLES if "-" in key else _DASH_STYLES[:1]
    spelt = {number.strip()}
    for base, pair, dash in product({key, number.strip()}, brackets, dashes):
        spelt.add(base.translate(_LEVEL).translate(str.maketrans("()-", pair + dash)))
    return spelt


def name_spellings(name: str) -> set[str]:
    """A party's name as the register may have written it."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))
    return {name.strip(), plain, plain.translate(str.maketrans("()", "（）"))}


# --- numbers inside free text -------------------------------------------------------------------

_HAN = "\u4e00-\u9fff"
_CORE = re.compile(rf"[0-9A-Z](?:[0-9A-Z]|[-_./#()](?=[0-9A-Z()])|\)(?=[{_HAN}0-9]))*")
_BRACKETED = re.compile(r"\(\d{4}\)\s*第?\d+")
_MOST_CORES, _LONGEST_PREFIX = 8, 10
_SHORTEST, _SHORTEST_DIGITS = 4, 9


def is_telling(number: str) -> bool:
    """Whether a number inside a text can be nothing else: long enough, and no year or day."""
    key = number_key(number)
    digits = any(c.isdigit() for c in key)
    return len(key) >= _SHORTEST and digits and (not key.isdigit() or len(key) >= _SHORTEST_DIGITS)


def possible_numbers(text: str) -> set[str]:
    """What in a text may be a contract number, for looking it up; most of it is none."""
    level = _levelled(text)
    found: set[str] = set()
    cores = [*_CORE.finditer(level), *_BRACKETED.finditer(level)]
    for core in cores[: 2 * _MOST_CORES]:
        end = core.end() + level[core.end() : core.end() + 1].count("号")
        start = core.start()
        for _ in range(_LONGEST_PREFIX + 1):
            found |= {level[start : core.end()], level[start:end]}
            if start == 0 or not re.match(f"[{_HAN}(]", level[start - 1]):
                break
            start -= 1
    return {n for n in map(number_key, found) if is_telling(n)}


def numbers_in(text: str, numbers: Iterable[str]) -> set[str]:
    """Which of these contract numbers stand in a text: whole, not as a part of a longer one."""
    level = _levelled(text)
    spans = [(n, span) for n in numbers if is_telling(n) for span in _spans(number_key(n), level)]
    return {
        n
        for n, (start, end) in spans
        if not any(s <= start and end <= e and e - s > end - start for _, (s, e) in spans)
    }


def _spans(key: str, level: str) -> Iterator[tuple[int, int]]:
    spaced = r"\s*".join(map(re.escape, key))
    whole = rf"(?<![0-9A-Z])(?<![0-9A-Z][-/._]){spaced}(?![0-9A-Z])(?!\s*[-/._]\s*[0-9A-Z])"
    return (m.span() for m in re.finditer(whole, level))


# --- what a person decided ------------------------------------------------------------------------

_MARK = "|"
_SHOWN_BESIDE = re.compile(r"[（(]应付日.*$", re.DOTALL)


def spell_decision(decision: Decision) -> str:
    """A decision as it is written in the list; `read_decision` takes it apart again."""
    return _MARK.join(filter(None, decision))


def read_decision(text: str) -> Decision | None:
    """The contract number, then the obligation's key behind a bar; a candidate may be pasted.

    >>> read_decision("HT-1｜payment（应付日 2025-09-10，尚欠 1000.00 元）")
    Decision(contract_no='HT-1', obligation='payment')
    """
    plain = _SHOWN_BESIDE.sub("", text.replace("｜", _MARK)).strip()
    number, bar, key = plain.rpartition(_MARK)
    if not bar:
        number, key = plain, ""
    number, key = number.strip(), key.strip()
    return Decision(number, key or None) if number else None
