"""What the addresses of the API ask: every value is a text there; unknown names are refused."""

import re
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError

from ...domain.alerts import Audience
from ...domain.cases import State
from ...domain.contracts import Field
from ...domain.leads import LeadState
from ..complaints import Matching
from ..fields import Code, Day, Own, Strict, Text

MOST_ITEMS, USUAL_ITEMS = 100, 50
_REGION = re.compile(r"[1-9][0-9]{0,5}")
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,400}")


class Count(Own[int]):
    """A whole number in digits, from 1 to a limit."""

    def __init__(self, highest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lowest, self.highest = 1, highest

    def take(self, value: Any) -> int:
        digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9
        if not digits or not self.lowest <= int(value) <= self.highest:
            raise ValidationError(f"a whole number from {self.lowest} to {self.highest}")
        return int(value)


class Switch(Own[bool]):
    """`true` or `false`, as an address can say it."""

    def take(self, value: Any) -> bool:
        if value not in ("true", "false"):
            raise ValidationError("true or false")
        return bool(value == "true")


class Standing(StrEnum):
    """How an obligation stands that a list of contracts can be narrowed to."""

    OPEN = "open"
    OVERDUE = "overdue"


class FileKind(StrEnum):
    """What a table is written as."""

    XLSX = "xlsx"
    CSV = "csv"


def _region() -> Matching:
    wanted = "the first digits of a region of GB/T 2260, such as 3403"
    return Matching(_REGION, wanted, metadata={"description": wanted})


class PageQuery(Strict):
    limit = Count(
        MOST_ITEMS,
        load_default=USUAL_ITEMS,
        metadata={"description": f"how many at most; up to {MOST_ITEMS}"},
    )
    cursor = Matching(
        _CURSOR,
        "what `next` of the page before said",
        metadata={"description": "what `next` of the page before said; nothing for the first page"},
    )


class DayQuery(Strict):
    as_of = Day(metadata={"description": "as of a day; today if left out"})


class OnQuery(Strict):
    on = Day(metadata={"description": "as of a day; today if left out"})


class ContractFilter(Strict):
    field = Code(Field)
    region = _region()
    state = Code(
        Standing,
        metadata={"description": "only contracts of which something is owed: not late, or late"},
    )
    q = Text(100, metadata={"description": "words of the number, the title or a party's name"})


class ContractQuery(PageQuery, ContractFilter):
    """A page of contracts."""


class AlertFilter(DayQuery):
    audience = Code(Audience)


class AlertQuery(PageQuery, AlertFilter):
    """A page of alerts."""


class LeadFilter(DayQuery):
    state = Code(LeadState)


class LeadQuery(PageQuery, LeadFilter):
    """A page of leads."""


class CaseQuery(PageQuery):
    state = Code(State)
    region = _region()
    late = Switch(metadata={"description": "only those with a clock past its last day"})
    as_of = Day(metadata={"description": "as the list stood on a day"})


class FileQuery(Strict):
    format = Code(FileKind, load_default=FileKind.CSV)


class ContractFileQuery(FileQuery, ContractFilter):
    """Contracts as a table."""


class AlertFileQuery(FileQuery, AlertFilter):
    """Alerts as a table."""


class LeadFileQuery(FileQuery, LeadFilter):
    """Leads as a table."""
