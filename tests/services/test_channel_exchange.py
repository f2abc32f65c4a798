"""Channels and columns: what each is told and is known to hold, who runs which, which are dead."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.bodies import Matter
from fulfilment_monitor.domain.channels import Channel, ChannelKind, Channels, Operator
from fulfilment_monitor.gateways.channels import open_channels
from fulfilment_monitor.house import House
from fulfilment_monitor.services import (
    case_lists,
    case_views,
    channel_replies,
    columns,
    desks,
    nightly,
    organisations,
)
from fulfilment_monitor.services import channels as channel_book
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services.builders import CLERK, FIRM, a_document, day, office, register, tamper
from tests.services.case_builders import (
    CITY,
    CITY_CREDIT,
    CITY_SME,
    COUNTY_CREDIT,
    IN_SCOPE,
    PROVINCE_CREDIT,
    a_person,
    a_town,
    act,
    actor,
    complain,
    secrets,
    the_claim,
    uscc,
)
from tests.services.credit_builders import messages

FOUR = ("inspection", "hotline-12345", "business-environment", "petition-online")


@pytest.fixture
def town(house: House) -> House:
    a_town(house)
    register(house, a_document())
    return house


def send(house: House, on: str) -> int:
    listed = open_channels(house.settings)
    with house.sessions.begin() as session:
        return channel_replies.send(session, listed, now=at(day(on)), today=day(on))


def arrive(house: House, topic: str, on: str) -> None:
    """The platform has taken what waited for it."""
    with house.sessions.begin() as session:
        sent = update(OutboxMessage).where(OutboxMessage.topic == topic)
        session.execute(sent.values(sent_at=at(day(on)) + timedelta(hours=1)))


def sources(house: House, case: str, on: str) -> list[dict[str, Any]]:
    with house.readers() as session:
        seen = case_views.get_case(
            session, case, by=None, office=office(house), channels=open_channels(house.settings),
            today=day(on),
        )  # fmt: skip
    return [s for claim in seen["claims"] for s in claim["sources"]]


# --- both ways --------------------------------------------------------------------------------


@pytest.mark.proves("R-35")
@pytest.mark.parametrize("channel", FOUR)
def test_a_platform_sends_complaints_and_is_told_status_and_result(
    town: House, channel: str
) -> None:
    done = complain(town, "2025-09-11", channel=channel, source_no="P-1")
    claim, topic = done.claims[0], f"channel.{channel}"
    assert send(town, "2025-09-11") == 1
    assert send(town, "2025-09-11") == 0  # nothing new
    arrive(town, topic, "2025-09-11")
    act(town, claim, "accept", "county_lead", "2025-09-12", scope=IN_SCOPE)
    assert send(town, "2025-09-12") == 1
    (shown,) = sources(town, done.case, "2025-09-12")
    # ours is accepted; the platform is only known to have heard that it came in
    assert (shown["told"], shown["held"]) == ("accepted", "received")
    assert shown["held_at"].startswith("2025-09-11")
    arrive(town, topic, "2025-09-12")
    act(town, claim, "transfer", "county_lead", "2025-09-15")
    act(town, claim, "take_up", "handler", "2025-09-16", handler="handler")
    found = {"facts": "已付清", "legal_basis": "民法典第五百五十七条"}
    act(town, claim, "find_unsubstantiated", "handler", "2025-09-17", **found)
    assert send(town, "2025-09-17") == 1  # how it stands now, not each step
    assert sources(town, done.case, "2025-09-17")[0]["held"] == "accepted"
    told = messages(town, topic)
    assert [m["state"] for m in told] == ["received", "accepted", "unsubstantiated"]
    assert "P-1" not in str(told)  # what waits in the outbox does not tell it
    with town.readers() as session:
        left = [channel_replies.addressed(session, m, secrets(town)) for m in told]
    assert {m["source_no"] for m in left} == {"P-1"}
    assert left[-1] == {"source_no": "P-1", **told[-1]}
    assert told[-1]["verification"] == "untrue"
    assert not [m for m in told if FIRM in str(m) or "示例企业" in str(m) or "催要" in str(m)]


@pytest.mark.proves("R-23", "R-26", "R-27", "R-30")
@pytest.mark.parametrize(
    ("channel", "number"),
    [("inspection", "clueNo"), ("hotline-12345", "ticketNo"), ("business-environment", "caseNo"),
     ("petition-online", "petitionNo"), ("petition", "source_no")],
)  # fmt: skip
def test_each_channel_is_told_under_its_own_number_in_its_own_words(
    town: House, channel: str, number: str
) -> None:
    complain(town, "2025-09-11", channel=channel, source_no="P-1")
    send(town, "2025-09-11")
    (told,) = messages(town, f"channel.{channel}")
    with town.readers() as session:
        left = channel_replies.in_their_words(
            session, told, secrets(town), town.maps, on=day("2025-09-11")
        )
    assert left[number] == "P-1"
    if channel == "petition":  # no mapping: as we say it
        assert (left["state"], left["state_label"]) == ("received", "已收到")
    else:
        assert (left["progress"], left["progressText"]) == ("10", "已收到")
        assert "state" not in left


def test_a_refusal_goes_back_with_its_reason_and_the_next_door(town: House) -> None:
    done = complain(town, "2025-09-11", channel="petition", source_no="X-1")
    said = {"reason": "other-body", "next_door": "示例市住房和城乡建设局"}
    act(town, done.claims[0], "reject", "county_lead", "2025-09-12", **said)
    send(town, "2025-09-12")
    (told,) = messages(town, "channel.petition")
    assert (told["state"], told["reason"], told["next_door"]) == (
        "rejected", "依法应由其他机关办理", "示例市住房和城乡建设局",
    )  # fmt: skip


def test_who_is_not_the_party_is_told_once_that_it_came_in_and_who_left_nothing(
    town: House,
) -> None:
    informant = {"name": "热心市民", "contact": "0552-1111111"}
    done = complain(town, "2025-09-11", channel="petition", source_no="X-1", complainant=informant)
    for on in ("2025-09-11", "2025-09-12"):
        send(town, on)
        if on == "2025-09-11":
            act(town, done.claims[0], "accept", "county_lead", on, scope=IN_SCOPE)
    (told,) = messages(town, "channel.petition")
    assert told == {"complaint": done.complaint, "acknowledged": True}
    left = complain(town, "2025-09-13", channel="inspection", source_no="I-1")
    tamper(town, f"UPDATE complaint SET withdrawn_on = {_stored(town, '2025-09-13')} "
                 f"WHERE ulid = '{left.complaint}'")  # fmt: skip
    assert send(town, "2025-09-13") == 0


def _stored(house: House, on: str) -> str:
    """A day as its kind of database keeps it."""
    kept = str(day(on).toordinal() - day("1970-01-01").toordinal())
    return kept if house.engine.dialect.name == "sqlite" else f"DATE '{on}'"


@pytest.mark.proves("R-37")
def test_each_channel_shows_its_line_and_the_last_good_exchange(town: House) -> None:
    def line(on: str, code: str = "hotline-12345") -> tuple[Any, ...]:
        with town.readers() as session:
            rows = channel_book.list_channels(
                session, open_channels(town.settings), "", office(town), as_of=day(on)
            )
        (row,) = [r for r in rows if r["code"] == code]
        return tuple(row[k] for k in ("via", "connection", "last_exchange_on", "waiting_since"))

    through = "省政务数据共享交换平台"
    assert line("2025-09-10") == (through, "never", None, None)
    assert line("2025-09-10", "sme-arrears")[0] == through
    assert line("2025-09-10", "petition")[0] is None
    complain(town, "2025-09-11", channel="hotline-12345", source_no="T-1")
    assert line("2025-09-11") == (through, "good", "2025-09-11", None)
    send(town, "2025-09-12")
    assert line("2025-09-15") == (through, "waiting", "2025-09-11", "2025-09-12")
    arrive(town, "channel.hotline-12345", "2025-09-16")
    assert line("2025-09-16") == (through, "good", "2025-09-16", None)
    assert line("2025-09-15") == (through, "waiting", "2025-09-11", "2025-09-12")  # as it was


# --- columns ----------------------------------------------------------------------------------


def column(*operators: Operator) -> Channels:
    form = Channel(
        "credit-site", "专栏", ChannelKind.FORM, "发改财金〔2023〕1103号 二（一）",
        day("2023-08-05"), Matter.CREDIT_LEAD, "channel.credit-site", operators=operators,
    )  # fmt: skip
    entry = form._replace(code="petition", kind=ChannelKind.ENTRY, reply="channel.petition")
    return Channels([form, entry])


PROVINCIAL = Operator(
    "340000", PROVINCE_CREDIT, day("2024-01-01"), address="示例路1号", telephone="0551-0000000",
    responsible="province_lead",
)  # fmt: skip
COUNTIES = (
    Operator("340321", COUNTY_CREDIT, day("2024-03-01"), day("2025-01-01")),
    Operator("340321", CITY_CREDIT, day("2025-01-01"), telephone="0552-0000000"),
)


def listed(house: House, channels: Channels, on: str, region: str = "") -> list[dict[str, Any]]:
    with house.readers() as session:
        return columns.list_columns(session, channels, office(house), as_of=day(on), region=region)


@pytest.mark.proves("R-19")
def test_a_column_names_operator_area_channels_and_rules_and_dates_every_change(
    town: House,
) -> None:
    both = column(PROVINCIAL, *COUNTIES)
    province, county = listed(town, both, "2025-06-01")
    assert (province["region"], province["operator"]["name"]) == ("340000", "示例省发展改革委")
    assert (province["since"], province["channels"]) == (
        "2024-01-01", ["credit-site", "petition"],
    )  # fmt: skip
    assert province["rules"][0] == "发改财金〔2023〕1103号 二（一）"
    assert "蚌信用办〔2024〕1号 二（一）" in county["rules"]  # the rule set of its city
    assert [(c["operator"], c["from_on"], c["until_on"]) for c in county["changes"]] == [
        (COUNTY_CREDIT, "2024-03-01", "2025-01-01"),
        (CITY_CREDIT, "2025-01-01", None),
    ]
    (then,) = listed(town, both, "2024-06-01", "340321")
    assert then["operator"]["uscc"] == COUNTY_CREDIT
    assert listed(town, both, "2023-12-31") == []


@pytest.mark.proves("R-21")
def test_a_provincial_column_takes_complaints_against_all_and_local_ones_feed_it(
    town: House,
) -> None:
    shipped = open_channels(town.settings)
    local = Operator("340300", CITY_SME, day("2024-01-01"))
    both = Channels(
        c._replace(operators=(PROVINCIAL,) if c.code == "credit-site" else (local,))
        for c in shipped
    )
    direct = complain(town, "2025-09-11", listed=both)
    of_city = complain(
        town, "2025-09-11", listed=both, respondent={"uscc": CITY}, contract_no=None,
        contract={"region": "340300", "title": "供货"},
        items=[{"matter": "货款", "breach": "arrears"}],
    )  # fmt: skip
    fed = complain(
        town, "2025-09-12", listed=both, channel="petition", source_no="X-1", contract_no=None,
        contract={"region": "340321", "title": "装修"},
        items=[{"matter": "装修款", "breach": "arrears"}],
    )  # fmt: skip
    a_person(town, "province_lead", PROVINCE_CREDIT, Role.CREDIT_LEAD, Role.INTAKE)
    lead = actor(town, "province_lead", "2025-09-12")
    with town.readers() as session:
        taken = [
            session.get_one(Organisation, the_claim(town, done.claims[0]).intake_id).code
            for done in (direct, of_city, fed)
        ]
        where = desks.seen_of(session, lead, office(town), day("2025-09-12"))
        seen = case_lists.list_cases(session, today=day("2025-09-12"), where=where)
    assert taken == [PROVINCE_CREDIT, PROVINCE_CREDIT, CITY_SME]
    assert {i["case"] for i in seen.items} == {direct.case, of_city.case, fed.case}


@pytest.mark.proves("R-41")
def test_the_list_of_columns_is_published_without_persons(town: House) -> None:
    rows = listed(town, column(PROVINCIAL, *COUNTIES), "2025-06-01")
    province = rows[0]
    assert (province["address"], province["telephone"]) == ("示例路1号", "0551-0000000")
    assert "province_lead" not in str(rows)
    assert all(r["dead"] is None for r in rows)


@pytest.mark.proves("R-41")
def test_a_dead_column_is_reported_once_to_those_who_lead_the_area(town: House) -> None:
    closed = Operator("340321", COUNTY_CREDIT, day("2024-03-01"), day("2025-01-01"))
    unknown = Operator("340300", uscc("11340300", 999), day("2024-01-01"))
    three = column(PROVINCIAL, closed, unknown)
    dead = {r["region"]: r["dead"] and r["dead"]["code"] for r in listed(town, three, "2025-06-01")}
    assert dead == {"340000": None, "340300": "operator-unknown", "340321": "closed"}
    ring = secrets(town)
    for on in ("2025-06-01", "2025-06-02"):
        nightly.follow(
            town.sessions, office(town), ring, channels=three, now=at(day(on)), today=day(on)
        )
    told = [(m["region"], m["dead"]["code"], m["to"]) for m in messages(town, "column.dead")]
    assert sorted(told) == sorted(
        [
            ("340300", "operator-unknown", CITY_CREDIT),
            ("340300", "operator-unknown", PROVINCE_CREDIT),
            ("340321", "closed", COUNTY_CREDIT),
            ("340321", "closed", CITY_CREDIT),
            ("340321", "closed", PROVINCE_CREDIT),
        ]
    )


@pytest.mark.proves("R-41")
def test_a_column_whose_operator_was_merged_is_dead_until_it_is_named_anew(town: House) -> None:
    with town.sessions.begin() as session:
        organisations.succeed(
            session, COUNTY_CREDIT, CITY_CREDIT, on=day("2025-06-01"), reason="机构改革",
            by=CLERK, now=at(day("2025-06-01")),
        )  # fmt: skip
    one = column(Operator("340321", COUNTY_CREDIT, day("2024-03-01")))
    assert [r["dead"] for r in listed(town, one, "2025-05-31")] == [None]
    (now,) = listed(town, one, "2025-06-01")
    assert now["dead"]["code"] == "operator-succeeded"
    again = column(
        Operator("340321", COUNTY_CREDIT, day("2024-03-01"), day("2025-06-01")),
        Operator("340321", CITY_CREDIT, day("2025-06-01")),
    )
    assert [r["dead"] for r in listed(town, again, "2025-06-01")] == [None]
