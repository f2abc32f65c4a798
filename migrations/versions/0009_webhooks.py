"""Subscribers of webhooks, their secrets, and what they are told

Revision: 0009_webhooks, after 0007_feed.

Only adds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_webhooks"
down_revision = "0008_jobs"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("state = 'waiting'")


def forbid(table: str, act: str) -> None:
    """A trigger that refuses an act on a table, whoever tries."""
    name = f"{table}_no_{act.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN "
            f"SELECT RAISE(ABORT, '{table} rows are kept as they were written'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
        )


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("body_id", ID, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.String(length=26), nullable=True),
        sa.Column("last_good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fault", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'active', 'disabled')", name="ck_subscription_state"
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_subscription_body_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        sa.UniqueConstraint("ulid", name="uq_subscription_ulid"),
    )
    op.create_table(
        "webhook_secret",
        sa.Column("id", ID, nullable=False),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("key_id", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name="fk_webhook_secret_subscription_id_subscription",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_secret"),
    )
    op.create_index(
        "ix_webhook_secret_subscription_id", "webhook_secret", ["subscription_id"], unique=False
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'dead')", name="ck_webhook_event_state"
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name="fk_webhook_event_subscription_id_subscription",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_event"),
        sa.UniqueConstraint("ulid", name="uq_webhook_event_ulid"),
        sa.UniqueConstraint(
            "subscription_id", "sequence", name="uq_webhook_event_subscription_id_sequence"
        ),
    )
    op.create_index(
        "ix_webhook_event_waiting",
        "webhook_event",
        ["subscription_id", "sequence"],
        unique=False,
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    forbid("subscription", "DELETE")
    if op.get_bind().dialect.name == "postgresql":
        forbid("subscription", "TRUNCATE")


def downgrade() -> None:
    op.drop_table("webhook_event")
    op.drop_table("webhook_secret")
    op.drop_table("subscription")
