"""What a contract of a field usually obliges to, with the terms of law of a day filled in."""

from datetime import date
from typing import Any

import click

from .. import clock
from ..domain.contracts import FIELD_CHINESE, Field, Subject
from ..domain.money import parse_yuan
from ..domain.templates import TemplateObligation, as_document, blanks, template_for
from ..house import load_templates
from .kit import DAY, at_home, json_option, print_json


@click.command()
@click.argument("field", type=click.Choice([f.value for f in Field]))
@click.option("--subject", type=click.Choice([s.value for s in Subject]), required=True)
@click.option("--signed", type=DAY, help="the day of signing; today by default")
@click.option("--amount", help="yuan; some terms of law depend on it")
@json_option
def outline(
    field: str, subject: str, signed: date | None, amount: str | None, as_json: bool
) -> None:
    """Outline a contract: the typical obligations of its field, and what remains to be filled in.

    With --json, a contract document to be completed and imported.
    """
    statute = at_home().office().statute
    try:
        fen = None if amount is None else parse_yuan(amount)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--amount") from None
    chosen = Field(field), Subject(subject), signed or clock.moment().today
    templates = load_templates(statute)
    obligations = template_for(templates, *chosen, statute, amount_fen=fen)
    document = as_document(templates, *chosen, statute, amount_fen=fen)
    missing = [i._asdict() for i in blanks(document, obligations)]
    if as_json:
        print_json({"document": document, "blanks": missing})
        return
    click.echo(f"{FIELD_CHINESE[chosen[0]]}，订立于 {chosen[2]}")
    for obligation in obligations:
        click.echo("\n".join(_lines(obligation)))
    click.echo("待填写：")
    for blank in missing:
        click.echo(f"  {blank['pointer']} {blank['detail']}")


def _lines(o: TemplateObligation) -> list[str]:
    told: list[Any] = [o.period, o.default and f"{o.default.period}（法定）"]
    term = next((str(t) for t in told if t), "由双方约定" if o.agree else "—")
    since = f"自 {o.after} 起 " if o.after else ""
    return [f"{o.key}  {o.title}：{since}{term}", *(f"    {line}" for line in o.basis)]
