"""One contract as its page shows it: what the service tells, minus the contact, plus names."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from ..domain.clocks import beijing_day
from ..domain.facts import Answer, Fact, FactKind, Source, weigh_payments
from ..domain.money import parse_yuan

Shown = dict[str, Any]

#: Fewer obligations than this are shown with their reasoning unfolded.
_FEW = 7


def open_dossier(shown: Shown) -> Shown:
    """Prepare a contract for its page; the contact of the enterprise is left behind."""
    enterprise = {k: v for k, v in shown["enterprise"].items() if k != "contact"}
    dossier = {**shown, "enterprise": enterprise, "currency": shown.get("currency", "CNY")}
    titles = {o["key"]: o["title"] for o in shown["obligations"]}
    dossier["obligations"] = open_obligations(shown)
    dossier["facts"] = list(_facts(shown["facts"], titles, shown["as_of"]))
    dossier["amendments"] = [
        {**a, "title": titles.get(a["obligation"])} for a in shown["amendments"]
    ]
    dossier["unfolded"] = len(shown["obligations"]) < _FEW
    dossier["passed_on"] = shown["responsible"]["uscc"] != code_of(shown["government"])
    return dossier


def open_obligations(shown: Shown) -> list[Shown]:
    """The obligations of a contract, with names and what is left of the time."""
    titles = {o["key"]: o["title"] for o in shown["obligations"]}
    as_of = date.fromisoformat(shown["as_of"])
    return [_obligation(o, shown, titles, as_of) for o in shown["obligations"]]


def code_of(party: Shown) -> str:
    """The code of a party: its USCC, or its name in a foreign register."""
    if "uscc" in party:
        return str(party["uscc"])
    return f"{party['identifier']['scheme']}:{party['identifier']['id']}"


def _obligation(o: Shown, contract: Shown, titles: dict[str, str], as_of: date) -> Shown:
    due_on = o["due_on"] and date.fromisoformat(o["due_on"])
    live = o["state"] in ("open", "overdue") and due_on
    return {
        **o,
        "obligor_name": _name_of(o["obligor"], contract),
        "after_title": titles.get(o.get("after", "")),
        "days_left": (due_on - as_of).days if live and due_on >= as_of else None,
        "claimed": o["claimed"] if parse_yuan(o["claimed"]) else None,
        "undisputed": o["undisputed"] if o["undisputed"] != o["remaining"] else None,
        "unreported": o["state"] == "overdue" and not o["reported"],
    }


def _name_of(obligor: str, contract: Shown) -> str:
    if obligor in ("government", "enterprise"):
        return str(contract[obligor]["name"])
    bodies = {code_of(g): g["name"] for g in contract.get("co_governments", ())}
    return str(bodies.get(obligor, obligor))


def _facts(facts: Iterable[Shown], titles: dict[str, str], as_of: str) -> Iterator[Shown]:
    """Statements, oldest first, each with how it stands and whether it counts on this day."""
    told = sorted(facts, key=lambda f: (f["on"], f["recorded_at"]))
    for fact in told:
        yield {
            **fact,
            "title": titles.get(fact.get("obligation", "")),
            "standing": _standing(fact, told),
            "later": fact["on"] > as_of,
            "recorded_on": beijing_day(datetime.fromisoformat(fact["recorded_at"])).isoformat(),
        }


def _standing(fact: Shown, told: list[Shown]) -> str:
    for answer in ("superseded", "disputed", "confirmed"):
        if fact.get(answer):
            return answer
    if fact["kind"] != FactKind.PAID:
        return "stated"
    same = [f for f in told if f["kind"] == fact["kind"] and _money(f) == _money(fact)]
    counted = [_said(f) for f in same if not f.get("superseded") and not f.get("disputed")]
    alone = weigh_payments([_said(fact)])
    return "claim" if alone.claimed and weigh_payments(counted).claimed else "backed"


def _money(fact: Shown) -> tuple[object, ...]:
    return fact["on"], fact.get("obligation"), fact.get("amount")


def _said(fact: Shown) -> Fact:
    """Enough of a statement of payment to be weighed."""
    return Fact(
        FactKind(fact["kind"]),
        date.fromisoformat(fact["on"]),
        Source(fact["by"]),
        amount_fen=parse_yuan(fact["amount"]),
        answer=Answer.CONFIRMED if fact.get("confirmed") else None,
    )
