"""The form other platforms want records in, as data: a mapping of our fields to theirs.

A mapping has versions with days; the newest whose day has come is in force. What no field names
does not leave. Source: 发改财金〔2023〕1103号 三（三）: 要抓紧制定相关信息归集标准.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from .case_codes import Stream
from .errors import BadPolicy, Refusal
from .money import show_yuan


class FieldKind(StrEnum):
    TEXT = "text"
    #: One of their codes for one of ours.
    CODE = "code"
    #: Money: our fen, their yuan as a text.
    YUAN = "yuan"
    DAY = "day"
    FLAG = "flag"
    NUMBER = "number"


#: Fields of a record that a mapping may take; `content.NAME` for what only its stream says.
SOURCES = (
    "record", "version", "stream", "change", "state", "body.code", "body.name", "region",
    "listed_on", "changed_on", "ended_on", "amount_fen", "source_no",
)  # fmt: skip
_CONTENT = "content."
_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_YUAN = r"^[0-9]+\.[0-9]{2}$"


class Unmappable(Refusal):
    """A record cannot be put into the form: a person has to look at the mapping, or the record."""

    code = "platform.unmappable"
    title = "The record does not fit the form of the platform"


class Field(NamedTuple):
    name: str
    title: str
    #: Where it comes from in a record of ours.
    source: str
    kind: FieldKind
    required: bool
    longest: int
    streams: frozenset[str]
    codes: Mapping[str, str]

    def is_of(self, stream: str) -> bool:
        return not self.streams or stream in self.streams


class Version(NamedTuple):
    """The form as it is from a day on."""

    mapping: str
    version: str
    draft: bool
    from_on: date
    source: str
    streams: frozenset[str]
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        return f"{self.mapping}@{self.version}"

    def render(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record in this form: the fields it names, and nothing else.

        Raises:
            Unmappable: something needed is missing, too long or of no known code.
        """
        stream = str(record["stream"])
        if stream not in self.streams:
            raise Unmappable(f"{self.name} has no form for {stream}")
        shown: dict[str, Any] = {}
        for field in self.fields:
            if not field.is_of(stream):
                continue
            value = _value(record, field.source)
            if value is None:
                if field.required:
                    raise Unmappable(f"{self.name}: {field.name} is missing")
                continue
            shown[field.name] = self._shown(field, value)
        return shown

    def lacking(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """The fields this form needs of a record that it does not say, in the form's order."""
        stream = str(record["stream"])
        return tuple(
            f.name
            for f in self.fields
            if f.required
            and stream in self.streams
            and f.is_of(stream)
            and _value(record, f.source) is None
        )

    def _shown(self, field: Field, value: Any) -> Any:
        match field.kind:
            case FieldKind.CODE if value in field.codes:
                return field.codes[value]
            case FieldKind.YUAN if type(value) is int and value >= 0:
                return show_yuan(value)
            case FieldKind.TEXT if isinstance(value, str) and len(value) <= field.longest:
                return value
            case FieldKind.DAY if isinstance(value, str) and _is_day(value):
                return value
            case FieldKind.FLAG if isinstance(value, bool):
                return value
            case FieldKind.NUMBER if type(value) is int:
                return value
        raise Unmappable(f"{self.name}: {field.name} cannot be said")

    def schema(self, stream: str) -> dict[str, Any]:
        """JSON Schema of what leaves for a stream; anything else is forbidden."""
        fields = [f for f in self.fields if f.is_of(stream)]
        title = f"{self.name} {stream}" + ("（草案，非官方字段清单）" if self.draft else "")
        return {
            "$schema": _SCHEMA,
            "title": title,
            "type": "object",
            "properties": {f.name: _described(f) for f in fields},
            "required": [f.name for f in fields if f.required],
            "additionalProperties": False,
        }


class Form(NamedTuple):
    """A form with all its versions, the oldest first."""

    code: str
    label: str
    versions: tuple[Version, ...]

    def in_force(self, on: date) -> Version | None:
        """The version for a day; None while none has come into force."""
        begun = [v for v in self.versions if v.from_on <= on]
        return begun[-1] if begun else None

    def opens_on(self) -> date:
        """The first day it can be used at all."""
        return self.versions[0].from_on

    def find(self, version: str) -> Version | None:
        """A version by its name: old packages stay readable."""
        return next((v for v in self.versions if v.version == version), None)


class Platforms:
    """All mappings of an office."""

    def __init__(self, rows: Mapping[str, "Form"]) -> None:
        self._by_code = dict(rows)

    def __iter__(self) -> Iterator["Form"]:
        return iter(self._by_code.values())

    def find(self, code: str | None) -> "Form | None":
        return None if code is None else self._by_code.get(code)


def read_platforms(files: Mapping[str, Mapping[str, Any]]) -> Platforms:
    """Mappings as their files say them, by the name of the file.

    Raises:
        BadPolicy: with every fault found.
    """
    faults: list[str] = []
    found = {}
    for name, table in sorted(files.items()):
        mapping = _read(name, table, faults)
        if mapping.code in found:
            faults.append(f"{name}: {mapping.code} is named twice")
        found[mapping.code] = mapping
    if faults:
        raise BadPolicy("; ".join(faults), faults=faults)
    return Platforms(found)


def _read(name: str, table: Mapping[str, Any], faults: list[str]) -> Form:
    code = _word(table, "code", name, faults)
    rows = table.get("version") or []
    if not rows:
        faults.append(f"{name}: no [[version]]")
    versions = [_version(code, row, f"{name}#{n}", faults) for n, row in enumerate(rows, 1)]
    versions.sort(key=lambda v: v.from_on)
    if len({v.version for v in versions}) < len(versions):
        faults.append(f"{name}: a version is named twice")
    if len({v.from_on for v in versions}) < len(versions):
        faults.append(f"{name}: two versions begin on one day")
    return Form(code, _word(table, "label", name, faults), tuple(versions))


def _version(code: str, row: Mapping[str, Any], place: str, faults: list[str]) -> Version:
    from_on, streams = row.get("from_on"), row.get("streams") or []
    if not isinstance(from_on, date):
        faults.append(f"{place}.from_on: a day is missing")
        from_on = date.max
    if not streams or set(streams) - set(Stream):
        faults.append(f"{place}.streams: some of {', '.join(Stream)}")
    fields = tuple(
        _field(f, f"{place}.field#{n}", faults) for n, f in enumerate(row.get("field") or [], 1)
    )
    if len({f.name for f in fields}) < len(fields):
        faults.append(f"{place}: a field is named twice")
    if not {"record", "version"} <= {f.source for f in fields}:
        faults.append(f"{place}: record and version have to leave, or nobody can tell them apart")
    return Version(
        code,
        _word(row, "version", place, faults),
        row.get("draft") is True,
        from_on,
        _word(row, "source", place, faults),
        frozenset(streams),
        fields,
    )


_KEYS = frozenset(["name", "title", "from", "kind", "longest", "required", "streams", "codes"])


def _field(row: Mapping[str, Any], place: str, faults: list[str]) -> Field:
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        faults.append(f"{place}: unknown {', '.join(unknown)}")
    source, kind = _word(row, "from", place, faults), row.get("kind")
    if source not in SOURCES and not source.startswith(_CONTENT):
        faults.append(f"{place}.from: one of {', '.join(SOURCES)} or {_CONTENT}NAME")
    if kind not in list(FieldKind):
        faults.append(f"{place}.kind: one of {', '.join(FieldKind)}")
        kind = FieldKind.TEXT
    longest, codes = row.get("longest", 0), row.get("codes") or {}
    if kind == FieldKind.TEXT and (type(longest) is not int or longest < 1):
        faults.append(f"{place}.longest: how many characters at most")
    if kind == FieldKind.CODE and not codes:
        faults.append(f"{place}.codes: ours = theirs")
    if set(row.get("streams") or ()) - set(Stream):
        faults.append(f"{place}.streams: some of {', '.join(Stream)}")
    return Field(
        _word(row, "name", place, faults),
        _word(row, "title", place, faults),
        source,
        FieldKind(str(kind)),
        row.get("required", True) is True,
        longest if type(longest) is int else 0,
        frozenset(row.get("streams") or ()),
        {str(k): str(v) for k, v in codes.items()},
    )


def _word(row: Mapping[str, Any], key: str, place: str, faults: list[str]) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        faults.append(f"{place}.{key}: a text is missing")
        return ""
    return value.strip()


def _value(record: Mapping[str, Any], source: str) -> Any:
    head, _, tail = source.partition(".")
    value = record.get(head)
    return value.get(tail) if tail and isinstance(value, Mapping) else value


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _described(field: Field) -> dict[str, Any]:
    shapes: dict[FieldKind, dict[str, Any]] = {
        FieldKind.TEXT: {"type": "string", "maxLength": field.longest},
        FieldKind.CODE: {"type": "string", "enum": sorted(set(field.codes.values()))},
        FieldKind.YUAN: {"type": "string", "pattern": _YUAN},
        FieldKind.DAY: {"type": "string", "pattern": _DAY},
        FieldKind.FLAG: {"type": "boolean"},
        FieldKind.NUMBER: {"type": "integer", "minimum": 1},
    }
    return {"title": field.title, **shapes[field.kind]}
