"""An enterprise says what happened, and answers what the other side says: by adding, always."""

from collections.abc import Mapping
from typing import Any

from flask import Response, render_template, request

from ..domain.access import Action
from ..domain.contracts import Kind
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.facts import Answer, FactKind, Source
from ..domain.parties import Side
from ..premises import premises
from ..schemas.contracts import read_fact
from ..services import evidence, facts, owed
from ..services.owed import Statement
from ..services.registry import show_contract
from ..services.sight import contract_in_sight
from . import queries
from .attachments import ACCEPT, MOST_FILES, examine, kept, put_on_disk
from .complaint_form import plain_amount
from .dossier import Shown, open_dossier
from .firm import bp, by_field, read_amount, seen_after, typed
from .guard import actor, opens_to
from .language import label, say

_LONGEST_NOTE = 500
#: How many bytes the fields of a form with files may take beside them.
_WORDS = 100_000
_FIELDS = ("obligation", "kind", "on", "amount", "note")
_MONEY = frozenset({Kind.PAYMENT.value, Kind.DEPOSIT_RETURN.value})
_PLACES = {f"/{name}": name for name in (*_FIELDS, "evidence")}


# --- answers ----------------------------------------------------------------------------------


@bp.get("/firm/facts/<ulid>/confirm")
@opens_to(Action.CONTRACT_NOTICE)
def confirm(ulid: str) -> str:
    """What is about to be confirmed, and what follows from it."""
    return render_template("enterprise/confirm.html", said=_statement(ulid))


@bp.post("/firm/facts/<ulid>/confirm")
@opens_to(Action.CONTRACT_NOTICE)
def confirmed(ulid: str) -> Response:
    """Confirm a statement as it stands."""
    _answer(ulid, Answer.CONFIRMED)
    return seen_after("enterprise.home", done="confirmed")


@bp.get("/firm/facts/<ulid>/dispute")
@opens_to(Action.CONTRACT_NOTICE)
def dispute(ulid: str) -> str:
    """The form of a dispute: of the whole, or of the part of a payment that did not arrive."""
    return _draw_dispute(_statement(ulid), {"extent": "whole"}, {})


@bp.post("/firm/facts/<ulid>/dispute")
@opens_to(Action.CONTRACT_NOTICE)
def disputed(ulid: str) -> Response | tuple[str, int]:
    """Dispute a statement, and say why."""
    said = _statement(ulid)
    values = typed("extent", "amount", "note")
    try:
        fen, note = read_dispute(said, values)
        _answer(ulid, Answer.DISPUTED, fen, note)
    except Invalid as refusal:
        errors = by_field(refusal.issues, {"/amount": "amount", "/note": "note"})
        return _draw_dispute(said, values, errors), 422
    return seen_after("enterprise.home", done="disputed")


def read_dispute(said: Statement, values: Mapping[str, str]) -> tuple[int | None, str]:
    """Which part is disputed, none for the whole, and why.

    Raises:
        Invalid: without a reason, or a part that is none.
    """
    issues: list[Issue] = []
    fen: int | None = None
    if values["extent"] == "part" and said.kind == FactKind.PAID.value:
        try:
            fen = read_amount(values["amount"], "/amount")
        except Invalid as refusal:
            issues += refusal.issues
        else:
            if fen is None or fen > (said.amount_fen or 0):
                issues.append(Issue("/amount", "part", "a part of the amount that was stated"))
    note = queries.read_text(values, "note", _LONGEST_NOTE)
    if note is None:
        issues.append(Issue("/note", "why", "please say why"))
    if issues or note is None:
        raise Invalid(issues)
    return fen, note


def _statement(ulid: str) -> Statement:
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        wanted = queries.check_ulid(ulid)
        return owed.statement_to_answer(session, wanted, by=actor(), today=today)


def _answer(ulid: str, answer: Answer, fen: int | None = None, note: str | None = None) -> None:
    house, now = premises().house, premises().moment().now
    office = house.office()
    with house.sessions.begin() as session:
        facts.answer_fact(
            session,
            queries.check_ulid(ulid),
            answer,
            side=Source.ENTERPRISE,
            by=actor(),
            office=office,
            now=now,
            disputed_fen=fen,
            note=note,
        )


def _draw_dispute(said: Statement, values: Mapping[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "enterprise/dispute.html",
        said=said,
        values=values,
        errors=errors,
        in_part=said.kind == FactKind.PAID.value,
    )


# --- statements -------------------------------------------------------------------------------


@bp.get("/firm/contracts/<ulid>/facts/new")
@opens_to(Action.CONTRACT_NOTICE)
def new_fact(ulid: str) -> str:
    """The form of a statement; of a correction, with what was said before."""
    contract = _contract(ulid)[1]
    old = _own(contract, request.args.get("corrects", ""))
    if old is not None:
        given = {name: old.get(name) or "" for name in _FIELDS}
        return _draw(contract, {**given, "corrects": old["id"]}, {})
    key = request.args.get("obligation", "")
    about = _obligation(contract, key)
    values = {
        "obligation": "" if about is None else key,
        "kind": "" if about is None else offered(about)[0].value,
        "on": premises().moment().today.isoformat(),
    }
    return _draw(contract, values, {})


@bp.post("/firm/contracts/<ulid>/facts/new")
@opens_to(Action.CONTRACT_NOTICE)
def state_fact(ulid: str) -> Response | tuple[str, int]:
    """Put a statement of the enterprise on the ledger, with what proves it."""
    request.max_content_length = MOST_FILES * premises().house.settings.evidence_bytes() + _WORDS
    contract_id, contract = _contract(ulid)
    values = typed(*_FIELDS, "corrects")
    try:
        _state(contract_id, values)
    except Invalid as refusal:
        errors = by_field(refusal.issues, _PLACES)
    except NotOpen:
        errors = {"": say("firm.fault.not-open")}
    else:
        return seen_after("enterprise.home", done="stated")
    return _draw(contract, values, errors), 422


def _state(contract_id: int, values: Mapping[str, str]) -> None:
    house, now = premises().house, premises().moment().now
    given = {k: values[k] for k in _FIELDS if values[k]}
    if given.get("kind") not in (FactKind.PAID.value, FactKind.DISPUTED.value):
        given.pop("amount", None)
    if "amount" in given:
        given["amount"] = plain_amount(given["amount"])
    said = read_fact({**given, "by": Source.ENTERPRISE.value})
    if said.on > premises().moment().today:
        raise Invalid([Issue("/on", "future", "this day is still to come")])
    proofs = examine("evidence")
    office = house.office()
    with house.sessions.begin() as session:
        facts.state_fact(
            session,
            contract_id,
            said,
            by=actor(),
            office=office,
            now=now,
            evidence=evidence.keep_files(session, kept(proofs), by=actor(), now=now),
            supersedes=values["corrects"] or None,
        )
        put_on_disk(proofs)


def offered(about: Shown | None) -> tuple[FactKind, ...]:
    """What an enterprise can say of an obligation, the likeliest first."""
    differ = (FactKind.DISPUTED, FactKind.UNDISPUTED)
    if about is None:
        return (FactKind.PAID, FactKind.PERFORMED, *differ)
    if about["obligor"] == Side.ENTERPRISE.value:
        return (FactKind.PERFORMED, *differ)
    if about["kind"] in _MONEY:
        return (FactKind.PAID, *differ)
    if about["kind"] == Kind.POLICY_FULFILMENT.value:
        return (FactKind.PERFORMED, FactKind.PAID, *differ)
    return (FactKind.PERFORMED, *differ)


def _contract(ulid: str) -> tuple[int, Shown]:
    house, today = premises().house, premises().moment().today
    office = house.office()
    with house.readers() as session:
        wanted = queries.check_ulid(ulid)
        found = contract_in_sight(session, Action.FACT_STATE, actor(), wanted, today)
        return found, open_dossier(show_contract(session, found, as_of=today, office=office))


def _obligation(contract: Shown, key: str) -> Shown | None:
    return next((o for o in contract["obligations"] if o["key"] == key), None)


def _own(contract: Shown, ulid: str) -> Shown | None:
    """The statement to be corrected: the enterprise's own, and neither confirmed nor corrected."""
    if not ulid:
        return None
    for fact in contract["facts"]:
        ours = fact["id"] == ulid and fact["by"] == Source.ENTERPRISE.value
        if ours and fact["standing"] not in ("superseded", "confirmed"):
            return fact
    raise NotFound(f"no statement {ulid[:26]} to correct")


def _draw(contract: Shown, values: dict[str, Any], errors: dict[str, str]) -> str:
    about = _obligation(contract, values.get("obligation", ""))
    kinds = offered(about)
    return render_template(
        "enterprise/fact.html",
        contract=contract,
        values={"corrects": "", **values},
        errors=errors,
        about=about,
        kinds=[(k.value, _named(k, about)) for k in kinds],
        obligations=[(o["key"], o["title"]) for o in contract["obligations"]],
        accept=ACCEPT,
        latest=premises().moment().today,
    )


def _named(kind: FactKind, about: Shown | None) -> str:
    """A payment is received, seen from here; a performance is ours, or theirs."""
    if kind is FactKind.PAID:
        return say("firm.fact.received")
    if kind is FactKind.PERFORMED and about is not None:
        ours = about["obligor"] == Side.ENTERPRISE.value
        return say("firm.fact.delivered" if ours else "firm.fact.they_did")
    return label("fact", kind.value)
