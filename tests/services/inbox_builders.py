"""What tests of the inbox arrange: tickets of the hotline, and a desk that applies them."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from fulfilment_monitor.domain.channel_maps import Form
from fulfilment_monitor.domain.errors import Refusal
from fulfilment_monitor.domain.secrets import Secrets
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.channel_messages import mapping_for, reader_of
from fulfilment_monitor.services import inbox
from fulfilment_monitor.services.inbox_work import Desk, Read
from fulfilment_monitor.store.inbox import InboxMessage
from tests.conftest import at
from tests.services.builders import FIRM, day, office
from tests.services.case_builders import BUREAU, secrets

HOTLINE = "hotline-12345"
ON = "2025-10-21"


def a_ticket(number: str = "T-1", revision: int = 1, **changes: Any) -> dict[str, Any]:
    """A ticket of the hotline, in the words of its mapping, of a contract nobody registered."""
    said = {
        "ticketNo": number,
        "revision": revision,
        "status": "01",
        "acceptance": {"day": "2025-10-20", "unit": "示例市12345热线"},
        "respondent": {"code": BUREAU, "name": "示例县财政局"},
        "complainant": {"name": "示例企业", "code": FIRM, "contact": "0552-0000000"},
        "contract": {"no": f"未登记-{number}", "field": "政府采购"},
        "matters": [{"matter": f"货款 {number}", "breach": "01", "amount": 1000}],
        "content": f"多次催要未果 {revision}",
    }
    return {k: v for k, v in {**said, **changes}.items() if v is not None}


def a_desk(
    house: House, on: str = ON, *, read: Read | None = None, later: timedelta = timedelta(0)
) -> Desk:
    """Where messages are applied on a day, some time after nine in the morning."""
    moment = at(day(on)) + later
    return Desk(
        house.sessions, read or reader_of(house.maps), house.channels, secrets(house),
        office(house), lambda: moment, day(on),
    )  # fmt: skip


def incoming(
    house: House,
    document: Any,
    message_id: str,
    *,
    channel: str = HOTLINE,
    sender: str = "key:test",
    on: str = ON,
) -> inbox.Incoming:
    body = json.dumps(document, ensure_ascii=False).encode()
    _, how = mapping_for(house.maps, channel, Form.JSON, day(on))
    return inbox.Incoming(channel, sender, message_id, "json", how.version, body)


def put(
    house: House, document: Any, message_id: str, *, keys: Secrets | None = None, **more: Any
) -> inbox.Stored:
    """Store a message, in a transaction of its own."""
    on = more.get("on", ON)
    with house.sessions.begin() as session:
        return inbox.store(
            session, incoming(house, document, message_id, **more), keys or secrets(house),
            now=at(day(on)),
        )  # fmt: skip


def message(house: House, receipt: str) -> InboxMessage:
    """A message as it stands; detached."""
    with house.readers() as session:
        return session.scalars(select(InboxMessage).where(InboxMessage.ulid == receipt)).one()


class Broken(Refusal):
    code = "test.broken"


def poisoned(house: House, word: str) -> Read:
    """A reader that breaks on one word, as a fault of ours would."""
    read = reader_of(house.maps)

    def reading(channel: str, form: str, version: str, body: bytes) -> Any:
        if word.encode() in body:
            raise KeyError(word)
        return read(channel, form, version, body)

    return reading


def minutes(now: datetime, count: int) -> datetime:
    return now + timedelta(minutes=count)
