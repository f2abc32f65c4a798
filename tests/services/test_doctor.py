"""The doctor: content with all the service does, and finds each thing it says it looks for."""

import pytest
from sqlalchemy import Executable, delete, insert, update

from fulfilment_monitor.house import House
from fulfilment_monitor.services import doctor
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.contracts import Obligation
from fulfilment_monitor.store.duties import Duty, Timer
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.facts import Fact, FactAnswer
from fulfilment_monitor.store.leads import Lead
from fulfilment_monitor.store.organisations import Succession
from tests.conftest import at
from tests.services.builders import (
    a_document,
    a_fact,
    a_payment,
    amend,
    answer,
    day,
    office,
    owed,
    paid,
    register,
    state,
    sweep,
    tampered,
    violations,
)

LATER = at(day("2026-06-30"))


@pytest.fixture
def lived_in(house: House) -> House:
    """A register to which much has happened: leads open and closed, corrections, changes."""
    register(
        house,
        a_document(),
        a_document(contract_no="HT-2"),
        a_document(
            owed("delivery", "enterprise", due_on="2025-08-01"),
            owed("acceptance", after="delivery", within={"length": 10, "unit": "day"}),
            a_payment(after="acceptance"),
            contract_no="HT-3",
            facts=[a_fact("performed", "2025-08-01", "enterprise", "delivery")],
        ),
        a_document(a_payment(due_on="2026-12-31"), contract_no="HT-4"),
    )
    moved = {"obligation": "payment", "within": {"length": 40, "unit": "day"}}
    amend(house, "2025-08-05", contract_no="HT-3", changes=[moved])
    sweep(house, "2025-09-25")
    claim = state(house, paid("2025-09-26", by="government"), "2025-09-26")
    answer(house, claim, "confirmed", "enterprise", "2025-09-27")
    wrong = state(house, paid("2025-09-28", "5.00"), "2025-09-28", number="HT-2")
    state(house, paid("2025-09-28", "6.00"), "2025-09-29", number="HT-2", supersedes=wrong)
    sweep(house, "2025-11-30")
    return house


def test_a_register_that_has_been_lived_in_is_sound(lived_in: House) -> None:
    assert violations(lived_in) == []


def test_an_empty_register_is_sound(house: House) -> None:
    assert violations(house) == []


def a_copy(table: type, **changes: object) -> str:
    """The statement that puts a second, open row in beside one that is there."""
    names = [c.name for c in table.__table__.columns]  # type: ignore[attr-defined]
    values = ", ".join(str(changes.get(n, n)) for n in names)
    name = table.__tablename__  # type: ignore[attr-defined]
    return (
        f"INSERT INTO {name} ({', '.join(names)}) SELECT {values} FROM {name}"
        " WHERE state = 'open' LIMIT 1"
    )


def a_timer(**changes: object) -> Executable:
    """A timer of the first duty, which had none left, on some far day."""
    values = {
        "check_on": day("2099-01-01"),
        "duty_id": 1,
        "obligation_id": 1,
        "contract_id": 1,
        "ladder": "payment.unreported",
        "due_on": day("2025-09-10"),
        "base_on": day("2025-07-01"),
        "born_run": 0,
    }
    return insert(Timer).values({**values, **changes})


NO_MESSAGE = {"id": 999, "topic": "lead.opened", "key": "9" * 26, "version": 1, "body": {}}
OWN_ANSWER = {"id": 99, "fact_id": 1, "answer": "confirmed", "source": "enterprise"}
NOBODY = {"predecessor_id": 998, "successor_id": 999, "from_on": day("2026-01-01"), "reason": "x"}
WRITTEN = {"recorded_at": LATER, "recorded_by": "x"}

#: What must never be, and what somebody with the database in hand does to bring it about.
PROVOKED: list[tuple[str, list[Executable | str]]] = [
    (
        "lead.twice-open",
        ["DROP INDEX uq_lead_one_open", a_copy(Lead, id=99, ulid=f"'{'9' * 26}'", episode=9)],
    ),
    ("lead.without-message", [delete(OutboxMessage).where(OutboxMessage.topic == "lead.opened")]),
    ("message.without-lead", [insert(OutboxMessage).values(**NO_MESSAGE, queued_at=LATER)]),
    ("lead.never-overdue", [update(Lead).values(raised_on=day("2025-07-02"))]),
    (
        "lead.of-other-obligation",
        [update(Lead).where(Lead.id == 1).values(obligation_id=999, rule="other")],
    ),
    ("alert.before-its-day", [update(Alert).values(raised_on=day("2025-07-02"))]),
    (
        "alert.without-obligation",
        [update(Alert).where(Alert.obligation_id == 1).values(obligation_id=999)],
    ),
    ("timer.without-duty", [a_timer(duty_id=999)]),
    ("timer.twice", [a_timer(), a_timer(check_on=day("2099-01-02"))]),
    ("timer.differs", [a_timer(due_on=day("2098-01-01"))]),
    (
        "fact.corrected-across-contracts",
        [
            update(Fact)
            .where(Fact.supersedes_id.is_not(None))
            .values(contract_id=1, obligation_id=1)
        ],
    ),
    ("fact.answered-by-itself", [insert(FactAnswer).values(**OWN_ANSWER, **WRITTEN)]),
    (
        "duty.backwards",
        [update(Duty).where(Duty.until_on.is_not(None)).values(from_on=Duty.until_on)],
    ),
    (
        "duty.of-another-body",
        [update(Duty).where(Duty.contract_id == 1).values(government_id=9_999)],
    ),
    (
        "duty.of-another-body",
        [update(Duty).where(Duty.contract_id == 2).values(government_id=None)],
    ),
    ("audit.chain", [update(AuditEntry).where(AuditEntry.seq == 2).values(actor="x")]),
    ("lead.not-on-record", [update(Lead).where(Lead.id == 1).values(ulid="9" * 26)]),
    ("lead.vanished", [delete(Lead).where(Lead.id == 1)]),
    ("duty.not-as-reckoned", [delete(Duty).where(Duty.contract_id == 4)]),
    ("duty.without-timer", [delete(Timer)]),
    ("sqlite.foreign-key", [insert(Succession).values(**NOBODY, **WRITTEN)]),
    (
        "sqlite.integrity",
        [
            "PRAGMA ignore_check_constraints = ON",
            "UPDATE alert SET severity = 'nonsense'",
            "PRAGMA ignore_check_constraints = OFF",
        ],
    ),
]


def found(house: House, *deeds: Executable | str) -> set[str]:
    """The checks that find something once these things have been done to the database."""
    with tampered(house, *deeds) as session:
        return {v.check for v in doctor.examine(session, office(house))[1]}


def test_what_must_never_be_is_found(lived_in: House) -> None:
    sqlite = lived_in.engine.dialect.name == "sqlite"
    cases = [(c, d) for c, d in PROVOKED if sqlite or not c.startswith("sqlite")]
    assert [check for check, deeds in cases if check not in found(lived_in, *deeds)] == []


def test_every_query_of_the_doctor_has_been_provoked() -> None:
    assert set(doctor._NEVER) <= {check for check, _ in PROVOKED}


@pytest.mark.proves("A2")
def test_a_due_date_moved_in_the_database_shows(lived_in: House) -> None:
    moved = update(Obligation).where(Obligation.id == 2).values(due_on=day("2026-09-10"))
    assert found(lived_in, moved) == {"duty.not-as-reckoned"}


def test_a_record_that_cannot_be_read_any_more_is_a_violation_not_a_crash(
    lived_in: House,
) -> None:
    # `doctor` exits 4 and names the violations (docs/interface.md §2); 1 would be a bug
    swept = AuditEntry.action == "sweep.batch"
    for body in (b"{", b"{}", b"\xff"):
        spoilt = update(AuditEntry).where(swept).values(body=body)
        assert "audit.chain" in found(lived_in, spoilt), body


def test_a_contract_that_cannot_be_reckoned_any_more_is_a_violation_not_a_crash(
    lived_in: House,
) -> None:
    for deed in (
        "UPDATE fact SET contract_id = 1 WHERE contract_id = 2",
        "UPDATE contract SET document = '{}' WHERE id = 1",
        "UPDATE obligation SET after_key = 'nothing', due_on = NULL WHERE id = 1",
    ):
        assert found(lived_in, deed), deed
