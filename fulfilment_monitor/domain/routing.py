"""To whom a claim goes: candidates in order, and why each one is or is not the one.

Source: 发改财金〔2023〕1103号 二（二）: the superior or competent department of the respondent;
蚌信用办〔2024〕1号 二（一）: 属地管理、谁主管谁负责; 黑营商发〔2023〕19号 二（二）: 属地属事, the
supervisory department of the same level, the next higher organ or the competent department.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from .bodies import MATTER_CHINESE, Level, Matter
from .case_codes import Addressee, label
from .kinship import Kinship
from .regions import Regions, covers, stem

#: The code under which bodies of the whole country are registered as competent.
NATION = "000000"
#: After so many returns a claim goes above all that returned it, and is not returned again.
RETURNS = 2


class Rule(StrEnum):
    """What brought a body among the candidates."""

    SUPERIOR = "superior"
    COMPETENT = "competent"
    COMPETENT_ABOVE = "competent-above"
    SAME_LEVEL = "same-level-lead"
    LEAD_ABOVE = "lead-above"
    #: A body that returned the claim said that this one is competent.
    NAMED = "named-on-return"
    #: Above every body that has returned the claim, or from which it is taken.
    COMMON = "common-superior"


class Why(StrEnum):
    """Why a body cannot be the one."""

    RESPONDENT = "respondent"
    #: Below the respondent, or what it came from or became.
    NEAR = "near-respondent"
    RETURNED = "returned"
    #: It holds the claim already, and the claim is taken from it.
    HOLDS = "holds-it"
    #: Not above those that returned it.
    NOT_ABOVE = "not-above"
    #: The respondent answers to somebody outside the area, and so does its case.
    WITHIN_AREA = "within-area"


WHY_CHINESE = {
    Why.RESPONDENT: "即被投诉主体",
    Why.NEAR: "系被投诉主体的下属、前身或者承继单位，应当回避",
    Why.RETURNED: "已退回本件",
    Why.HOLDS: "系原承办单位",
    Why.NOT_ABOVE: "层级未高于原承办单位",
    Why.WITHIN_AREA: "被投诉主体系省级单位或者其上级在本区域之外，由区域外的单位办理",
}


# --- rule sets --------------------------------------------------------------------------------


class RuleSet(NamedTuple):
    """How an area weighs the kinds of addressees against each other, from a day on."""

    name: str
    order: tuple[Addressee, ...]
    source: str
    in_force_from: date
    #: A region's code, for it and all below; empty for everywhere.
    region: str = ""

    def says(self) -> str:
        """Which rule was applied, in one sentence."""
        order = "、".join(label(a) for a in self.order)
        return f"适用“{self.name}”（{self.source}），同级依次为{order}"


#: Where no area has a rule of its own.
NATIONAL = RuleSet(
    "上级部门或者主管部门",
    (Addressee.SUPERIOR, Addressee.COMPETENT, Addressee.SAME_LEVEL_SUPERVISOR),
    "发改财金〔2023〕1103号 二（二）",
    date.min,
)


def rule_set(sets: Iterable[RuleSet], region: str, on: date) -> RuleSet:
    """The rules in force for a region on a day: those of the nearest area, the newest of them."""
    held = (s for s in sets if s.in_force_from <= on and covers(s.region, region))
    return max(held, key=lambda s: (len(stem(s.region)), s.in_force_from), default=NATIONAL)


_KEYS = frozenset({"name", "order", "source", "in_force_from", "region"})


def read_rule_sets(rows: object, faults: list[str]) -> tuple[RuleSet, ...]:
    """Rule sets from the parsed `[[routing]]` tables; each fault is added with its place."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        faults.append("routing: a list of tables [[routing]]")
        return ()
    found: list[RuleSet] = []
    for i, row in enumerate(rows):
        wrong = list(_faults(row))
        faults += [f"routing[{i}].{fault}" for fault in wrong]
        if not wrong:
            order = tuple(Addressee(a) for a in row["order"])
            region = row.get("region", "")
            found.append(RuleSet(row["name"], order, row["source"], row["in_force_from"], region))
    twice = {s[3:] for s in found if sum(s[3:] == other[3:] for other in found) > 1}
    faults += [f"routing: two rule sets for {r or 'everywhere'} from {d}" for d, r in sorted(twice)]
    return tuple(found)


def _faults(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{k}: there is no such key" for k in row if k not in _KEYS)
    for key in ("name", "source"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            yield f"{key}: a text is missing"
    if type(row.get("in_force_from")) is not date:
        yield "in_force_from: a day is missing"
    region = row.get("region", "")
    if not isinstance(region, str) or (region and not (region.isdigit() and len(region) == 6)):
        yield "region: six digits of GB/T 2260, or nothing for everywhere"
    known, order = [a.value for a in Addressee], row.get("order")
    if not isinstance(order, list) or not order or len(set(map(str, order))) < len(order):
        yield "order: a list of kinds of addressees, each once"
    elif any(a not in known for a in order):
        yield "order: each one of " + ", ".join(known)


# --- places -----------------------------------------------------------------------------------


def areas(regions: Regions, code: str, on: date) -> list[str]:
    """A region's code, what it has become, and those above it up to the whole country."""
    found = [code]
    now = regions.now_of(code, on)
    if now is not None:
        found.append(now.code)
    above = regions.superior(found[-1], on)
    while above is not None:
        found.append(above.code)
        above = regions.superior(above.code, on)
    return list(dict.fromkeys([*found, NATION]))


# --- candidates -------------------------------------------------------------------------------


class Body(NamedTuple):
    """What the register says of a body."""

    id: int
    code: str
    name: str
    region: str | None = None
    level: str | None = None


class Candidate(NamedTuple):
    """A body that could handle a claim, and the rule that brought it in."""

    body: int
    addressee: Addressee
    rule: Rule
    #: The rule in one sentence.
    says: str
    #: How far up: 0 the respondent's own level, higher numbers further above.
    height: int
    #: The region it is competent for, where that is what brought it in.
    region: str | None = None


class Ground(NamedTuple):
    """What is known when a claim is handed over."""

    kinship: Kinship
    #: Who answers for the respondent on the day.
    respondent: int
    bodies: Mapping[int, Body]
    #: The respondent's region and those above, as `areas` gives them, with their names.
    areas: Sequence[str]
    names: Mapping[str, str]
    #: (matter, region) → who answers for the body registered as competent.
    competent: Mapping[tuple[Matter, str], int]
    matter: Matter | None
    rules: RuleSet

    def place(self, code: str) -> str:
        """A region as it is called."""
        return self.names.get(code, code)


def candidates(ground: Ground) -> list[Candidate]:
    """Who could handle a claim: the own level first, then one level up after the other.

    Within a level they come in the order of the area's rules. The credit leads of regions above
    are always there, after the others of their level: somebody has to hold it.
    """
    order = ground.rules.order
    ways = [*_superiors(ground), *_regional(ground)]
    wanted = [c for c in ways if c.addressee in order or c.rule is Rule.LEAD_ABOVE]

    def place(c: Candidate) -> tuple[int, bool, int]:
        last = c.rule is Rule.LEAD_ABOVE
        return c.height, last, 0 if last else order.index(c.addressee)

    return sorted(wanted, key=place)


def _superiors(ground: Ground) -> Iterator[Candidate]:
    chain = ground.kinship.above(ground.respondent)
    for n, body in enumerate(chain):
        says = f"被投诉主体的上级部门（上{n + 1}级）"
        # Of a provincial body, a superior of the same province comes after all outside it.
        height = n + len(ground.areas) if _provincial(ground) and _inside(ground, body) else n
        yield Candidate(body, Addressee.SUPERIOR, Rule.SUPERIOR, says, height)


def _regional(ground: Ground) -> Iterator[Candidate]:
    own = _own_areas(ground)
    for i, region in enumerate(ground.areas):
        height, place = max(0, i - own + 1), ground.place(region)
        competent = ground.matter and ground.competent.get((ground.matter, region))
        if competent and ground.matter:
            says = f"{place}“{MATTER_CHINESE[ground.matter]}”事项的主管部门"
            rule = Rule.COMPETENT if height == 0 else Rule.COMPETENT_ABOVE
            yield Candidate(competent, Addressee.COMPETENT, rule, says, height, region)
        lead = ground.competent.get((Matter.CREDIT_LEAD, region))
        if lead and height == 0:
            says = f"{place}信用体系建设牵头部门，与被投诉主体同级"
            kind = Addressee.SAME_LEVEL_SUPERVISOR
            yield Candidate(lead, kind, Rule.SAME_LEVEL, says, height, region)
        elif lead:
            says = f"上级区划{place}的信用体系建设牵头部门"
            yield Candidate(lead, Addressee.SUPERIOR, Rule.LEAD_ABOVE, says, height, region)


def _own_areas(ground: Ground) -> int:
    """How many of the areas are the respondent's own: an old code and what it has become."""
    first = ground.areas[0]
    return 2 if len(ground.areas) > 2 and not covers(ground.areas[1], first) else 1


def _provincial(ground: Ground) -> bool:
    body = ground.bodies.get(ground.respondent)
    return body is not None and body.level == Level.PROVINCE.value


def _vertical(ground: Ground) -> bool:
    """Whether the respondent answers to a body that does not belong to its own region."""
    chain = ground.kinship.above(ground.respondent)
    own, upper = ground.bodies.get(ground.respondent), ground.bodies.get(chain[0] if chain else 0)
    if own is None or upper is None or own.region is None or upper.region is None:
        return False
    return not covers(own.region, upper.region)


def _inside(ground: Ground, body: int) -> bool:
    """Whether a body belongs to the respondent's area; those of the whole country do not."""
    known = ground.bodies.get(body)
    if known is None or known.region is None or known.level == Level.NATIONAL.value:
        return False
    return covers(ground.areas[0], known.region)


def upwards(ground: Ground, passed: Collection[int]) -> list[Candidate]:
    """Who stands above all bodies that held a claim: their common superiors, then whoever is
    higher than each of them."""
    ways = candidates(ground)
    chains = [ground.kinship.above(body) for body in passed]
    common = [b for b in chains[0] if all(b in chain for chain in chains)] if chains else []
    above = max((_height(ground, ways, body) for body in passed), default=-1)
    first = [
        Candidate(body, Addressee.SUPERIOR, Rule.COMMON, "原承办单位的（共同）上级部门", above + 1)
        for body in common
    ]
    return [*first, *(c for c in ways if c.height > above and c.body not in common)]


def _height(ground: Ground, ways: Iterable[Candidate], body: int) -> int:
    """How far up a body stands; one that is no candidate stands where its region does."""
    heights = [c.height for c in ways if c.body == body]
    region = ground.bodies[body].region if body in ground.bodies else None
    if not heights and region in ground.areas:
        heights = [max(0, ground.areas.index(region) - _own_areas(ground) + 1)]
    return min(heights, default=-1)


# --- the choice -------------------------------------------------------------------------------


class Decision(NamedTuple):
    """Whom a claim is handed to, if anybody can take it, and why."""

    chosen: Candidate | None
    #: The rules, then every candidate in order with the reason it was passed over.
    reasoning: list[dict[str, Any]]
    #: Those nothing speaks against, by body.
    eligible: Mapping[int, Candidate]


def choose(
    ground: Ground,
    ways: Iterable[Candidate],
    *,
    returned_by: Collection[int] = (),
    held_by: int | None = None,
    asked: int | None = None,
) -> Decision:
    """The first candidate nothing speaks against, or the one that is asked for if it is such.

    Args:
        returned_by: bodies that have said they are not competent.
        held_by: the body a claim is taken from.
    """
    against = {Why.RETURNED: frozenset(returned_by), Why.HOLDS: {held_by}}
    rows: list[tuple[Candidate, Why | None]] = []
    for c in ways:
        why = next((w for w, bodies in against.items() if c.body in bodies), None)
        rows.append((c, _why_never(ground, c) or why))
    eligible: dict[int, Candidate] = {}
    for c, reason in rows:
        if reason is None:
            eligible.setdefault(c.body, c)
    chosen = next(iter(eligible.values()), None) if asked is None else eligible.get(asked)
    reasoning: list[dict[str, Any]] = [{"rule_set": ground.rules.name, "says": ground.rules.says()}]
    reasoning += [_shown(ground, c, reason, c is chosen) for c, reason in rows]
    return Decision(chosen, reasoning, eligible)


def _why_never(ground: Ground, c: Candidate) -> Why | None:
    if c.body == ground.respondent:
        return Why.RESPONDENT
    if ground.kinship.near(c.body, ground.respondent):
        return Why.NEAR
    detached = _provincial(ground) or _vertical(ground)
    if detached and c.region is not None and covers(ground.areas[0], c.region):
        return Why.WITHIN_AREA
    return None


def _shown(ground: Ground, c: Candidate, why: Why | None, chosen: bool) -> dict[str, Any]:
    body = ground.bodies.get(c.body)
    return {
        "body": c.body,
        "code": body and body.code,
        "name": body and body.name,
        "addressee": c.addressee.value,
        "rule": c.rule.value,
        "says": c.says,
        "excluded": why and why.value,
        "because": why and WHY_CHINESE[why],
        "chosen": chosen,
    }
