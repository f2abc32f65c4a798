"""Enter what both sides agreed to change, with the paper they signed."""

from typing import Any

from flask import Response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.contracts import VOID_EXCUSES, AmendmentReason
from ..domain.errors import AlreadyBreached, Invalid, Issue, NeedsCounterparty, NotOpen, Refusal
from ..domain.evidence import Kept, cite
from ..domain.facts import Source
from ..domain.states import MET
from ..domain.statute import Unit
from ..premises import premises
from ..schemas.amendments import read_agreement
from ..services import amendments
from ..services import evidence as files
from . import queries
from .attachments import ACCEPT, Examined, examine, kept, put_on_disk
from .desk import bp
from .dossier import Shown
from .faults import by_field
from .guard import actor, opens_to
from .language import say
from .registering import options
from .stating import open_contract

_AMEND = Action.CONTRACT_AMEND
_VOUCH = (Source.GOVERNMENT, Source.ENTERPRISE, Source.COURT)
#: What can be agreed; all but the first concern the whole contract.
_KINDS = ("terms", "suspend", "resume", "terminate")
#: How much of a note is left for words beside the names and digests of the papers.
_LONGEST_NOTE, _MOST_PAPERS = 200, 2


@bp.get("/contracts/<ulid>/amend")
@opens_to(_AMEND)
def new_amendment(ulid: str) -> str:
    """The form of an agreed change."""
    contract = open_contract(_AMEND, ulid).contract
    wanted = request.args.get("obligation", "")
    known = {o["key"] for o in contract["obligations"]}
    values = {"obligation": wanted if wanted in known else "", "what": "terms", "unit": "day"}
    return _draw(contract, values)


@bp.post("/contracts/<ulid>/amend")
@opens_to(_AMEND)
def amend_contract(ulid: str) -> Response | tuple[str, int]:
    """Enter the change; the law's limits are told in plain words."""
    opened = open_contract(_AMEND, ulid)
    house, (now, today) = premises().house, premises().moment()
    try:
        papers = _papers()
        _, agreement = read_agreement(_document(opened.contract, kept(papers)))
        with house.sessions.begin() as session:
            files.keep_files(session, kept(papers), by=actor(), now=now)
            amendments.amend_contract(
                session,
                opened.id,
                agreement,
                by=actor(),
                office=house.office(),
                now=now,
                today=today,
            )
            put_on_disk(papers)
    except Invalid as refusal:
        errors = by_field(refusal.issues, _field)
    except (NeedsCounterparty, AlreadyBreached, NotOpen) as refusal:
        errors = {_place(refusal): _said(refusal)}
    else:
        return redirect(url_for("board.contract", ulid=ulid, done="amended"), 303)  # type: ignore[return-value]
    values = {**request.form.to_dict(), "agreed_by": request.form.getlist("agreed_by")}
    return _draw(opened.contract, values, errors), 422


def _papers() -> list[Examined]:
    papers = examine("evidence")
    if not papers:
        raise Invalid([Issue("/evidence", "missing-field", "this field is required")])
    if len(papers) > _MOST_PAPERS:
        raise Invalid([Issue("/evidence", "evidence.too-many", f"at most {_MOST_PAPERS} files")])
    return papers


def _document(contract: Shown, papers: list[Kept]) -> dict[str, Any]:
    """The agreement as a document, as any other door would hand it in."""
    form = request.form
    document: dict[str, Any] = {
        "contract_no": contract["contract_no"],
        "agreed_by": form.getlist("agreed_by"),
        "note": _note(papers),
    }
    for name in ("agreed_on", "reason"):
        if form.get(name, "").strip():
            document[name] = form[name].strip()
    what = form.get("what", "")
    if what not in _KINDS:
        raise Invalid([Issue("/what", "missing-field", "this field is required")])
    if what != "terms":
        return {**document, what: True}
    change = {n: form[n].strip() for n in ("obligation", "due_on") if form.get(n, "").strip()}
    amount = form.get("amount", "").replace(",", "").strip()
    length = form.get("length", "").strip()
    within = {"length": int(length) if length.isascii() and length.isdigit() else length}
    return {
        **document,
        "changes": [
            {
                **change,
                **({"amount": amount} if amount else {}),
                **({"within": {**within, "unit": form.get("unit", "")}} if length else {}),
            }
        ],
    }


def _note(papers: list[Kept]) -> str:
    """What is noted: the words written, and which papers both sides signed."""
    words = queries.read_text(request.form, "note", _LONGEST_NOTE)
    signed = [f"签署文件 {cite(paper.name, paper.sha256)}" for paper in papers]
    return "；".join([*([words] if words else []), *signed])


_PLACES = {
    "/changes/0": "due_on",
    "/changes/0/within/length": "length",
    "/changes/0/within/unit": "unit",
    "/changes/0/within": "length",
}


def _field(pointer: str) -> str:
    return _PLACES.get(pointer) or pointer.rpartition("/")[2]


def _place(refusal: Refusal) -> str:
    return "agreed_by" if isinstance(refusal, NeedsCounterparty) else "obligation"


def _said(refusal: Refusal) -> str:
    return say(f"amend.{refusal.code}", due_on=refusal.members.get("due_on", "—"))


def _draw(contract: Shown, values: dict[str, Any], errors: dict[str, str] | None = None) -> str:
    met = {state.value for state in MET}
    open_ones = [o for o in contract["obligations"] if o["state"] not in met]
    return render_template(
        "clerk/amend_form.html",
        contract=contract,
        values=values,
        errors=errors or {},
        owed=next((o for o in open_ones if o["key"] == values.get("obligation")), None),
        obligations=[(o["key"], o["title"]) for o in open_ones],
        kinds=[(kind, say(f"amend.kind.{kind}")) for kind in _KINDS],
        reasons=options(AmendmentReason, "reason"),
        excuses=list(VOID_EXCUSES.values()),
        vouchers=options(_VOUCH, "source"),
        units=options(Unit, "unit"),
        accept=ACCEPT,
    )
