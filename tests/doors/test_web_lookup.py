"""Looking up over HTTP: who tries a code learns nothing by status, header, size or time."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from random import Random
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
import waitress
from flask import Flask
from flask.testing import FlaskClient

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.case_clocks import Clock
from fulfilment_monitor.domain.cases import Event
from fulfilment_monitor.domain.receipts import spell
from fulfilment_monitor.house import House, keys_of
from tests.conftest import at
from tests.doors.test_web import Page
from tests.services.builders import a_document, day, register
from tests.services.case_builders import a_town
from tests.services.complaint_builders import ON, a_claim, complain
from tests.services.test_receipts import a_clock, an_event, auc

TODAY = day(ON)
#: Long enough that what was counted before is forgotten.
_LATER = timedelta(hours=2)


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    size: int
    seconds: float


class Watch:
    """A clock that stands still unless it is set on; the day stays."""

    def __init__(self) -> None:
        self.now = at(TODAY)

    def __call__(self) -> Moment:
        return Moment(self.now, TODAY)


def settle(house: House, complaints: int) -> list[str]:
    """A town in which people have complained, of matters that stand in several ways."""
    a_town(house)
    register(house, a_document())
    random, secrets = Random(11), keys_of(house)
    claims = [a_claim(house) for _ in range(10)]
    for claim in claims[::2]:
        a_clock(house, claim, Clock.HANDLE, "2025-12-03", "条例第二十五条")
        an_event(house, claim, Event.ANSWER, text="已核实", remedies="可以起诉")
    return [
        complain(house, secrets, *random.sample(claims, random.randint(1, 3))).code
        for _ in range(complaints)
    ]


def tries(codes: list[str], count: int) -> list[tuple[str, bool]]:
    """As many codes somebody holds as codes that nobody holds, in no order."""
    random = Random(7)
    made = [(random.choice(codes), True) for _ in range(count)]
    made += [(spell(random.getrandbits(120)), False) for _ in range(count)]
    random.shuffle(made)
    return made


def measured(
    ask: Callable[[str], Answer], watch: Watch, asked: list[tuple[str, bool]]
) -> dict[bool, list[Answer]]:
    found: dict[bool, list[Answer]] = {True: [], False: []}
    for code, hit in asked:
        watch.now += _LATER
        found[hit].append(ask(code))
    return found


def look_alike(found: dict[bool, list[Answer]]) -> None:
    """One status, the same headers and one size, whether a code is good or not."""
    assert {(a.status, tuple(a.headers), a.size) for a in found[True]} == {
        (a.status, tuple(a.headers), a.size) for a in found[False]
    }
    assert len({(a.status, tuple(a.headers), a.size) for a in found[True] + found[False]}) == 1


def _told(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What the headers say of an answer: not when it came, nor which request it was."""
    return [(k, v) for k, v in headers if k not in ("Date", "X-Request-Id")]


def by_client(client: FlaskClient) -> Callable[[str], Answer]:
    def ask(code: str) -> Answer:
        begun = time.perf_counter()
        reply = client.post("/lookup", data={"code": code})
        seconds = time.perf_counter() - begun
        return Answer(reply.status_code, _told(reply.headers), len(reply.data), seconds)

    return ask


@contextmanager
def served(app: Flask) -> Iterator[Callable[[str], Answer]]:
    """The application behind the server it has in the field, asked over one connection."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=2, ident=None)
    thread = Thread(target=server.run)
    thread.start()
    caller = HTTPConnection("127.0.0.1", server.effective_port, timeout=60)
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def ask(code: str) -> Answer:
        begun = time.perf_counter()
        caller.request("POST", "/lookup", urlencode({"code": code}), form)
        reply = caller.getresponse()
        size = len(reply.read())
        seconds = time.perf_counter() - begun
        return Answer(reply.status, _told(reply.getheaders()), size, seconds)

    try:
        yield ask
    finally:
        caller.close()
        server.close()
        server.task_dispatcher.shutdown()
        thread.join(timeout=30)


def is_even(found: dict[bool, list[Answer]]) -> None:
    look_alike(found)
    apart = auc([a.seconds for a in found[True]], [a.seconds for a in found[False]])
    assert 0.45 <= apart <= 0.55, apart


@pytest.mark.proves("C7")
def test_a_code_nobody_has_is_answered_like_a_good_one(house: House) -> None:
    watch, codes = Watch(), settle(house, 12)
    ask = by_client(create_app(house, watch).test_client())
    found = measured(ask, watch, tries(codes, 60))
    assert {a.status for a in found[True]} == {200}
    look_alike(found)


@pytest.mark.endurance
@pytest.mark.proves("C7", "D3")
def test_nobody_can_tell_a_good_code_by_the_time_of_a_page(house: House) -> None:
    watch, codes = Watch(), settle(house, 120)
    ask = by_client(create_app(house, watch).test_client())
    measured(ask, watch, tries(codes, 100))  # all ways are warm
    is_even(measured(ask, watch, tries(codes, 2_000)))


@pytest.mark.endurance
@pytest.mark.proves("C7", "D3")
def test_nobody_can_tell_a_good_code_by_the_time_on_the_wire(house: House) -> None:
    watch, codes = Watch(), settle(house, 120)
    with served(create_app(house, watch)) as ask:
        measured(ask, watch, tries(codes, 100))
        is_even(measured(ask, watch, tries(codes, 2_000)))


# --- how often -------------------------------------------------------------------------------


def test_after_five_wrong_codes_a_network_rests_and_right_codes_are_answered(house: House) -> None:
    watch, [code] = Watch(), settle(house, 1)
    client = create_app(house, watch).test_client()
    wrong = iter(spell(Random(3).getrandbits(120) + n) for n in range(100))

    def ask(code: str, address: str = "192.0.2.7", path: str = "/lookup") -> tuple[int, str, int]:
        reply = client.post(path, data={"code": code}, environ_base={"REMOTE_ADDR": address})
        return reply.status_code, reply.headers.get("Retry-After", ""), len(reply.data)

    assert [ask(code)[0] for _ in range(8)] == [200] * 8  # what is right counts for nothing
    assert [ask(next(wrong))[0] for _ in range(5)] == [200] * 5
    status, after, size = ask(next(wrong), "192.0.2.99")  # the same network
    assert (status, after) == (429, "3600")
    assert ask(next(wrong), path="/lookup/object")[0] == 429
    assert ask(code) == (200, "", size)
    assert ask(next(wrong), "198.51.100.7")[0] == 200  # another network
    assert client.get("/complain").status_code == 200
    watch.now += timedelta(minutes=59, seconds=30)
    assert ask(next(wrong))[:2] == (429, "30")
    watch.now += timedelta(seconds=31)
    assert [ask(next(wrong))[0] for _ in range(6)] == [200] * 5 + [429]


def test_the_page_says_when_to_come_again_in_both_languages(house: House) -> None:
    watch = Watch()
    settle(house, 1)
    client = create_app(house, watch).test_client()
    for n in range(5):
        client.post("/lookup", data={"code": spell(n)})
    watch.now += timedelta(minutes=20)
    for lang, said in (("zh", "请在40分钟后再试"), ("en", "come again in 40 minutes")):
        client.get(f"/lookup?lang={lang}")
        reply = client.post("/lookup", data={"code": spell(9)})
        assert reply.status_code == 429
        assert said in Page(reply.text).text
