"""Letters of a case: read one as it would be, issue it, list those that were issued."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from .. import clock
from ..domain.evidence import StoreUnusable
from ..domain.letter_kinds import KINDS, LetterKind
from ..domain.letters import Paper
from ..gateways import letters as files
from ..gateways.letters import Format
from ..house import House, keys_of
from ..services import letters as book
from .kit import act, acting, at_home, body_option, json_option, print_json, table


@click.command()
@click.argument("claim")
@click.argument("kind", type=click.Choice([k.value for k in LetterKind]))
@click.option("--as", "handle", help="issue it, as the one with this handle; else only show it")
@body_option
@click.option("--number", default="", help="its 文号; decisions and 督办书 bear that of their act")
@click.option("--out", type=click.Path(path_type=Path), help="write it to a file: .docx or .pdf")
@json_option
def letter(
    claim: str,
    kind: str,
    handle: str | None,
    body: str | None,
    number: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Show a letter about CLAIM as it would be; with --as, issue it and keep it."""
    house, form = at_home(), _form(out)
    today, office = clock.moment().today, house.office()
    templates, secrets, wanted = house.letters, keys_of(house), LetterKind(kind)
    shown: dict[str, Any] = {"claim": claim, "kind": kind, "label": KINDS[wanted].label}
    by = None if handle is None else acting(house, handle, body, today)
    with house.readers() as session:
        paper = book.preview(
            session, claim, wanted, templates, secrets=secrets, by=by, office=office, today=today,
            number=number,
        )  # fmt: skip
    if out is not None:
        _write(out, paper, form)
    if handle is not None:
        store = files.storing(house.settings.evidence_path(), form)
        with act(handle, body, house) as desk:
            done = book.issue(
                desk.session, claim, wanted, templates, store=store, secrets=secrets,
                number=number, **desk.acting,
            )  # fmt: skip
            shown |= {"id": done.ulid, "sha256": done.sha256, "media_type": done.media_type}
    shown |= {"issued": by is not None, "day": paper.day.isoformat(), "text": paper.text}
    _show(shown, out, as_json=as_json)


def _form(out: Path | None) -> Format:
    if out is None:
        return Format.DOCX
    try:
        return Format(out.suffix.removeprefix(".").lower())
    except ValueError:
        raise click.BadParameter(f"{out} is neither .docx nor .pdf", param_hint="--out") from None


def _write(out: Path, paper: Paper, form: Format) -> None:
    content = files.write(paper, form)
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as fault:
        raise StoreUnusable(f"{out}: {fault.strerror}") from fault


def _show(shown: dict[str, Any], out: Path | None, *, as_json: bool) -> None:
    if as_json:
        print_json({**shown, "file": None if out is None else str(out)})
        return
    click.echo(shown["text"], nl=False)
    if shown["issued"]:
        click.echo(f"{shown['id']}  {shown['label']}  {shown['sha256']}", err=True)


@click.command()
@click.argument("claim")
@json_option
def letters(claim: str, as_json: bool) -> None:
    """The letters issued about CLAIM, oldest first."""
    house = at_home()
    items = _listed(house, claim, clock.moment().today)
    if as_json:
        print_json({"items": items, "total": len(items)})
        return
    rows = [[i["on"], i["label"], i["audience"], i["by"], i["sha256"]] for i in items]
    click.echo(table(["日期", "文书", "送", "出具", "sha256"], rows))


def _listed(house: House, claim: str, today: date) -> list[dict[str, Any]]:
    office = house.office()
    with house.readers() as session:
        return book.list_letters(session, claim, by=None, office=office, today=today)
