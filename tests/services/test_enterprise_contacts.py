"""Contacts of enterprises: sealed, shown masked, replaced and never lost."""

import json

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.contacts import Contact, check_contact, masked
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.domain.secrets import Unsealable
from fulfilment_monitor.services import enterprise_contacts as contacts
from fulfilment_monitor.store.accounts import WebSession
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.enterprises import EnterpriseContact
from tests.conftest import at
from tests.doors.signing_in import enterprise_account, open_for
from tests.services.builders import FIRM, a_document, day, register, tamper, violations
from tests.services.enterprise_builders import CONTACT, clerk, firm, reachable, secrets

ON = "2025-10-20"


@pytest.fixture
def known(house):
    register(house, a_document())
    return house


def current(house):
    with house.readers() as session:
        return contacts.current(session, secrets(house), by=firm(house), today=day(ON))


def test_a_new_contact_ends_the_old_one_and_both_stay(known):
    assert current(known) is None
    reachable(known, ON)
    reachable(known, "2025-10-21", phone="139-1111-5678")
    assert current(known).contact.phone == masked(Contact("x", "139-1111-5678")).phone
    with known.readers() as session:
        rows = session.scalars(select(EnterpriseContact).order_by(EnterpriseContact.id)).all()
        assert [r.ended_at is None for r in rows] == [False, True]
        whole = b"".join(bytes(r.sealed) for r in rows)
        said = json.dumps([str(vars(e)) for e in session.scalars(select(AuditEntry))])
    for secret in CONTACT.values():
        assert secret.encode() not in whole
        assert secret not in said
        assert secret not in str(current(known))
    assert violations(known) == []


def test_other_sessions_of_the_enterprise_end(known):
    account = enterprise_account(known, "firm", FIRM)
    for _ in range(2):
        open_for(known, account, day(ON))
    with known.readers() as session:
        stays = max(session.scalars(select(WebSession.id)))
    with known.sessions.begin() as session:
        contacts.change(
            session, CONTACT, secrets(known), by=firm(known), now=at(day(ON)), today=day(ON),
            but=stays,
        )  # fmt: skip
    with known.readers() as session:
        open_ones = session.scalars(select(WebSession.id).where(WebSession.ended_at.is_(None)))
        assert open_ones.all() == [stays]


def test_a_row_that_was_moved_or_changed_is_not_read(known):
    reachable(known, ON)
    tamper(known, "UPDATE enterprise_contact SET ulid = '01JZ1MH2000000000000000000'")
    with known.readers() as session, pytest.raises(Unsealable):
        contacts.to_reach(session, firm(known).body, secrets(known))


def test_nobody_else_changes_it(known):
    with pytest.raises(Forbidden):
        reachable(known, ON, clerk(known))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"name": ""}, "/name"),
        ({"name": "长" * 61}, "/name"),
        ({"phone": "", "email": ""}, "/phone"),
        ({"phone": "call me"}, "/phone"),
        ({"email": "office@"}, "/email"),
        ({"email": "a@b.cn\nBcc: x@y.cn"}, "/email"),
    ],
)
def test_what_cannot_be_a_contact_is_refused(changes, place):
    with pytest.raises(Invalid) as refused:
        check_contact(CONTACT | changes)
    assert [i.pointer for i in refused.value.issues] == [place]


def test_a_short_number_shows_nothing():
    assert masked(Contact("李", "1234567")) == Contact("李", "*******")
