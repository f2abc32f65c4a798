"""Run migrations; called by `fulfilment-monitor upgrade` and by developers' Alembic."""

from alembic import context
from sqlalchemy import text

from fulfilment_monitor.store import metadata
from fulfilment_monitor.store.base import Day, UtcDateTime
from fulfilment_monitor.store.engine import open_engine


def render_item(kind, item, autogen_context):
    """Write our column types as plain ones: a migration must not import today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Day):
        return "DAY"
    return False


def include_name(name, kind, parents):
    """No model describes what is made by hand: tables that are searched, and those of the queue."""
    return kind != "table" or not name.startswith(("search_", "procrastinate_"))


engine = open_engine(context.config.attributes["database_url"])
with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:  # rebuilding a parent table with foreign keys on would delete its children
        connection.execute(text("COMMIT"))
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(text("BEGIN IMMEDIATE"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        include_name=include_name,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    if sqlite:
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise RuntimeError(f"foreign keys are broken after the migration: {broken[:3]}")
    connection.commit()
engine.dispose()
