"""A hundred kills -9 inside imports: what is imported again registers the rest, nothing twice."""

from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest

from fulfilment_monitor.domain.checks import Submission
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import contracts
from fulfilment_monitor.services.failpoints import Reach, nothing
from tests.conftest import at
from tests.endurance.conftest import Databases, Tell
from tests.endurance.killing import Killer
from tests.endurance.remains import differences, remains
from tests.model.chains import random_document
from tests.services.builders import office
from tests.services.registers import CLERK, register, violations

pytestmark = pytest.mark.endurance

POINTS = (
    "import.before_chunk",
    "register.after_terms",
    "register.after_duties",
    "register.before_known",
    "import.before_commit",
    "import.after_commit",
)
KILLS = 100
CONTRACTS, CHUNK = 100, 8
BEFORE, TODAY = date(2025, 6, 1), date(2025, 6, 20)


@pytest.mark.proves("G2", "I-3", "I-17")
def test_a_hundred_kills_inside_imports_lose_nothing_and_double_nothing(
    databases: Databases, rng: Random, tell: Tell
) -> None:
    killed, missed, series = Counter[str](), Counter[str](), 0
    while killed.total() < KILLS:
        series += 1
        killer = Killer(rng, POINTS, most_nth=5)
        one_series(databases, rng, killer)
        killed += killer.places
        missed += killer.missed
    tell("kills counted", killed.total())
    tell("where", dict(sorted(killed.items())))
    tell("kills not counted", missed.total())
    tell("series, each equal to its unkilled twin", series)
    tell("contracts a series", CONTRACTS)


def one_series(databases: Databases, rng: Random, killer: Killer) -> None:
    """An import with kills, and the same without; a third is known already, with fewer facts."""
    ground = databases.new()
    documents = [random_document(rng) for _ in range(CONTRACTS)]
    known = [with_half_its_facts(d) for d in documents[::3]]
    register(ground, [read_contract(d) for d in known], BEFORE)
    twin, house = databases.copy(ground), databases.copy(ground)
    submissions = [read_contract(d) for d in documents]
    killer.until_done(house, lambda h, reach: bring_in(h, submissions, reach))
    bring_in(twin, submissions, nothing)
    assert differences(remains(house), remains(twin)) == []
    assert violations(house) == []
    assert set(bring_in(house, submissions, nothing)) == {contracts.Result.UNCHANGED}


def with_half_its_facts(document: dict[str, Any]) -> dict[str, Any]:
    facts = document["facts"]
    return {**document, "facts": facts[: len(facts) // 2]}


def bring_in(house: House, submissions: list[Submission], reach: Reach) -> list[contracts.Result]:
    """What the import command does with what it has read: some contracts a transaction."""
    results = []
    for start in range(0, len(submissions), CHUNK):
        reach("import.before_chunk")
        with house.sessions.begin() as session:
            done = contracts.register_contracts(
                session,
                submissions[start : start + CHUNK],
                by=CLERK,
                office=office(house),
                now=at(TODAY),
                today=TODAY,
                reach=reach,
            )
            reach("import.before_commit")
        reach("import.after_commit")
        results += [registered.result for registered in done]
    return results
