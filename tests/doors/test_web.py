"""The board as a browser meets it: every page, for every reader, over a real register."""

import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain import alerts, facts, leads, parties, states, statute
from fulfilment_monitor.domain import contracts as terms
from fulfilment_monitor.house import House
from fulfilment_monitor.services.sight import ALL
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.web import board
from fulfilment_monitor.web.headers import POLICY
from fulfilment_monitor.web.wording import LABELS, TEXTS
from tests.conftest import KINDS, at, fresh_database, opened_house
from tests.doors.registers import DISPUTED, END, SAMPLES, a_sample, register, sweep_weekly
from tests.doors.signing_in import sign_in_watch

PAGES = ("/overview", "/contracts", "/alerts", "/leads", "/about")
NOBODY = "01JZ1MH2000000000000000000"
PAYLOAD = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def client_of(house: House, today: date = END) -> FlaskClient:
    found = create_app(house, lambda: Moment(at(today), today)).test_client()
    return sign_in_watch(found, house, today)


@pytest.fixture(scope="module", params=KINDS)
def swept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A house with a year behind it, for all who only look."""
    folder = tmp_path_factory.mktemp("swept")
    with fresh_database(request, folder) as url, opened_house(url, folder) as house:
        register(house, *(a_sample(name) for name in SAMPLES))
        sweep_weekly(house)
        yield house


@pytest.fixture(scope="module")
def ulids(swept: House) -> dict[str, str]:
    with swept.sessions() as session:
        found = session.scalars(select(Contract.ulid).order_by(Contract.id))
        return dict(zip(SAMPLES, found, strict=True))


@pytest.fixture
def client(swept: House) -> FlaskClient:
    return client_of(swept)


class Page(HTMLParser):
    """What a test asks of a page: its elements and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(w for w in self.words if w)

    @property
    def links(self) -> list[str]:
        return [str(a["href"]) for a in self.all("a")]


def page(client: FlaskClient, address: str, status: int = 200) -> Page:
    answer = client.get(address)
    assert answer.status_code == status, address
    return Page(answer.text)


def _is_a_page(link: str) -> bool:
    return link.startswith("/") and not link.startswith("/exports/")


def walk(client: FlaskClient, start: str = "/overview") -> dict[str, Page]:
    """Every page a reader can reach by links, by address."""
    found: dict[str, Page] = {}
    waiting = [start]
    while waiting:
        address = waiting.pop()
        if address not in found:
            found[address] = page(client, address)
            waiting += [link for link in found[address].links if _is_a_page(link)]
    return found


@pytest.fixture(scope="module")
def walked(swept: House) -> dict[str, Page]:
    return walk(client_of(swept))


def test_every_link_leads_to_a_page_in_either_language(client, ulids, walked):
    assert set(PAGES) <= set(walked)
    assert {f"/contracts/{ulid}" for ulid in ulids.values()} <= set(walked)
    client.get("/overview?lang=en")
    assert set(walk(client)) == set(walked)


def test_pages_are_whole_without_script_or_inline_style(walked):
    for address, shown in walked.items():
        assert len(shown.all("h1")) == len(shown.all("main")) == 1, address
        assert not shown.all("style") + shown.all("img"), address
        assert all(str(e["href"]).startswith("/static/") for e in shown.all("link")), address
        assert all(str(e.get("src")).startswith("/static/") for e in shown.all("script")), address
        assert all("defer" in e for e in shown.all("script")), address
        attributes = {name for _, given in shown.elements for name in given}
        assert not {a for a in attributes if a == "style" or a.startswith("on")}, address


def test_tables_have_captions_and_fields_have_labels(walked):
    for address, shown in walked.items():
        assert len(shown.all("table")) == len(shown.all("caption")), address
        assert all("scope" in th for th in shown.all("th")), address
        controls = shown.all("input") + shown.all("select")
        fields = {f["id"] for f in controls if f.get("type") != "hidden"}
        assert fields <= {label["for"] for label in shown.all("label")}, address
        ids = [given["id"] for _, given in shown.elements if "id" in given]
        assert len(ids) == len(set(ids)), address


def test_nothing_is_called_a_breach_of_trust(walked):
    board = {a: shown for a, shown in walked.items() if a.startswith(PAGES)}
    assert len(board) > len(SAMPLES)
    assert not [address for address, shown in board.items() if "失信" in shown.text]
    assert "疑似" in walked["/leads"].text
    assert "此前已发出的预警" in walked["/leads"].text  # the evidence, folded
    assert walked["/leads"].all("details")


def test_every_answer_is_hardened(house):
    assert POLICY == (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    wanted = {"/overview": 200, "/healthz": 200, "/static/board.css": 200, "/nowhere": 404}
    wanted |= {
        "/static/nowhere": 404,
        f"/contracts/{NOBODY}": 404,
        "/overview?as_of=yesterday": 400,
    }
    for address, status in wanted.items():
        with client_of(house).get(address) as answer:
            assert answer.status_code == status
            assert answer.headers["Content-Security-Policy"] == POLICY
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_fault_of_ours_is_a_page_that_tells_nothing(house):
    client = create_app(house, lambda: Moment(at(END), "a secret")).test_client()
    answer = sign_in_watch(client, house, END).get("/overview")
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "系统出现故障" in answer.text
    assert "secret" not in answer.text


def test_the_board_is_read_only(house):
    answer = client_of(house).post("/contracts")
    assert answer.status_code == 405
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "GET" in answer.headers["Allow"]


def test_an_empty_register_shows_empty_pages_and_is_healthy(house):
    for address in PAGES:
        assert len(page(client_of(house), address).all("h1")) == 1
    answer = client_of(house).get("/healthz")
    assert (answer.text, answer.mimetype) == ("ok", "text/plain")


def test_markup_in_a_register_stays_text(house):
    document = a_sample(DISPUTED, title=PAYLOAD, contract_no="<b>7</b>")
    document["obligations"][2]["title"] = PAYLOAD
    document["facts"][2]["note"] = PAYLOAD
    document["government"]["name"] = document["enterprise"]["name"] = PAYLOAD
    (ulid,) = register(house, document)
    sweep_weekly(house)
    client = client_of(house)
    for address in (*PAGES, f"/contracts/{ulid}", f"/contracts?q={PAYLOAD}"):
        shown = page(client, address)
        assert not shown.all("img") + shown.all("b"), address
        assert all("src" in script for script in shown.all("script")), address
    assert PAYLOAD in page(client, f"/contracts/{ulid}").text


def test_the_contact_of_an_enterprise_is_nowhere(house):
    document = a_sample(DISPUTED)
    document["enterprise"]["contact"] = "reach-us-here"
    (ulid,) = register(house, document)
    sweep_weekly(house)
    client = client_of(house)
    for address in (*PAGES, f"/contracts/{ulid}", f"/contracts/{ulid}?lang=en"):
        assert "reach-us-here" not in client.get(address).text, address


def test_a_contract_can_be_looked_at_as_of_any_day(client, ulids):
    for as_of, state, word in (
        ("2025-10-16", "open", "履行期内"),  # due 2025-10-20
        ("2025-11-04", "overdue", "逾期 15 日"),
        ("2025-11-21", "disputed", "存在争议"),  # the undisputed part is paid that day
    ):
        shown = page(client, f"/contracts/{ulids[DISPUTED]}?as_of={as_of}")
        assert {"class": f"badge state-{state}"} in shown.all("span")
        assert word in shown.text
        assert as_of in [f.get("value") for f in shown.all("input")]


def test_a_payment_tells_its_reasons_its_rest_and_its_interest(client, ulids):
    shown = page(client, f"/contracts/{ulids[DISPUTED]}?as_of=2025-11-04")
    assert "为什么是这一天" in shown.text
    assert "2025-10-19 为休息日，顺延至 2025-10-20（民法典第二百零三条）" in shown.words
    assert "1,600,000.00 元" in shown.words
    assert re.search(r"逾期利息 测算 12,000.00 元", shown.text)  # 1,600,000 x 0.0005 x 15


def test_obligations_are_drawn_in_time_with_the_same_days_as_a_table(client, ulids):
    shown = page(client, f"/contracts/{ulids[DISPUTED]}?as_of=2025-11-04")
    assert "3 项义务自起算日至到期日的时间，其中 1 项超出到期日" in shown.text
    assert "工程款 2025-09-19 2025-10-20 — 逾期" in shown.text
    assert len([r for r in shown.all("rect") if r["class"] == "tone-bad"]) == 2  # bar and key
    undated = page(client, f"/contracts/{ulids[DISPUTED]}?as_of=2025-06-01")
    assert "履行时间图" in undated.text  # days agreed stand before anything happened


def test_an_agreed_date_beyond_the_ceiling_stands_beside_the_statutory_one(client, ulids):
    shown = page(
        client, f"/contracts/{ulids['procurement_agreed_90_days_over_ceiling']}?as_of=2025-10-15"
    )
    assert "法定到期日 2025-10-09" in shown.text
    assert "合同约定日期 2025-11-03" in shown.text


def test_a_claim_of_payment_is_called_one(client, ulids):
    shown = page(client, f"/contracts/{ulids['procurement_claim_not_confirmed']}?as_of=2025-11-20")
    assert "付款主张，尚待印证" in shown.text
    assert "主张已付，待印证 300,000.00 元" in shown.text


def timeline(html: str) -> str:
    return html[html.index('<ol class="timeline">') : html.index('id="findings"')]


def test_the_timeline_goes_from_signing_in_order_of_days(client, ulids):
    told = timeline(client.get(f"/contracts/{ulids[DISPUTED]}?as_of=2025-11-04").text)
    days = re.findall(r'<time datetime="([\d-]+)">', told)
    assert days[0] == "2025-06-10"
    assert days == sorted(days)
    assert {"signing", "fact", "due", "alert", "lead"} <= set(re.findall(r"is-(\w+)", told))
    assert "2025-11-21" not in days  # the payment of that day was not known yet
    told = timeline(client.get(f"/contracts/{ulids['works_retention_due_in_2027']}").text)
    assert told.index("2026-02-24") < told.index('class="here"') < told.index("2027-01-18")


def test_the_language_switch_is_kept(client, ulids):
    address = f"/contracts/{ulids[DISPUTED]}"
    assert page(client, address).all("html")[0]["lang"] == "zh-Hans"
    switch = next(
        link for link in page(client, f"{address}?as_of=2025-11-04").links if "lang" in link
    )
    english = page(client, f"{address}{switch}")
    assert english.all("html")[0]["lang"] == "en"
    assert "Why this day" in english.text
    assert "15 days late" in english.text
    assert "Contract fulfilment at a glance" in page(client, "/overview").text
    assert "合同履约总览" in page(client, "/overview?lang=zh").text
    assert page(client, "/overview").all("html")[0]["lang"] == "zh-Hans"


def test_the_language_switch_leads_nowhere_else(house):
    nowhere = "/nowhere//elsewhere.example?_scheme=javascript&_external=1"
    shown = page(client_of(house), nowhere, 404)
    assert not [link for link in shown.links if "elsewhere" in link]
    switch = next(a for a in shown.all("a") if a.get("class") == "switch")
    assert switch["href"] == "?_scheme=javascript&_external=1&lang=en"  # no path, so no host


def test_an_unknown_contract_is_not_found(client):
    for name in (NOBODY, "x", "范城建-2025-0016", NOBODY.lower(), "%00", "%27--"):
        assert "没有找到" in page(client, f"/contracts/{name}", 404).text


UNREADABLE = """
/overview?as_of=2025-02-30 /overview?as_of=0001-01-01 /leads?as_of=9999-12-31 /alerts?as_of=20250701
/alerts?audience=everybody /contracts?field=nothing /contracts?before=-1 /leads?before=%00
/alerts?after=1 /alerts?after=2025-07-01,,1,payment.t+1
/alerts?after=2025-07-01,2025-07-01,9999999999999999999,payment.t+1
"""


def test_an_address_that_cannot_be_read_says_so(house):
    for address in UNREADABLE.split():
        assert "请求内容有误" in page(client_of(house), address, 400).text


def test_the_first_and_the_last_day_can_be_looked_at(client, ulids):
    for day in ("2000-01-01", "2025-06-01", "2099-12-31"):
        for address in (
            "/overview",
            "/alerts",
            "/leads",
            *(f"/contracts/{u}" for u in ulids.values()),
        ):
            page(client, f"{address}?as_of={day}")


def test_an_empty_form_asks_for_nothing(client):
    for address in ("/overview?as_of=", "/alerts?audience=&as_of=", "/contracts?q=&field="):
        page(client, address)


def rows_of(html: str) -> list[str]:
    """The rows of a list, be they of a table or cards."""
    body = html[max(0, html.find("<tbody")) :]
    return re.findall(r"<article.*?</article>|<tr .*?</tr>", body, re.DOTALL)


def rows_over_all_pages(client: FlaskClient, address: str) -> list[str]:
    """The rows of a list, page by page, as a reader follows the link to more."""
    found: list[str] = []
    while address:
        html = client.get(address).text
        found += rows_of(html)
        more = [str(a["href"]) for a in Page(html).all("a") if a.get("rel") == "next"]
        address = more[0] if more else ""
    return found


def test_paging_reaches_every_alert_once(swept, client):
    with swept.sessions() as session:
        total = board.list_alerts(session, ALL, swept.policy).total
        day, to = date(2026, 3, 1), alerts.Audience.SUPERIOR.value
        some = board.list_alerts(session, ALL, swept.policy, as_of=day, audience=to).total
    assert total > 2 * board._PAGE
    found = rows_over_all_pages(client, "/alerts")
    assert len(found) == len(set(found)) == total
    found = rows_over_all_pages(client, f"/alerts?audience={to}&as_of={day}")
    assert len(found) == len(set(found)) == some > board._PAGE
    assert all("上级部门" in row for row in found)


def test_paging_reaches_every_contract_and_every_lead_once(monkeypatch, swept, client):
    monkeypatch.setattr(board, "_PAGE", 2)
    with swept.sessions() as session:
        raised = board.list_leads(session, ALL).total
    for address, total in {"/contracts": len(SAMPLES), "/leads": raised}.items():
        found = rows_over_all_pages(client, address)
        assert len(found) == len(set(found)) == total > 2


def test_contracts_are_found_by_field_and_by_text(client):
    queries = {"field=ppp": 1, "q=公共厕所": 1, "q=公共厕所&field=ppp": 0, "q=范城建-2025-0016": 1}
    queries |= {"q=%25": 0, "q=_": 0}  # a wildcard is a letter like any other
    queries |= {"q=%00公共厕所%0A": 1}
    for query, total in queries.items():
        assert f"共 {total} 条" in page(client, f"/contracts?{query}").text


def test_the_overview_tells_what_falls_due_next(swept):
    shown = page(client_of(swept, date(2026, 3, 10)), "/overview")
    coming = shown.text[shown.text.index("即将到期") : shown.text.index("最新预警")]
    assert "可用性服务费（第9期）" in coming
    assert "还有 21 日" in coming  # 2026-03-10 + 21 = 2026-03-31


CODES = {"field": terms.Field, "kind": terms.Kind, "subject": terms.Subject}
CODES |= {"clause": terms.Clause, "amendment": terms.AmendmentKind, "reason": terms.AmendmentReason}
CODES |= {"state": states.State, "source": facts.Source, "fact": facts.FactKind}
CODES |= {"severity": alerts.Severity, "audience": alerts.Audience, "lead": leads.LeadState}
CODES |= {"ownership": parties.Ownership, "size": parties.Size, "unit": statute.Unit}
CODES |= {"government_kind": parties.GovernmentKind}


@pytest.mark.parametrize("kind", CODES)
def test_every_code_has_a_name_in_both_languages(kind):
    named = LABELS[kind]
    assert {c.value for c in CODES[kind]} <= named.keys()
    assert all(zh and en and not re.search("[一-鿿]", en) for zh, en in named.values())


def test_texts_agree_on_what_is_filled_in():
    for key, pair in TEXTS.items():
        blanks = [sorted(re.findall(r"{(\w+)}", text)) for text in pair]
        assert blanks[0] == blanks[1] or key.endswith(".one"), key
