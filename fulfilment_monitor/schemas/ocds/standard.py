"""The schema of the standard, and the two libraries that work by it; both are an extra."""

import json
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from ...domain.errors import Issue, Refusal
from ...domain.ocds.codes import TAGS
from ...domain.ocds.dates import instant
from ...domain.ocds.values import Note, exact_json, ident, obj, objs, texts, with_text_ids
from ...resources import law

SCHEMA = law("ocds") / "release-schema-1__1__5.json"
_MOST_ERRORS = 20
#: Members of every release and record of whatever kind.
_REPEATED = ("contracts", "awards", "parties")


class ExtraMissing(Refusal):
    code = "ocds.extra-missing"
    title = "Open contracting data needs the extra packages"
    status = 501

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'fulfilment-monitor[ocds]'")


class Merged:
    """What merging some releases gave: the process after each, and what could not be merged."""

    def __init__(self) -> None:
        self.snapshots: list[dict[str, Any]] = []
        self.notes: list[Note] = []


def merger() -> Callable[[Sequence[dict[str, Any]]], Merged]:
    """A function that merges the releases of one process, given oldest first.

    Raises:
        ExtraMissing: the library is not installed.
    """
    try:
        library: Any = import_module("ocdsmerge.merge")
        faults_of: Any = import_module("ocdsmerge.exceptions")
        rules_of: Any = import_module("ocdsmerge.rules")
    except ImportError:
        raise ExtraMissing("ocdsmerge") from None
    rules = rules_of.get_merge_rules(str(SCHEMA))  # a path: anything else goes to the network
    faults = (faults_of.OCDSMergeError, TypeError, ValueError, KeyError, AttributeError)

    def merge(releases: Sequence[dict[str, Any]]) -> Merged:
        merged, compiled = Merged(), library.CompiledRelease(merge_rules=rules)
        before: dict[str, Any] = {"tag": ["compiled"]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", faults_of.OCDSMergeWarning)  # noted: `_twins`
            for release in releases:
                try:
                    compiled.append(with_text_ids(release))
                    before = compiled.asdict()
                except faults:
                    named = ident(release.get("id")) or "?"
                    detail = f"“{named}”与此前的公布内容结构不一致，无法合并，未计入"
                    merged.notes.append(Note((), "ocds.not-merged", detail))
                    compiled = library.CompiledRelease(before, merge_rules=rules)
                merged.snapshots.append(before)
        return merged

    return merge


@cache
def validator() -> Any:
    """Checks releases against the schema; laid out once.

    Raises:
        ExtraMissing: the library is not installed.
    """
    try:
        library: Any = import_module("jsonschema_rs")
    except ImportError:
        raise ExtraMissing("jsonschema-rs") from None
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return library.validator_for(schema, validate_formats=True)


def schema_errors(release: dict[str, Any]) -> Iterable[Issue]:
    """Every error against the schema, with its place; numbers are checked as they stand.

    Raises:
        ExtraMissing: the library is not installed.
    """
    for error in validator().iter_errors(_plain(release)):
        steps = [str(s).replace("~", "~0").replace("/", "~1") for s in error.instance_path]
        yield Issue("".join(f"/{s}" for s in steps), "ocds.schema", error.message[:300])


def _plain(release: dict[str, Any]) -> Any:
    """The release for a validator that knows no decimals; it looks at types, not at values."""
    return json.loads(exact_json(release))


def release_findings(release: dict[str, Any]) -> list[Issue]:
    """What is wrong with one release by itself; it is read all the same."""
    errors = list(schema_errors(release))
    found = [e._replace(level="finding") for e in errors[:_MOST_ERRORS]]
    if len(errors) > _MOST_ERRORS:
        detail = f"另有 {len(errors) - _MOST_ERRORS} 处不符合标准"
        found.append(Issue("", "ocds.schema-more", detail, "finding"))
    if instant(release.get("date")) is None:
        detail = "公布日期缺失或无法读取，按最早排序"
        found.append(Issue("/date", "ocds.release-date", detail, "finding"))
    if ident(release.get("id")) is None:
        found.append(Issue("/id", "ocds.release-id", "公布内容没有编号", "finding"))
    unknown = [t for t in texts(release.get("tag")) if t not in TAGS]
    if unknown:
        detail = f"标签 {'、'.join(t[:40] for t in unknown[:5])} 不在代码表内"
        found.append(Issue("/tag", "ocds.tag", detail, "finding"))
    return found + list(_twins(release))


def _twins(release: dict[str, Any]) -> Iterable[Issue]:
    """Ids that stand twice in a list: the standard merges such members into one."""
    lists: list[tuple[str, object]] = [(f"/{n}", release.get(n)) for n in _REPEATED]
    for i, c in enumerate(_all(release.get("contracts"))):
        inner = obj(obj(c).get("implementation"))
        lists.append((f"/contracts/{i}/milestones", obj(c).get("milestones")))
        for name in ("milestones", "transactions"):
            lists.append((f"/contracts/{i}/implementation/{name}", inner.get(name)))
    for pointer, members in lists:
        ids = [n for m in objs(members) if (n := ident(m.get("id"))) is not None]
        for twin in sorted({n for n in ids if ids.count(n) > 1}):
            detail = f"编号“{twin[:60]}”出现多次，按标准合并为一项"
            yield Issue(pointer, "ocds.duplicate-id", detail, "finding")


def _all(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
