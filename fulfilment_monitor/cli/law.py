"""The law: deadlines and interest as calculators; calendars and rates to load."""

from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
from marshmallow import ValidationError

from .. import clock
from ..domain.calculators import Debt, agreed_deadline, interest_on, statutory_deadline
from ..domain.facts import Money
from ..domain.interest import DAY_BASES, Interest
from ..domain.money import parse_yuan, show_yuan
from ..domain.statute import Period, Unit
from ..schemas.fields import AnnualRate
from ..schemas.law_tables import read_calendar, read_rates
from ..services import recounting, reference
from .kit import DAY, actor_of, at_home, by_option, json_option, print_json, table

T = TypeVar("T")


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[TERM] START")
@click.option("--length", type=click.IntRange(0, 20_000), help="an agreed period instead of a TERM")
@click.option("--unit", type=click.Choice([u.value for u in Unit]), default="day")
@click.option("--no-roll", is_flag=True, help="leave a last day of rest where it is")
@click.option("--signed", type=DAY, help="the signing day, where it chooses the version of the law")
@json_option
def deadline(
    words: tuple[str, ...],
    length: int | None,
    unit: str,
    no_roll: bool,
    signed: date | None,
    as_json: bool,
) -> None:
    """The last day of a statutory term, or of a period, from a day; and why."""
    statute = at_home().office().statute
    if len(words) != (2 if length is None else 1):
        raise click.UsageError("give TERM START, or --length N --unit UNIT START")
    start: date = DAY.convert(words[-1], None, None)
    try:
        if length is None:
            found = statutory_deadline(statute, words[0], start, signed)
        else:
            found = agreed_deadline(statute, Period(length, Unit(unit)), start, rolls=not no_roll)
    except (OverflowError, ValueError) as beyond:  # beyond the calendar, or beyond the year 9999
        raise click.UsageError(str(beyond)) from None
    shown: dict[str, Any] = {
        "term": found.name,
        "start": start.isoformat(),
        "due_on": str(found.due.on),
        "provisional": found.due.provisional,
        "basis": list(found.basis),
    }
    if as_json:
        print_json(shown)
        return
    click.echo(shown["due_on"] + ("（暂定）" if found.due.provisional else ""))
    for i, step in enumerate(shown["basis"], 1):
        click.echo(f"  {i}. {step}")


class Yuan(click.ParamType):
    """An amount of yuan; fen inside."""

    name = "YUAN"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        try:
            return value if isinstance(value, int) else parse_yuan(value)
        except ValueError as fault:
            self.fail(str(fault), param, ctx)


class Paid(click.ParamType):
    """A part payment, `DAY=YUAN`."""

    name = "DAY=YUAN"

    def convert(self, value: Any, param: Any, ctx: Any) -> Money:
        if isinstance(value, Money):
            return value
        day, mark, amount = value.partition("=")
        if not mark:
            self.fail(f"{value!r}: write a part payment as 2025-10-01=5000.00", param, ctx)
        money = Money(DAY.convert(day, param, ctx), Yuan().convert(amount, param, ctx))
        if money.fen <= 0:
            self.fail(f"{value!r}: a part payment is more than zero", param, ctx)
        return money


@click.command()
@click.option("--principal", type=Yuan(), required=True)
@click.option("--due", type=DAY, required=True)
@click.option("--until", type=DAY, required=True, help="the last day counted")
@click.option("--signed", type=DAY, required=True, help="the day the contract was signed")
@click.option("--annual-rate", help="as agreed: a fraction, such as 0.0365")
@click.option("--paid", type=Paid(), multiple=True, help="a part payment, DAY=YUAN; repeatable")
@click.option(
    "--basis",
    type=click.Choice([str(b) for b in DAY_BASES]),
    default="365",
    help="days a year for an agreed rate; no law fixes it",
)
@click.option(
    "--out-of-scope",
    is_flag=True,
    help="not an SME that sold goods, works or services: no statutory rate",
)
@json_option
def interest(
    principal: int,
    due: date,
    until: date,
    signed: date,
    annual_rate: str | None,
    paid: tuple[Money, ...],
    basis: str,
    out_of_scope: bool,
    as_json: bool,
) -> None:
    """Late interest on a payment: a computation (测算), never a claim."""
    statute = at_home().office().statute
    if principal <= 0:
        raise click.BadParameter("more than zero", param_hint="--principal")
    try:
        agreed = None if annual_rate is None else AnnualRate().deserialize(annual_rate)
    except ValidationError as fault:
        raise click.BadParameter(fault.messages[0], param_hint="--annual-rate") from None
    debt = Debt(principal, due, signed, agreed, not out_of_scope, int(basis))
    found = interest_on(statute, debt, until, paid)
    shown = _shown(found)
    if as_json:
        print_json(shown)
        return
    click.echo(f"测算利息 {shown['total']} 元")
    rows = [
        [str(s[k]) for k in ("from", "to", "days", "remaining", "amount")]
        for s in shown["segments"]
    ]
    if rows:
        click.echo(table(["自", "至", "天数", "未付", "利息"], rows))
        click.echo(
            f"利率 {shown['segments'][0]['rate']}（{found.rate.basis if found.rate else ''}）"
        )
    for finding in shown["findings"]:
        click.echo(f"{finding['code']}：{finding['detail']}")


def _shown(found: Interest) -> dict[str, Any]:
    rate = found.rate
    return {
        "total": show_yuan(found.total_fen),
        "rate_basis": None if rate is None else rate.basis,
        "segments": [
            {
                "from": str(s.from_on),
                "to": str(s.to_on),
                "days": s.days,
                "remaining": show_yuan(s.remaining_fen),
                "rate": None if rate is None else rate.shown,
                "amount": show_yuan(s.fen),
            }
            for s in found.segments
        ],
        "findings": [i._asdict() for i in found.findings],
    }


@click.group()
def calendar() -> None:
    """Holidays and make-up working days."""


@calendar.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="the State Council notice it comes from")
@by_option
@json_option
def load_calendar(file: Path, source: str, actor: str, as_json: bool) -> None:
    """Load one year's notice (CSV: date,kind[,name]) and reckon anew what it moves.

    Lists every date that moved and somebody still has to keep.
    """
    year, days = read_calendar(file.read_bytes())
    house, now, by = at_home(), clock.moment().now, actor_of(actor)
    with house.sessions.begin() as session:
        found = reference.load_calendar(session, year, days, source=source, by=by, now=now)
    done = recounting.reckon_affected(house.sessions, house.office(), year, by=by, now=now)
    shown = {"year": year, "days": len(days), **done._asdict()}
    shown["findings"] = [issue._asdict() for issue in found]
    if as_json:
        print_json(shown)
    else:
        click.echo(_told(shown))


def _told(shown: dict[str, Any]) -> str:
    findings = [f"提示：{finding['detail']}" for finding in shown["findings"]]
    return "\n".join([f"{shown['year']}: {shown['days']} days; {_reckoned(shown)}", *findings])


def _reckoned(shown: dict[str, Any]) -> str:
    lines = [
        f"{shown['duties_replaced']} duties of {shown['contracts']} contracts replaced; "
        f"{len(shown['moved'])} due dates moved"
    ]
    if shown["clocks_replaced"]:
        lines.append(f"{shown['clocks_replaced']} clocks of claims reckoned anew")
    if shown.get("words_written"):
        lines.append(f"{shown['words_written']} contracts are found by other words than before")
    headings = ["合同", "义务", "原日期", "新日期"]
    columns = ("contract_no", "obligation", "from", "to")
    for name, title in (("moved", "期限变动："), ("judged_anew", "已履行，是否逾期有变：")):
        rows = [[m[c] or "—" for c in columns] for m in shown[name]]
        lines += ["", title, table(headings, rows)] if rows else []
    return "\n".join(lines)


@click.command("reckon")
@by_option
@json_option
def reckon_all(actor: str, as_json: bool) -> None:
    """Reckon anew every date that the law and this release give otherwise than before.

    For after an upgrade that says so. Lists every date that moved and somebody still has to keep.
    Writes the words anew by which contracts are found, where this release has others.
    """
    house, now, by = at_home(), clock.moment().now, actor_of(actor)
    done = recounting.reckon_all(house.sessions, house.office(), by=by, now=now)
    shown = {**done._asdict(), "words_written": recounting.write_words_anew(house.sessions)}
    if as_json:
        print_json(shown)
    else:
        click.echo(_reckoned(shown))


@click.group()
def lpr() -> None:
    """The one-year loan prime rate."""


@lpr.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@by_option
@json_option
def load_lpr(file: Path, actor: str, as_json: bool) -> None:
    """Add published rates (CSV: date,one_year_rate_percent); known days stay as they are.

    No computed interest changes: the rate is only what an agreed late rate is compared with.
    """
    rates = read_rates(file.read_bytes())
    house = at_home()
    with house.sessions.begin() as session:
        new = reference.load_rates(
            session, rates, house.law.rates, by=actor_of(actor), now=clock.moment().now
        )
    with house.readers() as session:
        floors = reference.floors_changed(session, new, house.office().statute)
    shown = {"read": len(rates), "new": [str(d) for d in new], "affected": 0, "floors": floors}
    if as_json:
        print_json(shown)
        return
    click.echo(f"{len(rates)} read, {len(new)} new; no computed interest is affected")
    rows = [[f["contract_no"], *("，".join(f[k]) or "—" for k in ("was", "now"))] for f in floors]
    if rows:
        click.echo(table(["合同", "原提示", "现提示"], rows))
