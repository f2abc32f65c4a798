"""Ledgers: entries of lists, their corrections and ends, and who inherits."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from fulfilment_monitor.domain.authority import Conflict, Forbidden, Role
from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.domain.records import Figures, RecordState, read_listing
from fulfilment_monitor.house import House
from fulfilment_monitor.services import credit_lists, organisations, people, records
from fulfilment_monitor.services.credit_lists import SecondPerson
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.records import CreditEntry, Measure
from tests.conftest import at
from tests.services import builders
from tests.services.builders import CLERK, ORGAN, day, paid, state
from tests.services.case_builders import (
    BUREAU,
    COUNTY_CREDIT,
    SINCE,
    a_person,
    a_town,
    a_world,
    actor,
    drive,
    go,
    uscc,
)
from tests.services.credit_builders import (
    REPAIRING,
    ledger_of,
    measures_drawn,
    measures_of,
    messages,
    restricted,
    second,
)

NOTICE = {"notified_on": "2026-01-05", "correction_route": "十五日内向列入单位书面提出"}
ITEMS: dict[Stream, dict[str, Any]] = {
    Stream.ARREARS: {
        **NOTICE, "source_no": "清单3号", "creditor": "某个体工商户", "amount": "1200.50",
        "arrears_state": "unpaid", "list": "拖欠账款清单", "list_version": "2026年第1期",
    },
    Stream.JUDGMENT_DEFAULTER: {**NOTICE, "source_no": "执1号", "court": "示例县人民法院"},
    Stream.PROMISE: {**NOTICE, "source_no": "承诺7号", "promise": "兑现奖补", "kept": False},
}  # fmt: skip
KEEPER = {
    Stream.ARREARS: "sme_intake",
    Stream.JUDGMENT_DEFAULTER: "county_lead",
    Stream.PROMISE: "finance_handler",
}


def listed(
    house: House, stream: Stream, on: str = "2026-01-10", who: str = "", **changes: Any
) -> str:
    """An item of a list, entered on the day it was listed; returns the record."""
    item = read_listing(stream, {**ITEMS[stream], **changes})
    with house.sessions.begin() as session:
        return credit_lists.enter(
            session, BUREAU, item, on=day(on), by=actor(house, who or KEEPER[stream], on),
            office=builders.office(house), now=at(day(on)), today=day(on),
        ).ulid  # fmt: skip


def change(
    house: House, verb: str, record: str, who: str, today: str, *said: Any, **more: Any
) -> None:
    """Correct or end an item; what one proposes a second person enters."""
    asks, act = {
        "correct": ("propose_correction", credit_lists.PROPOSED),
        "end": ("propose_end", credit_lists.END_PROPOSED),
    }[verb]
    _once(house, asks, record, who, today, *said, **more)
    with house.readers() as session:
        number = credit_lists.last_proposal(session, record, act)
    _once(house, verb, record, second(house, who, today), today, *said, proposal=number, **more)


def _once(
    house: House, verb: str, record: str, who: str, today: str, *said: Any, **more: Any
) -> None:
    with house.sessions.begin() as session:
        getattr(credit_lists, verb)(
            session, record, *said, **{"on": day(today), **more}, by=actor(house, who, today),
            office=builders.office(house), now=at(day(today)), today=day(today),
        )  # fmt: skip


def heir_of(house: House, code: str, on: str) -> str:
    heir = uscc("11340321", 111)
    with house.sessions.begin() as session:
        organisations.register_body(session, heir, "新局", "organ", by=CLERK, now=at(day(on)))
        organisations.succeed(
            session, code, heir, on=day(on), reason="机构改革", by=CLERK, now=at(day(on))
        )
    return heir


@pytest.mark.proves("R-89", "R-90", "R-91")
def test_the_line_leads_enter_their_lists_with_a_notice_and_no_case(house: House) -> None:
    a_town(house)
    for stream in ITEMS:
        listed(house, stream)
    found = ledger_of(house, "2026-01-10")
    assert {r.stream: r.source_no for r in found} == {
        s: item["source_no"] for s, item in ITEMS.items()
    }
    by_stream = {r.stream: r for r in found}
    arrears = by_stream[Stream.ARREARS]
    assert arrears.amount_fen == 1200_50
    assert arrears.content["list_version"] == "2026年第1期"
    assert by_stream[Stream.JUDGMENT_DEFAULTER].content["court"] == "示例县人民法院"
    assert by_stream[Stream.PROMISE].content["listed_by"] is not None
    told = messages(house, "record.entered")
    assert {m["to"] for m in told} >= {ORGAN, COUNTY_CREDIT}
    assert "个体工商户" not in str(told)  # creditors are named to nobody else


@pytest.mark.proves("R-91")
def test_no_list_draws_a_measure_unless_the_office_chose_so(house: House) -> None:
    with measures_drawn(house):
        a_town(house)
        for stream in ITEMS:
            listed(house, stream)
        with house.readers() as session:
            assert session.scalar(select(Measure.id)) is None
        assert restricted(house, "2026-01-10") == []


def test_each_list_has_its_keeper_and_an_item_is_on_it_once(house: House) -> None:
    a_town(house)
    with pytest.raises(NotFound):
        listed(house, Stream.ARREARS, who="county_lead")
    with pytest.raises(NotFound):
        listed(house, Stream.JUDGMENT_DEFAULTER, who="sme_intake")
    with pytest.raises(Forbidden):
        listed(house, Stream.ARREARS, who="bureau_clerk")
    with pytest.raises(Invalid, match="once it has been told"):
        listed(house, Stream.ARREARS, notified_on="2026-01-11")
    first = listed(house, Stream.ARREARS)
    with pytest.raises(Invalid, match=first):
        listed(house, Stream.ARREARS)


@pytest.mark.proves("R-87")
def test_corrections_are_entries_and_the_first_word_stays(house: House) -> None:
    a_town(house)
    record = listed(house, Stream.ARREARS)
    change(
        house, "correct", record, "sme_intake", "2026-02-01",
        {"amount": "900.00", "arrears_state": "partly-paid"}, "部分付款后重新核对",
    )  # fmt: skip
    (before,), (after,) = ledger_of(house, "2026-01-31"), ledger_of(house, "2026-02-01")
    assert (before.amount_fen, after.amount_fen) == (1200_50, 900_00)
    assert after.content["arrears_state"] == "partly-paid"
    assert after.content["list"] == "拖欠账款清单"
    assert (after.corrections, after.reason) == (1, "部分付款后重新核对")
    # wrong from the start: read so for the past, while what was known then can still be asked
    change(
        house, "correct", record, "sme_intake", "2026-03-01",
        {"creditor": "另一债权人"}, "债权人写错", on=day("2026-01-10"),
    )  # fmt: skip
    (now,) = ledger_of(house, "2026-01-15")
    (then,) = ledger_of(house, "2026-01-15", known_at="2026-02-28")
    assert (now.content["creditor"], then.content["creditor"]) == ("另一债权人", "某个体工商户")
    with pytest.raises(DBAPIError), house.sessions.begin() as session:
        session.execute(CreditEntry.__table__.update().values(amount_fen=1))
    with pytest.raises(DBAPIError), house.sessions.begin() as session:
        session.execute(CreditEntry.__table__.delete())


@pytest.mark.proves("R-90")
def test_the_owner_of_the_list_ends_it_and_a_court_its_own(house: House) -> None:
    a_town(house)
    judged = listed(house, Stream.JUDGMENT_DEFAULTER)
    with pytest.raises(Invalid, match="removal_no"):
        change(house, "end", judged, "county_lead", "2026-03-01", "已履行")
    with pytest.raises(NotFound):
        change(house, "end", judged, "sme_intake", "2026-03-01", "已履行", removal_no="1")
    change(house, "end", judged, "county_lead", "2026-03-01", "已履行", removal_no="删1号")
    (record,) = ledger_of(house, "2026-03-01")
    assert (record.state, str(record.ended_on)) == (RecordState.ENDED, "2026-03-01")
    assert [r.state for r in ledger_of(house, "2026-02-28")] == [RecordState.EFFECTIVE]
    with pytest.raises(NotOpen):
        change(house, "end", judged, "county_lead", "2026-03-02", "再次", removal_no="删2号")
    listed(house, Stream.JUDGMENT_DEFAULTER, on="2026-04-01")  # it may be listed anew


def test_nobody_takes_its_own_body_off_a_list(house: House) -> None:
    a_town(house)
    record = listed(house, Stream.JUDGMENT_DEFAULTER)
    a_person(house, "lately_there", BUREAU, Role.CLERK, since=SINCE)
    with house.sessions.begin() as session:
        people.leave(
            session, "lately_there", BUREAU, Role.CLERK, on=day("2025-12-01"), by=CLERK,
            now=at(day("2025-12-01")),
        )  # fmt: skip
        people.post(
            session, "lately_there", COUNTY_CREDIT, Role.CREDIT_LEAD, from_on=day("2025-12-01"),
            by=CLERK, now=at(day("2025-12-01")),
        )  # fmt: skip
    with pytest.raises(Conflict):
        change(house, "end", record, "lately_there", "2026-03-01", "已履行", removal_no="1")


@pytest.mark.proves("R-87", "E2")
def test_a_correction_takes_two_people_who_say_the_same(house: House) -> None:
    a_town(house)
    record = listed(house, Stream.ARREARS)
    on, said = "2026-02-01", ({"amount": "900.00"}, "已核对")
    _once(house, "propose_correction", record, "sme_intake", on, *said)
    (before,) = ledger_of(house, on)
    assert (before.amount_fen, before.corrections) == (1200_50, 0)
    with house.readers() as session:
        proposal = credit_lists.last_proposal(session, record)
    other = second(house, "sme_intake", on)
    for who, given, number, why in (
        ("sme_intake", said, proposal, "cannot enter it"),
        (other, ({"amount": "90.00"}, "已核对"), proposal, "something else"),
        (other, said, proposal - 1, "proposes nothing"),
        (other, said, 10**6, "proposes nothing"),
    ):
        with pytest.raises(SecondPerson, match=why):
            _once(house, "correct", record, who, on, *given, proposal=number)
    _once(house, "correct", record, other, on, *said, proposal=proposal)
    (after,) = ledger_of(house, on)
    assert (after.amount_fen, after.corrections) == (900_00, 1)
    with pytest.raises(SecondPerson, match="corrected since"):
        _once(house, "correct", record, other, on, *said, proposal=proposal)
    with house.readers() as session:
        bodies = session.scalars(select(AuditEntry.body).where(AuditEntry.seq == proposal))
        assert "amount" not in bytes(bodies.one()).decode()  # the record of acts has no words of it


@pytest.mark.proves("E2")
def test_an_end_takes_two_people_who_say_the_same(house: House) -> None:
    a_town(house)
    record = listed(house, Stream.JUDGMENT_DEFAULTER)
    on, said = "2026-03-01", {"removal_no": "删1号"}
    _once(house, "propose_end", record, "county_lead", on, "已履行", **said)
    assert [r.state for r in ledger_of(house, on)] == [RecordState.EFFECTIVE]
    with house.readers() as session:
        proposal = credit_lists.last_proposal(session, record, credit_lists.END_PROPOSED)
    other = second(house, "county_lead", on)
    with pytest.raises(SecondPerson, match="cannot enter it"):
        _once(house, "end", record, "county_lead", on, "已履行", proposal=proposal, **said)
    for changed in ({"removal_no": "删2号"}, {**said, "on": day("2026-02-27")}):
        with pytest.raises(SecondPerson, match="something else"):
            _once(house, "end", record, other, on, "已履行", proposal=proposal, **changed)
    _once(house, "propose_correction", record, "county_lead", on, {"court": "另一法院"}, "改")
    with house.readers() as session:
        corrects = credit_lists.last_proposal(session, record)
    with pytest.raises(SecondPerson, match="proposes nothing"):  # a proposal of another kind
        _once(house, "end", record, other, on, "已履行", proposal=corrects, **said)
    _once(house, "end", record, other, on, "已履行", proposal=proposal, **said)
    assert [r.state for r in ledger_of(house, on)] == [RecordState.ENDED]


@pytest.mark.proves("R-88")
def test_no_list_owner_touches_a_determined_breach(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    (record,) = ledger_of(house, "2026-01-08")
    for verb, said in (("correct", ({"amount": "1.00"}, "改")), ("end", ("去掉",))):
        with pytest.raises(NotFound):
            change(house, verb, record.ulid, "county_lead", "2026-02-01", *said)


@pytest.mark.proves("R-92", "R-87")
def test_a_successor_inherits_the_ledger_with_its_figures(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    heir = heir_of(house, ORGAN, "2026-02-01")
    assert ledger_of(house, "2026-01-31", heir) == ()
    assert [r.state for r in ledger_of(house, "2026-02-01", heir)] == [RecordState.EFFECTIVE]
    state(house, paid("2026-02-09"), "2026-02-09")
    a_person(house, "heir_head", heir, Role.HEAD)
    go(house, claim, (REPAIRING[0]._replace(who="heir_head"), *REPAIRING[1:]))
    with house.readers() as session:
        body = records.find_body(session, heir)
        first, last = day("2026-01-01"), day("2026-03-31")
        found = records.figures_of(session, body.id, first, last)
        half = records.figures_of(session, body.id, first, day("2026-02-11"))
        then = records.figures_of(session, body.id, first, last, known_at=day("2026-02-11"))
    assert found[Stream.BREACH] == Figures(new=1, open=0, repaired=1)
    assert half[Stream.BREACH] == then[Stream.BREACH] == Figures(new=1, open=1)


def test_every_entry_and_every_answer_is_on_the_record_of_acts(house: House) -> None:
    with measures_drawn(house):
        claim = a_world(house)
        drive(house, claim, "approve_determination")
        state(house, paid("2026-02-09"), "2026-02-09")
        go(house, claim, REPAIRING)
        assert measures_of(house)
    with house.readers() as session:
        acts = list(session.scalars(select(AuditEntry.action)))
    assert acts.count("credit.enter") == 2
