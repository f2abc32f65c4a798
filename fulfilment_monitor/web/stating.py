"""Say what happened under a contract, and answer what the other side says of it."""

from datetime import date, datetime
from typing import Any, NamedTuple

from flask import Response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.contracts import Kind
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.facts import Answer, Fact, FactKind, Source
from ..domain.money import parse_yuan
from ..domain.parties import Side
from ..premises import premises
from ..schemas.contracts import read_fact
from ..services import evidence as files
from ..services import facts
from ..services.registry import show_contract
from ..services.sight import contract_in_sight
from . import queries
from .acting import may_answer, may_correct
from .attachments import ACCEPT, examine, kept, put_on_disk
from .desk import bp
from .dossier import Shown, open_dossier
from .faults import by_field
from .guard import actor, opens_to
from .language import say
from .registering import options

#: Enterprises state and answer too, but not here.
_DEPARTMENT = Action.CONTRACT_CREATE
_PAYMENTS = frozenset({Kind.PAYMENT.value, Kind.DEPOSIT_RETURN.value})
_EVERY = (FactKind.PERFORMED, FactKind.PAID, FactKind.REJECTED)
_DIFFER = (FactKind.DISPUTED, FactKind.UNDISPUTED)
_FIELDS = ("obligation", "kind", "on", "amount", "ref", "note")
_LONGEST_NOTE = 500


class Opened(NamedTuple):
    """A contract the actor may do something with, as its page shows it."""

    id: int
    contract: Shown


def open_contract(action: Action, ulid: str) -> Opened:
    """A contract for one of its forms.

    Raises:
        Forbidden, NotFound: it is not for this actor.
    """
    house, today = premises().house, premises().moment().today
    office = house.office()
    with house.readers() as session:
        wanted = queries.check_ulid(ulid)
        contract_id = contract_in_sight(session, action, actor(), wanted, today, house.policy)
        shown = show_contract(session, contract_id, as_of=today, office=office)
    return Opened(contract_id, open_dossier(shown))


@bp.get("/contracts/<ulid>/facts/new")
@opens_to(_DEPARTMENT)
def new_fact(ulid: str) -> str:
    """The form of a statement; of a correction, filled in with what was said before."""
    contract = open_contract(Action.FACT_STATE, ulid).contract
    old = _to_correct(contract, request.args.get("corrects", ""))
    if old is not None:
        values = {name: old.get(name, "") for name in _FIELDS}
        return _draw(contract, {**values, "corrects": old["id"]})
    owed = _obligation(contract, request.args.get("obligation", ""))
    kinds = offered(owed)
    values = {
        "obligation": "" if owed is None else owed["key"],
        "kind": kinds[0].value if owed is not None else "",
        "on": premises().moment().today.isoformat(),
        "amount": _still_owed(owed),
    }
    return _draw(contract, values)


@bp.post("/contracts/<ulid>/facts/new")
@opens_to(_DEPARTMENT)
def state_fact(ulid: str) -> Response | tuple[str, int]:
    """Put the statement on the ledger, with what proves it."""
    opened = open_contract(Action.FACT_STATE, ulid)
    house, (now, _) = premises().house, premises().moment()
    given = {name: request.form.get(name, "").strip() for name in _FIELDS}
    given["amount"] = given["amount"].replace(",", "").replace(" ", "")
    corrects = request.form.get("corrects", "").strip() or None
    try:
        said = read_fact({**_filled(given), "by": Source.GOVERNMENT.value})
        if not corrects:
            _refuse_repetition(opened.contract, said)
        proofs = examine("evidence")
        with house.sessions.begin() as session:
            facts.state_fact(
                session,
                opened.id,
                said,
                by=actor(),
                office=house.office(),
                now=now,
                evidence=files.keep_files(session, kept(proofs), by=actor(), now=now),
                supersedes=corrects,
            )
            put_on_disk(proofs)
    except Invalid as refusal:
        errors = by_field(refusal.issues, _field)
    except NotOpen as refusal:
        errors = {"": str(refusal)}
    else:
        done = "paid" if said.kind is FactKind.PAID else "stated"
        return redirect(url_for("board.contract", ulid=ulid, done=done), 303)  # type: ignore[return-value]
    values = {**request.form.to_dict(), "corrects": corrects or ""}
    return _draw(opened.contract, values, errors), 422


@bp.get("/contracts/<ulid>/facts/<fact>/answer")
@opens_to(_DEPARTMENT)
def new_answer(ulid: str, fact: str) -> str:
    """What the other side said, and the form to confirm or dispute it."""
    contract = open_contract(Action.FACT_ANSWER, ulid).contract
    return _draw_answer(contract, _statement(contract, fact), {})


@bp.post("/contracts/<ulid>/facts/<fact>/answer")
@opens_to(_DEPARTMENT)
def answer_fact(ulid: str, fact: str) -> Response | tuple[str, int]:
    """Confirm or dispute a statement of the other side."""
    contract = open_contract(Action.FACT_ANSWER, ulid).contract
    statement = _statement(contract, fact)
    try:
        answer, fen, note = _read_answer()
        _answer(statement["id"], answer, fen, note, premises().moment().now)
    except Invalid as refusal:
        errors = by_field(refusal.issues, _field)
    except NotOpen as refusal:
        errors = {"": str(refusal)}
    else:
        return redirect(url_for("board.contract", ulid=ulid, done="answered"), 303)  # type: ignore[return-value]
    return _draw_answer(contract, statement, request.form.to_dict(), errors), 422


def _answer(ulid: str, answer: Answer, fen: int | None, note: str | None, now: datetime) -> None:
    house = premises().house
    with house.sessions.begin() as session:
        facts.answer_fact(
            session,
            ulid,
            answer,
            side=Source.GOVERNMENT,
            by=actor(),
            office=house.office(),
            now=now,
            disputed_fen=fen,
            note=note,
        )


def _read_answer() -> tuple[Answer, int | None, str | None]:
    chosen = request.form.get("answer", "")
    note = queries.read_text(request.form, "note", _LONGEST_NOTE)
    if chosen not in list(Answer):
        raise Invalid([Issue("/answer", "missing-field", "this field is required")])
    amount = request.form.get("amount", "").replace(",", "").strip()
    if chosen == Answer.CONFIRMED or not amount:
        if chosen == Answer.DISPUTED and not note:
            raise Invalid([Issue("/note", "missing-field", "this field is required")])
        return Answer(chosen), None, note
    try:
        fen = parse_yuan(amount)
    except ValueError as fault:
        raise Invalid([Issue("/amount", "invalid-field", str(fault))]) from None
    if fen <= 0:
        raise Invalid([Issue("/amount", "invalid-field", "an amount is more than zero")])
    return Answer.DISPUTED, fen, note


def offered(owed: Shown | None) -> tuple[FactKind, ...]:
    """What the government side can say of an obligation, the likeliest first."""
    if owed is None:
        return (*_EVERY, *_DIFFER)
    waive = () if owed["obligor"] != Side.ENTERPRISE.value else (FactKind.WAIVED,)
    if owed["kind"] in _PAYMENTS:
        return (FactKind.PAID, *_DIFFER, *waive)
    if owed["kind"] == Kind.POLICY_FULFILMENT.value:
        return (FactKind.PERFORMED, FactKind.PAID, *_DIFFER, *waive)
    if owed["kind"] == Kind.ACCEPTANCE.value:
        return (FactKind.PERFORMED, FactKind.REJECTED, *_DIFFER, *waive)
    return (FactKind.PERFORMED, *_DIFFER, *waive)


def _still_owed(owed: Shown | None) -> str:
    if owed is None or owed["kind"] not in _PAYMENTS:
        return ""
    return owed["remaining"] or ""


def _filled(given: dict[str, str]) -> dict[str, str]:
    """What was filled in; an amount only where the statement speaks of money."""
    speaks = given["kind"] in (FactKind.PAID.value, FactKind.DISPUTED.value)
    return {k: v for k, v in given.items() if v and (k != "amount" or speaks)}


def _field(pointer: str) -> str:
    return pointer.split("/")[1] if "/" in pointer else ""


def _obligation(contract: Shown, key: str) -> Shown | None:
    return next((o for o in contract["obligations"] if o["key"] == key), None)


def _refuse_repetition(contract: Shown, said: Fact) -> None:
    """The same statement once more comes of going back and sending again.

    Raises:
        Invalid: it is on the ledger in these very words; another one has a number or a note.
    """
    new = (
        said.kind.value, said.on.isoformat(), said.obligation, said.amount_fen,
        said.ref, said.note,
    )  # fmt: skip
    known = [
        (f["kind"], str(f["on"]), f["obligation"] or None, _fen(f["amount"]),
         f.get("ref") or None, f.get("note") or None)
        for f in contract["facts"] if may_correct(f)
    ]  # fmt: skip
    if new in known:
        raise Invalid([Issue("/ref", "fact.repeated", say("fact.repeated"))])


def _fen(yuan: str | None) -> int | None:
    """An amount as it is reckoned with."""
    return None if yuan is None else parse_yuan(yuan)


def _to_correct(contract: Shown, ulid: str) -> Shown | None:
    found = next((f for f in contract["facts"] if f["id"] == ulid and may_correct(f)), None)
    if ulid and found is None:
        raise NotFound(f"no statement {ulid[:26]} to correct")
    return found


def _statement(contract: Shown, ulid: str) -> Shown:
    found = next((f for f in contract["facts"] if f["id"] == ulid and may_answer(f)), None)
    if found is None:
        raise NotFound(f"no statement {ulid[:26]}")
    return found


def _draw(contract: Shown, values: dict[str, Any], errors: dict[str, str] | None = None) -> str:
    owed = _obligation(contract, values.get("obligation", ""))
    return render_template(
        "clerk/fact_form.html",
        contract=contract,
        values=values,
        errors=errors or {},
        owed=owed,
        kinds=options(offered(owed), "fact"),
        obligations=[(o["key"], o["title"]) for o in contract["obligations"]],
        accept=ACCEPT,
        latest=_today().isoformat(),
    )


def _draw_answer(
    contract: Shown, fact: Shown, values: dict[str, Any], errors: dict[str, str] | None = None
) -> str:
    return render_template(
        "clerk/answer_form.html",
        contract=contract,
        fact=fact,
        values=values,
        errors=errors or {},
        answers=options(Answer, "answer"),
    )


def _today() -> date:
    return premises().moment().today
