"""`/metrics` for whoever watches the service, and the counting of what is answered.

It is open to this machine, and to who sends the token of the settings. Who comes through a proxy is
not this machine, whatever its address says.
"""

import hmac
import logging
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request

from .. import clock
from ..domain.authority import Forbidden
from ..domain.metrics import CONTENT_TYPE, Sample, Tally, exposition, sample
from ..gateways import backups, file_sink
from ..house import revision, unready
from ..premises import REQUEST, premises
from ..services import exchange_gauges, gauges, notification_digests
from .callers import opens_to_everybody

log = logging.getLogger(__name__)
bp = Blueprint("metrics", __name__)

_KEY = "fulfilment_monitor.requests"
_NOWHERE = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
_HERE = ("127.", "::1", "::ffff:127.")
#: What proxies put beside a request.
_PASSED_ON = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class Requests:
    """What this process has answered so far; its numbers begin at nought with it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: dict[tuple[str, str, str], int] = {}
        self._times: dict[str, Tally] = {}

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """One more answer."""
        with self._lock:
            key = (route, method, str(status))
            self._answers[key] = self._answers.get(key, 0) + 1
            self._times.setdefault(route, Tally()).add(seconds)

    def samples(self) -> Iterator[Sample]:
        """The numbers, named after the process: several of them are asked in turn."""
        process = str(os.getpid())
        with self._lock:
            for (route, method, status), count in sorted(self._answers.items()):
                labels = {"route": route, "method": method, "status": status, "process": process}
                yield sample("fm_http_requests_total", count, **labels)
            for route, tally in sorted(self._times.items()):
                yield from tally.samples("fm_http_request_seconds", route=route, process=process)


def furnish(app: Flask, monotonic: Callable[[], float] = clock.monotonic) -> None:
    """Name every request, and count every answer: by the route's pattern, never by the address."""
    counted = app.extensions[_KEY] = Requests()

    def begin() -> None:
        g.began = monotonic()
        g.request_id = _name_of_request()
        REQUEST.set(g.request_id)

    def end(response: Response) -> Response:
        seconds = monotonic() - g.began
        route = _NOWHERE if request.url_rule is None else request.url_rule.rule
        method = request.method if request.method in _METHODS else "other"
        counted.add(route, method, response.status_code, seconds)
        said = {"method": method, "route": route, "status": response.status_code}
        log.info("http.answered", extra={**said, "milliseconds": round(seconds * 1000)})
        response.headers["X-Request-Id"] = g.request_id
        return response

    def forget(_fault: BaseException | None) -> None:
        REQUEST.set(None)

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)
    app.teardown_request(forget)
    app.register_blueprint(bp)


def _name_of_request() -> str:
    """The name a proxy of ours gave it, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    house = premises().house
    if house.settings.proxies and _REQUEST_ID.fullmatch(given):
        return given
    return secrets.token_hex(8)


@bp.get("/metrics")
@opens_to_everybody
def metrics() -> Response:
    """How the service stands, in numbers."""
    _refuse_strangers()
    return Response(exposition(_samples()), content_type=CONTENT_TYPE)


def _refuse_strangers() -> None:
    """Only this machine, or who knows the token.

    Raises:
        Forbidden: it is neither.
    """
    token = premises().house.settings.metrics_token
    sent = request.headers.get("Authorization", "")
    if token:
        if hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
            return
        raise Forbidden("send the token of the metrics")
    here = (request.remote_addr or "").startswith(_HERE)
    if not here or any(name in request.headers for name in _PASSED_ON):
        raise Forbidden("this is open to the machine itself, or with a token")


def _samples() -> list[Sample]:
    house, (now, today) = premises().house, premises().moment()
    found = [sample("fm_ready", 0 if unready(house) else 1)]
    found += _requests().samples()
    if house.settings.backup_dir:
        newest = backups.newest_at(Path(house.settings.backup_dir))
        age = float("inf") if newest is None else max((now - newest).total_seconds(), 0.0)
        found.append(sample("fm_backup_age_seconds", age))
    if found[0].value:
        topics = file_sink.TOPICS if house.settings.alert_sink else ()
        office = house.office()
        with house.readers() as session:
            found += gauges.gauges(session, office, topics, now=now, today=today)
            found += exchange_gauges.gauges(session, now=now)
            found += notification_digests.gauges(session, now=now)
        found.append(sample("fm_database_info", 1, revision=str(revision(house))))
    return found


def _requests() -> Requests:
    found: Any = current_app.extensions[_KEY]
    assert isinstance(found, Requests)
    return found
