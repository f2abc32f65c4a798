"""The outbox and the file sink: every alert and lead leaves, at least once, and tells its id."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.gateways import file_sink
from fulfilment_monitor.house import House
from fulfilment_monitor.services import exchange
from fulfilment_monitor.services.exchange import Message
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.exchange import OutboxMessage
from tests.conftest import at
from tests.services.builders import (
    a_document,
    day,
    lead_list,
    paid,
    register,
    state,
    sweep,
)

NOW = at(day("2025-09-25"))


def deliver(house: House, folder: Path) -> int:
    return file_sink.deliver(house.sessions, house.policy, folder, lambda: NOW)


def lines(folder: Path) -> list[dict[str, Any]]:
    """What the sink wrote, file by file."""
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


def queue(house: House, messages: Iterable[Message]) -> int:
    with house.sessions.begin() as session:
        return exchange.enqueue(session, messages, now=NOW)


def claimed(house: House, *topics: str, limit: int = 10) -> list[str]:
    with house.sessions.begin() as session:
        return [m.key for m in exchange.claim(session, topics, limit)]


@pytest.fixture
def swept(house: House) -> House:
    """Three missed payments: an alert of two days and a lead for each."""
    register(house, *(a_document(contract_no=f"HT-{n}") for n in (1, 2, 3)))
    sweep(house, "2025-09-24")
    sweep(house, "2025-09-25")
    return house


def test_each_alert_and_each_lead_is_one_line(swept: House, tmp_path: Path) -> None:
    assert deliver(swept, tmp_path) == 9
    written = lines(tmp_path)
    assert len({line["id"] for line in written}) == 9
    told = sorted((line["id"].split(":")[0], line["rule"], line["day"]) for line in written)
    assert told == [
        *[("alert", "payment.not-reported", "2025-09-24")] * 3,
        *[("alert", "payment.t+15", "2025-09-25")] * 3,
        *[("lead.opened", "payment.not-performed", "2025-09-25")] * 3,
    ]


def test_a_day_is_a_file(swept: House, tmp_path: Path) -> None:
    deliver(swept, tmp_path / "new" / "folder")
    names = [p.name for p in sorted((tmp_path / "new" / "folder").iterdir())]
    assert names == ["alerts-2025-09-24.jsonl", "alerts-2025-09-25.jsonl"]


def test_an_alert_says_what_people_need(swept: House, tmp_path: Path) -> None:
    deliver(swept, tmp_path)
    alert = next(line for line in lines(tmp_path) if line["rule"] == "payment.t+15")
    assert (alert["severity"], alert["due_on"]) == ("breach", "2025-09-10")
    assert alert["audiences"] == ["obligor", "counterparty", "superior"]
    assert alert["obligation"] == "payment"
    assert alert["contract_no"] in alert["message"]["zh"]
    assert "2025-09-10" in alert["message"]["zh"]


def test_what_was_delivered_is_not_delivered_again(swept: House, tmp_path: Path) -> None:
    deliver(swept, tmp_path)
    assert deliver(swept, tmp_path) == 0
    sweep(swept, "2025-09-26")
    assert deliver(swept, tmp_path) == 0
    assert len(lines(tmp_path)) == 9


def test_the_end_of_a_lead_is_told_with_day_and_reason(swept: House, tmp_path: Path) -> None:
    deliver(swept, tmp_path)
    state(swept, paid("2025-09-28"), "2025-09-28", number="HT-2")
    assert deliver(swept, tmp_path) == 1
    closed = lines(tmp_path)[-1]
    (lead,) = [i for i in lead_list(swept) if i["contract_no"] == "HT-2"]
    assert closed == {
        "id": f"lead.closed:{lead['id']}",
        "day": "2025-09-28",
        "lead": lead["id"],
        "closed_on": "2025-09-28",
        "why": "fulfilled",
    }


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.proves("G3")
def test_a_crash_between_writing_and_marking_repeats_the_same_ids_and_loses_none(
    swept: House, tmp_path: Path
) -> None:
    def killed() -> datetime:
        raise Killed

    with pytest.raises(Killed):
        file_sink.deliver(swept.sessions, swept.policy, tmp_path, killed)
    first = [line["id"] for line in lines(tmp_path)]
    assert deliver(swept, tmp_path) == 9
    assert deliver(swept, tmp_path) == 0
    both = [line["id"] for line in lines(tmp_path)]
    assert (len(first), len(both), set(both)) == (9, 18, set(first))


def test_two_sinks_at_once_deliver_each_line_once(swept: House, tmp_path: Path) -> None:
    sinks = [Thread(target=deliver, args=(swept, tmp_path / name)) for name in "ab"]
    for sink in sinks:
        sink.start()
    for sink in sinks:
        sink.join()
    ids = [line["id"] for name in "ab" for line in lines(tmp_path / name)]
    assert (len(ids), len(set(ids))) == (9, 9)


def test_many_alerts_of_one_batch_are_one_message(house: House, tmp_path: Path) -> None:
    register(house, *(a_document(contract_no=f"HT-{n}") for n in range(120)))
    sweep(house, "2025-09-10")
    with house.readers() as session:
        raised = OutboxMessage.topic == "alerts.raised"
        messages = session.scalar(select(func.count(OutboxMessage.id)).where(raised))
        alerts = session.scalar(select(func.count()).select_from(Alert))
    assert (messages, alerts, deliver(house, tmp_path)) == (1, 120, 120)


def test_a_message_that_is_known_is_not_queued_twice(house: House) -> None:
    message = Message("test", "A", 1, {"第": 1})
    assert queue(house, [message, message._replace(key="B")]) == 2
    assert queue(house, [message, message._replace(version=2)]) == 1
    assert claimed(house, "test") == ["A", "B", "A"]


def test_messages_are_claimed_by_topic_oldest_first(house: House) -> None:
    queue(house, [Message("a", "1", 1, {}), Message("b", "2", 1, {}), Message("a", "3", 1, {})])
    assert claimed(house, "a") == ["1", "3"]
    assert claimed(house, "a", "b", limit=2) == ["1", "2"]
    with house.sessions.begin() as session:
        (first, *_) = exchange.claim(session, ["a"], 10)
        exchange.mark_sent(session, [first.id], now=NOW)
    assert claimed(house, "a", "b") == ["2", "3"]


def test_versions_of_what_is_said_about_one_thing_go_up(house: House) -> None:
    queue(house, [Message("a", "1", 1, {}), Message("a", "1", 5, {}), Message("b", "1", 9, {})])
    with house.sessions.begin() as session:
        exchange.enqueue_next(session, "a", {"1": {}, "2": {}}, now=NOW)
        query = select(OutboxMessage.key, OutboxMessage.version)
        now_last = query.where(OutboxMessage.topic == "a").order_by(OutboxMessage.id.desc())
        assert {tuple(row) for row in session.execute(now_last.limit(2))} == {("1", 6), ("2", 1)}


@pytest.mark.proves("I-3")
def test_a_lead_its_message_and_its_record_are_one_transaction(swept: House) -> None:
    with swept.readers() as session:
        told = session.scalars(
            select(OutboxMessage.key).where(OutboxMessage.topic == "lead.opened")
        ).all()
    assert sorted(told) == sorted(i["id"] for i in lead_list(swept))
