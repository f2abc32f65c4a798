"""Supervision: what the sweep proposes and an officer signs; listed cases until they are lifted.

The sweep only proposes: 挂牌督办, then 督办书, then 约谈 and 通报. Each is signed, or declined with
a reason, by somebody who may, and nothing is issued without that.

Source: 发改财金〔2023〕1103号 四（八）; 条例第二十一条, 第二十三条, 第二十五条第三款.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Role
from ..domain.case_clocks import CLOCK_CHINESE, Clock
from ..domain.case_codes import Supervision, label
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.regions import stem
from ..store.alerts import Alert
from ..store.cases import Case, Claim, ClaimDuty, SupervisionAct
from ..store.ids import new_ulid
from ..store.organisations import Organisation
from . import audit, exchange
from .capacities import capacity
from .office import Office
from .steps import Step

#: Who signs steps of supervision.
SIGNERS = (Role.CREDIT_LEAD, Role.SUPERVISOR)
_LONGEST = 4_000


class Proposal(NamedTuple):
    """A step the sweep proposes, because a limit passed and nothing was done."""

    claim: str
    case: str
    respondent: str
    #: Who holds the claim and let the limit pass.
    holder: str | None
    step: Supervision
    clock: Clock
    rule: str
    due_on: date
    proposed_on: date

    def shown(self) -> dict[str, Any]:
        """As lists print it."""
        return {
            "claim": self.claim,
            "case": self.case,
            "respondent": self.respondent,
            "holder": self.holder,
            "step": self.step.value,
            "step_name": label(self.step),
            "limit": CLOCK_CHINESE[self.clock],
            "rule": self.rule,
            "due_on": self.due_on.isoformat(),
            "proposed_on": self.proposed_on.isoformat(),
        }


def proposals(
    session: Session,
    office: Office,
    *,
    region: str = "",
    claim_id: int | None = None,
    only: Sequence[ColumnElement[bool]] = (),
) -> list[Proposal]:
    """What waits for a signature: the newest step of each clock that still runs, oldest first.

    Args:
        region: only cases of this region and below.
        only: further conditions on `Claim` and `Case`, such as what somebody may see.
    """
    proposing = office.policy.cases.proposals
    holder = Organisation.__table__.alias("holder")
    answered = select(SupervisionAct.id).where(
        SupervisionAct.claim_id == Claim.id,
        SupervisionAct.rule == Alert.rule,
        SupervisionAct.due_on == Alert.due_on,
    )
    query = (
        select(Alert, Claim.ulid, Case.ulid, Organisation.name, holder.c.name, ClaimDuty.clock)
        .join(Claim, Claim.id == -Alert.obligation_id)
        .join(Case, Case.id == Claim.case_id)
        .join(Organisation, Organisation.id == Claim.respondent_id)
        .outerjoin(holder, holder.c.id == Claim.holder_id)
        .join(
            ClaimDuty,
            and_(
                ClaimDuty.claim_id == Claim.id,
                ClaimDuty.due_on == Alert.due_on,
                ClaimDuty.ended_at.is_(None),
            ),
        )
        .where(Alert.rule.in_(list(proposing)), Alert.obligation_id < 0, ~answered.exists())
        .order_by(Alert.raised_on, Alert.due_on, Alert.obligation_id.desc(), Alert.holds_from)
    )
    if region:
        query = query.where(Case.region.startswith(stem(region)))
    if claim_id is not None:
        query = query.where(Claim.id == claim_id)
    query = query.where(*only)
    newest: dict[tuple[str, str, date], Proposal] = {}
    for alert, claim, case, respondent, held_by, clock in session.execute(query):
        if not alert.rule.startswith(clock + "."):
            continue
        found = Proposal(
            claim,
            case,
            respondent,
            held_by,
            proposing[alert.rule],
            Clock(clock),
            alert.rule,
            alert.due_on,
            alert.raised_on,
        )
        newest[claim, clock, alert.due_on] = found
    return list(newest.values())


def sign(
    session: Session,
    claim_ulid: str,
    step: Supervision,
    text: str,
    *,
    number: str | None = None,
    rule: str | None = None,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> SupervisionAct:
    """Issue a step of supervision to the body that holds a claim; numbered and told.

    Args:
        rule: the proposal it answers; none for a step a person begins.

    Raises:
        NotOpen: nothing like it was proposed, or it was answered; 挂牌督办 is an event of the case.
    """
    if step is Supervision.LISTED:
        raise NotOpen("挂牌督办 is the event `list` of the claim: it has a demand and a date")
    claim, case = _of(session, claim_ulid)
    capacity(session, case, claim, SIGNERS, by, office, today)
    proposed = _proposed(session, office, claim, rule)
    if proposed is not None and proposed.step is not step:
        raise NotOpen(f"{rule} proposes {proposed.step.value}")
    act = _act(claim, step, text, proposed, by, now, today)
    act.number = number
    session.add(act)
    session.flush()
    _tell(session, claim, act, by, now)
    return act


def decline(
    session: Session,
    claim_ulid: str,
    rule: str,
    reason: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> SupervisionAct:
    """Do not sign what was proposed, with the reason on record; the next step may still come."""
    claim, case = _of(session, claim_ulid)
    capacity(session, case, claim, SIGNERS, by, office, today)
    proposed = _proposed(session, office, claim, rule)
    assert proposed is not None
    act = _act(claim, proposed.step, reason, proposed, by, now, today)
    act.declined = True
    session.add(act)
    session.flush()
    _tell(session, claim, act, by, now)
    return act


def _of(session: Session, ulid: str) -> tuple[Claim, Case]:
    claim = session.scalars(select(Claim).where(Claim.ulid == ulid).with_for_update()).one_or_none()
    if claim is None:
        raise NotFound(f"no claim {ulid}")
    return claim, session.get_one(Case, claim.case_id)


def _proposed(session: Session, office: Office, claim: Claim, rule: str | None) -> Proposal | None:
    if rule is None:
        return None
    waiting = {p.rule: p for p in proposals(session, office, claim_id=claim.id)}
    if rule not in waiting:
        raise NotOpen(f"{rule} is not proposed, or was answered", waiting=sorted(waiting))
    return waiting[rule]


def _act(
    claim: Claim,
    step: Supervision,
    text: str,
    proposed: Proposal | None,
    by: Actor,
    now: datetime,
    today: date,
) -> SupervisionAct:
    if not text.strip() or len(text) > _LONGEST:
        raise Invalid([Issue("/text", "wrong", f"a text of 1 to {_LONGEST} characters")])
    return SupervisionAct(
        ulid=new_ulid(now),
        claim_id=claim.id,
        step=step.value,
        rule=proposed and proposed.rule,
        due_on=proposed and proposed.due_on,
        declined=False,
        text=text.strip(),
        to_body_id=claim.holder_id,
        signed_by=by.name,
        person_id=by.person,
        on=today,
        at=now,
    )


def _tell(session: Session, claim: Claim, act: SupervisionAct, by: Actor, now: datetime) -> None:
    said = {"claim": claim.ulid, "step": act.step, "rule": act.rule, "declined": act.declined}
    audit.note(session, by, "supervision.sign", "supervision_act", act.ulid, said, now=now)
    if not act.declined:
        message = exchange.Message("supervision.issued", act.ulid, 1, said)
        exchange.enqueue(session, [message], now=now)


# --- 挂牌督办, as an event of the case --------------------------------------------------------


def listed(step: Step) -> None:
    """A demand, a date, an interval of reports; no closing until it is lifted.

    What proposed it counts as answered.
    """
    step.claim.listed = True
    waiting: list[Proposal | None] = [
        p
        for p in proposals(step.session, step.office, claim_id=step.claim.id)
        if p.step is Supervision.LISTED
    ]
    for proposed in waiting or [None]:
        demand = step.details["demand"]
        act = _act(step.claim, Supervision.LISTED, demand, proposed, step.by, step.now, step.on)
        step.session.add(act)


def lifted(step: Step) -> None:
    """Lifted, with the reason among the events."""
    step.claim.listed = False
