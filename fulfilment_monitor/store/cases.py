"""Cases: the folder, its claims, what happened to them, and the clocks that run."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.authority import CAPACITIES
from ..domain.case_clocks import Clock
from ..domain.case_codes import Addressee, Breach, Excuse, Origin, Outcome, Verification
from ..domain.cases import FINAL, Event, State
from .base import Base, Id, one_of

_FINAL = ", ".join(f"'{s}'" for s in sorted(FINAL))
_LIVE_OF_OBLIGATION = text("closed_at IS NULL AND obligation_id IS NOT NULL")
_LIVE = text("closed_at IS NULL")


class Case(Base):
    """A folder of claims about one respondent; what other systems call a complaint file."""

    __tablename__ = "complaint_case"
    __table_args__ = (
        Index("ix_complaint_case_respondent_id", "respondent_id"),
        Index("ix_complaint_case_contract_id", "contract_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    #: Empty where the contract was never registered.
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"))
    #: The body named first; who answers for it now follows from the successions.
    respondent_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    region: Mapped[str] = mapped_column(String(6))
    field: Mapped[str] = mapped_column(String(40))
    origin: Mapped[str] = mapped_column(one_of(Origin, "origin"))
    #: 朝令夕改, 新官不理旧账 …; see `domain.case_codes.Nature`.
    natures: Mapped[list[str]] = mapped_column(JSON)
    #: Whether somebody who complained asked not to be known to the respondent.
    confidential: Mapped[bool] = mapped_column(Boolean)
    #: The case this one was merged into, while it is.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(120))


class Claim(Base):
    """One obligation and one respondent; the case table runs on it."""

    __tablename__ = "claim"
    __table_args__ = (
        Index("ix_claim_case_id", "case_id"),
        Index("ix_claim_holder_id", "holder_id", postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index("ix_claim_intake_id", "intake_id", postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index("ix_claim_obligation_id", "obligation_id"),
        Index(
            "uq_claim_one_open",
            "obligation_id",
            unique=True,
            postgresql_where=_LIVE_OF_OBLIGATION,
            sqlite_where=_LIVE_OF_OBLIGATION,
        ),
        CheckConstraint(f"(state IN ({_FINAL})) = (closed_at IS NOT NULL)", name="closed_if_final"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    #: Empty where the contract was never registered; `matter` says then what is owed: codes and
    #: a keyed tag, never the complainant's words (which rows of earlier releases have).
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    matter: Mapped[str | None] = mapped_column(String(200))
    #: The lead of the sweep that it began with, or that was joined to it.
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id"), unique=True)
    respondent_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(one_of(State, "state"))
    #: The day the state began; what time it takes is measured from days like this one.
    state_on: Mapped[date]
    #: 受理单位: who took it in and is told the result.
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: Who has to act now; empty only when it has ended.
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: The named handler, once taken up.
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    addressee: Mapped[str | None] = mapped_column(one_of(Addressee, "addressee"))
    #: How often a body has returned it.
    returned: Mapped[int] = mapped_column(Integer)
    #: Whether the clocks of 条例第二十五条 run: an SME's payment complaint, accepted as one.
    sme_payment: Mapped[bool] = mapped_column(Boolean)
    claimed_fen: Mapped[int | None] = mapped_column(BigInteger)
    confirmed_fen: Mapped[int | None] = mapped_column(BigInteger)
    breach: Mapped[str | None] = mapped_column(one_of(Breach, "breach"))
    excuse: Mapped[str | None] = mapped_column(one_of(Excuse, "excuse"))
    verification: Mapped[str | None] = mapped_column(one_of(Verification, "verification"))
    outcome: Mapped[str | None] = mapped_column(one_of(Outcome, "outcome"))
    #: Overlays: 挂牌督办, and an objection that has not been decided.
    listed: Mapped[bool] = mapped_column(Boolean)
    contested: Mapped[bool] = mapped_column(Boolean)
    #: Counts the events; who writes must have read the newest.
    version: Mapped[int] = mapped_column(Integer)
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    closed_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]


class ClaimEvent(Base):
    """What happened to a claim, who did it in which capacity, and what was said; never edited."""

    __tablename__ = "claim_event"
    __table_args__ = (UniqueConstraint("claim_id", "seq"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    #: 1, 2, 3 … within the claim.
    seq: Mapped[int] = mapped_column(Integer)
    event: Mapped[str] = mapped_column(one_of(Event, "event"))
    outcome: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(one_of(State, "source"))
    target: Mapped[str] = mapped_column(one_of(State, "target"))
    role: Mapped[str] = mapped_column(one_of(CAPACITIES, "role"))
    actor: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: The day it has effect in law; `at` is when it was written down.
    on: Mapped[date]
    at: Mapped[datetime]
    #: As `domain.case_details` reads it; money in fen.
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class ClaimDuty(Base):
    """A clock of a claim: somebody must act by a date, or the time is at least measured.

    In timers and alerts its number and that of its claim stand below zero, so that they never
    meet those of duties, obligations and contracts. Kept when it ends.
    """

    __tablename__ = "claim_duty"
    __table_args__ = (
        Index("ix_claim_duty_claim_id", "claim_id"),
        CheckConstraint("(ended_at IS NULL) = (ended_on IS NULL)", name="ended_with_day"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    clock: Mapped[str] = mapped_column(one_of(Clock, "clock"))
    #: Who has to act by it.
    body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    from_on: Mapped[date]
    #: Empty where neither law nor office sets a limit.
    due_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(Boolean)
    basis: Mapped[list[str]] = mapped_column(JSON)
    opened_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    #: The event that ended it; `replaced` when another limit took its place.
    ended_by: Mapped[str | None] = mapped_column(String(40))
    ended_at: Mapped[datetime | None]


class RoutingDecision(Base):
    """To whom a claim was handed, by which rule, and who was passed over; appended."""

    __tablename__ = "routing_decision"
    __table_args__ = (Index("ix_routing_decision_claim_id", "claim_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    on: Mapped[date]
    at: Mapped[datetime]
    body_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    addressee: Mapped[str] = mapped_column(one_of(Addressee, "addressee"))
    #: The rule that decided, and every body looked at: [{"body", "rule", "excluded"}].
    reasoning: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class CaseMerge(Base):
    """Two cases made one, and taken apart again; appended."""

    __tablename__ = "case_merge"
    __table_args__ = (Index("ix_case_merge_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    into_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    #: The claims that moved.
    claims: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(1000))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    #: The entry this one undoes.
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("case_merge.id"), unique=True)


class Settlement(Base):
    """A settlement of a claim is a contract of its own, watched like any other."""

    __tablename__ = "settlement"
    __table_args__ = (PrimaryKeyConstraint("claim_id", "contract_id"),)

    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), unique=True)
    agreed_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class SupervisionAct(Base):
    """A step of supervision an officer signed, or a proposal of the sweep declined with reason."""

    __tablename__ = "supervision_act"
    __table_args__ = (
        UniqueConstraint("claim_id", "rule", "due_on"),
        Index("ix_supervision_act_claim_id", "claim_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    step: Mapped[str] = mapped_column(String(20))
    #: The alert that proposed it: rule and due date; empty where a person began it.
    rule: Mapped[str | None] = mapped_column(String(60))
    due_on: Mapped[date | None]
    declined: Mapped[bool] = mapped_column(Boolean)
    number: Mapped[str | None] = mapped_column(String(80), unique=True)
    text: Mapped[str] = mapped_column(String(4000))
    to_body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    signed_by: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on: Mapped[date]
    at: Mapped[datetime]


class Letter(Base):
    """A text that was issued in a case; its bytes lie in the evidence store."""

    __tablename__ = "letter"
    __table_args__ = (Index("ix_letter_claim_id", "claim_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    #: decision, transfer, supervision, reply, notice; the name of its template.
    kind: Mapped[str] = mapped_column(String(40))
    #: To whom: complainant, respondent, handler, intake.
    audience: Mapped[str] = mapped_column(String(40))
    media_type: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    #: A digest of the template and of what was filled in.
    template: Mapped[str] = mapped_column(String(64))
    on: Mapped[date]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
