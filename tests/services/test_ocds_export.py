"""The register as open data: valid, faithful, and no more than is meant to leave the house."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.cli.ocds import write_package
from fulfilment_monitor.domain.ocds.values import exact_json, parsed
from fulfilment_monitor.house import House, open_house, upgrade
from fulfilment_monitor.schemas.ocds import schema_errors
from fulfilment_monitor.services.contracts import find_contract
from fulfilment_monitor.services.ocds_export import export_releases
from fulfilment_monitor.settings import Settings
from tests.services.builders import (
    Document,
    a_document,
    a_fact,
    a_firm,
    a_payment,
    amend,
    answer,
    contents,
    office,
    owed,
    paid,
    register,
    state,
    view,
)
from tests.services.ocds_documents import (
    FIRM,
    a_contract,
    a_milestone,
    a_package,
    a_release,
    a_transaction,
    met,
    money,
    publish,
    publish_bytes,
)

SAMPLES = sorted(resources.shipped("contracts_samples").glob("*.json"))


def exported(house: House) -> list[Document]:
    with house.readers() as session:
        return [e.release for e in export_releases(session, office=office(house))]


def package(house: House, *, records: bool = False) -> str:
    out = io.StringIO()
    with house.readers() as session:
        write_package(out, export_releases(session, office=office(house)), records=records)
    return out.getvalue()


def only(house: House) -> Document:
    """The one contract that is exported."""
    (release,) = exported(house)
    (contract,) = release["contracts"]
    found: Document = contract
    return found


def milestone(house: House, key: str = "payment") -> Document:
    members = only(house)["implementation"]["milestones"]
    return next(m for m in members if m["id"] == key)


def elsewhere(folder: Path) -> House:
    """Another house, with nothing in it."""
    settings = Settings(database_url=f"sqlite:///{folder / 'other.db'}")
    upgrade(settings)
    return open_house(settings)


def comes_back(house: House, folder: Path) -> None:
    """What is exported, imported elsewhere and exported again is the same, byte for byte."""
    first = package(house)
    other = elsewhere(folder)
    done = publish_bytes(other, first.encode(), on="2025-12-01")
    assert done.refused == []
    assert set(done.results) == {"registered"}
    assert package(other) == first
    again = publish_bytes(other, package(other, records=True).encode(), on="2025-12-02")
    assert set(again.results) == {"unchanged"}
    other.close()


def a_rich_register(house: House) -> None:
    """One contract with every kind of thing that is exported."""
    register(
        house,
        a_document(
            owed("delivery", by="enterprise", due_on="2025-08-01"),
            owed("acceptance", after="delivery", within={"length": 7, "unit": "working_day"}),
            a_payment(after="acceptance", within={"length": 30, "unit": "day"}),
            owed("payment", key="retained", amount="50.00", due_on="2026-07-01", retention=True),
            owed("payment", key="other", amount="10.00", due_on="2026-03-02", other_law="某条例"),
            amount="1060.00",
            late_interest={"annual_rate": "0.0365"},
            clauses={"arbitration": True},
            enterprise=a_firm(contact="someone, 000"),
            facts=[
                a_fact("performed", "2025-07-30", "enterprise", "delivery", confirmed=True),
                paid("2025-09-01", "400.00", ref="P-1", note="a private remark"),
                {"kind": "paid", "on": "2025-09-02", "by": "government", "amount": "5.00"},
                {"kind": "paid", "on": "2025-09-02", "by": "government", "amount": "5.00"},
            ],
        ),
    )
    claim = state(house, paid("2025-09-03", "100.00", "government"), "2025-09-03")
    answer(house, claim, "disputed", "enterprise", "2025-09-04", "40.00")
    state(house, a_fact("disputed", "2025-09-05", "government", "other"), "2025-09-05")
    amend(
        house,
        "2025-09-06",
        changes=[{"obligation": "retained", "due_on": "2026-08-01", "amount": "60.00"}],
        add=[
            owed(
                "payment",
                key="extra",
                amount="7.00",
                after="signing",
                within={"length": 1, "unit": "year"},
            )
        ],
        note="a private remark",
    )


def test_a_register_comes_back_as_it_was(house: House, tmp_path: Path) -> None:
    a_rich_register(house)
    comes_back(house, tmp_path)
    other = open_house(Settings(database_url=f"sqlite:///{tmp_path / 'other.db'}"))
    for day in ("2025-08-15", "2025-10-01", "2026-09-01"):
        here, there = view(house, day), view(other, day)
        assert [_told(o) for o in there["obligations"]] == [_told(o) for o in here["obligations"]]
    other.close()


def _told(obligation: Document) -> Document:
    return {k: v for k, v in obligation.items() if k != "id"}


def test_the_samples_come_back_as_they_were(house: House, tmp_path: Path) -> None:
    register(house, *(parsed(p.read_text("utf-8")) for p in SAMPLES), on="2025-12-01")
    assert len(exported(house)) >= 25
    comes_back(house, tmp_path)


def test_what_came_from_elsewhere_goes_out_under_its_own_name(house: House, tmp_path: Path) -> None:
    work = a_milestone("1d", "delivery", "2024-03-19", description="all rooms")
    payment = a_transaction("T9", "2024-04-09", "769.55", source="https://example.org/t9")
    contract = a_contract(
        met(work, "2024-03-31"),
        paid=(payment, {"id": "odd"}),
        value=money("2308.65"),
        tariffs=[{"id": "1", "value": {"amount": Decimal("0.0005")}}],
        signatories=[{"id": "x", "contactPoint": {"email": "someone@example.org"}}],
    )
    contract["implementation"]["charges"] = [{"id": "c", "paidBy": "user"}]
    second = a_contract(work, id="C-2")
    publish(house, a_package(a_release(1, "2024-05-01", contract, second)))
    (release,) = exported(house)
    assert release["ocid"] == "ocds-zz0000-1"
    assert [c["id"] for c in release["contracts"]] == ["C-1", "C-2"]
    first = release["contracts"][0]
    assert first["tariffs"] == contract["tariffs"]
    assert first["implementation"]["charges"] == [{"id": "c", "paidBy": "user"}]
    assert first["implementation"]["milestones"][0]["description"] == "all rooms"
    paid_out = first["implementation"]["transactions"]
    assert [t["id"] for t in paid_out] == ["T9", "odd"]
    assert paid_out[0]["source"] == "https://example.org/t9"
    assert "someone@example.org" not in exact_json(release)
    comes_back(house, tmp_path)


def test_one_contract_of_a_process_is_exported_with_the_others(house: House) -> None:
    work = a_milestone("1d", "delivery", "2024-03-19")
    both = (a_contract(work), a_contract(work, id="C-2"))
    publish(house, a_release(1, "2024-05-01", *both))
    with house.readers() as session:
        only_second = [find_contract(session, "C-2")]
        (found,) = export_releases(session, office=office(house), contract_ids=only_second)
    assert [c["id"] for c in found.release["contracts"]] == ["C-1", "C-2"]


@pytest.mark.parametrize("records", [False, True])
def test_importing_our_own_export_changes_nothing(house: House, records: bool) -> None:
    a_rich_register(house)
    publish(house, a_release(1, "2024-05-01", a_contract(a_milestone("1", "delivery", None))))
    before = contents(house)
    done = publish_bytes(house, package(house, records=records).encode(), on="2025-12-01")
    assert done.results == ["unchanged", "unchanged"]
    assert contents(house) == before


def test_a_fact_added_to_an_export_is_entered_and_the_terms_stand(house: House) -> None:
    register(house, a_document(), on="2025-07-02")
    (release,) = exported(house)
    contract = release["contracts"][0]
    contract["title"] = "another title"
    said = [{"kind": "waived", "on": "2025-08-01", "by": "enterprise"}]
    contract["implementation"]["milestones"][0]["fulfilment"]["facts"] = said
    assert publish(house, release).results == ["updated"]
    shown = view(house, "2025-08-02")
    assert (shown["title"], shown["obligations"][0]["state"]) == ("办公设备采购", "waived")


# --- the document -------------------------------------------------------------------------------


def test_every_release_is_valid(house: House) -> None:
    a_rich_register(house)
    register(house, *(parsed(p.read_text("utf-8")) for p in SAMPLES), on="2025-12-01")
    assert [e for r in exported(house) for e in schema_errors(r)] == []


def test_only_what_is_bought_is_published(house: House) -> None:
    fields = ["procurement", "bidding", "ppp", "government_investment"]
    others = ["investment_attraction", "industry_support"]
    register(house, *(a_document(contract_no=f, field=f) for f in [*fields, *others]))
    shown = [c["fulfilment"]["contract_no"] for r in exported(house) for c in r["contracts"]]
    assert shown == fields


def test_nothing_private_leaves_the_house(house: House) -> None:
    a_rich_register(house)
    out = package(house)
    assert "remark" not in out
    assert "someone" not in out
    assert "contact" not in out


def test_money_is_written_digit_for_digit(house: House) -> None:
    register(house, a_document(a_payment("9007199254740.93")))
    assert '"value":{"amount":9007199254740.93,"currency":"CNY"}' in package(house)


def test_overdue_is_never_a_status(house: House) -> None:
    register(house, a_document(), on="2025-12-01")  # due 2025-09-10
    assert view(house, "2025-12-01")["obligations"][0]["state"] == "overdue"
    shown = milestone(house)
    assert (shown["status"], shown["dueDate"]) == ("scheduled", "2025-09-10T00:00:00+08:00")


def test_a_met_milestone_has_its_day(house: House) -> None:
    register(house, a_document(facts=[paid("2025-09-09")]), on="2025-12-01")
    shown = milestone(house)
    assert (shown["status"], shown["dateMet"]) == ("met", "2025-09-09T00:00:00+08:00")
    (transaction,) = only(house)["implementation"]["transactions"]
    assert transaction["relatedImplementationMilestone"]["id"] == "payment"
    assert transaction["fulfilment"] == {"by": "enterprise"}


def test_a_claim_does_not_make_a_milestone_met(house: House) -> None:
    register(house, a_document(facts=[paid("2025-09-09", by="government")]), on="2025-12-01")
    assert milestone(house)["status"] == "scheduled"


def test_a_waived_milestone_is_not_met(house: House) -> None:
    waiver = a_fact("waived", "2025-08-01", "enterprise")
    register(house, a_document(facts=[waiver]), on="2025-12-01")
    assert milestone(house)["status"] == "notMet"


def test_an_amended_date_stands_beside_the_first(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-08-01", changes=[{"obligation": "payment", "due_on": "2025-10-10"}])
    shown = milestone(house)
    assert shown["dueDate"] == "2025-10-10T00:00:00+08:00"
    assert shown["fulfilment"]["original_due_on"] == "2025-09-10"
    assert exported(house)[0]["tag"] == ["contract", "contractAmendment"]
    assert only(house)["amendments"][0]["date"] == "2025-08-01T00:00:00+08:00"


def test_a_computed_date_is_published_too(house: House) -> None:
    document = a_document(
        owed("delivery", by="enterprise"),
        a_payment(after="delivery"),
        facts=[a_fact("performed", "2025-08-01", "enterprise", "delivery")],
    )
    register(house, document, on="2025-12-01")
    # 1 August + 30 days is Sunday the 31st: Monday 1 September
    assert milestone(house)["dueDate"] == "2025-09-01T00:00:00+08:00"


def test_the_same_register_gives_the_same_bytes_and_a_change_another_release(
    house: House,
) -> None:
    register(house, a_document())
    first = exported(house)
    assert exported(house) == first
    assert first[0]["date"] == "2025-07-02T09:00:00+08:00"
    assert first[0]["ocid"] == "ocds-fmlocal-11340321003000014D-HT-1"
    state(house, paid("2025-09-09"), "2025-09-10")
    (second,) = exported(house)
    assert second["date"] == "2025-09-10T09:00:00+08:00"
    assert second["id"] != first[0]["id"]


def test_the_parties_carry_scheme_and_number(house: House) -> None:
    register(house, a_document())
    (release,) = exported(house)
    assert [(p["id"], p["roles"]) for p in release["parties"]] == [
        ("CN-SAIC-11340321003000014D", ["buyer"]),
        ("CN-SAIC-91340321MA2000000L", ["supplier"]),
    ]
    assert release["buyer"]["id"] == release["parties"][0]["id"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("fulfilment", "field"), "picnic"),
        (("fulfilment", "title"), 7),
        (("fulfilment", "government"), {"name": "x", "uscc": "1", "kind": "organ"}),
        (("fulfilment", "amendments"), [{"kind": "terms"}]),
        (("value", "amount"), "much"),
        (("implementation", "milestones", 0, "fulfilment", "kind"), None),
        (("implementation", "milestones", 0, "fulfilment", "added_on"), "soon"),
        (("implementation", "milestones", 0, "fulfilment", "facts"), [{"kind": "performed"}]),
        (("implementation", "milestones", 0, "value", "amount"), Decimal("0.001")),
        (("implementation", "transactions", 0, "date"), None),
        (("implementation", "transactions", 0, "fulfilment", "by"), "nobody"),
        (("implementation", "transactions", 0, "fulfilment", "disputed_amount"), "x"),
    ],
)
def test_an_export_that_was_tampered_with_is_refused_with_its_place(
    house: House, place: tuple[Any, ...], value: object
) -> None:
    document = a_document(amount="1000.00", facts=[paid("2025-09-09", by="government")])
    register(house, document, on="2025-12-01")
    (release,) = exported(house)
    outer: Any = release["contracts"][0]
    outer["implementation"]["transactions"][0]["fulfilment"]["disputed"] = True
    for step in place[:-1]:
        outer = outer[step]
    outer[place[-1]] = value
    done = publish(house, release)
    assert done.results == []
    assert done.refused
    assert all(i.pointer.startswith("/contracts/0") for i in done.refused)


def test_a_foreign_party_is_not_mistaken_for_one_of_ours(house: House) -> None:
    code = "91340321MA2000000L"
    firm = {**FIRM, "identifier": {"scheme": "ZZ-REG", "id": code}}
    contract = a_contract(a_milestone("1", "delivery", None))
    release = a_release(
        1, "2024-05-01", contract, parties=[], awards=[{"id": "A-1", "suppliers": [firm]}]
    )
    publish(house, release)
    identifier = view(house, "2024-06-01", "C-1")["enterprise"]["identifier"]
    assert identifier == {"scheme": "ZZ-REG", "id": code}
