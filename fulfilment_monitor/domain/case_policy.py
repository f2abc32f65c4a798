"""What an office has chosen about cases: its own limits with their sources, and who stands aside.

Law sets no limit but those of 条例第二十五条; a term of the office has a source and a day from
which it holds, or it does not exist.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from .assistance import HelpClock
from .case_clocks import Clock
from .case_codes import Supervision
from .regions import covers, stem
from .routing import RuleSet, read_rule_sets
from .statute import Period, Unit


class OfficeTerm(NamedTuple):
    """A limit the office has set for one clock, in a region and all below it."""

    clock: Clock | HelpClock
    period: Period
    source: str
    in_force_from: date
    #: A region's code, or empty for everywhere.
    region: str = ""


class Publication(NamedTuple):
    """What the office puts before the public: by each, the decision that allows it, or nothing.

    The notices order that records be shared among offices; showing them to everybody is a decision
    of its own, as is publishing figures and contracts. Without a decision nothing is shown.
    Source: 发改财金〔2023〕1103号 三（三）、四（九）.
    """

    #: Determined breaches that have effect and are not contested.
    records: str = ""
    #: Counts by region and by field.
    figures: str = ""
    #: Contracts of the fields that are published, as open data.
    contracts: str = ""


#: Nothing was decided.
NOTHING_PUBLISHED = Publication()


@dataclass(frozen=True, slots=True)
class CasePolicy:
    """The case rules of an office, validated."""

    #: How long after a post at the respondent somebody may not touch its cases, in months.
    recusal_months: int
    #: How long an enterprise that complained is looked after, in months.
    retaliation_months: int
    #: How long a repaired record stays on display; 0: it goes at once.
    display_months: int
    #: Which streams of a record draw measures.
    measured_streams: tuple[str, ...]
    terms: tuple[OfficeTerm, ...]
    #: What a step of a ladder proposes that an officer sign, by the step's rule.
    proposals: Mapping[str, Supervision]
    #: How areas weigh the kinds of addressees; see `domain.routing`.
    routing: tuple[RuleSet, ...] = ()
    publication: Publication = NOTHING_PUBLISHED

    def term(self, clock: Clock | HelpClock, region: str, on: date) -> OfficeTerm | None:
        """The office's limit for a clock in a region on a day: the nearest region, the newest."""
        found = [
            t
            for t in self.terms
            if t.clock is clock and t.in_force_from <= on and covers(t.region, region)
        ]
        return max(found, key=lambda t: (len(stem(t.region)), t.in_force_from), default=None)


_TERM_KEYS = frozenset({"clock", "length", "unit", "source", "in_force_from", "region"})
_NUMBERS = ("recusal_months", "retaliation_months", "display_months")


def read_case_policy(rules: Mapping[str, Any], faults: list[str]) -> CasePolicy:
    """The case rules from the parsed `cases.toml`; each fault is added with its place."""
    numbers = rules.get("case", {})
    months = {}
    for name in _NUMBERS:
        value = numbers.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            faults.append(f"case.{name}: a whole number of months, zero or more, is missing")
            value = 0
        months[name] = value
    streams = numbers.get("measured_streams", ["breach"])
    terms = tuple(_terms(rules.get("term", []), faults))
    proposals = dict(_proposals(rules.get("ladder", []), faults))
    routing = read_rule_sets(rules.get("routing", []), faults)
    return CasePolicy(
        **months,
        measured_streams=tuple(streams),
        terms=terms,
        proposals=proposals,
        routing=routing,
        publication=_publication(rules.get("publication", {}), faults),
    )


def _publication(table: Any, faults: list[str]) -> Publication:
    if not isinstance(table, Mapping):
        faults.append("publication: a table is expected")
        return Publication()
    faults += [
        f"publication.{k}: there is no such key" for k in table if k not in Publication._fields
    ]
    found = {k: table.get(k, "") for k in Publication._fields}
    faults += [
        f"publication.{k}: the number of the decision, as a text"
        for k, v in found.items()
        if not isinstance(v, str)
    ]
    return Publication(**{k: v.strip() for k, v in found.items() if isinstance(v, str)})


def _terms(rows: Iterable[Mapping[str, Any]], faults: list[str]) -> Iterable[OfficeTerm]:
    for i, row in enumerate(rows):
        place = f"term[{i}]"
        faults += [f"{place}.{k}: there is no such key" for k in row if k not in _TERM_KEYS]
        try:
            length, unit = row["length"], Unit(row["unit"])
            clock, since = _clock(row["clock"]), row["in_force_from"]
        except (KeyError, ValueError) as fault:
            faults.append(f"{place}: {fault}")
            continue
        source = row.get("source")
        if not isinstance(length, int) or length < 1 or not isinstance(since, date):
            faults.append(f"{place}: length is a whole number above zero, in_force_from a day")
        elif not isinstance(source, str) or not source.strip():
            faults.append(f"{place}.source: a limit without a source is not a limit")
        else:
            yield OfficeTerm(clock, Period(length, unit), source, since, row.get("region", ""))


def _clock(name: Any) -> Clock | HelpClock:
    return HelpClock(name) if name in list(HelpClock) else Clock(name)


def _proposals(
    ladders: Iterable[Mapping[str, Any]], faults: list[str]
) -> Iterable[tuple[str, Supervision]]:
    known = [s.value for s in Supervision]
    for i, ladder in enumerate(ladders):
        for j, step in enumerate(ladder.get("step", [])):
            proposed = step.get("proposes")
            if proposed is None:
                continue
            if proposed not in known:
                faults.append(f"ladder[{i}].step[{j}].proposes: one of {', '.join(known)}")
                continue
            name = step.get("name", str(step.get("at")).lower())
            for watched in ladder.get("watches", []):
                yield f"{watched}.{name}", Supervision(proposed)
