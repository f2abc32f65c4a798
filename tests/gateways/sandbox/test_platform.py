"""The sandbox over real HTTP: it takes what is signed, once, and fails as it is told."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import requests

from fulfilment_monitor.gateways.sandbox.app import Sandbox
from fulfilment_monitor.gateways.sandbox.serving import serving
from fulfilment_monitor.gateways.sandbox.shelf import digest, digest_of
from fulfilment_monitor.gateways.sandbox.signing import Key, sign

KEY = Key("hmac-sha256", b"k" * 32)
DAY = "2026-01-12"
_numbers = count(1)


class Other:
    """Who speaks to the sandbox, and the moment both stand at."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 12, 1, tzinfo=UTC)
        self.box = Sandbox(lambda: self.now, keys={"k1": KEY})
        self.address = ""

    def ask(self, method: str, path: str, said: Any = None, key: Key = KEY) -> Any:
        body = b"" if said is None else json.dumps(said).encode()
        url = self.address + path
        signed = sign(method, url, body, "k1", key, self.now)
        return requests.request(method, url, data=body, headers=signed, timeout=5)

    def faults(self, **told: Any) -> None:
        requests.post(f"{self.address}/_control", json={"faults": told}, timeout=5)


@pytest.fixture(scope="module")
def address_of() -> Iterator[Other]:
    """One server for all tests; each of them gets another platform behind it."""
    other = Other()
    with serving(other.box) as address:
        other.address = address
        yield other


@pytest.fixture
def other(address_of: Other) -> Other:
    fresh = Other()
    address_of.now = fresh.now
    address_of.box.shelf, address_of.box.dice = fresh.box.shelf, fresh.box.dice
    return address_of


def message(key: str = "r1", version: int = 1, **members: Any) -> dict[str, Any]:
    body = {"state": f"v{version}"}
    return {
        "id": f"01M{next(_numbers):04}",
        "topic": "record.state",
        "key": key,
        "version": version,
        "day": DAY,
        "sent_at": "2026-01-12T09:00:00+08:00",
        "digest": digest(body),
        "body": body,
        **members,
    }


def states(other: Other) -> Mapping[str, int]:
    return {key: version for (_, key), (version, _) in other.box.shelf.things().items()}


def test_a_message_is_held_once_and_answered_alike(other: Other) -> None:
    sent = message()
    first, again = other.ask("POST", "/messages", sent), other.ask("POST", "/messages", sent)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["id"] == sent["id"]
    assert [what for *_, what in other.box.shelf.arrivals()] == ["applied", "again"]
    asked = other.ask("GET", f"/messages/{sent['id']}")
    assert asked.json() == first.json()
    assert other.ask("GET", "/messages/unknown").status_code == 404


def test_an_older_version_is_acknowledged_and_changes_nothing(other: Other) -> None:
    for version in (2, 1, 3):
        assert other.ask("POST", "/messages", message(version=version)).status_code == 200
    assert states(other) == {"r1": 3}
    assert [what for *_, what in other.box.shelf.arrivals()] == ["applied", "ignored", "applied"]


def test_what_is_not_signed_as_asked_is_refused(other: Other) -> None:
    url, body = f"{other.address}/messages", json.dumps(message()).encode()
    signed = sign("POST", url, body, "k1", KEY, other.now)
    old = sign("POST", url, body, "k1", KEY, other.now - timedelta(seconds=301))
    wrong = {
        "nothing": {},
        "no digest": {k: v for k, v in signed.items() if k != "Content-Digest"},
        "another path": sign("POST", f"{url}/x", body, "k1", KEY, other.now),
        "another method": sign("GET", url, body, "k1", KEY, other.now),
        "another body": sign("POST", url, body + b" ", "k1", KEY, other.now),
        "another key": sign("POST", url, body, "k1", Key("hmac-sha256", b"x" * 32), other.now),
        "another algorithm": sign("POST", url, body, "k1", Key("hmac-sm3", KEY.secret), other.now),
        "unknown key": sign("POST", url, body, "k2", KEY, other.now),
        "too old": old,
    }
    for why, headers in wrong.items():
        answer = requests.post(url, data=body, headers=headers, timeout=5)
        assert answer.status_code == 401, why
    assert requests.post(url, data=body, headers=signed, timeout=5).status_code == 200
    assert requests.post(url, data=body, headers=signed, timeout=5).status_code == 401  # replayed


@pytest.mark.parametrize(
    "spoilt", [{"digest": "0" * 64}, {"version": "1"}, {"body": []}, {"id": None}]
)
def test_what_is_malformed_is_refused(other: Other, spoilt: dict[str, Any]) -> None:
    assert other.ask("POST", "/messages", message(**spoilt)).status_code == 400
    assert other.box.shelf.held() == []


def test_an_id_with_another_content_is_refused(other: Other) -> None:
    sent = message()
    other.ask("POST", "/messages", sent)
    body = {"state": "changed"}
    changed = {**sent, "body": body, "digest": digest(body)}
    assert other.ask("POST", "/messages", changed).status_code == 409


def test_a_package_holds_each_message_once_and_reconciles(other: Other) -> None:
    sent = [message(f"r{n}") for n in range(3)]
    other.ask("POST", "/messages", sent[0])
    pairs = [(m["id"], m["digest"]) for m in sent]
    package = {
        "id": "01P1", "day": DAY, "sent_at": "x", "mapping": {"code": "c", "version": "v"},
        "count": 3, "digest": digest_of(pairs),
        "items": [{k: v for k, v in m.items() if k not in ("day", "sent_at")} for m in sent],
    }  # fmt: skip
    assert other.ask("POST", "/packages", {**package, "count": 2}).status_code == 400
    assert other.ask("POST", "/packages", package).json()["id"] == "01P1"
    assert [what for *_, what in other.box.shelf.arrivals()] == [
        "applied", "again", "applied", "applied",
    ]  # fmt: skip
    said = other.ask("GET", f"/reconciliation?day={DAY}").json()
    assert said == {"day": DAY, "count": 3, "digest": digest_of(pairs)}
    listed = other.ask("GET", f"/reconciliation?day={DAY}&items=1").json()["items"]
    assert [(i["id"], i["digest"]) for i in listed] == pairs
    assert other.ask("GET", "/reconciliation?day=2026-01-13").json()["count"] == 0


def test_it_is_down_fails_and_refuses_as_it_is_told(other: Other) -> None:
    for told, status, held in (
        ({"down": True}, 503, 0),
        ({"down": False, "fail": 1.0}, 500, 0),
        ({"fail": 0, "refuse": 1.0}, 422, 0),
        ({"refuse": 0, "hang": 1.0, "hang_seconds": 0}, 504, 1),  # kept, and nobody told
        ({"hang": 0}, 200, 2),
    ):
        other.faults(**told)
        assert other.ask("POST", "/messages", message()).status_code == status
        assert len(other.box.shelf.held()) == held


def test_what_it_loses_it_has_acknowledged_and_keeps_when_it_comes_again(other: Other) -> None:
    other.faults(lose=0.5, seed=7)
    sent = [message(f"r{n}") for n in range(20)]
    for one in sent:
        assert other.ask("POST", "/messages", one).json()["receipt"]
    lost = other.box.shelf.lost()
    assert 0 < len(lost) < 20
    assert {m.id for m in other.box.shelf.held()} == {m["id"] for m in sent} - lost
    for one in sent:
        other.ask("POST", "/messages", one)
    assert len(other.box.shelf.held()) == 20


def test_a_late_receipt_is_there_when_its_time_has_come(other: Other) -> None:
    other.faults(late_seconds=60)
    sent = message()
    taken = other.ask("POST", "/messages", sent)
    assert (taken.status_code, taken.json()) == (202, {"id": sent["id"]})
    assert "receipt" not in other.ask("GET", f"/messages/{sent['id']}").json()
    other.now += timedelta(seconds=60)
    assert other.ask("GET", f"/messages/{sent['id']}").json()["receipt"]


def test_one_seed_makes_one_course(other: Other) -> None:
    def course() -> list[int]:
        other.faults(fail=0.3, seed=5)
        return [other.ask("POST", "/messages", message()).status_code for _ in range(12)]

    first = course()
    assert first == course()
    assert set(first) == {200, 500}


@pytest.mark.parametrize(
    "told",
    [{"faults": {"fail": 2}}, {"faults": {"x": 1}}, {"keys": {"a": 1}}, {"other": 1}, [], "text"],
)
def test_it_is_told_only_what_it_can_do(other: Other, told: Any) -> None:
    answer = requests.post(f"{other.address}/_control", json=told, timeout=5)
    assert answer.status_code == 400
    form = requests.post(f"{other.address}/_control", data={"faults": "x"}, timeout=5)
    assert form.status_code == 415


def test_its_page_shows_what_it_holds_and_no_markup_of_others(other: Other) -> None:
    other.ask("POST", "/messages", message("<b>x</b>"))
    page = requests.get(other.address, timeout=5).text
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
    assert requests.get(f"{other.address}/static/sandbox.css", timeout=5).ok
