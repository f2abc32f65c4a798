"""What is watched about an obligation on a day, on which steps, and from when a lead may open."""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.model import oracle
from tests.stateful.deals import Deal, Row

RULES = Path(__file__).parents[2] / "alerts" / "rules.toml"
Steps = dict[str, int]


@cache
def rules() -> dict[str, Any]:
    return tomllib.loads(RULES.read_text("utf-8"))


@cache
def ladder(watched: str, *, unreported: bool = False) -> Steps:
    """The rules of a ladder, each with its days after the due date."""
    steps = {}
    for table in rules()["ladder"]:
        for step in table["step"] if watched in table["watches"] else ():
            if unreported or step.get("only") != "unreported":
                steps[f"{watched}.{step.get('name', step['at'].lower())}"] = int(step["at"][1:])
    return steps


class Watch(NamedTuple):
    """What is watched about an obligation on a day, and until when nothing happens."""

    key: str
    #: The kind of the obligation, `claim` or `dispute` or `rescheduling`.
    track: str
    due_on: date
    unreported: bool = False
    #: The first day on which a lead may open.
    lead_on: date | None = None
    owed: int | None = None

    def passed(self, day: date) -> dict[str, date]:
        """The rules that hold by a day, and since when."""
        steps = ladder(self.track, unreported=self.unreported)
        days = {rule: self.due_on + timedelta(days=offset) for rule, offset in steps.items()}
        return {rule: since for rule, since in days.items() if since <= day}


def watches_of(deal: Deal, key: str, row: Row, day: date) -> Iterator[Watch]:
    if row.is_live and row.due_on is not None:
        silent = not row.reported and row.terms["obligor"] == "government"
        lead_on = _lead_on(deal, row)
        yield Watch(key, row.terms["kind"], row.due_on, silent, lead_on, row.undisputed)
    if row.is_met:
        return
    if row.claims:
        owed = sum(fen for _, fen in row.claims)
        yield Watch(key, "claim", row.claims[0][0], owed=owed)
    refused = row.disputed_since or row.rejected_on
    if refused:
        yield Watch(key, "dispute", refused)
    moves = [c.agreed_on for c in deal.changes if c.obligation == key and c.agreed_on <= day]
    if len(moves) >= rules()["office"]["reschedulings"]:
        yield Watch(key, "rescheduling", moves[-1])


def _lead_on(deal: Deal, row: Row) -> date | None:
    if row.terms["obligor"] != "government" or not deal.protected or row.due_on is None:
        return None
    if row.rejected_on is not None and row.rejected_on <= row.due_on:
        return None
    grace = rules()["office"]["grace_days"][deal.document["field"]]
    first = row.due_on + timedelta(days=grace)
    if row.claimed_in_full_on is None:
        return first
    wait = timedelta(days=rules()["office"]["confirmation_grace_days"])
    return max(first, row.claimed_in_full_on + wait)


def interest_of(deal: Deal, row: Row, watch: Watch, until: date) -> int | None:
    if watch.track != "payment" or watch.owed is None:
        return None
    firm, terms = deal.document["enterprise"], deal.document
    rate = (terms.get("late_interest") or {}).get("annual_rate")
    sme = firm["size"] in oracle.SME_SIZES and terms["subject"] in oracle.BOUGHT
    if rate is None and not sme:
        return None
    principal = watch.owed + sum(fen for _, fen in row.paid)
    paid = list(row.paid)
    return oracle.interest(principal, watch.due_on, until, deal.signed_on, rate, paid, sme)
