"""Register many contracts from one file: look at what it would come to, mend, then confirm."""

import re
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.checks import Submission
from ..domain.contracts import Field
from ..domain.errors import Invalid, Issue
from ..gateways import upload_store
from ..gateways.upload_store import Held
from ..premises import premises
from ..schemas.contract_refusals import place_of
from ..schemas.formats import HEAD, Format, recognise
from ..schemas.reading import Cell, Flaw, Read
from ..schemas.xlsx_limits import UPLOAD
from ..services import contracts
from ..services.evidence import saved_as
from ..services.foreseeing import foresee_contracts
from . import queries, sheets
from .desk import bp
from .faults import by_field, told
from .guard import actor, opens_to, principal
from .language import say
from .registering import own_bodies
from .trial import Outcome, Refused, Sorted, carry_out, sort_file

_IMPORT = Action.IMPORT
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CELL = re.compile(r"c-(\d{1,7})-(\d{1,3})", re.ASCII)
_LONGEST_CELL = 2_000
_PDF = b"%PDF-"
#: How much of a long list a page shows.
_MOST_ISSUES, _MOST_ROWS, _MOST_DONE = 100, 20, 20
#: What is refused at once: the code, and what says so in the language of the page.
_UNREADABLE = {
    Format.OLD_WORKBOOK: ("upload.old-workbook", "upload.fault.old"),
    Format.OCDS: ("upload.ocds", "upload.fault.ocds"),
}


@bp.get("/upload")
@opens_to(_IMPORT)
def upload() -> str:
    """Where a file is handed in, and where the template is had."""
    upload_store.sweep(_folder(), premises().moment().now)
    return _draw_upload({})


@bp.post("/upload")
@opens_to(_IMPORT)
def take_upload() -> Response | tuple[str, int]:
    """Keep a file aside and show what it would come to."""
    try:
        name, content = _handed_in()
    except Invalid as refusal:
        return _draw_upload(by_field(refusal.issues, lambda _: "file")), refusal.status
    now = premises().moment().now
    token = upload_store.hold(_folder(), content, name, owner=_owner(), now=now)
    return redirect(url_for("clerk.preview_upload", token=token), 303)  # type: ignore[return-value]


@bp.get("/upload/template.xlsx")
@opens_to(_IMPORT)
def template() -> Response:
    """The template that is read, for one field if told so."""
    field = queries.read_code(request.args, "field", Field)
    return _workbook("合同导入模板", lambda path: sheets.write_template(path, field))


@bp.get("/upload/<token>")
@opens_to(_IMPORT)
def preview_upload(token: str) -> str:
    """What the file would come to; nothing is registered."""
    held = _find(token)
    house, today = premises().house, premises().moment().today
    office, found = house.office(), _sort(held)

    def foresee(submissions: list[Submission]) -> Iterable[tuple[str, tuple[Issue, ...]]]:
        done = foresee_contracts(session, submissions, by=actor(), office=office, today=today)
        return [(f.result.value, f.issues) for f in done]

    with house.readers() as session:
        outcome = carry_out(found.usable, foresee)
    return _draw(held, found, outcome)


@bp.post("/upload/<token>/cells")
@opens_to(_IMPORT)
def correct_upload(token: str) -> Response:
    """Put corrections beside the file, and look again."""
    held = _find(token)
    forms = _forms(_sort(held))
    shown = {c["name"]: c["value"] for f in forms for row in f["rows"] for c in row["cells"]}
    cells = {
        f"{int(place[1])}:{int(place[2])}": text[:_LONGEST_CELL]
        for name, text in request.form.items()
        if (place := _CELL.fullmatch(name)) and shown.get(name, text) != text
    }
    if cells:  # only a sheet that is there has cells that were shown
        upload_store.correct(_folder(), held, forms[0]["sheet"], cells)
    return redirect(url_for("clerk.preview_upload", token=token) + "#refused", 303)  # type: ignore[return-value]


@bp.get("/upload/<token>/refused.xlsx")
@opens_to(_IMPORT)
def refused_rows(token: str) -> Response:
    """Only what is refused, each row with what has to be changed."""
    found = _sort(_find(token))
    refused = [(r.read, r.issues) for r in found.refused]
    return _workbook("需要修改的合同", lambda path: sheets.write_refused(path, refused))


@bp.post("/upload/<token>/confirm")
@opens_to(_IMPORT)
def confirm_upload(token: str) -> str:
    """Register the good ones, some a transaction; only what was refused stays aside."""
    held = _find(token)
    house, (now, today) = premises().house, premises().moment()
    office, found = house.office(), _sort(held)
    done: list[tuple[str, str, str]] = []

    def register(submissions: list[Submission]) -> Iterable[tuple[str, tuple[Issue, ...]]]:
        with house.sessions.begin() as session:
            rows = contracts.register_contracts(
                session, submissions, by=actor(), office=office, now=now, today=today
            )
        room = _MOST_DONE - len(done)
        entered = zip(rows[:room], submissions, strict=False)
        done.extend((r.ulid, s.contract.contract_no, s.contract.title) for r, s in entered)
        return [(r.result.value, r.issues) for r in rows]

    outcome = carry_out(found.usable, register)
    if not found.refused:
        upload_store.drop(_folder(), token)
    return render_template(
        "clerk/upload_done.html", held=held, counts=_counts(found, outcome), done=done
    )


@bp.post("/upload/<token>/discard")
@opens_to(_IMPORT)
def discard_upload(token: str) -> Response:
    """Throw the file away."""
    upload_store.drop(_folder(), _find(token).token)
    return redirect(url_for("clerk.upload"), 303)  # type: ignore[return-value]


def _handed_in() -> tuple[str, bytes]:
    """The name and the bytes of the file of the form.

    Raises:
        Invalid: there is none, it is too large, or of a kind that is not read.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid([Issue("/file", "missing-field", "this field is required")])
    most = UPLOAD.file_bytes or 0
    with closing(file):
        content = file.stream.read(most + 1)
    if len(content) > most:
        detail = say("upload.fault.large", megabytes=most // 1_000_000)
        raise Invalid([Issue("/file", "upload.too-large", detail)])
    fault = _fault_of(content[:HEAD])
    if fault is not None:
        code, text = fault
        raise Invalid([Issue("/file", code, say(text))])
    return file.filename, content


def _fault_of(head: bytes) -> tuple[str, str] | None:
    """Why a file cannot be one of contracts, as its first bytes show."""
    kind = recognise(head)
    if not head.strip():
        return "upload.empty", "upload.fault.empty"
    if kind is Format.TABLE and (head.startswith(_PDF) or b"\0" in head):
        return "upload.no-table", "upload.fault.other"
    return _UNREADABLE.get(kind)


def _find(token: str) -> Held:
    now = premises().moment().now
    return upload_store.find(_folder(), token, owner=_owner(), now=now)


def _folder() -> Path:
    return premises().house.settings.uploads_path()


def _owner() -> str:
    """The session that handed a file in: no other sees it, not even of the same person."""
    return str(principal().session_id)


def _sort(held: Held) -> Sorted:
    return sort_file(held, own_bodies(premises().moment().today))


def _workbook(name: str, write: Any) -> Response:
    """A workbook to be saved, under a name in Chinese."""
    with TemporaryDirectory(prefix="fm-sheet-") as folder:
        path = Path(folder) / "sheet.xlsx"
        write(path)
        content = path.read_bytes()
    response = Response(content, mimetype=_XLSX)
    response.headers["Content-Disposition"] = saved_as(f"{name}.xlsx")
    return response


# --- what is shown -------------------------------------------------------------------------------


def _draw_upload(errors: dict[str, str]) -> str:
    return render_template(
        "clerk/upload.html", errors=errors, fields=list(Field), most=(UPLOAD.file_bytes or 0)
    )


def _counts(found: Sorted, outcome: Outcome) -> dict[str, int]:
    names = ("registered", "updated", "unchanged")
    counts = {name: outcome.counts[name] for name in names}
    return {"read": len(found.usable) + len(found.refused), **counts, "refused": len(found.refused)}


def _draw(held: Held, found: Sorted, outcome: Outcome) -> str:
    wrong = [(r.read, i) for r in found.refused for i in r.issues if i.level == "error"]
    return render_template(
        "clerk/upload_preview.html",
        held=held,
        counts=_counts(found, outcome),
        good=len(found.usable),
        wrong=[_line(*pair) for pair in wrong[:_MOST_ISSUES]],
        wrong_total=len(wrong),
        findings=[_line(*pair) for pair in outcome.findings[:_MOST_ISSUES]],
        findings_total=len(outcome.findings),
        forms=_forms(found),
        has_rows=any(r.read.rows for r in found.refused),
    )


def _line(read: Read, issue: Issue) -> dict[str, Any]:
    """An issue as a row of a table: the line, the column, what to do."""
    line, heading = place_of(issue) if read.rows else (read.line, issue.pointer)
    return {"line": line or read.line, "heading": heading, "said": told(issue), "code": issue.code}


def _forms(found: Sorted) -> list[dict[str, Any]]:
    """The first refused contracts that can be mended on the page: some rows altogether."""
    shown: list[dict[str, Any]] = []
    room = _MOST_ROWS
    for refused in found.refused:
        room -= max(0, len(refused.read.rows) - 1)
        if refused.read.rows and room >= 0:
            shown.append(_form(refused))
    return shown


def _form(refused: Refused) -> dict[str, Any]:
    """A refused contract with the cells that have to be mended, and all the others."""
    headings, *rows = refused.read.rows
    said: dict[tuple[int, str], list[str]] = {}
    for issue in refused.issues:
        if issue.level == "error":
            said.setdefault(place_of(issue), []).append(told(issue))
    shown = []
    for row in rows:
        cells = [
            {
                "name": f"c-{row.line}-{at}",
                "heading": _text(heading),
                "value": _text(row.cells[at]) if at < len(row.cells) else "",
                "said": "；".join(said.get((row.line, _text(heading)), [])),
            }
            for at, heading in enumerate(headings.cells)
            if _text(heading)
        ]
        about = "；".join(said.get((row.line, ""), []))
        shown.append({"line": row.line, "said": about, "cells": cells})
    return {"sheet": headings.sheet, "line": rows[0].line if rows else 0, "rows": shown}


def _text(cell: Cell) -> str:
    """A cell as one would type it; what nobody may guess at is left empty."""
    if cell is None or isinstance(cell, Flaw):
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    return str(cell).strip()
