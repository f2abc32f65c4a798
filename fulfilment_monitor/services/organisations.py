"""Who answers for a body after it was renamed, merged or abolished."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.parties import FAULT_DETAIL, CodeFault, Side, uscc_fault
from ..store.once import insert_once
from ..store.organisations import Organisation, Succession
from ..store.sets import among
from . import audit


def succeed(
    session: Session,
    predecessor: str,
    successor: str,
    *,
    on: date,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """From a day on, the successor answers for what the predecessor owes.

    Source: 民法典 第五百三十二条; 发改财金〔2023〕1103号 二（二）: a reorganisation is no excuse.

    Raises:
        NotFound: one of the codes is not on the register.
        NotOpen: the predecessor has a successor from that day, or a circle would arise.
    """
    old, new = _body(session, predecessor), _body(session, successor)
    if old.id in _ever_after(session, new.id):
        raise NotOpen("a body cannot succeed to itself, not even by way of others")
    known = session.scalar(
        select(Succession.id).where(Succession.predecessor_id == old.id, Succession.from_on == on)
    )
    if known is not None:
        raise NotOpen(f"{predecessor} has a successor from {on} already")
    session.add(
        Succession(
            predecessor_id=old.id,
            successor_id=new.id,
            from_on=on,
            reason=reason,
            recorded_at=now,
            recorded_by=by.name,
        )
    )
    body = {"successor": successor, "from_on": on.isoformat(), "reason": reason}
    audit.note(session, by, "organisation.succeed", "organisation", predecessor, body, now=now)
    session.flush()  # so that a circle is seen by the next call in this transaction


def _body(session: Session, code: str) -> Organisation:
    found = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    if found is None or found.side != Side.GOVERNMENT.value:
        raise NotFound(f"no body {code!r} is on the register")
    return found


def register_body(
    session: Session, code: str, name: str, kind: str, *, by: Actor, now: datetime
) -> bool:
    """Put a body on the register that has no contract yet, such as a newly founded one.

    Returns:
        Whether it was not there.
    """
    if session.scalar(select(Organisation.id).where(Organisation.code == code)) is not None:
        return False
    fault = uscc_fault(code)
    if fault is not None and fault is not CodeFault.INNER_CHECK_CHARACTER:
        raise Invalid([Issue("/uscc", fault.value, FAULT_DETAIL[fault])])
    if not enter_once(session, code, name, Side.GOVERNMENT, kind, now=now):
        return False
    audit.note(session, by, "organisation.register", "organisation", code, {"name": name}, now=now)
    return True


def enter_once(
    session: Session, code: str, name: str, side: Side, kind: str | None, *, now: datetime
) -> bool:
    """Enter who is not on the register; False where somebody else has done so meanwhile."""
    row = {"code": code, "name": name, "side": side.value, "kind": kind, "recorded_at": now}
    return bool(insert_once(session, Organisation, [row], Organisation.id))


def hold(session: Session, body_id: int) -> None:
    """Whoever else holds this body waits until the transaction ends; who refers to it does not."""
    held = select(Organisation.id).where(Organisation.id == body_id)
    session.execute(held.with_for_update(key_share=True)).all()


def responsible(session: Session, body_ids: Iterable[int], on: date) -> dict[int, int]:
    """For each body, the one that answers for it on a day: itself, or its last successor."""
    bodies = set(body_ids)
    following = _following(session, bodies, on)
    return {body: _last(body, following) for body in bodies}


def _following(session: Session, bodies: set[int], on: date) -> dict[int, int]:
    """Who took over from whom by a day, for these bodies and all that came after them."""
    found: dict[int, int] = {}
    waiting = bodies
    while waiting:
        query = (
            select(Succession.predecessor_id, Succession.successor_id)
            .where(among(session, Succession.predecessor_id, waiting), Succession.from_on <= on)
            .order_by(Succession.from_on, Succession.id)
        )
        known = set(found)
        found.update((row[0], row[1]) for row in session.execute(query))  # the last one holds
        waiting = {found[body] for body in found.keys() - known} - found.keys()
    return found


def _last(body: int, following: dict[int, int]) -> int:
    seen = {body}
    while body in following and following[body] not in seen:
        body = following[body]
        seen.add(body)
    return body


def _ever_after(session: Session, body_id: int) -> set[int]:
    """The body and all that ever answer for it, whenever they do."""
    reached, waiting = {body_id}, [body_id]
    while waiting:
        query = select(Succession.successor_id).where(Succession.predecessor_id.in_(waiting))
        waiting = [i for i in session.scalars(query) if i not in reached]
        reached |= set(waiting)
    return reached


def code_of(session: Session, body: int | None) -> str | None:
    """The code of a body; None for nobody's."""
    return None if body is None else session.get_one(Organisation, body).code
