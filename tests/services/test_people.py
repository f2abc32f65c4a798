"""People and posts from day to day: who is who, and who excludes whom."""

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.errors import Invalid, NotFound
from fulfilment_monitor.house import House
from fulfilment_monitor.services import organisations, people
from fulfilment_monitor.store.audit import AuditEntry
from tests.conftest import at
from tests.services import states
from tests.services.builders import CLERK, day

SINCE = "2025-01-01"


@pytest.fixture
def office_house(house: House) -> House:
    with house.sessions.begin() as session:
        for code in ("A", "B", "C"):
            states.a_body(session, code)
        people.enrol(session, "u1", "某人", by=CLERK, now=at(day(SINCE)))
    return house


def give(house: House, body: str, role: Role, since: str = SINCE, until: str | None = None) -> None:
    with house.sessions.begin() as session:
        people.post(
            session, "u1", body, role, from_on=day(since), until_on=until and day(until),
            by=CLERK, now=at(day(since)),
        )  # fmt: skip


def end(house: House, body: str, role: Role, on: str) -> None:
    with house.sessions.begin() as session:
        people.leave(session, "u1", body, role, on=day(on), by=CLERK, now=at(day(on)))


def acting(house: House, on: str, body: str | None = None) -> tuple[str, set[str]]:
    with house.readers() as session:
        actor = people.acting(session, "u1", day(on), body)
        code = session.get_one(people.Organisation, actor.body).code
        return code, {r.value for r in actor.roles}


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [i.code for i in refused.value.issues]


def test_a_post_holds_from_its_first_day_until_the_day_before_its_end(office_house: House) -> None:
    give(office_house, "A", Role.HANDLER, "2025-02-01")
    give(office_house, "A", Role.DIRECTOR, "2025-02-01", "2025-03-01")
    end(office_house, "A", Role.HANDLER, "2025-04-01")
    with pytest.raises(NotFound):
        acting(office_house, "2025-01-31")
    assert acting(office_house, "2025-02-01") == ("A", {"handler", "director"})
    assert acting(office_house, "2025-03-01") == ("A", {"handler"})
    with pytest.raises(NotFound):
        acting(office_house, "2025-04-01")


def test_with_posts_in_several_bodies_one_has_to_be_named(office_house: House) -> None:
    give(office_house, "A", Role.HANDLER)
    give(office_house, "B", Role.INTAKE)
    with pytest.raises(Invalid) as refused:
        acting(office_house, SINCE)
    assert codes(refused) == ["ambiguous"]
    assert acting(office_house, SINCE, "B") == ("B", {"intake"})
    with pytest.raises(NotFound):
        acting(office_house, SINCE, "C")
    with pytest.raises(NotFound):
        acting(office_house, SINCE, "nowhere")


@pytest.mark.proves("R-09")
def test_a_post_in_a_merged_body_is_one_in_what_it_became(office_house: House) -> None:
    give(office_house, "A", Role.HANDLER)
    give(office_house, "B", Role.DIRECTOR)
    with office_house.sessions.begin() as session:
        organisations.succeed(
            session, "A", "B", on=day("2025-03-01"), reason="机构改革", by=CLERK,
            now=at(day("2025-03-01")),
        )  # fmt: skip
    assert acting(office_house, "2025-02-28", "A") == ("A", {"handler"})
    assert acting(office_house, "2025-03-01") == ("B", {"handler", "director"})
    assert acting(office_house, "2025-03-01", "A") == ("B", {"handler", "director"})
    with office_house.readers() as session:
        b = people.find_body(session, "B").id
        assert people.posted(session, "u1", b, Role.HANDLER, day("2025-03-01"))
        assert people.posted(session, "u1", b, Role.HANDLER, day("2025-02-28")) is None
        assert people.posted(session, "nobody", b, Role.HANDLER, day("2025-03-01")) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN),
        (Role.HANDLER, Role.SECURITY_ADMIN),
        (Role.SECURITY_ADMIN, Role.CLERK),
    ],
)
@pytest.mark.parametrize("since", ["2025-01-01", "2024-01-01"])
def test_the_three_administrators_exclude_each_other_on_every_day(
    office_house: House, first: Role, second: Role, since: str
) -> None:
    give(office_house, "A", first)
    with pytest.raises(Invalid) as refused:
        give(office_house, "B", second, since)
    assert codes(refused) == ["exclusive"]
    give(office_house, "B", second, "2024-01-01", "2025-01-01")  # before it: no day in common


def test_a_post_is_held_once_and_ends_after_it_begins(office_house: House) -> None:
    give(office_house, "A", Role.HANDLER, "2025-02-01")
    for since, until, code in (
        ("2025-02-01", None, "held"),
        ("2025-01-01", "2025-02-02", "held"),
        ("2025-05-01", "2025-05-01", "backwards"),
    ):
        with pytest.raises(Invalid) as refused:
            give(office_house, "A", Role.HANDLER, since, until)
        assert codes(refused) == [code]
    for role in (Role.COMPLAINANT, Role.RESPONDENT, Role.SYSTEM):
        with pytest.raises(Invalid) as refused:
            give(office_house, "A", role)
        assert codes(refused) == ["no-post"]


def test_what_was_never_held_cannot_be_left(office_house: House) -> None:
    give(office_house, "A", Role.HANDLER, "2025-02-01")
    for body, on in (("B", "2025-03-01"), ("A", "2025-02-01"), ("A", "2025-01-01")):
        with pytest.raises(NotFound):
            end(office_house, body, Role.HANDLER, on)


@pytest.mark.parametrize(
    ("handle", "name", "code"),
    [
        ("u1", "又一人", "taken"),
        (" ", "x", "invalid"),
        ("a b", "x", "invalid"),
        ("key:01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "invalid"),  # what programs are called
        ("u2", " ", "invalid"),
    ],
)
def test_a_handle_is_given_once_and_never_again(
    office_house: House, handle: str, name: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused, office_house.sessions.begin() as session:
        people.enrol(session, handle, name, by=CLERK, now=at(day(SINCE)))
    assert codes(refused) == [code]


def test_every_change_is_on_record_and_the_staff_can_be_listed(office_house: House) -> None:
    give(office_house, "A", Role.HANDLER)
    end(office_house, "A", Role.HANDLER, "2025-04-01")
    with office_house.readers() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
        assert acts == ["person.enrol", "person.post", "person.leave"]
        (row,) = people.list_staff(session, day(SINCE), "A")
        assert row.shown()["role_name"] == "认定部门"
        assert people.list_staff(session, day("2025-04-01")) == []
