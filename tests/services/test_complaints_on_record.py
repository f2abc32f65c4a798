"""A complainant can prove that the complaint was on record: with the code, and with every look."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.domain.anchors import read_receipt, written
from fulfilment_monitor.domain.receipts import NOT_ON_RECORD, OnRecord
from fulfilment_monitor.house import House
from fulfilment_monitor.services import anchors, audit, inclusion, receipts
from fulfilment_monitor.services.audit import Problem
from fulfilment_monitor.store.audit import AuditEntry
from tests.conftest import at
from tests.services.builders import CLERK, a_document, day, register, tampered
from tests.services.case_builders import a_town, complain, secrets

NINE = at(day("2025-09-11"))


def anchor(house: House, minutes: int) -> None:
    with house.sessions.begin() as session:
        anchors.drop(session, secrets(house), now=NINE + timedelta(minutes=minutes))


def note(house: House, minutes: int) -> None:
    now = NINE + timedelta(minutes=minutes)
    with house.sessions.begin() as session:
        audit.note(session, CLERK, "test.act", "thing", "x", {}, now=now)


def record(house: House, code: str | None) -> OnRecord:
    with house.readers() as session:
        return receipts.look_up(session, code or "", secrets(house), today=day("2025-09-12")).record


def problems(house: House, promise: OnRecord, *deeds: str) -> list[Problem]:
    held = read_receipt(json.dumps(promise._asdict()))
    with tampered(house, *deeds) as session:
        entries = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        return list(anchors.check_receipt(session, entries, secrets(house), held))


@pytest.fixture
def town(house: House) -> House:
    a_town(house)
    register(house, a_document())
    return house


@pytest.mark.proves("E1")
def test_a_look_up_gives_the_entry_once_an_anchor_stands_above_it(town: House) -> None:
    anchor(town, -60)
    done = complain(town, "2025-09-11")
    assert record(town, done.receipt) == NOT_ON_RECORD
    note(town, 30)
    anchor(town, 60)
    shown = record(town, done.receipt)
    assert (shown.object_id, shown.action) == (done.complaint, inclusion.RECEIVED)
    assert problems(town, shown) == []
    gone = f"DELETE FROM audit_entry WHERE seq >= {shown.seq}"
    assert [p.verdict for p in problems(town, shown, gone)] == [4]
    changed = f"UPDATE audit_entry SET hash = prev WHERE seq = {shown.seq}"
    assert [p.verdict for p in problems(town, shown, changed)] == [3]
    forged = shown._replace(seq=shown.seq - 1)
    assert {p.verdict for p in problems(town, forged)} == {3}


def test_what_is_given_at_once_is_what_a_look_up_shows_later(town: House) -> None:
    done = complain(town, "2025-09-11")
    kind = ("complaint", done.complaint)
    with town.readers() as session:
        first = inclusion.of_entry(session, *kind, secrets(town), [inclusion.RECEIVED])
    complain(town, "2025-09-11", words="另一件事", contract_no=None,
             contract={"region": "340321", "title": "供货"},
             items=[{"matter": "货款", "breach": "arrears"}])  # fmt: skip
    anchor(town, 60)
    note(town, 90)
    anchor(town, 120)
    assert record(town, done.receipt)._asdict() == written(first)


def test_a_wrong_code_learns_nothing_of_the_record(town: House) -> None:
    complain(town, "2025-09-11")
    anchor(town, 60)
    assert record(town, "0000-0000-0000-0000-0000-0000") == NOT_ON_RECORD
