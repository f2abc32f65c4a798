"""The doors of the sandbox: the wire, the webhooks, what it holds, and what it is told.

It stands for another body's platform, so nothing here knows of pages, accounts or the register.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from ...domain.outward import AddressRefused
from ..outward import Allowed
from . import channels
from .faults import BadFaults, Dice
from .shelf import Held, Malformed, OtherContent, Shelf, digest_of, read_message
from .signing import Key, Nonces, Unsigned, check, check_hook

_MOST_BYTES = 1_000_000
_SHOWN = 200
_ANSWERS = {"down": 503, "fail": 500, "refuse": 422}
_ALGORITHMS = ("hmac-sha256", "hmac-sm3")


@dataclass
class Sandbox:
    """One platform: what it holds, what it does wrong, and which keys it shares."""

    now: Callable[[], datetime]
    shelf: Shelf = field(default_factory=Shelf)
    dice: Dice = field(default_factory=Dice)
    keys: dict[str, Key] = field(default_factory=dict)
    #: Secrets of webhooks (`whsec_…`) by the name in their path; several while one is rotated.
    hooks: dict[str, list[str]] = field(default_factory=dict)
    nonces: Nonces = field(default_factory=Nonces)
    #: Where channels may send to.
    allow: Allowed = field(default_factory=Allowed)
    #: What came of packages that come in parts: by id the ids and digests of their items.
    parts: dict[str, dict[str, str]] = field(default_factory=dict)

    def tell(self, told: Mapping[str, Any]) -> None:
        """Change faults, keys or secrets of webhooks.

        Raises:
            BadFaults: it cannot be told this.
        """
        if unknown := set(told) - {"faults", "keys", "hooks"}:
            raise BadFaults(f"nothing here is called {sorted(unknown)[0]!r}")
        keys = {name: read_key(key) for name, key in dict(told.get("keys", {})).items()}
        hooks = {name: list(secrets) for name, secrets in dict(told.get("hooks", {})).items()}
        self.dice.tell(dict(told.get("faults", {})))
        self.keys.update(keys)
        self.hooks.update(hooks)


def read_key(told: Any) -> Key:
    """A key as it is told: `{"algorithm": "hmac-sha256", "secret": HEXADECIMAL}`.

    Raises:
        BadFaults: it is none.
    """
    try:
        key = Key(told["algorithm"], bytes.fromhex(told["secret"]))
    except (TypeError, KeyError, ValueError):
        raise BadFaults('a key is {"algorithm": …, "secret": HEXADECIMAL}') from None
    if key.algorithm not in _ALGORITHMS or len(key.secret) < 16:
        raise BadFaults(
            "an algorithm is " + " or ".join(_ALGORITHMS) + ", a secret 16 bytes or more"
        )
    return key


def create_app(box: Sandbox) -> Flask:
    """The application of a sandbox."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _MOST_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _wire(app, box)
    _hooks(app, box)
    _control(app, box)
    for kind, status in ((Unsigned, 401), (Malformed, 400), (OtherContent, 409), (BadFaults, 400)):
        app.register_error_handler(kind, _said(status))
    app.register_error_handler(HTTPException, lambda e: _refused(e.code or 500, e.name))
    return app


def _wire(app: Flask, box: Sandbox) -> None:
    @app.post("/messages")
    def take_message() -> Any:
        _signed(box)
        wrong = box.dice.throw()
        if wrong in _ANSWERS:
            return _refused(_ANSWERS[wrong], wrong)
        held = _keep(box, read_message(_json()))
        return _hang(box) if wrong == "hang" else _receipt(box, held)

    @app.get("/messages/<ident>")
    def tell_receipt(ident: str) -> Any:
        _signed(box)
        wrong = box.dice.throw()
        if wrong is not None:
            return _refused(503, wrong)
        held = box.shelf.find(ident)
        return _refused(404, "unknown") if held is None else _receipt(box, held)

    @app.post("/packages")
    def take_package() -> Any:
        _signed(box)
        wrong = box.dice.throw()
        if wrong in _ANSWERS:
            return _refused(_ANSWERS[wrong], wrong)
        ident, day, count, messages = _package(box, _json())
        for message in messages:
            _keep(box, message)
        receipt = box.shelf.keep_package(ident, day, count)
        return _hang(box) if wrong == "hang" else {"id": ident, "receipt": receipt}

    @app.get("/reconciliation")
    def reconcile() -> Any:
        _signed(box)
        if box.dice.throw() is not None:
            return _refused(503, "down")
        day = request.args.get("day", "")
        pairs = [(m.id, m.digest) for m in box.shelf.held(day)]
        said: dict[str, Any] = {"day": day, "count": len(pairs), "digest": digest_of(pairs)}
        if request.args.get("items") == "1":
            said["items"] = [{"id": ident, "digest": own} for ident, own in pairs]
        return said


def _hooks(app: Flask, box: Sandbox) -> None:
    @app.post("/hooks/<name>")
    def take_event(name: str) -> Any:
        body = request.get_data()
        ident = _hooked(box, name, body)
        if request.mimetype != "application/cloudevents+json":
            raise Malformed("no cloud event")
        wrong = box.dice.throw()
        if wrong in _ANSWERS:
            return _refused(_ANSWERS[wrong], wrong)
        event = _json()
        if not isinstance(event, dict) or event.get("id") != ident:
            raise Malformed("the id of the event is another")
        box.shelf.keep_hook(ident, name, event, box.now())
        return _hang(box) if wrong == "hang" else ("", 204)


def _control(app: Flask, box: Sandbox) -> None:
    @app.get("/")
    def show() -> Any:
        held = box.shelf.held()
        return render_template(
            "sandbox.html",
            held=held[: -_SHOWN - 1 : -1],
            count=len(held),
            packages=box.shelf.packages()[: -_SHOWN - 1 : -1],
            hooks=box.shelf.hooks()[: -_SHOWN - 1 : -1],
            lost=sorted(box.shelf.lost()),
            faults=asdict(box.dice.faults),
            keys=sorted(box.keys),
        )

    @app.get("/_control")
    def state() -> Any:
        return {
            "faults": asdict(box.dice.faults),
            "keys": sorted(box.keys),
            "messages": [m._asdict() for m in box.shelf.held()],
            "packages": [{"id": i, "day": d, "count": n} for i, d, n, _ in box.shelf.packages()],
            "hooks": [event for _, _, event in box.shelf.hooks()],
            "lost": sorted(box.shelf.lost()),
        }

    @app.post("/_control")
    def control() -> Any:
        if request.mimetype != "application/json":  # a form of a page elsewhere cannot send this
            return _refused(415, "JSON only")
        told = _json()
        if not isinstance(told, dict):
            raise BadFaults("no object")
        sends = told.pop("send", None)
        box.tell(told)
        return state() if sends is None else {"sent": _send(box, sends)}

    @app.after_request
    def close_up(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _send(box: Sandbox, told: Any) -> list[dict[str, Any]]:
    """Messages of a channel leave: `{"to": URL, "key": ID, "items": [{"id": …, "body": …}]}`."""
    if not isinstance(told, dict) or set(told) != {"to", "key", "items"}:
        raise BadFaults("to send takes to, key and items")
    key = box.keys.get(str(told["key"]))
    if key is None:
        raise BadFaults("no such key")
    items, to = channels.read_items(told["items"]), str(told["to"])
    try:
        sent = channels.send(
            items, to, str(told["key"]), key, box.dice, now=box.now(), allow=box.allow
        )
    except AddressRefused as refused:
        raise BadFaults(str(refused)) from None
    return [one._asdict() for one in sent]


def _signed(box: Sandbox) -> None:
    url = request.host_url.rstrip("/") + request.environ.get("REQUEST_URI", request.full_path)
    headers, body = dict(request.headers), request.get_data()
    check(request.method, url, headers, body, box.keys, box.nonces, box.now())


def _hooked(box: Sandbox, name: str, body: bytes) -> str:
    fault = Unsigned("nobody is known by this name")
    for secret in box.hooks.get(name, ()):
        try:
            return check_hook(dict(request.headers), body, secret, box.now())
        except Unsigned as unsigned:
            fault = unsigned
    raise fault


def _package(box: Sandbox, sent: Any) -> tuple[str, str, int, list[dict[str, Any]]]:
    """A package, or a part of one; whole once its last part is there."""
    if not isinstance(sent, dict) or not isinstance(sent.get("items"), list):
        raise Malformed("no package")
    ident, day, count = sent.get("id"), sent.get("day"), sent.get("count")
    if not isinstance(ident, str) or not isinstance(day, str) or not isinstance(count, int):
        raise Malformed("a package has an id, a day and a count")
    found = [read_message(item, day) for item in sent["items"]]
    part, parts = sent.get("part", 1), sent.get("parts", 1)
    known = box.parts.setdefault(ident, {})
    if part == 1:
        known.clear()
    known.update((m["id"], m["digest"]) for m in found)
    if part == parts:
        del box.parts[ident]
        if count != len(known) or sent.get("digest") != digest_of(list(known.items())):
            raise Malformed("count or digest of the package are others")
    return ident, day, count, found


def _keep(box: Sandbox, message: dict[str, Any]) -> Held:
    now = box.now()
    ready = now + timedelta(seconds=box.dice.faults.late_seconds)
    if not box.shelf.has_come(message["id"]) and box.dice.loses():
        return box.shelf.lose(message, at=now, ready_at=ready)
    return box.shelf.keep(message, at=now, ready_at=ready)


def _receipt(box: Sandbox, held: Held) -> Any:
    if box.now() < datetime.fromisoformat(held.ready_at):
        return {"id": held.id}, 202
    return {"id": held.id, "receipt": held.receipt}


def _hang(box: Sandbox) -> Any:
    """What a time-out after applying looks like."""
    time.sleep(box.dice.faults.hang_seconds)
    return _refused(504, "hang")


def _json() -> Any:
    try:
        return json.loads(request.get_data())
    except ValueError:
        raise Malformed("no JSON") from None


def _said(status: int) -> Callable[[Exception], Any]:
    return lambda fault: _refused(status, str(fault))


def _refused(status: int, why: str) -> Any:
    return jsonify({"error": why}), status
