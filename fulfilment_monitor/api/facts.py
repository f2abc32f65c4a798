"""Fulfilment: state what happened, confirm or dispute what the other side says, late interest."""

from typing import Any

from flask import Response
from marshmallow import ValidationError

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.authority import Actor, Role
from ..domain.errors import Invalid
from ..domain.facts import Answer, Source
from ..premises import premises
from ..schemas.api import contracts as shapes
from ..schemas.api.queries import OnQuery
from ..schemas.contracts import read_fact
from ..schemas.fields import Strict, issues_of
from ..services import evidence, facts, readings
from . import requests
from .callers import actor, opens_to
from .document import PREFIX, Blueprint, changes, takes
from .examples import STATEMENT
from .once import Doing, Done, once

bp = Blueprint("api_fulfilment", __name__, url_prefix=PREFIX, description="What was done, and when")


@bp.post("/obligations/<ulid:obligation_id>/facts")
@opens_to(Action.FACT_STATE, Scope.FACTS_WRITE)
@changes()
@takes(shapes.StatementIn, STATEMENT)
@bp.response(201, shapes.StatedOut)
def state(obligation_id: str) -> Response:
    """State what happened to an obligation: delivered, accepted, paid, waived …

    One speaks for the own side only. A payment stated by the side that owes it is a claim until
    the other side confirms it.
    """
    document = requests.document()
    said = _load(shapes.StatementIn(), document)
    supersedes, proofs = said.get("supersedes"), said.get("evidence", [])
    given = {k: v for k, v in document.items() if k not in ("supersedes", "evidence")}

    def enter(doing: Doing) -> Done:
        named = readings.obligation_in_sight(
            doing.session, Action.FACT_STATE, actor(), obligation_id, doing.today
        )
        ulid = facts.state_fact(
            doing.session,
            named.contract_id,
            read_fact({**given, "obligation": named.key}),
            by=actor(),
            office=doing.office,
            now=doing.now,
            evidence=evidence.named(doing.session, proofs, by=actor()),
            supersedes=supersedes,
        )
        contract = readings.ulid_of(doing.session, named.contract_id)
        where = f"{PREFIX}/contracts/{contract}"
        return Done({"id": ulid, "contract": contract}, location=where)

    return once(shapes.StatedOut, enter)


@bp.post("/facts/<ulid:fact_id>/confirm")
@opens_to(Action.FACT_ANSWER, Scope.FACTS_WRITE)
@changes()
@takes(shapes.ConfirmIn, {}, required=False)
@bp.response(201, shapes.AnsweredOut)
@bp.doc(**{"x-refusals": [409]})
def confirm(fact_id: str) -> Response:
    """Confirm a statement of the other side."""
    said = _load(shapes.ConfirmIn(), requests.document(optional=True))
    return _answer(fact_id, Answer.CONFIRMED, said)


@bp.post("/facts/<ulid:fact_id>/dispute")
@opens_to(Action.FACT_ANSWER, Scope.FACTS_WRITE)
@changes()
@takes(shapes.DisputeIn, {"amount": "200.00", "note": "实收 800 元"}, required=False)
@bp.response(201, shapes.AnsweredOut)
@bp.doc(**{"x-refusals": [409]})
def dispute(fact_id: str) -> Response:
    """Dispute a statement of the other side; of a payment, a part of it."""
    said = _load(shapes.DisputeIn(), requests.document(optional=True))
    return _answer(fact_id, Answer.DISPUTED, said)


def _answer(fact_id: str, answer: Answer, said: dict[str, Any]) -> Response:
    def enter(doing: Doing) -> Done:
        number = facts.answer_fact(
            doing.session,
            fact_id,
            answer,
            side=_side_of(actor()),
            by=actor(),
            office=doing.office,
            now=doing.now,
            disputed_fen=said.get("amount"),
            note=said.get("note"),
        )
        contract = readings.ulid_of(doing.session, number)
        value = {"id": fact_id, "answer": answer.value, "contract": contract}
        return Done(value, location=f"{PREFIX}/contracts/{contract}")

    return once(shapes.AnsweredOut, enter)


def _side_of(by: Actor) -> Source:
    """For whom an actor speaks."""
    return Source.ENTERPRISE if Role.ENTERPRISE in by.roles else Source.GOVERNMENT


@bp.get("/obligations/<ulid:obligation_id>/interest")
@opens_to(Action.CONTRACT_READ, Scope.CONTRACTS_READ)
@bp.arguments(OnQuery, location="query", unknown=None)
@bp.response(200, shapes.InterestOut)
def interest(query: dict[str, Any], obligation_id: str) -> Any:
    """Late interest on an obligation as of a day: a computation (测算), never a claim."""
    house = premises().house
    office = house.office()
    with house.readers() as session:
        named = readings.obligation_in_sight(
            session,
            Action.CONTRACT_READ,
            actor(),
            obligation_id,
            premises().moment().today,
            office.policy,
        )
        as_of = requests.day(query, "on")
        return readings.interest_on(session, named, as_of=as_of, office=office)


def _load(shape: Strict, document: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = shape.load(document)
    except ValidationError as fault:
        raise Invalid(list(issues_of(fault.normalized_messages()))) from None
    return found
