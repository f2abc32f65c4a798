"""What the parties and others say: done, paid, refused, let go, confirmed, taken back."""

import random
from datetime import date, timedelta
from typing import Any

from fulfilment_monitor.domain.facts import Answer, Source
from fulfilment_monitor.domain.money import parse_yuan
from fulfilment_monitor.schemas.contracts import read_fact
from fulfilment_monitor.services import contracts, facts
from tests.model import oracle
from tests.services.builders import CLERK
from tests.stateful.deals import DISPUTES, Deal, Document, Statement, yuan
from tests.stateful.machine import World

DAY = timedelta(days=1)
Die = random.Random


def obligations(world: World, *kinds: str) -> list[tuple[Deal, Document]]:
    return [
        (deal, o)
        for deal in world.model.deals.values()
        for o in deal.document["obligations"]
        if not kinds or o["kind"] in kinds
    ]


def one_of(world: World, die: Die, found: list[tuple[Deal, Any]]) -> tuple[Deal, Any]:
    """One of them; rather one about which there is a lead, or the last."""
    accused = {(x.number, x.key) for x in world.model.leads}
    hot = [(d, x) for d, x in found if (d.number, _key(x)) in accused]
    luck = die.random()
    if hot and luck < 0.6:
        return die.choice(hot)
    return found[-1] if luck > 0.8 else die.choice(found)


def _key(thing: Any) -> str:
    return str(thing.fact["obligation"] if isinstance(thing, Statement) else thing["key"])


def _some_day(world: World, die: Die, deal: Deal, back: int) -> date:
    """Today or a few days ago, not before signing."""
    return max(deal.signed_on, world.today - die.randrange(back + 1) * DAY)


def _disputed(deal: Deal, key: str) -> dict[str, Any] | None:
    """The dispute of an obligation that stands by all that was said."""
    told = [s.fact for s in deal.told(key) if s.fact["kind"] in DISPUTES]
    told.sort(key=lambda f: f["on"])
    return told[-1] if told and told[-1]["kind"] == "disputed" else None


def _state(
    world: World, deal: Deal, fact: Document, *, of: Statement | None = None, allowed: bool = True
) -> None:
    """Put a statement on the ledger, or a correction of one."""

    def say() -> str:
        with world.house.sessions.begin() as session:
            return facts.state_fact(
                session,
                contracts.find_contract(session, deal.number),
                read_fact(fact),
                by=CLERK,
                office=world.office(),
                now=world.now(),
                supersedes=None if of is None else of.ulid,
            )

    ulid = world.attempt(f"state {fact['kind']}", say, allowed=allowed)
    if ulid is None:
        return
    if of is not None:
        of.corrected = True
    deal.statements.append(Statement(ulid, fact))
    noted(world, deal, "fact.state")


def noted(world: World, deal: Deal, action: str) -> None:
    world.recorded[action] += 1
    world.told[deal.number] += 1
    world.touched.add(deal.number)
    world.model.changed(deal.number, world.today)


def perform(world: World, die: Die) -> None:
    """Somebody does what is not a payment, and says so."""
    rows = [(d, o, world.model.standing(d.number, world.today)[o["key"]])
            for d, o in obligations(world) if o["kind"] != "payment"]  # fmt: skip
    ready = [(d, o) for d, o, row in rows if row.state != "waiting" and not row.is_met]
    ready = [(d, o) for d, o in ready if _disputed(d, o["key"]) is None]
    if not ready:
        return
    deal, obligation = one_of(world, die, ready)
    on = _some_day(world, die, deal, 4)
    kind = "performed"
    if obligation["kind"] == "acceptance" and die.random() < 0.25:
        kind = "rejected"
    told = {"kind": kind, "on": on.isoformat(), "by": obligation["obligor"]}
    _state(world, deal, {**told, "obligation": obligation["key"]})


def _amount(die: Die, total: int, left: int) -> int:
    """A part, the rest, a token, or a little too much."""
    choices = (left, left, total, max(1, left // 3), max(1, left - 1), 1, left + 1)
    return max(1, die.choice(choices))


def _pay(world: World, die: Die, sources: tuple[str, ...]) -> None:
    owing = obligations(world, "payment")
    if not owing:
        return
    deal, obligation = one_of(world, die, owing)
    row = world.model.standing(deal.number, world.today)[obligation["key"]]
    amount = yuan(_amount(die, oracle.fen(obligation["amount"]), row.remaining or 0))
    fact = {
        "kind": "paid",
        "on": _some_day(world, die, deal, 6).isoformat(),
        "by": die.choice(sources),
        "obligation": obligation["key"],
        "amount": amount,
    }
    if not _ambiguous(deal, fact):
        _state(world, deal, fact)


def _ambiguous(deal: Deal, fact: Document) -> bool:
    """Whether a statement might be taken for another one about the same payment."""
    same = ("kind", "obligation", "on", "amount")
    return any([s.fact.get(n) for n in same] == [fact.get(n) for n in same]
               for s in deal.statements)  # fmt: skip


def pay(world: World, die: Die) -> None:
    """Money that arrived, by the word of somebody who knows."""
    _pay(world, die, ("enterprise", "enterprise", "treasury", "bank", "court"))


def claim(world: World, die: Die) -> None:
    """The government side says that it paid."""
    _pay(world, die, ("government",))


def answer(world: World, die: Die) -> None:
    """The other side confirms a statement, or disputes it, whole or in part."""
    open_ones = [
        (deal, s)
        for deal in world.model.deals.values()
        for s in deal.statements
        if s.fact["kind"] in ("paid", "performed", "waived") and s.fact["by"] != "court"
        if _disputed(deal, s.fact["obligation"]) is None or s.fact["kind"] == "paid"
    ]
    if not open_ones:
        return
    deal, statement = one_of(world, die, open_ones)
    by_firm = statement.fact["by"] == "enterprise"
    side = Source.GOVERNMENT if by_firm else Source.ENTERPRISE
    said = die.choice(("confirmed", "confirmed", "disputed"))
    if statement.answer == "confirmed":
        said = "disputed"  # somebody has second thoughts
    if _key(statement) == "settlement":
        said = "confirmed"  # whether a disputed answer is an answer: an open question
    refused = None
    if said == "disputed" and statement.fact["kind"] == "paid" and die.random() < 0.6:
        refused = yuan(die.randrange(1, oracle.fen(statement.fact["amount"]) + 1))

    def say() -> int:
        with world.house.sessions.begin() as session:
            return facts.answer_fact(
                session,
                statement.ulid,
                Answer(said),
                side=side,
                by=CLERK,
                office=world.office(),
                now=world.now(),
                disputed_fen=None if refused is None else parse_yuan(refused),
            )

    if world.attempt(f"answer {said}", say, allowed=not statement.corrected) is not None:
        statement.answer, statement.refused = said, refused
        noted(world, deal, f"fact.{said}")


def dispute(world: World, die: Die) -> None:
    """A side refuses a debt or a delivery, whole or in part."""
    found = [
        (deal, o)
        for deal, o in obligations(world, "payment", "delivery")
        if _disputed(deal, o["key"]) is None
    ]
    if not found:
        return
    deal, obligation = one_of(world, die, found)
    told = deal.told(obligation["key"])
    performed = [s.fact["on"] for s in told if s.fact["kind"] in ("performed", *DISPUTES)]
    if obligation["kind"] == "delivery" and not performed:
        return
    on = max([_some_day(world, die, deal, 3).isoformat(), *performed])
    by = die.choice(("government", "government", "enterprise"))
    fact = {"kind": "disputed", "on": on, "by": by, "obligation": obligation["key"]}
    if obligation["kind"] == "payment" and die.random() < 0.5:
        fact["amount"] = yuan(die.randrange(1, oracle.fen(obligation["amount"]) + 1))
    _state(world, deal, fact)


def undispute(world: World, die: Die) -> None:
    """Who disputed something lets it go."""
    found = [(d, told) for d, o in obligations(world) if (told := _disputed(d, o["key"]))]
    if not found:
        return
    deal, told = die.choice(found)
    fact = {"kind": "undisputed", "on": world.today.isoformat(), "by": told["by"]}
    _state(world, deal, {**fact, "obligation": told["obligation"]})


def waive(world: World, die: Die) -> None:
    """The firm lets a debt go, or the body says that it did."""
    found = [(d, o) for d, o in obligations(world) if o["obligor"] == "government"]
    if not found:
        return
    deal, obligation = one_of(world, die, found)
    by = die.choice(("enterprise", "government"))
    fact = {"kind": "waived", "on": _some_day(world, die, deal, 2).isoformat(), "by": by}
    _state(world, deal, {**fact, "obligation": obligation["key"]})


def correct(world: World, die: Die) -> None:
    """A side takes back what it said; what the other side signed it cannot."""
    found = [
        (deal, s)
        for deal in world.model.deals.values()
        for s in deal.statements
        if s.fact["kind"] in ("paid", "performed")
        if _disputed(deal, s.fact["obligation"]) is None
    ]
    if not found:
        return
    deal, old = one_of(world, die, found)
    on = _some_day(world, die, deal, 10).isoformat()
    fact = {**old.fact, "on": on}
    if fact["kind"] == "paid":
        fact["amount"] = yuan(max(1, oracle.fen(fact["amount"]) // die.choice((1, 2, 100))))
        if _ambiguous(deal, fact):
            return
    signed = old.answer == "confirmed" or (old.answer == "disputed" and old.refused is not None)
    _state(world, deal, fact, of=old, allowed=not (signed or old.corrected))
