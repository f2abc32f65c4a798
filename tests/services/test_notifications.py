"""What people are told: who, when, how often, until when; and how little leaves the house."""

import json
import smtplib
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from fulfilment_monitor import resources
from fulfilment_monitor.domain.authority import Actor, Role, operator
from fulfilment_monitor.domain.errors import BadPolicy
from fulfilment_monitor.domain.notifications import Notifying, read_notifying
from fulfilment_monitor.domain.secrets import Unsealable
from fulfilment_monitor.gateways import mail, notifier
from fulfilment_monitor.gateways.mail import NotTaken
from fulfilment_monitor.house import House, keys_of, load_law
from fulfilment_monitor.services import (
    dispatch,
    enterprise_contacts,
    feed,
    notification_digests,
    notifications,
    people,
    vault,
)
from fulfilment_monitor.services.notification_digests import Address
from fulfilment_monitor.settings import BadSettings, Settings
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.notifications import (
    Notification,
    NotificationAddress,
    NotificationDelivery,
)
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.people import Person
from fulfilment_monitor.store.sweeps import Mark
from tests.conftest import at
from tests.doors.signing_in import account_of, enterprise_account
from tests.services.builders import (
    FIRM,
    ORGAN,
    a_document,
    day,
    office,
    paid,
    register,
    state,
    sweep,
)
from tests.services.case_builders import BUREAU, WAY, a_world, actor, go, secrets

MONDAY = day("2025-09-29")
#: For what has nothing to do with the kind of database.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def tell(house: House, on: str, **more: Any) -> int:
    """A run of a day at nine in the morning."""
    return notifications.gather(
        house.sessions, house.readers, office(house), more.get("rules", house.notifying),
        now=at(day(on)), today=day(on),
    )  # fmt: skip


def told(house: House) -> list[tuple[str, str, str]]:
    """Who was told what about what."""
    with house.readers() as session:
        who = {a.id: a.handle for a in session.scalars(select(Account))}
        query = select(Notification).where(Notification.account_id.is_not(None))
        return sorted((who[n.account_id or 0], n.rule, n.about) for n in session.scalars(query))


def rows(house: House, *which: Any) -> list[Notification]:
    with house.readers() as session:
        return list(session.scalars(select(Notification).where(*which).order_by(Notification.id)))


def digests(house: House) -> list[tuple[str, str, date, str]]:
    with house.readers() as session:
        query = select(NotificationDelivery).order_by(NotificationDelivery.id)
        return [(d.recipient, d.way, d.day, d.state) for d in session.scalars(query)]


def compose(house: House, on: str) -> int:
    with house.sessions.begin() as session:
        return notification_digests.compose(session, now=at(day(on)), today=day(on))


def deliver(house: House, on: str, hours: float = 0, **settings: Any) -> int:
    keys, moment = keys_of(house), at(day(on)) + timedelta(hours=hours)
    chosen = replace(house.settings, **settings)
    return notifier.deliver(house.sessions, keys, chosen, house.notifying, lambda: moment)


def reach(house: House, account: int, **address: str) -> None:
    with house.sessions.begin() as session:
        notification_digests.keep_address(
            session, account, Address(**address), keys_of(house), now=at(MONDAY)
        )


@pytest.fixture
def late(house: House) -> House:
    """A payment that is missed; a clerk and a head of the department, an account of the firm."""
    register(house, a_document())
    account_of(house, "clerk", ORGAN, Role.CLERK)
    account_of(house, "head", ORGAN, Role.HEAD)
    enterprise_account(house, "firm", FIRM)
    sweep(house, "2025-09-25")
    return house


# --- who is told ------------------------------------------------------------------------------


def test_both_sides_of_a_missed_payment_are_told_and_each_once(late: House) -> None:
    tell(late, "2025-09-25")
    assert told(late) == [
        ("clerk", "lead.opened", "contract"),
        ("clerk", "payment.t+15", "contract"),
        ("firm", "lead.opened", "contract"),
        ("firm", "payment.t+15", "contract"),
        ("head", "lead.opened", "contract"),
        ("head", "payment.t+15", "contract"),
    ]
    with late.readers() as session:  # what was looked at is not looked at again
        mark = session.scalars(select(Mark.value).where(Mark.name == "notifications.place")).one()
        assert int(mark) == feed.newest(session)
    assert tell(late, "2025-09-25") == tell(late, "2025-09-26") == 0
    sweep(late, "2025-09-26")
    assert tell(late, "2025-09-26") == 0


def test_what_is_told_does_not_depend_on_when_it_is_looked(late: House) -> None:
    with late.sessions.begin() as session:  # as if a run had died after its first rows
        session.execute(
            update(Account).where(Account.handle == "head").values(disabled_at=at(MONDAY))
        )
    tell(late, "2025-09-26")
    assert {who for who, _, _ in told(late)} == {"clerk", "firm"}
    assert all(n.raised_on <= day("2025-09-26") for n in rows(late))


@ON_SQLITE
def test_what_is_older_than_a_week_is_news_to_nobody(late: House) -> None:
    assert tell(late, "2025-10-03") == 0


@ON_SQLITE
def test_nobody_of_another_body_or_firm_is_told(late: House) -> None:
    account_of(late, "stranger", ORGAN, Role.AUDIT_ADMIN)
    tell(late, "2025-09-25")
    assert "stranger" not in {who for who, _, _ in told(late)}


def accounts(house: House) -> None:
    """An account for everybody of the town."""
    with house.sessions.begin() as session:
        for person in session.scalars(select(Person)):
            session.add(
                Account(
                    ulid=person.ulid, handle=person.handle, name=person.name, person_id=person.id,
                    leads=False, totp_step=0, created_at=at(MONDAY), created_by="test",
                )
            )  # fmt: skip


def test_a_case_is_told_to_who_handles_it_and_never_to_its_respondent(house: House) -> None:
    claim = a_world(house)
    accounts(house)
    go(house, claim, WAY[:2])  # accepted, passed on
    tell(house, "2025-10-22")
    about_claim = {(who, rule) for who, rule, about in told(house) if about == "claim"}
    assert ("handler", "case.transferred") in about_claim
    assert not {who for who, _ in about_claim} & {"bureau_head", "bureau_clerk"}
    go(house, claim, WAY[2:4])
    with house.sessions.begin() as session:
        dispatch.daily_batch(
            session, day("2025-11-03"), secrets(house),
            by=actor(house, "handler", "2025-11-03"), now=at(day("2025-11-03")),
        )  # fmt: skip
    tell(house, "2025-11-03")
    served = rows(house, Notification.about == "paper")
    assert served
    for n in served:
        assert claim not in (n.matter or "")
        assert n.watch == "nothing"
    department = {who for who, _, about in told(house) if about == "paper"}
    assert department == {"bureau_clerk", "bureau_head"}
    assert not department & {who for who, _, about in told(house) if about == "claim"}


def test_who_came_too_near_the_respondent_is_told_nothing_of_the_claim(house: House) -> None:
    claim = a_world(house)
    accounts(house)
    go(house, claim, WAY[:2])
    with house.sessions.begin() as session:  # a post at the respondent beside the own one
        people.post(
            session, "handler", BUREAU, Role.CLERK, from_on=day("2025-10-01"),
            by=operator("test"), now=at(MONDAY),
        )  # fmt: skip
    tell(house, "2025-10-22")
    assert [who for who, _, about in told(house) if about == "claim" and who == "handler"] == []


# --- until when -------------------------------------------------------------------------------


def test_what_was_paid_is_told_no_more(late: House) -> None:
    tell(late, "2025-09-25")
    state(late, paid("2025-09-26", by="enterprise"), "2025-09-26")
    tell(late, "2025-09-26")
    assert {n.closed_at is not None for n in rows(late)} == {True}
    assert compose(late, "2025-09-26") == 0


def test_a_later_step_overtakes_the_ones_before(house: House) -> None:
    register(house, a_document())
    account_of(house, "clerk", ORGAN, Role.CLERK)
    for on in ("2025-09-10", "2025-09-11", "2025-09-25"):
        sweep(house, on)
        tell(house, on)
    clerks = rows(house, Notification.account_id.is_not(None))
    steps = [(n.rule, n.closed_at is None) for n in clerks if n.watch == "duty"]
    assert [rule for rule, is_open in steps if is_open] == ["payment.t+15"]
    assert len(steps) > 1


def test_a_digest_whose_matters_are_closed_is_stopped(late: House) -> None:
    clerk = account_of(late, "clerk", ORGAN, Role.CLERK)
    reach(late, clerk, email="clerk@example.com")
    tell(late, "2025-09-25")
    compose(late, "2025-09-25")
    state(late, paid("2025-09-26", by="enterprise"), "2025-09-26")
    tell(late, "2025-09-26")
    assert deliver(late, "2025-09-26") == 0
    assert {s for *_, s in digests(late)} == {"stopped"}


@ON_SQLITE
def test_what_was_read_in_the_pages_does_not_leave_any_more(late: House) -> None:
    tell(late, "2025-09-25")
    with late.sessions.begin() as session:
        session.execute(update(Notification).values(read_at=at(MONDAY)))
    assert compose(late, "2025-09-25") == 0


def test_old_rows_go(late: House) -> None:
    tell(late, "2025-09-25")
    compose(late, "2025-09-25")
    deliver(late, "2025-09-25")
    with late.sessions.begin() as session:
        session.execute(update(Notification).values(read_at=at(day("2025-09-25"))))
    tell(late, "2025-12-01")
    assert rows(late)
    tell(late, "2026-01-05")
    assert rows(late) == []
    assert digests(late) == []


# --- what leaves ------------------------------------------------------------------------------


def test_one_digest_a_day_for_each_person_and_way(late: House) -> None:
    tell(late, "2025-09-25")
    assert compose(late, "2025-09-25") == compose(late, "2025-09-25") + 5
    people = [(who.partition(":")[0], way) for who, way, _, _ in digests(late)]
    assert sorted(people) == [
        ("account", "email"), ("account", "email"), ("account", "email"), ("account", "sms"),
        ("enterprise", "email"),
    ]  # fmt: skip


def test_what_comes_after_the_digest_of_a_day_was_sent_is_for_tomorrow(late: House) -> None:
    clerk = account_of(late, "clerk", ORGAN, Role.CLERK)
    reach(late, clerk, email="clerk@example.com")
    tell(late, "2025-09-25")
    compose(late, "2025-09-25")
    assert deliver(late, "2025-09-25") == 1
    register(late, a_document(contract_no="HT-2"))
    sweep(late, "2025-09-25")
    assert tell(late, "2025-09-25") > 0
    assert compose(late, "2025-09-25") == 0
    assert deliver(late, "2025-09-25", hours=1) == 0
    assert compose(late, "2025-09-26") > 0
    assert deliver(late, "2025-09-26") == 1


def test_what_comes_while_a_digest_is_being_sent_is_for_tomorrow(late: House) -> None:
    reach(late, account_of(late, "clerk", ORGAN, Role.CLERK), email="clerk@example.com")
    tell(late, "2025-09-25")
    compose(late, "2025-09-25")
    now = at(day("2025-09-25"))
    with late.sessions.begin() as session:
        taken = notification_digests.take(session, keys_of(late), late.notifying, now=now)
    register(late, a_document(contract_no="HT-2"))
    sweep(late, "2025-09-25")
    tell(late, "2025-09-25")
    assert compose(late, "2025-09-25") == 0
    with late.sessions.begin() as session:
        notification_digests.arrived(session, taken, now=now)
    assert [d.unread for d in taken] == [
        len(rows(late, Notification.email_id == d.id)) for d in taken
    ]
    assert compose(late, "2025-09-26") > 0
    assert deliver(late, "2025-09-26") > 0


@ON_SQLITE
def test_without_gateways_a_message_goes_into_the_folder_and_says_only_how_many(
    late: House, tmp_path: Path
) -> None:
    clerk = account_of(late, "clerk", ORGAN, Role.CLERK)
    reach(late, clerk, email="clerk@example.com")
    tell(late, "2025-09-25")
    compose(late, "2025-09-25")
    settings = {"message_sink": str(tmp_path), "address": "https://fulfilment.example/"}
    assert deliver(late, "2025-09-25", **settings) == 1
    (line,) = (tmp_path / "messages-2025-09-25.jsonl").read_text("utf-8").splitlines()
    said = json.loads(line)
    assert (said["by"], said["to"]) == ("email", "clerk@example.com")
    assert said["subject"] == "合同履约监测：2 条提醒"
    assert "https://fulfilment.example/notifications" in said["text"]
    states = {who: s for who, _, _, s in digests(late)}
    assert states[f"account:{clerk}"] == "sent"
    assert set(states.values()) == {"sent", "no-address"}
    for word in ("HT-1", "示例", "payment", "付款", "投诉", "线索", FIRM, ORGAN):
        assert word not in line


@ON_SQLITE
def test_the_contact_of_an_enterprise_is_written_to(late: House) -> None:
    firm = enterprise_account(late, "firm2", FIRM)
    with late.sessions.begin() as session:
        body = session.scalars(select(Organisation.id).where(Organisation.code == FIRM)).one()
        enterprise_contacts.change(
            session, {"name": "财务", "email": "firm@example.com"}, keys_of(late),
            by=Actor("firm2", None, body, frozenset({Role.ENTERPRISE})),
            now=at(MONDAY), today=MONDAY,
        )  # fmt: skip
    assert firm
    tell(late, "2025-09-25")
    compose(late, "2025-09-25")
    assert deliver(late, "2025-09-25") == 1
    assert ("sent", "email") in {(s, w) for who, w, _, s in digests(late) if "enterprise" in who}


@ON_SQLITE
def test_office_hours_are_of_working_days_in_beijing(house: House) -> None:
    rules, calendar = house.notifying, load_law().calendar

    def is_open(written: str) -> bool:
        return rules.is_open(datetime.fromisoformat(written), calendar)

    assert is_open("2025-09-29T09:00:00+08:00")
    assert is_open("2025-09-29T00:31:00+00:00")  # half past eight there
    assert not is_open("2025-09-29T08:29:59+08:00")
    assert not is_open("2025-09-29T17:30:00+08:00")
    assert not is_open("2025-09-27T09:00:00+08:00")  # a Saturday
    assert is_open("2025-09-28T09:00:00+08:00")  # a Sunday that was worked
    assert not is_open("2025-10-01T09:00:00+08:00")


# --- over SMTP --------------------------------------------------------------------------------


class _Mailbox(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs; answers to RCPT are what the server was told."""

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        server: Any = self.server
        self.say("220 mail.example ESMTP")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split()[0]
            server.heard.append(line)
            if word == "DATA":
                self.say("354 go on")
                message = []
                while (part := self.rfile.readline()) != b".\r\n":
                    message.append(part)
                server.letters.append(b"".join(message).decode())
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            elif word == "RCPT" and server.answers:
                self.say(server.answers.pop(0))
            else:
                self.say("250 mail.example" if word in ("EHLO", "HELO") else "250 ok")


@contextmanager
def a_mail_server(*answers: str) -> Iterator[Any]:
    """An SMTP server on this machine."""
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mailbox)
    server.daemon_threads = True
    server.heard, server.letters, server.answers = [], [], list(answers)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def smtp(server: Any, **more: Any) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1", "smtp_port": server.server_address[1], "smtp_tls": "none",
        "smtp_from": "monitor@example.org", "address": "https://fulfilment.example", **more,
    }  # fmt: skip


@pytest.fixture
def written_to(late: House) -> House:
    """A clerk with an address, to whom a digest is due."""
    reach(late, account_of(late, "clerk", ORGAN, Role.CLERK), email="clerk@example.com")
    tell(late, "2025-09-25")
    compose(late, "2025-09-25")
    return late


def test_a_digest_leaves_by_mail_and_carries_nothing_but_a_number(written_to: House) -> None:
    with a_mail_server() as server:
        assert deliver(written_to, "2025-09-25", **smtp(server)) == 1
        (letter,) = server.letters
    assert "To: clerk@example.com" in letter
    assert "@example.org>" in next(s for s in letter.splitlines() if s.startswith("Message-ID"))
    assert "Auto-Submitted: auto-generated" in letter
    for word in ("HT-1", "payment.", "示例县", FIRM):
        assert word not in letter
    assert [s for who, w, _, s in digests(written_to) if s == "sent"] == ["sent"]


@ON_SQLITE
def test_a_server_that_is_busy_is_asked_again_and_the_letter_has_the_same_name(
    written_to: House,
) -> None:
    with a_mail_server("451 busy") as server:
        assert deliver(written_to, "2025-09-25", **smtp(server)) == 0
        assert deliver(written_to, "2025-09-25", **smtp(server)) == 0  # not before five minutes
        assert len(server.letters) == 0
        assert deliver(written_to, "2025-09-25", hours=0.1, **smtp(server)) == 1
    with written_to.readers() as session:
        sent = session.scalars(
            select(NotificationDelivery).where(NotificationDelivery.state == "sent")
        ).one()
        assert (sent.attempts, sent.fault) == (2, None)
        assert sent.ulid in server.letters[0]


@ON_SQLITE
def test_an_address_that_does_not_exist_is_not_tried_again(written_to: House) -> None:
    with a_mail_server("550 no such person") as server:
        deliver(written_to, "2025-09-25", **smtp(server))
        deliver(written_to, "2025-09-25", hours=2, **smtp(server))
        assert len([h for h in server.heard if h.startswith("rcpt")]) == 1
    with written_to.readers() as session:
        lost = notification_digests.given_up(session, limit=9)
    (given,) = [g for g in lost if g.state == "failed"]
    assert (given.who, given.way, given.fault) == ("clerk", "email", "smtp.550")


@ON_SQLITE
def test_a_server_that_is_down_is_tried_so_often_and_then_given_up(written_to: House) -> None:
    away = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_tls": "none", "smtp_from": "a@b.cc"}
    for n in range(9):
        deliver(written_to, "2025-09-25", hours=7 * n, **away)
    with written_to.readers() as session:
        query = select(NotificationDelivery).where(NotificationDelivery.state == "failed")
        lost = session.scalars(query).one()
        assert lost.attempts == written_to.notifying.attempts
        numbers = {
            (s.name, s.labels): s.value
            for s in notification_digests.gauges(session, now=at(day("2025-09-30")))
        }
    assert numbers["fm_notifications_failed", (("way", "email"),)] == 1


@ON_SQLITE
def test_a_line_that_cannot_be_encrypted_is_not_used(house: House) -> None:
    with a_mail_server() as server:
        settings = replace(house.settings, **smtp(server, smtp_tls="starttls"))
        with pytest.raises(NotTaken) as refused:
            mail.send(settings, "01", "a@example.com", "x", "y")
        assert server.letters == []
    assert refused.value.fault == f"smtp.{smtplib.SMTPNotSupportedError.__name__}"


# --- over the SMS gateway ---------------------------------------------------------------------


@contextmanager
def an_sms_gateway(*answers: int) -> Iterator[tuple[str, list[tuple[dict[str, Any], str]]]]:
    taken: list[tuple[dict[str, Any], str]] = []
    waiting = list(answers)

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken.append((body, self.headers["Authorization"]))
            self.send_response(waiting.pop(0) if waiting else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/send", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@ON_SQLITE
def test_an_sms_says_only_how_many_and_a_refusal_for_good_is_not_repeated(late: House) -> None:
    reach(late, account_of(late, "head", ORGAN, Role.HEAD), phone="13800001234")
    tell(late, "2025-09-25")
    compose(late, "2025-09-25")
    with an_sms_gateway(503, 422) as (url, taken):
        gateway = {"sms_url": url, "sms_token": "t", "outward_allow": "127.0.0.1"}
        for hours in (0, 1, 9):
            assert deliver(late, "2025-09-25", hours=hours, **gateway) == 0
    assert [body["text"] for body, _ in taken] == ["合同履约监测：1 条提醒"] * 2
    assert {body["to"] for body, _ in taken} == {"13800001234"}
    assert len({body["id"] for body, _ in taken}) == 1
    assert {token for _, token in taken} == {"Bearer t"}
    assert ("sms", "failed") in {(w, s) for _, w, _, s in digests(late)}


# --- addresses --------------------------------------------------------------------------------


@ON_SQLITE
def test_an_address_lies_sealed_and_opens_in_its_own_row_only(late: House) -> None:
    clerk = account_of(late, "clerk", ORGAN, Role.CLERK)
    head = account_of(late, "head", ORGAN, Role.HEAD)
    reach(late, clerk, email="clerk@example.com")
    with late.readers() as session:
        row = session.get_one(NotificationAddress, clerk)
        assert b"clerk@" not in row.sealed
        assert row.key_id in vault.keys_used(session)  # the key may not be lost
        found = notification_digests.address_of(session, clerk, keys_of(late))
        assert found == Address("clerk@example.com", "")
        assert notification_digests.address_of(session, head, keys_of(late)) == Address()
    with late.sessions.begin() as session:
        session.execute(update(NotificationAddress).values(account_id=head))
    with late.readers() as session, pytest.raises(Unsealable):
        notification_digests.address_of(session, head, keys_of(late))


# --- the rules --------------------------------------------------------------------------------


def shipped() -> dict[str, Any]:
    return resources.read_toml(resources.shipped("alerts") / "notifications.toml")


def faults_of(**changes: Any) -> str:
    with pytest.raises(BadPolicy) as refused:
        read_notifying({**shipped(), **changes})
    return str(refused.value)


def test_the_shipped_rules_are_in_order() -> None:
    rules = read_notifying(shipped())
    assert isinstance(rules, Notifying)
    assert rules.written(3, "https://x")[0] == "合同履约监测：3 条提醒"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"event": [{"topics": ["case.accepted"], "to": ["clerk"], "ways": ["in-app"]}]},
         "may not be told of a claim"),
        ({"event": [{"topics": ["case.accepted"], "to": ["complainant"], "ways": ["in-app"]}]},
         "receipt for a complainant"),
        ({"event": [{"topics": ["case.accepted"], "to": ["intake"], "ways": ["email"]}]},
         "in-app is always among them"),
        ({"event": [{"topics": ["complaint.received"], "to": ["intake"], "ways": ["in-app"]}]},
         "topics: 'complaint.received'"),
        ({"office": {**shipped()["office"], "text": "{contract_no}"}}, "only {count}"),
        ({"office": {**shipped()["office"], "subject": "{count!r}"}}, "only {count}"),
        ({"office": {**shipped()["office"], "hours": ["18:00", "08:00"]}}, "before the second"),
        ({"office": {**shipped()["office"], "hours": "always"}}, "office.hours"),
        ({"office": {**shipped()["office"], "attempts": 0}}, "office.attempts"),
        ({"rule": []}, "rule: there is no such table"),
    ],
)  # fmt: skip
def test_rules_that_would_tell_too_much_or_nothing_are_refused(
    changes: dict[str, Any], fault: str
) -> None:
    assert fault in faults_of(**changes)


def test_settings_of_gateways_are_checked() -> None:
    for env in (
        {"FM_SMTP_HOST": "mail.example"},
        {"FM_SMTP_TLS": "maybe"},
        {"FM_ADDRESS": "fulfilment.example"},
    ):
        with pytest.raises(BadSettings):
            Settings.from_env(env)
