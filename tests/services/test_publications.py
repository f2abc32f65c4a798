"""What other registers publish: entered as far as it says enough, and never further."""

import random
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from fulfilment_monitor.domain.ocds.values import exact_json
from fulfilment_monitor.house import House
from tests.services.builders import (
    contents,
    lead_list,
    rules_raised,
    standing,
    sweep,
    view,
    violations,
)
from tests.services.ocds_documents import (
    BUYER,
    FIRM,
    OCID,
    TREASURY,
    Document,
    a_contract,
    a_milestone,
    a_package,
    a_party,
    a_release,
    a_transaction,
    as_bytes,
    met,
    money,
    publish,
    publish_bytes,
    rehearse,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WORK = a_milestone("1d", "delivery", "2024-03-19")
PAY = a_milestone("1p", "payment", "2024-04-10", value=money("769.55"))
LATER = a_milestone("2d", "delivery", "2024-12-31")


def a_school() -> list[Document]:
    """Three releases: scheduled; delivered twelve days late; paid a day early."""
    late = met(WORK, "2024-03-31")
    payment = a_transaction(
        "T9", "2024-04-09", "769.55", relatedImplementationMilestone={"id": "1p"}
    )
    return [
        a_release(1, "2024-01-11", a_contract(WORK, PAY, LATER, value=money("2308.65"))),
        a_release(2, "2024-04-01", a_contract(late, PAY), tag=["implementation"]),
        a_release(
            3,
            "2024-04-10",
            a_contract(late, met(PAY, "2024-04-09"), paid=(payment,)),
            tag=["implementationUpdate"],
        ),
    ]


def states(house: House, on: str, number: str = "C-1") -> dict[str, tuple[Any, ...]]:
    shown = view(house, on, number)["obligations"]
    return {o["key"]: (o["state"], o["due_on"], o["days_late"]) for o in shown}


def test_releases_are_taken_in_the_order_of_their_dates_whatever_the_file_says(
    house: House,
) -> None:
    first, second, third = a_school()
    done = publish(house, a_package(third, first, second))
    assert done.results == ["updated", "registered", "updated"]
    assert states(house, "2024-12-31") == {
        "1d": ("fulfilled_late", "2024-03-19", 12),  # 31 March is twelve days after the 19th
        "1p": ("overdue", "2024-04-10", 265),  # the buyer's own word is a claim
        "2d": ("open", "2024-12-31", 0),
    }
    assert standing(house, "2024-12-31", "1p", "C-1")["claimed"] == "769.55"
    assert states(house, "2025-01-01")["2d"] == ("overdue", "2024-12-31", 1)


def test_one_by_one_gives_what_all_at_once_gives(house: House) -> None:
    done = [publish(house, release).results for release in a_school()]
    assert done == [["registered"], ["updated"], ["updated"]]
    assert states(house, "2024-12-31")["1d"] == ("fulfilled_late", "2024-03-19", 12)
    facts = [(f["kind"], f["ref"]) for f in view(house, "2024-12-31", "C-1")["facts"]]
    assert facts == [("performed", "milestone/1d"), ("paid", "T9")]


def test_an_older_release_that_arrives_last_takes_nothing_back(house: House) -> None:
    first, second, third = a_school()
    publish(house, third)
    publish(house, first)
    publish(house, second)
    shown = view(house, "2024-12-31", "C-1")
    assert [(f["kind"], f["on"]) for f in shown["facts"]] == [
        ("performed", "2024-03-31"),
        ("paid", "2024-04-09"),
    ]
    assert set(states(house, "2025-01-01")) == {"1d", "1p", "2d"}


def test_what_is_known_changes_nothing(house: House) -> None:
    publish(house, a_package(*a_school()))
    before = contents(house)
    again = publish(house, a_package(*a_school()), on="2025-07-03")
    assert again.results == ["unchanged"] * 3
    assert again.issues == []
    assert contents(house) == before


def test_a_release_that_stands_twice_in_a_batch_is_known_the_second_time(house: House) -> None:
    release = a_school()[0]
    assert publish(house, a_package(release, release)).results == ["registered", "unchanged"]


def test_everything_that_was_published_is_kept_and_shown(house: House) -> None:
    failures = [{"id": "1", "events": 6, "penaltyImposed": "300000.0", "penaltyPaid": True}]
    first = a_school()[0]
    private = {"contactPoint": {"email": "someone@example.org"}}
    first["contracts"][0]["implementation"]["performanceFailures"] = [{**failures[0], **private}]
    first["contracts"][0]["tariffs"] = [{"id": "1", "value": {"amount": Decimal("0.0005")}}]
    first["parties"][1]["contactPoint"] = {"email": "someone@example.org"}
    publish(house, first)
    published = view(house, "2024-12-31", "C-1")["published"]
    assert published["ocid"] == OCID
    assert published["performance_failures"] == failures
    assert published["also_kept"] == {"tariffs": 1}
    assert [m["id"] for m in published["milestones"]] == ["1d", "1p", "2d"]
    assert "someone@example.org" not in str(view(house, "2024-12-31", "C-1"))


def test_the_record_and_the_invariants_hold(house: House) -> None:
    publish(house, a_package(*a_school()))
    assert violations(house) == []


# --- facts ------------------------------------------------------------------------------------


def test_a_status_without_a_day_is_no_fact(house: House) -> None:
    done = publish(house, a_release(1, "2024-05-01", a_contract({**WORK, "status": "met"})))
    assert done.codes["ocds.met-without-date"] == 1
    assert states(house, "2024-05-01")["1d"] == ("overdue", "2024-03-19", 43)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "scheduled"}, "ocds.date-without-met"),
        ({"status": "notMet"}, "ocds.date-without-met"),
        ({"status": "partiallyMet"}, "ocds.partially-met"),
        ({"status": "finished"}, "ocds.milestone-status"),
        ({"status": None}, "ocds.date-without-met"),
        ({"status": ["met"]}, "ocds.milestone-status"),
    ],
)
def test_only_met_with_a_day_is_met(house: House, changes: Document, code: str) -> None:
    milestone = {**met(WORK, "2024-03-10"), **changes}
    done = publish(house, a_release(1, "2024-05-01", a_contract(milestone)))
    assert done.codes[code] == 1
    assert view(house, "2024-05-01", "C-1")["facts"] == []


def test_a_corrected_day_leaves_the_first_statement_in_sight(house: House) -> None:
    publish(house, a_release(1, "2024-04-01", a_contract(met(WORK, "2024-03-19"))))
    publish(house, a_release(2, "2024-04-02", a_contract(met(WORK, "2024-03-25"))))
    publish(house, a_release(3, "2024-04-03", a_contract(met(WORK, "2024-03-25"), title="Other")))
    said = view(house, "2024-05-01", "C-1")["facts"]
    assert [(f["on"], f.get("superseded", False)) for f in said] == [
        ("2024-03-25", False),
        ("2024-03-19", True),
    ]
    assert states(house, "2024-05-01")["1d"] == ("fulfilled_late", "2024-03-19", 6)


def test_another_hour_of_the_same_day_is_no_correction(house: House) -> None:
    early = {**met(WORK, "2024-03-19"), "dateMet": "2024-03-19T00:00:00+02:00"}
    publish(house, a_release(1, "2024-04-01", a_contract(early)))
    publish(house, a_release(2, "2024-04-02", a_contract(met(WORK, "2024-03-19"))))
    assert len(view(house, "2024-05-01", "C-1")["facts"]) == 1


def test_a_payment_takes_the_place_of_the_bare_word_that_it_was_made(house: House) -> None:
    publish(house, a_release(1, "2024-04-10", a_contract(met(PAY, "2024-04-09"))))
    assert standing(house, "2024-05-01", "1p", "C-1")["claimed"] == "769.55"
    payment = a_transaction(7, "2024-04-09", "769.55", relatedImplementationMilestone={"id": "1p"})
    publish(house, a_release(2, "2024-04-11", a_contract(met(PAY, "2024-04-09"), paid=(payment,))))
    assert standing(house, "2024-05-01", "1p", "C-1")["claimed"] == "769.55"  # once, not twice


def test_a_paying_office_beside_the_buyer_knows_of_money(house: House) -> None:
    payment = a_transaction(
        "7", "2024-04-09", "769.55", relatedImplementationMilestone={"id": "1p"}, payer=TREASURY
    )
    parties = [a_party(BUYER, "buyer"), a_party(FIRM, "supplier"), a_party(TREASURY, "payer")]
    publish(house, a_release(1, "2024-04-10", a_contract(PAY, paid=(payment,)), parties=parties))
    assert states(house, "2024-05-01")["1p"] == ("fulfilled", "2024-04-10", 0)


def test_a_payer_that_only_calls_itself_so_is_believed_no_more_than_the_buyer(
    house: House,
) -> None:
    payment = a_transaction("7", "2024-04-09", "769.55", payer=TREASURY)
    publish(house, a_release(1, "2024-04-10", a_contract(PAY, paid=(payment,))))
    assert states(house, "2024-05-01")["1p"][0] == "overdue"


@pytest.mark.parametrize(
    "direction", [{"payer": FIRM, "payee": TREASURY}, {"payer": TREASURY, "payee": BUYER}]
)
def test_money_from_the_enterprise_pays_no_debt_of_the_government(
    house: House, direction: Document
) -> None:
    fee = a_transaction("7", "2024-02-01", "769.55", **direction)
    done = publish(house, a_release(1, "2024-04-10", a_contract(PAY, paid=(fee,))))
    assert done.codes["ocds.payment-by-enterprise"] == 1
    assert standing(house, "2024-05-01", "1p", "C-1")["claimed"] == "0.00"


def test_where_the_government_owes_no_money_such_payments_are_put_down(house: House) -> None:
    fee = a_transaction("7", "2024-02-01", "769.55", payer=FIRM, payee=BUYER)
    publish(house, a_release(1, "2024-04-10", a_contract(WORK, paid=(fee,))))
    (said,) = view(house, "2024-05-01", "C-1")["facts"]
    assert (said["kind"], said["by"], said["amount"]) == ("paid", "government", "769.55")
    assert standing(house, "2024-05-01", "1d", "C-1")["state"] == "overdue"


def test_an_unlinked_payment_goes_to_the_oldest_debt_as_a_claim(house: House) -> None:
    payment = a_transaction("7", "2024-04-09", "100.00")
    publish(house, a_release(1, "2024-04-10", a_contract(WORK, PAY, paid=(payment,))))
    assert standing(house, "2024-05-01", "1p", "C-1")["claimed"] == "100.00"


def test_a_payment_linked_to_the_work_it_paid_for_is_still_a_payment(house: House) -> None:
    payment = a_transaction(
        "7", "2024-04-09", "100.00", relatedImplementationMilestone={"id": "1d"}
    )
    done = publish(house, a_release(1, "2024-04-10", a_contract(WORK, PAY, paid=(payment,))))
    assert done.codes["ocds.linked-to-work"] == 1
    assert standing(house, "2024-05-01", "1p", "C-1")["claimed"] == "100.00"


def test_a_statement_that_is_published_no_more_stays_on_the_record(house: House) -> None:
    publish(house, a_release(1, "2024-04-01", a_contract(met(WORK, "2024-03-19"))))
    taken_back = {**WORK, "dateMet": None}
    done = publish(house, a_release(2, "2024-04-02", a_contract(taken_back)))
    assert done.codes["ocds.statement-withdrawn"] == 1
    assert states(house, "2024-05-01")["1d"][0] == "fulfilled"


# --- terms ------------------------------------------------------------------------------------


def test_a_duration_gives_no_date_and_silence_gives_no_lead(house: House) -> None:
    contract = a_contract(period={"durationInDays": 20}, value=money("775.76"), status="active")
    publish(house, a_release(1, "2024-01-11", contract))
    sweep(house, "2025-07-02")
    assert states(house, "2025-07-02") == {"payment": ("undated", None, 0)}
    assert standing(house, "2025-07-02", "payment", "C-1")["reported"] is False
    assert (lead_list(house), rules_raised(house)) == ([], ["completion.no-date"])


def test_a_contract_that_has_ended_is_neither_paid_nor_forgiven(house: House) -> None:
    period = {"endDate": "2024-06-30T00:00:00+02:00"}
    contract = a_contract(PAY, LATER, period=period, status="terminated")
    done = publish(house, a_release(1, "2024-07-01", contract))
    assert done.codes["ocds.contract-ended"] == 1
    assert states(house, "2025-01-01")["1p"][0] == "overdue"
    assert states(house, "2025-01-01")["2d"][0] == "overdue"


def moved(on: str) -> Document:
    return {**LATER, "dueDate": f"{on}T00:00:00+02:00"}


def test_a_published_amendment_moves_a_date_and_keeps_the_first(house: House) -> None:
    amendments = [{"id": "1", "date": "2024-05-02T00:00:00+02:00", "rationale": "more rooms"}]
    publish(house, a_release(1, "2024-01-11", a_contract(WORK, LATER)))
    later = a_contract(moved("2025-02-28"), amendments=amendments)
    done = publish(house, a_release(2, "2024-05-03", later))
    assert done.codes["ocds.changed-without-amendment"] == 0
    shown = standing(house, "2025-01-01", "2d", "C-1")
    assert (shown["state"], shown["due_on"], shown["original_due_on"]) == (
        "open",
        "2025-02-28",
        "2024-12-31",
    )
    (amendment,) = view(house, "2025-01-01", "C-1")["amendments"]
    assert (amendment["agreed_on"], amendment["note"]) == ("2024-05-02", "more rooms")


def test_a_date_that_merely_changes_is_a_finding_and_the_terms_stand(house: House) -> None:
    publish(house, a_release(1, "2024-01-11", a_contract(WORK, LATER)))
    done = publish(house, a_release(2, "2024-05-03", a_contract(moved("2025-02-28"))))
    assert done.codes["ocds.changed-without-amendment"] == 1
    assert done.pointer("ocds.changed-without-amendment").endswith("/milestones/0")
    assert states(house, "2025-01-01")["2d"] == ("overdue", "2024-12-31", 1)


def test_the_tag_alone_makes_an_amendment_too(house: House) -> None:
    release = a_release(2, "2024-05-03", a_contract(moved("2025-02-28")), tag=["contractAmendment"])
    publish(house, a_package(a_release(1, "2024-01-11", a_contract(LATER)), release))
    assert states(house, "2025-01-01")["2d"] == ("open", "2025-02-28", 0)


def test_a_date_already_missed_is_not_moved_by_a_publication(house: House) -> None:
    release = a_release(2, "2025-01-20", a_contract(moved("2025-02-28")), tag=["contractAmendment"])
    done = publish(house, a_package(a_release(1, "2024-01-11", a_contract(LATER)), release))
    assert done.codes["ocds.amendment-refused"] == 1
    assert states(house, "2025-02-01")["2d"] == ("overdue", "2024-12-31", 32)


def test_a_longer_contract_is_an_amendment_that_names_the_first_end(house: House) -> None:
    def until(end: str, **more: Any) -> Document:
        return a_contract(WORK, period={"endDate": f"{end}T00:00:00Z"}, **more)

    longer = until("2046-01-23", amendments=[{"id": "1", "rationale": "section X"}])
    publish(
        house,
        a_package(
            a_release(1, "2024-01-11", until("2036-01-23")),
            a_release(2, "2025-01-24", longer, tag=["contractAmendment"]),
        ),
    )
    shown = view(house, "2025-02-01", "C-1")
    (amendment,) = shown["amendments"]
    assert (amendment["obligation"], amendment["due_on"]) == (None, "2046-01-23")
    assert "2036-01-23" in amendment["note"]
    assert [e["end"][:10] for e in shown["published"]["ends"]] == ["2036-01-23", "2046-01-23"]


def test_a_milestone_that_comes_later_is_owed_from_then_on(house: House) -> None:
    publish(house, a_release(1, "2024-01-11", a_contract(WORK)))
    done = publish(house, a_release(2, "2024-05-03", a_contract(LATER), tag=["implementation"]))
    assert done.codes["ocds.milestone-added"] == 1
    assert set(states(house, "2024-05-02")) == {"1d"}
    assert set(states(house, "2024-05-03")) == {"1d", "2d"}


def test_milestones_of_both_lists_are_kept_apart(house: House) -> None:
    twin = a_milestone("1d", "financial", "2024-02-08")
    publish(house, a_release(1, "2024-01-11", a_contract(WORK, milestones=[twin])))
    assert states(house, "2024-02-09") == {
        "1d": ("open", "2024-03-19", 0),
        "contract-1d": ("overdue", "2024-02-08", 1),
    }


def test_a_number_and_the_same_number_as_text_are_one_milestone(house: House) -> None:
    publish(house, a_release(1, "2024-01-11", a_contract(a_milestone(1, "delivery", "2024-03-19"))))
    later = met(a_milestone("1", "delivery", "2024-03-19"), "2024-03-18")
    publish(house, a_release(2, "2024-04-01", a_contract(later)))
    assert states(house, "2024-05-01") == {"1": ("fulfilled", "2024-03-19", 0)}


def test_a_process_without_anything_owed_is_kept_until_there_is(house: House) -> None:
    planning = a_release(1, "2024-01-01", tag=["planning"])
    bare = a_release(2, "2024-01-11", a_contract())
    assert publish(house, planning, bare).results == ["updated", "updated"]
    assert publish(house, a_release(3, "2024-01-12", a_contract(WORK))).results == ["registered"]


@pytest.mark.parametrize(
    ("tender", "more", "field"),
    [
        ({"procurementMethod": "open"}, {}, "bidding"),
        ({"procurementMethod": "selective"}, {}, "bidding"),
        ({"procurementMethod": "direct"}, {}, "procurement"),
        ({"procurementMethod": ["open"]}, {}, "procurement"),
        ({}, {}, "procurement"),
        ({"procurementMethod": "open"}, {"riskAllocation": [{"id": "1"}]}, "ppp"),
    ],
)
def test_the_field_comes_from_how_it_was_awarded(
    house: House, tender: Document, more: Document, field: str
) -> None:
    contract = a_contract(WORK, **more)
    publish(house, a_release(1, "2024-01-11", contract, tender={"id": "T", **tender}))
    assert view(house, "2024-02-01", "C-1")["field"] == field


def test_foreign_contracts_are_under_no_payment_decree(house: House) -> None:
    details = {"scale": "sme"}
    parties = [a_party(BUYER, "buyer"), a_party(FIRM, "supplier", details=details)]
    publish(house, a_release(1, "2024-01-11", a_contract(PAY), parties=parties))
    shown = view(house, "2024-05-01", "C-1")
    assert shown["scope"]["payment_decree"] is False
    assert (shown["currency"], shown["region"]) == ("EUR", "ZZ")


# --- parties and numbers ------------------------------------------------------------------------


def test_a_number_the_buyer_uses_already_is_told_apart_by_the_process(house: House) -> None:
    other = {**a_release(1, "2024-01-11", a_contract(WORK)), "ocid": "ocds-zz0000-2"}
    publish(house, a_release(1, "2024-01-11", a_contract(WORK)), other)
    assert view(house, "2024-02-01", "ocds-zz0000-2/C-1")["published"]["ocid"] == "ocds-zz0000-2"
    later = {
        **a_release(2, "2024-04-01", a_contract(met(WORK, "2024-03-19"))),
        "ocid": other["ocid"],
    }
    assert publish(house, later).results == ["updated"]
    assert states(house, "2024-05-01", "ocds-zz0000-2/C-1")["1d"][0] == "fulfilled"
    assert states(house, "2024-05-01")["1d"][0] == "overdue"


def test_parties_are_told_by_their_identifier_never_by_their_name(house: House) -> None:
    namesake = {"id": "ZZ-REG-8", "name": FIRM["name"]}
    renamed = {**BUYER, "name": "Ministry of Other Examples"}
    publish(house, a_release(1, "2024-01-11", a_contract(WORK)))
    done = publish(
        house,
        {
            **a_release(1, "2024-01-11", a_contract(WORK, id="C-2")),
            "ocid": "ocds-zz0000-2",
            "buyer": renamed,
            "parties": [a_party(renamed, "buyer"), a_party(namesake, "supplier")],
            "awards": [{"id": "A-1", "suppliers": [namesake]}],
        },
    )
    assert "ZZ-GOV:1" in done.detail("party.spellings")
    shown = view(house, "2024-02-01", "C-2")
    assert shown["enterprise"]["identifier"] == {"scheme": "ZZ-REG", "id": "8"}
    assert shown["government"]["identifier"] == {"scheme": "ZZ-GOV", "id": "1"}


def test_a_party_nobody_published_gets_a_place_of_its_own(house: House) -> None:
    bare = a_release(1, "2024-01-11", a_contract(WORK), parties=[], buyer=None, awards=[])
    done = publish(house, bare)
    assert done.codes["party.unpublished"] == 2
    named = publish(house, a_release(2, "2024-01-12", a_contract(WORK)))
    assert named.codes["party.differs"] == 2
    assert view(house, "2024-02-01", "C-1")["enterprise"]["identifier"]["scheme"] == "ocid"


@pytest.mark.parametrize(
    "more", [{"details": {"legalEntityType": "natural person"}}, {"name": "Pessoa singular 3"}]
)
def test_a_natural_person_is_pointed_out_and_no_contact_is_taken_over(
    house: House, more: Document
) -> None:
    party = {**a_party(FIRM, "supplier"), "contactPoint": {"telephone": "000"}, **more}
    release = a_release(1, "2024-01-11", a_contract(WORK), parties=[a_party(BUYER, "buyer"), party])
    assert publish(house, release).codes["party.natural-person"] == 1
    assert "contact" not in view(house, "2024-02-01", "C-1")["enterprise"]


# --- what deserves a look -----------------------------------------------------------------------

LINKED = {"relatedImplementationMilestone": {"id": "1p"}}


def with_end(end: str, **more: Any) -> Document:
    return a_contract(
        PAY, period={"startDate": "2024-01-15T00:00:00Z", "endDate": f"{end}T00:00:00Z"}, **more
    )


@pytest.mark.parametrize(
    ("contract", "code"),
    [
        (a_contract(WORK, status="closed"), "ocds.contract-status"),
        (a_contract(WORK, dateSigned=None), "ocds.signed-on-assumed"),
        (with_end("2024-01-14"), "ocds.end-before-start"),
        (with_end("5024-01-14"), "ocds.date-range"),
        (with_end("50240-01-14"), "ocds.date-unreadable"),
        (
            a_contract(PAY, period={"endDate": "2024-06-30T23:00:00Z"}),
            "ocds.day-uncertain",
        ),
        (
            with_end("2024-02-01", paid=(a_transaction("7", "2024-02-02", "1.00"),)),
            "ocds.paid-after-end",
        ),
        (
            a_contract(PAY, paid=(a_transaction("7", "2024-01-09", "1.00"),)),
            "ocds.paid-before-signing",
        ),
        (
            a_contract(PAY, paid=(a_transaction("7", "2024-05-02", "1.00"),)),
            "ocds.paid-after-release",
        ),
        (
            a_contract(PAY, paid=(a_transaction("7", "2024-04-02", "769.57", **LINKED),)),
            "ocds.over-payment",
        ),
        (
            a_contract(PAY, paid=(a_transaction("7", "2024-04-02", "769.54", **LINKED),)),
            "ocds.cents",
        ),
        (a_contract(PAY, value=money("1000.00")), "ocds.not-scheduled"),
        (a_contract(a_milestone("1", "picnic", None)), "ocds.milestone-type"),
        (a_contract(WORK, {"title": "nameless"}), "ocds.milestone-without-id"),
        (a_contract(WORK, met(WORK, "2024-01-09")), "ocds.duplicate-id"),
        (a_contract(met(WORK, "2024-01-09")), "ocds.met-before-signing"),
        (a_contract(a_milestone("1", "delivery", "2024-01-09")), "ocds.due-before-signing"),
        (a_contract({**PAY, "value": money("769.555")}), "ocds.amount-decimals"),
        (a_contract({**PAY, "value": money("0")}), "ocds.amount-not-positive"),
        (a_contract({**PAY, "value": money("-5")}), "ocds.amount-not-positive"),
        (a_contract({**PAY, "value": {"amount": "769.55"}}), "ocds.amount-text"),
        (a_contract({**PAY, "value": {"amount": "much"}}), "ocds.amount-unreadable"),
        (a_contract(PAY, {**PAY, "id": "x", "value": money("5", "USD")}), "ocds.currency-differs"),
        (
            a_contract(PAY, paid=({"id": "7", "value": money("5")},)),
            "ocds.transaction-without-date",
        ),
        (
            a_contract(PAY, paid=(a_transaction("7", "2024-02-02", "0"),)),
            "ocds.transaction-without-amount",
        ),
        (
            a_contract(
                PAY,
                paid=(
                    a_transaction(
                        "7", "2024-02-02", "5", relatedImplementationMilestone={"id": "no"}
                    ),
                ),
            ),
            "ocds.milestone-unknown",
        ),
    ],
)
@ONLY_SQLITE
def test_what_is_odd_is_said_once_and_enters_all_the_same(
    house: House, contract: Document, code: str
) -> None:
    done = publish(house, a_release(1, "2024-05-01", contract))
    assert done.codes[code] == 1
    assert done.results == ["registered"]


@ONLY_SQLITE
def test_a_sound_contract_has_nothing_odd(house: House) -> None:
    payment = a_transaction("7", "2024-04-10", "769.55", **LINKED)
    contract = a_contract(WORK, PAY, paid=(payment,), value=money("769.55"), status="active")
    done = publish(house, a_release(1, "2024-05-01", contract))
    assert set(done.codes) <= {"claim-unconfirmed", "due-on-rest-day"}


@ONLY_SQLITE
def test_an_amount_of_three_decimals_is_left_out_and_never_rounded(house: House) -> None:
    publish(house, a_release(1, "2024-05-01", a_contract({**PAY, "value": money("769.555")})))
    assert standing(house, "2024-05-01", "1p", "C-1")["amount"] is None


@ONLY_SQLITE
def test_amounts_are_read_digit_for_digit(house: House) -> None:
    publish_bytes(
        house,
        exact_json(a_release(1, "2024-05-01", a_contract({**PAY, "value": None})))
        .replace('"value":null', '"value":{"amount":9007199254740.93,"currency":"EUR"}')
        .encode(),
    )
    assert standing(house, "2024-05-01", "1p", "C-1")["amount"] == "9007199254740.93"


# --- anything at all ----------------------------------------------------------------------------

ODD = [
    *(None, 0, -1, True, "", "x", "\x00", "a" * 500, [], {}, [None], [{}], [[]]),
    *({"id": {}}, {"id": None}, [{"id": 1}, {"id": "1"}], 10**25),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", {"amount": "1e5", "currency": "eur"}),
]


def _paths(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list | tuple)
        else ()
    )
    return [path, *(p for key, inner in members for p in _paths(inner, (*path, key)))]


def mutated(document: Any, chance: random.Random) -> Any:
    """The document with one to four of its members replaced or taken out."""
    changed = deepcopy(document)
    for _ in range(chance.choice([1, 1, 2, 4])):
        path = chance.choice([p for p in _paths(changed) if p])
        outer = changed
        for step in path[:-1]:
            outer = outer[step]
        if chance.random() < 0.2:
            del outer[path[-1]]
        else:
            outer[path[-1]] = chance.choice(ODD)
    return changed


def _plain(document: Any) -> Any:
    """The document as JSON's own types, so that any of its members can be replaced."""
    if isinstance(document, dict):
        return {k: _plain(v) for k, v in document.items()}
    if isinstance(document, list | tuple):
        return [_plain(v) for v in document]
    return int(document) if isinstance(document, Decimal) else document


def _mutations(seeds: range) -> Iterator[bytes]:
    amended = a_contract(moved("2025-02-28"), amendments=[{"id": "1", "rationale": "x"}])
    more = a_release(4, "2024-05-03", amended, tag=["contractAmendment"])
    package = _plain(a_package(*a_school(), more))
    for seed in seeds:
        content = as_bytes(mutated(package, random.Random(seed)))
        yield content.replace(OCID.encode(), f"ocds-zz0000-{seed}".encode())


def _survives(house: House, seeds: range) -> None:
    for content in _mutations(seeds):
        first, again = rehearse(house, content)
        assert set(again.results) <= {"unchanged"}, content
        assert len(first.results) == len(again.results)


@ONLY_SQLITE
def test_no_mutation_of_a_document_breaks_the_import(house: House) -> None:
    _survives(house, range(120))


def test_what_mutations_leave_behind_is_sound(house: House) -> None:
    publish_bytes(house, *_mutations(range(300, 325)))
    assert violations(house) == []


@pytest.mark.endurance
def test_five_thousand_mutations_do_not_break_the_import(house: House) -> None:
    _survives(house, range(1_000, 6_000))
