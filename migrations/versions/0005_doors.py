"""Accounts, sessions, keys, second persons, links

Revision: 0005_doors, after 0004_cases.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_doors"
down_revision = "0004_cases"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


#: Tables whose rows may move on, but never vanish.
NEVER_DELETED = (
    "account",
    "recovery_code",
    "api_key",
    "approval",
    "enterprise_contact",
    "contract_notice",
    "signed_link",
)


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
        "rate_bucket",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_rate_bucket"),
    )
    op.create_table(
        "reply",
        sa.Column("principal", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name="pk_reply"),
    )
    op.create_index("ix_reply_expires_at", "reply", ["expires_at"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("handle", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("enterprise_id", ID, nullable=True),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=True),
        sa.Column("password_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_key", sa.String(length=60), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_by", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (enterprise_id IS NULL)", name="ck_account_one_side"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["organisation.id"], name="fk_account_enterprise_id_organisation"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("handle", name="uq_account_handle"),
        sa.UniqueConstraint("person_id", name="uq_account_person_id"),
        sa.UniqueConstraint("ulid", name="uq_account_ulid"),
    )
    op.create_index("ix_account_enterprise_id", "account", ["enterprise_id"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("body_id", ID, nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_api_key_body_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("token_hash", name="uq_api_key_token_hash"),
        sa.UniqueConstraint("ulid", name="uq_api_key_ulid"),
    )
    op.create_table(
        "approval",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("asked_by_id", ID, nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_by_id", ID, nullable=True),
        sa.CheckConstraint("(decided_at IS NULL) = (granted IS NULL)", name="ck_approval_decided"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="ck_approval_two_people"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name="fk_approval_asked_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name="fk_approval_decided_by_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.UniqueConstraint("ulid", name="uq_approval_ulid"),
    )
    op.create_index("ix_approval_act", "approval", ["act", "decided_at"], unique=False)

    op.create_table(
        "enterprise_contact",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("key_id", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)",
            name="ck_enterprise_contact_ended_by_somebody",
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["organisation.id"],
            name="fk_enterprise_contact_enterprise_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_enterprise_contact"),
        sa.UniqueConstraint("ulid", name="uq_enterprise_contact_ulid"),
    )
    op.create_index(
        "ix_enterprise_contact_enterprise_id", "enterprise_contact", ["enterprise_id"], unique=False
    )

    op.create_table(
        "contract_notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("government_id", ID, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated_by", sa.String(length=120), nullable=False),
        sa.Column("contract_id", ID, nullable=True),
        sa.Column("declined_because", sa.String(length=1000), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name="fk_contract_notice_contract_id_contract"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["organisation.id"],
            name="fk_contract_notice_enterprise_id_organisation",
        ),
        sa.ForeignKeyConstraint(
            ["government_id"],
            ["organisation.id"],
            name="fk_contract_notice_government_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contract_notice"),
        sa.UniqueConstraint("ulid", name="uq_contract_notice_ulid"),
    )
    op.create_index(
        "ix_contract_notice_enterprise_id", "contract_notice", ["enterprise_id"], unique=False
    )
    op.create_index(
        "ix_contract_notice_government_id",
        "contract_notice",
        ["government_id", "decided_at"],
        unique=False,
    )

    op.create_table(
        "recovery_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_recovery_code_account_id_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"], unique=False)

    op.create_table(
        "web_session",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("body_id", ID, nullable=True),
        sa.Column("network", sa.String(length=60), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stepped_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_web_session_account_id_account"
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_web_session_body_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_web_session"),
        sa.UniqueConstraint("token_hash", name="uq_web_session_token_hash"),
    )
    op.create_index("ix_web_session_account_id", "web_session", ["account_id"], unique=False)

    op.create_table(
        "signed_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("fact_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name="fk_signed_link_fact_id_fact"),
        sa.PrimaryKeyConstraint("id", name="pk_signed_link"),
        sa.UniqueConstraint("token_hash", name="uq_signed_link_token_hash"),
        sa.UniqueConstraint("ulid", name="uq_signed_link_ulid"),
    )
    op.create_index("ix_signed_link_fact_id", "signed_link", ["fact_id"], unique=False)
    # A clerk's list is that of one body, an officer's that of a region; both newest first.
    op.create_index("ix_contract_government_id", "contract", ["government_id", "id"])
    op.create_index("ix_contract_region", "contract", ["region", "id"])
    for table in NEVER_DELETED:
        forbid(table, "DELETE")
        if op.get_bind().dialect.name == "postgresql":
            forbid(table, "TRUNCATE")


def downgrade() -> None:
    op.drop_index("ix_contract_region", "contract")
    op.drop_index("ix_contract_government_id", "contract")
    op.drop_table("signed_link")
    op.drop_table("web_session")
    op.drop_table("recovery_code")
    op.drop_table("contract_notice")
    op.drop_table("enterprise_contact")
    op.drop_table("approval")
    op.drop_table("api_key")
    op.drop_table("account")
    op.drop_table("reply")
    op.drop_table("rate_bucket")
