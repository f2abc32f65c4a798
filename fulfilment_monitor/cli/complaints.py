"""Complaints: take one in, let a complainant leave, and the channels they come by."""

import json
from datetime import date
from typing import IO, Any

import click

from .. import clock
from ..domain.anchors import written
from ..domain.errors import Invalid, Issue
from ..house import keys_of
from ..schemas.complaints import read_complaint
from ..services import channels as channel_book
from ..services import columns, inclusion, intake
from .kit import (
    DAY,
    act,
    actor_of,
    as_option,
    at_home,
    body_option,
    by_option,
    json_option,
    print_json,
    table,
)

_COUNTRY = ""


@click.command()
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@by_option
@json_option
def complaint(file: IO[bytes], actor: str, as_json: bool) -> None:
    """Take in a complaint, a JSON document; its lookup code is printed once and never again."""
    message = read_complaint(_document(file))
    house = at_home()
    now, today = clock.moment()
    secrets, office = keys_of(house), house.office()
    with house.sessions.begin() as session:
        done = intake.receive(
            session,
            message,
            channels=house.channels,
            secrets=secrets,
            by=actor_of(actor),
            office=office,
            now=now,
            today=today,
        )
    with house.readers() as session:  # the act is on record once it is committed
        kind = ("complaint", done.complaint)
        promise = written(inclusion.of_entry(session, *kind, secrets, [inclusion.RECEIVED]))
    findings = [{"pointer": i.pointer, "code": i.code, "detail": i.detail} for i in done.findings]
    if as_json:
        shown = {**done._asdict(), "new": done.is_new, "findings": findings, "record": promise}
        print_json(shown)
        return
    for f in findings:
        click.echo(f"finding  {f['pointer'] or '/'} {f['code']}: {f['detail']}", err=True)
    click.echo(f"case {done.case}")
    if done.receipt is not None:
        click.echo(f"receipt {done.receipt}")
        click.echo(f"record {promise['seq']} {promise['hash']}")


def _document(file: IO[bytes]) -> Any:
    try:
        return json.load(file)
    except ValueError as fault:  # not UTF-8, or not JSON
        raise Invalid([Issue("", "json", f"this is no JSON document: {fault}")]) from None


@click.command("complaint-leave")
@click.argument("complaint_id", metavar="COMPLAINT")
@click.option("--reason", required=True, help="why the complainant leaves")
@as_option
@body_option
@json_option
def leave(complaint_id: str, reason: str, handle: str, body: str | None, as_json: bool) -> None:
    """A complainant withdraws; a claim ends only where nobody else and nothing speaks for it."""
    with act(handle, body) as desk:
        ended = intake.leave(desk.session, complaint_id, reason, **desk.acting)
    if as_json:
        print_json({"complaint": complaint_id, "ended": ended})
    else:
        click.echo(f"{complaint_id} withdrawn, {len(ended)} claims ended")


@click.command()
@click.option("--region", default=_COUNTRY, help="who runs them in a region, and what came there")
@click.option("--as-of", type=DAY, help="as of a day; today if left out")
@click.option("--columns", "only_columns", is_flag=True, help="the columns of areas, to publish")
@json_option
def channels(region: str, as_of: date | None, only_columns: bool, as_json: bool) -> None:
    """The channels, who runs each, when it last reported, and what became of its complaints."""
    house = at_home()
    day, office = as_of or clock.moment().today, house.office()
    listed = house.channels
    if only_columns:
        with house.readers() as session:
            rows = columns.list_columns(session, listed, office, as_of=day, region=region)
        _show_columns(rows, region, day, as_json=as_json)
        return
    with house.readers() as session:
        found = channel_book.list_channels(
            session, listed, region, office, as_of=day, maps=house.maps
        )
    if as_json:
        print_json({"as_of": day.isoformat(), "region": region, "items": found})
        return
    headings = [
        "代码", "名称", "运营单位", "最近", "收到", "受理", "不予受理", "待定", "超期",
        "缺报", "死信",
    ]  # fmt: skip
    cells = [
        [
            c["code"],
            c["label"],
            c["operator"]["name"] if c["operator"] else "",
            c["last_report_on"] or "",
            *(str(c[name]) for name in ("received", "accepted", "refused", "pending", "overdue")),
            str(len(c["missing_packages"]) or ""),
            str(c["dead_letters"] or ""),
        ]
        for c in found
    ]
    click.echo(table(headings, cells))


def _show_columns(rows: list[dict[str, Any]], region: str, day: date, *, as_json: bool) -> None:
    if as_json:
        print_json({"as_of": day.isoformat(), "region": region, "items": rows})
        return
    headings = ["区划", "地区", "运营单位", "地址", "电话", "开通", "状态"]
    cells = [
        [
            row["region"],
            row["area"] or "",
            row["operator"]["name"] or row["operator"]["uscc"],
            row["address"] or "",
            row["telephone"] or "",
            row["since"],
            row["dead"]["detail"] if row["dead"] else "",
        ]
        for row in rows
    ]
    click.echo(table(headings, cells))
