"""A service of several machines on one: processes that are killed, and restarted as systemd would;
and people who use it over HTTP until what they did is acknowledged."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import requests

from tests.services.builders import a_document, a_payment, paid

_COMMAND = (sys.executable, "-c", "from fulfilment_monitor.cli import main; main()")
_RESTART_SECONDS, _END_SECONDS = 1.0, 60
_ASK_SECONDS = 20


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


class Fleet:
    """Two web processes, two schedulers, two workers; whoever dies is started again."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self.ports = [free_port(), free_port()]
        self._env, self._folder = {**os.environ, **env}, folder  # noqa: TID251 — PATH and the like
        self._commands = {
            **{f"web{n}": ("serve", "--port", str(p)) for n, p in enumerate(self.ports)},
            **{f"scheduler{n}": ("scheduler",) for n in range(2)},
            **{f"worker{n}": ("work",) for n in range(2)},
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended, self._lock = threading.Event(), threading.Lock()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self.starts: Counter[str] = Counter()

    def __enter__(self) -> "Fleet":
        for name in self._commands:
            self._start(name)
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Tell all to end, as a machine that goes down does."""
        self._ended.set()
        self._keeper.join()
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for name, process in self._running.items():
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError(f"{name} did not end when it was told to") from None

    def answering(self) -> int:
        """How many web processes answer."""
        return sum(map(self._answers, self.ports))

    def _answers(self, port: int) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self, rng: Random) -> str:
        """Kill one of them at random, where it stands; its kind."""
        with self._lock:
            name = rng.choice(sorted(n for n, p in self._running.items() if p.poll() is None))
            self._running[name].kill()
        return name[:-1]

    def _start(self, name: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*_COMMAND, *self._commands[name]], env=self._env, stdout=log, stderr=log
            )
        self.starts[name] += 1

    def _keep(self) -> None:
        dead_since: dict[str, float] = {}
        while not self._ended.wait(0.1):
            with self._lock:
                for name, process in self._running.items():
                    if process.poll() is None:
                        continue
                    since = dead_since.setdefault(name, time.monotonic())
                    if time.monotonic() - since >= _RESTART_SECONDS:
                        del dead_since[name]
                        self._start(name)


class Acknowledged(NamedTuple):
    """What the service has answered for: by number the id of a contract, and ids of facts."""

    contracts: dict[str, str]
    facts: set[str]


class Users:
    """Some who register contracts and state facts, over either web process.

    An answer that does not come is asked for again, with the same key, until it does.
    """

    def __init__(self, ports: list[int], token: str, today: date, seed: int) -> None:
        self._ports, self._token, self._today = ports, token, today
        self._rng, self._numbers = Random(seed), count(1)
        self._lock, self._ended = threading.Lock(), threading.Event()
        self.acknowledged = Acknowledged({}, set())
        self.asked: Counter[str] = Counter()

    @contextmanager
    def at_work(self, people: int) -> Iterator[None]:
        faults: list[str] = []
        threads = [threading.Thread(target=self._person, args=(faults,)) for _ in range(people)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()
        assert not faults, "\n".join(faults)

    def _person(self, faults: list[str]) -> None:
        try:
            while not self._ended.is_set():
                self._contract()
        except BaseException:  # shown by the test, whose thread this is not
            faults.append(traceback.format_exc())

    def _contract(self) -> None:
        with self._lock:
            number = f"M-{next(self._numbers)}"
            due, region = self._rng.randrange(6), self._rng.choice(("340321", "330106", "110101"))
            pays = self._rng.random() < 0.3
        document = a_document(
            a_payment(due_on=str(self._today + timedelta(days=due))),
            contract_no=number, region=region, signed_on=str(self._today),
        )  # fmt: skip
        said = self._ask("POST", "/contracts", document, number)
        self.acknowledged.contracts[number] = said["id"]
        if pays:
            shown = self._ask("GET", f"/contracts/{said['id']}", None, "")
            owed = shown["obligations"][0]["id"]
            fact = paid(str(self._today), "400.00", by="government")
            del fact["obligation"]
            stated = self._ask("POST", f"/obligations/{owed}/facts", fact, f"{number}-paid")
            self.acknowledged.facts.add(stated["id"])

    def _ask(self, method: str, path: str, body: Any, key: str) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        if key:
            headers["Idempotency-Key"] = f"machines-{key}"
        while True:
            with self._lock:
                port = self._rng.choice(self._ports)
            try:
                answer = requests.request(
                    method, f"http://127.0.0.1:{port}/api/v1{path}",
                    json=body, headers=headers, timeout=_ASK_SECONDS,
                )  # fmt: skip
            except requests.RequestException:
                self.asked["nobody answered"] += 1
                time.sleep(0.2)
                continue
            self.asked[str(answer.status_code)] += 1
            if answer.status_code in (200, 201):
                return answer.json()
            assert answer.status_code in (409, 429, 502, 503), answer.text
            time.sleep(float(answer.headers.get("Retry-After", 0.2)))


def wait_until(true: Callable[[], bool], seconds: float) -> float:
    """Wait until something is so; the seconds it took.

    Raises:
        AssertionError: it did not become so in time.
    """
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not come about by itself"
        time.sleep(0.5)
    return time.monotonic() - began
