"""Requests for help, sign-in elsewhere, former passwords

Revision: 0011_sign_in, after 0007_feed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_sign_in"
down_revision = "0010_inbox"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAY = sa.Date().with_variant(sa.Integer(), "sqlite")

#: Tables whose rows may move on, but never vanish.
NEVER_DELETED = ("help_request", "account_subject")


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
        "help_request",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("body_id", ID, nullable=False),
        sa.Column("task", sa.String(length=4000), nullable=False),
        sa.Column("asked_on", DAY, nullable=False),
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("answer", sa.String(length=4000), nullable=True),
        sa.Column("answered_on", DAY, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=120), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=1000), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_on IS NULL)",
            name="ck_help_request_answered_with_day",
        ),
        sa.CheckConstraint(
            "answered_at IS NULL OR withdrawn_at IS NULL", name="ck_help_request_one_end"
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_help_request_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_help_request_claim_id_claim"),
        sa.PrimaryKeyConstraint("id", name="pk_help_request"),
        sa.UniqueConstraint("ulid", name="uq_help_request_ulid"),
    )
    op.create_index("ix_help_request_claim_id", "help_request", ["claim_id"], unique=False)
    op.create_index("ix_help_request_body_id", "help_request", ["body_id"], unique=False)

    op.create_table(
        "account_subject",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_by", sa.String(length=120), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_subject_account_id_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_subject"),
    )
    op.create_index(
        "ix_account_subject_account_id", "account_subject", ["account_id"], unique=False
    )
    live = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_account_subject_live", "account_subject", ["subject_hash"], unique=True,
        postgresql_where=live, sqlite_where=live,
    )  # fmt: skip

    op.create_table(
        "former_password",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_former_password_account_id_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_former_password"),
    )
    op.create_index(
        "ix_former_password_account_id", "former_password", ["account_id"], unique=False
    )
    for table in NEVER_DELETED:
        forbid(table, "DELETE")
        if op.get_bind().dialect.name == "postgresql":
            forbid(table, "TRUNCATE")


def downgrade() -> None:
    op.drop_table("former_password")
    op.drop_table("account_subject")
    op.drop_table("help_request")
