"""Every page there is, opened once by somebody it is for: it shuts nobody out, and fits.

A route that stands neither among `PAGES` nor among `FILES` fails. What the content policy refused,
and what was fetched from elsewhere, is told by `visit` when the test ends.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fulfilment_monitor.house import open_house
from fulfilment_monitor.settings import Settings
from tests.browser.conftest import serving
from tests.browser.observe import NARROW, assert_accessible, assert_fits, screenshot
from tests.browser.world import FIRM_ACCOUNT, World

#: What answers with a file, or with no page of its own.
FILES = frozenset(
    {
        "api_pages.readyz", "board.healthz", "board.static", "case_letters.file",
        "clerk.refused_rows", "clerk.template", "entrance.landing", "files.evidence",
        "files.of_case", "metrics.metrics", "open311.definition", "open311.discovery",
        "open311.find", "open311.services", "open311.show", "open_data.contracts",
        "open_data.figures", "taking_out.alerts", "taking_out.cases", "taking_out.contracts",
        "taking_out.leads", "vouched.back", "vouched.begin", "vouched.begin_binding",
    }
)  # fmt: skip
#: By whom each page is opened, None being nobody; and its address, with names of `World.ids`.
PAGES: dict[str, tuple[str | None, str]] = {
    "admin.home": ("system_admin", "/admin"),
    "admin_accounts.accounts": ("system_admin", "/admin/accounts"),
    "admin_contacts.contacts": ("county_lead", "/admin/contacts"),
    "admin_dead_letters.letters": ("system_admin", "/admin/dead-letters"),
    "admin_keys.keys": ("security_admin", "/admin/keys"),
    "admin_law.law": ("security_admin", "/admin/law"),
    "admin_people.approvals": ("system_admin", "/admin/approvals"),
    "admin_people.people": ("security_admin", "/admin/people"),
    "admin_record.record": ("audit_admin", "/admin/record"),
    "admin_service.jobs": ("system_admin", "/admin/jobs"),
    "admin_webhooks.letters": ("system_admin", "/admin/webhooks/letters"),
    "admin_webhooks.subscribers": ("security_admin", "/admin/webhooks"),
    "api_pages.docs": (None, "/api/docs"),
    "assisting.form": ("handler", "/claims/{late}/help"),
    "assisting.requests": ("finance_handler", "/help"),
    "assisting.show": ("finance_handler", "/help/{help}"),
    "board.about": (None, "/about"),
    "board.alerts": ("supervisor", "/alerts"),
    "board.contract": ("bureau_clerk", "/contracts/{contract}"),
    "board.contracts": ("supervisor", "/contracts"),
    "board.leads": ("supervisor", "/leads"),
    "board.overview": ("supervisor", "/overview"),
    "calculators.deadline": (None, "/calculators/deadline?term=sme_payment&start=2026-01-05"),
    "calculators.index": (None, "/calculators"),
    "calculators.interest": (
        None,
        "/calculators/interest?principal=1000&due=2025-09-10&until=2026-01-20&signed=2025-07-01",
    ),
    "case_file.case": ("handler", "/cases/{determined}"),
    "case_folders.form": ("handler", "/cases/{late}/folder"),
    "case_letters.index": ("handler", "/claims/{determined}/letters/"),
    "case_letters.preview": ("handler", "/claims/{determined}/letters/notice"),
    "case_steps.form": ("handler", "/claims/{late}/refuse"),
    "case_vault.ask_form": ("handler", "/complaints/{complaint}/vault"),
    "case_vault.request_page": ("custodian", "/vault-requests/{asked}"),
    "clerk.desk": ("bureau_clerk", "/desk"),
    "clerk.new_amendment": ("bureau_clerk", "/desk/contracts/{contract}/amend"),
    "clerk.new_answer": (
        "bureau_clerk", "/desk/contracts/{contract}/facts/{said_by_enterprise}/answer"
    ),
    "clerk.new_contract": ("bureau_clerk", "/desk/contracts/new"),
    "clerk.new_fact": ("bureau_clerk", "/desk/contracts/{contract}/facts/new"),
    "clerk.preview_upload": ("bureau_clerk", "/desk/upload/{upload}"),
    "clerk.upload": ("bureau_clerk", "/desk/upload"),
    "complaining.form": (None, "/complain"),
    "correcting.form": ("sme_intake", "/bodies/{body}/record/{listed}/correction"),
    "credit_desk.record": ("supervisor", "/bodies/{body}/record"),
    "directory.channels": (None, "/channels"),
    "duties_page.by_clause": ("supervisor", "/oversight/clauses"),
    "enterprise.answer": (None, "/answer/{link}"),
    "enterprise.ask": ("bureau_clerk", "/desk/contracts/{contract}/ask"),
    "enterprise.case": (FIRM_ACCOUNT, "/firm/cases/{own_complaint}"),
    "enterprise.cases": (FIRM_ACCOUNT, "/firm/cases"),
    "enterprise.complaint": (FIRM_ACCOUNT, "/firm/obligations/{obligation}/complain"),
    "enterprise.confirm": (FIRM_ACCOUNT, "/firm/facts/{said_by_government}/confirm"),
    "enterprise.contacts": (FIRM_ACCOUNT, "/firm/contacts"),
    "enterprise.dispute": (FIRM_ACCOUNT, "/firm/facts/{said_by_government}/dispute"),
    "enterprise.home": (FIRM_ACCOUNT, "/firm"),
    "enterprise.interest": (FIRM_ACCOUNT, "/firm/obligations/{obligation}/interest"),
    "enterprise.new_contract": (FIRM_ACCOUNT, "/firm/contracts/new"),
    "enterprise.new_fact": (FIRM_ACCOUNT, "/firm/contracts/{contract}/facts/new"),
    "enterprise.notice": ("bureau_clerk", "/desk/notices/{notice}"),
    "enterprise.notices": (FIRM_ACCOUNT, "/firm/notices"),
    "enterprise.notices_for_department": ("bureau_clerk", "/desk/notices"),
    "enterprise.notices_in_region": ("supervisor", "/desk/notices/overdue"),
    "enterprise.staff": (FIRM_ACCOUNT, "/firm/staff"),
    "entrance.first_page": (None, "/first-sign-in"),
    "entrance.sign_in": (None, "/login"),
    "entrance.step_up": ("handler", "/step-up"),
    "finding.search": ("supervisor", "/search?q=%E7%A4%BA%E4%BE%8B"),
    "looking_up.form": (None, "/lookup"),
    "measures_desk.index": ("finance_handler", "/measures"),
    "measures_desk.measure": ("finance_handler", "/measures/{measure}"),
    "notifications.index": ("handler", "/notifications"),
    "officer.worklist": ("handler", "/work"),
    "open_data.index": (None, "/open-data"),
    "oversight.cases": ("supervisor", "/oversight/cases"),
    "oversight.overview": ("supervisor", "/oversight"),
    "own.account": ("handler", "/account"),
    "own.factor_page": ("handler", "/account/factor"),
    "own.password_page": ("handler", "/account/password"),
    "public.portal": (None, "/"),
    "published.body": (None, "/published/{body}"),
    "published.records": (None, "/published"),
    "respondent.claim": ("bureau_head", "/desk/claims/{served}"),
    "respondent.claims": ("bureau_head", "/desk/claims"),
    "respondent.form": ("bureau_head", "/desk/claims/{served}/object"),
    "supervising.form": ("supervisor", "/claims/{late}/supervision"),
}  # fmt: skip
#: Pictures of all pages take as long as everything else; they are drawn when they are asked for.
PICTURES = bool(os.environ.get("FM_PICTURES"))  # noqa: TID251


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    file = folder / "fulfilment.db"
    file.write_bytes(sqlite_template.read_bytes())
    places = {"evidence_dir": str(folder / "ev"), "uploads_dir": str(folder / "up")}
    settings = Settings(database_url=f"sqlite:///{file}", keys_dir=str(folder / "keys"), **places)
    house = open_house(settings)
    yield World(house)
    house.close()


def test_every_route_is_a_page_of_the_table_or_a_file(world: World) -> None:
    reached = {
        rule.endpoint
        for rule in world.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not _is_of_the_api(rule.endpoint)
    }
    assert sorted(reached - PAGES.keys() - FILES) == []
    assert sorted((PAGES.keys() | FILES) - reached) == []


def _is_of_the_api(endpoint: str) -> bool:
    return endpoint.startswith("api_") and endpoint not in PAGES and endpoint not in FILES


@pytest.mark.parametrize("who", sorted({who or "" for who, _ in PAGES.values()}))
def test_every_page_shuts_nobody_out(visit, world, who):
    with serving(world.app) as origin:
        page = visit("/about", origin=origin, token=world.tokens.get(who))
        wrong = [w for name in PAGES if (w := _fault_of(page, world, origin, who, name))]
    assert not wrong, "\n\n".join(wrong)


def _fault_of(page, world, origin, who, name):
    """What is wrong with a page; nothing where it is another reader's."""
    reader, address = PAGES[name]
    if (reader or "") != who:
        return ""
    answer = page.goto(origin + address.format(**world.ids))
    expect(page.locator("h1").first).to_be_visible()
    try:
        assert answer.status == 200, f"{name}: {answer.status} {page.inner_text('main')}"
        assert_accessible(page)
        assert_fits(page)
        if PICTURES:
            screenshot(page, f"every-{name}")
        size = page.viewport_size
        page.set_viewport_size({"width": NARROW, "height": 900})
        assert_fits(page)
        page.set_viewport_size(size)
    except AssertionError as fault:
        return f"{name}: {fault}"
    return ""
