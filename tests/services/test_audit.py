"""The record of acts: whole after everything, and anything done to it behind its back shows."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from fulfilment_monitor.domain.audit import ALGORITHM, CHAIN, Act, canonical, entry_hash
from fulfilment_monitor.house import House
from fulfilment_monitor.services import audit
from fulfilment_monitor.services.audit import Verified
from fulfilment_monitor.store.audit import AuditEntry, AuditHead
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    a_document,
    amend,
    contents,
    day,
    paid,
    register,
    state,
    sweep,
    tamper,
    tampered,
)

NINE = at(day("2025-07-02"))


def note(house: House, *instants: datetime) -> None:
    """One act in each of some transactions, committed in this order."""
    for n, now in enumerate(instants):
        with house.sessions.begin() as session:
            audit.note(session, CLERK, "test.act", "thing", str(n), {"第": n}, now=now)


def recorded(house: House, count: int) -> House:
    note(house, *(NINE + timedelta(minutes=n) for n in range(count)))
    return house


def verify(house: House) -> Verified:
    with house.readers() as session:
        return audit.verify(session)


def verdicts(house: House) -> list[tuple[int, int]]:
    """Verdict and entry of each problem."""
    return [(p.verdict, p.seq) for p in verify(house).problems]


@pytest.mark.proves("I-19")
def test_the_record_is_whole_after_everything_the_service_does(house: House) -> None:
    assert verify(house) == (0, bytes(32).hex(), ())
    register(house, a_document(), a_document(contract_no="HT-2"))
    amend(house, "2025-08-01", changes=[{"obligation": "payment", "due_on": "2025-09-20"}])
    state(house, paid("2025-09-01", "1.00"), "2025-09-01")
    sweep(house, "2025-10-31")
    found = verify(house)
    assert (found.entries, found.ok, found.problems) == (6, True, ())
    with house.readers() as session:
        last = session.scalars(select(AuditEntry.hash).order_by(AuditEntry.seq.desc())).first()
    assert found.head == bytes(last or b"").hex()


def test_what_is_rolled_back_leaves_no_trace(house: House) -> None:
    recorded(house, 1)
    with house.sessions() as session:
        audit.note(session, CLERK, "test.act", "thing", "x", {}, now=NINE)
        session.rollback()
    note(house, NINE + timedelta(hours=1))
    assert verify(house)[:1] == (2,)
    assert verify(house).ok


def test_writers_at_once_make_one_chain(house: House) -> None:
    def write(name: str) -> None:
        for n in range(12):
            with house.sessions.begin() as session:
                audit.note(session, CLERK, "test.act", "thing", f"{name}{n}", {}, now=NINE)

    writers = [Thread(target=write, args=(name,)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (verify(house).entries, verify(house).ok) == (48, True)


@pytest.mark.proves("I-19")
def test_a_long_act_that_ends_after_a_short_one_is_no_sign_of_tampering(house: House) -> None:
    # an import takes its moment when it begins; what was confirmed meanwhile commits before it
    note(house, NINE, NINE + timedelta(seconds=2), NINE + timedelta(seconds=1))
    assert verdicts(house) == []


@pytest.mark.parametrize("ahead", [timedelta(hours=-30), timedelta(days=3), timedelta(days=400)])
def test_an_act_while_a_clock_was_wrong_is_the_one_that_is_reported(
    house: House, ahead: timedelta
) -> None:
    recorded(house, 3)
    note(house, NINE + ahead)
    note(house, *(NINE + timedelta(minutes=n) for n in range(4, 9)))
    assert verdicts(house) == [(6, 4)]


def test_time_that_ran_backwards_shows(house: House) -> None:
    note(house, NINE, NINE - timedelta(days=1), NINE + timedelta(minutes=1))
    assert verdicts(house) == [(6, 2)]


def flipped(value: Any) -> Any:
    """The same with its first byte, or its smallest part, changed."""
    match value:
        case str():
            return chr(ord(value[0]) ^ 1) + value[1:]
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case datetime():
            return value + timedelta(microseconds=1)
    return value + 1000


def found_after(house: House, *deeds: Executable | str) -> Verified:
    """What verifying finds once these things have been done; they are taken back."""
    with tampered(house, *deeds) as session:
        return audit.verify(session)


@pytest.mark.proves("I-19")
def test_one_changed_byte_in_any_column_shows(house: House) -> None:
    recorded(house, 4)
    second = AuditEntry.seq == 2
    with house.readers() as session:
        row = session.execute(select(AuditEntry.__table__).where(second)).mappings().one()
    empty = {"rows": b"{}", "row_hash": bytes(32), "key_id": "audit-1", "mac": bytes(32)}
    assert {name for name, value in row.items() if value is None} == set(empty)
    for name, value in row.items():
        other = empty[name] if value is None else flipped(value)
        found = found_after(house, update(AuditEntry).where(second).values({name: other}))
        verdict = {"alg": 8, "key_id": 7, "mac": 7}.get(name, 2)
        assert (found.problems[0].verdict, found.problems[0].seq) == (verdict, 2), name
    assert verify(house).ok


@pytest.mark.proves("I-19")
def test_what_was_cut_out_shows(house: House) -> None:
    recorded(house, 5)
    seq = AuditEntry.seq
    cuts: list[tuple[Executable, tuple[int, int]]] = [
        (delete(AuditEntry).where(seq == 1), (2, 1)),
        (delete(AuditEntry).where(seq == 3), (2, 3)),
        (delete(AuditEntry).where(seq == 5), (4, 5)),
        (delete(AuditEntry).where(seq >= 4), (4, 5)),
        (delete(AuditEntry), (4, 5)),
        (delete(AuditHead), (4, 5)),
        (update(AuditHead).values(seq=4), (4, 4)),
        (update(AuditHead).values(hash=bytes(32)), (4, 5)),
    ]
    for n, (cut, wanted) in enumerate(cuts):
        found = found_after(house, cut)
        assert [(p.verdict, p.seq) for p in found.problems] == [wanted], n


def forged(house: House, after: int) -> Executable:
    """An entry that follows another as it should, put in by hand."""
    with house.readers() as session:
        prev = bytes(session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == after)) or b"")
    act = Act(NINE + timedelta(days=1), "clerk", "test.act", "thing", "forged", {})
    body = canonical({})
    values = {"chain": CHAIN, "seq": after + 1, "alg": ALGORITHM, "prev": prev, "body": body}
    values |= act._asdict() | {"body": body, "hash": entry_hash(prev, CHAIN, after + 1, act, body)}
    return insert(AuditEntry).values(values)


def test_an_entry_put_in_at_the_end_shows(house: House) -> None:
    tamper(recorded(house, 3), forged(house, 3))
    assert verdicts(house) == [(4, 3)]


def test_an_entry_put_in_place_of_another_shows(house: House) -> None:
    recorded(house, 3)
    tamper(house, delete(AuditEntry).where(AuditEntry.seq == 2), forged(house, 1))
    assert verdicts(house) == [(2, 3)]


def test_two_entries_that_changed_places_show(house: House) -> None:
    recorded(house, 4)
    tamper(
        house,
        update(AuditEntry).where(AuditEntry.seq == 2).values(seq=99),
        update(AuditEntry).where(AuditEntry.seq == 3).values(seq=2),
        update(AuditEntry).where(AuditEntry.seq == 99).values(seq=3),
    )
    assert verdicts(house) == [(2, 2)]


#: What fits into a column of SQLite, which checks no type, or into one of PostgreSQL.
RUBBISH = {
    "sqlite": [
        ("audit_entry", "at = 'X025-07-02 01:00:00.000000'"),
        ("audit_entry", "at = ''"),
        ("audit_entry", "at = 7"),
        ("audit_entry", "actor = CAST(X'FF41' AS TEXT)"),
        ("audit_entry", "actor = X'FF41'"),
        ("audit_entry", "body = 'text'"),
        ("audit_entry", "body = 7"),
        ("audit_entry", "prev = 'text'"),
        ("audit_entry", "prev = 1000000000000"),
        ("audit_entry", "hash = 'text'"),
        ("audit_entry", "seq = 'text'"),
        ("audit_entry", "seq = 1.5"),
        ("audit_entry", "seq = CAST(X'FF41' AS TEXT)"),
        ("audit_entry", "mac = 'text'"),
        ("audit_entry", "mac = 7"),
        ("audit_entry", "key_id = X'FF41'"),
        ("audit_entry", "rows = 'text'"),
        ("audit_entry", "row_hash = 7"),
        ("audit_entry", "alg = 7"),
        ("audit_head", "seq = 'text'"),
        ("audit_head", "seq = CAST(X'FF41' AS TEXT)"),
        ("audit_head", "hash = 'text'"),
        ("audit_head", "hash = 7"),
    ],
    "postgresql": [
        ("audit_entry", "at = 'infinity'"),
        ("audit_entry", "at = '-infinity'"),
        ("audit_entry", "at = '20000-01-01'"),
        ("audit_entry", "at = '0044-03-15 BC'"),
        ("audit_entry", "body = ''"),
        ("audit_entry", "prev = ''"),
        ("audit_head", "hash = ''"),
        ("audit_head", "seq = -1"),
    ],
}


@pytest.mark.proves("I-19")
def test_verifying_never_crashes_over_what_it_finds(house: House) -> None:
    # `audit verify` exits 4 on any changed byte and never crashes (docs/interface.md §2)
    recorded(house, 3)
    for table, change in RUBBISH[house.engine.dialect.name]:
        where = " WHERE seq = 2" if table == "audit_entry" else ""
        assert not found_after(house, f"UPDATE {table} SET {change}{where}").ok, change
    assert verify(house).ok


def test_an_emptied_head_stops_the_next_act_instead_of_healing(house: House) -> None:
    tamper(recorded(house, 2), delete(AuditHead))
    with pytest.raises(RuntimeError, match="tampered"):
        note(house, NINE + timedelta(hours=1))


def test_the_entry_of_an_act_stands_with_the_act_or_not_at_all(house: House) -> None:
    register(house, a_document(contract_no="HT-0"))
    tamper(house, delete(AuditHead))
    before = contents(house)
    for act in (lambda: register(house, a_document()), lambda: sweep(house, "2025-10-31")):
        with pytest.raises(RuntimeError):
            act()
    after = contents(house)
    for table in ("audit_entry", "contract", "alert", "lead", "outbox_message"):
        assert after[table] == before[table], table
