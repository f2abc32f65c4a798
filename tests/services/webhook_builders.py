"""Subscribers of webhooks, and things that change for them to be told."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from fulfilment_monitor.domain.authority import Actor, Role
from fulfilment_monitor.house import House
from fulfilment_monitor.services import approvals, exchange, people, subscriptions
from fulfilment_monitor.services.exchange import Message
from fulfilment_monitor.store.webhooks import Subscription, WebhookEvent
from tests.conftest import at
from tests.services.account_builders import a_body, a_member
from tests.services.builders import day, office
from tests.services.case_builders import secrets

TODAY = day("2026-03-02")
NOW = at(TODAY)
LATER = timedelta(minutes=1)
#: The body that is told.
BODY = "B"


def three(house: House) -> House:
    """A house with its administrators, and a body to be told."""
    a_member(house, "sys", "A", Role.SYSTEM_ADMIN)
    a_member(house, "sec", "A", Role.SECURITY_ADMIN)
    a_member(house, "aud", "A", Role.AUDIT_ADMIN)
    a_body(house, BODY)
    return house


def who(house: House, handle: str) -> Actor:
    with house.readers() as session:
        return people.acting(session, handle, TODAY)


def wanted(url: str = "https://platform.example/hooks", **more: Any) -> dict[str, Any]:
    return {"label": "某平台", "url": url, "kinds": ["notices"], "body": BODY, **more}


def ask(house: House, asked: dict[str, Any], by: str = "sec") -> str:
    with house.sessions.begin() as session:
        return approvals.ask(
            session, "webhook.create", asked, "工作需要", by=who(house, by), now=NOW
        )


def decide(house: House, ulid: str, by: str = "sys", *, granted: bool = True) -> None:
    with house.sessions.begin() as session:
        approvals.decide(
            session, ulid, granted=granted, by=who(house, by), office=office(house),
            now=NOW, today=TODAY,
        )  # fmt: skip


def approved(house: House, url: str, **more: Any) -> str:
    """A subscriber that two people agreed on; its name."""
    decide(house, ask(house, wanted(url, **more)))
    with house.readers() as session:
        return (
            session.scalars(select(Subscription.ulid).order_by(Subscription.id.desc())).first()
            or ""
        )


def fetched(house: House, ulid: str) -> str:
    """Its secret."""
    with house.sessions.begin() as session:
        return subscriptions.fetch(session, ulid, secrets(house), by=who(house, "sec"), now=NOW)


def change(house: House, *things: tuple[str, int], to: str = BODY) -> None:
    """Something that a body is told: of each thing a version."""
    messages = [
        Message(
            "measure.imposed", f"{to}:{thing}", version,
            {"to": to, "measure": thing, "code": f"v{version}", "secret": "never shown"},
        )
        for thing, version in things
    ]  # fmt: skip
    with house.sessions.begin() as session:
        exchange.enqueue(session, messages, now=NOW)


def events(house: House) -> list[WebhookEvent]:
    with house.readers() as session:
        return list(session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)))


def row(house: House, ulid: str) -> Subscription:
    with house.readers() as session:
        return session.scalars(select(Subscription).where(Subscription.ulid == ulid)).one()


def told(hooks: Iterable[tuple[str, str, Any]], name: str = "a") -> list[tuple[str, str]]:
    """What a subscriber got: the thing, and what was said of it."""
    return [(e["subject"], e["data"].get("code", "")) for _, to, e in hooks if to == name]
