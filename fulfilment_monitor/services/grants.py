"""What an application's account may do on PostgreSQL, as GRANT statements for the owner to run.

Triggers stop bugs; these stop the account itself, which owns nothing and so can neither disable a
trigger nor change a table. SQLite has no accounts: whoever may write the file may write all of it.
"""

import re
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from ..domain.errors import Refusal

#: Whatever a trigger of ours keeps from one of these acts is not granted it either.
_TRIGGERS = """
    SELECT DISTINCT event_object_table, event_manipulation FROM information_schema.triggers
     WHERE trigger_schema = current_schema() AND action_timing = 'BEFORE'
       AND action_statement LIKE '%keep_rows()%'"""
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
#: Written by no program but the migrations.
_READ_ONLY = ("alembic_version",)


class NoAccounts(Refusal):
    code = "grants.no-accounts"
    title = "This database has no accounts"
    status = 409


def grants(session: Session, role: str) -> list[str]:
    """The statements that give an account what the service needs, and nothing more.

    Raises:
        NoAccounts: the database is SQLite, or this is no name of an account.
    """
    if session.get_bind().dialect.name != "postgresql":
        raise NoAccounts("whoever may write an SQLite file may write all of it")
    if not _ROLE.fullmatch(role):
        raise NoAccounts(f"{role!r} is no plain name: small letters, digits and _")
    kept = {(table, act) for table, act in session.execute(text(_TRIGGERS))}
    tables = sorted(_tables(session))
    lines = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};",
        f"GRANT USAGE ON SCHEMA public TO {role};",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};",
    ]
    for table in tables:
        lines.append(f"GRANT {', '.join(_acts(table, kept))} ON {table} TO {role};")
    return lines


def _tables(session: Session) -> Iterable[str]:
    found = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return [*found]


def _acts(table: str, kept: set[tuple[str, str]]) -> list[str]:
    if table in _READ_ONLY:
        return ["SELECT"]
    if table == "audit_head":  # made by the migration; there is one for ever
        return ["SELECT", "UPDATE"]
    acts = [a for a in ("UPDATE", "DELETE") if (table, a) not in kept]
    return ["SELECT", "INSERT", *acts]
