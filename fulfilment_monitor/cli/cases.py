"""Cases: the list, one in full, and the steps people take; merging and splitting."""

import json
from datetime import date
from typing import IO, Any

import click

from .. import clock
from ..domain.case_details import COUNT, DETAILS, FLAG, TEXTS
from ..domain.cases import STATE_CHINESE, Event, State
from ..domain.errors import Invalid, Issue, NotFound
from ..house import keys_of
from ..services import case_lists, folders, scoping, served
from ..services import cases as case_book
from .kit import (
    DAY,
    act,
    acting,
    as_option,
    at_home,
    body_option,
    json_option,
    print_json,
    table,
)
from .lists import as_of_option, limit_option

_EVENTS = click.Choice([e.value for e in Event])


@click.command()
@as_of_option
@limit_option
@click.option("--state", type=click.Choice([s.value for s in State]))
@click.option("--region", default="", help="only regions whose code begins so")
@click.option("--respondent", help="only this body, by its code")
@click.option("--holder", help="only what this body holds, by its code")
@click.option("--handler", help="only what this person handles, by the handle")
@click.option("--late", is_flag=True, help="only those with a clock past its last day")
@click.option("--unregistered", is_flag=True, help="only those whose contract is not registered")
@json_option
def cases(
    as_of: date | None, limit: int | None, state: str | None, as_json: bool, **narrowed: Any
) -> None:
    """Claims with their cases, newest first."""
    house = at_home()
    only = case_lists.CaseFilter(State(state) if state else None, **narrowed)
    with house.readers() as session:
        found = case_lists.list_cases(
            session, only, today=clock.moment().today, as_of=as_of, limit=limit
        )
    if as_json:
        print_json({"items": found.items, "total": found.total})
        return
    rows = [
        [i["id"], i["contract_no"] or "", i["title"] or "", i["state_label"], i["holder"] or "",
         i["due_on"] or "", str(i["sources"])]
        for i in found.items
    ]  # fmt: skip
    if rows:
        headings = ["事项", "合同", "内容", "状态", "承办单位", "期限", "来源"]
        click.echo(table(headings, rows))
    click.echo(f"{len(found.items)} of {found.total}")


@click.command()
@click.argument("ulid")
@click.argument("event", required=False, metavar="[EVENT]", type=_EVENTS)
@click.option("--as", "handle", help="the handle of who acts")
@body_option
@click.option("--detail", "pairs", multiple=True, metavar="KEY=VALUE", help="may be given again")
@click.option("--details", "file", type=click.File("rb"), help="a JSON object of details")
@click.option("--scope", is_flag=True, help="accept: confirm the answers the register gives")
@click.option("--on", type=DAY, help="the day it has effect; today if left out")
@json_option
def case(
    ulid: str,
    event: str | None,
    handle: str | None,
    body: str | None,
    pairs: tuple[str, ...],
    file: IO[bytes] | None,
    scope: bool,
    on: date | None,
    as_json: bool,
) -> None:
    """One case in full; or, with EVENT, a step of one of its claims."""
    if event is None:
        _show(ulid, handle, body, as_json=as_json)
        return
    if handle is None:
        raise click.UsageError("say who acts: --as HANDLE")
    details = _details(Event(event), pairs, file)
    with act(handle, body) as desk:
        session = desk.session
        claim = case_lists.claim_of(session, ulid)
        if scope:
            details["scope"] = scoping.confirmed(scoping.scope_of(session, claim))
        done = case_book.fire(session, claim, Event(event), details, on=on, **desk.acting)
        shown = {"claim": done.ulid, "state": done.state, "version": done.version}
    if as_json:
        print_json(shown)
    else:
        click.echo(f"{shown['claim']} {STATE_CHINESE[State(done.state)]} ({done.state})")


# --- details ----------------------------------------------------------------------------------


def _details(event: Event, pairs: tuple[str, ...], file: IO[bytes] | None) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if file is not None:
        try:
            details = json.load(file)
        except ValueError as fault:
            raise Invalid([Issue("", "json", f"this is no JSON document: {fault}")]) from None
        if not isinstance(details, dict):
            raise Invalid([Issue("", "json", "details are an object")])
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--detail")
        _put(details, event, name, text)
    return details


def _put(details: dict[str, Any], event: Event, name: str, text: str) -> None:
    """A value as its detail wants it; a list grows with every pair of its name."""
    wanted = DETAILS[event].get(name)
    read = None if wanted is None else wanted.read
    if read is TEXTS.read:
        details.setdefault(name, []).append(text)
    elif read is FLAG.read and text in ("true", "false"):
        details[name] = text == "true"
    elif read is COUNT.read and text.isascii() and text.isdigit():
        details[name] = int(text)
    else:
        details[name] = text


# --- one case ---------------------------------------------------------------------------------


def _show(ulid: str, handle: str | None, body: str | None, *, as_json: bool) -> None:
    house, today = at_home(), clock.moment().today
    by = None if handle is None else acting(house, handle, body, today)
    office, channels = house.office(), house.channels
    with house.readers() as session:
        found = served.read_case(
            session, ulid, keys_of(house), by=by, office=office, channels=channels, today=today
        )
    if as_json:
        print_json({"as_of": today.isoformat(), **found})
        return
    if "claims" not in found:
        raise NotFound(f"no case {ulid}")
    click.echo(f"{found['respondent']['name']}  {found['origin']}  {found['contract_no'] or ''}")
    for claim in found["claims"]:
        holder = claim.get("holder")
        click.echo(f"{claim['id']} {claim['state_label']} {holder['name'] if holder else ''}")
        for e in claim["events"]:
            click.echo(f"  {e['on']} {e['label']} {e.get('actor', '')}")
        for c in claim["clocks"]:
            limit = c["due_on"] or f"{c['days_passed']} days so far"
            click.echo(f"  {c['clock']} {limit}")


# --- folders ----------------------------------------------------------------------------------


@click.command("case-merge")
@click.argument("ulid", metavar="CASE")
@click.argument("into", metavar="INTO")
@click.option("--reason", required=True)
@as_option
@body_option
@json_option
def merge(ulid: str, into: str, reason: str, handle: str, body: str | None, as_json: bool) -> None:
    """Put all claims of a case into another one about the same respondent."""
    with act(handle, body) as desk:
        done = folders.merge(desk.session, ulid, into, reason, **desk.acting)
        moved = done.ulid, done.claims
    _moved(*moved, as_json=as_json)


@click.command("case-split")
@click.argument("ulid", metavar="CASE")
@click.argument("claims", nargs=-1, required=True, metavar="CLAIM...")
@click.option("--reason", required=True)
@as_option
@body_option
@json_option
def split(
    ulid: str,
    claims: tuple[str, ...],
    reason: str,
    handle: str,
    body: str | None,
    as_json: bool,
) -> None:
    """Put some claims of a case into a new one."""
    with act(handle, body) as desk:
        done = folders.split(desk.session, ulid, claims, reason, **desk.acting)
        moved = done.ulid, done.claims
    _moved(*moved, as_json=as_json)


@click.command("case-undo")
@click.argument("move")
@click.option("--reason", required=True)
@as_option
@body_option
@json_option
def undo(move: str, reason: str, handle: str, body: str | None, as_json: bool) -> None:
    """Bring the claims of a merge or a split back to where they were."""
    with act(handle, body) as desk:
        done = folders.undo(desk.session, move, reason, **desk.acting)
        moved = done.ulid, done.claims
    _moved(*moved, as_json=as_json)


def _moved(move: str, claims: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"move": move, "claims": claims})
    else:
        click.echo(f"{move} {len(claims)} claims moved")
