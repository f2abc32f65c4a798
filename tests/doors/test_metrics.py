"""Watching the service: numbers, health, the log, and the sign of life."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient

from fulfilment_monitor.app import create_app
from fulfilment_monitor.cli.logs import JsonLines
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.metrics import METRICS, Sample, Tally, exposition, sample
from fulfilment_monitor.gateways import alive, file_sink
from fulfilment_monitor.house import House
from fulfilment_monitor.premises import REQUEST
from fulfilment_monitor.scheduler import Daily
from fulfilment_monitor.services import exchange, queue, workers
from fulfilment_monitor.services.exchange import Message
from fulfilment_monitor.settings import BadSettings, Settings, log_format
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.partners import Delivery, Partner
from tests.conftest import at
from tests.doors.api_world import ON_SQLITE
from tests.services.builders import a_document, day, register, sweep
from tests.store.test_migrations import a_row

TODAY = day("2025-09-25")
NOW = at(TODAY)
RUNBOOK = Path(__file__).parents[2] / "docs" / "operations.md"
TOKEN = "a-token-of-some-length"
_LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')


def numbers(text: str) -> dict[str, dict[str, float]]:
    """What a scraper reads: by metric and labels."""
    found: dict[str, dict[str, float]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = _LINE.fullmatch(line)
            assert match is not None, line
            found.setdefault(match[1], {})[match[2] or ""] = float(match[3])
    return found


def client_of(house: House, hours: float = 0, **settings: Any) -> FlaskClient:
    opened = replace(house, settings=replace(house.settings, **settings))
    moment = Moment(NOW + timedelta(hours=hours), TODAY)
    return create_app(opened, lambda: moment).test_client()


def scrape(client: FlaskClient) -> dict[str, dict[str, float]]:
    answer = client.get("/metrics")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    return numbers(answer.text)


def test_every_metric_is_in_the_runbook_and_every_one_in_the_runbook_is_there() -> None:
    rows = re.findall(r"^\| `(fm_[a-z_]+)` \| (.+?) \| (.+?) \|$", RUNBOOK.read_text("utf-8"), re.M)
    assert {name for name, _, _ in rows} == set(METRICS)
    assert len(rows) == len(METRICS)


def test_the_state_of_a_register_is_told_in_numbers(house: House, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "copy.tar").write_bytes(b"1")
    new = scrape(client_of(house, backup_dir=str(tmp_path / "b"), alert_sink=str(tmp_path)))
    assert new["fm_sweep_age_seconds"][""] == float("inf")
    assert new["fm_anchor_age_seconds"][""] == float("inf")
    assert new["fm_ready"][""] == 1
    assert new["fm_audit_entries"][""] == 0
    assert [*new["fm_database_info"].values()] == [1]
    assert new["fm_calendar_horizon_days"][""] == (day("2026-12-31") - TODAY).days
    assert 0 <= new["fm_lpr_age_days"][""] <= 40
    assert new["fm_backup_age_seconds"][""] == 0  # the clock here stands in the past
    assert set(new["fm_outbox_waiting"]) == {f'topic="{t}"' for t in file_sink.TOPICS}

    with house.sessions.begin() as session:
        workers.sign_in(session, "w", now=NOW)
    assert scrape(client_of(house))["fm_workers"][""] == 1
    register(house, a_document())
    assert scrape(client_of(house, hours=2))["fm_feed_oldest_seconds"][""] >= 7200
    with house.sessions.begin() as session:
        workers.sign_out(session, "w")  # the scheduler does it all
    daily = Daily(house, lambda: Moment(NOW, TODAY), lambda: 0.0)
    daily.house = replace(house, settings=replace(house.settings, clock_tolerance_seconds=10**9))
    assert daily.run() is not None
    later = scrape(client_of(house, hours=2, alert_sink=str(tmp_path)))
    assert later["fm_sweep_age_seconds"][""] == later["fm_anchor_age_seconds"][""] == 7200
    assert later["fm_outbox_waiting"]['topic="lead.opened"'] == 1
    assert later["fm_outbox_oldest_seconds"]['topic="lead.opened"'] == 7200
    assert later["fm_outbox_oldest_seconds"]['topic="lead.closed"'] == 0
    assert later["fm_audit_entries"][""] > 0
    assert later["fm_audit_head_age_seconds"][""] >= 7200
    assert later["fm_feed_oldest_seconds"][""] == 0
    assert later["fm_sweep_lease_seconds"][""] == 90 - 7200


@ON_SQLITE
def test_answers_are_counted_by_pattern_and_no_label_names_a_thing(house: House) -> None:
    (mine,) = register(house, a_document())
    client = client_of(house)
    for _ in range(3):
        client.get(f"/published/91990200MAEX0040{mine.ulid[-2:]}")
    client.get(f"/nowhere/{mine.ulid}")
    client.open("/about", method="BREW")
    text = client.get("/metrics").text
    found = numbers(text)
    assert mine.ulid not in text
    assert "91990200" not in text
    of_body = [v for k, v in found["fm_http_request_seconds_count"].items() if "<uscc>" in k]
    assert of_body == [3]
    assert any('route="none"' in k and 'status="404"' in k for k in found["fm_http_requests_total"])
    assert any('method="other"' in k for k in found["fm_http_requests_total"])


def test_a_class_counts_all_that_were_as_fast() -> None:
    tally = Tally()
    for seconds in (0.004, 0.05, 0.3, 9.0):
        tally.add(seconds)
    found = numbers(exposition(tally.samples("fm_http_request_seconds", route="/x")))
    classes = found["fm_http_request_seconds_bucket"]
    assert [classes[f'route="/x",le="{le}"'] for le in ("0.01", "0.05", "0.25", "0.5", "5")] == [
        1, 2, 2, 3, 3,
    ]  # fmt: skip
    assert classes['route="/x",le="+Inf"'] == 4
    assert found["fm_http_request_seconds_sum"]['route="/x"'] == pytest.approx(9.354)


def test_a_number_that_stands_in_no_table_is_a_bug() -> None:
    for name in ("fm_nothing", "fm_ready_total"):
        with pytest.raises(KeyError):
            exposition([Sample(name, 1)])
    assert exposition([]) == ""
    assert sample("fm_ready", 1, a="\n").labels == (("a", "\n"),)


@ON_SQLITE
def test_strangers_read_nothing(house: House) -> None:
    here = client_of(house)
    assert here.get("/metrics").status_code == 200
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"):
        assert here.get("/metrics", headers={name: "127.0.0.1"}).status_code == 403
    away = {"REMOTE_ADDR": "10.0.0.8"}
    assert here.get("/metrics", environ_overrides=away).status_code == 403
    guarded = client_of(house, metrics_token=TOKEN)
    assert guarded.get("/metrics").status_code == 403
    for sent, wanted in ((TOKEN, 200), (TOKEN[:-1], 403), ("é", 403)):
        headers = {"Authorization": f"Bearer {sent}".encode().decode("latin-1")}
        answer = guarded.get("/metrics", headers=headers, environ_overrides=away)
        assert answer.status_code == wanted, sent
    behind = client_of(house, proxies=1)
    passed_on = {"X-Forwarded-For": "127.0.0.1"}
    assert behind.get("/metrics", headers=passed_on).status_code == 403


def test_a_database_that_is_gone_is_told(database_url: str, house: House) -> None:
    client = client_of(house)
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok")
    if not database_url.startswith("sqlite"):
        return
    lost = replace(house.settings, database_url="sqlite:////nowhere/at/all.db")
    from fulfilment_monitor.store.engine import open_engine

    gone = open_engine(lost.database_url)
    readers = type(house.readers)(gone)
    missing = create_app(house, lambda: Moment(NOW, TODAY))
    missing.extensions["fulfilment_monitor"] = missing.extensions["fulfilment_monitor"]._replace(
        house=replace(house, engine=gone, readers=readers)
    )
    client = missing.test_client()
    assert client.get("/healthz").status_code == 503
    assert client.get("/readyz").status_code == 503
    assert numbers(client.get("/metrics").text)["fm_ready"][""] == 0


# --- the log ----------------------------------------------------------------------------------


def record_of(msg: str, *args: object, fault: bool = False, **fields: object) -> dict[str, Any]:
    kept = None
    if fault:
        try:
            raise ValueError("张三 13800000000")
        except ValueError:
            kept = sys.exc_info()
    record = logging.LogRecord("fm", logging.ERROR, "x.py", 1, msg, args, kept)
    vars(record).update(fields)
    found: dict[str, Any] = json.loads(JsonLines().format(record))
    return found


def test_an_event_is_one_json_object_and_the_words_of_a_fault_stay_out() -> None:
    plain = record_of("sweep.done", duties=3, as_of=TODAY)
    assert (plain["event"], plain["duties"], plain["as_of"]) == ("sweep.done", 3, "2025-09-25")
    assert plain["level"] == "error"
    assert "request" not in plain
    failed = record_of("Exception on %s [%s]", "/lookup?code=SECRET", "POST", fault=True)
    assert failed["event"] == "Exception on %s [%s]"
    assert failed["fault"] == "ValueError"
    assert "record_of" in failed["trace"][-1]
    assert "SECRET" not in json.dumps(failed)
    assert "张三" not in json.dumps(failed, ensure_ascii=False)


@ON_SQLITE
def test_a_request_has_a_name_that_its_lines_carry(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(house)
    with caplog.at_level(logging.INFO, "fulfilment_monitor.api.metrics"):
        answer = client.get("/about?secret=1", headers={"X-Request-Id": "from-somebody-else"})
    (said,) = [r for r in caplog.records if r.msg == "http.answered"]
    assert vars(said)["route"] == "/about"
    assert vars(said)["status"] == 200
    assert "secret" not in str(vars(said))
    name = answer.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{16}", name)
    assert REQUEST.get() is None
    behind = client_of(house, proxies=1)
    given = {"X-Request-Id": "from-our-proxy-1"}
    assert behind.get("/about", headers=given).headers["X-Request-Id"] == "from-our-proxy-1"
    bad = {"X-Request-Id": "a b"}
    assert behind.get("/about", headers=bad).headers["X-Request-Id"] != "a b"


def test_settings_of_watching_are_checked() -> None:
    for env in ({"FM_LOG_FORMAT": "xml"}, {"FM_METRICS_TOKEN": "short"}):
        with pytest.raises(BadSettings):
            Settings.from_env(env)
    assert [log_format({"FM_LOG_FORMAT": f}) for f in ("json", "text", "xml", "")] == [
        "json", "text", "text", "text",
    ]  # fmt: skip


# --- the sign of life -------------------------------------------------------------------------


@contextmanager
def a_watcher(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that waits for a sign."""
    asked: list[str] = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/alive", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@ON_SQLITE
def test_a_sign_is_given_after_a_complete_sweep_and_not_before(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "alive"
    with a_watcher() as (url, asked):
        settings = replace(
            house.settings, alive_file=str(file), alive_url=url, outward_allow="127.0.0.1",
            clock_tolerance_seconds=10**9,
        )  # fmt: skip
        daily = Daily(replace(house, settings=settings), lambda: Moment(NOW, TODAY), lambda: 0.0)
        assert not file.exists()
        daily.run()
        assert (file.exists(), asked) == (True, ["/alive"])
        daily.run()  # done today: no second sign
        assert asked == ["/alive"]


@ON_SQLITE
def test_a_sign_that_cannot_be_given_is_in_the_log_and_stops_nothing(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with a_watcher(500) as (url, _):
        for changes in (
            {"alive_file": str(tmp_path / "no" / "folder")},
            {"alive_url": url},  # not open
            {"alive_url": url, "outward_allow": "127.0.0.1"},  # answers 500
        ):
            caplog.clear()
            alive.tell(replace(house.settings, **changes))
            assert len([r for r in caplog.records if r.levelname == "ERROR"]) == 1


def test_what_waits_for_nobody_is_not_counted_as_late(house: House) -> None:
    with house.sessions.begin() as session:
        exchange.enqueue(session, [Message("contract.changed", "a", 1, {})], now=NOW)
    sweep(house, "2025-09-24")
    assert "fm_outbox_waiting" not in scrape(client_of(house))


def test_what_waits_for_others_and_what_lies_aside_is_counted_by_name(house: House) -> None:
    found = scrape(client_of(house))
    assert found["fm_dead_letters"] == {f'queue="{q}"': 0 for q in ("delivery", "inbox", "webhook")}
    assert "fm_partner_oldest_seconds" not in found  # there is no partner
    assert found["fm_inbox_oldest_seconds"][""] == found["fm_webhook_oldest_seconds"][""] == 0
    assert found["fm_jobs"][""] == 0
    with house.sessions.begin() as session:
        partner = Partner(**_least(Partner, code="province"))
        session.add(partner)
        session.flush()
        for n, state in enumerate(("waiting", "dead")):
            message = OutboxMessage(topic="a", key=f"{n}", version=1, body={}, queued_at=NOW)
            session.add(message)
            session.flush()
            row = _least(
                Delivery, id=n + 1, ulid=f"{n}", partner_id=partner.id, message_id=message.id,
                topic="record.entered", state=state, queued_at=NOW,
            )  # fmt: skip
            session.add(Delivery(**row))
        queue.enqueue(session, "feed", now=NOW)
    later = scrape(client_of(house, hours=1))
    wanted = {'partner="province",topic="record.entered"': 3600.0}
    assert later["fm_partner_oldest_seconds"] == wanted
    assert later["fm_dead_letters"]['queue="delivery"'] == 1
    assert later["fm_jobs"][""] == 1


def _least(model: Any, **given: Any) -> dict[str, Any]:
    """The least a row needs, with what is given."""
    return {**a_row(model.__table__), **given}
