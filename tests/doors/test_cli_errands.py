"""`errand`: imports and exports that a worker does while nobody waits."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from fulfilment_monitor import clock
from fulfilment_monitor.domain.errors import NotFound
from fulfilment_monitor.gateways import errands
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.scheduler import Daily, tasks
from fulfilment_monitor.scheduler.errand_work import PACKAGE, REPORT, TASK, Unfinished
from fulfilment_monitor.services import queue
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.contracts import Contract
from tests.services.builders import a_document, fulfilment_monitor, violations

pytestmark = pytest.mark.usefixtures("no_loop_of_others")


@pytest.fixture
def desk(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    """What commands and their processes find in their environment is this house."""
    monkeypatch.setenv("FM_DATABASE_URL", database_url)
    monkeypatch.setenv("FM_UPLOADS_DIR", str(tmp_path / "uploads"))
    house = open_house(Settings.from_env())
    yield house
    house.close()


def done(*words: str) -> Any:
    ran = fulfilment_monitor(*words, "--json")
    assert ran.status == 0, ran.err
    return ran.json


def numbers(house: House) -> set[str]:
    with house.readers() as session:
        return set(session.scalars(select(Contract.contract_no)))


def work(house: House) -> None:
    fulfilment_monitor("work", "--until-empty")
    with house.readers() as session:
        assert queue.count_jobs(session) == 0


def test_an_import_and_an_export_are_done_by_a_worker_and_say_what_they_did(
    desk: House, tmp_path: Path
) -> None:
    file = tmp_path / "contracts.json"
    good, bad = a_document(contract_no="HT-7"), a_document(contract_no="HT-8", field="nonsense")
    file.write_text(json.dumps([good, bad]), "utf-8")
    asked = done("errand", "import", str(file), "--by", "科室")["errand"]
    file.unlink()  # it was copied
    assert numbers(desk) == set()
    (waiting,) = done("errand", "list")["items"]
    assert (waiting["errand"], waiting["state"], waiting["by"]) == (asked, "waiting", "科室")
    work(desk)
    assert numbers(desk) == {"HT-7"}
    (item,) = done("errand", "list")["items"]
    assert (item["state"], item["said"]["registered"], item["said"]["refused"]) == (
        "some-refused", 1, 1,
    )  # fmt: skip
    report = (Path(item["folder"]) / REPORT).read_text("utf-8-sig")
    assert "/1/field" in report
    done("errand", "export")
    work(desk)
    newest, _ = done("errand", "list")["items"]
    assert (newest["kind"], newest["state"], newest["said"]["written"]) == ("export", "done", 1)
    package = json.loads((Path(newest["folder"]) / PACKAGE).read_text("utf-8"))
    assert len(package["releases"]) == 1
    assert violations(desk) == []
    with desk.readers() as session:
        noted = select(func.count()).where(AuditEntry.action.like("errand.%"))
        assert session.scalar(noted) == 2
    assert "some-refused" in fulfilment_monitor("errand", "list").out


def test_done_twice_it_changes_nothing_and_a_fault_is_tried_again(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "contracts.json"
    file.write_text(json.dumps([a_document()]), "utf-8")
    ulid = done("errand", "import", str(file))["errand"]
    job = {"errand": ulid, "until": (clock.now() + timedelta(days=1)).isoformat()}
    with monkeypatch.context() as broken:
        broken.setenv("FM_ALERTS_DIR", str(tmp_path / "nowhere"))
        with pytest.raises(Unfinished):
            tasks.do(desk, TASK, job, clock.moment)
    found = errands.find(desk.settings.errands_path(), ulid)
    assert (found.done_at, numbers(desk)) == (None, set())
    tasks.do(desk, TASK, job, clock.moment)
    first = errands.find(desk.settings.errands_path(), ulid)
    assert (first.status, numbers(desk)) == (0, {"HT-1"})
    tasks.do(desk, TASK, job, clock.moment)
    assert errands.find(desk.settings.errands_path(), ulid) == first


def test_after_a_month_it_is_deleted_and_a_job_of_it_is_past(desk: House, tmp_path: Path) -> None:
    ulid = done("errand", "export")["errand"]
    root = desk.settings.errands_path()
    job = {"errand": ulid, "until": clock.now().isoformat()}
    later = errands.find(root, ulid).asked_at + errands.KEPT
    moment = clock.Moment(later, later.date())
    Daily(desk, moment=lambda: moment).forget()
    assert errands.list_errands(root) == []
    tasks.do(desk, TASK, job, lambda: moment)
    with pytest.raises(NotFound):  # another machine may have the folder
        tasks.do(desk, TASK, {**job, "until": (later + errands.KEPT).isoformat()}, lambda: moment)
    for name in ("../../etc", "x", ulid.lower()):
        with pytest.raises(NotFound):
            errands.find(root, name)
