"""Credit records: the ledger of a body as of any day, lists, figures, restrictions."""

import json
from datetime import date
from typing import IO, Any

import click

from .. import clock
from ..domain.case_codes import Stream, label
from ..domain.errors import Invalid, Issue
from ..domain.records import LISTINGS, read_listing
from ..house import keys_of
from ..services import credit_lists, signed_figures
from ..services import restrictions as limits
from ..services.credit_views import whole_ledger
from .kit import (
    DAY,
    Desk,
    Exit,
    act,
    as_option,
    at_home,
    body_option,
    json_option,
    print_json,
    table,
)

on_option = click.option("--on", type=DAY, help="as of a day; today without it")
approves_option = click.option(
    "--approves", type=int, metavar="NUMBER", help="the proposal this one agrees with"
)
reason_option = click.option("--reason", required=True)


class _ByCode(click.Group):
    """`credit USCC` is `credit show USCC`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ByCode)
def credit() -> None:
    """The credit ledger of a body: `credit USCC [--on DAY]`."""


@credit.command()
@click.argument("uscc")
@on_option
@click.option("--known-at", type=DAY, help="only what was on the ledger by that day")
@json_option
def show(uscc: str, on: date | None, known_at: date | None, as_json: bool) -> None:
    """What a body has on record, its own and what it has taken over."""
    house, day = at_home(), on or clock.moment().today
    with house.readers() as session:
        found = whole_ledger(session, uscc, day, house.policy, known_at)
    if as_json:
        print_json(found)
        return
    columns = ("record", "label", "state_label", "listed_on", "source_no", "amount")
    rows = [[r[c] or "" for c in columns] for r in found["records"]]
    if rows:
        click.echo(table(["记录", "类别", "状态", "列入日期", "文号", "金额（元）"], rows))
    click.echo(f"{found['name']}：{len(rows)} 条，截至 {day}")


@credit.command()
@click.argument("uscc")
@click.option("--from", "first", type=DAY, required=True)
@click.option("--to", "last", type=DAY, required=True)
@click.option("--known-at", type=DAY, help="as they could be reckoned on that day")
@click.option("--signed", is_flag=True, help="signed, as known on that day or today; JSON")
@json_option
def figures(
    uscc: str, first: date, last: date, known_at: date | None, signed: bool, as_json: bool
) -> None:
    """Entries new, open, repaired and ended in a period, for the appraisal."""
    house = at_home()
    if signed:
        known_at = known_at or clock.moment().today
    with house.readers() as session:
        said = signed_figures.reckon(session, uscc, first, last, known_at)
    if signed:
        said = signed_figures.sign(said, keys_of(house))
    if as_json or signed:
        print_json(said)
        return
    rows = [[label(Stream(s)), *(str(n) for n in f.values())] for s, f in said["streams"].items()]
    click.echo(table(["类别", "新增", "期末有效", "修复", "退出"], rows))


@credit.command("check-figures")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@json_option
def check_figures(file: IO[str], as_json: bool) -> None:
    """Whether signed figures are ours, and reckon the same from the ledger; exit 4 if not."""
    house = at_home()
    with house.readers() as session:
        faults = signed_figures.check(session, _object(file.read()), keys_of(house))
    if as_json:
        print_json({"ok": not faults, "problems": faults})
    else:
        click.echo("；".join(faults) or "与台账一致，签名有效")
    if faults:
        raise SystemExit(Exit.CHECK_FAILED)


@credit.command()
@click.argument("uscc")
@click.option("--stream", type=click.Choice([s.value for s in LISTINGS]), required=True)
@click.option("--listed-on", type=DAY, required=True, help="the day it was listed")
@click.argument("details", metavar="DETAILS")
@as_option
@body_option
@json_option
def enter(
    uscc: str, stream: str, listed_on: date, details: str, handle: str, body: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Enter an item of a list; DETAILS is a JSON object, such as '{"source_no": "1", …}'."""
    listing = read_listing(Stream(stream), _object(details))
    with act(handle, body) as desk:
        entry = credit_lists.enter(desk.session, uscc, listing, on=listed_on, **desk.acting)
    _done(entry.ulid, as_json)


@credit.command()
@click.argument("record")
@click.argument("details", metavar="DETAILS")
@reason_option
@click.option("--on", type=DAY, required=True, help="from which day it is read so")
@approves_option
@as_option
@body_option
@json_option
def correct(
    record: str, details: str, reason: str, on: date, approves: int | None, handle: str,
    body: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Put right what a list said; what was said before stays on the ledger.

    It takes two: the first gets a number, the second enters the same with --approves NUMBER.
    """
    said = _object(details)
    with act(handle, body) as desk:
        if approves is not None:
            entry = credit_lists.correct(
                desk.session, record, said, reason, on=on, proposal=approves, **desk.acting
            )
            ulid = entry.ulid
        else:
            credit_lists.propose_correction(
                desk.session, record, said, reason, on=on, **desk.acting
            )
            ulid = None
    _two(desk, record, credit_lists.PROPOSED, ulid, as_json)


@credit.command()
@click.argument("record")
@reason_option
@click.option("--on", type=DAY, required=True, help="the day it was taken off")
@click.option("--removal-no", help="the number of the court's removal")
@approves_option
@as_option
@body_option
@json_option
def end(
    record: str, reason: str, on: date, removal_no: str | None, approves: int | None, handle: str,
    body: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Take an item of a list off, by its owner or on a court's removal.

    It takes two: the first gets a number, the second enters the same with --approves NUMBER.
    """
    ulid = None
    with act(handle, body) as desk:
        said: dict[str, Any] = {"on": on, "removal_no": removal_no, **desk.acting}
        if approves is None:
            credit_lists.propose_end(desk.session, record, reason, **said)
        else:
            ulid = credit_lists.end(desk.session, record, reason, proposal=approves, **said).ulid
    _two(desk, record, credit_lists.END_PROPOSED, ulid, as_json)


@click.command()
@click.argument("uscc")
@on_option
@json_option
def restrictions(uscc: str, on: date | None, as_json: bool) -> None:
    """What a body may not receive on a day, and why: the question every funding desk asks."""
    house, day = at_home(), on or clock.moment().today
    with house.readers() as session:
        found = limits.restrictions(session, uscc, day, house.office())
    if as_json:
        print_json({"uscc": uscc, "on": day.isoformat(), "restrictions": found})
        return
    columns = ("code", "label", "imposer", "starts_on", "document_no", "basis")
    rows = [[r[c] or "" for c in columns] for r in found]
    if rows:
        click.echo(table(["代码", "措施", "实施单位", "起始", "依据文书", "法律依据"], rows))
    click.echo(f"{len(rows)} 项限制，{day}")


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid([Issue("", "json", "DETAILS is a JSON object")])
    return found


def _two(desk: Desk, record: str, act: str, ulid: str | None, as_json: bool) -> None:
    """What the first of two gets is a number; the second has entered it."""
    if ulid is not None:
        _done(ulid, as_json)
        return
    with desk.house.readers() as session:
        number = credit_lists.last_proposal(session, record, act)
    if as_json:
        print_json({"proposal": number})
    else:
        click.echo(f"proposal {number}")


def _done(ulid: str, as_json: bool) -> None:
    if as_json:
        print_json({"entry": ulid})
    else:
        click.echo(ulid)
