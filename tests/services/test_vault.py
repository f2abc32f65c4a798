"""The vault: two people, a motive, one look within a day, on record; nothing is told before."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from fulfilment_monitor.domain.authority import Actor, Conflict, Forbidden, Role
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.domain.secrets import KeyUnknown, Purpose, Secrets, Unsealable
from fulfilment_monitor.domain.vault import Item
from fulfilment_monitor.gateways.keyring import open_keyring, rotate
from fulfilment_monitor.house import House
from fulfilment_monitor.services import people, receipts, vault
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.complaints import VaultItem, VaultRequest
from tests.services.builders import day, office, tamper
from tests.services.case_builders import BUREAU, COUNTY, COUNTY_CREDIT, a_person, a_town, actor
from tests.services.complaint_builders import (
    ON,
    Complained,
    a_claim,
    ask,
    complain,
    decide,
    keys,
    look,
    noon,
    opened,
)

WHO = {"name": "某企业", "person": "某人"}


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return keys(tmp_path)


def a_named_one(house: House, secrets: Secrets) -> Complained:
    a_town(house)
    return complain(house, secrets, a_claim(house), identity=WHO, contact="000", words="欠款")


def entries(house: House, action: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What the record says of one kind of act: who, about what, with which body."""
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)
    with house.readers() as session:
        return [(e.actor, e.object_id, json.loads(bytes(e.body))) for e in session.scalars(query)]


# --- the rules --------------------------------------------------------------------------------


@pytest.mark.proves("C4")
def test_what_was_kept_is_seen_once_by_who_asked_after_another_approved(
    house: House, secrets: Secrets
) -> None:
    kept = a_named_one(house, secrets)
    request = ask(house, kept.ulid, "identity", "contact")
    with pytest.raises(NotOpen, match="not been approved"):
        look(house, request, secrets)
    decide(house, request)
    for other in ("director", "other_director"):
        with pytest.raises(NotFound):
            look(house, request, secrets, who=other)
    assert look(house, request, secrets) == {"identity": WHO, "contact": "000"}
    with pytest.raises(NotOpen, match="used"):
        look(house, request, secrets)


@pytest.mark.proves("C4")
def test_every_step_is_on_record_without_a_word_of_what_was_seen(
    house: House, secrets: Secrets
) -> None:
    kept = a_named_one(house, secrets)
    request = ask(house, kept.ulid, motive="某动机")
    decide(house, request)
    look(house, request, secrets)
    [asked] = entries(house, "vault.ask")
    assert asked[:2] == ("handler", kept.ulid)
    assert asked[2].keys() == {"request", "items", "motive"}
    assert "某动机" not in str(asked)
    assert entries(house, "vault.decide") == [
        ("custodian", kept.ulid, {"request": request, "approved": True})
    ]
    assert entries(house, "vault.open") == [
        ("handler", kept.ulid, {"request": request, "items": ["identity"]})
    ]
    with house.readers() as session:
        shown = receipts.look_up(session, kept.code, secrets, today=day(ON))
    assert [(a.on, a.items) for a in shown.accesses] == [(day(ON), "身份")]


@pytest.mark.proves("C4")
def test_who_asks_cannot_approve_even_as_custodian(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    a_person(house, "both", COUNTY_CREDIT, Role.CUSTODIAN, Role.INTAKE)
    request = ask(house, kept.ulid, who="both")
    with pytest.raises(Forbidden, match="who asked"):
        decide(house, request, who="both")
    with pytest.raises(NotOpen):
        look(house, request, secrets, who="both")
    decide(house, request)
    assert look(house, request, secrets, who="both") == {"identity": WHO}


def test_the_table_itself_refuses_one_person_for_two(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    request = ask(house, kept.ulid)
    alone = update(VaultRequest).values(decided_by=VaultRequest.asked_by, decided_at=noon())
    with (
        house.engine.connect() as connection,
        pytest.raises(Exception, match="another_person"),
    ):
        connection.execute(alone.where(VaultRequest.ulid == request))


def test_only_who_verifies_or_answers_may_ask(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    for who in ("handler", "director", "county_lead"):  # who took it in has to answer
        assert ask(house, kept.ulid, who=who)
    for who, refusal in {
        "bureau_clerk": Forbidden,
        "custodian": Forbidden,
        "supervisor": Forbidden,
        "city_handler": NotFound,
        "sme_intake": NotFound,
    }.items():
        with pytest.raises(refusal) as inside:
            ask(house, kept.ulid, who=who)
        with pytest.raises(refusal) as nowhere:
            ask(house, "0" * 26, who=who)
        said = str(inside.value), str(nowhere.value)
        assert said[0].replace(kept.ulid, "") == said[1].replace("0" * 26, "")


def test_who_came_from_the_respondent_is_kept_away(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    a_person(house, "moved", COUNTY, Role.HANDLER)
    request = ask(house, kept.ulid, who="moved")
    decide(house, request)
    with house.sessions.begin() as session:  # it comes out that there was a post there
        people.post(
            session, "moved", BUREAU, Role.CLERK, from_on=day("2025-01-01"),
            until_on=day("2025-06-01"), by=Actor("test"), now=noon(),
        )  # fmt: skip
    with pytest.raises(Conflict):
        look(house, request, secrets, who="moved")
    with pytest.raises(Conflict):
        ask(house, kept.ulid, who="moved")


def test_the_service_itself_can_neither_ask_nor_decide(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    request = ask(house, kept.ulid)
    for role in (Role.SYSTEM, Role.HANDLER):
        nobody = Actor("system:sweep", roles=frozenset({role}))
        with house.sessions() as session, pytest.raises((Forbidden, NotFound)):
            vault.open_items(
                session, request, secrets, by=nobody, office=office(house), now=noon(),
                today=day(ON),
            )  # fmt: skip


@pytest.mark.proves("C4")
def test_an_approval_holds_for_a_day(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    last, late = ask(house, kept.ulid), ask(house, kept.ulid)
    for request in (last, late):
        decide(house, request)
    assert look(house, last, secrets, after=24) == {"identity": WHO}
    with pytest.raises(NotOpen, match="lapsed"):
        look(house, late, secrets, after=24.01)


def test_what_was_refused_stays_refused(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    request = ask(house, kept.ulid)
    decide(house, request, approve=False)
    with pytest.raises(NotOpen, match="decided"):
        decide(house, request)
    with pytest.raises(NotOpen, match="not been approved"):
        look(house, request, secrets)
    with house.readers() as session:
        shown = receipts.look_up(session, kept.code, secrets, today=day(ON))
    assert shown.accesses == ()  # nobody has seen anything


def test_a_motive_and_an_item_are_needed(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    by = actor(house, "handler", ON)
    for items, motive in (
        (["identity"], "  "),
        ([], "why"),
        (["Identity!"], "why"),
        (["x"], "长" * 1001),
    ):
        with house.sessions() as session, pytest.raises(Invalid):
            vault.ask_to_open(
                session, kept.ulid, items, motive,
                by=by, office=office(house), now=noon(), today=day(ON),
            )  # fmt: skip


# --- nothing is told before -------------------------------------------------------------------


@pytest.mark.proves("C4")
def test_before_a_look_a_named_and_an_anonymous_complaint_are_the_same(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    claim = a_claim(house)
    named = complain(house, secrets, claim, identity=WHO, contact="0" * 200, words="欠款")
    anonymous = complain(house, secrets, claim, words="欠款")
    seen = []
    for kept in (named, anonymous):
        request = ask(house, kept.ulid, "identity", "contact", "files")
        decide(house, request)
        with house.readers() as session:
            row = session.scalars(select(VaultRequest).where(VaultRequest.ulid == request)).one()
            items = session.scalars(
                select(VaultItem).where(VaultItem.complaint_id == kept.id).order_by(VaultItem.id)
            ).all()
            sizes = [(i.name, len(i.sealed), i.key_id, i.erased_at) for i in items]
            seen.append((row.items, row.approved, row.opened_at, sizes))
    assert seen[0] == seen[1]
    assert len(seen[0][3]) == len(Item)
    said = [e[2].keys() for action in ("vault.keep", "vault.ask") for e in entries(house, action)]
    assert said == [{}.keys()] * 2 + [{"request", "items", "motive"}] * 2
    assert opened(house, anonymous.ulid, secrets, "identity", "contact") == {
        "identity": None,
        "contact": None,
    }


def test_a_name_nobody_keeps_is_answered_like_one_that_is_empty(
    house: House, secrets: Secrets
) -> None:
    kept = a_named_one(house, secrets)
    assert opened(house, kept.ulid, secrets, "files", "never-kept") == {
        "files": None,
        "never-kept": None,
    }


# --- the sealed bytes -------------------------------------------------------------------------


@pytest.mark.proves("C1")
def test_changed_bytes_and_swapped_rows_are_refused_and_use_nothing_up(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    claim = a_claim(house)
    one = complain(house, secrets, claim, identity=WHO, contact="111")
    two = complain(house, secrets, claim, identity={"name": "另一企业"})
    with house.readers() as session:
        rows = {
            (i.complaint_id, i.name): bytes(i.sealed) for i in session.scalars(select(VaultItem))
        }
    whole = rows[one.id, "identity"]
    spoilt = {
        "changed": whole[:-1] + bytes([whole[-1] ^ 1]),
        "cut": whole[:20],
        "of another complaint": rows[two.id, "identity"],
        "of another item": rows[one.id, "contact"],
    }
    request = ask(house, one.ulid)
    decide(house, request)
    place = (VaultItem.complaint_id == one.id, VaultItem.name == "identity")
    for why, content in spoilt.items():
        tamper(house, update(VaultItem).where(*place).values(sealed=content))
        with pytest.raises(Unsealable):
            look(house, request, secrets)
        assert why
    tamper(house, update(VaultItem).where(*place).values(sealed=whole))
    assert look(house, request, secrets) == {"identity": WHO}


def test_what_is_kept_is_not_written_over_but_more_can_be_added(
    house: House, secrets: Secrets
) -> None:
    kept = a_named_one(house, secrets)
    with house.sessions.begin() as session:
        vault.keep(session, kept.id, {"supplement-1": "补充"}, secrets, by=Actor("t"), now=noon())
    with house.sessions() as session, pytest.raises(NotOpen):
        vault.keep(session, kept.id, {"words": "别的"}, secrets, by=Actor("t"), now=noon())
    assert opened(house, kept.ulid, secrets, "words", "supplement-1") == {
        "words": "欠款",
        "supplement-1": "补充",
    }


def test_what_was_not_said_may_be_said_later_and_then_stays(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    with house.sessions.begin() as session:
        vault.keep(session, kept.id, {"source": "T-1"}, secrets, by=Actor("t"), now=noon())
    assert opened(house, kept.ulid, secrets, "source") == {"source": "T-1"}
    with house.sessions() as session, pytest.raises(NotOpen):
        vault.keep(session, kept.id, {"source": "T-2"}, secrets, by=Actor("t"), now=noon())
    with house.readers() as session:
        query = select(VaultItem).where(VaultItem.complaint_id == kept.id)
        assert len(session.scalars(query).all()) == len(Item)


def test_what_was_erased_is_not_said_again(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    by = Actor(kept.ulid, roles=frozenset({Role.COMPLAINANT}))
    with house.sessions.begin() as session:
        vault.erase(session, kept.ulid, by=by, office=office(house), now=noon(), today=day(ON))
    with house.sessions() as session, pytest.raises(NotOpen):
        vault.keep(session, kept.id, {"identity": "某"}, secrets, by=Actor("t"), now=noon())


def test_old_keys_go_on_reading_and_lost_keys_do_not_look_like_damage(
    house: House, tmp_path: Path
) -> None:
    old = open_keyring(tmp_path / "keys")
    a_town(house)
    claim = a_claim(house)
    before = complain(house, old, claim, identity=WHO)
    rotate(tmp_path / "keys", Purpose.VAULT)
    ring = open_keyring(tmp_path / "keys")
    after = complain(house, ring, claim, identity="后来的")
    assert opened(house, before.ulid, ring) == {"identity": WHO}
    assert opened(house, after.ulid, ring) == {"identity": "后来的"}
    with house.readers() as session:
        assert set(ring.ids(Purpose.VAULT)) <= vault.keys_used(session)
    with pytest.raises(KeyUnknown):
        opened(house, after.ulid, old)


@pytest.mark.proves("C4")
def test_erased_items_leave_a_row_and_nothing_in_it(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    by = Actor(kept.ulid, roles=frozenset({Role.COMPLAINANT}))
    with house.sessions.begin() as session:
        vault.erase(session, kept.ulid, by=by, office=office(house), now=noon(), today=day(ON))
    with house.readers() as session:
        rows = session.scalars(select(VaultItem).where(VaultItem.complaint_id == kept.id)).all()
        emptied = {r.name for r in rows if r.sealed == b"" and r.erased_at == noon()}
    assert emptied == {"identity", "contact"}
    assert len(rows) == len(Item)
    assert opened(house, kept.ulid, secrets, "identity", "words") == {
        "identity": None,
        "words": "欠款",
    }
    assert entries(house, "vault.erase") == [
        (kept.ulid, kept.ulid, {"items": ["identity", "contact"]})
    ]


def test_nobody_else_may_erase(house: House, secrets: Secrets) -> None:
    kept = a_named_one(house, secrets)
    for who in ("handler", "bureau_head"):
        by = actor(house, who, ON)
        with house.sessions() as session, pytest.raises(Forbidden):
            vault.erase(session, kept.ulid, by=by, office=office(house), now=noon(), today=day(ON))
    other = Actor("0" * 26, roles=frozenset({Role.COMPLAINANT}))
    with house.sessions() as session, pytest.raises(NotFound):
        vault.erase(session, kept.ulid, by=other, office=office(house), now=noon(), today=day(ON))
