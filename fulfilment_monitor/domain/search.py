"""Words of a text for searching, such that two Chinese characters are a word.

Chinese is written without spaces, so a run of it is cut into overlapping pairs, and its last
character stands alone: 合同履约 becomes 合同 同履 履约 约. A search for two or more characters is
then a phrase of pairs, and one for a single character is the beginning of a pair.
"""

import re
import unicodedata
from typing import NamedTuple

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_HAN_RUN = re.compile(f"[{_HAN}]")


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
        found += [*_pairs(run), run[-1]] if _is_han(run) else [run]
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
                plain.append(run)
                continue
            found += _ended(plain)
            plain = []
            found.append(Phrase(tuple(_pairs(run)) or (run,), open_end=len(run) == 1))
        found += _ended(plain)
    return found


def _ended(plain: list[str]) -> list[Phrase]:
    return [Phrase(tuple(plain), open_end=True)] if plain else []


def _folded(text: str) -> str:
    """Without case, width and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


def _is_han(run: str) -> bool:
    return _HAN_RUN.match(run) is not None


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]
