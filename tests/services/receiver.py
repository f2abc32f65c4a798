"""A platform that receives, over real HTTP on this machine; can be told to fail in many ways."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from fulfilment_monitor.domain.deliveries import Answer, digest_of, digest_of_day
from fulfilment_monitor.domain.partners import BadSignature, SharedKey
from fulfilment_monitor.gateways import signatures
from fulfilment_monitor.services.deliveries import Line, Parcel

Find = Callable[[str], SharedKey | None]


class Receiver:
    """Holds messages by id, applies versions by key, and remembers everything that came."""

    def __init__(self, find_key: Find, now: Callable[[], datetime]) -> None:
        self.find_key, self.now = find_key, now
        self.held: dict[str, dict[str, Any]] = {}
        self.arrived: list[tuple[str, str, int]] = []
        #: By topic and key the version that holds, and what it says.
        self.applied: dict[tuple[str, str], tuple[int, Any]] = {}
        self.packages: list[dict[str, Any]] = []
        self.nonces: set[tuple[str, str]] = set()
        self.refused_signatures = 0
        #: What to answer a message with, instead of a receipt; by its JSON.
        self.plan: Callable[[dict[str, Any]], Response | None] = lambda _message: None
        self.late_receipts = False
        self.lists_items = True
        self.url = ""

    def __call__(self, environ: Any, start: Any) -> Any:
        return self._answer(Request(environ))(environ, start)

    def _answer(self, request: Request) -> Response:
        body = request.get_data()
        try:
            signatures.verify(
                request.method, request.url, dict(request.headers), body, self.find_key,
                self.now(), self._is_new,
            )  # fmt: skip
        except BadSignature:
            self.refused_signatures += 1
            return shown({"title": "unsigned"}, 401)
        if request.method == "POST":
            said = json.loads(body)
            packed = request.path == "/x/packages"
            return self.take_package(said) if packed else self.take_message(said)
        if request.path == "/x/reconciliation":
            return self.held_of(request.args["day"], "items" in request.args)
        return self.take_receipt(request.path.rsplit("/", 1)[1])

    def take_receipt(self, ulid: str) -> Response:
        """What is said of a message that was taken in."""
        if ulid not in self.held:
            return shown({}, 404)
        return shown({"id": ulid, "receipt": f"late-{ulid}"}, 200)

    def _is_new(self, key: str, nonce: str) -> bool:
        fresh = (key, nonce) not in self.nonces
        self.nonces.add((key, nonce))
        return fresh

    def take_message(self, said: dict[str, Any]) -> Response:
        """A message, as it comes."""
        planned = self.plan(said)
        if planned is not None:
            return planned
        self.arrived.append((said["topic"], said["key"], said["version"]))
        self.hold(said)
        if self.late_receipts:
            return shown({"id": said["id"]}, 202)
        return shown({"id": said["id"], "receipt": f"r-{said['id']}"}, 200)

    def hold(self, said: dict[str, Any]) -> None:
        """Hold a message, once by its id; apply it if it is newer than what is held."""
        assert set(said) >= {"id", "topic", "key", "version", "day", "digest", "body"}
        if said["topic"].startswith("record."):
            assert digest_of(said["body"]) == said["digest"]
        if said["id"] in self.held:
            assert self.held[said["id"]]["digest"] == said["digest"]
            return
        self.held[said["id"]] = said
        about = (said["topic"], said["key"])
        if said["version"] > self.applied.get(about, (0, None))[0]:
            self.applied[about] = (said["version"], said["body"])

    def take_package(self, said: dict[str, Any]) -> Response:
        """The package of a day, or a part of it."""
        planned = self.plan(said)
        if planned is not None:
            return planned
        self.packages.append(said)
        for item in said["items"]:
            self.hold(item)
        return shown({"id": said["id"], "receipt": f"p-{said['day']}-{said['part']}"}, 200)

    def held_of(self, day: str, items: bool) -> Response:
        """What is held of a day."""
        found = {m["id"]: m["digest"] for m in self.held.values() if m["day"] == day}
        said: dict[str, Any] = {
            "day": day, "count": len(found), "digest": digest_of_day(found.items()),
        }  # fmt: skip
        if items and self.lists_items:
            said["items"] = [{"id": i, "digest": d} for i, d in found.items()]
        return shown(said, 200)


class Near:
    """The way to a receiver without a network: for tests of what is sent, not how."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def message(self, line: Line, parcel: Parcel) -> Answer:
        return self._read(self._receiver.take_message(parcel.shown()))

    def receipt(self, line: Line, ulid: str, day: date) -> Answer:
        return self._read(self._receiver.take_receipt(ulid))

    def package(self, line: Line, shown: dict[str, Any]) -> Answer:
        return self._read(self._receiver.take_package(shown))

    def held(self, line: Line, day: date, *, items: bool) -> Answer | None:
        return self._read(self._receiver.held_of(day.isoformat(), items))

    def _read(self, response: Response) -> Answer:
        return Answer(response.status_code, json.loads(response.get_data()))


def shown(said: Any, status: int) -> Response:
    return Response(json.dumps(said), status, content_type="application/json")


@contextmanager
def receiving(find_key: Find, now: Callable[[], datetime]) -> Iterator[Receiver]:
    """A platform that answers on a port of this machine."""
    receiver = Receiver(find_key, now)
    server = make_server("127.0.0.1", 0, receiver, threaded=True)
    server.log = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/x"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
