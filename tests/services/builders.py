"""What tests of services and doors arrange: a document, a register, and each verb in one line.

Days are written as text and money as yuan, as in a contract document. What a test writes down on
a day is written at nine in the morning. The contract is `HT-1` unless told otherwise.
"""

import json
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree
from threading import Event
from typing import Any, NamedTuple, TypeVar

from click.testing import CliRunner
from sqlalchemy import Connection, Engine, Executable, NullPool, create_engine, event, select, text
from sqlalchemy.orm import Session

from fulfilment_monitor import resources
from fulfilment_monitor.cli import main
from fulfilment_monitor.domain.authority import operator
from fulfilment_monitor.domain.facts import Answer, Source
from fulfilment_monitor.domain.money import parse_yuan
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.schemas.amendments import read_agreement
from fulfilment_monitor.schemas.contracts import read_contract, read_fact
from fulfilment_monitor.services import (
    alerts,
    amendments,
    contracts,
    doctor,
    facts,
    leads,
    registry,
    sweeps,
)
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.services.sight import ALL
from fulfilment_monitor.store import metadata
from fulfilment_monitor.store.reference import CalendarYear, LprRate
from tests.conftest import at

Document = dict[str, Any]
T = TypeVar("T")

#: Made-up codes of the right form.
ORGAN, INSTITUTION, FIRM = "11340321003000014D", "12340321485000024M", "91340321MA2000000L"
CLERK = operator("clerk")


def day(written: str) -> date:
    return date.fromisoformat(written)


# --- documents --------------------------------------------------------------------------------


def a_body(code: str = ORGAN, name: str = "示例县财政局") -> Document:
    return {"name": name, "uscc": code, "kind": "organ"}


def a_firm(**changes: str) -> Document:
    firm = {"name": "示例企业", "uscc": FIRM, "ownership": "private", "size": "small"}
    return {**firm, **changes}


def a_document(*obligations: Document, **changes: Any) -> Document:
    """Goods bought by an organ from a small private firm; one payment due 2025-09-10."""
    terms = {
        "contract_no": "HT-1",
        "title": "办公设备采购",
        "field": "procurement",
        "subject": "goods",
        "signed_on": "2025-07-01",
        "region": "340321",
        "government": a_body(),
        "enterprise": a_firm(),
        "obligations": list(obligations) or [a_payment(due_on="2025-09-10")],
    }
    return {**terms, **changes}


def owed(kind: str, by: str = "government", **terms: Any) -> Document:
    """An obligation; its key is its kind unless told otherwise."""
    return {"key": kind, "kind": kind, "title": kind, "obligor": by, **terms}


def a_payment(amount: str = "1000.00", **terms: Any) -> Document:
    return owed("payment", amount=amount, **terms)


def a_fact(kind: str, on: str, by: str, obligation: str = "payment", **more: Any) -> Document:
    return {"kind": kind, "on": on, "by": by, "obligation": obligation, **more}


def paid(on: str, amount: str = "1000.00", by: str = "enterprise", **more: Any) -> Document:
    return a_fact("paid", on, by, amount=amount, **more)


# --- verbs ------------------------------------------------------------------------------------

_offices: dict[str, Office] = {}


def office(house: House) -> Office:
    """Law and policy; made once for all databases that have loaded no law of their own.

    Laying out the calendar takes longer than everything else in most tests.
    """
    with house.readers() as session:
        if session.scalar(select(CalendarYear.year)) or session.scalar(select(LprRate.percent)):
            return house.office()
    if house.policy.version not in _offices:
        _offices[house.policy.version] = house.office()
    return _offices[house.policy.version]


def register(
    house: House, *documents: Document, on: str = "2025-07-02"
) -> list[contracts.Registered]:
    """Enter documents in one batch."""
    with house.sessions.begin() as session:
        return registered(session, house, *documents, on=on)


def registered(
    session: Session, house: House, *documents: Document, on: str = "2025-07-02"
) -> list[contracts.Registered]:
    """Enter documents in one batch, in a transaction that goes on."""
    return contracts.register_contracts(
        session,
        [read_contract(d) for d in documents],
        by=CLERK,
        office=office(house),
        now=at(day(on)),
        today=day(on),
    )


def wait_for_a_waiting_lock(house: House, others: int = 1) -> None:
    """On PostgreSQL, until the others wait; SQLite lets them begin only when we are done."""
    if house.engine.dialect.name == "sqlite":
        return
    for _ in range(3_000):
        with house.readers() as session:
            if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) >= others:
                return
        Event().wait(0.01)
    raise AssertionError("the others never waited")


def meanwhile(house: House, first: Callable[[Session], object], then: Callable[[], T]) -> T:
    """`then` begins when `first` has written everything, which is committed when `then` waits."""
    with ThreadPoolExecutor(1) as second:
        with house.sessions.begin() as session:
            first(session)
            session.flush()
            after = second.submit(then)
            wait_for_a_waiting_lock(house)
        return after.result(60)


def contract_id(house: House, number: str = "HT-1") -> int:
    with house.readers() as session:
        return contracts.find_contract(session, number)


def state(
    house: House,
    fact: Document,
    on: str,
    *,
    number: str = "HT-1",
    evidence: Iterable[facts.Evidence] = (),
    supersedes: str | None = None,
) -> str:
    """Put a statement on the ledger on a day; returns its ULID."""
    about = contract_id(house, number)
    with house.sessions.begin() as session:
        return facts.state_fact(
            session,
            about,
            read_fact(fact),
            by=CLERK,
            office=office(house),
            now=at(day(on)),
            evidence=list(evidence),
            supersedes=supersedes,
        )


def answer(
    house: House, ulid: str, said: str, side: str, on: str, amount: str | None = None
) -> None:
    """`confirmed` or `disputed`, by a side, on a day."""
    with house.sessions.begin() as session:
        facts.answer_fact(
            session,
            ulid,
            Answer(said),
            side=Source(side),
            by=CLERK,
            office=office(house),
            now=at(day(on)),
            disputed_fen=None if amount is None else parse_yuan(amount),
        )


def amend(house: House, today: str, **document: Any) -> list[str]:
    """Enter a change both sides agreed to on that day, unless the document says otherwise."""
    agreed = {
        "contract_no": "HT-1",
        "agreed_on": today,
        "reason": "mutual_agreement",
        "agreed_by": ["government", "enterprise"],
    }
    (number, _), agreement = read_agreement({**agreed, **document})
    about = contract_id(house, number)
    with house.sessions.begin() as session:
        return amendments.amend_contract(
            session,
            about,
            agreement,
            by=CLERK,
            office=office(house),
            now=at(day(today)),
            today=day(today),
        )


def sweep(house: House, on: str) -> sweeps.Outcome:
    return sweeps.sweep(house.sessions, office(house), as_of=day(on), now=lambda: at(day(on)))


# --- what can be seen -------------------------------------------------------------------------


def view(house: House, on: str, number: str = "HT-1") -> Document:
    """A contract as it stands on a day."""
    about = contract_id(house, number)
    with house.readers() as session:
        return registry.show_contract(session, about, as_of=day(on), office=office(house))


def standing(house: House, on: str, key: str = "payment", number: str = "HT-1") -> Document:
    """One obligation as it stands on a day."""
    return next(o for o in view(house, on, number)["obligations"] if o["key"] == key)


def lead_list(house: House, as_of: str | None = None) -> list[Document]:
    """Leads, oldest first."""
    with house.readers() as session:
        found = leads.list_leads(session, ALL, as_of=None if as_of is None else day(as_of))
    return found.items[::-1]


def rules_raised(house: House) -> list[str]:
    """The rules of all alerts, in the order of their days."""
    with house.readers() as session:
        items = alerts.list_alerts(session, ALL, house.policy).items
    return [i["rule"] for i in sorted(items, key=lambda i: i["holds_from"])]


def violations(house: House) -> list[doctor.Violation]:
    with house.readers() as session:
        return doctor.examine(session, office(house))[1]


def contents(house: House) -> dict[str, list[str]]:
    """Everything that stands in the tables, to be compared."""
    with house.readers() as session:
        return {
            table.name: sorted(str(tuple(row)) for row in session.execute(select(table)))
            for table in metadata.sorted_tables
        }


# --- what nobody should do --------------------------------------------------------------------


def tamper(house: House, *statements: Executable | str) -> None:
    """Change rows behind the back of the service: no triggers, no foreign keys, no record."""
    with _behind_its_back(house, statements) as connection:
        connection.commit()


@contextmanager
def tampered(house: House, *statements: Executable | str) -> Iterator[Session]:
    """A session that sees such changes; they are taken back afterwards."""
    with _behind_its_back(house, statements) as connection, Session(connection) as session:
        yield session


@contextmanager
def _behind_its_back(house: House, statements: Iterable[Executable | str]) -> Iterator[Connection]:
    engine = create_engine(house.settings.database_url, poolclass=NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # or the next statements would commit at once
            triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in connection.scalars(triggers).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement) if isinstance(statement, str) else statement)
        yield connection
        connection.rollback()


# --- another alerts folder --------------------------------------------------------------------


def alerts_folder(folder: Path, *changes: tuple[str, str]) -> Path:
    """A copy of the shipped alerts folder with words of its rules replaced."""
    copy = folder / "alerts"
    copytree(resources.shipped("alerts"), copy)
    rules = (copy / "rules.toml").read_text("utf-8")
    for old, new in changes:
        assert old in rules
        rules = rules.replace(old, new)
    (copy / "rules.toml").write_text(rules, "utf-8")
    return copy


def reopened(house: House, folder: Path) -> House:
    """The same database, opened with another alerts folder."""
    return open_house(replace(house.settings, alerts_dir=folder.as_posix()))


# --- the command line -------------------------------------------------------------------------


class Ran(NamedTuple):
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout; anything beside it is an error here."""
        return json.loads(self.out)


def fulfilment_monitor(*words: str | Path) -> Ran:
    """`fulfilment-monitor …`, in this process; a crash is status 1, as it is in a shell."""
    with _closing_engines():
        done = CliRunner().invoke(main, [str(w) for w in words])
    crash = done.exc_info if done.exit_code == 1 else None
    return Ran(
        done.exit_code,
        done.stdout,
        done.stderr + ("".join(traceback.format_exception(*crash)) if crash else ""),
    )


@contextmanager
def _closing_engines() -> Iterator[None]:
    """Close what was opened meanwhile; a process of its own closes it by ending."""
    opened: set[Engine] = set()

    def note(connection: Connection) -> None:
        opened.add(connection.engine)

    event.listen(Engine, "engine_connect", note)
    yield
    event.remove(Engine, "engine_connect", note)
    for engine in opened:
        engine.dispose()


def written(path: Path, document: object) -> Path:
    """A JSON file with a document."""
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return path
