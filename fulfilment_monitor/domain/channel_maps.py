"""How the documents of a channel become ours, and ours become its: mappings kept as data.

A mapping says for each field of ours where the sender's document has it (a JSON pointer, or the
heading of a column) and how it is written there. Mappings have versions and days, so that what
was sent under an earlier one stays readable. Reading is pure: a document in, a complaint document
out, and every fault at its place in the SENDER's document.
Source: 发改财金〔2023〕1103号 三（三）: 信息归集标准; 黑营商发〔2023〕19号 一、三.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

from .channel_values import Writing, read_value
from .errors import Issue


class Form(StrEnum):
    """In which form a document comes."""

    JSON = "json"
    #: A row of a CSV file or a workbook; its columns are known by their headings.
    TABLE = "table"
    #: The parameters of an Open311 service request.
    OPEN311 = "open311"


class Unknown(StrEnum):
    """What happens to fields of the sender that no mapping names."""

    REFUSE = "refuse"
    IGNORE = "ignore"


#: What a mapping can fill: of the complaint document (`*` stands for each item) …
TARGETS = frozenset(
    {
        "/source_no", "/origin", "/received_on", "/respondent/uscc", "/respondent/name",
        "/complainant/name", "/complainant/uscc", "/complainant/ownership", "/complainant/size",
        "/complainant/contact", "/complainant/informant", "/confidential", "/refuses_contact",
        "/contract_no", "/contract/title", "/contract/contract_no", "/contract/signed_on",
        "/contract/region", "/contract/field", "/contract/amount", "/items/*/obligation",
        "/items/*/matter", "/items/*/breach", "/items/*/amount", "/words", "/demand", "/natures/*",
        "/judicial_status/route", "/judicial_status/organ", "/judicial_status/number", "/summary",
        "/classified",
    }
)  # fmt: skip
#: … and of what is kept of the item beside it.
VERSION, STATUS = "/item/version", "/item/status"
ACCEPTED_ON, ACCEPTED_BY = "/item/accepted_on", "/item/accepted_by"
OF_THE_ITEM = frozenset({VERSION, STATUS, ACCEPTED_ON, ACCEPTED_BY})
_EACH = "/items/*"
#: What can be told a channel of an item.
TELLABLE = frozenset(
    {
        "source_no", "complaint", "claim", "state", "state_label", "on", "verification", "outcome",
        "reason", "next_door", "acknowledged",
    }
)  # fmt: skip


class Taking(NamedTuple):
    """How one field of ours is filled."""

    to: str
    #: Where a document has it, and under which heading a row; empty where that form has it not.
    at: str = ""
    column: str = ""
    writing: Writing = Writing.TEXT
    required: bool = False
    #: The code list: theirs → ours; `*` stands for every other.
    codes: Mapping[str, Any] | None = None
    #: What it is where nothing is sent.
    default: Any = None

    def place(self, form: Form) -> str:
        return self.column if form is Form.TABLE else self.at


class Telling(NamedTuple):
    """How one field of an answer is filled."""

    to: str
    said: str
    codes: Mapping[str, Any] | None = None


class Cover(NamedTuple):
    """Where the cover of a package has what; `items` is a list in it."""

    items: str
    number: str
    day: str


class Pull(NamedTuple):
    """Where a channel is asked for what is new."""

    url: str
    items: str
    #: Where the answer names the URL of the next page, if it has pages.
    next: str = ""


@dataclass(frozen=True, slots=True)
class ChannelMap:
    """One version of how a channel writes."""

    version: str
    forms: tuple[Form, ...]
    from_on: date
    until_on: date | None
    unknown: Unknown
    takings: tuple[Taking, ...]
    tellings: tuple[Telling, ...] = ()
    cover: Cover | None = None
    #: Where a document names the version it is written by.
    version_at: str = ""

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """All that is known of how a channel writes, and when it has to."""

    channel: str
    source: str
    maps: tuple[ChannelMap, ...]
    #: A package every so many days, an empty one too; None: it sends when it has something.
    every_days: int | None = None
    #: From which day packages are expected; from the first that came where none is named.
    expected_from: date | None = None
    #: Who may send: `key:…`, `partner:…`; empty: whoever has the scope.
    senders: frozenset[str] = frozenset()
    pull: Pull | None = None

    def on(self, form: Form, day: date, version: str | None = None) -> ChannelMap | None:
        """The mapping of a version; where none is named, the one in force on a day."""
        of_form = [m for m in self.maps if form in m.forms]
        if version is not None:
            return next((m for m in of_form if m.version == version), None)
        return next((m for m in reversed(of_form) if m.holds_on(day)), None)


class ChannelMaps:
    """The mappings of an office, by channel."""

    def __init__(self, forms: Iterable[ChannelForm] = ()) -> None:
        self._by_channel = {f.channel: f for f in forms}

    def __iter__(self) -> Iterator[ChannelForm]:
        return iter(self._by_channel.values())

    def find(self, channel: str) -> ChannelForm | None:
        return self._by_channel.get(channel)


# --- reading ----------------------------------------------------------------------------------


@dataclass
class Mapped:
    """What a mapping made of a document."""

    #: A complaint document, see `schemas.complaints`.
    document: dict[str, Any] = field(default_factory=dict)
    #: What is kept of the item beside it, by `OF_THE_ITEM`.
    item: dict[str, Any] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    #: Pointer of ours → where the sender has it.
    places: dict[str, str] = field(default_factory=dict)

    def theirs(self, pointer: str) -> str:
        """Where the sender's document has something of ours; the nearest that is known."""
        while pointer and pointer not in self.places:
            below = [t for p, t in self.places.items() if p.startswith(pointer + "/") and t]
            if below:
                return _common(below)
            pointer = pointer.rpartition("/")[0]
        return self.places.get(pointer, "")


def _common(places: Sequence[str]) -> str:
    """The innermost place that holds all of some.

    >>> _common(["/debts/1/sum", "/debts/1/what"]), _common(["/debts/1/sum"])
    ('/debts/1', '/debts/1/sum')
    """
    steps = [p.split("/") for p in places]
    same = takewhile(lambda at: len(set(at)) == 1, zip(*steps, strict=False))
    return "/".join(at[0] for at in same)


def map_document(how: ChannelMap, document: Any, form: Form) -> Mapped:
    """What a mapping makes of a document, or of a row as `{heading: value}`."""
    found = Mapped()
    if not isinstance(document, dict):
        found.issues.append(Issue("", "invalid-field", "an object is expected here"))
        return found
    for taking in how.takings:
        if taking.place(form):
            _take(taking, document, form, found)
    for taking in how.takings:  # what is said of each item, once their number is known
        if not taking.place(form) and taking.default is not None:
            count = len(found.document.get("items", ())) if taking.to.startswith(_EACH) else 1
            for n in range(max(count, 1)):
                _put(taking.to, n, taking.default, found, place="")
    if how.unknown is Unknown.REFUSE:
        known = [t.place(form) for t in how.takings if t.place(form)]
        known += [how.version_at] if how.version_at and form is not Form.TABLE else []
        detail = "no mapping names this field"
        unnamed = _unnamed(document, known, form)
        found.issues += [Issue(p, "unknown-field", detail) for p in unnamed]
    return found


def _take(taking: Taking, document: Mapping[str, Any], form: Form, found: Mapped) -> None:
    for pointer, n, value in _values(document, taking.place(form), form):
        found.places[taking.to.replace("*", str(n))] = pointer
        if value is None or value == "":
            if taking.default is not None:
                _put(taking.to, n, taking.default, found, place=pointer)
            elif taking.required:
                found.issues.append(Issue(pointer, "missing-field", "this is required"))
            continue
        try:
            ours = _coded(taking, read_value(taking.writing, value))
        except ValueError as fault:
            found.issues.append(Issue(pointer, "invalid-field", str(fault)))
        else:
            _put(taking.to, n, ours, found, place=pointer)


def _values(
    document: Any, place: str, form: Form, at: str = "", n: int = 0
) -> Iterator[tuple[str, int, Any]]:
    """Pointer, number in a list, and value, of all at a place; None where nothing stands."""
    if form is Form.TABLE:
        yield _as_pointer(place, form), 0, document.get(place)
        return
    if not place:
        yield at, n, document
        return
    step, _, rest = place.removeprefix("/").partition("/")
    rest = f"/{rest}" if rest else ""
    if step == "*":
        rows = document if isinstance(document, list) else []
        for i, inner in enumerate(rows):
            yield from _values(inner, rest, form, f"{at}/{i}", i)
        if not rows:
            yield at, n, None
        return
    name = step.replace("~1", "/").replace("~0", "~")
    if isinstance(document, dict) and name in document:
        yield from _values(document[name], rest, form, f"{at}/{step}", n)
    elif "/*" in rest:
        yield f"{at}/{step}" + rest[: rest.index("/*")], n, None
    else:
        yield f"{at}/{step}{rest}", n, None


def _as_pointer(place: str, form: Form) -> str:
    """A heading as the one step of a pointer."""
    if form is not Form.TABLE or not place:
        return place
    return "/" + place.replace("~", "~0").replace("/", "~1")


def _put(to: str, n: int, value: Any, found: Mapped, *, place: str) -> None:
    pointer = to.replace("*", str(n))
    found.places[pointer] = place
    if to in OF_THE_ITEM:
        found.item[to] = value
        return
    here: Any = found.document
    steps = to.removeprefix("/").split("/")
    for step, after in pairwise(steps):
        fresh: Any = [] if after == "*" else {}
        here = _nth(here, n) if step == "*" else here.setdefault(step, fresh)
    if steps[-1] == "*":
        here.append(value)
    else:
        here[steps[-1]] = value


def _nth(rows: list[Any], n: int) -> Any:
    while len(rows) <= n:
        rows.append({})
    return rows[n]


def _coded(taking: Taking, value: Any) -> Any:
    if taking.codes is None:
        return value
    key = str(value)
    if key in taking.codes:
        return taking.codes[key]
    if "*" in taking.codes:
        return taking.codes["*"]
    raise ValueError(f"one of: {', '.join(taking.codes)}")


def _unnamed(document: Mapping[str, Any], known: Sequence[str], form: Form) -> Iterator[str]:
    """The fields of a document that no place names, each once."""
    if form is Form.TABLE:
        yield from (_as_pointer(h, form) for h in document if h not in known)
        return
    wanted = {tuple(k.removeprefix("/").split("/")) for k in known}
    yield from _astray(document, (), wanted, "")


def _astray(value: Any, path: tuple[str, ...], wanted: set[tuple[str, ...]], at: str) -> Any:
    if path in wanted:
        return
    if path and not any(w[: len(path)] == path for w in wanted):
        yield at
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _astray(inner, (*path, step), wanted, f"{at}/{step}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _astray(inner, (*path, "*"), wanted, f"{at}/{i}")


def find_at(document: Any, pointer: str) -> Any:
    """What stands at a place without `*`; None where nothing does."""
    return next(_values(document, pointer, Form.JSON))[2] if pointer else None


# --- answering --------------------------------------------------------------------------------


def map_answer(how: ChannelMap, said: Mapping[str, Any]) -> dict[str, Any]:
    """What we say of an item, in the words of its channel; as we say it where it has none."""
    if not how.tellings:
        return dict(said)
    answer: dict[str, Any] = {}
    for telling in how.tellings:
        value = said.get(telling.said)
        if value is None:
            continue
        if telling.codes is not None:
            value = telling.codes.get(str(value), telling.codes.get("*", value))
        here = answer
        *steps, last = telling.to.removeprefix("/").split("/")
        for step in steps:
            here = here.setdefault(step, {})
        here[last] = value
    return answer


# --- packages ---------------------------------------------------------------------------------


def missing_days(
    every_days: int, first: date, covered: Iterable[date], today: date
) -> tuple[date, ...]:
    """The last day of every period before today that has no package.

    A day is over when the next begins; a period is counted from the first day on.

    >>> [str(d) for d in missing_days(1, date(2026, 1, 1), [date(2026, 1, 2)], date(2026, 1, 4))]
    ['2026-01-01', '2026-01-03']
    >>> [str(d) for d in missing_days(7, date(2026, 1, 1), [date(2026, 1, 3)], date(2026, 1, 20))]
    ['2026-01-14']
    """
    came = {(day - first).days // every_days for day in covered if day >= first}
    whole = max((today - first).days, 0) // every_days
    ends = (first + timedelta(days=(n + 1) * every_days - 1) for n in range(whole) if n not in came)
    return tuple(ends)
