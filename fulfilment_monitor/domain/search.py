"""Words of a text for searching, such that two Chinese characters are a word.

Chinese is written without spaces, so a run of it is cut into overlapping pairs, and its last
character stands alone: 合同履约 becomes 合同 同履 履约 约. A search for two or more characters is
then a phrase of pairs, and one for a single character is the beginning of a pair.
"""

import re
import unicodedata
from operator import add
from typing import NamedTuple

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_HAN_RUN = re.compile(f"[{_HAN}]")
#: What most texts are made of, and what folding leaves alone but for small letters.
_PLAIN = re.compile(r"[ -~·—“”、。《》【】（），：；\u4e00-\u9fff]*")
_SIGN = re.compile(r"[^\w -~]")
#: Accents, marks around a letter, and what nobody sees: joiners, soft hyphens, variants of a sign.
_DROPPED = ("Mn", "Me", "Cf")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: Characters of a word that count: PostgreSQL takes 2,046 bytes, and a letter may have four.
_LONGEST = 256
#: Characters of a text that count: PostgreSQL tells places apart up to the 16,383rd.
_FARTHEST = 16_000


class Phrase(NamedTuple):
    """Words that follow each other; the last may only begin so."""

    words: tuple[str, ...]
    open_end: bool


def words_of(*texts: str) -> list[str]:
    """The words of some texts, in order.

    >>> words_of("合同履约 HT-2026")
    ['合同', '同履', '履约', '约', 'ht', '2026']
    """
    found: list[str] = []
    for run in _RUN.findall(_folded(" ".join(texts))):
        found += [*_pairs(run), run[-1]] if _is_han(run) else [run[:_LONGEST]]
    return found


def phrases_of(query: str) -> list[Phrase]:
    """What all has to stand in a text for a query to find it; empty when nothing can be looked up.

    >>> phrases_of("履约 HT-20")
    [Phrase(words=('履约',), open_end=False), Phrase(words=('ht', '20'), open_end=True)]
    """
    found: list[Phrase] = []
    for asked in _folded(query).split():
        plain: list[str] = []
        for run in _RUN.findall(asked):
            if not _is_han(run):
                plain.append(run[:_LONGEST])
                continue
            found += _ended(plain)
            plain = []
            found.append(Phrase(tuple(_pairs(run)) or (run,), open_end=len(run) == 1))
        found += _ended(plain)
    return found


def _ended(plain: list[str]) -> list[Phrase]:
    return [Phrase(tuple(plain), open_end=True)] if plain else []


def is_storable(text: str) -> bool:
    """Whether a database can hold a text at all: it has no NUL and no half of a character.

    >>> is_storable("《》"), is_storable(chr(0xD800))
    (True, False)
    """
    return _UNSTORABLE.search(text) is None


def _folded(text: str) -> str:
    """Without case, width, accents and what nobody sees; no longer than counts."""
    if _PLAIN.fullmatch(text):
        return text[:_FARTHEST].lower()
    # Taken apart first: the letters within № and ㎿ are capitals, the signs themselves are not.
    small = unicodedata.normalize("NFKD", text).casefold()
    bare = _SIGN.sub(_seen, unicodedata.normalize("NFKD", small))
    return unicodedata.normalize("NFC", bare)[:_FARTHEST]


def _seen(sign: re.Match[str]) -> str:
    c = sign[0]
    return "" if unicodedata.combining(c) or unicodedata.category(c) in _DROPPED else c


def _is_han(run: str) -> bool:
    return _HAN_RUN.match(run) is not None


def _pairs(run: str) -> list[str]:
    return list(map(add, run, run[1:]))
