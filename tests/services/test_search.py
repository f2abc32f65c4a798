"""Searching the register: what stands there is found, on both databases, page by page."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.bodies import Entry
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.house import House
from fulfilment_monitor.services import recounting
from fulfilment_monitor.services.enrolment import Result, enrol_bodies
from fulfilment_monitor.services.registry import list_contracts
from fulfilment_monitor.services.sight import ALL
from fulfilment_monitor.store.search import replace_words
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    INSTITUTION,
    ORGAN,
    a_body,
    a_document,
    a_firm,
    day,
    office,
    register,
    registered,
    violations,
    wait_for_a_waiting_lock,
)

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
        connection.exec_driver_sql(f"DELETE FROM search_contract WHERE {name} = 1")
    assert [v.check for v in violations(house)] == ["contract.not-searchable"]


def test_a_contract_found_by_other_words_is_seen_and_mended_by_reckoning(house: House) -> None:
    filled(house)
    with house.sessions.begin() as session:  # as an earlier release wrote them
        replace_words(session, [(1, ["办公", "设备", "别的"]), (3, ["别的"])])
    assert titles(house, "别的") == {TITLES[0], TITLES[2]}
    assert [v.check for v in violations(house)] == ["contract.other-words"] * 2
    assert recounting.write_words_anew(house.sessions) == 2
    assert titles(house, "别的") == set()
    assert titles(house, "医疗设备") == {TITLES[2]}
    assert violations(house) == []
    assert recounting.write_words_anew(house.sessions) == 0


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("50MW", "装机50㎿光伏"),
        ("50mw", "装机50㎿光伏"),
        ("50㎿", "装机50㎿光伏"),
        ("合同履约", "合同\u200b履约管理"),
        ("项目编号", "项目\u00ad编号"),
        ("葛城", "葛\U000e0100城"),
        ("a" * 100, "a" * 200),
        ("a" * 3_000, "a" * 200),
    ],
)
def test_signs_and_invisible_characters_do_not_hide_a_title(
    house: House, text: str, title: str
) -> None:
    register(house, a_document(title=title))
    assert titles(house, text) == (set() if len(text) > len(title) else {title})
    assert violations(house) == []


@pytest.mark.parametrize("text", ["a" * 3_000, "𐑄" * 3_000, "\ud800", "《\ud800》", "\x00"])
def test_whatever_is_asked_for_is_answered(house: House, text: str) -> None:
    filled(house)
    assert titles(house, text) == set()


# --- by the names of the parties --------------------------------------------------------------


def named_otherwise() -> dict[str, object]:
    """A contract that calls everybody otherwise than the register does."""
    return a_document(
        contract_no="HT-2",
        government=a_body(name="别称管委会"),
        enterprise=a_firm(name="又名公司"),
        co_governments=[a_body(INSTITUTION, "联合医院")],
    )


def numbers(house: House, text: str) -> list[str]:
    with house.readers() as session:
        return [i["contract_no"] for i in list_contracts(session, ALL, text=text).items]


def enrolled(session: Session, house: House, code: str, name: str) -> None:
    kind = GovernmentKind.INSTITUTION if code == INSTITUTION else GovernmentKind.ORGAN
    on = day("2025-08-01")
    done = enrol_bodies(
        session, [Entry(code, name, kind)], by=CLERK, office=office(house), now=at(on), today=on
    )
    assert [d.result for d in done] == [Result.UPDATED]


def rename(house: House, code: str, name: str) -> None:
    with house.sessions.begin() as session:
        enrolled(session, house, code, name)


def test_a_contract_is_found_by_the_names_it_has_and_by_those_on_the_register(
    house: House,
) -> None:
    register(house, a_document())
    register(house, named_otherwise())
    for text in ("财政", "示例县财政局", "示例企业"):
        assert numbers(house, text) == ["HT-2", "HT-1"]
    for text in ("别称", "又名公司", "联合医院"):
        assert numbers(house, text) == ["HT-2"]
    assert violations(house) == []


@pytest.mark.parametrize("code", [ORGAN, INSTITUTION])
def test_a_body_that_is_renamed_is_found_by_its_new_name(house: House, code: str) -> None:
    register(house, a_document())
    register(house, named_otherwise())
    rename(house, code, "崭新发展中心")
    known = ["HT-2", "HT-1"] if code == ORGAN else ["HT-2"]
    assert numbers(house, "崭新发展中心") == known
    assert numbers(house, "联合医院") == numbers(house, "别称") == ["HT-2"]  # as it was signed
    assert violations(house) == []
    rename(house, code, "又改名的中心")
    assert numbers(house, "崭新发展中心") == []
    assert numbers(house, "又改名的中心") == known
    assert violations(house) == []


def test_names_that_are_exchanged_are_found_where_they_went(house: House) -> None:
    other = "113403210030000228"
    register(house, a_document())
    register(house, a_document(contract_no="HT-3", government=a_body(other, "示例县教育局")))
    on = day("2025-08-01")
    entries = [
        Entry(ORGAN, "示例县教育局", GovernmentKind.ORGAN),
        Entry(other, "示例县财政局", GovernmentKind.ORGAN),
    ]
    with house.sessions.begin() as session:
        enrol_bodies(session, entries, by=CLERK, office=office(house), now=at(on), today=on)
    assert numbers(house, "教育局") == numbers(house, "财政局") == ["HT-3", "HT-1"]
    assert violations(house) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("first", ["rename", "register"])
def test_a_contract_entered_while_its_body_is_renamed_is_found_by_the_new_name(
    house: House, first: str
) -> None:
    register(house, a_document())

    def renamed(session: Session) -> None:
        enrolled(session, house, ORGAN, "崭新发展中心")

    def entered(session: Session) -> None:
        registered(session, house, a_document(contract_no="HT-2"), on="2025-08-01")

    verbs: list[Callable[[Session], None]] = [renamed, entered]
    one, two = verbs if first == "rename" else reversed(verbs)

    def other() -> None:
        with house.sessions.begin() as session:
            two(session)

    with ThreadPoolExecutor(1) as pool:
        with house.sessions.begin() as session:
            one(session)
            waiting = pool.submit(other)
            wait_for_a_waiting_lock(house)
        waiting.result(60)
    assert numbers(house, "崭新发展中心") == ["HT-2", "HT-1"]
    assert violations(house) == []
