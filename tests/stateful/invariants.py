"""What must be true after every step, one function each; the text stands in the docstring.

Every assertion is needed: each is the only one that sees some bug of tests/mutants, where they
are called by the invariant and their place in it (`i_2:3`). Helpers assert nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from fulfilment_monitor.services import audit, doctor
from tests.model import oracle
from tests.stateful.deals import noticed, yuan
from tests.stateful.machine import World
from tests.stateful.model import Lead, Place
from tests.stateful.tables import KEPT, Row

#: Acts whose number follows from what they found; the others are counted by the model.
_UNCOUNTED = {"sweep.batch", "lead.close", "calendar.reckon", "case.open", "case.dismiss"}
#: What the doctor finds and an invariant of its own asks.
_ASKED_ELSEWHERE = {"audit.chain"}


def i_1_one_lead_per_breach(world: World) -> None:
    """Over any mix of sweeps, crashes, confirmations, amendments: each obligation overdue at a
    completed sweep has exactly one lead per (rule, breach cycle); none was raised for one never
    overdue. A cure closes it with day and reason; whoever answers on the day is named."""
    found = Counter(_as_found(world, lead) for lead in world.tables.leads)
    assert found == Counter(map(_as_expected, world.model.leads))


def _as_expected(lead: Lead) -> tuple[Any, ...]:
    return (
        lead.number,
        lead.key,
        lead.episode,
        lead.rule,
        lead.breached_on,
        lead.raised_on,
        lead.respondent,
        lead.closed_on,
        lead.why,
    )


def _as_found(world: World, lead: Row) -> tuple[Any, ...]:
    return (
        *world.tables.owed[lead["obligation_id"]],
        lead["episode"],
        lead["rule"],
        lead["breached_on"],
        lead["raised_on"],
        world.tables.bodies[lead["respondent_id"]],
        lead["closed_on"],
        lead["closed_why"],
    )


def i_2_sweeps_repeat_nothing_and_lose_nothing(world: World) -> None:
    """A sweep after a sweep adds nothing; batch size, order, partition do not matter; daily runs
    and one late run differ only in the day found. A step of a ladder is raised at most once per
    due date, the highest passed at the first look, and afterwards every one; a rehearsal changes
    nothing and tells what the sweep then does."""
    for swept in world.model.sweeps:
        if swept.complete:
            assert swept.must <= swept.found, (swept.day, sorted(swept.must - swept.found))
        assert swept.found <= swept.may, (swept.day, sorted(swept.found - swept.may))
    world.model.sweeps.clear()
    found = {raised: alert.raised_on for raised, alert in world.tables.alerts.items()}
    assert found == world.model.alerts
    for again in world.repeated:
        assert not again.changed, f"{again.name} changed {again.changed}"
        assert again.told == again.expected, again
    world.repeated.clear()


def i_3_everything_is_on_record(world: World) -> None:
    """Lead ⇔ audit entry ⇔ outbox row; no governed row changes unaudited: one entry for each
    act, none for a refused one, and the chain is whole."""
    tables = world.tables
    opened = [ulid for _, body in tables.acts("sweep.batch") for ulid in body["leads"]]
    leads = {x["ulid"]: x for x in tables.leads}
    assert sorted(opened) == sorted(leads)
    assert set(tables.said("lead.opened")) == {(ulid, 1) for ulid in leads}
    closed = {(u, str(x["closed_on"]), x["closed_why"]) for u, x in leads.items() if x["closed_on"]}
    assert {(u, b["closed_on"], b["why"]) for u, b in tables.acts("lead.close")} == closed
    assert set(tables.said("lead.closed")) == {(ulid, 2) for ulid, _, _ in closed}
    told = Counter(alert.told_id for alert in tables.alerts.values())
    assert told == {m["id"]: m["body"]["alerts"] for m in tables.said("alerts.raised").values()}
    raised = sum(body["alerts"] for _, body in tables.acts("sweep.batch"))
    assert raised == len(tables.alerts)
    acts = Counter(e["action"] for e in tables.rows["audit_entry"] if e["action"] not in _UNCOUNTED)
    assert acts == world.recorded
    with world.house.readers() as session:
        assert audit.verify(session).problems == ()


def i_4_messages_arrive_once_and_in_order(world: World) -> None:
    """`sent` ⇒ received; at most one effect per message id; versions per record never fall."""
    sent = {m["id"] for m in world.tables.rows["outbox_message"] if m["sent_at"]}
    assert sent <= set(world.partner.told), f"never told: {sent - set(world.partner.told)}"
    assert not world.partner.twice, f"told again though noted as sent: {world.partner.twice}"
    spoken = defaultdict(list)
    for message in world.tables.rows["outbox_message"]:
        if message["topic"] == "contract.changed":
            spoken[message["key"]].append(message["version"])
    for number in world.touched:
        said, told = spoken[world.model.deals[number].ulid], world.told[number]
        more = bool(world.model.notices) and len(said) > told  # a calendar may have moved it
        assert said == list(range(1, 1 + told + more)), f"{number}: {said} for {told}"


def i_5_interest_is_what_the_days_make_it(world: World) -> None:
    """Interest ≥ 0, 0 up to the due date, from the day after it on; at the agreed rate or
    0.05 % a day; fen-exact, rounded once at the end; on leads and on contracts alike."""
    expected = {(x.number, x.key, x.episode): x for x in world.model.leads}
    for lead in world.tables.leads:
        model = expected.get((*world.tables.owed[lead["obligation_id"]], lead["episode"]))
        if model is not None and model.raised_on == lead["raised_on"]:
            assert lead["interest_fen"] == model.interest, model
    for number, key, shown, row in _shown(world):
        if row.state != shown["state"] or row.state == "disputed":
            continue  # dates and states are not judged here; nothing runs on what is disputed
        assert oracle.fen(shown["interest"] or "0") == row.interest, (number, key)


def i_6_what_is_left_is_what_was_not_paid(world: World) -> None:
    """Σ settled ≤ amount; residual = amount − Σ settled; a claim settles nothing, and what is
    disputed is owed and not undisputed."""
    for number, key, shown, row in _shown(world):
        left = None
        if row.remaining is not None:
            settled = sum(fen for _, fen in row.paid)
            left = yuan(0 if row.is_met else max(0, oracle.fen(row.terms["amount"]) - settled))
        assert shown["remaining"] == left, (number, key)
        undisputed = None if row.undisputed is None else yuan(row.undisputed)
        assert shown["undisputed"] == undisputed, (number, key)
        claimed = yuan(sum(fen for _, fen in row.claims))
        assert shown["claimed"] == claimed, (number, key)
    expected = {(x.number, x.key, x.episode): x.outstanding for x in world.model.leads}
    for lead in world.tables.leads:
        name = (*world.tables.owed[lead["obligation_id"]], lead["episode"])
        assert lead["outstanding_fen"] == expected.get(name, lead["outstanding_fen"]), name


def i_7_a_missed_date_stays(world: World) -> None:
    """The effective due date of a breached obligation never moves later; `recorded_at` never
    falls along the record."""
    for act in world.acts:
        assert act.name != "move a date" or act.allowed or not act.accepted, act
    moments = [e["at"] for e in world.tables.rows["audit_entry"]]
    assert moments == sorted(moments)
    for table in ("fact", "fact_answer", "amendment"):
        moments = [row["recorded_at"] for row in world.tables.rows[table]]
        assert moments == sorted(moments), table


def i_8_only_listed_transitions(world: World) -> None:
    """Only listed transitions, permitted at that time; terminal states absorb: a lead that was
    closed stays as it is, and what stands in the register is never edited or taken out."""
    for act in world.acts:
        assert act.name == "move a date" or act.accepted == act.allowed, act
        assert act.name != "move a date" or act.accepted or not act.allowed, act
    world.acts.clear()
    for table, (key, once) in KEPT.items():
        now = {tuple(r[c] for c in key): r for r in world.tables.rows[table]}
        for row in world.before.rows[table]:
            kept = now.get(tuple(row[c] for c in key))
            assert _is_kept(row, kept, once), (table, row, kept)
    statements = [s for deal in world.model.deals.values() for s in deal.statements]
    assert len(world.tables.rows["fact"]) == len(statements)


def _is_kept(row: Row, kept: Row | None, once: frozenset[str]) -> bool:
    """Whether a row is there as it was, but for columns that are filled in once."""
    closed = row.get("closed_on") is not None
    return kept is not None and all(
        kept[column] == value or (column in once and not closed and value in (None, "open"))
        for column, value in row.items()
    )


def i_13_dates_are_what_was_said_and_the_calendar(world: World) -> None:
    """Deadlines = f(events, rules, calendar); the cache equals recomputation: every duty on file
    holds on the days and for the date that terms and statements give, every timer is there in
    time, and the doctor finds nothing."""
    for number, key, shown, row in _shown(world):
        found = [shown[n] for n in ("state", "due_on", "agreed_due_on", "provisional", "days_late")]
        due_on, agreed = (None if d is None else str(d) for d in (row.due_on, row.agreed_due_on))
        expected = [row.state, due_on, agreed, row.provisional, row.days_late]
        assert found == expected, (number, key)
    for number in world.touched:
        for day in {world.today, *(d for d, _ in world.model.history(number))}:
            assert _filed(world, number, day) == _watched(world, number, day), (number, day)
        for place, latest, rings in _timers(world, number):
            assert rings <= latest, (place, rings)
    if len(world.views) == len(world.model.deals):
        with world.house.readers() as session:
            found = doctor.examine(session, world.office())[1]
        assert [v for v in found if v.check not in _ASKED_ELSEWHERE] == []


def _filed(world: World, number: str, day: date) -> Counter[tuple[Any, ...]]:
    """What the duties on file say is due on a day."""
    return Counter(
        (world.tables.owed[d["obligation_id"]][1], d["ladder"], d["due_on"], d["lead_on"])
        for d in world.tables.current_duties()
        if world.tables.owed[d["obligation_id"]][0] == number
        and d["from_on"] <= day
        and (d["until_on"] is None or day < d["until_on"])
    )


def _watched(world: World, number: str, day: date) -> Counter[tuple[Any, ...]]:
    """The same by the model."""
    return Counter(
        (w.key, w.track + (".unreported" if w.unreported else ""), w.due_on, w.lead_on)
        for w in world.model.watches(number, day)
    )


def _timers(world: World, number: str) -> Iterator[tuple[Place, date, date]]:
    """When something is next to be done about what is watched, and when its timer rings."""
    duties = {d["id"]: d for d in world.tables.current_duties()}
    rings: dict[Place, date] = {}
    for timer in world.tables.rows["timer"]:
        if (duty := duties.get(timer["duty_id"])) is None:
            continue  # the doctor sees it
        holds = duty["until_on"] is None or duty["until_on"] > world.today
        if world.tables.owed[duty["obligation_id"]][0] == number and holds:
            track = duty["ladder"].removesuffix(".unreported")
            key = world.tables.owed[duty["obligation_id"]][1]
            place = Place(number, key, track, duty["due_on"])
            rings[place] = min(timer["check_on"], rings.get(place, date.max))
    looked = world.model.last_sweep or date.min
    for watch in world.model.watches(number, world.today):
        later = [day for day in watch.passed(date.max).values() if day > max(looked, world.today)]
        later += [watch.lead_on] if watch.lead_on and watch.lead_on > world.today else []
        if later:
            place = Place(number, watch.key, watch.track, watch.due_on)
            yield place, min(later), rings.get(place, date.max)


def i_14_working_days_add_up(world: World) -> None:
    """add(add(d,a),b) = add(d,a+b); results are working days; count(d, add(d,n)) = n."""
    ours = world.office().statute.calendar
    with noticed(world.model.notices):
        for back in (0, 3):
            day = world.today + timedelta(days=40 - back)
            a, b = 1 + day.day % 9, 1 + day.month
            end = oracle.deadline(day, a + b, "working_day")[0]
            in_two = ours.after_working_days(ours.after_working_days(day, a).on, b).on
            assert (ours.after_working_days(day, a + b).on, in_two) == (end, end)
            assert ours.working_days_between(day, end) == a + b


def _shown(world: World) -> Any:
    """Each obligation that was looked at: number, key, what is shown, what the model says."""
    for number, view in world.views.items():
        rows = world.model.rows(number, world.today)
        for shown in view["obligations"]:
            yield number, shown["key"], shown, rows[shown["key"]]


INVARIANTS: tuple[Callable[[World], None], ...] = (
    i_1_one_lead_per_breach,
    i_2_sweeps_repeat_nothing_and_lose_nothing,
    i_3_everything_is_on_record,
    i_4_messages_arrive_once_and_in_order,
    i_5_interest_is_what_the_days_make_it,
    i_6_what_is_left_is_what_was_not_paid,
    i_7_a_missed_date_stays,
    i_8_only_listed_transitions,
    i_13_dates_are_what_was_said_and_the_calendar,
    i_14_working_days_add_up,
)


def hold(world: World) -> None:
    """All of them."""
    for invariant in INVARIANTS:
        invariant(world)
