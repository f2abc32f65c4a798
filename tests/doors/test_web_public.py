"""The public pages as anybody meets them: no account, no script; nothing lost, nothing leaked."""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Actor, Role
from fulfilment_monitor.domain.case_policy import NOTHING_PUBLISHED, Publication
from fulfilment_monitor.domain.channels import Channels, Operator
from fulfilment_monitor.domain.measures import MeasureState, Target
from fulfilment_monitor.house import House, keys_of, open_house
from fulfilment_monitor.schemas.complaints import read_complaint
from fulfilment_monitor.services import intake, public_record
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.cases import Case, Claim, ClaimEvent
from fulfilment_monitor.store.complaints import Complaint, ComplaintClaim, Receipt, VaultItem
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.records import CreditEntry, Measure
from fulfilment_monitor.web import complaint_form, open_data, published
from tests.conftest import at
from tests.doors.signing_in import sign_in_watch
from tests.doors.test_web import Page, page
from tests.services.builders import (
    FIRM,
    ORGAN,
    a_document,
    day,
    paid,
    register,
    state,
    violations,
)
from tests.services.case_builders import (
    CITY_FINANCE,
    COUNTY,
    a_person,
    a_town,
    a_world,
    act,
    drive,
    go,
    uscc,
)
from tests.services.credit_builders import REPAIRING, answer, measures_drawn, shipped_catalogue

TODAY = date(2026, 2, 2)
PAYLOAD = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
DECIDED = Publication("示例公开1号", "示例公开2号", "示例公开3号")
PAGES = (
    "/", "/complain", "/lookup", "/published", "/calculators", "/calculators/deadline",
    "/calculators/interest", "/channels", "/channels?region=340321", "/open-data", "/about",
    "/calculators/deadline?term=payment.organ&start=2025-08-31",
    "/calculators/interest?principal=1000&signed=2025-01-05&due=2025-03-01&until=2025-12-31",
)  # fmt: skip


def client_of(house: House, today: date = TODAY) -> FlaskClient:
    return create_app(house, lambda: Moment(at(today), today)).test_client()


def deciding(house: House, publication: Publication = DECIDED) -> House:
    """The same house after the office has decided what to publish."""
    cases = replace(house.policy.cases, publication=publication)
    return replace(house, policy=replace(house.policy, cases=cases))


def settle(house: House) -> House:
    """A town in which `HT-1` is registered and nobody has complained."""
    a_town(house)
    register(house, a_document())
    return house


@pytest.fixture(scope="module")
def model(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a town, made once: its database and its keys."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "town.db").write_bytes(sqlite_template.read_bytes())
    settle(opened := at_home(folder))
    opened.close()
    return folder


def at_home(folder: Path) -> House:
    url, keys = f"sqlite:///{folder / 'town.db'}", str(folder / "keys")
    return open_house(Settings(database_url=url, keys_dir=keys))


@pytest.fixture
def town(model: Path, tmp_path: Path) -> Iterator[House]:
    """A town of one's own, on one kind of database."""
    house = at_home(shutil.copytree(model, tmp_path / "town"))
    yield house
    house.close()


@pytest.fixture(scope="module")
def street(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A town in which nothing is left behind: what only reads, or is refused, shares it."""
    house = at_home(shutil.copytree(model, tmp_path_factory.mktemp("street") / "town"))
    yield house
    house.close()


@pytest.fixture
def either(house: House) -> House:
    """The town on either database."""
    return settle(house)


def form_of(client: FlaskClient) -> dict[str, str]:
    """What an empty form sends: every field there is, as a browser fills it."""
    shown = page(client, "/complain")
    sent = {str(f["name"]): f.get("value") or "" for f in shown.all("input") if f["type"] != "box"}
    boxes = {str(f["name"]): "checked" in f for f in shown.all("input") if f["type"] == "checkbox"}
    sent = {k: v for k, v in sent.items() if boxes.get(k, True)}
    return sent | {str(f["name"]): "" for f in shown.all("textarea") + shown.all("select")}


def a_form(client: FlaskClient, **changes: str) -> dict[str, str]:
    """A complaint that can be sent."""
    told = {
        "respondent_name": "示例县财政局",
        "promise": "支付设备采购尾款",
        "breach": "arrears",
        "amount": "1,200.50",
        "due_on": "2025-09-10",
        "words": "验收后多次催要\r\n至今未付",
    }
    return {**form_of(client), **told, **changes}


def send(client: FlaskClient, status: int = 200, **changes: str) -> TestResponse:
    reply = client.post("/complain", data=a_form(client, **changes))
    assert reply.status_code == status, Page(reply.text).text
    return reply


def intruders(shown: Page) -> list[dict[str, str | None]]:
    """Scripts that are no file of ours, and pictures, of which there are none."""
    ours = [s for s in shown.all("script") if str(s.get("src")).startswith("/static/")]
    return [s for s in shown.all("script") if s not in ours] + shown.all("img")


def code_in(reply: TestResponse) -> str:
    found = re.search(r"(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}", reply.text)
    assert found is not None
    return found[0]


def rows(house: House, table: Any) -> int:
    with house.readers() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def look(client: FlaskClient, code: str, path: str = "/lookup", **more: str) -> TestResponse:
    reply = client.post(path, data={"code": code, **more})
    assert reply.status_code == 200
    return reply


# --- every page -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_whole_without_script_account_or_cookie(street: House, lang: str) -> None:
    client = client_of(deciding(street))
    client.get(f"/?lang={lang}")
    for address in PAGES:
        reply = client.get(address)
        shown = Page(reply.text)
        assert reply.status_code == 200, address
        assert "Set-Cookie" not in reply.headers, address
        assert len(shown.all("h1")) == len(shown.all("main")) == 1, address
        assert not intruders(shown) + shown.all("style"), address
        assert not {a for _, given in shown.elements for a in given if a[:2] == "on"}, address
        assert all(str(e["href"]).startswith("/static/") for e in shown.all("link")), address
        fields = [f for tag in ("input", "select", "textarea") for f in shown.all(tag)]
        named = {f["id"] for f in fields if f.get("type") != "hidden"}
        assert named <= {label["for"] for label in shown.all("label")}, address
        ids = [given["id"] for _, given in shown.elements if "id" in given]
        assert len(ids) == len(set(ids)), address
        assert re.search("[一-鿿]", shown.text) if lang == "zh" else "Complain" in shown.text


def test_every_public_link_leads_somewhere(street: House) -> None:
    client = client_of(deciding(street))
    links = {link for address in PAGES for link in page(client, address).links}
    for link in sorted(x for x in links if x.startswith("/") and x != "/login"):
        assert client.get(link).status_code == 200, link


def test_addresses_nobody_can_mean_are_refused_as_pages(street: House) -> None:
    client = client_of(deciding(street))
    wanted = {
        "/published/x": 404, "/published/%00": 404, f"/published/{FIRM}": 404,
        "/published?after=1": 400, "/published?after=2025-02-30.1": 400,
        "/open-data/figures-by-body.csv": 404, "/open-data/ocds.json?after=x": 400,
        "/calculators/deadline?start=x&term=nothing&length=99999&unit=week": 200,
        "/calculators/deadline?start=2025-06-01&term=nothing": 200,
        "/calculators/deadline?start=2099-12-31&length=9999&unit=year": 200,
        "/calculators/interest?principal=1e9&due=9999-99-99&annual_rate=NaN&basis=0": 200,
        "/calculators/interest?principal=999999999999999.99&signed=2000-01-01&due=2000-01-01"
        "&until=2099-12-31&annual_rate=100&paid_1=1&paid_on_2=2020-01-01": 200,
        f"/channels?region={PAYLOAD}": 200, f"/published?q={PAYLOAD}": 200,
    }  # fmt: skip
    for address, status in wanted.items():
        shown = page(client, address, status)
        assert not intruders(shown), address


# --- complaining ------------------------------------------------------------------------------


def test_a_complaint_needs_three_things_and_gives_a_code_that_finds_it(either: House) -> None:
    client = client_of(either)
    said = {"amount": "", "due_on": "", "words": ""}
    reply = send(client, **said)
    assert "Set-Cookie" not in reply.headers
    shown = Page(reply.text)
    assert "投诉已收到" in shown.text
    assert "2026-02-02" in shown.text
    assert "按提供线索处理" in shown.text
    assert "已收到" in Page(look(client, code_in(reply)).text).text
    assert (rows(either, Complaint), rows(either, Claim)) == (1, 1)
    assert not violations(either)


def the_document(number: str | None, **changes: Any) -> dict[str, Any]:
    """The same complaint as a program would send it."""
    return {
        "channel": "credit-site",
        "source_no": number,
        "respondent": {"uscc": ORGAN, "name": "示例县财政局"},
        "complainant": {"name": "示例企业", "uscc": FIRM, "contact": "0552-0000000"},
        "contract_no": "HT-1",
        "contract": {"region": "340321", "field": "procurement"},
        "items": [
            {
                "breach": "arrears",
                "matter": "应于2025-09-10前履行：支付设备采购尾款",
                "amount": "1200.50",
            }
        ],
        "words": "验收后多次催要\n至今未付".replace("\n", " "),
        "demand": "付清",
        "judicial_status": {"route": "litigation", "organ": "示例法院", "number": "民初1号"},
        "confidential": True,
        "refuses_contact": True,
        **changes,
    }


def all_of_it(client: FlaskClient) -> dict[str, str]:
    return a_form(
        client, respondent_uscc=ORGAN.lower(), region="怀远县", field="procurement",
        contract_no="HT-1", demand="付清", words="验收后多次催要 至今未付", route="litigation",
        organ="示例法院", number="民初1号", name="示例企业", uscc=f" {FIRM} ",
        contact="0552-0000000", refuses_contact="yes",
    )  # fmt: skip


#: What no two complaints have in common, or the door writes of itself.
_OWN = {"ulid", "recorded_by", "opened_by", "source_no", "key_id", "code_mac", "content", "nonce"}


def kept(house: House) -> dict[str, list[dict[str, Any]]]:
    """What a complaint has left, but for keys and names that are always new."""
    found = {}
    with house.readers() as session:
        for table in (Case, Claim, Complaint, ComplaintClaim, Receipt):
            found[table.__tablename__] = [
                {
                    k: v
                    for k, v in vars(row).items()
                    if k[0] != "_" and k not in _OWN | {"opened_by"}
                }
                for row in session.scalars(select(table))
            ]
        found["sealed"] = [{"name": n} for n in session.scalars(select(VaultItem.name))]
        topics = session.scalars(select(OutboxMessage.topic).order_by(OutboxMessage.id))
        found["told"] = [{"topic": t} for t in topics]
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq))
        found["acts"] = [{"act": a} for a in acts]
    return found


def test_the_form_and_the_command_line_write_the_same_rows(model: Path, tmp_path: Path) -> None:
    form, service = (at_home(shutil.copytree(model, tmp_path / n)) for n in ("form", "service"))
    client = client_of(form)
    assert client.post("/complain", data=all_of_it(client)).status_code == 200
    keys_of(form)
    shutil.copytree(tmp_path / "form" / "keys", tmp_path / "service" / "keys", dirs_exist_ok=True)
    with service.sessions.begin() as session:
        intake.receive(
            session, read_complaint(the_document("A-1")), channels=service.channels,
            secrets=keys_of(service), by=Actor("clerk"), office=service.office(),
            now=at(TODAY), today=TODAY,
        )  # fmt: skip
    assert kept(form) == kept(service)  # the keyed digest of everything said is among the columns
    assert not violations(form)
    form.close()
    service.close()


def test_the_same_form_sent_twice_is_one_complaint_and_no_code_is_lost(either: House) -> None:
    client = client_of(either)
    sent = a_form(client)
    first, again = (client.post("/complain", data=sent) for _ in range(2))
    assert rows(either, Complaint) == 1
    assert "没有重复登记" in Page(again.text).text
    for reply in (first, again):
        assert "已收到" in Page(look(client, code_in(reply)).text).text
    edited = client.post("/complain", data={**sent, "words": "又有新的情况"})
    assert rows(either, Complaint) == 2  # nothing that was added is lost
    assert code_in(edited) not in (code_in(first), code_in(again))
    assert not violations(either)


def test_the_number_of_a_complaint_tells_nothing_of_the_form() -> None:
    token, document = "a" * 32, {"words": "话"}
    number = complaint_form.source_no(token, document)
    assert number == complaint_form.source_no(token, dict(document))
    assert number is not None
    assert token not in number
    assert number != complaint_form.source_no("b" * 32, document)
    assert complaint_form.source_no("", document) is None


def test_a_form_without_its_token_is_taken_all_the_same(town: House) -> None:
    client = client_of(town)
    for token in ("", "x", "%00", "a" * 300):
        send(client, form=token)
    assert rows(town, Complaint) == 4


WRONG = {
    "respondent_name": ("没有这个局", "名录中没有这个名称的单位"),
    "respondent_uscc": ("123", "18位"),
    "region": ("无此地", "没有这个地区"),
    "promise": ("", "应当做什么"),
    "breach": ("nothing", "哪种情形"),
    "amount": ("12,5", "人民币元"),
    "due_on": ("2025-02-30", "填写日期"),
    "field": ("nothing", "选择领域"),
    "words": ("a\x07b", "20000字"),
    "route": ("litigation", "案号"),
    "uscc": ("x", "留空"),
    "classified": ("yes", "国家秘密"),
}


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(street: House) -> None:
    client = client_of(street)
    for field, (typed, told) in WRONG.items():
        stands_at_its_field(client, field, typed, told)
    assert rows(street, Complaint) == 0
    assert rows(street, Receipt) == 0


def stands_at_its_field(client: FlaskClient, field: str, typed: str, told: str) -> None:
    reply = send(client, 422, **{field: typed}, demand="退还", contact="0552-1")
    shown = Page(reply.text)
    at_field = "number" if field == "route" else field
    fault = {"class": "fault", "id": f"{at_field}-fault"}
    assert fault in shown.all("span")
    assert told in shown.text
    assert f"#{at_field}" in shown.links
    (control,) = [
        f for tag in ("input", "select", "textarea") for f in shown.all(tag)
        if f.get("id") == at_field
    ]  # fmt: skip
    assert control["aria-invalid"] == "true"
    assert f"{at_field}-fault" in str(control["aria-describedby"])
    values = {f.get("name"): f.get("value") for f in shown.all("input")}
    assert values["contact"] == "0552-1"
    assert "退还" in shown.text
    assert "checked" in next(f for f in shown.all("input") if f["name"] == "confidential")
    if field not in ("promise", "breach", "field", "route", "words", "classified"):
        assert values[field] == typed


def test_every_fault_is_told_at_once_and_in_english_too(street: House) -> None:
    client = client_of(street)
    client.get("/?lang=en")
    shown = Page(send(client, 422, respondent_name="", promise="", breach="", amount="x").text)
    faults = [s["id"] for s in shown.all("span") if s.get("class") == "fault"]
    assert faults == ["respondent_name-fault", "promise-fault", "breach-fault", "amount-fault"]
    assert "Choose what kind of breach" in shown.text


def test_a_body_nobody_knows_is_taken_in_with_its_code_name_and_place(town: House) -> None:
    client = client_of(town)
    code = uscc("11340321", 777)
    shown = Page(send(client, 422, respondent_uscc=code, respondent_name="").text)
    assert "请同时填写单位名称" in shown.text
    shown = Page(send(client, 422, respondent_uscc=code, respondent_name="示例新设局").text)
    assert "所在的地区" in shown.text
    send(client, respondent_uscc=code, respondent_name="示例新设局", region="340321")
    assert rows(town, Complaint) == 1


def test_markup_in_every_field_stays_text(town: House) -> None:
    client = client_of(town)
    hostile = dict.fromkeys(complaint_form.FIELDS, PAYLOAD) | {"form": PAYLOAD}
    shown = Page(send(client, 422, **hostile).text)
    assert not intruders(shown)
    said = {"respondent_name": "示例县财政局", "promise": PAYLOAD, "words": PAYLOAD}
    shown = Page(send(client, **said).text)
    assert not intruders(shown)


def test_what_is_too_long_is_refused_with_a_page(town: House) -> None:
    client = client_of(town)
    send(client, words="字" * 20_000)
    assert "20000字" in Page(send(client, 422, words="字" * 20_001).text).text
    reply = client.post("/complain", data=a_form(client, words="字" * 50_000))
    assert reply.status_code == 413
    assert "长度上限" in Page(reply.text).text


ELSEWHERE: dict[str, dict[str, str]] = {
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "another host": {"Origin": "https://elsewhere.example"},
    "another port": {"Origin": "http://localhost:8080"},
    "hidden": {"Origin": "null"},
    "odd": {"Origin": "http://[localhost"},
}
OURS: dict[str, dict[str, str]] = {
    "a page of ours": {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    "without HTTPS": {"Origin": "http://localhost"},
    "a program": {},
}


def test_what_another_site_sends_is_refused(street: House) -> None:
    client = client_of(street)
    sent = a_form(client)
    for how, headers in ELSEWHERE.items():
        for path in ("/complain", "/lookup", "/lookup/withdraw", "/lookup/object"):
            reply = client.post(path, data=sent, headers=headers)
            assert reply.status_code == 403, (how, path)
            assert "origin.foreign" in reply.text
    assert rows(street, Complaint) == 0


def test_what_our_own_page_sends_is_taken(town: House) -> None:
    client = client_of(town)
    assert client.get("/complain").headers["Referrer-Policy"] == "same-origin"
    for how, headers in OURS.items():
        reply = client.post("/complain", data=a_form(client), headers=headers)
        assert reply.status_code == 200, how
    assert client.get("/about").headers["Referrer-Policy"] == "no-referrer"


def test_staff_who_are_signed_in_can_use_the_forms_too(town: House) -> None:
    client = sign_in_watch(client_of(town), town, TODAY)
    code = code_in(send(client))
    without = a_form(client, csrf_token="")
    assert client.post("/complain", data=without).status_code == 403
    token = {str(f["name"]): str(f["value"]) for f in page(client, "/lookup").all("input")}
    shown = Page(look(client, code, csrf_token=token["csrf_token"]).text)
    assert "已收到" in shown.text
    assert all(f.get("value") for f in shown.all("input") if f.get("name") == "csrf_token")


# --- looking up -------------------------------------------------------------------------------


def told(headers: Headers) -> dict[str, str]:
    """What the headers say of an answer: not when it came, nor which request it was."""
    return {k: v for k, v in headers if k not in ("Date", "X-Request-Id")}


def test_a_code_nobody_has_is_answered_like_one_that_is_good(town: House) -> None:
    client = client_of(town)
    code = code_in(send(client, contact="0552-1", name="示例企业"))
    good = look(client, code)
    wrongs = ("", "0", "x" * 5_000, PAYLOAD, "0000-0000-0000-0000-0000-0000", code[:-1])
    for n, wrong in enumerate(wrongs):
        client.environ_base["REMOTE_ADDR"] = f"192.0.{n}.1"  # no network tries too often
        for path in ("/lookup", "/lookup/withdraw", "/lookup/object"):
            reply = look(client, wrong, path, sure="yes", grounds="不服", claim="x")
            assert len(reply.data) == len(good.data)
            assert told(reply.headers) == told(good.headers)
            assert "没有与该查询码对应的信息" in Page(reply.text).text
            assert not Page(reply.text).all("form")
    assert "0552-1" not in good.text
    assert "示例企业" not in good.text
    for typed in (code.lower(), code.replace("-", " "), f" {code} "):
        assert "已收到" in Page(look(client, typed).text).text


def test_the_code_never_stands_in_an_address(town: House) -> None:
    client = client_of(town)
    code = code_in(send(client))
    assert not [link for link in Page(look(client, code).text).links if code in link]
    assert "没有找到" in page(client, f"/lookup/{code}", 404).text
    assert code not in client.get(f"/lookup?code={code}").text.replace(f"?code={code}", "")


def test_a_complainant_withdraws_by_the_code_once_and_for_sure(town: House) -> None:
    client = client_of(town)
    code = code_in(send(client))
    assert "请勾选" in Page(look(client, code, "/lookup/withdraw").text).text
    shown = Page(look(client, code, "/lookup/withdraw", sure="yes", reason="已付清").text)
    assert "投诉已撤回" in shown.text
    assert "撤回日期 2026-02-02" in shown.text
    assert "现在不能办理" in Page(look(client, code, "/lookup/withdraw", sure="yes").text).text
    with town.readers() as session:
        assert session.scalars(select(Claim.state)).all() == ["withdrawn"]
    assert not violations(town)


def test_a_complainant_objects_to_a_result_and_to_nothing_else(town: House) -> None:
    client = client_of(town)
    party = {"uscc": FIRM, "name": "示例企业"}
    code = code_in(send(client, **party))
    other = code_in(send(client, promise="退还保证金", **party))
    with town.readers() as session:
        claim, of_other = session.scalars(select(Claim.ulid).order_by(Claim.id)).all()
    early = look(client, code, "/lookup/object", claim=claim, grounds="不服")
    assert "现在不能办理" in Page(early.text).text
    with town.sessions.begin() as session:
        session.execute(update(Claim).values(state="unsubstantiated"))
    assert Page(look(client, code).text).all("textarea")
    assert "请写明异议理由" in Page(look(client, code, "/lookup/object", claim=claim).text).text
    stranger = look(client, other, "/lookup/object", claim=claim, grounds="不服")
    assert "异议已收到" not in Page(stranger.text).text
    done = look(client, code, "/lookup/object", claim=claim, grounds="材料没有看")
    assert "异议已收到" in Page(done.text).text
    with town.readers() as session:
        contested = dict(session.execute(select(Claim.ulid, Claim.contested)).all())
        said = session.scalars(select(ClaimEvent.details).where(ClaimEvent.event == "object"))
        assert [d["grounds"] for d in said] == ["材料没有看"]
    assert contested == {claim: True, of_other: False}


# --- what is published ------------------------------------------------------------------------


def find_in_breach(house: House) -> str:
    """A bureau is found in breach on 2026-01-08; one measure is in force since 2026-01-16."""
    with measures_drawn(house):
        claim = a_world(house)
        a_person(house, "finance_director", CITY_FINANCE, Role.DIRECTOR)
        drive(house, claim, "approve_determination")
        with house.readers() as session:
            query = select(Measure.ulid).where(Measure.code == "local.procurement")
            ulid = session.scalars(query).one()
        said = {"starts_on": day("2026-01-16")}
        answer(house, "accept", ulid, "finance_director", "2026-01-15", **said)
    return claim


@pytest.fixture(scope="module")
def breach(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a town whose bureau was found in breach, made once."""
    folder = tmp_path_factory.mktemp("breach")
    (folder / "town.db").write_bytes(sqlite_template.read_bytes())
    find_in_breach(opened := at_home(folder))
    opened.close()
    return folder


@pytest.fixture
def determined(breach: Path, tmp_path: Path) -> Iterator[House]:
    house = at_home(shutil.copytree(breach, tmp_path / "breach"))
    yield house
    house.close()


def test_nothing_is_published_unless_the_office_has_decided_so(determined: House) -> None:
    assert determined.policy.cases.publication == NOTHING_PUBLISHED
    client = client_of(determined)
    for address in ("/published", f"/published/{ORGAN}"):
        shown = page(client, address)
        assert "尚未决定向社会公开" in shown.text
        assert "民法典" not in shown.text
    office = determined.office()  # not only the page keeps silent
    with determined.readers() as session:
        found = public_record.list_published(session, office, today=TODAY)
        assert found == public_record.Listed((), None)
        assert public_record.published_of(session, ORGAN, office, today=TODAY).items == ()
    for address in ("figures-by-region.csv", "figures-by-field.csv", "ocds.json"):
        assert client.get(f"/open-data/{address}").status_code == 404
    shown = page(client_of(deciding(determined)), "/published")
    assert "公开依据：示例公开1号" in shown.text
    assert "示例县财政局" in shown.text


def test_what_is_published_is_an_allow_list(determined: House) -> None:
    assert public_record.PublicRecord._fields == (
        "record", "body", "uscc", "breach", "violation", "article", "document_no",
        "determined_by", "since", "repaired_on", "measures",
    )  # fmt: skip
    assert public_record.PublicMeasure._fields == ("label", "imposer", "basis", "starts_on")
    client = client_of(deciding(determined))
    for address in ("/published", f"/published/{ORGAN}"):
        text = client.get(address).text
        for shown in (
            "拖欠账款",
            "民法典第五百七十七条",
            "认定〔2026〕1号",
            "2026-01-08",
            "未修复",
        ):
            assert shown in text, address
        assert "示例县人民政府" in text  # who determined
        assert "限制参加政府采购" in text
        for hidden in (FIRM, "示例企业", "1000", "1,000", "预算", "逾期未付", "director", "人员"):
            assert hidden not in text, (address, hidden)
        assert "限制地方政府专项债券申请" not in text  # proposed and not answered
    assert client.get(f"/published/{COUNTY}").status_code == 200
    assert "没有公开该单位" in client.get(f"/published/{COUNTY}").text


def test_measures_on_persons_are_never_published(determined: House) -> None:
    catalogue = shipped_catalogue().rules.values()
    persons = [r for r in catalogue if any(b.target is Target.PERSON for b in r.bases)]
    assert "限制参加政府采购" in client_of(deciding(determined)).get(f"/published/{ORGAN}").text
    for code in (persons[0].code, "taken.off.the.catalogue"):
        with determined.sessions.begin() as session:
            imposed = update(Measure).where(Measure.state == MeasureState.IMPOSED.value)
            session.execute(imposed.values(code=code))
        text = client_of(deciding(determined)).get(f"/published/{ORGAN}").text
        assert "目前没有正在执行的措施" in text
        assert persons[0].label not in text


def test_contested_and_repaired_records_are_taken_down(house: House) -> None:
    client, claim = client_of(deciding(house)), find_in_breach(house)
    act(house, claim, "object", "bureau_head", "2026-01-20", grounds="事实有误")
    assert "没有公开的记录" in page(client, "/published").text
    act(
        house, claim, "decide_objection", "reviewer", "2026-01-28", outcome="rejected",
        reasons="维持",
    )  # fmt: skip
    assert "示例县财政局" in page(client, "/published").text
    state(house, paid("2026-02-09"), "2026-02-09")
    go(house, claim, REPAIRING)
    later = date(2026, 2, 13)
    assert "没有公开的记录" in page(client_of(deciding(house), later), "/published").text
    shown_on = replace(house.policy.cases, display_months=3)
    longer = replace(house, policy=replace(house.policy, cases=shown_on))
    text = page(client_of(deciding(longer), later), f"/published/{ORGAN}").text
    assert "已于 2026-02-12 修复" in text
    gone = client_of(deciding(longer), date(2026, 5, 12))
    assert "没有公开该单位" in page(gone, f"/published/{ORGAN}").text


def test_paging_reaches_every_published_record_once(
    determined: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "_PAGE", 2)
    with determined.sessions.begin() as session:
        listed = session.scalars(select(CreditEntry)).one()
        for n in range(6):  # three on each of two days
            copy = {
                c.key: getattr(listed, c.key)
                for c in CreditEntry.__table__.columns
                if c.key not in ("id", "ulid", "source_no", "effective_on")
            }
            on = day("2026-01-05") if n % 2 else day("2026-01-06")
            ulid = new_ulid(at(on))
            session.add(CreditEntry(ulid=ulid, source_no=f"文书{n}", effective_on=on, **copy))
    client, address, numbers = client_of(deciding(determined)), "/published?q=财政", []
    while address:
        html = client.get(address).text
        numbers += re.findall(r"(文书\d|认定〔2026〕1号)", html)
        more = [str(a["href"]) for a in Page(html).all("a") if a.get("rel") == "next"]
        address = more[0] if more else ""
    assert numbers == ["认定〔2026〕1号", "文书4", "文书2", "文书0", "文书5", "文书3", "文书1"]
    assert "没有公开的记录" in page(client, "/published?q=%25").text  # a wildcard is a letter


# --- calculators, channels, figures -----------------------------------------------------------


def test_the_deadline_calculator_tells_the_day_and_why(street: House) -> None:
    client = client_of(street)
    shown = page(client, "/calculators/deadline?term=payment.organ&start=2025-08-31")
    assert "2025-09-30" in shown.text  # 2025-08-31 + 30 days
    assert "第九条第一款" in shown.text
    old = "/calculators/deadline?term=payment.organ&start=2025-08-31&signed=2025-05-31"
    assert "第八条第一款" in page(client, old).text  # the decree as it was at signing
    agreed = "/calculators/deadline?start=2025-09-30&length=3&unit=day"
    assert "2025-10-09" in page(client, agreed).text  # 3 October is a holiday, until the 8th
    assert "2025-10-03" in page(client, agreed + "&no_roll=yes").text
    shown = page(client, "/calculators/deadline?start=&term=")
    assert {"class": "fault", "id": "start-fault"} in shown.all("span")
    assert {"class": "fault", "id": "term-fault"} in shown.all("span")


def test_the_interest_calculator_counts_part_payments_by_stretches(street: House) -> None:
    client = client_of(street)
    asked = "/calculators/interest?principal=1,200,000&signed=2025-01-05&due=2025-03-01"
    shown = page(client, f"{asked}&until=2025-12-31&paid_on_1=2025-06-01&paid_1=200000")
    # 1,200,000 × 0.0005 × 92 days = 55,200; 1,000,000 × 0.0005 × 213 days = 106,500
    assert "161,700.00 元" in shown.text
    assert "55,200.00 元" in shown.text
    agreed = page(client, f"{asked}&until=2025-03-31&annual_rate=3.65&basis=365")
    assert "3,600.00 元" in agreed.text  # 1,200,000 × 0.0365 / 365 × 30 days
    assert "不适用法定利率" in page(client, f"{asked}&until=2025-12-31&out_of_scope=yes").text
    shown = page(client, f"{asked}&until=2025-12-31&paid_1=5")
    assert {"class": "fault", "id": "paid_on_1-fault"} in shown.all("span")


def test_the_columns_of_regions_are_listed_without_the_dead_and_without_persons(
    street: House,
) -> None:
    def run_by(region: str, **more: Any) -> Operator:
        said = {"responsible": "lead-handle", "telephone": "0552-12345", "address": "示例路1号"}
        return Operator(region, COUNTY, date(2024, 1, 1), **{**said, **more})

    listed = [
        c._replace(operators=(run_by("340321"), run_by("340322", until_on=date(2025, 1, 1))))
        if c.code == "credit-site"
        else c
        for c in street.channels
    ]
    client = client_of(replace(street, channels=Channels(listed)))
    shown = page(client, "/channels")
    assert "各地投诉专栏" in shown.text
    assert "怀远县 信用网站政府违约失信投诉专栏 示例县人民政府 示例路1号 0552-12345" in shown.text
    assert "五河县" not in shown.text
    assert "lead-handle" not in client.get("/channels?region=340321").text
    assert "各地投诉专栏" not in page(client, "/channels?region=110000").text


@pytest.mark.proves("R-41")
def test_the_directory_tells_who_runs_a_channel_and_no_person(street: House) -> None:
    client = client_of(street)
    shown = page(client, "/channels?region=怀远县")
    assert "怀远县（340321）的运营单位" in shown.text
    assert "示例县发展改革委" in shown.text
    assert "示例市工业和信息化局" in shown.text
    assert "示例" not in page(client, "/channels").text  # nobody runs them in the whole country
    assert "没有找到这个地区" in page(client, "/channels?region=无此地").text
    assert "有多个地方叫这个名字" in page(client, "/channels?region=鼓楼区").text


def test_small_counts_are_withheld_and_nothing_else_leaves(either: House) -> None:
    register(
        either,
        *(a_document(contract_no=f"B-{n}", field="bidding") for n in range(6)),
        *(a_document(contract_no=f"P-{n}", field="ppp") for n in range(2)),
    )
    client = client_of(deciding(either))
    reply = client.get("/open-data/figures-by-field.csv")
    assert reply.mimetype == "text/csv"
    assert reply.text.startswith("\ufeff")
    table = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))
    counts = {row["field"]: row["count"] for row in table if row["measure"] == "contracts"}
    assert counts == {"bidding": "6", "ppp": "", "procurement": ""}
    assert set(table[0]) == {"field", "name", "measure", "count", "withheld"}
    reply = client.get("/open-data/figures-by-region.csv")
    (row,) = [r for r in csv.DictReader(io.StringIO(reply.text[1:])) if r["measure"] == "contracts"]
    assert (row["region"], row["count"]) == ("340300", "9")  # by city, never by county


def test_contracts_come_as_packages_page_by_page(
    town: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(
        town, a_document(contract_no="P-1"), a_document(contract_no="X", field="industry_support")
    )
    monkeypatch.setattr(open_data, "_PAGE", 1)
    client, address, told = client_of(deciding(town)), "/open-data/ocds.json", []
    while address:
        assert len(told) < 2
        package = client.get(address).json
        assert package["version"] == "1.1"
        told += [r["ocid"] for r in package["releases"]]
        address = package.get("links", {}).get("next", "").removeprefix("http://localhost")
    assert len(told) == len(set(told)) == 2
