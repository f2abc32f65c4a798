"""Contracts: enter one, find them, read one, enter what the parties changed."""

import hashlib
import json
from typing import Any

from flask import Response, request

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..premises import premises
from ..schemas.amendments import TermsIn, read_terms
from ..schemas.api import contracts as shapes
from ..schemas.api.queries import ContractQuery, DayQuery, Standing
from ..schemas.contracts import ContractIn, read_contract
from ..services import readings
from ..services.amendments import amend_contract
from ..services.contracts import Result, register_contracts
from ..services.registry import Owing, list_contracts, show_contract
from ..services.sight import contract_in_sight, sight
from . import requests
from .callers import actor, opens_to
from .document import PREFIX, Blueprint, changes, takes
from .examples import AMENDMENT, CONTRACT
from .once import Doing, Done, once
from .pages import page, place_of

bp = Blueprint(
    "api_contracts", __name__, url_prefix=PREFIX, description="Contracts on the register"
)


@bp.get("/contracts")
@opens_to(Action.CONTRACT_READ, Scope.CONTRACTS_READ)
@bp.arguments(ContractQuery, location="query", unknown=None)
@bp.response(200, shapes.ContractPage)
def find_contracts(query: dict[str, Any]) -> Any:
    """Contracts in sight, newest first."""
    before = place_of(query, "contracts", int)
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        found = list_contracts(
            session,
            sight(session, Action.CONTRACT_READ, actor(), today, house.policy),
            before=before[0] if before else None,
            limit=query["limit"] + 1,
            count=False,
            **narrowed(query),
        )
    return page(found.items, query, "contracts", lambda c: [c["row"]])


def narrowed(query: dict[str, Any]) -> dict[str, Any]:
    """What a list of contracts is narrowed to."""
    state, field = query.get("state"), query.get("field")
    today = premises().moment().today
    return {
        "field": None if field is None else field.value,
        "region": query.get("region", ""),
        "owing": None if state is None else Owing(today, late=state is Standing.OVERDUE),
        "text": query.get("q"),
    }


@bp.post("/contracts")
@opens_to(Action.CONTRACT_CREATE, Scope.CONTRACTS_WRITE)
@changes()
@takes(ContractIn, CONTRACT)
@bp.response(201, shapes.RegisteredOut, description="It is on the register")
@bp.alt_response(200, schema=shapes.RegisteredOut, description="It was there: updated, unchanged")
def enter_contract() -> Response:
    """Enter a contract of one's own body.

    The document is that of an import. A contract that is there already keeps its terms: what
    differs is a finding, and only facts that were not there are added.
    """
    submission = read_contract(requests.document())

    def enter(doing: Doing) -> Done:
        (entered,) = register_contracts(
            doing.session, [submission], by=actor(), office=doing.office, now=doing.now,
            today=doing.today,
        )  # fmt: skip
        findings = [i._asdict() for i in entered.issues]
        value = {"id": entered.ulid, "result": entered.result.value, "findings": findings}
        status = 201 if entered.result is Result.REGISTERED else 200
        return Done(value, status, f"{PREFIX}/contracts/{entered.ulid}")

    return once(shapes.RegisteredOut, enter)


@bp.get("/contracts/<ulid:contract_id>")
@opens_to(Action.CONTRACT_READ, Scope.CONTRACTS_READ)
@bp.arguments(DayQuery, location="query", unknown=None)
@bp.response(200, shapes.ContractOut, headers={"ETag": {"schema": {"type": "string"}}})
@bp.alt_response(304, description="It is as it was read (If-None-Match)")
def show(query: dict[str, Any], contract_id: str) -> Response:
    """One contract as it stands on a day, its dates explained.

    The first part of its ETag, before the point, counts what is on file: an amendment goes by it.
    """
    house, as_of = premises().house, requests.day(query)
    office = house.office()
    with house.readers() as session:
        today = premises().moment().today
        number = contract_in_sight(
            session, Action.CONTRACT_READ, actor(), contract_id, today, office.policy
        )
        version = readings.version_of(session, number)
        shown = show_contract(session, number, as_of=as_of, office=office)
    body = json.dumps(shapes.ContractOut().dump(shown), ensure_ascii=False, default=str)
    reply = Response(body, 200, content_type="application/json")
    reply.set_etag(f"{version}.{hashlib.sha256(body.encode()).hexdigest()[:16]}")
    reply.make_conditional(request)
    return reply


@bp.post("/contracts/<ulid:contract_id>/amendments")
@opens_to(Action.CONTRACT_AMEND, Scope.CONTRACTS_WRITE)
@changes(condition=True)
@takes(TermsIn, AMENDMENT)
@bp.response(201, shapes.AmendedOut)
def amend(contract_id: str) -> Response:
    """Enter what the parties agreed to change; the first date stays in sight for ever.

    Nothing is changed without both sides (民法典 第五百四十三条), nor a date that has been missed.
    """
    read = requests.needed_condition()
    agreement = read_terms(requests.document())

    def enter(doing: Doing) -> Done:
        number = contract_in_sight(
            doing.session, Action.CONTRACT_AMEND, actor(), contract_id, doing.today
        )
        readings.refuse_changed(doing.session, number, read.partition(".")[0])
        found = amend_contract(
            doing.session, number, agreement, by=actor(), office=doing.office, now=doing.now,
            today=doing.today,
        )  # fmt: skip
        where = f"{PREFIX}/contracts/{contract_id}"
        return Done({"contract": contract_id, "amendments": found}, location=where)

    return once(shapes.AmendedOut, enter)
