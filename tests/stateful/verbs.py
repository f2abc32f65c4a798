"""What people, other systems and time do to the register; each takes the world and a die."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from fulfilment_monitor.domain.calendar import DayKind
from fulfilment_monitor.schemas.amendments import read_agreement
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import (
    amendments,
    contracts,
    organisations,
    recounting,
    reference,
)
from tests.services.builders import CLERK
from tests.stateful.deals import NOTICE_2027, Change
from tests.stateful.machine import HEIRS, POINTS, Crash, World
from tests.stateful.model import Model
from tests.stateful.shapes import BODIES
from tests.stateful.statements import (
    answer,
    claim,
    correct,
    dispute,
    noted,
    obligations,
    one_of,
    pay,
    perform,
    undispute,
    waive,
)

DAY = timedelta(days=1)
Die = random.Random


# --- registering ------------------------------------------------------------------------------


def begin(world: World, die: Die) -> None:
    """The first contracts, and a first sweep more often than not."""
    _enter(world, die, world.profile.contracts[0])
    if die.random() < 0.7:
        world.sweep(world.today)


def register(world: World, die: Die) -> None:
    _enter(world, die, 1)


def _enter(world: World, die: Die, count: int) -> None:
    """Register contracts under which some deliveries have been made."""
    documents = world.new_documents(die, count)
    for document in documents:
        first = document["obligations"][0]
        if first["kind"] == "delivery" and die.random() < 0.6:
            on = max(date.fromisoformat(document["signed_on"]), world.today - 9 * DAY)
            told = {"kind": "performed", "on": on.isoformat(), "by": "enterprise"}
            document["facts"] = [{**told, "obligation": "delivery"}]
    if documents:
        world.register(documents)


def reimport(world: World, die: Die) -> None:
    """Give out a document and take it in again."""
    number = die.choice(list(world.model.deals))
    document = world.exported(number)

    def again() -> str:
        with world.house.sessions.begin() as session:
            [done] = contracts.register_contracts(
                session,
                [read_contract(document)],
                by=CLERK,
                office=world.office(),
                now=world.now(),
                today=world.today,
            )
        return done.result.value

    world.changes("import", again, "unchanged")


# --- terms and bodies -------------------------------------------------------------------------


def amend(world: World, die: Die) -> None:
    """Both sides move a date; one that was missed stays."""
    owing = obligations(world, "payment")
    if not owing:
        return
    deal, obligation = one_of(world, die, owing)
    key = obligation["key"]
    row = world.model.standing(deal.number, world.today)[key]
    due_on = world.today + die.randrange(1, world.profile.ahead) * DAY
    if due_on == row.due_on:
        return
    agreed = {
        "contract_no": deal.number,
        "agreed_on": world.today.isoformat(),
        "reason": "mutual_agreement",
        "agreed_by": ["government", "enterprise"],
        "changes": [{"obligation": key, "due_on": due_on.isoformat()}],
    }

    def agree() -> list[str]:
        (number, _), agreement = read_agreement(agreed)
        with world.house.sessions.begin() as session:
            return amendments.amend_contract(
                session,
                contracts.find_contract(session, number),
                agreement,
                by=CLERK,
                office=world.office(),
                now=world.now(),
                today=world.today,
            )

    allowed = may_move(world.model, deal.number, key, world.today)
    if world.attempt("move a date", agree, allowed=allowed):
        deal.changes.append(Change(world.today, key, due_on))
        noted(world, deal, "contract.amend")


def may_move(model: Model, number: str, key: str, today: date) -> bool:
    """Whether the date of an obligation may still be moved: neither missed nor met."""
    row = model.rows(number, today)[key]
    accused = any((x.number, x.key, x.closed_on) == (number, key, None) for x in model.leads)
    return not (accused or row.days_late or row.is_met or row.state == "overdue")


def reorganise(world: World, die: Die) -> None:
    """A body takes over from another one, never in a circle."""
    held = {d.document["government"]["uscc"] for d in world.model.deals.values()}
    old, new = die.sample([*sorted(held & set(BODIES)), *HEIRS], 2)
    on = world.today + die.randrange(-5, 15) * DAY
    known = any((old, on) == (was, since) for was, _, since in world.model.successions)
    allowed = old not in world.model.ever_after(new) and not known

    def take_over() -> bool:
        with world.house.sessions.begin() as session:
            organisations.succeed(
                session, old, new, on=on, reason="机构改革", by=CLERK, now=world.now()
            )
        return True

    if world.attempt("take over", take_over, allowed=allowed):
        world.model.successions.append((old, new, on))
        world.recorded["organisation.succeed"] += 1


def load_calendar(world: World, die: Die) -> None:
    """Next year's notice arrives, once."""
    if world.model.notices:
        return
    now, days = world.now(), {day: DayKind(kind) for day, kind in NOTICE_2027.items()}
    with world.house.sessions.begin() as session:
        reference.load_calendar(session, 2027, days, source="国办发明电", by=CLERK, now=now)
    house = world.house
    recounting.reckon_affected(house.sessions, house.office(), 2027, by=CLERK, now=now)
    world.model.noticed(NOTICE_2027, world.today)
    world.recorded["calendar.load"] += 1
    world.touched |= set(world.model.deals)


# --- time and the sweep -----------------------------------------------------------------------


def tick(world: World, die: Die) -> None:
    """Days pass."""
    world.pass_days(die.randrange(1, die.choice((2, 3, world.profile.pass_by)) + 1))


def sweep(world: World, die: Die) -> None:
    """A sweep for today, in batches of any size."""
    world.sweep(world.today, die.choice((1, 2, 500)))


def sweep_again(world: World, die: Die) -> None:
    """A sweep, and once more."""
    world.sweep(world.today, die.choice((1, 500)))
    again = partial(world.sweep_only, world.today, die.choice((1, 3)))
    world.changes("sweep", lambda: again()[1:], (0, 0, 0))


def rehearse(world: World, die: Die) -> None:
    """A dry run, then the sweep that it foretold."""
    world.changes("rehearsal", world.rehearse)
    told = world.repeated[-1].told
    done = world.sweep(world.today)
    world.repeated[-1] = world.repeated[-1]._replace(expected=done, told=told)


def catch_up(world: World, die: Die) -> None:
    """The days that were missed, one after the other, up to today."""
    last = world.model.begun or world.today - DAY
    for n in range((world.today - last).days):
        world.sweep(last + (n + 1) * DAY)


def crash(world: World, die: Die) -> None:
    """A sweep dies at some point; mostly it is run again at once, else days later."""
    point, left = die.choice(POINTS), die.randrange(1, 4)

    def reach(name: str) -> None:
        nonlocal left
        left -= name == point
        if not left:
            raise Crash

    told = world.sweep(world.today, die.choice((1, 2, 3)), reach)
    if told is None and die.random() < 0.6:
        world.sweep(world.today)


def deliver(world: World, die: Die) -> None:
    """What waits in the outbox is sent; sometimes the sender dies before it has noted it."""
    world.deliver(die.choice((1, 5, 100)), dies=die.random() < 0.3)


#: Everything that may happen, and how often.
VERBS: dict[str, tuple[Callable[[World, Die], None], int]] = {
    "begin": (begin, 0),
    "register": (register, 3),
    "reimport": (reimport, 2),
    "perform": (perform, 7),
    "pay": (pay, 7),
    "claim": (claim, 5),
    "answer": (answer, 9),
    "dispute": (dispute, 4),
    "undispute": (undispute, 4),
    "waive": (waive, 1),
    "correct": (correct, 5),
    "amend": (amend, 5),
    "reorganise": (reorganise, 4),
    "load_calendar": (load_calendar, 1),
    "tick": (tick, 20),
    "sweep": (sweep, 14),
    "sweep_again": (sweep_again, 3),
    "rehearse": (rehearse, 3),
    "catch_up": (catch_up, 2),
    "crash": (crash, 4),
    "deliver": (deliver, 3),
}
