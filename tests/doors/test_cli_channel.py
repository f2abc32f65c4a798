"""`channel drop`, `pull`, `work`, `dead` and `replay`: what a channel's files and pages become."""

import csv
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.channel_maps import ChannelMaps, Pull
from fulfilment_monitor.gateways import channel_drops
from fulfilment_monitor.house import House, keys_of, open_house
from fulfilment_monitor.scheduler import Daily, tasks
from fulfilment_monitor.scheduler.incoming import take_drop, take_in
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.complaints import Complaint
from fulfilment_monitor.store.inbox import InboxMessage
from tests.conftest import at
from tests.doors.api_world import ON_SQLITE, keyed
from tests.services.builders import FIRM, Ran, day, fulfilment_monitor
from tests.services.case_builders import BUREAU, a_town
from tests.services.inbox_builders import HOTLINE, a_ticket

HEADINGS = (
    "工单编号", "修订序号", "受理日期", "受理单位", "被投诉单位名称", "被投诉单位统一社会信用代码",
    "投诉人统一社会信用代码", "投诉事项", "违约类型", "涉及金额（元）", "诉求内容",
)  # fmt: skip
ON = "2025-10-21"
#: A channel that comes before the hotline and does not answer.
DEAF = "business-environment"


def ran(*words: str, status: int = 0) -> Ran:
    """A command that ends with a status."""
    done = fulfilment_monitor(*words)
    assert done.status == status, done
    return done


def a_row(number: str, **changes: str) -> list[str]:
    said = {
        "工单编号": number, "修订序号": "1", "受理日期": "2025/10/20",
        "受理单位": "示例市12345热线",
        "被投诉单位名称": "示例县财政局", "被投诉单位统一社会信用代码": BUREAU,
        "投诉人统一社会信用代码": FIRM, "投诉事项": f"货款 {number}", "违约类型": "拖欠账款",
        "涉及金额（元）": "1,000.00", "诉求内容": "多次催要未果",
    }  # fmt: skip
    return [{**said, **changes}[h] for h in HEADINGS]


def a_clue(
    number: str, breach: str | None = "01", code: str = FIRM, amount: str = "1000"
) -> dict[str, Any]:
    """What an inspection hands over, in the words of its mapping."""
    matter = {"matter": f"货款 {number}", "breach": breach, "amount": amount}
    return {
        "clueNo": number, "revision": 1, "content": "未付",
        "respondent": {"code": BUREAU, "name": "示例县财政局"},
        "complainant": {"name": "示例企业", "code": code},
        "matters": [{k: v for k, v in matter.items() if v is not None}],
    }  # fmt: skip


def an_entry(
    number: str, breach: str | None = "arrears", uscc: str = FIRM, amount: str = "1000"
) -> dict[str, Any]:
    """The same as an officer enters it."""
    item = {"matter": f"货款 {number}", "breach": breach, "amount": amount}
    return {
        "channel": "inspection", "source_no": number, "words": "未付",
        "respondent": {"uscc": BUREAU, "name": "示例县财政局"},
        "complainant": {"name": "示例企业", "uscc": uscc},
        "items": [{k: v for k, v in item.items() if v is not None}],
    }  # fmt: skip


def write_csv(path: Path, *rows: list[str]) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])


def report(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def town(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    a_town(house)
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("FM_KEYS_DIR", house.settings.keys_dir)
    return house


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    return made


def complaints(house: House) -> int:
    with house.readers() as session:
        return len(session.scalars(select(Complaint.id)).all())


@pytest.mark.proves("R-80")
def test_the_good_rows_of_a_bad_file_are_kept_and_the_bad_named_by_row_and_column(
    town: House, folder: Path
) -> None:
    bad = a_row("T-3", **{"受理日期": "", "涉及金额（元）": "一千"})
    write_csv(folder / "工单-2025-10-20.csv", a_row("T-1"), a_row("T-2"), bad)
    told = ran("channel", "drop", HOTLINE, str(folder), "--json", status=3).json
    assert (told["inbox"]["applied"], told["files"][0]["kept"]) == (2, 2)
    assert complaints(town) == 2
    (file,) = (folder / "refused").glob("*2025-10-20.csv")
    rows = report(file.with_name(file.name + ".report.csv"))
    assert [r[:3] for r in rows[1:]] == [
        ["4", "受理日期", "missing-field"], ["4", "涉及金额（元）", "invalid-field"],
    ]  # fmt: skip
    # corrected and put there again, under the same name: only the third row is new
    write_csv(folder / "工单-2025-10-20.csv", a_row("T-1"), a_row("T-2"), a_row("T-3"))
    told = ran("channel", "drop", HOTLINE, str(folder), "--json").json
    assert (told["files"][0]["new"], complaints(town)) == (1, 3)
    assert sorted(p.name for p in folder.iterdir()) == ["done", "refused", "taking"]
    with town.readers() as session:
        covers = session.scalars(select(InboxMessage).where(InboxMessage.kind == "package")).all()
    assert {(c.covers_on, c.items) for c in covers} == {(day("2025-10-20"), 3)}


@ON_SQLITE
def test_workbooks_and_json_are_read_and_what_is_none_is_refused_whole(
    town: House, folder: Path
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "工单"
    for row in (list(HEADINGS), a_row("X-1"), a_row("X-2", 投诉事项="")):
        sheet.append(row)
    book.save(folder / "a.xlsx")
    (folder / "b.json").write_text(json.dumps([a_ticket("J-1"), {"ticketNo": "J-2"}]))
    package = {"packageNo": "P", "day": "2025-10-19", "items": []}
    (folder / "c.json").write_text(json.dumps(package))
    (folder / "d.csv").write_bytes(b"\xff\xfe\x00")
    (folder / "e.csv.part").write_text("not whole yet")
    (folder / ".f.csv").write_text("hidden")
    (folder / "g.csv").symlink_to(folder / "c.json")
    told = ran("channel", "drop", HOTLINE, str(folder), "--json", status=3).json
    assert {f["name"]: (f["kept"], len(f["refused"]) > 0) for f in told["files"]} == {
        "a.xlsx": (1, True), "b.json": (1, True), "c.json": (0, False), "d.csv": (0, True),
    }  # fmt: skip
    assert report(folder / "refused" / "a.xlsx.report.csv")[1][:3] == [
        "工单!3", "投诉事项", "missing-field",
    ]  # fmt: skip
    left = {p.name for p in folder.iterdir()}
    assert left == {"e.csv.part", ".f.csv", "g.csv", "done", "refused", "taking"}
    assert complaints(town) == 2


@ON_SQLITE
def test_a_file_that_a_crash_left_half_done_is_done_by_the_next_run(
    town: House, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv(folder / "a.csv", a_row("T-1"))
    secrets, moment = keys_of(town), Moment(at(day(ON)), day(ON))
    with monkeypatch.context() as patched:
        patched.setattr(channel_drops, "_free", _killed)
        with pytest.raises(KeyboardInterrupt):
            take_drop(town, HOTLINE, folder, secrets, moment)
    assert [p.name for p in (folder / "taking").iterdir()] == ["a.csv"]
    (done,) = take_drop(town, HOTLINE, folder, secrets, moment)
    assert (done.read.kept, done.read.new) == (1, 0)
    assert [p.name for p in (folder / "done").iterdir()] == ["a.csv"]


def _killed(*_: object) -> Path:
    raise KeyboardInterrupt


@ON_SQLITE
def test_the_scheduler_reads_the_folder_of_each_channel(town: House, tmp_path: Path) -> None:
    root = tmp_path / "channels"
    (root / HOTLINE).mkdir(parents=True)
    (root / "nowhere").mkdir()
    write_csv(root / HOTLINE / "a.csv", a_row("T-1"))
    write_csv(root / "nowhere" / "a.csv", a_row("T-2"))
    settings = Settings(
        database_url=town.settings.database_url, keys_dir=town.settings.keys_dir,
        channel_drop=str(root),
    )  # fmt: skip
    opened = open_house(settings)
    assert Daily(opened, lambda: Moment(at(day(ON)), day(ON))).give_out("channels")
    assert complaints(town) == 1
    assert take_in(opened, lambda: Moment(at(day(ON)), day(ON))) == (0, 0, 0)
    assert (root / "nowhere" / "a.csv").exists()
    opened.close()


@ON_SQLITE
def test_dead_letters_are_listed_and_replayed_on_the_command_line(
    town: House, folder: Path
) -> None:
    unknown = {"被投诉单位名称": "某单位", "被投诉单位统一社会信用代码": ""}
    write_csv(folder / "a.csv", a_row("T-1", **unknown))
    assert ran("channel", "drop", HOTLINE, str(folder), "--json").json["inbox"]["refused"] == 1
    with town.sessions.begin() as session:
        letter = session.scalars(select(InboxMessage).where(InboxMessage.kind == "item")).one()
        letter.state, letter.next_at = "dead", None
    (listed,) = ran("channel", "dead", "--json").json["items"]
    assert listed["errors"] == [{"pointer": "/respondent/name", "code": "unknown"}]
    assert listed["receipt"] in ran("channel", "dead").out
    replayed = ran("channel", "replay", listed["receipt"], "--json").json
    assert replayed["state"] == "received"  # nothing was mended: it is tried again
    assert ran("channel", "work", "--json").json == {
        "applied": 0, "refused": 0, "dead": 0,
    }  # fmt: skip
    told = ran("channels", "--json").json["items"]
    assert next(c for c in told if c["code"] == HOTLINE)["to_apply"] == 1


def test_a_channel_without_a_mapping_has_no_folder(town: House, folder: Path) -> None:
    assert "has no mapping" in ran("channel", "drop", "petition", str(folder), status=2).err


@pytest.mark.proves("R-83", "R-85")
@ON_SQLITE
def test_a_file_an_interface_and_a_hand_pass_the_same_checks(
    town: House, folder: Path, tmp_path: Path
) -> None:
    sender = keyed(town, None, ["leads:push", "status:pull"], token="fmk_inspection")

    def by_file(clue: dict[str, Any], _entry: Any) -> set[str]:
        (folder / "clues.json").write_text(json.dumps([clue]))
        told = fulfilment_monitor("channel", "drop", "inspection", str(folder), "--json").json
        return {i["code"] for i in told["files"][0]["refused"]}

    def by_interface(clue: dict[str, Any], _entry: Any) -> set[str]:
        where = "/channels/inspection/messages"
        told = sender.post(where, clue, Idempotency_Key=clue["clueNo"]).get_json()
        return {e["code"] for e in told.get("errors", ())}

    def by_hand(_clue: Any, entry: dict[str, Any]) -> set[str]:
        (tmp_path / "entry.json").write_text(json.dumps(entry))
        told = fulfilment_monitor("complaint", str(tmp_path / "entry.json"), "--json")
        return set(re.findall(r"\[([a-z-]+)\]", told.err))

    ways = (by_file, by_interface, by_hand)
    wrong = "91340300000000000X"
    for fault, ours, theirs in (
        ("missing-field", {"breach": None}, {"breach": None}),
        ("invalid-field", {"amount": "一千"}, {"amount": "一千"}),
        ("invalid-field", {"uscc": wrong}, {"code": wrong}),
    ):
        for n, way in enumerate(ways):
            assert way(a_clue(f"B-{n}", **theirs), an_entry(f"B-{n}", **ours)) == {fault}, way
    assert complaints(town) == 0
    for n, way in enumerate(ways):
        assert way(a_clue(f"G-{n}"), an_entry(f"G-{n}")) == set()
    ran("channel", "work")
    with town.readers() as session:
        taken = session.scalars(select(Complaint)).all()
    assert [(c.channel, c.source_no is not None) for c in taken] == [("inspection", True)] * 3


# --- pull -------------------------------------------------------------------------------------


@contextmanager
def serving(pages: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A platform that answers with some pages; its URL, and the headers it was asked with."""
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(dict(self.headers.items()))
            body = json.dumps(pages.get(self.path)).encode()
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the hotline's mapping a URL to be pulled from."""

    def prepare(url: str) -> None:
        folder = tmp_path / "alerts"
        (folder / "channels").mkdir(parents=True, exist_ok=True)
        shipped = Path("alerts")
        for name in ("rules.toml", "channels.toml"):
            (folder / name).write_bytes((shipped / name).read_bytes())
        if not (folder / "messages").exists():
            (folder / "messages").symlink_to((shipped / "messages").resolve())
        text = (shipped / "channels" / f"{HOTLINE}.toml").read_text("utf-8")
        pull = f'[pull]\nurl = "{url}/tickets"\nitems = "/rows"\nnext = "/next"\n\n[[mapping]]'
        changed = text.replace("[[mapping]]", pull, 1)
        (folder / "channels" / f"{HOTLINE}.toml").write_text(changed, "utf-8")
        monkeypatch.setenv("FM_ALERTS_DIR", str(folder))
        monkeypatch.setenv("FM_OUTWARD_ALLOW", "127.0.0.0/8")

    return prepare


@pytest.mark.proves("R-36")
@ON_SQLITE
def test_a_channel_is_asked_page_by_page_for_what_is_new(town: House, pulled: Any) -> None:
    pages = {
        "/tickets": {"rows": [a_ticket("T-1"), {"ticketNo": "T-9"}], "next": "/tickets?page=2"},
        "/tickets?page=2": {"rows": [a_ticket("T-2")]},
    }
    with serving(pages) as (url, _asked):
        pulled(url)
        told = ran("channel", "pull", HOTLINE, "--json", status=3).json
        assert (told["kept"], told["new"], told["inbox"]["applied"]) == (2, 2, 2)
        assert "/rows/1/respondent/name" in {i["pointer"] for i in told["refused"]}
        again = ran("channel", "pull", HOTLINE, "--json", status=3).json
        assert (again["kept"], again["new"], complaints(town)) == (2, 0, 2)


@pytest.mark.proves("R-36")
@ON_SQLITE
def test_the_scheduler_asks_and_a_channel_that_fails_keeps_no_other_waiting(
    town: House, pulled: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with serving({"/tickets": {"rows": [a_ticket("T-1")]}}) as (url, _asked):
        pulled(url)
        folder = Path(os.environ["FM_ALERTS_DIR"]) / "channels"  # noqa: TID251
        ours = (folder / f"{HOTLINE}.toml").read_text("utf-8")
        deaf = ours.replace(f'"{HOTLINE}"', f'"{DEAF}"').replace(url, "http://127.0.0.1:9")
        (folder / f"{DEAF}.toml").write_text(deaf, "utf-8")
        house = open_house(Settings.from_env())
        assert [f.channel for f in house.maps if f.pull] == [DEAF, HOTLINE]
        for _ in range(2):
            tasks.do(house, "ask", {}, lambda: Moment(at(day(ON)), day(ON)))
        tasks.do(house, "channels", {}, lambda: Moment(at(day(ON)), day(ON)))
        house.close()
    assert complaints(town) == 1
    failed = {r.channel for r in caplog.records if r.msg == "channel.unasked"}
    assert failed == {DEAF}
    assert "ask" in tasks.EVERY_SECONDS


@ON_SQLITE
def test_an_answer_that_leads_elsewhere_is_not_followed(town: House, pulled: Any) -> None:
    with serving({}) as (other, other_asked), serving({}) as (url, _):
        pulled(url)
        missing = ran("channel", "pull", HOTLINE, status=2)
        assert "answers 404" in missing.err
    for named in ("/tickets", f"{other}/tickets", "//[", "file:///etc/passwd"):
        with serving({"/tickets": {"rows": [], "next": named}}) as (url, _):
            pulled(url)
            astray = ran("channel", "pull", HOTLINE, status=2)
            assert "channel.astray" in astray.err, named
    assert other_asked == []


def test_the_mapping_of_a_pull_is_data(house: House) -> None:
    assert isinstance(house.maps, ChannelMaps)
    assert all(f.pull is None or isinstance(f.pull, Pull) for f in house.maps)
