"""What the commands share: opening the house, printing, and what an exit status means."""

import functools
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from enum import IntEnum
from typing import Any, NamedTuple, NoReturn, ParamSpec, TypeVar

import click
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from .. import clock
from ..domain.authority import Actor, operator
from ..domain.errors import ClockAlarm, Invalid, Refusal
from ..house import House, open_ready
from ..services import people
from ..services.office import Acting
from ..services.recusal import Relieved
from ..settings import BadSettings, Settings

P = ParamSpec("P")
R = TypeVar("R")


class Exit(IntEnum):
    """Exit statuses; 1 is a bug and comes from Python itself."""

    DONE = 0
    USAGE = 2
    SOME_REFUSED = 3
    CHECK_FAILED = 4


#: Refusals that say a check failed, not that the command was used wrongly.
_CHECKS = (ClockAlarm,)

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

json_option = click.option("--json", "as_json", is_flag=True, help="one JSON document on stdout")
as_option = click.option("--as", "handle", required=True, help="the handle of who acts")
body_option = click.option("--body", help="the body acted for, where there are several")
by_option = click.option("--by", "actor", default="command-line", help="who acts, for the record")


def actor_of(name: str) -> Actor:
    """The acting person of a command: an operator of this machine."""
    return operator(name)


def acting(house: House, handle: str, body: str | None, today: date) -> Actor:
    """Somebody of the register, in all capacities held today for one body."""
    with house.readers() as session:
        return people.acting(session, handle, today, body)


class Desk(NamedTuple):
    """Where somebody acts: one transaction of the house; `**desk.acting` goes to the service."""

    house: House
    session: Session
    acting: Acting


@contextmanager
def act(handle: str, body: str | None, house: House | None = None) -> Iterator[Desk]:
    """Somebody of the register acts for a body today; what is done is kept when the block ends.

    Raises:
        Refusal: nobody has this handle, or no post, or several bodies to act for.
    """
    house = house or at_home()
    now, today = clock.moment()
    by, office = acting(house, handle, body, today), house.office()
    with house.sessions.begin() as session:
        yield Desk(house, session, Acting(by=by, office=office, now=now, today=today))


def settings() -> Settings:
    """Settings from the environment, or a clear end."""
    try:
        return Settings.from_env()
    except BadSettings as fault:
        stop(str(fault))


def at_home() -> House:
    """The house, on a database of this release; an empty one is made ready first."""
    return open_ready(settings())


@contextmanager
def transactions(
    house: House, *, dry_run: bool
) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
    """What begins each transaction; those of a dry run are one, and it is taken back."""
    if not dry_run:
        yield house.sessions.begin
        return
    with house.sessions() as session:

        @contextmanager
        def rehearsed() -> Iterator[Session]:
            yield session
            session.flush()

        yield rehearsed
        session.rollback()


def print_json(value: object) -> None:
    """One JSON document on stdout, and nothing else there."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say_relieved(done: Relieved, *, err: bool = False) -> None:
    """Which claims were given on because somebody came too near, and which could not be."""
    for clash in done.moved:
        click.echo(f"{clash.ulid} 已改由他人办理", err=err)
    for clash in done.stuck:
        click.echo(f"{clash.ulid} 须回避，但没有可以接办的登记单位", err=err)


def stop(message: str, status: Exit = Exit.USAGE) -> NoReturn:
    """End with a message on stderr."""
    click.echo(f"fulfilment-monitor: {message}", err=True)
    sys.exit(status)


def refusals_end_here(command: Callable[P, R]) -> Callable[P, R]:
    """A refusal is an answer, not a bug: print it and end with its status."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Invalid as refusal:
            lines = [f"{i.pointer or '/'}: {i.detail} [{i.code}]" for i in refusal.issues]
            stop("\n  ".join([refusal.title, *lines]), Exit.SOME_REFUSED)
        except Refusal as refusal:
            more = "".join(f"\n  {k}: {_listed(v)}" for k, v in refusal.members.items())
            status = Exit.CHECK_FAILED if isinstance(refusal, _CHECKS) else Exit.USAGE
            stop(f"{refusal} [{refusal.code}]{more}", status)
        except DatabaseError as fault:
            if not _is_damage(fault.orig):
                raise
            stop(f"the database is damaged: {fault.orig}; put a copy back", Exit.CHECK_FAILED)

    return wrapped


def _is_damage(fault: BaseException | None) -> bool:
    """Whether SQLite says that its file is no longer as it wrote it."""
    if not isinstance(fault, sqlite3.DatabaseError):
        return False
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return code in _DAMAGED or str(fault).startswith("Could not decode to UTF-8")


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class Day(click.ParamType):
    """A day, `YYYY-MM-DD`."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        if isinstance(value, date):
            return value
        try:
            if len(value) != len("2025-06-01"):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2025-06-01", param, ctx)


DAY = Day()


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A plain table; Chinese characters take two columns."""
    widths = [max(_width(r[i]) for r in [headings, *rows]) for i in range(len(headings))]
    lines = [[*headings], ["─" * w for w in widths], *rows]
    return "\n".join(
        "  ".join(
            cell + " " * (w - _width(cell)) for cell, w in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    return sum(2 if ord(c) >= 0x2E80 else 1 for c in text)
