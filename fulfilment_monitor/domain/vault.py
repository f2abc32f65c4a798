"""What lies in the vault, under which name, and how long an approval to look holds.

Source: 信访工作条例第三十条、第四十六条（五）; 个人信息保护法第四十七条.
"""

import json
import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .errors import Invalid, Issue


class Item(StrEnum):
    """What every complaint has a place for, whether anything was said or not."""

    IDENTITY = "identity"
    CONTACT = "contact"
    #: The complaint in the complainant's own words.
    WORDS = "words"
    #: Names and digests of the files that came with it.
    FILES = "files"
    #: The number it has on its channel, under which the channel knows who complained.
    SOURCE = "source"


ITEM_CHINESE = {
    Item.IDENTITY: "身份",
    Item.CONTACT: "联系方式",
    Item.WORDS: "投诉原文",
    Item.FILES: "投诉材料",
    Item.SOURCE: "来源编号",
}

#: What is personal and nothing else: it may go whenever the complainant asks.
PERSONAL = (Item.IDENTITY, Item.CONTACT)

#: How long after its approval a look may be taken.
OPEN_FOR = timedelta(hours=24)

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LONGEST_MOTIVE = 1_000
#: Sealed contents have lengths in steps, so that a length tells neither a name nor its absence.
_STEP = 512
_END = b"\x80"


def about(complaint: str, name: str) -> bytes:
    """What a sealed item is bound to; in another row it does not open.

    >>> about("01H", "words")
    b'vault_item\\x0001H\\x00words'
    """
    return b"\x00".join([b"vault_item", complaint.encode(), name.encode()])


def pack(value: object) -> bytes:
    """A value as bytes to be sealed: JSON, filled up; None where nothing was said."""
    plain = json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + _END
    return plain + bytes(-len(plain) % _STEP)


def unpack(packed: bytes) -> Any:
    """The value that was packed.

    >>> unpack(pack({"name": "张"})), len(pack(None)), len(pack("张" * 160))
    ({'name': '张'}, 512, 512)
    """
    return json.loads(packed.rstrip(b"\x00").removesuffix(_END))


def check_names(names: Iterable[str], pointer: str = "/items") -> list[str]:
    """Names of items, each once.

    Raises:
        Invalid: there is none, or one is no name; whether it is kept is not asked.
    """
    found = list(dict.fromkeys(names))
    wrong = [n for n in found if not _NAME.fullmatch(n)]
    if wrong or not found:
        detail = f"{wrong[0][:40]!r} is no item" if wrong else "name at least one item"
        raise Invalid([Issue(pointer, "unknown", detail)])
    return found


def check_motive(motive: str) -> str:
    """Why somebody has to know.

    Raises:
        Invalid: nothing is said, or too much.
    """
    said = motive.strip()
    if not 1 <= len(said) <= _LONGEST_MOTIVE:
        detail = f"say in at most {_LONGEST_MOTIVE} characters why this has to be known"
        raise Invalid([Issue("/motive", "missing", detail)])
    return said


def has_lapsed(decided_at: datetime, now: datetime) -> bool:
    """Whether an approval holds no longer."""
    return now > decided_at + OPEN_FOR


def shown_items(names: Collection[str]) -> str:
    """Items in words, for the complainant.

    >>> shown_items(["identity", "contact"])
    '身份、联系方式'
    """
    return "、".join(ITEM_CHINESE.get(Item(n), n) if n in list(Item) else n for n in names)
