"""Contracts: show one, amend one."""

import sys
from datetime import date
from typing import Any

import click

from .. import clock
from ..domain.errors import Invalid, Issue, Refusal
from ..house import House
from ..schemas.amendments import read_agreement
from ..schemas.json_stream import read_documents
from ..schemas.reading import Read
from ..services import amendments, contracts, moves, registry
from ..services.office import Office
from .kit import (
    DAY,
    Exit,
    actor_of,
    at_home,
    by_option,
    json_option,
    print_json,
    table,
)


@click.command()
@click.argument("number")
@click.option("--as-of", type=DAY, help="the day to look at; today by default")
@click.option("--government", help="the body's code, when several use the number")
@json_option
def contract(number: str, as_of: date | None, government: str | None, as_json: bool) -> None:
    """Show one contract: how each obligation stands, and why its date is what it is."""
    house = at_home()
    day = as_of or clock.moment().today
    with house.readers() as session:
        contract_id = contracts.find_contract(session, number, government)
        shown = registry.show_contract(session, contract_id, as_of=day, office=house.office())
        shown["moves"] = moves.moved_dates(session, contract_id)
    if as_json:
        print_json(shown)
    else:
        click.echo(_story(shown))


def _answered(fact: dict[str, Any]) -> str:
    said = {"confirmed": "已确认", "disputed": "有异议", "superseded": "已更正"}
    words = [word for key, word in said.items() if fact.get(key)]
    return f"（{'，'.join(words)}）" if words else ""


def _moved(key: str, moved: list[dict[str, Any]]) -> list[str]:
    """The dates an obligation once had, and why each gave way."""
    return [
        f"  {m['on']} 期限变动：原为 {m['from']}，改为 {m['to'] or '—'}（{m['why']}）"
        for m in moved
        if m["obligation"] == key
    ]


def _published(found: dict[str, Any] | None) -> list[str]:
    """What another register publishes of the contract beside its terms and statements."""
    if not found:
        return []
    names = ("id", "category", "events", "penaltyImposed")
    failures = [
        "  " + "  ".join(str(f[n]) for n in names if f.get(n) is not None)
        for f in found["performance_failures"]
    ]
    return [
        "",
        f"公开数据：{found['ocid']} / {found['ocds_id']}，{len(found['releases'])} 次发布，"
        f"里程碑 {len(found['milestones'])} 项，交易 {len(found['transactions'])} 笔，"
        f"履约不达标 {len(failures)} 项",
        *failures,
    ]


def _story(shown: dict[str, Any]) -> str:
    lines = [
        f"{shown['contract_no']}  {shown['title']}",
        f"{shown['government']['name']}  →  {shown['enterprise']['name']}",
        f"订立 {shown['signed_on']}，截至 {shown['as_of']}",
        "",
    ]
    rows = [
        [
            o["key"],
            o["title"],
            o["state"],
            o["due_on"] or "—",
            o["remaining"] or "—",
            str(o["days_late"] or ""),
        ]
        for o in shown["obligations"]
    ]
    lines.append(table(["key", "义务", "state", "due", "remaining", "late"], rows))
    for o in shown["obligations"]:
        lines += ["", f"{o['key']}："]
        lines += [f"  {i}. {step}" for i, step in enumerate(o["basis"], 1)]
        lines += _moved(o["key"], shown["moves"])
    lines += ["", "事实："]
    lines += [
        f"  {f['id']}  {f['on']}  {f['by']}  {f['kind']}  {f.get('obligation', '')}"
        f"  {f.get('amount', '')}{_answered(f)}"
        for f in shown["facts"]
    ]
    if shown["findings"]:
        lines += ["", "提示："]
        lines += [f"  {f['pointer']} {f['code']}：{f['detail']}" for f in shown["findings"]]
    if shown["leads"]:
        lines += ["", "线索："]
        lines += [
            f"  {x['obligation']} {x['rule']} 逾期自 {x['breached_on']}，{x['state']}"
            for x in shown["leads"]
        ]
    lines += _published(shown.get("published"))
    return "\n".join(lines)


def _amend(house: House, office: Office, read: Read, actor: str, *, dry_run: bool) -> list[str]:
    """Enter one agreement in a transaction of its own."""
    if read.issue is not None:
        raise Invalid([read.issue._replace(pointer="")])
    named, agreement = read_agreement(read.document)
    now, today = clock.moment()
    with house.sessions() as session:
        contract_id = contracts.find_contract(session, *named)
        entered = amendments.amend_contract(
            session,
            contract_id,
            agreement,
            by=actor_of(actor),
            office=office,
            now=now,
            today=today,
        )
        session.rollback() if dry_run else session.commit()
    return entered


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="check everything, change nothing")
@by_option
@json_option
def amend(file: Any, dry_run: bool, actor: str, as_json: bool) -> None:
    """Enter what both sides changed: a JSON document, or a list of them."""
    house = at_home()
    entered: list[str] = []
    refused: list[dict[str, Any]] = []
    office = house.office()
    for read in read_documents(file):
        try:
            entered += _amend(house, office, read, actor, dry_run=dry_run)
        except Invalid as refusal:
            refused += [
                {**i._asdict(), "pointer": read.pointer + i.pointer} for i in refusal.issues
            ]
        except Refusal as refusal:
            refused.append(Issue(read.pointer, refusal.code, str(refusal))._asdict())
    if as_json:
        print_json({"entered": entered, "refused": refused})
    else:
        click.echo(f"{len(entered)} changes entered, {len(refused)} refused")
        for issue in refused:
            click.echo(f"refused  {issue['pointer'] or '/'} {issue['code']}: {issue['detail']}")
    sys.exit(Exit.SOME_REFUSED if refused else Exit.DONE)
