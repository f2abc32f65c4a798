"""What must be true after every step, one function each; the text stands in the docstring.

`left_out.txt` beside this file names functions that are not asked, one a line. It is there only
in the copies in which a planted bug has to show which invariant catches it.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fulfilment_monitor.services import audit, doctor
from tests.model import oracle
from tests.stateful.deals import NOTICE_2027, noticed, yuan
from tests.stateful.machine import World
from tests.stateful.model import Lead, Place
from tests.stateful.tables import KEPT, Row

_LEFT_OUT = Path(__file__).parent / "left_out.txt"
#: Acts whose number follows from what they found; the others are counted by the model.
_UNCOUNTED = {"sweep.batch", "lead.close", "calendar.reckon"}


def i_1_one_lead_per_breach(world: World) -> None:
    """Over any mix of sweeps, crashes, confirmations, amendments: each obligation overdue at a
    completed sweep has exactly one lead per (rule, breach cycle); none was raised for one never
    overdue. A cure closes it with day and reason; whoever answers on the day is named."""
    expected = {(x.number, x.key, x.episode): _as_expected(x) for x in world.model.leads}
    found = {}
    for lead in world.tables.leads:
        name = (*world.tables.owed[lead["obligation_id"]], lead["episode"])
        assert name not in found, f"two leads for {name}"
        found[name] = _as_found(world, lead)
    for lead in world.model.leads:  # where product and model read the texts differently
        name = (lead.number, lead.key, lead.episode)
        if lead.open_question and name in found and found[name][4]:
            expected[name] = found[name]
            lead.closed_on, lead.why = found[name][4], found[name][5]
    assert found == expected


def _as_expected(lead: Lead) -> tuple[Any, ...]:
    return (
        lead.rule,
        lead.breached_on,
        lead.raised_on,
        lead.respondent,
        lead.closed_on,
        lead.why,
    )


def _as_found(world: World, lead: Row) -> tuple[Any, ...]:
    return (
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
    spoken: dict[tuple[str, str], int] = {}
    for message in world.tables.rows["outbox_message"]:
        record = message["topic"], message["key"]
        assert message["version"] > spoken.get(record, 0), record
        spoken[record] = message["version"]
    for number in world.touched:
        said = spoken.get(("contract.changed", world.model.deals[number].ulid), 0)
        told = world.told[number]
        assert told <= said <= told + bool(world.model.notices), f"{number}: {said} for {told}"


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
        left = row.remaining
        assert shown["remaining"] == (None if left is None else yuan(left)), (number, key)
        if left is not None:
            total = oracle.fen(row.terms["amount"])
            settled = sum(fen for _, fen in row.paid)
            assert row.is_met or left == max(0, total - settled), (number, key)
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
            kept = now[tuple(row[c] for c in key)]
            closed = row.get("closed_on") is not None
            for column, value in row.items():
                free = column in once and not closed and value in (None, "open")
                assert free or kept[column] == value, (table, column, value, kept[column])
    statements = [s for deal in world.model.deals.values() for s in deal.statements]
    assert len(world.tables.rows["fact"]) == len(statements)


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
        _timers_in_time(world, number)
    if len(world.views) == len(world.model.deals) and world.model.finished:
        with world.house.readers() as session:
            found = doctor.examine(session, world.office())[1]
            assert found == [], found


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


def _timers_in_time(world: World, number: str) -> None:
    """No timer rings later than the next thing that is to be done about what it watches."""
    duties = {d["id"]: d for d in world.tables.current_duties()}
    rings: dict[Place, date] = {}
    for timer in world.tables.rows["timer"]:
        duty = duties.get(timer["duty_id"])
        assert duty is not None, f"a timer of what is not due: {dict(timer)}"
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
            assert rings.get(place, date.max) <= min(later), place


def i_14_working_days_add_up(world: World) -> None:
    """add(add(d,a),b) = add(d,a+b); results are working days; count(d, add(d,n)) = n."""
    ours = world.office().statute.calendar
    assert not world.model.notices or world.model.notices == NOTICE_2027
    with noticed(world.model.notices):
        for back in (0, 3):
            day = world.today + timedelta(days=40 - back)
            a, b = 1 + day.day % 9, 1 + day.month
            first = ours.after_working_days(day, a).on
            end = ours.after_working_days(day, a + b).on
            assert ours.after_working_days(first, b).on == end
            assert oracle.is_working_day(end)
            assert end == oracle.deadline(day, a + b, "working_day")[0]
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
    """All of them, or all that are asked."""
    left_out = _LEFT_OUT.read_text("utf-8").split() if _LEFT_OUT.exists() else []
    for invariant in INVARIANTS:
        if invariant.__name__ not in left_out:
            invariant(world)
