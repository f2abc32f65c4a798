"""Complaints become claims, whatever channel they come by; nobody is turned away at the door."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.bodies import Matter
from fulfilment_monitor.domain.channels import Channel, ChannelKind, Channels, Operator
from fulfilment_monitor.domain.complaints import fingerprint
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.domain.secrets import Purpose
from fulfilment_monitor.gateways.channels import open_channels
from fulfilment_monitor.gateways.keyring import Keyring, open_keyring, rotate
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.complaints import read_complaint
from fulfilment_monitor.services import channels as channel_book
from fulfilment_monitor.services import intake, receipts, recognition, scoping, vault
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.cases import Case, Claim
from fulfilment_monitor.store.complaints import Complaint, VaultItem
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    FIRM,
    a_document,
    a_payment,
    day,
    office,
    owed,
    register,
    violations,
)
from tests.services.case_builders import (
    BUREAU,
    CENTRE,
    CITY_CREDIT,
    CITY_FINANCE,
    CITY_SME,
    COUNTY_CREDIT,
    IN_SCOPE,
    a_complaint,
    a_town,
    a_world,
    act,
    actor,
    clocks_of,
    complain,
    drive,
    events_of,
    secrets,
    the_claim,
    uscc,
)

OTHER_FIRM = uscc("91340321", 900)
DAY = "2025-10-21"


def rows(house: House, table: Any) -> int:
    with house.readers() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def codes(received: intake.Received) -> list[str]:
    return [f.code for f in received.findings]


def number_of(house: House, complaint: str) -> object:
    """The channel's number of a complaint, as it lies in the vault."""
    with house.readers() as session:
        found = session.scalars(select(Complaint).where(Complaint.ulid == complaint)).one()
        return vault.source_numbers(session, [found], secrets(house))[0]


def body_of(house: House, number: int | None) -> str | None:
    with house.readers() as session:
        return session.scalar(select(Organisation.code).where(Organisation.id == number))


@pytest.fixture
def town(house: House) -> House:
    """The town, and HT-1 with a payment that is not yet late."""
    a_town(house)
    register(house, a_document())
    return house


# --- becoming a claim -------------------------------------------------------------------------


@pytest.mark.proves("R-18")
def test_a_complaint_becomes_a_claim_with_a_receipt_that_finds_it(town: House) -> None:
    done = complain(town, "2025-09-01")
    claim = the_claim(town, done.claims[0])
    assert (claim.state, claim.claimed_fen, claim.breach) == ("received", 100_000, "arrears")
    assert clocks_of(town, claim.ulid) == {"case.accept": None, "case.transfer": None}
    assert body_of(town, claim.intake_id) == COUNTY_CREDIT
    with town.readers() as session:
        found = receipts.look_up(
            session, done.receipt or "", secrets(town), today=day("2025-09-02")
        )
    assert found.found
    assert found.received_on == day("2025-09-01")
    assert not violations(town)


def test_a_complaint_joins_the_claim_of_the_sweep_and_leaves_it_a_lead(house: House) -> None:
    claim = a_world(house)
    done = complain(house, DAY)
    assert done.claims == (claim,)
    assert codes(done) == ["joined"]
    assert the_claim(house, claim).state == "lead"
    assert (rows(house, Claim), rows(house, Case), rows(house, Complaint)) == (1, 1, 1)
    assert act(house, claim, "accept", "county_lead", "2025-10-22") == "accepted"


@pytest.mark.proves("R-22", "R-25", "R-34", "R-36")
def test_one_matter_over_three_channels_is_one_claim_with_three_numbers(town: House) -> None:
    first = complain(town, "2025-09-11", channel="hotline-12345", source_no="T-1")
    others = [
        complain(town, "2025-09-12", channel="sme-payment", source_no="P-7"),
        complain(town, "2025-09-13", channel="petition", source_no="X-3"),
    ]
    assert {o.claims for o in others} == {first.claims}
    assert {o.case for o in others} == {first.case}
    with town.readers() as session:
        claim = session.scalars(select(Claim)).one()
        sources = channel_book.sources_of(session, [claim.id], open_channels(town.settings))
    told = [(s.channel, number_of(town, s.complaint), s.reply) for s in sources]
    assert told == [
        ("hotline-12345", "T-1", "channel.hotline-12345"),
        ("sme-payment", "P-7", "channel.sme-payment"),
        ("petition", "X-3", "channel.petition"),
    ]
    assert all(s.numbered and s.source_no is None for s in sources)
    assert len({d.receipt for d in (first, *others)}) == 3


@pytest.mark.proves("R-23", "R-24", "R-25", "R-26", "R-27", "R-28", "R-29", "R-30", "R-31")
def test_every_channel_keeps_its_own_number_and_is_told_on_its_own_topic(town: House) -> None:
    listed = open_channels(town.settings)
    for channel in listed:
        done = complain(town, "2025-09-11", channel=channel.code, source_no="N-1")
        again = complain(town, "2025-09-12", channel=channel.code, source_no="N-1")
        assert (again.complaint, again.claims, again.receipt) == (
            done.complaint,
            done.claims,
            None,
        )
    with town.readers() as session:
        kept = channel_book.sources_of(session, session.scalars(select(Claim.id)), listed)
    assert [s.channel for s in kept] == [c.code for c in listed]
    assert {number_of(town, s.complaint) for s in kept} == {"N-1"}
    with town.readers() as session:
        hashed = session.scalars(select(Complaint.source_no)).all()
    assert len(set(hashed)) == 11  # the same number on two channels is not seen to be the same
    assert [s.reply for s in kept] == [f"channel.{c.code}" for c in listed]
    assert len(kept) == 11


def test_the_same_words_without_a_number_are_the_same_complaint(town: House) -> None:
    first = complain(town, "2025-09-11")
    again = complain(town, "2025-09-12")
    assert (again.complaint, again.is_new, codes(again)) == (first.complaint, False, ["known"])
    other = complain(town, "2025-09-12", words="另有一批货款")
    assert other.complaint != first.complaint
    assert other.claims == first.claims


def test_a_number_that_comes_after_the_words_is_kept(town: House) -> None:
    first = complain(town, "2025-09-11", channel="petition")
    again = complain(town, "2025-09-12", channel="petition", source_no="X-1")
    assert (again.complaint, again.is_new) == (first.complaint, False)
    other = complain(town, "2025-09-13", channel="petition", source_no="X-2")
    assert other.is_new
    with town.readers() as session:
        kept = session.scalars(select(Complaint.ulid).order_by(Complaint.id)).all()
    assert [number_of(town, complaint) for complaint in kept] == ["X-1", "X-2"]
    once_more = complain(town, "2025-09-14", channel="petition", source_no="X-1", words="换了")
    assert once_more.complaint == first.complaint


def test_other_words_under_a_known_number_are_pointed_out(town: House) -> None:
    complain(town, "2025-09-11", channel="hotline-12345", source_no="T-1")
    again = complain(town, "2025-09-12", channel="hotline-12345", source_no="T-1", words="换了内容")
    assert codes(again) == ["known", "known-number-other-content"]
    assert rows(town, Complaint) == 1


def test_the_digest_is_keyed_and_nothing_said_stands_in_the_clear(town: House) -> None:
    said = a_complaint(words="秘密的话 CANARY", demand="CANARY-2")
    done = complain(town, "2025-09-11", **said)
    with town.readers() as session:
        complaint = session.scalars(select(Complaint)).one()
        texts = [str(dict(m.body)) for m in session.scalars(select(OutboxMessage))]
        texts += [str(a.body) for a in session.scalars(select(AuditEntry))]
        sealed = session.scalars(select(VaultItem.name)).all()
    plain = hashlib.sha256(fingerprint(read_complaint(said))).hexdigest()
    assert complaint.digest != plain
    assert len(complaint.digest) == 64
    everything = " ".join([*texts, str(complaint.declared)])
    for secret in ("CANARY", "示例企业", "0552-0000000", FIRM):
        assert secret not in everything
    assert {"identity", "contact", "words", "files"} <= set(sealed)
    assert done.receipt


# --- who takes it in --------------------------------------------------------------------------


def test_a_payment_channel_of_smes_leads_to_the_department_in_charge(town: House) -> None:
    claim = the_claim(town, complain(town, "2025-09-11", channel="sme-payment").claims[0])
    assert body_of(town, claim.intake_id) == CITY_SME
    assert claim.holder_id == claim.intake_id


@pytest.mark.proves("R-24")
def test_the_clocks_of_the_decree_run_though_the_sweep_was_first(house: House) -> None:
    claim = a_world(house)
    done = complain(house, DAY, channel="sme-arrears", source_no="Q-1")
    assert set(codes(done)) == {"joined", "intake-moved"}
    assert body_of(house, the_claim(house, claim).intake_id) == CITY_SME
    act(house, claim, "accept", "sme_intake", "2025-10-22")
    assert the_claim(house, claim).sme_payment
    assert clocks_of(house, claim) == {"case.transfer": "2025-11-05"}
    act(house, claim, "transfer", "sme_intake", "2025-10-27")
    assert clocks_of(house, claim)["case.handle"] == "2025-11-26"


def test_who_has_taken_a_claim_in_keeps_it(house: House) -> None:
    claim = a_world(house)
    act(house, claim, "accept", "county_lead", "2025-10-21")
    complain(house, "2025-10-22", channel="sme-payment")
    assert body_of(house, the_claim(house, claim).intake_id) == COUNTY_CREDIT


def run_by(*operators: Operator) -> Channels:
    column = Channel(
        "credit-site",
        "专栏",
        ChannelKind.FORM,
        "x",
        day("2023-08-05"),
        Matter.CREDIT_LEAD,
        "channel.credit-site",
        operators=operators,
    )
    return Channels([column])


@pytest.mark.proves("R-33")
@pytest.mark.parametrize(("on", "taker"), [("2025-09-11", CITY_SME), ("2025-09-12", CITY_CREDIT)])
def test_the_unit_that_runs_the_channel_that_day_takes_it_in(
    town: House, on: str, taker: str
) -> None:
    until = day("2025-09-12")
    listed = run_by(
        Operator("340300", CITY_SME, day("2024-01-01"), until),
        Operator("340300", CITY_CREDIT, until),
    )
    claim = the_claim(town, complain(town, on, listed=listed).claims[0])
    assert body_of(town, claim.intake_id) == taker


@pytest.mark.parametrize("operator", [BUREAU, CENTRE])
def test_neither_the_respondent_nor_a_body_below_it_takes_it_in(town: House, operator: str) -> None:
    listed = run_by(
        Operator("340321", operator, day("2024-01-01")),
        Operator("340300", CITY_CREDIT, day("2024-01-01")),
    )
    claim = the_claim(town, complain(town, "2025-09-11", listed=listed).claims[0])
    assert body_of(town, claim.intake_id) == CITY_CREDIT


# --- about whom and what ----------------------------------------------------------------------


def test_an_unregistered_contract_is_a_matter_and_is_asked_for(town: House) -> None:
    item = {"matter": "示例企业 应收的 道路维修款", "breach": "arrears", "amount": "5.00"}
    told = {"contract": {"title": "道路维修", "contract_no": "私-1"}, "contract_no": None}
    done = complain(town, "2025-09-11", items=[item], **told)
    claim = the_claim(town, done.claims[0])
    assert (claim.obligation_id, claim.matter) == (None, claim.matter)
    assert (claim.matter or "")[:-13] == "领域待核，拖欠账款，不足1万元"
    assert "contract-unregistered" in codes(done)
    with town.readers() as session:
        asked = session.scalars(
            select(OutboxMessage.body).where(OutboxMessage.topic == "coverage.missing")
        ).one()
        assert session.scalars(select(Case)).one().contract_id is None
    assert asked["respondent"] == BUREAU
    again = complain(town, "2025-09-12", channel="petition", items=[item], **told)
    assert again.claims == done.claims


def test_an_obligation_nobody_registered_is_taken_by_its_name(town: House) -> None:
    done = complain(town, "2025-09-11", items=[{"obligation": "deposit", "breach": "deposit-kept"}])
    claim = the_claim(town, done.claims[0])
    assert (claim.obligation_id, claim.matter) == (None, claim.matter)
    assert (claim.matter or "")[:-13] == "政府采购，保证金不退，金额未说明"
    assert "obligation-unknown" in codes(done)


def test_what_the_enterprise_owes_is_no_complaint(house: House) -> None:
    a_town(house)
    register(house, a_document(a_payment(due_on="2025-09-10"), owed("delivery", "enterprise")))
    with pytest.raises(Invalid) as refused:
        complain(house, "2025-09-11", items=[{"obligation": "delivery", "breach": "late"}])
    assert [i.pointer for i in refused.value.issues] == ["/items/0/obligation"]


def unregistered(house: House, on: str, **changes: Any) -> intake.Received:
    """A complaint about a contract nobody has registered."""
    item = {"matter": "道路维修款", "breach": "arrears"}
    return complain(house, on, **{"contract_no": None, "items": [item], **changes})


def a_stranger(name: str = "别的企业") -> dict[str, str]:
    return {"name": name, "uscc": OTHER_FIRM}


def test_an_enterprise_nobody_registered_is_the_party_and_not_on_the_register(town: House) -> None:
    before = rows(town, Organisation)
    done = unregistered(town, "2025-09-11", complainant=a_stranger())
    assert rows(town, Organisation) == before
    with town.readers() as session:
        kept = session.scalars(select(Complaint)).one()
        (source,) = channel_book.sources_of(session, [1], open_channels(town.settings))
    assert (kept.enterprise_id, kept.is_party, source.content) == (None, True, True)
    assert OTHER_FIRM not in str(kept.declared)
    again = unregistered(town, "2025-09-12", complainant=a_stranger("改了名的企业"), words="催")
    assert (again.is_new, again.claims) == (True, done.claims)
    other = unregistered(
        town, "2025-09-12", complainant={"name": "甲", "uscc": uscc("91340321", 7)}
    )
    informant = unregistered(town, "2025-09-12", complainant=None)
    assert len({done.claims, other.claims, informant.claims}) == 3


def test_an_enterprise_that_deals_with_the_body_is_known_by_its_number(town: House) -> None:
    unregistered(town, "2025-09-11")
    away = uscc("11340321", 999)
    told = {"uscc": away, "name": "示例县水务局"}
    unregistered(town, "2025-09-12", respondent=told, contract={"region": "340321"})
    with town.readers() as session:
        kept = session.scalars(select(Complaint).order_by(Complaint.id)).all()
    assert [(body_of(town, c.enterprise_id), c.is_party) for c in kept] == [
        (FIRM, True),
        (None, True),
    ]


def test_whom_the_register_comes_to_name_is_then_looked_after(town: House) -> None:
    done = unregistered(town, "2025-09-11", complainant=a_stranger())
    unregistered(town, "2025-09-11", complainant=None)
    unregistered(town, "2025-09-11", complainant=a_stranger(), respondent={"uscc": CITY_CREDIT})
    assert recognised(town, "2025-09-12") == 0
    firm = {"name": "别的企业", "uscc": OTHER_FIRM, "ownership": "private", "size": "small"}
    city = {"name": "示例市财政局", "uscc": CITY_FINANCE, "kind": "organ"}
    elsewhere = a_document(contract_no="SH-1", government=city, enterprise=firm)
    register(town, elsewhere, on="2025-09-12")
    assert recognised(town, "2025-09-12") == 0
    register(town, a_document(contract_no="HT-9", enterprise=firm), on="2025-09-13")
    assert recognised(town, "2025-09-14") == 1
    assert recognised(town, "2025-09-15") == 0
    with town.readers() as session:
        query = select(Complaint).where(Complaint.ulid == done.complaint)
        assert body_of(town, session.scalars(query).one().enterprise_id) == OTHER_FIRM
    assert not violations(town)


def recognised(house: House, on: str, ring: Keyring | None = None) -> int:
    keys = ring or secrets(house)
    with house.sessions.begin() as session:
        return recognition.recognise(session, keys, now=at(day(on)), today=day(on))


def test_the_same_is_known_again_after_the_key_was_changed(town: House, tmp_path: Path) -> None:
    told = {"complainant": a_stranger(), "channel": "petition", "source_no": "X-1"}
    open_keyring(tmp_path / "ring")

    def tell(on: str, **changes: Any) -> intake.Received:
        ring = open_keyring(tmp_path / "ring")
        return unregistered(town, on, keys=ring, **{**told, **changes})

    first = tell("2025-09-11")
    rotate(tmp_path / "ring", Purpose.DIGEST)
    assert tell("2025-09-12", words="同一编号").complaint == first.complaint
    more = tell("2025-09-12", source_no="X-2", words="又一次")
    assert (more.is_new, more.claims) == (True, first.claims)
    firm = {"name": "别的企业", "uscc": OTHER_FIRM, "ownership": "private", "size": "small"}
    register(town, a_document(contract_no="HT-9", enterprise=firm), on="2025-09-13")
    ring = open_keyring(tmp_path / "ring")
    assert recognised(town, "2025-09-14", ring) == 2


def test_what_an_earlier_release_kept_in_the_clear_is_known_again(town: House) -> None:
    told = {"channel": "petition", "source_no": "X-1", "complainant": a_stranger()}
    done = unregistered(town, "2025-09-11", **told)
    firm = Organisation(
        code=OTHER_FIRM, name="别的企业", side="enterprise", kind=None, recorded_at=at(day(DAY))
    )
    suit = {"route": "litigation", "organ": "示例县人民法院", "number": "1号"}
    with town.sessions.begin() as session:
        session.add(firm)
        session.flush()
        claim, kept = session.scalars(select(Claim)).one(), session.scalars(select(Complaint)).one()
        claim.matter, kept.source_no, kept.enterprise_id = "道路维修款", "X-1", firm.id
        kept.declared = {"ownership": "unknown", "size": "unknown", "suit": suit}
    again = unregistered(town, "2025-09-12", **told, words="同一编号")
    assert (again.complaint, again.is_new) == (done.complaint, False)
    more = unregistered(town, "2025-09-12", complainant=a_stranger(), words="又一次")
    assert (more.is_new, more.claims) == (True, done.claims)
    informant = unregistered(town, "2025-09-12", complainant=None)
    assert informant.claims != done.claims
    with town.readers() as session:
        (source, _) = channel_book.sources_of(session, [claim.id], open_channels(town.settings))
        assert scoping.suit_of(session, claim) == {"route": "litigation"}
    assert (source.source_no, source.numbered, source.content) == ("X-1", True, True)


def test_two_items_open_two_claims_in_one_folder_and_join_what_is_open(house: House) -> None:
    a_town(house)
    second = a_payment(key="tail", due_on="2025-12-01")
    register(house, a_document(a_payment(due_on="2025-09-10"), second))
    first = complain(house, "2025-09-11", channel="petition")
    both = complain(
        house,
        "2025-09-12",
        items=[
            {"obligation": "tail", "breach": "arrears"},
            {"obligation": "payment", "breach": "arrears"},
        ],
    )
    assert both.claims[1] == first.claims[0]
    assert both.claims[0] != first.claims[0]
    assert both.case == first.case
    with pytest.raises(Invalid, match="合并"):
        complain(house, "2025-09-13", items=[a_complaint()["items"][0]] * 2)


def test_a_respondent_is_found_by_name_and_told_apart(town: House) -> None:
    done = complain(town, "2025-09-11", respondent={"name": "示例县财政局"})
    assert body_of(town, the_claim(town, done.claims[0]).respondent_id) == BUREAU
    with pytest.raises(Invalid, match="统一社会信用代码"):
        complain(town, "2025-09-11", respondent={"name": "没有这个单位"})


def test_a_body_nobody_registered_is_entered(town: House) -> None:
    new = uscc("12340321", 77)
    done = complain(
        town,
        "2025-09-11",
        respondent={"uscc": new, "name": "示例县体育馆"},
        contract_no=None,
        contract={"region": "340321"},
        items=[{"matter": "场馆维修款", "breach": "arrears"}],
    )
    assert {"body-new", "contract-unregistered"} <= set(codes(done))
    assert body_of(town, the_claim(town, done.claims[0]).respondent_id) == new


@pytest.mark.parametrize("new", [uscc("12340321", 77), uscc("91340321", 77)])
def test_two_who_complain_first_of_the_same_body_are_both_heard(town: House, new: str) -> None:
    """The first is not yet kept when the second looks whether the body is on the register."""
    keys, begun = secrets(town), Event()

    def send(words: str) -> intake.Received:
        begun.set()
        return complain(town, "2025-09-11", keys=keys, **about_nobody(new, words))

    with ThreadPoolExecutor(1) as other, town.sessions() as session:
        one = intake.receive(
            session, read_complaint(a_complaint(**about_nobody(new, "一"))),
            channels=town.channels, secrets=keys, by=CLERK, office=office(town),
            now=at(day("2025-09-11")), today=day("2025-09-11"),
        )  # fmt: skip
        later = other.submit(send, "二")
        assert begun.wait(timeout=30)
        time.sleep(0.3)  # it waits for the first, on either database
        assert not later.done()
        session.commit()
        two = later.result(timeout=30)
    assert one.is_new
    assert two.is_new
    assert one.complaint != two.complaint
    assert "body-new" not in codes(two)
    with town.readers() as session:
        assert len(session.scalars(select(Organisation).where(Organisation.code == new)).all()) == 1
        acts = select(AuditEntry).where(
            AuditEntry.action == "organisation.register", AuditEntry.object_id == new
        )
        assert len(session.scalars(acts).all()) == (1 if "body-new" in codes(one) else 0)
    assert not violations(town)


def about_nobody(code: str, words: str) -> dict[str, Any]:
    """What differs in a complaint about a body nobody has registered."""
    return {
        "respondent": {"uscc": code, "name": "示例县体育馆"},
        "contract_no": None,
        "contract": {"region": "340321"},
        "items": [{"matter": "场馆维修款", "breach": "arrears"}],
        "words": words,
        "source_no": f"先后{words}",
    }


def test_another_body_than_the_contract_names_is_pointed_out(town: House) -> None:
    done = complain(town, "2025-09-11", respondent={"uscc": CITY_CREDIT})
    assert codes(done) == ["respondent-differs"]
    assert body_of(town, the_claim(town, done.claims[0]).respondent_id) == BUREAU


def test_two_who_send_the_same_at_once_are_answered_with_one_case(town: House) -> None:
    gate = Barrier(2)

    def send(_: int) -> intake.Received:
        gate.wait(timeout=30)
        return complain(town, "2025-09-11")

    secrets(town)
    with ThreadPoolExecutor(2) as both:
        one, other = both.map(send, range(2))
    assert (one.complaint, one.claims) == (other.complaint, other.claims)
    assert [one.is_new, other.is_new].count(True) == 1
    assert rows(town, Complaint) == 1


def test_days_to_come_and_unknown_channels_are_refused(town: House) -> None:
    with pytest.raises(Invalid, match="today"):
        complain(town, "2025-09-11", received_on="2025-09-12")
    with pytest.raises(Invalid, match="credit-site"):
        complain(town, "2025-09-11", channel="pigeon")
    assert rows(town, Complaint) == 0


def test_what_came_earlier_counts_from_the_day_it_came(town: House) -> None:
    done = complain(town, "2025-09-11", received_on="2025-09-03")
    claim = the_claim(town, done.claims[0])
    assert (claim.opened_on, claim.state_on) == (day("2025-09-03"), day("2025-09-03"))


# --- informants -------------------------------------------------------------------------------


@pytest.mark.proves("R-40")
@pytest.mark.parametrize(
    "origin", ["office-report", "media", "enterprise-meeting", "monitoring-point"]
)
def test_what_others_know_is_a_lead_of_its_origin(town: House, origin: str) -> None:
    done = complain(town, "2025-09-11", channel="other", origin=origin, complainant=None)
    with town.readers() as session:
        kept = session.scalars(select(Complaint)).one()
        case = session.scalars(select(Case)).one()
        sources = channel_book.sources_of(session, [1], open_channels(town.settings))
    assert (kept.origin, kept.enterprise_id, kept.confidential) == (origin, None, True)
    assert (case.origin, case.ulid) == (origin, done.case)
    assert [s.content for s in sources] == [False]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({"name": "别的企业", "uscc": OTHER_FIRM}, "not-the-party"),
        ({"name": "示例企业"}, "complainant-unidentified"),
    ],
)
def test_who_is_not_the_party_is_told_only_that_it_came_in(
    town: House, who: dict[str, str], code: str
) -> None:
    done = complain(town, "2025-09-11", complainant=who)
    assert code in codes(done)
    with town.readers() as session:
        assert session.scalars(select(Complaint.enterprise_id)).one() is None


# --- a case that is before a court, and cases that ended --------------------------------------


def test_a_suit_is_recorded_and_followed_after_it_was_taken_up(town: House) -> None:
    suit = {"route": "litigation", "organ": "示例县人民法院", "number": "（2025）示01民初1号"}
    done = complain(town, "2025-09-11", judicial_status=suit)
    assert "before-a-court" in codes(done)
    claim = done.claims[0]
    with town.readers() as session:
        known = scoping.suit_of(session, session.scalars(select(Claim)).one())
    assert known == {"route": "litigation"}
    act(town, claim, "accept", "county_lead", "2025-09-12", scope=IN_SCOPE)
    act(town, claim, "transfer", "county_lead", "2025-09-15")
    act(town, claim, "take_up", "handler", "2025-09-16", handler="handler")
    assert act(town, claim, "go_to_law", "handler", "2025-09-17", **suit) == "legal"


def test_a_matter_that_ended_is_begun_anew_and_said_so(town: House) -> None:
    first = complain(town, "2025-09-11").claims[0]
    said = {"reason": "repeated", "next_door": "无"}
    act(town, first, "reject", "county_lead", "2025-09-12", **said)
    again = complain(town, "2025-09-20", words="有新的情况")
    assert again.claims[0] != first
    assert "earlier-claim" in codes(again)


# --- scope ------------------------------------------------------------------------------------


def scope(house: House, claim: str) -> dict[str, tuple[bool, bool]]:
    with house.readers() as session:
        return {a.question.value: (a.yes, a.known) for a in scoping.scope_of(session, claim)}


def test_the_register_answers_the_questions_and_an_officer_confirms(town: House) -> None:
    claim = complain(town, "2025-09-11").claims[0]
    assert set(scope(town, claim).values()) == {(True, True)}
    with town.readers() as session:
        said = scoping.confirmed(scoping.scope_of(session, claim))
    assert act(town, claim, "accept", "county_lead", "2025-09-12", scope=said) == "accepted"


def test_what_nobody_knows_counts_as_yes(town: House) -> None:
    claim = complain(
        town,
        "2025-09-11",
        contract_no=None,
        items=[{"matter": "道路维修款", "breach": "arrears"}],
    ).claims[0]
    answers = scope(town, claim)
    assert answers.pop("public_body") == (True, True)
    assert set(answers.values()) == {(True, False)}


@pytest.mark.proves("R-03")
def test_a_complaint_against_an_enterprise_is_refused_with_the_right_door(town: House) -> None:
    debtor = uscc("91340321", 901)
    claim = complain(
        town,
        "2025-09-11",
        respondent={"uscc": debtor, "name": "某某企业"},
        contract_no=None,
        contract={"region": "340321", "title": "供货"},
        items=[{"matter": "货款", "breach": "arrears"}],
    ).claims[0]
    assert scope(town, claim)["public_body"] == (False, True)
    with town.readers() as session:
        answers = scoping.scope_of(session, claim)
    said = scoping.confirmed(answers)
    with pytest.raises(Guarded, match="public_body"):
        act(town, claim, "accept", "county_lead", "2025-09-12", scope=said)
    door = scoping.door(answers)
    assert door is not None
    assert door["reason"] == "not-public-body"
    assert act(town, claim, "reject", "county_lead", "2025-09-12", **door) == "rejected"
    with town.readers() as session:
        found = session.scalars(select(Complaint)).one()
    assert found.withdrawn_on is None


def test_a_large_state_enterprise_is_shown_another_door(house: House) -> None:
    a_town(house)
    big = {"name": "示例国企", "uscc": OTHER_FIRM, "ownership": "state", "size": "large"}
    register(house, a_document(enterprise=big))
    claim = complain(house, "2025-09-11", complainant={"name": "示例国企", "uscc": OTHER_FIRM})
    with house.readers() as session:
        door = scoping.door(scoping.scope_of(session, claim.claims[0]))
    assert door is not None
    assert door["reason"] == "not-private-enterprise"


def test_a_field_nobody_added_is_outside(town: House) -> None:
    claim = complain(
        town,
        "2025-09-11",
        contract_no=None,
        contract={"field": "finance", "title": "融资"},
        items=[{"matter": "贴息", "breach": "promise-unkept"}],
    ).claims[0]
    with town.readers() as session:
        answers = {a.question.value: a.yes for a in scoping.scope_of(session, claim)}
        added = {a.question.value: a.yes for a in scoping.scope_of(session, claim, ["finance"])}
    assert (answers["field"], added["field"]) == (False, True)


# --- one of several leaves --------------------------------------------------------------------


def leave(house: House, complaint: str, who: str, on: str) -> list[str]:
    with house.sessions.begin() as session:
        return intake.leave(
            session,
            complaint,
            "双方已另行协商",
            by=actor(house, who, on),
            office=office(house),
            now=at(day(on)),
            today=day(on),
        )


def test_who_leaves_ends_nothing_while_another_complains(town: House) -> None:
    first = complain(town, "2025-09-11")
    second = complain(town, "2025-09-12", channel="petition")
    claim = first.claims[0]
    assert leave(town, first.complaint, "county_lead", "2025-09-13") == []
    assert the_claim(town, claim).state == "received"
    with pytest.raises(NotOpen):
        leave(town, first.complaint, "county_lead", "2025-09-14")
    assert leave(town, second.complaint, "county_lead", "2025-09-14") == [claim]
    assert the_claim(town, claim).state == "withdrawn"
    assert rows(town, Complaint) == 2


def test_a_breach_on_the_register_goes_on_without_a_complainant(house: House) -> None:
    claim = a_world(house)
    done = complain(house, DAY)
    act(house, claim, "accept", "county_lead", "2025-10-22")
    assert leave(house, done.complaint, "county_lead", "2025-10-23") == []
    assert (the_claim(house, claim).state, events_of(house, claim)) == ("accepted", ["accept"])


def test_only_who_took_it_in_or_the_complainant_says_that_one_leaves(town: House) -> None:
    done = complain(town, "2025-09-11")
    with pytest.raises(Forbidden):
        leave(town, done.complaint, "handler", "2025-09-12")
    with pytest.raises(NotFound):
        leave(town, done.complaint, "sme_intake", "2025-09-12")
    with town.sessions.begin() as session:
        holder = receipts.find(session, done.receipt or "", secrets(town))
        ended = intake.leave(
            session,
            done.complaint,
            "撤回",
            by=holder,
            office=office(town),
            now=at(day("2025-09-12")),
            today=day("2025-09-12"),
        )
    assert ended == list(done.claims)


# --- channels and their figures ---------------------------------------------------------------


@pytest.mark.proves("R-39")
def test_each_channel_shows_who_runs_it_and_how_long_it_is_silent(town: House) -> None:
    claim = complain(town, "2025-09-11", channel="petition", source_no="1").claims[0]
    complain(town, "2025-09-15", channel="hotline-12345", source_no="2")
    act(town, claim, "accept", "county_lead", "2025-09-20", scope=IN_SCOPE)

    def listed(on: str) -> dict[str, dict[str, Any]]:
        with town.readers() as session:
            found = channel_book.list_channels(
                session, open_channels(town.settings), "340321", office(town), as_of=day(on)
            )
        return {c["code"]: c for c in found}

    then, now = listed("2025-09-14"), listed("2025-09-21")
    assert len(now) == 11
    assert all(c["operator"] for c in now.values())
    assert (now["petition"]["silent_days"], now["justice"]["silent_days"]) == (10, None)
    assert [now["petition"][f] for f in ("received", "accepted", "pending")] == [1, 1, 0]
    assert [then["petition"][f] for f in ("received", "accepted", "pending")] == [1, 0, 1]
    assert then["hotline-12345"]["received"] == 0


@pytest.mark.proves("R-42", "R-135")
def test_what_is_overdue_and_what_each_origin_brought(house: House) -> None:
    claim = a_world(house)
    complain(house, DAY, channel="petition", source_no="1")
    complain(house, DAY, channel="other", origin="media", complainant=None, contract_no=None)
    drive(house, claim, "rectify")
    with house.readers() as session:
        late = channel_book.figures(session, as_of=day("2025-12-02"))
        in_time = channel_book.figures(session, as_of=day("2025-12-01"))
        brought = channel_book.yields(session, as_of=day("2025-12-01"))
        before = channel_book.yields(session, as_of=day("2025-10-21"))
    assert late["petition", "340321"]["overdue"] == 1
    assert in_time["petition", "340321"]["overdue"] == 0
    assert brought["schedule"] == {"claims": 1, "accepted": 1, "substantiated": 1}
    assert brought["media"] == {"claims": 1, "accepted": 0, "substantiated": 0}
    assert before["schedule"]["substantiated"] == 0
    assert brought["complaint"]["claims"] == 0


@pytest.mark.proves("R-42")
def test_figures_are_those_of_the_day_and_the_place(town: House) -> None:
    one = complain(town, "2025-09-11", channel="petition", source_no="1")
    said = {"reason": "repeated", "next_door": "无"}
    act(town, one.claims[0], "reject", "county_lead", "2025-09-12", **said)
    with town.readers() as session:
        now = channel_book.figures(session, as_of=day("2025-09-12"))
        then = channel_book.figures(session, as_of=day("2025-09-11"))
        elsewhere = channel_book.figures(session, as_of=day("2025-09-12"), region="35")
    assert now["petition", "340321"]["refused"] == 1
    assert (then["petition", "340321"]["pending"], elsewhere) == (1, {})
