"""Channels of the sandbox against our API over real HTTP: any copies, any order, one effect."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import waitress
from flask import Flask
from sqlalchemy import func, select
from waitress import wasyncore

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.outward import read_openings
from fulfilment_monitor.gateways.outward import Allowed
from fulfilment_monitor.gateways.sandbox.app import Sandbox
from fulfilment_monitor.gateways.sandbox.serving import serving
from fulfilment_monitor.gateways.sandbox.signing import Key
from fulfilment_monitor.house import House
from fulfilment_monitor.store.complaints import Complaint
from fulfilment_monitor.store.inbox import InboxMessage
from tests.conftest import at
from tests.doors.api_world import TODAY
from tests.doors.test_api_channels import a_shared_key
from tests.services.builders import day
from tests.services.case_builders import a_town
from tests.services.inbox_builders import HOTLINE, a_ticket

NOW = at(day(TODAY))


@contextmanager
def served(app: Flask) -> Iterator[str]:

    sockets: dict[int, object] = {}
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=2, map=sockets)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
    thread.join(5)
    server.task_dispatcher.shutdown()


def count(house: House, table: type) -> int:
    with house.readers() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.proves("F1", "F2")
def test_copies_in_any_order_are_taken_in_once_each(house: House) -> None:
    a_town(house)
    key = a_shared_key(house)
    box = Sandbox(lambda: NOW, allow=Allowed(read_openings("127.0.0.0/8")))
    box.keys = {key.id: Key(key.algorithm.value, key.secret)}
    items = [{"id": f"m-{n}", "body": a_ticket(f"T-{n}")} for n in range(3)]
    with served(create_app(house, lambda: Moment(NOW, day(TODAY)))) as ours, serving(box) as theirs:
        send = {
            "to": f"{ours}/api/v1/channels/{HOTLINE}/messages", "key": key.id, "items": items,
        }  # fmt: skip

        def control(**told: Any) -> requests.Response:
            return requests.post(f"{theirs}/_control", json=told, timeout=60)

        control(faults={"copies": 3, "shuffle": True, "seed": 3})
        sent = control(send=send).json()["sent"]
        assert len(sent) > len(items)
        assert {one["status"] for one in sent} == {202}
        by_id: dict[str, set[str]] = {}
        for one in sent:
            by_id.setdefault(one["id"], set()).add(one["answer"]["receipt"])
        assert {len(receipts) for receipts in by_id.values()} == {1}  # answered as the first time
        assert count(house, Complaint) == count(house, InboxMessage) == len(items)
        box.keys[key.id] = box.keys[key.id]._replace(secret=b"x" * 32)
        refused = control(send={**send, "items": items[:1]}).json()["sent"]
        assert {one["status"] for one in refused} == {401}
        assert control(send={**send, "to": "http://10.0.0.1/"}).status_code == 400
        assert control(send={**send, "key": "other"}).status_code == 400
        assert control(send={**send, "items": [{"id": 1}]}).status_code == 400
