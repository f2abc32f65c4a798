"""What people are told, the digests that leave for them, where they are reached

Revision: 0013_notifications, after 0007_feed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_notifications"
down_revision = "0012_doors_speed"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAY = sa.Date().with_variant(sa.Integer(), "sqlite")
ONE = "(account_id IS NULL) <> (enterprise_id IS NULL)"
UNREAD = sa.text("read_at IS NULL AND closed_at IS NULL")
OPEN = sa.text("closed_at IS NULL")
WAITING, DEAD = sa.text("state = 'waiting'"), sa.text("state = 'dead'")
#: Where messages are laid aside; they are counted at every look of whoever watches.
ASIDE = ("delivery", "inbox_message", "webhook_event")


def codes(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "notification_delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("enterprise_id", ID, nullable=True),
        sa.Column("way", codes("way", "email", "sms"), nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column(
            "state",
            codes(
                "state",
                "waiting", "sent", "failed", "stopped", "no-address",
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(ONE, name="ck_notification_delivery_one_recipient"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_notification_delivery_account_id_account"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["organisation.id"],
            name="fk_notification_delivery_enterprise_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification_delivery"),
        sa.UniqueConstraint(
            "recipient", "way", "day", name="uq_notification_delivery_recipient_way_day"
        ),
        sa.UniqueConstraint("ulid", name="uq_notification_delivery_ulid"),
    )  # fmt: skip
    op.create_index(
        "ix_notification_delivery_due",
        "notification_delivery",
        ["next_at"],
        unique=False,
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    op.create_index(
        "ix_notification_delivery_ended_at", "notification_delivery", ["ended_at"], unique=False
    )
    op.create_table(
        "notification",
        sa.Column("id", ID, nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("enterprise_id", ID, nullable=True),
        sa.Column("event", sa.String(length=160), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column(
            "severity",
            codes("severity", "notice", "warning", "breach", "supervise"),
            nullable=False,
        ),
        sa.Column(
            "about",
            codes(
                "about",
                "contract", "claim", "paper", "measure", "column", "sign",
            ),
            nullable=False,
        ),
        sa.Column("matter", sa.String(length=80), nullable=True),
        sa.Column(
            "watch",
            codes("watch", "duty", "clock", "claim", "lead", "nothing"),
            nullable=False,
        ),
        sa.Column("thing_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", DAY, nullable=True),
        sa.Column("raised_on", DAY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.Column("by_sms", sa.Boolean(), nullable=False),
        sa.Column("email_id", ID, nullable=True),
        sa.Column("sms_id", ID, nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(ONE, name="ck_notification_one_recipient"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_notification_account_id_account"
        ),
        sa.ForeignKeyConstraint(
            ["email_id"],
            ["notification_delivery.id"],
            name="fk_notification_email_id_notification_delivery",
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["organisation.id"],
            name="fk_notification_enterprise_id_organisation",
        ),
        sa.ForeignKeyConstraint(
            ["sms_id"],
            ["notification_delivery.id"],
            name="fk_notification_sms_id_notification_delivery",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sa.UniqueConstraint("recipient", "event", name="uq_notification_recipient_event"),
    )  # fmt: skip
    for name, columns, where in (
        ("ix_notification_unread", ["account_id"], UNREAD),
        ("ix_notification_open", ["watch", "thing_id"], OPEN),
    ):
        op.create_index(name, "notification", columns, postgresql_where=where, sqlite_where=where)
    op.create_index(
        "ix_notification_account_id", "notification", ["account_id", "id"], unique=False
    )
    op.create_table(
        "notification_address",
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_notification_address_account_id_account"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_notification_address"),
    )

    for table in ASIDE:
        op.create_index(f"ix_{table}_dead", table, ["id"], postgresql_where=DEAD, sqlite_where=DEAD)


def downgrade() -> None:
    for table in ASIDE:
        op.drop_index(f"ix_{table}_dead", table_name=table)
    op.drop_table("notification_address")
    op.drop_table("notification")
    op.drop_table("notification_delivery")
