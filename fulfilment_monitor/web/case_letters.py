"""Letters of a claim: read one as it would be, issue it, take it along as a file."""

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.errors import NotFound, Refusal
from ..domain.letter_kinds import KINDS, LetterKind
from ..domain.letters import Paper
from ..domain.secrets import Secrets
from ..gateways import evidence_store
from ..gateways import letters as files
from ..gateways.letters import Format
from ..house import keys_of
from ..premises import premises
from ..services import evidence, letters
from . import queries
from .case_file import Reading, find_claim, reading
from .case_steps import words_of
from .dossier import Shown
from .guard import opens_to
from .turn import acting

bp = Blueprint("case_letters", __name__, template_folder="templates")


@bp.get("/claims/<ulid>/letters/")
@opens_to(Action.CASE_READ)
def index(ulid: str) -> str:
    """Which letters were issued, and which could be."""
    with premises().house.readers() as session:
        read = reading(session)
        case, claim = find_claim(read, ulid)
        issued = letters.list_letters(session, ulid, **read.known)
        secrets = keys_of(premises().house)
        kinds = [_could_be(read, ulid, kind, secrets) for kind in LetterKind]
    return render_template(
        "officer/letters.html",
        case=case,
        claim=claim,
        issued=issued,
        kinds=kinds,
    )


def _could_be(read: Reading, ulid: str, kind: LetterKind, secrets: Secrets) -> Shown:
    try:
        _paper(read, ulid, kind, "", secrets)
    except Refusal as refusal:
        return {"kind": kind, "rule": KINDS[kind], "why": words_of(refusal)}
    return {"kind": kind, "rule": KINDS[kind], "why": None}


@bp.get("/claims/<ulid>/letters/<kind>")
@opens_to(Action.CASE_STEP)
def preview(ulid: str, kind: str) -> Response:
    """A letter as it would be; nothing is kept."""
    return _page(ulid, _kind(kind), queries.read_text(request.args, "number") or "")


def _page(ulid: str, wanted: LetterKind, number: str) -> Response:
    with premises().house.readers() as session:
        read = reading(session)
        case, claim = find_claim(read, ulid)
        try:
            paper = _paper(read, ulid, wanted, number, keys_of(premises().house))
        except NotFound:
            raise
        except Refusal as refusal:
            page = render_template(
                "officer/letter.html", case=case, claim=claim, kind=wanted, rule=KINDS[wanted],
                paper=None, number=number, refused=words_of(refusal), writes_pdf=False,
            )  # fmt: skip
            return make_response(page, refusal.status)
    page = render_template(
        "officer/letter.html", case=case, claim=claim, kind=wanted, rule=KINDS[wanted],
        paper=paper, number=number, refused=None, writes_pdf=_writes_pdf(),
    )  # fmt: skip
    return make_response(page)


@bp.post("/claims/<ulid>/letters/<kind>")
@opens_to(Action.CASE_STEP)
def issue(ulid: str, kind: str) -> Response:
    """Issue a letter and keep its file; the same one is kept once."""
    house, wanted = premises().house, _kind(kind)
    form = Format.PDF if request.form.get("format") == Format.PDF else Format.DOCX
    secrets = keys_of(house)
    with house.readers() as session:
        find_claim(reading(session), ulid)
    number, store = request.form.get("number", ""), files.storing(_folder(), form)
    try:
        with house.sessions.begin() as session:
            letters.issue(
                session, ulid, wanted, house.letters, store=store, secrets=secrets, number=number,
                **acting(),
            )  # fmt: skip
    except NotFound:
        raise
    except Refusal:
        return _page(ulid, wanted, number)  # which says why
    return redirect(url_for("case_letters.index", ulid=ulid), 303)  # type: ignore[return-value]


@bp.get("/claims/<ulid>/letters/<letter>/file")
@opens_to(Action.CASE_READ)
def file(ulid: str, letter: str) -> Response:
    """The file of an issued letter, to be saved."""
    house = premises().house
    with house.readers() as session:
        read = reading(session)
        find_claim(read, ulid)
        issued = letters.list_letters(session, ulid, **read.known)
        found = next((i for i in issued if i["id"] == letter), None)
        if found is None:
            raise NotFound(f"no letter {letter}")
        name = evidence.name_given(session, found["sha256"], [found["by"]])
    if name is None:
        raise NotFound(f"no letter {letter}")
    content = evidence_store.chunks(_folder(), found["sha256"])
    return Response(content, headers=dict(evidence.headers_for_download(name)))


def _folder() -> Path:
    return premises().house.settings.evidence_path()


def _kind(text: str) -> LetterKind:
    found = next((k for k in LetterKind if k.value == text), None)
    if found is None:
        raise NotFound(f"no letter {text}")
    return found


def _paper(read: Reading, ulid: str, kind: LetterKind, number: str, secrets: Secrets) -> Paper:
    templates = premises().house.letters
    return letters.preview(
        read.session, ulid, kind, templates, secrets=secrets, number=number, **read.known
    )


def _writes_pdf() -> bool:
    """Whether the extra that writes PDF is there."""
    return find_spec("typst") is not None
