"""Links for enterprises without an account: one statement, once, as it stands."""

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Actor, Role
from fulfilment_monitor.domain.errors import NotFound, NotOpen
from fulfilment_monitor.domain.facts import Answer
from fulfilment_monitor.services import signed_links as links
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.enterprises import SignedLink
from tests.services.builders import (
    a_document,
    a_firm,
    a_payment,
    amend,
    answer,
    day,
    office,
    paid,
    register,
    standing,
    state,
    tamper,
    view,
    violations,
)
from tests.services.case_builders import BUREAU, COUNTY, COUNTY_CREDIT, a_town
from tests.services.enterprise_builders import (
    OTHER_FIRM,
    body_of,
    clerk,
    firm,
    key_of,
    later,
    link,
    reachable,
    secrets,
)

ON = "2025-09-12"


@pytest.fixture
def fact(house):
    """The department says it has paid; the enterprise can be reached."""
    a_town(house)
    other = a_firm(uscc=OTHER_FIRM)
    mine = a_document(a_payment(due_on="2025-10-10"))
    register(house, mine, a_document(contract_no="HT-2", enterprise=other))
    reachable(house, "2025-09-10")
    return state(house, paid("2025-09-10", by="government"), "2025-09-11")


def look(house, key, hours=1.0):
    with house.sessions.begin() as session:
        return links.look(session, key, secrets(house), now=later(ON, hours), today=day(ON))


def use(house, key, said="confirmed", hours=1.0, fen=None):
    with house.sessions.begin() as session:
        return links.use(
            session, key, Answer(said), secrets(house), office=office(house),
            now=later(ON, hours), disputed_fen=fen, note=None,
        )  # fmt: skip


def test_it_shows_one_statement_and_answers_it_once_on_record(house, fact):
    made = link(house, fact, ON)
    shown = look(house, key_of(made))
    assert (shown.id, shown.amount_fen) == (fact, 100_000)
    assert use(house, key_of(made))
    assert standing(house, ON)["state"] == "fulfilled"
    assert not use(house, key_of(made), "disputed")  # replay
    assert look(house, key_of(made)) is None
    assert view(house, ON)["facts"][0]["confirmed"]
    with house.readers() as session:
        said = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
        rows = session.scalars(select(SignedLink)).one()
    acts = [(e.actor, e.action) for e in said[-2:]]
    assert acts == [(f"link:{made.id}", "fact.confirmed"), (f"link:{made.id}", "link.use")]
    told = str([vars(e) for e in said]) + str(vars(rows))
    assert made.secret not in told
    assert made.code not in told
    assert violations(house) == []


def test_a_part_is_disputed_and_more_than_the_whole_is_not(house, fact):
    made = link(house, fact, ON)
    with pytest.raises(NotOpen):
        use(house, key_of(made), "disputed", fen=100_001)
    assert use(house, key_of(made), "disputed", fen=40_000)
    assert standing(house, ON)["remaining"] == "400.00"


def test_it_ends_with_its_time_with_five_misses_and_not_before(house, fact):
    made = link(house, fact, ON)
    assert look(house, key_of(made), 71.9) is not None
    assert look(house, key_of(made), 72) is None
    wrong = key_of(made, code=f"{(int(made.code) + 1) % 10**8:08}")
    for _ in range(4):
        assert look(house, wrong) is None
    assert look(house, key_of(made)) is not None
    assert not use(house, wrong)
    assert look(house, key_of(made)) is None


def test_who_has_no_secret_cannot_end_it(house, fact):
    made = link(house, fact, ON)
    for _ in range(6):
        assert look(house, key_of(made, secret="x" * 43)) is None
    assert look(house, key_of(made)) is not None
    assert look(house, key_of(made, id="01JZ1MH2000000000000000000")) is None


def test_what_changes_the_statement_its_terms_or_the_contact_makes_it_stale(house, fact):
    def answered():
        answer(house, fact, "disputed", "enterprise", ON)

    def corrected():
        state(house, paid("2025-09-11", by="government"), ON, supersedes=fact)

    def amended():
        amend(house, ON, changes=[{"obligation": "payment", "amount": "900.00"}])

    def moved():
        reachable(house, ON, phone="139-1111-5678")

    for change in (moved, amended, corrected):
        made = link(house, fact, ON)
        assert look(house, key_of(made)) is not None
        change()
        assert look(house, key_of(made)) is None, change.__name__
        assert not use(house, key_of(made))
    other = state(house, paid("2025-09-12", by="government"), ON)
    made, fact = link(house, other, ON), other
    answered()
    assert not use(house, key_of(made))


@pytest.mark.parametrize(
    "change",
    [
        "expires_at = '2030-01-01 00:00:00'",
        "version = version + 1",
        "used_at = created_at",
        "fact_id = (SELECT max(id) FROM fact)",
        "ulid = '01JZ1MH2000000000000000000'",
    ],
)
def test_a_row_that_was_changed_opens_nothing(house, fact, change):
    state(house, paid("2025-09-10", "900000.00", by="government"), "2025-09-12")
    made = link(house, fact, ON)
    tamper(house, f"UPDATE signed_link SET {change}")
    key = key_of(made, id="01JZ1MH2000000000000000000") if "ulid" in change else key_of(made)
    assert look(house, key) is None


def test_only_the_department_and_who_supervises_it_may_ask(house, fact):
    lead = Actor("lead", 7, body_of(house, COUNTY_CREDIT), frozenset({Role.CREDIT_LEAD}))
    assert link(house, fact, ON, lead).contact.phone == "138-0000-1234"
    for by in (clerk(house, COUNTY), firm(house), firm(house, OTHER_FIRM)):
        with pytest.raises(NotFound):
            link(house, fact, ON, by)
    assert link(house, fact, ON, clerk(house, BUREAU))


def test_there_is_nothing_to_ask_without_a_contact_or_a_question(house, fact):
    own = state(house, paid("2025-09-11"), ON)
    unreachable = state(house, paid("2025-09-11", by="government"), ON, number="HT-2")
    answer(house, fact, "confirmed", "enterprise", ON)
    for ulid in (own, unreachable, fact):
        with pytest.raises(NotOpen):
            link(house, ulid, ON)
