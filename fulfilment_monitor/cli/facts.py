"""Facts: state what happened, confirm or dispute what the other side said."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from .. import clock
from ..domain.errors import Invalid, Issue, Refusal
from ..domain.evidence import Kept
from ..domain.facts import Answer, FactKind, Source
from ..domain.money import parse_yuan
from ..gateways import evidence_store
from ..house import House
from ..schemas.contracts import read_fact
from ..schemas.json_stream import read_documents
from ..services import contracts, facts
from ..services import evidence as files
from ..services.office import Office
from .kit import DAY, Exit, actor_of, at_home, by_option, json_option, print_json

_SIDES = click.Choice([s.value for s in Source])
side_option = click.option("--side", type=_SIDES, required=True, help="the acting side")
_ABOUT = ("contract_no", "government", "supersedes")


@click.group()
def fact() -> None:
    """State, confirm or dispute what happened under a contract."""


@fact.command()
@click.argument("number", required=False)
@click.option("--file", type=click.File("rb"), help="a JSON list of statements instead")
@click.option("--government", help="the body's code, when several use the number")
@click.option("--obligation", help="the obligation's key; a payment may do without")
@click.option("--kind", type=click.Choice([k.value for k in FactKind]))
@click.option("--on", type=DAY, help="the day it happened")
@click.option("--side", type=_SIDES, help="the acting side: who says so")
@click.option("--amount", help="yuan, such as 1200000.00")
@click.option("--ref", help="the number the source gave it")
@click.option("--note")
@click.option(
    "--evidence",
    multiple=True,
    help="a file that proves it; its bytes are kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--supersedes", help="the statement of the same side that this one corrects")
@by_option
@json_option
def state(
    number: str | None,
    file: Any,
    government: str | None,
    evidence: tuple[Path, ...],
    actor: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Put a statement on the ledger: what happened, when, and who says so."""
    house = at_home()
    if file is not None:
        _state_file(house, file, actor, as_json=as_json)
        return
    if number is None:
        raise click.UsageError("name the contract, or give a --file")
    about = {"contract_no": number, "government": government, "supersedes": given["supersedes"]}
    document = {
        "obligation": given["obligation"],
        "kind": given["kind"],
        "on": given["on"].isoformat() if isinstance(given["on"], date) else None,
        "by": given["side"],
        "amount": given["amount"],
        "ref": given["ref"],
        "note": given["note"],
    }
    document = {k: v for k, v in {**about, **document}.items() if v is not None}
    proofs = _keep(house, evidence)
    with house.sessions.begin() as session:
        ulid = _state(session, house.office(), document, actor, proofs)
    if as_json:
        print_json({"stated": [ulid], "refused": []})
    else:
        click.echo(ulid)


def _keep(house: House, paths: tuple[Path, ...]) -> list[Kept]:
    """Put the bytes on disk before any row speaks of them; all are fit, or none is kept."""
    folder, most = house.settings.evidence_path(), house.settings.evidence_bytes()
    read = []
    for n, path in enumerate(paths):
        with path.open("rb") as file:
            read.append(evidence_store.examine(file, path.name, most, f"/evidence/{n}"))
    for kept, content in read:
        evidence_store.keep(folder, kept.sha256, content)
    return [kept for kept, _ in read]


def _state(
    session: Session,
    office: Office,
    document: dict[str, Any],
    actor: str,
    evidence: list[Kept],
) -> str:
    if not isinstance(document, dict):
        raise Invalid([Issue("", "invalid-field", "a statement is an object")])
    wrong = [k for k in _ABOUT if not isinstance(document.get(k, ""), str)]
    if "contract_no" not in document or wrong:
        name = wrong[0] if wrong else "contract_no"
        raise Invalid([Issue(f"/{name}", "missing-field", "a text is expected here")])
    if "confirmed" in document:
        detail = "the other side confirms, by an act of its own: fact confirm"
        raise Invalid([Issue("/confirmed", "fact.confirmed-by-itself", detail)])
    said = read_fact({k: v for k, v in document.items() if k not in _ABOUT})
    contract_id = contracts.find_contract(
        session, document["contract_no"], document.get("government")
    )
    by, now = actor_of(actor), clock.moment().now
    return facts.state_fact(
        session,
        contract_id,
        said,
        by=by,
        office=office,
        now=now,
        evidence=files.keep_files(session, evidence, by=by, now=now),
        supersedes=document.get("supersedes"),
    )


def _state_file(house: House, file: Any, actor: str, *, as_json: bool) -> None:
    """Each statement of a file is one transaction: the good ones are in, the others named."""
    office = house.office()
    stated: list[str] = []
    refused: list[dict[str, Any]] = []
    for read in read_documents(file):
        try:
            if read.issue is not None:
                raise Invalid([read.issue._replace(pointer="")])
            with house.sessions.begin() as session:
                stated.append(_state(session, office, read.document, actor, []))
        except Invalid as refusal:
            refused += [
                _refused(read.line, read.pointer + i.pointer, i.code, i.detail)
                for i in refusal.issues
            ]
        except Refusal as refusal:
            refused.append(_refused(read.line, read.pointer, refusal.code, str(refusal)))
    if as_json:
        print_json({"stated": stated, "refused": refused})
    else:
        click.echo(f"{len(stated)} stated, {len(refused)} refused")
        for row in refused:
            click.echo(
                f"refused  line {row['line']} {row['pointer']} {row['code']}: {row['detail']}"
            )
    sys.exit(Exit.SOME_REFUSED if refused else Exit.DONE)


def _refused(line: int, pointer: str, code: str, detail: str) -> dict[str, Any]:
    return {"line": line, "pointer": pointer, "code": code, "detail": detail}


@fact.command()
@click.argument("statement")
@side_option
@click.option("--note")
@by_option
@json_option
def confirm(statement: str, side: str, note: str | None, actor: str, as_json: bool) -> None:
    """Confirm a statement of the other side."""
    _answer(statement, Answer.CONFIRMED, side, None, note, actor, as_json=as_json)


@fact.command()
@click.argument("statement")
@side_option
@click.option("--amount", help="of a payment, the part that did not arrive; all of it by default")
@click.option("--note")
@by_option
@json_option
def dispute(
    statement: str, side: str, amount: str | None, note: str | None, actor: str, as_json: bool
) -> None:
    """Dispute a statement of the other side; what is not disputed of a payment counts."""
    try:
        fen = None if amount is None else parse_yuan(amount)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--amount") from None
    _answer(statement, Answer.DISPUTED, side, fen, note, actor, as_json=as_json)


def _answer(
    statement: str,
    answer: Answer,
    side: str,
    fen: int | None,
    note: str | None,
    actor: str,
    *,
    as_json: bool,
) -> None:
    house = at_home()
    with house.sessions.begin() as session:
        facts.answer_fact(
            session,
            statement,
            answer,
            side=Source(side),
            by=actor_of(actor),
            office=house.office(),
            now=clock.moment().now,
            disputed_fen=fen,
            note=note,
        )
    if as_json:
        print_json({"statement": statement, "answer": answer.value})
    else:
        click.echo(f"{statement} {answer.value}")
