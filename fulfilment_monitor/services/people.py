"""Put people and their posts on the register; say in which capacities somebody acts.

A post in a body that was merged or renamed is a post in what it has become.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from ..domain.authority import ADMINISTRATORS, ROLE_CHINESE, Actor, Role, handle_fault
from ..domain.errors import Invalid, Issue, NotFound
from ..domain.parties import Side
from ..store.ids import new_ulid
from ..store.once import insert_once
from ..store.organisations import Organisation
from ..store.people import Person, Posting
from . import audit
from .organisations import responsible

#: Not posts: what somebody is towards a case.
_NO_POSTS = frozenset(
    {
        Role.COMPLAINANT,
        Role.RESPONDENT,
        Role.SYSTEM,
        Role.ENTERPRISE,
        Role.PARTNER,
        Role.PUBLIC,
    }
)
POSTS = tuple(r for r in Role if r not in _NO_POSTS)
_LONGEST_NAME = 120


# --- entering ---------------------------------------------------------------------------------


def enrol(session: Session, handle: str, name: str, *, by: Actor, now: datetime) -> Person:
    """Enter a person; a handle is given once and never again.

    Raises:
        Invalid: the handle is taken, or is none.
    """
    handle, name = handle.strip(), name.strip()
    if fault := handle_fault(handle):
        raise Invalid([Issue("/handle", "invalid", fault)])
    if not name or len(name) > _LONGEST_NAME:
        raise Invalid([Issue("/name", "invalid", f"1 to {_LONGEST_NAME} characters")])
    row = {
        "ulid": new_ulid(now),
        "handle": handle,
        "name": name,
        "recorded_at": now,
        "recorded_by": by.name,
    }
    if not insert_once(session, Person, [row], Person.handle):
        raise Invalid([Issue("/handle", "taken", f"{handle} is on the register already")])
    person = find_person(session, handle)
    audit.note(session, by, "person.enrol", "person", person.ulid, {"handle": handle}, now=now)
    return person


def post(
    session: Session,
    handle: str,
    body_code: str,
    role: Role,
    *,
    from_on: date,
    until_on: date | None = None,
    by: Actor,
    now: datetime,
) -> Posting:
    """Give a person a post in a body from a day on.

    Raises:
        NotFound: there is no such person or public body.
        Invalid: the post is none, is held already, or excludes another of those days.
    """
    person, body = find_person(session, handle, lock=True), find_body(session, body_code)
    refuse_post(session, person, role, from_on, until_on)
    if any(
        p.body_id == body.id and p.role == role.value
        for p in _posts(session, Posting.person_id == person.id, _meets(from_on, until_on))
    ):
        raise Invalid([Issue("/from_on", "held", f"{handle} holds this post in those days")])
    posting = Posting(
        person_id=person.id,
        body_id=body.id,
        role=role.value,
        from_on=from_on,
        until_on=until_on,
        recorded_at=now,
        recorded_by=by.name,
    )
    session.add(posting)
    session.flush()  # the next post is compared with this one
    days = {"from_on": from_on.isoformat(), "until_on": until_on and until_on.isoformat()}
    said = {"body": body_code, "role": role.value, **days}
    audit.note(session, by, "person.post", "person", person.ulid, said, now=now)
    return posting


def refuse_post(
    session: Session, person: Person, role: Role, from_on: date, until_on: date | None
) -> None:
    """Whether a person could hold a post in some days, whatever the body.

    Raises:
        Invalid: the post is none, or excludes another of those days.
    """
    if role in _NO_POSTS:
        raise Invalid([Issue("/role", "no-post", f"{role.value} is no post")])
    if until_on is not None and until_on <= from_on:
        raise Invalid([Issue("/until_on", "backwards", f"a post ends after {from_on}")])
    meanwhile = _posts(session, Posting.person_id == person.id, _meets(from_on, until_on))
    others = {Role(p.role) for p in meanwhile} - ({role} if role not in ADMINISTRATORS else set())
    if (role in ADMINISTRATORS and others) or others & ADMINISTRATORS:
        detail = "the three administrators exclude each other and every other post"
        raise Invalid([Issue("/role", "exclusive", detail)])


def leave(
    session: Session, handle: str, body_code: str, role: Role, *, on: date, by: Actor, now: datetime
) -> None:
    """End a post; the first day it holds no more is `on`.

    Raises:
        NotFound: there is no such person or body, or the person holds no such post on that day.
    """
    person, body = find_person(session, handle, lock=True), find_body(session, body_code)
    this_one = (Posting.body_id == body.id) & (Posting.role == role.value) & (Posting.from_on < on)
    found = _posts(session, Posting.person_id == person.id, this_one, holds_on(on))
    if not found:
        raise NotFound(f"{handle} holds no such post on {on}")
    found[0].until_on = on
    said = {"body": body_code, "role": role.value, "until_on": on.isoformat()}
    audit.note(session, by, "person.leave", "person", person.ulid, said, now=now)
    session.flush()  # whoever asks next in this transaction sees it


# --- looking up -------------------------------------------------------------------------------


def find_person(session: Session, handle: str, *, lock: bool = False) -> Person:
    """A person by the handle; locked, nobody else gives or ends a post of theirs meanwhile.

    Raises:
        NotFound: there is none.
    """
    query = select(Person).where(Person.handle == handle)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound(f"nobody is known as {handle!r}")
    return found


def find_body(session: Session, code: str) -> Organisation:
    """A public body by its code.

    Raises:
        NotFound: there is none.
    """
    found = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    if found is None or found.side != Side.GOVERNMENT.value:
        raise NotFound(f"no body {code!r} is on the register")
    return found


def posts_of(session: Session, person_id: int, on: date) -> list[Posting]:
    """The posts a person holds on a day."""
    return _posts(session, Posting.person_id == person_id, holds_on(on))


def _posts(session: Session, *which: ColumnElement[bool]) -> list[Posting]:
    return list(session.scalars(select(Posting).where(*which).order_by(Posting.id)))


def holds_on(day: date) -> ColumnElement[bool]:
    """Whether a post is held on a day."""
    return (Posting.from_on <= day) & or_(Posting.until_on.is_(None), Posting.until_on > day)


def _meets(from_on: date, until_on: date | None) -> ColumnElement[bool]:
    """Whether a post holds on any day from one until the day before another."""
    begins = true() if until_on is None else Posting.from_on < until_on
    return begins & or_(Posting.until_on.is_(None), Posting.until_on > from_on)


def posted(
    session: Session, handle: str, body_id: int | None, role: Role, on: date
) -> Person | None:
    """The person, if holding a post in a body on a day."""
    person = session.scalars(select(Person).where(Person.handle == handle)).one_or_none()
    if person is None or body_id is None:
        return None
    held = {p.body_id for p in posts_of(session, person.id, on) if p.role == role.value}
    now = responsible(session, {*held, body_id}, on)
    return person if any(now[body] == now[body_id] for body in held) else None


def acting(session: Session, handle: str, on: date, body_code: str | None = None) -> Actor:
    """A person as an actor on a day: for one body, in every capacity held there.

    Raises:
        NotFound: there is no such person, or no post in that body.
        Invalid: the person has posts in several bodies and none was named.
    """
    person = find_person(session, handle)
    posts = posts_of(session, person.id, on)
    named = None if body_code is None else find_body(session, body_code).id
    now = responsible(session, {p.body_id for p in posts} | ({named} if named else set()), on)
    if named is not None:
        posts = [p for p in posts if now[p.body_id] == now[named]]
    bodies = {now[p.body_id] for p in posts}
    if not bodies:
        raise NotFound(f"{handle} holds no post there on {on}")
    if len(bodies) > 1:
        detail = "posts in several bodies: say for which one"
        raise Invalid([Issue("/body", "ambiguous", detail)])
    return Actor(handle, person.id, bodies.pop(), frozenset(Role(p.role) for p in posts))


def bodies_of(session: Session, handle: str, on: date) -> list[Organisation]:
    """The bodies somebody holds posts in on a day, as they answer now, by code."""
    posts = posts_of(session, find_person(session, handle).id, on)
    now = set(responsible(session, {p.body_id for p in posts}, on).values())
    found = (session.get_one(Organisation, body) for body in now)
    return sorted(found, key=lambda body: body.code)


class Staff(NamedTuple):
    """A post as it is shown."""

    handle: str
    name: str
    body: str
    body_name: str
    role: Role
    from_on: date
    until_on: date | None

    def shown(self) -> dict[str, Any]:
        """As a row of a report."""
        return {**self._asdict(), "role_name": ROLE_CHINESE[self.role]}


def list_staff(
    session: Session, on: date, body_code: str | None = None, limit: int | None = None
) -> list[Staff]:
    """Who holds which posts on a day, by body and handle; of one body, or of all.

    Raises:
        NotFound: there is no such body.
    """
    query = (
        select(Person, Organisation, Posting)
        .join(Posting, Posting.person_id == Person.id)
        .join(Organisation, Organisation.id == Posting.body_id)
        .where(holds_on(on))
        .order_by(Organisation.code, Person.handle, Posting.role)
        .limit(limit)
    )
    if body_code is not None:
        query = query.where(Posting.body_id == find_body(session, body_code).id)
    return [_staff(*row) for row in session.execute(query)]


def _staff(person: Person, body: Organisation, held: Posting) -> Staff:
    role = Role(held.role)
    return Staff(
        person.handle, person.name, body.code, body.name, role, held.from_on, held.until_on
    )
