"""The custodian's door: ask to look into the vault, decide somebody else's request, look once."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.authority import Forbidden, Role
from ..domain.errors import Invalid, NotFound, Refusal
from ..domain.vault import Item
from ..house import keys_of
from ..premises import premises
from ..services import vault, vault_lists
from . import queries
from .case_file import reading
from .case_steps import words_of
from .guard import actor, opens_to
from .language import say
from .turn import acting

bp = Blueprint("case_vault", __name__, template_folder="templates")


@bp.get("/complaints/<ulid>/vault")
@opens_to(Action.CASE_STEP)
def ask_form(ulid: str) -> Response:
    """Ask to see some items of a complaint, and what was asked before."""
    return _ask_page(queries.check_ulid(ulid), {}, {})


@bp.post("/complaints/<ulid>/vault")
@opens_to(Action.CASE_STEP)
def ask(ulid: str) -> Response:
    """Put the request to the custodian."""
    values: dict[str, Any] = {
        "items": request.form.getlist("items"),
        "motive": request.form.get("motive", ""),
    }
    house = premises().house
    try:
        with house.sessions.begin() as session:
            vault.ask_to_open(
                session, queries.check_ulid(ulid), values["items"], values["motive"], **acting()
            )
    except Invalid as refusal:
        found = {i.pointer.strip("/"): say(f"vault.fault.{i.pointer[1:]}") for i in refusal.issues}
        return _ask_page(ulid, values, found, 422)
    return redirect(url_for("case_vault.ask_form", ulid=ulid), 303)  # type: ignore[return-value]


def _ask_page(
    ulid: str, values: dict[str, Any], errors: dict[str, str], status: int = 200
) -> Response:
    with premises().house.readers() as session:
        read = reading(session)
        vault.complaint_for(session, ulid, vault.ASKING, read.by, read.office, read.moment.today)
        asked = vault_lists.asked(session, ulid, now=read.moment.now, **read.known)
    page = render_template(
        "officer/vault.html",
        complaint=ulid,
        items=[i.value for i in Item],
        values=values,
        errors=errors,
        asked=asked,
    )
    return make_response(page, status)


@bp.get("/vault-requests/<ulid>")
@opens_to(Action.CASE_STEP)
def request_page(ulid: str) -> str:
    """A request somebody else has made, for the custodian to decide."""
    _refuse_others()
    return _decide_page(queries.check_ulid(ulid))


def _refuse_others() -> None:
    if Role.CUSTODIAN not in actor().roles:
        raise Forbidden("needs: custodian")


@bp.post("/vault-requests/<ulid>")
@opens_to(Action.CASE_STEP)
def decide(ulid: str) -> Response:
    """Approve a request, or refuse it."""
    _refuse_others()
    answer = request.form.get("answer")
    if answer not in ("approve", "refuse"):
        raise queries.BadQuery("answer: approve or refuse")
    with premises().house.sessions.begin() as session:
        vault.decide(session, queries.check_ulid(ulid), approve=answer == "approve", **acting())
    return redirect(url_for("officer.worklist"), 303)  # type: ignore[return-value]


def _decide_page(ulid: str) -> str:
    with premises().house.readers() as session:
        waiting = vault_lists.to_decide(session, **reading(session).known)
    found = next((r for r in waiting if r["id"] == ulid), None)
    if found is None:
        raise NotFound(f"no request {ulid}")
    return render_template("officer/vault_request.html", asked=found)


@bp.post("/vault-requests/<ulid>/open")
@opens_to(Action.CASE_STEP)
def look(ulid: str) -> Response:
    """What was approved, once; shown when the look is on record, and kept by no browser."""
    house = premises().house
    secrets = keys_of(house)
    try:
        with house.sessions.begin() as session:
            opened = vault.open_items(session, queries.check_ulid(ulid), secrets, **acting())
    except NotFound:
        raise
    except Refusal as refusal:
        page = render_template("officer/vault_open.html", opened=None, refused=words_of(refusal))
        return make_response(page, refusal.status)
    page = render_template("officer/vault_open.html", opened=_spelled(opened), refused=None)
    return make_response(page)


def _spelled(opened: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, _spell(value)) for name, value in opened.items()]


def _spell(value: Any) -> str:
    """What was sealed, for people: it is of the shapes JSON has."""
    if value is None:
        return say("vault.nothing")
    if isinstance(value, dict):
        return "；".join(f"{k}：{_spell(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "；".join(map(_spell, value))
    return str(value)
