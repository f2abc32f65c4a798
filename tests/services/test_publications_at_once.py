"""Two imports of what was published at once: the register is as after one and then the other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.ocds.values import digest_of_json, exact_json, parsed
from fulfilment_monitor.house import House
from fulfilment_monitor.services.ocds_export import export_releases
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.publications import Publication, PublishedContract
from tests.conftest import at
from tests.services.builders import (
    a_document,
    day,
    meanwhile,
    office,
    register,
    registered,
    view,
    violations,
    wait_for_a_waiting_lock,
)
from tests.services.ocds_documents import (
    OCID,
    Document,
    a_contract,
    a_package,
    a_release,
    publish,
    published,
)
from tests.services.test_publications import PAY, WORK, a_school, states


def two_at_once(house: House, one: Document, other: Document) -> list[list[str]]:
    """The second import begins while the first has written everything and not committed it."""
    register(house, a_document(contract_no="HT-0"))  # so that the policy is there, and our bodies
    first: list[list[str]] = []
    after = meanwhile(
        house,
        lambda session: first.append(published(session, house, one).results),
        lambda: publish(house, other).results,
    )
    return [*first, after]


@pytest.mark.parametrize(
    ("one", "other", "results"),
    [
        ((0,), (1, 2), [["registered"], ["updated", "updated"]]),
        ((1, 2), (0,), [["registered", "updated"], ["updated"]]),
        ((0, 1), (2,), [["registered", "updated"], ["updated"]]),
        ((0, 2), (1,), [["registered", "updated"], ["updated"]]),
        ((0, 1, 2), (0, 1, 2), [["registered", "updated", "updated"], ["unchanged"] * 3]),
    ],
)
def test_releases_of_one_process_that_come_at_once_are_merged_as_if_one_by_one(
    house: House, one: tuple[int, ...], other: tuple[int, ...], results: list[list[str]]
) -> None:
    school = a_school()
    packages = [a_package(*(school[i] for i in part)) for part in (one, other)]
    assert two_at_once(house, *packages) == results
    assert states(house, "2024-12-31") == {
        "1d": ("fulfilled_late", "2024-03-19", 12),  # 31 March is twelve days after the 19th
        "1p": ("overdue", "2024-04-10", 265),  # the buyer's own word is a claim
        "2d": ("open", "2024-12-31", 0),
    }
    facts = [(f["kind"], f["on"], f["ref"]) for f in view(house, "2024-12-31", "C-1")["facts"]]
    assert facts == [
        ("performed", "2024-03-31", "milestone/1d"),
        ("paid", "2024-04-09", "T9"),
    ]
    compiled = compiled_contract(house)
    assert exact_json(compiled["value"]) == '{"amount":2308.65,"currency":"EUR"}'
    assert [t["id"] for t in compiled["implementation"]["transactions"]] == ["T9"]
    assert violations(house) == []


def test_two_contracts_of_one_number_are_two_even_if_they_come_at_once(house: House) -> None:
    here = a_release(1, "2024-01-11", a_contract(WORK))
    there = {**here, "ocid": "ocds-2"}
    assert two_at_once(house, a_package(here), a_package(there)) == [["registered"]] * 2
    with house.readers() as session:
        numbers = set(session.scalars(select(Contract.contract_no)))
    assert numbers == {"HT-0", "C-1", "ocds-2/C-1"}
    assert violations(house) == []


def compiled_contract(house: House) -> Document:
    """The one published contract, as all its releases add up to it."""
    with house.readers() as session:
        row = session.scalars(select(PublishedContract)).one()
    found: Document = parsed(row.compiled["contract"])
    return found


def results_when_held_up(house: House, release: Document, *packages: Document) -> list[list[str]]:
    """Imports begun one by one while another transaction is about to keep a release, and does not.

    Each has come as far as it can before the next one begins. Which goes on first is not certain.
    """
    register(house, a_document(contract_no="HT-0"))  # so that the policy is there, and our bodies
    with ThreadPoolExecutor(len(packages)) as pool:
        with house.sessions() as session:
            session.add(a_publication(release))
            session.flush()
            imports = []
            for package in packages:
                imports.append(pool.submit(publish, house, package))
                wait_for_a_waiting_lock(house, len(imports))
            session.rollback()
        return sorted(one.result(60).results for one in imports)


def a_publication(release: Document) -> Publication:
    """The row with which an import keeps a release."""
    written = exact_json(release)
    return Publication(
        ocid=release["ocid"],
        release_id="",
        tags="",
        digest=digest_of_json(written),
        body={"release": written},
        recorded_at=at(day("2025-07-01")),
        recorded_by="another import",
    )


def test_releases_in_opposite_orders_do_not_wait_for_each_other(house: House) -> None:
    releases = [
        {**a_release(1, "2024-01-11", a_contract(WORK, id=f"C-{n}")), "ocid": f"{OCID}-{n}"}
        for n in range(3)
    ]
    there, back = a_package(*releases), a_package(*releases[::-1])
    results = results_when_held_up(house, releases[1], there, back)
    assert results == [["registered"] * 3, ["unchanged"] * 3]
    assert violations(house) == []


def test_exports_of_ours_and_other_releases_do_not_wait_for_each_other(house: House) -> None:
    """An import has entered its exports before it comes to the bodies of its other releases."""
    foreign = a_release(1, "2024-01-11", a_contract(WORK))
    of_the_same_bodies = {**a_release(1, "2024-01-11", a_contract(PAY, id="C-2")), "ocid": "ocds-2"}
    ours, theirs_by_us = exports_from_elsewhere(house, a_document(), of_the_same_bodies)
    one, other = a_package(ours, foreign), a_package(ours, theirs_by_us)
    results = results_when_held_up(house, ours, one, other)
    assert results == [["registered", "registered"], ["unchanged", "registered"]]
    assert violations(house) == []


def exports_from_elsewhere(house: House, contract: Document, release: Document) -> list[Document]:
    """What a register that holds two contracts exports; this one does not know them."""
    with house.sessions() as session:
        registered(session, house, contract)
        published(session, house, release)
        releases = [e.release for e in export_releases(session, office=office(house))]
        session.rollback()
    return releases
