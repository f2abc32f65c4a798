"""Searching the register: what stands there is found, on both databases, page by page."""

import random

import pytest

from fulfilment_monitor.house import House
from fulfilment_monitor.services.registry import list_contracts
from fulfilment_monitor.services.sight import ALL
from tests.services.builders import a_body, a_document, a_firm, register, violations

TITLES = [
    "办公设备采购",
    "道路养护工程",
    "医疗设备采购及安装",
    "城区道路照明工程",
    "《污水处理》特许经营",
    "设备A-12维护（2026年度）",
]


def filled(house: House) -> list[str]:
    register(
        house,
        *(a_document(contract_no=f"HT-2026-{i:03}", title=t) for i, t in enumerate(TITLES)),
    )
    return TITLES


def titles(house: House, text: str) -> set[str]:
    with house.readers() as session:
        found = list_contracts(session, ALL, text=text)
    assert found.total == len(found.items)
    return {item["title"] for item in found.items}


def test_every_pair_of_characters_finds_exactly_what_holds_it(house: House) -> None:
    filled(house)
    pairs = {t[i : i + 2] for t in TITLES for i in range(len(t) - 1)}
    for pair in sorted(p for p in pairs if all(c >= "一" and c <= "鿿" for c in p)):
        assert titles(house, pair) == {t for t in TITLES if pair in t}, pair


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("设备 采购", {"办公设备采购", "医疗设备采购及安装"}),
        ("设备采购", {"办公设备采购", "医疗设备采购及安装"}),
        ("程", {"道路养护工程", "城区道路照明工程"}),
        ("ht-2026-00", set(TITLES)),
        ("2026-003", {"城区道路照明工程"}),
        ("a-12", {"设备A-12维护（2026年度）"}),
        ("污水处理特许", set()),
        ("没有这个", set()),
        ("——", set()),
        ("\" OR '", set()),
        ("示例企业", set(TITLES)),
        ("财政局", set(TITLES)),
    ],
)
def test_words_numbers_and_parties_are_found(house: House, text: str, expected: set[str]) -> None:
    filled(house)
    assert titles(house, text) == expected


def test_pages_of_a_search_hold_everything_once_newest_first(house: House) -> None:
    chosen = random.Random(5)
    register(
        house,
        *(
            a_document(
                contract_no=f"P-{i}",
                title="".join(chosen.choices("合同道路设备", k=8)),
                government=a_body(),
                enterprise=a_firm(),
            )
            for i in range(120)
        ),
    )
    with house.readers() as session:
        whole = list_contracts(session, ALL, text="道路")
        seen, before = [], None
        while page := list_contracts(
            session, ALL, text="道路", before=before, limit=7, count=False
        ).items:
            seen += page
            before = page[-1]["row"]
    assert [i["row"] for i in seen] == [i["row"] for i in whole.items]
    assert [i["row"] for i in seen] == sorted((i["row"] for i in seen), reverse=True)
    assert 5 < len(seen) < 120
    assert all("道路" in i["title"] for i in seen)


def test_the_doctor_sees_a_contract_that_cannot_be_found(house: House) -> None:
    filled(house)
    assert violations(house) == []
    with house.engine.begin() as connection:
        name = "rowid" if connection.dialect.name == "sqlite" else "contract_id"
        delete = {
            "sqlite": "INSERT INTO search_contract (search_contract, rowid, words)"
            " SELECT 'delete', 1, '办公 公设 设备 备采 采购 购 ht 2026 000'",
            "postgresql": f"DELETE FROM search_contract WHERE {name} = 1",
        }
        connection.exec_driver_sql(delete[connection.dialect.name])
    assert [v.check for v in violations(house)] == ["contract.not-searchable"]
