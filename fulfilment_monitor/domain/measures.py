"""Measures: what a credit record may draw, by whom, on whom, and on what they rest.

The catalogue is data: `law/measures.toml`, and what an office adds in `alerts/measures.toml`
(发改财金〔2023〕1103号 三（五）: 包括但不限于). No measure without its article.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from .bodies import Matter
from .case_codes import Stream
from .parties import GovernmentKind
from .regions import covers
from .statute import Period, Unit


class MeasureState(StrEnum):
    PROPOSED = "proposed"
    IMPOSED = "imposed"
    DECLINED = "declined"
    #: To be ended: the record is repaired, the imposing body has not confirmed yet.
    ENDING = "ending"
    ENDED = "ended"


class MeasureClock(StrEnum):
    """What is watched of a measure; also the name of the ladder that watches it."""

    #: Proposed, and not answered by the imposing body.
    ANSWER = "measure.answer"
    #: An order with a date by which it is to be done (限期整改).
    ORDER = "measure.order"
    #: To be ended, and its end not confirmed.
    END = "measure.end"


class Target(StrEnum):
    """On whom a measure falls."""

    BODY = "body"
    #: The city at or above the prefecture, or the county, that the body belongs to.
    CITY = "city"
    COUNTY = "county"
    #: 主要负责人和直接责任人: names are kept apart and leave with no message.
    PERSON = "person"


class Tier(StrEnum):
    """At which level the imposing body is looked for; from there upwards."""

    OWN = "own"
    CITY = "city"
    PROVINCE = "province"
    NATIONAL = "national"


class Basis(NamedTuple):
    """What one notice or decree says of a measure."""

    #: The document and its article.
    source: str
    target: Target
    #: The matter its imposing body is competent for; None: the body that determined.
    imposer: Matter | None
    tier: Tier
    #: The region it holds in, and all below it; empty: everywhere.
    region: str = ""
    #: Holds for records from this day on.
    since: date = date.min
    #: Only for what was found serious, and for payments to SMEs (条例第二十六条).
    serious: bool = False
    sme: bool = False
    kinds: frozenset[GovernmentKind] = frozenset(GovernmentKind)


class Rule(NamedTuple):
    """A measure of the catalogue."""

    code: str
    label: str
    bases: tuple[Basis, ...]
    #: Keeps the body from receiving something, which is what a funding desk asks about.
    restricts: bool = False
    #: Whoever imposes it sets a date by which it is to be done.
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All measures of the law and of the office."""

    rules: Mapping[str, Rule]
    #: How long an imposing body has to confirm an end, with its source; None: only measured.
    end_term: Period | None = None
    end_source: str = ""
    #: How long it has to answer a proposal; None: only measured.
    answer_term: Period | None = None
    answer_source: str = ""

    def label(self, code: str) -> str:
        """The Chinese name; the code itself where the catalogue has it no more."""
        return self.rules[code].label if code in self.rules else code


NO_MEASURES = Catalogue({})


class Ground(NamedTuple):
    """The record a measure would rest on."""

    stream: Stream
    region: str
    kind: GovernmentKind
    on: date
    serious: bool = False
    sme: bool = False


class Drawn(NamedTuple):
    """A measure that a record draws, by one basis."""

    rule: Rule
    basis: Basis
    #: The city or county it falls on; empty for bodies and persons.
    region: str = ""


def drawn(
    catalogue: Catalogue, ground: Ground, measured_streams: Iterable[str]
) -> tuple[Drawn, ...]:
    """The measures a record draws, in the order of the catalogue; none from other streams."""
    if ground.stream.value not in measured_streams:
        return ()
    found = []
    for rule in catalogue.rules.values():
        for basis in rule.bases:
            region = place(basis.target, ground.region)
            if _holds(basis, ground) and region is not None:
                found.append(Drawn(rule, basis, region))
    return tuple(found)


def _holds(basis: Basis, ground: Ground) -> bool:
    return (
        covers(basis.region, ground.region)
        and ground.on >= basis.since
        and ground.kind in basis.kinds
        and (ground.serious or not basis.serious)
        and (ground.sme or not basis.sme)
    )


#: 直辖市: cities of the level of a province; their districts stand right below them.
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


def place(target: Target, region: str) -> str | None:
    """The city or county a consequence falls on; empty for bodies, None where there is none.

    >>> place(Target.CITY, "340321"), place(Target.COUNTY, "340321"), place(Target.CITY, "110105")
    ('340300', '340321', '110000')
    >>> place(Target.COUNTY, "340300"), place(Target.CITY, "340000"), place(Target.BODY, "340321")
    (None, None, '')
    """
    if target in (Target.CITY, Target.COUNTY) and not region:
        return None
    if target is Target.CITY:
        if region[:2] in _MUNICIPALITIES:
            return region[:2] + "0000"
        return None if region.endswith("0000") else region[:4] + "00"
    if target is Target.COUNTY:
        return None if region.endswith("00") else region
    return ""


def seat(tier: Tier, region: str) -> str | None:
    """The region in which the imposing body is looked for first; None for the national level."""
    if tier is Tier.NATIONAL:
        return None
    if tier is Tier.PROVINCE or region.endswith("0000"):
        return region[:2] + "0000"
    if tier is Tier.CITY:
        return place(Target.CITY, region)
    return region


# --- the catalogue ------------------------------------------------------------------------------

_KEYS = frozenset({"code", "label", "restricts", "dated", "basis"})
_BASIS_KEYS = frozenset(
    {"source", "target", "imposer", "tier", "region", "since", "serious", "sme", "kinds"}
)
#: In the place of a matter: the body that determined.
DETERMINING = "determining"


def read_catalogue(tables: Iterable[Mapping[str, Any]], faults: list[str]) -> Catalogue:
    """The catalogue from parsed files, the law's first; each fault is added with its place.

    What a later file says of a known code is added to its bases; nothing of the law goes.
    """
    rules: dict[str, Rule] = {}
    terms: dict[str, tuple[Period, str]] = {}
    for table in tables:
        for i, row in enumerate(table.get("measure", [])):
            rule = _rule(row, f"measure[{i}]", faults)
            if rule is None:
                continue
            known = rules.get(rule.code)
            bases = rule.bases if known is None else (*known.bases, *rule.bases)
            rules[rule.code] = (known or rule)._replace(bases=bases)
        for name in ("end", "answer"):
            term = _term(table[name], name, faults) if name in table else None
            if term is not None:
                terms[name] = term
    unset: tuple[None, str] = (None, "")
    return Catalogue(rules, *terms.get("end", unset), *terms.get("answer", unset))


def _rule(row: Mapping[str, Any], at: str, faults: list[str]) -> Rule | None:
    faults += [f"{at}.{k}: there is no such key" for k in row if k not in _KEYS]
    code, label, bases = row.get("code"), row.get("label"), row.get("basis", [])
    if not isinstance(code, str) or not isinstance(label, str) or not code or not label:
        faults.append(f"{at}: a measure has a code and a label")
        return None
    if not bases:
        faults.append(f"{at}.basis: a measure without a basis is none")
        return None
    read = [_basis(b, f"{at}.basis[{j}]", faults) for j, b in enumerate(bases)]
    held = tuple(b for b in read if b is not None)
    return Rule(code, label, held, row.get("restricts", False), row.get("dated", False))


def _basis(row: Mapping[str, Any], at: str, faults: list[str]) -> Basis | None:
    faults += [f"{at}.{k}: there is no such key" for k in row if k not in _BASIS_KEYS]
    source = row.get("source")
    if not isinstance(source, str) or not source.strip():
        faults.append(f"{at}.source: the document and its article are missing")
        return None
    try:
        imposer = row["imposer"]
        return Basis(
            source,
            Target(row.get("target", "body")),
            None if imposer == DETERMINING else Matter(imposer),
            Tier(row.get("tier", "own")),
            row.get("region", ""),
            row.get("since", date.min),
            row.get("serious", False),
            row.get("sme", False),
            frozenset(map(GovernmentKind, row.get("kinds", list(GovernmentKind)))),
        )
    except (KeyError, ValueError) as fault:
        faults.append(f"{at}: {fault}")
        return None


def _term(row: Mapping[str, Any], name: str, faults: list[str]) -> tuple[Period, str] | None:
    source = row.get("source")
    try:
        period = Period(int(row["length"]), Unit(row["unit"]))
    except (KeyError, ValueError) as fault:
        faults.append(f"{name}: {fault}")
        return None
    if not isinstance(source, str) or not source.strip() or period.length < 1:
        faults.append(f"{name}.source: a limit without a source is not a limit")
        return None
    return period, source
