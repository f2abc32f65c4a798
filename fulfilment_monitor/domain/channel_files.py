"""The files of `alerts/channels/`: read, and checked with every fault at its place."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from .channel_maps import (
    OF_THE_ITEM,
    TARGETS,
    TELLABLE,
    ChannelForm,
    ChannelMap,
    Cover,
    Form,
    Pull,
    Taking,
    Telling,
    Unknown,
)
from .channel_values import Writing
from .errors import BadPolicy

_POINTER = re.compile(r"(/([^~/]|~[01])+)+")
_FILE = frozenset({"channel", "source", "status", "package", "senders", "pull", "mapping"})
_MAPPING = frozenset(
    {"version", "from_on", "until_on", "formats", "unknown", "field", "codes", "cover", "reply",
     "version_at"}
)  # fmt: skip
_FIELD = frozenset({"to", "at", "column", "as", "required", "codes", "default"})
_REPLY = frozenset({"to", "from", "codes"})
#: Without these nothing can be taken in.
_NEEDED = ("/source_no", "/items/*/breach")

_Faults = list[str]


def read_form(rules: Mapping[str, Any], name: str) -> ChannelForm:
    """The mappings of one parsed file.

    Raises:
        BadPolicy: with one line per fault, each naming its place.
    """
    faults: _Faults = []
    _refuse_strangers(rules, _FILE, "", faults)
    channel = _word(rules, "channel", "", faults)
    if f"{channel}.toml" != name:
        faults.append(f"channel: the file of {channel!r} is called {channel}.toml")
    every, since = _package(rules.get("package", {}), faults)
    rows = rules.get("mapping", [])
    maps = [_map(row, f"mapping[{i}]", faults) for i, row in enumerate(rows)]
    found = tuple(m for m in maps if m is not None)
    if not rows:
        faults.append("mapping: at least one is needed")
    _refuse_twins(found, faults)
    form = ChannelForm(
        channel,
        _word(rules, "source", "", faults),
        found,
        every,
        since,
        frozenset(_texts(rules, "senders", "", faults)),
        _pull(rules.get("pull"), faults),
    )
    if faults:
        raise BadPolicy("\n".join(f"channels/{name}: {f}" for f in faults))
    return form


def _refuse_twins(maps: Iterable[ChannelMap], faults: _Faults) -> None:
    """No two mappings of one form hold on one day, and none have one name."""
    listed = list(maps)
    for i, one in enumerate(listed):
        for other in listed[:i]:
            both = set(one.forms) & set(other.forms)
            if not both:
                continue
            if one.version == other.version:
                faults.append(f"mapping[{i}].version: {one.version!r} stands here twice")
            ends = (other.until_on or date.max, one.until_on or date.max)
            if one.from_on < ends[0] and other.from_on < ends[1]:
                faults.append(f"mapping[{i}].from_on: {other.version!r} holds on these days")


def _package(row: Mapping[str, Any], faults: _Faults) -> tuple[int | None, date | None]:
    _refuse_strangers(row, {"every_days", "expected_from"}, "package.", faults)
    every, since = row.get("every_days"), row.get("expected_from")
    if every is not None and (type(every) is not int or not 1 <= every <= 366):
        faults.append("package.every_days: a number of days from 1 to 366")
    if not isinstance(since, date | None):
        faults.append("package.expected_from: a day")
    return every, since


def _pull(row: Mapping[str, Any] | None, faults: _Faults) -> Pull | None:
    if row is None:
        return None
    _refuse_strangers(row, {"url", "items", "next"}, "pull.", faults)
    url, items = (_word(row, k, "pull.", faults) for k in ("url", "items"))
    pages = str(row.get("next", ""))
    for key, pointer in (("items", items), ("next", pages)):
        if pointer and not _POINTER.fullmatch(pointer):
            faults.append(f"pull.{key}: a JSON pointer such as /data/rows")
    return Pull(url, items, pages)


def _map(row: Mapping[str, Any], place: str, faults: _Faults) -> ChannelMap | None:
    before, at = len(faults), f"{place}."
    _refuse_strangers(row, _MAPPING, at, faults)
    forms = tuple(_one_of(Form, f, f"{at}formats", faults) for f in row.get("formats", ()))
    if not forms:
        faults.append(f"{at}formats: one or more of {', '.join(Form)}")
    from_on, until_on = row.get("from_on"), row.get("until_on")
    if not isinstance(from_on, date) or not isinstance(until_on, date | None):
        faults.append(f"{place}: from_on is a day, and until_on where there is one")
    elif until_on is not None and until_on <= from_on:
        faults.append(f"{at}until_on: after from_on")
    lists = row.get("codes", {})
    fields = row.get("field", [])
    takings = [_taking(f, f"{at}field[{i}]", forms, lists, faults) for i, f in enumerate(fields)]
    replies = row.get("reply", [])
    tellings = [_telling(r, f"{at}reply[{i}]", lists, faults) for i, r in enumerate(replies)]
    filled = [t.to for t in takings]
    faults += [f"{at}field: {n} is filled by none" for n in _NEEDED if n not in filled]
    faults += [
        f"{at}field: {n} is filled twice"
        for n in sorted({n for n in filled if filled.count(n) > 1})
    ]
    unknown = _one_of(Unknown, row.get("unknown", "refuse"), f"{at}unknown", faults)
    cover = _cover(row.get("cover"), f"{at}cover.", faults)
    version = _word(row, "version", at, faults)
    version_at = str(row.get("version_at", ""))
    if version_at and not _POINTER.fullmatch(version_at):
        faults.append(f"{at}version_at: a JSON pointer")
    if len(faults) > before:
        return None
    return ChannelMap(
        version, tuple(Form(f) for f in forms), row["from_on"], until_on, Unknown(unknown),
        tuple(takings), tuple(tellings), cover, version_at,
    )  # fmt: skip


def _cover(row: Mapping[str, Any] | None, at: str, faults: _Faults) -> Cover | None:
    if row is None:
        return None
    _refuse_strangers(row, Cover._fields, at, faults)
    said = {k: _word(row, k, at, faults) for k in Cover._fields}
    for key, pointer in said.items():
        if pointer and (not _POINTER.fullmatch(pointer) or "/*" in pointer):
            faults.append(f"{at}{key}: a JSON pointer without *")
    return Cover(**said)


def _taking(
    row: Mapping[str, Any], place: str, forms: Iterable[str], lists: Any, faults: _Faults
) -> Taking:
    at = f"{place}."
    _refuse_strangers(row, _FIELD, at, faults)
    to, pointer, column = (str(row.get(k, "")) for k in ("to", "at", "column"))
    if to not in TARGETS and to not in OF_THE_ITEM:
        faults.append(f"{at}to: {to!r} is nothing of ours; one of {', '.join(sorted(TARGETS))}")
    if pointer and not _POINTER.fullmatch(pointer):
        faults.append(f"{at}at: a JSON pointer such as /order/no")
    if pointer.count("/*") != to.count("/*") and pointer and pointer.count("/*") > 0:
        faults.append(f"{at}at: * stands where `to` has it, once")
    required, default = row.get("required", False), row.get("default")
    if not isinstance(required, bool):
        faults.append(f"{at}required: true or false")
    if not pointer and not column and default is None:
        faults.append(f"{place}: say where it stands (at, column), or what it is (default)")
    if required:
        names = {Form.TABLE.value: column}
        faults += [f"{place}: it is required, and {f} has no place for it"
                   for f in forms if not names.get(f, pointer)]  # fmt: skip
    writing = _one_of(Writing, row.get("as", "text"), f"{at}as", faults)
    codes = _codes(row, lists, at, faults)
    known = writing in list(Writing)
    return Taking(
        to, pointer, column, Writing(writing) if known else Writing.TEXT, required is True, codes,
        default,
    )  # fmt: skip


def _telling(row: Mapping[str, Any], place: str, lists: Any, faults: _Faults) -> Telling:
    at = f"{place}."
    _refuse_strangers(row, _REPLY, at, faults)
    to, said = str(row.get("to", "")), str(row.get("from", ""))
    if not _POINTER.fullmatch(to) or "/*" in to:
        faults.append(f"{at}to: a JSON pointer such as /order/no")
    if said not in TELLABLE:
        faults.append(f"{at}from: one of {', '.join(sorted(TELLABLE))}")
    return Telling(to, said, _codes(row, lists, at, faults))


def _codes(
    row: Mapping[str, Any], lists: Any, at: str, faults: _Faults
) -> Mapping[str, Any] | None:
    name = row.get("codes")
    if name is None:
        return None
    found = lists.get(name) if isinstance(lists, dict) else None
    if not isinstance(found, dict) or not found:
        faults.append(f"{at}codes: there is no list codes.{name}")
        return None
    return {str(k): v for k, v in found.items()}


def _refuse_strangers(
    row: Mapping[str, Any], known: Iterable[str], at: str, faults: _Faults
) -> None:
    faults += [f"{at}{k}: there is no such key" for k in row if k not in set(known)]


def _word(row: Mapping[str, Any], key: str, at: str, faults: _Faults) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        faults.append(f"{at}{key}: a text is missing")
        return ""
    return value.strip()


def _texts(row: Mapping[str, Any], key: str, at: str, faults: _Faults) -> list[str]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        faults.append(f"{at}{key}: a list of texts")
        return []
    return value


def _one_of(codes: type[StrEnum], value: Any, place: str, faults: _Faults) -> str:
    if value not in list(codes):
        faults.append(f"{place}: one of {', '.join(codes)}")
    return str(value)
