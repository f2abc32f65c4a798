"""Partners, keys shared with them, deliveries, daily packages, reconciliations

Revision: 0006_partners, after 0005_doors.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_partners"
down_revision = "0005_doors"
branch_labels = None
depends_on = None

DAY = sa.Date().with_variant(sa.Integer(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

#: Tables whose rows are kept as they were written, and those whose rows may move on.
APPEND_ONLY = ("reconciliation",)
NEVER_DELETED = ("partner", "partner_key", "delivery", "package")
NOT_FANNED = sa.text("fanned_at IS NULL")


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


def one_of(name: str, *codes: str) -> sa.Enum:
    """A text column that holds one of some codes, checked by the database."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def progress() -> list[sa.Column]:
    """How something that is sent stands, alike for messages and packages."""
    return [
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("receipt", sa.String(length=200), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=True),
    ]


def state() -> sa.Column:
    codes = ("waiting", "taken", "acknowledged", "overtaken", "dead")
    return sa.Column("state", one_of("state", *codes), nullable=False)


def upgrade() -> None:
    op.create_table(
        "partner",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", one_of("kind", "platform", "channel", "body"), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("body_id", ID, nullable=True),
        sa.Column("channel", sa.String(length=60), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("streams", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.String(length=60), nullable=True),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column("since", DAY, nullable=False),
        sa.Column("until", DAY, nullable=True),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("registered_by", sa.String(length=120), nullable=False),
        sa.Column("filled_at", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", MOMENT, nullable=True),
        sa.Column("last_good_at", MOMENT, nullable=True),
        sa.Column("last_fault", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_partner_body_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_partner"),
        sa.UniqueConstraint("code", name="uq_partner_code"),
    )
    op.create_table(
        "partner_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("partner_id", ID, nullable=False),
        sa.Column("algorithm", one_of("algorithm", "hmac-sha256", "hmac-sm3"), nullable=False),
        sa.Column("key_id", sa.String(length=60), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint("(key_id IS NULL) = (sealed IS NULL)", name="ck_partner_key_sealed"),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name="fk_partner_key_partner_id_partner"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_partner_key"),
        sa.UniqueConstraint("ulid", name="uq_partner_key_ulid"),
    )
    op.create_index("ix_partner_key_partner_id", "partner_key", ["partner_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("partner_id", ID, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        state(),
        sa.Column("why", sa.String(length=80), nullable=True),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("mapping", sa.String(length=80), nullable=True),
        *progress(),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name="fk_delivery_message_id_outbox_message"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name="fk_delivery_partner_id_partner"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("partner_id", "message_id", name="uq_delivery_partner_id_message_id"),
        sa.UniqueConstraint("ulid", name="uq_delivery_ulid"),
    )
    op.create_index("ix_delivery_day", "delivery", ["partner_id", "day"], unique=False)
    op.create_index("ix_delivery_message_id", "delivery", ["message_id"], unique=False)
    op.create_index(
        "ix_delivery_record", "delivery", ["partner_id", "topic", "key", "version"], unique=False
    )
    for name in ("taken", "waiting"):
        still = sa.text(f"state = '{name}'")
        op.create_index(
            f"ix_delivery_{name}",
            "delivery",
            ["partner_id", "next_at"],
            unique=False,
            postgresql_where=still,
            sqlite_where=still,
        )

    op.create_table(
        "package",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("partner_id", ID, nullable=False),
        sa.Column("day", DAY, nullable=False),
        state(),
        sa.Column("why", sa.String(length=80), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("mapping", sa.String(length=80), nullable=True),
        *progress(),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name="fk_package_partner_id_partner"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_package"),
        sa.UniqueConstraint("partner_id", "day", name="uq_package_partner_id_day"),
        sa.UniqueConstraint("ulid", name="uq_package_ulid"),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", ID, nullable=False),
        sa.Column("partner_id", ID, nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("our_count", sa.Integer(), nullable=False),
        sa.Column("our_digest", sa.String(length=64), nullable=False),
        sa.Column("their_count", sa.Integer(), nullable=False),
        sa.Column("their_digest", sa.String(length=64), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name="fk_reconciliation_partner_id_partner"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
    )
    op.create_index(
        "ix_reconciliation_partner_id", "reconciliation", ["partner_id", "day"], unique=False
    )
    op.add_column("outbox_message", sa.Column("fanned_at", MOMENT, nullable=True))
    # Most topics have no receiver: whoever gathers one topic must not walk past all others.
    op.create_index(
        "ix_outbox_message_topic",
        "outbox_message",
        ["topic", "id"],
        unique=False,
        postgresql_where=NOT_FANNED,
        sqlite_where=NOT_FANNED,
    )
    for table in APPEND_ONLY:
        forbid(table, "UPDATE")
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        forbid(table, "DELETE")
        if op.get_bind().dialect.name == "postgresql":
            forbid(table, "TRUNCATE")


def downgrade() -> None:
    op.drop_index("ix_outbox_message_topic", "outbox_message")
    op.drop_column("outbox_message", "fanned_at")
    op.drop_table("reconciliation")
    op.drop_table("package")
    op.drop_table("delivery")
    op.drop_table("partner_key")
    op.drop_table("partner")
