"""The order in which things became true, for who reads what changed

Revision: 0007_feed, after 0005_doors.

Only adds: the release before this one goes on writing to the outbox. What is there already gets
its place from the first who look, some thousand rows at a time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_feed"
down_revision = "0006_partners"
branch_labels = None
depends_on = None

UNNUMBERED, NUMBERED = sa.text("feed_no IS NULL"), sa.text("feed_no IS NOT NULL")


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("feed_no", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_outbox_message_unnumbered",
        "outbox_message",
        ["id"],
        unique=False,
        postgresql_where=UNNUMBERED,
        sqlite_where=UNNUMBERED,
    )
    op.create_index(
        "ix_outbox_message_feed",
        "outbox_message",
        ["topic", "feed_no"],
        unique=False,
        postgresql_where=NUMBERED,
        sqlite_where=NUMBERED,
    )
    head = op.create_table(
        "feed_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_feed_head_only_one"),
        sa.PrimaryKeyConstraint("id", name="pk_feed_head"),
    )
    op.bulk_insert(head, [{"id": 1, "last": 0}])


def downgrade() -> None:
    op.drop_table("feed_head")
    op.drop_index("ix_outbox_message_feed", table_name="outbox_message")
    op.drop_index("ix_outbox_message_unnumbered", table_name="outbox_message")
    op.drop_column("outbox_message", "feed_no")
