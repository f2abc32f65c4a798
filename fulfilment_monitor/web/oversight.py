"""Oversight at `/oversight`: what is late and where, how far cases come, what waits for a hand.

Figures of contracts follow how far somebody sees in the register, a head's its own subtree;
figures of cases are for those who see cases, and leave out bodies they must keep away from.
"""

from typing import Any, NamedTuple

from flask import Blueprint, render_template, request

from ..domain.access import Action
from ..domain.authority import Role
from ..domain.cases import State
from ..domain.contracts import Field
from ..domain.money import parse_yuan
from ..domain.regions import stem
from ..domain.tallies import Measure
from ..premises import premises
from ..services import case_figures, desks, retaliation, supervision, tallies
from ..services.case_figures import Late
from ..services.case_lists import CaseFilter, list_cases
from ..services.case_views import OFFICERS
from ..services.sight import sight
from ..services.tallies import By, Row
from . import charts, correcting, credit_desk, duties_page, queries, supervising
from .charts import Bar, Chart, Frame
from .guard import actor, opens_to
from .language import label, money, say
from .places import region_name
from .turn import office

bp = Blueprint("oversight", __name__, template_folder="templates")

#: What an application registers for oversight.
BLUEPRINTS = (bp, supervising.bp, credit_desk.bp, correcting.bp, duties_page.bp)
_PAGE = 20
_BARS = 12
#: Who signs steps of supervision, and so sees whole regions of cases.
_REGIONAL = frozenset({Role.SUPERVISOR, Role.CREDIT_LEAD})


class Asked(NamedTuple):
    """What the page is narrowed to."""

    region: str
    field: Field | None


@bp.get("/oversight")
@opens_to(Action.STATISTICS)
def overview() -> str:
    """Figures of what the reader sees, each with the way to the list behind it."""
    asked = asked_for()
    with premises().house.readers() as session:
        register = _register(session, asked)
        cases = _cases(session, asked) if _sees_cases() else None
        waiting = _waiting(session, asked) if actor().roles & _REGIONAL else None
    return render_template(
        "oversight/overview.html",
        asked=asked,
        regions=register["regions"],
        fields=list(Field),
        register=register,
        cases=cases,
        waiting=waiting,
        region_name=region_name,
    )


def asked_for() -> Asked:
    """What the page is narrowed to.

    Raises:
        BadQuery: it is no region or field.
    """
    region = queries.read_text(request.args, "region") or ""
    if region and not (region.isascii() and region.isdigit() and len(region) <= 6):
        raise queries.BadQuery("region: two to six digits")
    field = queries.read_code(request.args, "field", Field)
    return Asked(stem(region) if len(region) == 6 else region, field)


def _sees_cases() -> bool:
    return bool(actor().roles & set(OFFICERS))


# --- the register -----------------------------------------------------------------------------


def _register(session: Any, asked: Asked) -> dict[str, Any]:
    seen = sight(session, Action.STATISTICS, actor(), premises().moment().today)
    known: dict[str, Any] = {"seen": seen, "field": asked.field, "region": asked.region or None}
    by_region = tallies.report(session, By.REGION, **known)
    by_field = tallies.report(session, By.FIELD, **known)
    by_body = tallies.report(session, By.BODY, **known)
    return {
        "regions": sorted(r.key for r in tallies.report(session, By.REGION, seen=seen)),
        "totals": {m.value: _total(by_field, m) for m in Measure},
        "by_region": _amounts("amount-region", by_region, _region_name),
        "by_field": _amounts("amount-field", by_field, lambda row: label("field", row.key)),
        "bodies": _worst(by_body),
    }


def _total(rows: list[Row], measure: Measure) -> dict[str, Any]:
    figures = [r.figures[measure.value] for r in rows if measure.value in r.figures]
    fen = sum(parse_yuan(f["amount"]) for f in figures)
    return {"count": sum(f["count"] for f in figures), "fen": fen}


def _open_fen(row: Row) -> int:
    found = row.figures.get(Measure.OPEN_LEADS.value)
    return 0 if found is None else max(parse_yuan(found["amount"]), 0)


def _amounts(id: str, rows: list[Row], name: Any) -> Chart | None:
    """Money of open leads as bars, the greatest first; None where there is none."""
    items = sorted(((_open_fen(r), r) for r in rows), key=lambda item: (-item[0], item[1].key))
    items = [(fen, r) for fen, r in items if fen][:_BARS]
    if not items:
        return None
    title, what = say(f"oversight.{id}"), say(f"oversight.{id}.what")
    text = say("oversight.amount.text", name=name(items[0][1]), n=len(items))
    frame = Frame(id, title, text, (what, say("oversight.amount")))
    return charts.bars(
        frame,
        [
            Bar(name(r), fen, money(r.figures[Measure.OPEN_LEADS.value]["amount"]), "late")
            for fen, r in items
        ],
    )


def _worst(rows: list[Row]) -> list[dict[str, Any]]:
    """The bodies with the most money in open leads."""
    found = sorted(rows, key=lambda r: (-_open_fen(r), r.key))
    return [
        {
            "uscc": r.key,
            "name": r.name,
            **{m.value: r.figures.get(m.value, {"count": 0, "amount": "0.00"}) for m in Measure},
        }
        for r in found[:_BARS]
        if _open_fen(r)
    ]


def _region_name(row: Row) -> str:
    return region_name(row.key)


# --- cases ------------------------------------------------------------------------------------


def _cases(session: Any, asked: Asked) -> dict[str, Any]:
    where, today = seen_cases(session, asked), premises().moment().today
    late = case_figures.late(session, where, today)
    states = case_figures.open_states(session, where)
    return {
        "open": sum(states.values()),
        "late": sum(row.number for row in late),
        "where": [_place(row) for row in late[:_PAGE]],
        "ageing": _ageing(late),
        "states": _states(states),
        "funnel": _funnel(case_figures.stages(session, where)),
        "rectified": case_figures.rectified(session, where),
    }


def seen_cases(session: Any, asked: Asked) -> list[Any]:
    """What the reader sees of the cases, narrowed as asked."""
    today = premises().moment().today
    return desks.seen_of(session, actor(), office(), today, region=asked.region, field=asked.field)


def _place(row: Late) -> dict[str, Any]:
    return {**row._asdict(), "region_name": region_name(row.region), "longest": max(row.days)}


def _ageing(late: list[Late]) -> Chart:
    days = [d for row in late for d in row.days]
    frame = Frame(
        "ageing",
        say("oversight.ageing"),
        say("oversight.ageing.text", n=len(days)),
        (say("oversight.ageing.band"), say("oversight.claims")),
    )
    return charts.ageing(frame, days, [say(f"oversight.age.{n}") for n in range(5)])


def _states(states: dict[str, int]) -> Chart | None:
    items = [
        Bar(label("claim_state", s.value), states[s.value], str(states[s.value]))
        for s in State
        if states.get(s.value)
    ]
    if not items:
        return None
    frame = Frame(
        "states",
        say("oversight.states"),
        say("oversight.states.text", n=sum(states.values())),
        (say("oversight.state"), say("oversight.claims")),
    )
    return charts.bars(frame, items)


def _funnel(stages: list[case_figures.Stage]) -> Chart:
    frame = Frame(
        "funnel",
        say("oversight.funnel"),
        say("oversight.funnel.text", n=stages[0].number),
        (say("oversight.stage"), say("oversight.claims"), say("oversight.days")),
    )
    return charts.funnel(
        frame,
        [
            (
                say(f"oversight.stage.{s.name}"),
                s.number,
                "" if s.days is None else say("oversight.took", n=s.days),
            )
            for s in stages
        ],
    )


# --- what waits -------------------------------------------------------------------------------


def _waiting(session: Any, asked: Asked) -> dict[str, Any]:
    today = premises().moment().today
    proposed = supervision.proposals(session, office(), only=seen_cases(session, asked))
    signs = None
    if Role.SUPERVISOR in actor().roles:
        signs = retaliation.list_signs(
            session, by=actor(), office=office(), today=today, limit=_PAGE
        )
    return {"proposals": [p.shown() for p in proposed], "signs": signs}


@bp.get("/oversight/cases")
@opens_to(Action.SUPERVISE)
def cases() -> str:
    """The claims behind the figures, newest first."""
    asked, args = asked_for(), request.args
    state = queries.read_code(args, "state", State)
    late, listed = bool(args.get("late")), bool(args.get("listed"))
    before = queries.read_row(args, "before")
    holder = queries.read_text(args, "holder")
    only = CaseFilter(state, holder=holder, late=late, listed=listed)
    with premises().house.readers() as session:
        found = list_cases(
            session,
            only,
            today=premises().moment().today,
            where=seen_cases(session, asked),
            before=before,
            limit=_PAGE + 1,
            count=before is None,
        )
    items = found.items[:_PAGE]
    return render_template(
        "oversight/cases.html",
        asked=asked,
        state=state,
        states=list(State),
        late=late,
        listed=listed,
        holder=holder,
        fields=list(Field),
        items=items,
        total_found=found.total,
        first=before is None,
        more=items[-1]["row"] if len(found.items) > _PAGE else None,
        region_name=region_name,
    )
