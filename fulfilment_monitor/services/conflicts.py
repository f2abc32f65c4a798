"""Who may not touch a case: the respondent and all near it, and people lately posted there.

Source: 发改财金〔2023〕1103号 二（二）: the superior or competent department decides, nobody else.
"""

from collections.abc import Collection
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Conflict
from ..domain.kinship import Kinship
from ..store.people import Posting
from ..store.sets import among
from .kinship import read_kinship as read_kinship  # asked for here by others


def refuse_conflict(
    session: Session,
    respondent_id: int,
    by: Actor,
    on: date,
    *,
    recusal_months: int,
    kinship: Kinship | None = None,
) -> None:
    """Keep those near the respondent away from its case.

    Args:
        kinship: the families of both on the day, where they have been read already.

    Raises:
        Conflict: by the body the actor acts for, or by a recent post.
    """
    if by.body is not None:
        families = kinship or read_kinship(session, [by.body, respondent_id], on)
        if families.near(by.body, respondent_id):
            raise Conflict("the body one acts for is the respondent, or belongs to it")
    if by.person is not None:
        refuse_person(session, respondent_id, by.person, on, recusal_months=recusal_months)


def refuse_person(
    session: Session, respondent_id: int, person_id: int, on: date, *, recusal_months: int
) -> None:
    """Keep a person with a recent post near the respondent away from its case.

    Raises:
        Conflict: the person has such a post, or left it less than `recusal_months` ago.
    """
    if recused(session, {(person_id, respondent_id)}, on, recusal_months):
        raise Conflict(f"a post at the respondent within {recusal_months} months")


def recused(
    session: Session, pairs: Collection[tuple[int, int]], on: date, months: int
) -> set[tuple[int, int]]:
    """Of some pairs of a person and a respondent, those who may not meet."""
    barred = barred_from(session, {person for person, _ in pairs}, on, months)
    return {pair for pair in pairs if pair[1] in barred.get(pair[0], ())}


def kept_from(session: Session, by: Actor, on: date, *, recusal_months: int) -> set[int]:
    """The bodies whose cases an actor must keep away from, by its own body or a recent post."""
    found: set[int] = set()
    if by.body is not None:
        found |= read_kinship(session, [by.body], on).nearby(by.body)
    if by.person is not None:
        found |= barred_from(session, {by.person}, on, recusal_months).get(by.person, set())
    return found


def barred_from(
    session: Session, people: Collection[int], on: date, months: int
) -> dict[int, set[int]]:
    """Person → the bodies whose cases the person may not touch; who has none is left out.

    The person holds a post near them, or left one less than `months` ago; of a post that was left,
    it counts also what was near on its last day, whatever has been reorganised since.
    """
    if not people:
        return {}
    since = on - relativedelta(months=months)
    query = select(Posting.person_id, Posting.body_id, Posting.until_on).where(
        among(session, Posting.person_id, people),
        Posting.from_on <= on,
        or_(Posting.until_on.is_(None), Posting.until_on > since),
    )
    served = [
        (person, body, day)
        for person, body, until in session.execute(query)
        for day in ({on} if until is None or until > on else {on, until - timedelta(days=1)})
    ]
    looked = {
        day: read_kinship(session, {body for _, body, then in served if then == day}, day)
        for day in {day for _, _, day in served}
    }
    barred: dict[int, set[int]] = {}
    for person, body, day in served:
        barred.setdefault(person, set()).update(looked[day].nearby(body))
    return barred
