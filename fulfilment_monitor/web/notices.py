"""The department's side of contracts that enterprises say are missing; and who watches the wait."""

from flask import Response, render_template

from ..domain.access import Action
from ..domain.errors import Invalid
from ..premises import premises
from ..schemas.contracts import read_contract
from ..services import contract_notices
from ..services.contract_notices import Notice
from . import queries
from .firm import bp, by_field, seen_after, typed
from .guard import actor, opens_to


@bp.get("/desk/notices")
@opens_to(Action.CONTRACT_CREATE)
def notices_for_department() -> str:
    """What enterprises say the department has not registered, the oldest first."""
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        found = contract_notices.list_for_department(session, by=actor(), today=today)
    return render_template("enterprise/desk.html", notices=found, today=today, watching=False)


@bp.get("/desk/notices/overdue")
@opens_to(Action.SUPERVISE)
def notices_in_region() -> str:
    """What has waited longer than contracts may, in the region one leads or supervises."""
    house, today = premises().house, premises().moment().today
    office = house.office()
    with house.readers() as session:
        found = contract_notices.list_waiting_long(session, by=actor(), office=office, today=today)
    return render_template(
        "enterprise/desk.html",
        notices=found,
        today=today,
        watching=True,
        term=office.policy.registration_days,
    )


@bp.get("/desk/notices/<ulid>")
@opens_to(Action.CONTRACT_CREATE)
def notice(ulid: str) -> str:
    """One contract as the enterprise wrote it, to be registered or declined."""
    return _draw(_notice(ulid), {}, {})


@bp.post("/desk/notices/<ulid>/register")
@opens_to(Action.CONTRACT_CREATE)
def register_notice(ulid: str) -> Response:
    """Enter the contract as it was stated."""
    house, moment = premises().house, premises().moment()
    submission, office = read_contract(_notice(ulid).document), house.office()
    with house.sessions.begin() as session:
        done = contract_notices.register(
            session,
            queries.check_ulid(ulid),
            submission,
            by=actor(),
            office=office,
            now=moment.now,
            today=moment.today,
        )
    return seen_after("board.contract", ulid=done.ulid)


@bp.post("/desk/notices/<ulid>/decline")
@opens_to(Action.CONTRACT_CREATE)
def decline_notice(ulid: str) -> Response | tuple[str, int]:
    """Say why the contract is not registered."""
    house, moment = premises().house, premises().moment()
    values = typed("reason")
    try:
        with house.sessions.begin() as session:
            contract_notices.decline(
                session,
                queries.check_ulid(ulid),
                values["reason"],
                by=actor(),
                now=moment.now,
                today=moment.today,
            )
    except Invalid as refusal:
        return _draw(_notice(ulid), values, by_field(refusal.issues, {"/reason": "reason"})), 422
    return seen_after("enterprise.notices_for_department")


def _notice(ulid: str) -> Notice:
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        return contract_notices.show(session, queries.check_ulid(ulid), by=actor(), today=today)


def _draw(found: Notice, values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "enterprise/notice.html",
        notice=found,
        values=values,
        errors=errors,
        today=premises().moment().today,
    )
