"""The first tables

Revision: 0001_initial, after nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001_initial"
down_revision = None
branch_labels = None
depends_on = None

DAY = sa.Date().with_variant(sa.Integer(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Tables that only ever grow: their rows are never changed and never removed.
APPEND_ONLY = ("audit_entry", "fact", "fact_answer", "amendment", "alert")
#: Tables whose rows may move on, but never vanish.
NEVER_DELETED = ("contract", "obligation", "duty", "lead", "audit_head", "organisation")


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


def forbid_edits() -> None:
    """Append-only tables stay so, also for those who forget."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION keep_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '% rows are kept as they were written', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        forbid(table, "UPDATE")
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        forbid(table, "DELETE")
        if postgresql:
            forbid(table, "TRUNCATE")


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column(
            "severity",
            sa.Enum(
                "notice",
                "warning",
                "breach",
                "supervise",
                name="severity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("audiences", sa.String(length=80), nullable=False),
        sa.Column("message", sa.String(length=60), nullable=False),
        sa.Column("holds_from", DAY, nullable=False),
        sa.Column("raised_on", DAY, nullable=False),
        sa.Column("told_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("due_on", "obligation_id", "rule", name=op.f("pk_alert")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alert_contract_id", "alert", ["contract_id"], unique=False)
    op.create_index(
        "ix_alert_raised_on", "alert", ["raised_on", "due_on", "obligation_id"], unique=False
    )

    op.create_table(
        "audit_entry",
        sa.Column("chain", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("alg", sa.String(length=10), nullable=False),
        sa.Column("prev", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("chain", "prev", name=op.f("uq_audit_entry_chain_prev")),
    )
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", DAY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "off_adjusted",
                "workday_makeup",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "clock_alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_alarm")),
    )
    op.create_table(
        "ladder_step",
        sa.Column("ladder", sa.String(length=40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("audiences", sa.String(length=80), nullable=False),
        sa.Column("message", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("ladder", "days", name=op.f("pk_ladder_step")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "lpr_rate",
        sa.Column("published_on", DAY, nullable=False),
        sa.Column("percent", sa.String(length=12), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("published_on", name=op.f("pk_lpr_rate")),
    )
    op.create_table(
        "mark",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mark")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "government",
                "enterprise",
                name="side",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("code", name=op.f("uq_organisation_code")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint(
            "topic", "key", "version", name=op.f("uq_outbox_message_topic_key_version")
        ),
    )
    op.create_index(
        "ix_outbox_message_unsent",
        "outbox_message",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )

    op.create_table(
        "sweep_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("as_of", DAY, nullable=False),
        sa.Column("scheduled_for", DAY, nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duties", sa.Integer(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_run")),
        sa.UniqueConstraint("scheduled_for", name=op.f("uq_sweep_run_scheduled_for")),
    )
    op.create_table(
        "timer",
        sa.Column("check_on", DAY, nullable=False),
        sa.Column("duty_id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("ladder", sa.String(length=40), nullable=False),
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("base_on", DAY, nullable=False),
        sa.Column("until_on", DAY, nullable=True),
        sa.Column("lead_on", DAY, nullable=True),
        sa.Column("seen_on", DAY, nullable=True),
        sa.Column("born_run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("check_on", "duty_id", name=op.f("pk_timer")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_timer_contract_id", "timer", ["contract_id"], unique=False)

    op.create_table(
        "contract",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("contract_no", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "field",
            sa.Enum(
                "procurement",
                "bidding",
                "investment_attraction",
                "ppp",
                "industry_support",
                "government_investment",
                name="field",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "subject",
            sa.Enum(
                "goods",
                "works",
                "services",
                "promise",
                name="subject",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("signed_on", DAY, nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("government_id", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column(
            "ownership",
            sa.Enum(
                "private",
                "state",
                "foreign",
                "other",
                "unknown",
                name="ownership",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "size",
            sa.Enum(
                "micro",
                "small",
                "medium",
                "large",
                "unknown",
                name="size",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["organisation.id"],
            name=op.f("fk_contract_enterprise_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["government_id"],
            ["organisation.id"],
            name=op.f("fk_contract_government_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint(
            "government_id", "contract_no", name=op.f("uq_contract_government_id_contract_no")
        ),
        sa.UniqueConstraint("ulid", name=op.f("uq_contract_ulid")),
    )
    op.create_index("ix_contract_contract_no", "contract", ["contract_no"], unique=False)
    op.create_index("ix_contract_enterprise_id", "contract", ["enterprise_id"], unique=False)

    op.create_table(
        "succession",
        sa.Column("id", ID, nullable=False),
        sa.Column("predecessor_id", ID, nullable=False),
        sa.Column("successor_id", ID, nullable=False),
        sa.Column("from_on", DAY, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("predecessor_id <> successor_id", name=op.f("ck_succession_two_bodies")),
        sa.ForeignKeyConstraint(
            ["predecessor_id"],
            ["organisation.id"],
            name=op.f("fk_succession_predecessor_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["organisation.id"],
            name=op.f("fk_succession_successor_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession")),
        sa.UniqueConstraint(
            "predecessor_id", "from_on", name=op.f("uq_succession_predecessor_id_from_on")
        ),
    )
    op.create_index(
        op.f("ix_succession_successor_id"), "succession", ["successor_id"], unique=False
    )

    op.create_table(
        "obligation",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "delivery",
                "acceptance",
                "payment",
                "deposit_return",
                "settlement",
                "policy_fulfilment",
                "land_or_site",
                "permit",
                "invoice",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "obligor",
            sa.Enum(
                "government",
                "enterprise",
                name="obligor",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("obligor_code", sa.String(length=120), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("due_on", DAY, nullable=True),
        sa.Column("after_key", sa.String(length=80), nullable=True),
        sa.Column("within_length", sa.Integer(), nullable=True),
        sa.Column(
            "within_unit",
            sa.Enum(
                "day",
                "working_day",
                "month",
                "year",
                name="within_unit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("retention", sa.Boolean(), nullable=False),
        sa.Column("other_law", sa.String(length=200), nullable=True),
        sa.Column("added_on", DAY, nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_obligation_amount_positive")),
        sa.CheckConstraint(
            "due_on IS NULL OR after_key IS NULL", name=op.f("ck_obligation_one_way_to_a_date")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_obligation_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
        sa.UniqueConstraint("contract_id", "key", name=op.f("uq_obligation_contract_id_key")),
        sa.UniqueConstraint("ulid", name=op.f("uq_obligation_ulid")),
    )
    op.create_table(
        "amendment",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "terms",
                "supplement",
                "termination",
                "suspension",
                "resumption",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "mutual_agreement",
                "scope_change",
                "design_change",
                "price_adjustment",
                "force_majeure",
                "public_interest_compensated",
                "court_ruling",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("agreed_on", DAY, nullable=False),
        sa.Column("due_on", DAY, nullable=True),
        sa.Column("within_length", sa.Integer(), nullable=True),
        sa.Column(
            "within_unit",
            sa.Enum(
                "day",
                "working_day",
                "month",
                "year",
                name="within_unit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_amendment_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_amendment_obligation_id_obligation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("ulid", name=op.f("uq_amendment_ulid")),
    )
    op.create_index(op.f("ix_amendment_contract_id"), "amendment", ["contract_id"], unique=False)

    op.create_table(
        "duty",
        sa.Column("id", ID, nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("ladder", sa.String(length=40), nullable=False),
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("agreed_on", DAY, nullable=True),
        sa.Column("original_on", DAY, nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("owed_fen", sa.BigInteger(), nullable=True),
        sa.Column("payments", sa.JSON(), nullable=True),
        sa.Column("lead_on", DAY, nullable=True),
        sa.Column("from_on", DAY, nullable=False),
        sa.Column("until_on", DAY, nullable=True),
        sa.Column("base_on", DAY, nullable=False),
        sa.Column(
            "ended",
            sa.Enum(
                "fulfilled",
                "waived",
                "disputed",
                "moved",
                "suspended",
                "resolved",
                "changed",
                name="ended",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_duty_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_duty_obligation_id_obligation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index("ix_duty_contract_id", "duty", ["contract_id"], unique=False)
    op.create_index("ix_duty_obligation_id", "duty", ["obligation_id"], unique=False)
    op.create_index(
        "ix_duty_provisional",
        "duty",
        ["contract_id"],
        unique=False,
        postgresql_where=sa.text("provisional AND replaced_at IS NULL"),
        sqlite_where=sa.text("provisional AND replaced_at IS NULL"),
    )

    op.create_table(
        "fact",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "performed",
                "rejected",
                "paid",
                "waived",
                "disputed",
                "undisputed",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("happened_on", DAY, nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "government",
                "enterprise",
                "treasury",
                "bank",
                "court",
                "office",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("ref", sa.String(length=120), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("supersedes_id", ID, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_fact_amount_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_fact_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_fact_obligation_id_obligation")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["fact.id"], name=op.f("fk_fact_supersedes_id_fact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_fact_supersedes_id")),
        sa.UniqueConstraint("ulid", name=op.f("uq_fact_ulid")),
    )
    op.create_index("ix_fact_contract_id", "fact", ["contract_id"], unique=False)

    op.create_table(
        "fact_answer",
        sa.Column("id", ID, nullable=False),
        sa.Column("fact_id", ID, nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "confirmed",
                "disputed",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "government",
                "enterprise",
                "treasury",
                "bank",
                "court",
                "office",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("disputed_fen", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_fact_answer_fact_id_fact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_answer")),
    )
    op.create_index(op.f("ix_fact_answer_fact_id"), "fact_answer", ["fact_id"], unique=False)

    op.create_table(
        "lead",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("duty_id", ID, nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("breached_on", DAY, nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("raised_on", DAY, nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outstanding_fen", sa.BigInteger(), nullable=True),
        sa.Column("interest_fen", sa.BigInteger(), nullable=True),
        sa.Column("respondent_id", ID, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "closed", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("closed_on", DAY, nullable=True),
        sa.Column("closed_why", sa.String(length=40), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_lead_closed_with_day")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_why IS NOT NULL)", name=op.f("ck_lead_closed_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_lead_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_lead_duty_id_duty")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_lead_obligation_id_obligation")
        ),
        sa.ForeignKeyConstraint(
            ["respondent_id"], ["organisation.id"], name=op.f("fk_lead_respondent_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint(
            "obligation_id", "rule", "episode", name=op.f("uq_lead_obligation_id_rule_episode")
        ),
        sa.UniqueConstraint("ulid", name=op.f("uq_lead_ulid")),
    )
    op.create_index("ix_lead_contract_id", "lead", ["contract_id"], unique=False)
    op.create_index(
        "uq_lead_one_open",
        "lead",
        ["obligation_id", "rule"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )

    op.execute(
        "INSERT INTO audit_head (chain, seq, hash) VALUES ('main', 0, "
        + (
            "zeroblob(32)"
            if op.get_bind().dialect.name == "sqlite"
            else "decode(repeat('00', 32), 'hex')"
        )
        + ")"
    )
    forbid_edits()


def downgrade() -> None:
    op.drop_index(
        "uq_lead_one_open",
        table_name="lead",
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_lead_contract_id", table_name="lead")

    op.drop_table("lead")
    op.drop_index(op.f("ix_fact_answer_fact_id"), table_name="fact_answer")

    op.drop_table("fact_answer")
    op.drop_index("ix_fact_contract_id", table_name="fact")

    op.drop_table("fact")
    op.drop_index(
        "ix_duty_provisional",
        table_name="duty",
        postgresql_where=sa.text("provisional AND replaced_at IS NULL"),
        sqlite_where=sa.text("provisional AND replaced_at IS NULL"),
    )
    op.drop_index("ix_duty_obligation_id", table_name="duty")
    op.drop_index("ix_duty_contract_id", table_name="duty")

    op.drop_table("duty")
    op.drop_index(op.f("ix_amendment_contract_id"), table_name="amendment")

    op.drop_table("amendment")
    op.drop_table("obligation")
    op.drop_index(op.f("ix_succession_successor_id"), table_name="succession")

    op.drop_table("succession")
    op.drop_index("ix_contract_enterprise_id", table_name="contract")
    op.drop_index("ix_contract_contract_no", table_name="contract")

    op.drop_table("contract")
    op.drop_index("ix_timer_contract_id", table_name="timer")

    op.drop_table("timer")
    op.drop_table("sweep_run")
    op.drop_index(
        "ix_outbox_message_unsent",
        table_name="outbox_message",
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )

    op.drop_table("outbox_message")
    op.drop_table("organisation")
    op.drop_table("mark")
    op.drop_table("lpr_rate")
    op.drop_table("lease")
    op.drop_table("ladder_step")
    op.drop_table("clock_alarm")
    op.drop_table("calendar_year")
    op.drop_table("calendar_day")
    op.drop_table("audit_head")
    op.drop_table("audit_entry")
    op.drop_index("ix_alert_raised_on", table_name="alert")
    op.drop_index("ix_alert_contract_id", table_name="alert")

    op.drop_table("alert")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_rows()")
