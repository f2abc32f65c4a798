"""How a complaint stands, for the holder of its lookup code."""

import sys
from datetime import date
from typing import Any

import click

from .. import clock
from ..domain.receipts import ClaimProgress, Progress
from ..house import keys_of
from ..services import receipts
from .kit import Exit, at_home, json_option, print_json

#: No line is read further; a code is 24 characters.
_LONGEST = 1_000


@click.command()
@json_option
def lookup(as_json: bool) -> None:
    """How a complaint stands. The code is read from stdin, or asked for; never an argument.

    `record` in the JSON is a signed promise that the complaint is in the record of acts: keep it,
    `audit verify --receipt` reads it.
    """
    code = _code()
    house = at_home()
    secrets = keys_of(house)
    with house.readers() as session:
        shown = receipts.look_up(session, code, secrets, today=clock.moment().today)
    if as_json:
        print_json(_plain(shown))
    else:
        click.echo("\n".join(_lines(shown)))
    sys.exit(Exit.DONE if shown.found else Exit.USAGE)


def _code() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("查询码", hide_input=True))
    return sys.stdin.readline(_LONGEST)


def _plain(value: Any) -> Any:
    """Progress as JSON can say it, the same members whether there is something or not."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {k: _plain(v) for k, v in value._asdict().items()}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _lines(shown: Progress) -> list[str]:
    lines = [shown.message]
    if shown.received_on:
        lines.append(f"收到日期：{shown.received_on}")
    if shown.withdrawn_on:
        lines.append(f"撤回日期：{shown.withdrawn_on}")
    for claim in shown.claims if shown.found else ():
        lines += _of_claim(claim)
    looks = [f"  {a.on}  {a.items}" for a in shown.accesses]
    lines += ["经批准查看您的信息：", *looks] if looks else []
    if shown.record.seq:
        lines.append(f"操作记录第 {shown.record.seq} 条，摘要 {shown.record.hash}")
    return lines


def _of_claim(claim: ClaimProgress) -> list[str]:
    limit = f"{claim.due_on}前" if claim.due_on else "未设定期限"
    told = [
        f"{claim.matter or '投诉事项'}：{claim.state}（{claim.since}）",
        f"  承办：{claim.holder or '—'}；下一期限：{limit}",
        *(f"    {line}" for line in claim.basis),
    ]
    for answer in claim.answers:
        told.append(f"  {answer.on} {answer.kind}：{answer.text or '已按您投诉的渠道答复'}")
        told.append(f"    救济途径：{answer.remedies}")
    return [*told, *([f"  {claim.objection}"] if claim.objection else [])]
