"""The inbox of messages from other platforms, their items, and nonces

Revision: 0010_inbox, after 0006_partners.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_inbox"
down_revision = "0009_webhooks"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAY = sa.Date().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("state = 'received'")


def one_of(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "inbox_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("sender", sa.String(length=120), nullable=False),
        sa.Column("message_key", sa.String(length=80), nullable=False),
        sa.Column("kind", one_of("ck_inbox_message_kind", "item", "package"), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("mapping", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            one_of("ck_inbox_message_state", "received", "applied", "dead"),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            one_of("ck_inbox_message_outcome", "taken", "known", "renewed", "superseded", "cover"),
            nullable=True,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("errors", sa.JSON(), nullable=True),
        sa.Column("complaint_id", ID, nullable=True),
        sa.Column("covers_on", DAY, nullable=True),
        sa.Column("items", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_inbox_message_complaint_id_complaint"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_message"),
        sa.UniqueConstraint(
            "sender", "channel", "message_key", name="uq_inbox_message_sender_channel_message_key"
        ),
        sa.UniqueConstraint("ulid", name="uq_inbox_message_ulid"),
    )
    op.create_index(
        "ix_inbox_message_due",
        "inbox_message",
        ["next_at"],
        unique=False,
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    op.create_index(
        "ix_inbox_message_channel", "inbox_message", ["channel", "received_at"], unique=False
    )
    op.create_table(
        "channel_item",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("object_key", sa.String(length=80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("matter", sa.LargeBinary(length=32), nullable=True),
        sa.Column("status", sa.String(length=80), nullable=True),
        sa.Column("accepted_on", DAY, nullable=True),
        sa.Column("accepted_by", sa.String(length=200), nullable=True),
        sa.Column("complaint_id", ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_channel_item_complaint_id_complaint"
        ),
        sa.PrimaryKeyConstraint("channel", "object_key", name="pk_channel_item"),
    )
    op.create_index("ix_channel_item_complaint_id", "channel_item", ["complaint_id"], unique=False)
    op.create_table(
        "nonce",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "nonce", name="pk_nonce"),
    )
    op.create_index("ix_nonce_expires_at", "nonce", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("nonce")
    op.drop_table("channel_item")
    op.drop_table("inbox_message")
