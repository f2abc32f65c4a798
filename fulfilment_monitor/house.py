"""What every door opens with: settings, the database, the law, the policy, the clock.

Alembic is loaded when a database is upgraded, which is seldom, and takes much memory.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from . import resources
from .clock import Moment
from .domain.alerts import Policy, read_policy
from .domain.channel_maps import ChannelMaps
from .domain.channels import Channels
from .domain.clauses import Clause, read_clauses
from .domain.errors import BadPolicy, Refusal
from .domain.letter_kinds import LetterKind
from .domain.letters import Template
from .domain.measures import Catalogue, read_catalogue
from .domain.notifications import Notifying
from .domain.secrets import Secrets
from .domain.statute import Statute
from .domain.templates import Templates, read_templates
from .gateways import keyring
from .gateways.audit_keys import AuditKeys
from .gateways.channels import open_channels, open_maps
from .gateways.letters import open_letters
from .gateways.notification_rules import open_notifying
from .schemas.channel_messages import reader_of
from .services import vault
from .services.inbox_work import Desk
from .services.office import Law, Office, open_office, shipped_law
from .settings import Settings
from .store.engine import open_engine, open_sessions

if TYPE_CHECKING:
    from alembic.config import Config


class DatabaseBehind(Refusal):
    code = "database.behind"
    title = "The database has to be upgraded first"
    status = 503


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    engine: Engine
    #: Sessions that write: on SQLite, one at a time.
    sessions: sessionmaker[Session]
    #: Sessions that only read, and hold up nobody.
    readers: sessionmaker[Session]
    law: Law
    policy: Policy
    measures: Catalogue
    channels: Channels
    #: How each channel writes.
    maps: ChannelMaps
    letters: Mapping[LetterKind, Template]
    #: Who is told what, and how.
    notifying: Notifying
    #: Keys of the record of acts, outside the database.
    keys: AuditKeys

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
        self.readers.kw["bind"].dispose()

    def office(self) -> Office:
        """Law and policy as of now; read afresh, because calendars and rates arrive by command."""
        with self.readers() as session:
            return open_office(session, self.law, self.policy, self.measures)


def open_house(settings: Settings) -> House:
    """Open everything, and check it: bad settings and rules stop here, not at night.

    Raises:
        BadPolicy: the alerts folder cannot be used.
    """
    settings.prepare()
    law, policy = load_law(), load_policy(settings)
    engine = open_engine(settings.database_url)
    reading = engine
    if engine.dialect.name == "sqlite":
        reading = open_engine(settings.database_url, for_reading=True)
    readers = sessionmaker(reading, expire_on_commit=False, autoflush=False)
    keys = AuditKeys(settings.keys_path())
    sessions = open_sessions(engine, keys, settings.audit_hash)
    return House(
        settings,
        engine,
        sessions,
        readers,
        law,
        policy,
        load_measures(settings),
        open_channels(settings),
        open_maps(settings),
        open_letters(settings),
        open_notifying(settings),
        keys,
    )


def open_ready(settings: Settings) -> House:
    """Open everything on a database of this release; an empty one is made ready first.

    Raises:
        BadPolicy: the alerts folder cannot be used.
        DatabaseBehind: the database is of another release.
    """
    house = open_house(settings)
    if is_empty(house):
        upgrade(settings)
    check_revision(house)
    return house


def inbox_desk(house: House, secrets: Secrets, moment: Callable[[], Moment]) -> Desk:
    """Where what channels sent is applied."""
    return Desk(
        house.sessions, reader_of(house.maps), house.channels, secrets, house.office(),
        lambda: moment().now, moment().today,
    )  # fmt: skip


def keys_of(house: House) -> keyring.Keyring:
    """The keys that belong to a database; the first ones are made with it.

    Raises:
        KeysGone: the database speaks of keys, and the folder has none.
        KeysUnusable: the folder cannot be used as it stands.
    """
    with house.readers() as session:
        used = vault.keys_used(session)
    return keyring.open_keyring(house.settings.keys_path(), used)


@cache
def load_law() -> Law:
    """The law that ships with the package; read once, because nothing changes it meanwhile."""
    days = [
        (row["date"], row["kind"])
        for path in sorted(resources.law("calendar").glob("*.csv"))
        for row in _rows(path)
    ]
    rates = [(r["date"], r["one_year_rate_percent"]) for r in _rows(resources.law("lpr.csv"))]
    terms = resources.read_toml(resources.law("terms.toml"))
    return shipped_law(terms, days, rates, _rows(resources.law("regions.csv")))


def load_templates(statute: Statute) -> Templates:
    """The templates that ship with the package, checked against the law."""
    rules = resources.read_toml(resources.law("terms.toml"))["rule"]
    return read_templates(resources.read_toml(resources.law("templates.toml")), statute, rules)


@cache
def load_clauses() -> tuple[Clause, ...]:
    """The clauses of the notices, with the units they make responsible."""
    return read_clauses(resources.read_toml(resources.law("clauses.toml"))["clause"])


@resources.ours_once
def load_policy(settings: Settings) -> Policy:
    """The policy of the alerts folder in use."""
    folder = _alerts(settings)
    cases, texts = folder / "cases.toml", resources.messages(folder)
    if not cases.exists():  # an office that chose only when to warn keeps our rules of cases
        shipped = resources.shipped("alerts")
        cases, texts = shipped / "cases.toml", resources.messages(shipped) | texts
    rules, case_rules = _policy_file(folder / "rules.toml"), _policy_file(cases)
    return read_policy(rules, case_rules, texts, resources.digest(folder))


def _alerts(settings: Settings) -> Path:
    return Path(settings.alerts_dir) if settings.alerts_dir else resources.shipped("alerts")


@resources.ours_once
def load_measures(settings: Settings) -> Catalogue:
    """The catalogue of measures: the law's, and what the alerts folder in use adds."""
    ours = _alerts(settings) / "measures.toml"
    faults: list[str] = []
    tables = [resources.read_toml(resources.law("measures.toml"))]
    found = read_catalogue(tables + ([_policy_file(ours)] if ours.exists() else []), faults)
    if faults:
        raise BadPolicy(f"{ours}: " + "; ".join(faults), faults=faults)
    return found


def _policy_file(path: Path) -> dict[str, Any]:
    try:
        return resources.read_toml(path)
    except (OSError, ValueError) as fault:  # no such file, not UTF-8, or no TOML
        raise BadPolicy(f"{path}: {fault}") from None


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def alembic_config(settings: Settings) -> "Config":
    """Alembic's settings for the shipped migrations and this database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.shipped("migrations")))
    config.attributes["database_url"] = settings.database_url
    return config


def upgrade(settings: Settings) -> None:
    """Bring the database to the newest revision."""
    from alembic import command

    settings.prepare()
    command.upgrade(alembic_config(settings), "head")


def is_empty(house: House) -> bool:
    """Whether the database holds no table at all yet."""
    return not inspect(house.engine).get_table_names()


def check_revision(house: House) -> None:
    """Refuse to work on a database of an older release, or of nobody knows which.

    One of a newer release is worked on: while machines are upgraded one after another, the old
    ones still serve; a migration takes away nothing that the release before it needs.

    Raises:
        DatabaseBehind: with the command that mends it.
    """
    head = (resources.shipped("migrations") / "head.txt").read_text("utf-8").strip()
    found = revision(house)
    if found != head and not _is_newer(found, head):
        raise DatabaseBehind(
            f"the database is at revision {found or 'none'}, this release needs {head}; "
            "run `fulfilment-monitor upgrade`"
        )


def answers(house: House) -> bool:
    """Whether the database can be reached at all."""
    try:
        with house.readers() as session:
            session.execute(text("SELECT 1"))
    except OperationalError:
        return False
    return True


def _is_newer(found: str | None, head: str) -> bool:
    """Whether a revision came after ours: it is none we know, and its number is higher."""
    if found is None or (resources.shipped("migrations") / "versions" / f"{found}.py").exists():
        return False
    number, ours = found.partition("_")[0], head.partition("_")[0]
    return number.isdigit() and int(number) > int(ours)


def unready(house: House) -> str | None:
    """Why the house cannot be worked in now; None if it can."""
    try:
        check_revision(house)
    except DatabaseBehind:
        return "the database is of another release"
    except OperationalError:
        return "the database does not answer"
    return None


def revision(house: House) -> str | None:
    """The revision a database says it is of."""
    with house.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))
