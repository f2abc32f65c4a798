"""Issue the letters of a case: composed from the record, kept as files, and on the record of acts.

A letter tells of an act; it is none. It bears the day of the act, so that the same letter is the
same bytes whenever it is written, and issuing it twice leaves one.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.audit import digest
from ..domain.authority import Actor, Forbidden, Role
from ..domain.errors import Invalid, Issue, NotFound
from ..domain.evidence import Kept
from ..domain.letter_kinds import FRAME, KINDS, LetterKind, Value, fields_of
from ..domain.letters import Paper, Template, compose
from ..domain.secrets import Secrets
from ..store.cases import Case, Claim, Letter
from ..store.ids import new_ulid
from . import audit, evidence, organisations
from .capacities import capacity
from .cases import hold_claim
from .conflicts import refuse_conflict
from .letter_fields import complained, gather
from .letter_grounds import Ground, find_ground, imposers
from .office import Office

#: Turns a paper into a file whose bytes are safe on disk when it returns.
Store = Callable[[Paper], Kept]
Templates = Mapping[LetterKind, Template]

_READERS = (
    Role.INTAKE, Role.CREDIT_LEAD, Role.HANDLER, Role.DIRECTOR, Role.SUPERVISOR, Role.REVIEWER,
)  # fmt: skip
_LONGEST_NUMBER = 80


class _Drafted(NamedTuple):
    paper: Paper
    #: A digest of the template and of what was filled in.
    template: str


def preview(
    session: Session,
    ulid: str,
    kind: LetterKind,
    templates: Templates,
    *,
    secrets: Secrets,
    by: Actor | None,
    office: Office,
    today: date,
    number: str = "",
) -> Paper:
    """A letter as it would be issued; nothing is kept.

    Args:
        secrets: to mask what lies in the vault where officers let it slip.
        by: who asks; None for the service's own command line.

    Raises:
        As `issue`.
    """
    claim = _find(session, ulid)
    return _draft(session, claim, kind, templates, secrets, by, office, today, number).paper


def issue(
    session: Session,
    ulid: str,
    kind: LetterKind,
    templates: Templates,
    *,
    store: Store,
    secrets: Secrets,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
    number: str = "",
) -> Letter:
    """Write a letter, keep its bytes, and put it on record; the same letter is kept once.

    Args:
        number: the 文号 the office gives it; decisions and 督办书 bear the one of their act.

    Raises:
        NotFound: there is no such claim, or it is not for this actor.
        NotOpen: the act it would tell of has not happened, or was undone.
        Forbidden, Conflict: not in this capacity, not for this body.
        Invalid: something to fill in is missing, or speaks of 失信 before a determination.
    """
    claim = hold_claim(session, ulid)
    drafted = _draft(session, claim, kind, templates, secrets, by, office, today, number)
    kept = store(drafted.paper)
    known = _issued(session, claim, kind, kept.sha256)
    if known is not None:
        return known
    evidence.keep_files(session, [kept], by=by, now=now)
    letter = Letter(
        ulid=new_ulid(now),
        claim_id=claim.id,
        kind=kind.value,
        audience=KINDS[kind].audience.value,
        media_type=kept.media_type,
        sha256=kept.sha256,
        template=drafted.template,
        on=drafted.paper.day,
        at=now,
        by=by.name,
    )
    session.add(letter)
    session.flush()
    said = {"claim": ulid, "number": drafted.paper.number, **_shown(letter)}
    audit.note(session, by, "letter.issue", "letter", letter.ulid, said, now=now)
    return letter


def list_letters(
    session: Session, ulid: str, *, by: Actor | None, office: Office, today: date
) -> list[dict[str, Any]]:
    """The letters issued about a claim, oldest first.

    Args:
        by: an officer of the case; None for the service's own command line.

    Raises:
        NotFound: there is no such claim, or it is not for this actor.
    """
    claim = _find(session, ulid)
    if by is not None:
        capacity(session, _case(session, claim), claim, _READERS, by, office, today)
    query = select(Letter).where(Letter.claim_id == claim.id).order_by(Letter.id)
    return [
        {"id": row.ulid, **_shown(row), "at": row.at.isoformat(), "by": row.by}
        for row in session.scalars(query)
    ]


def _shown(row: Letter) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "label": KINDS[LetterKind(row.kind)].label,
        "audience": row.audience,
        "on": row.on.isoformat(),
        "media_type": row.media_type,
        "sha256": row.sha256,
        "template": row.template,
    }


# --- drafting ---------------------------------------------------------------------------------


def _draft(
    session: Session,
    claim: Claim,
    kind: LetterKind,
    templates: Templates,
    secrets: Secrets,
    by: Actor | None,
    office: Office,
    today: date,
    number: str,
) -> _Drafted:
    if by is not None:
        _refuse_others(session, claim, kind, by, office, today)
    ground = find_ground(session, office, kind, claim, by)
    if by is not None:
        _refuse_other_bodies(ground, by, today)
    known = complained(session, ground.case, claim)
    allowed = (*fields_of(kind), *FRAME)
    fields = {k: v for k, v in gather(ground, known, secrets).items() if k in allowed and v}
    _put_number(fields, number)
    template = templates[kind]
    paper = compose(kind, template, fields, ground.day, determined=ground.determined)
    return _Drafted(paper, digest({"template": template.source, "fields": fields}))


def _put_number(fields: dict[str, Value], number: str) -> None:
    number = number.strip()
    if len(number) > _LONGEST_NUMBER:
        raise Invalid([Issue("/number", "too-long", f"at most {_LONGEST_NUMBER} characters")])
    if number and fields.setdefault("number", number) != number:
        raise Invalid([Issue("/number", "wrong", f"its act bears {fields['number']}")])


# --- who may ----------------------------------------------------------------------------------


def _refuse_others(
    session: Session, claim: Claim, kind: LetterKind, by: Actor, office: Office, today: date
) -> None:
    roles = KINDS[kind].roles
    if kind is not LetterKind.MEASURES:
        capacity(session, _case(session, claim), claim, roles, by, office, today)
        return
    if not by.roles & set(roles):  # the imposing body need not hold the claim
        raise Forbidden("needs: " + ", ".join(roles))
    if by.body not in imposers(session, claim, today):
        raise NotFound(f"no claim {claim.ulid}")
    months = office.policy.cases.recusal_months
    refuse_conflict(session, claim.respondent_id, by, today, recusal_months=months)


def _refuse_other_bodies(ground: Ground, by: Actor, today: date) -> None:
    """Nobody issues a letter in the name of another body."""
    issuer = organisations.responsible(ground.session, [ground.issuer_id], today)
    if issuer[ground.issuer_id] != by.body:
        raise Forbidden("the act is another body's, and so is its letter")


def _issued(session: Session, claim: Claim, kind: LetterKind, sha256: str) -> Letter | None:
    query = select(Letter).where(
        Letter.claim_id == claim.id, Letter.kind == kind.value, Letter.sha256 == sha256
    )
    return session.scalars(query.limit(1)).one_or_none()


def _find(session: Session, ulid: str) -> Claim:
    found = session.scalars(select(Claim).where(Claim.ulid == ulid)).one_or_none()
    if found is None:
        raise NotFound(f"no claim {ulid}")
    return found


def _case(session: Session, claim: Claim) -> Case:
    return session.get_one(Case, claim.case_id)
