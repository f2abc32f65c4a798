"""One search over contracts, cases and bodies; nobody finds what is not for them."""

import re

import pytest

from tests.doors.officer_world import Pages, Visitor
from tests.doors.signing_in import enterprise_account
from tests.services import case_builders as town
from tests.services.builders import FIRM, a_document, a_firm, register, sweep
from tests.services.enterprise_builders import OTHER_FIRM

ON = "2025-10-21"
_LINK = re.compile(r'href="(/(?:contracts|cases|bodies)/[^"]+)"')


@pytest.fixture
def pages(house):
    town.a_town(house)
    other = a_firm(uscc=OTHER_FIRM, name="另一家公司")
    foreign = {"name": "示例市财政局", "uscc": town.CITY_FINANCE, "kind": "organ"}
    register(
        house,
        a_document(),
        a_document(contract_no="HT-2", title="道路养护", enterprise=other),
        a_document(contract_no="HT-3", title="办公楼", government=foreign, enterprise=other),
    )
    sweep(house, town.LEAD_DAY)
    enterprise_account(house, "firm", FIRM)
    return Pages(house)


def found(visitor: Visitor, text: str) -> list[str]:
    """Where what was found leads; each can be opened."""
    answer = visitor.get(f"/search?q={text}")
    assert answer.status_code == 200
    links = _LINK.findall(answer.text)
    for link in links:
        assert visitor.get(link).status_code == 200, link
    return links


def kinds(links: list[str]) -> list[str]:
    return sorted(link.split("/")[1] for link in links)


def test_two_chinese_characters_find_contracts_cases_and_bodies_in_sight(house, pages):
    lead = pages.as_("county_lead", ON)
    assert kinds(found(lead, "财政")) == ["bodies"] * 2 + ["cases"] * 3 + ["contracts"] * 3
    clerk = pages.as_("bureau_clerk", ON)
    assert kinds(found(clerk, "办公")) == ["contracts"]  # not that of another body
    assert kinds(found(clerk, "HT-3")) == []
    assert kinds(found(clerk, "HT-2")) == ["contracts"]
    assert kinds(found(clerk, "支付")) == ["bodies"]
    firm = pages.as_("firm", ON)
    assert kinds(found(firm, "HT")) == ["contracts"]
    assert kinds(found(firm, "另一家")) == []
    assert kinds(found(firm, "养护")) == []


def test_a_case_is_found_by_its_number_and_its_contract_by_who_may_open_it(house, pages):
    (claim, *_) = (link.rpartition("/")[2] for link in found(pages.as_("county_lead", ON), "HT-1")
                   if link.startswith("/cases/"))  # fmt: skip
    lead = pages.as_("county_lead", ON)
    assert found(lead, claim) == [f"/cases/{claim}"]
    assert found(lead, claim[:20].lower()) == found(lead, claim[:20])
    for stranger in ("finance_handler", "bureau_clerk", "firm", "city_handler"):
        assert found(pages.as_(stranger, ON), claim) == [], stranger


def test_nothing_asked_and_nothing_found_say_what_can_be_asked(pages):
    visitor = pages.as_("bureau_clerk", ON)
    assert "两个汉字即可查找" in visitor.get("/search").text
    none = visitor.get("/search?q=%25").text
    assert "没有找到“%”" in none
    assert _LINK.findall(none) == []
    assert visitor.get("/search?q=" + "x" * 5000).status_code == 200
    assert 'role="search"' in visitor.get("/desk").text
    assert 'id="find"' not in pages.street().get("/").text
