"""Cases, complaints, credit records, people, anchors

Revision: 0004_cases, after 0003_search_and_figures.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_cases"
down_revision = "0003_search_and_figures"
branch_labels = None
depends_on = None

DAY = sa.Date().with_variant(sa.Integer(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Tables that only ever grow: their rows are never changed and never removed.
APPEND_ONLY = (
    "claim_event",
    "routing_decision",
    "case_merge",
    "settlement",
    "supervision_act",
    "letter",
    "credit_entry",
    "audit_anchor",
    "retaliation_sign",
)
#: Tables whose rows may move on, but never vanish.
NEVER_DELETED = (
    "complaint_case",
    "claim",
    "claim_duty",
    "complaint",
    "complaint_claim",
    "receipt",
    "vault_item",
    "vault_request",
    "retaliation_watch",
    "finding",
    "measure",
    "measure_person",
    "repair",
    "person",
    "posting",
)


def one_of(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


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
    """These tables stay as they were written, also for those who forget."""
    for table in APPEND_ONLY:
        forbid(table, "UPDATE")
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        forbid(table, "DELETE")
        if op.get_bind().dialect.name == "postgresql":
            forbid(table, "TRUNCATE")


def upgrade() -> None:
    op.create_table(
        "audit_anchor",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prev", sa.LargeBinary(length=32), nullable=False),
        sa.Column("alg", sa.String(length=20), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_anchor"),
    )
    op.create_table(
        "person",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("handle", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("handle", name="uq_person_handle"),
        sa.UniqueConstraint("ulid", name="uq_person_ulid"),
    )
    op.create_table(
        "posting",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("body_id", ID, nullable=False),
        sa.Column(
            "role",
            one_of(
                (
                    "clerk",
                    "head",
                    "intake",
                    "handler",
                    "director",
                    "credit_lead",
                    "supervisor",
                    "reviewer",
                    "custodian",
                    "complainant",
                    "respondent",
                    "system",
                    "system_admin",
                    "security_admin",
                    "audit_admin",
                ),
                "role",
            ),
            nullable=False,
        ),
        sa.Column("from_on", DAY, nullable=False),
        sa.Column("until_on", DAY, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("until_on IS NULL OR until_on > from_on", name="ck_posting_forwards"),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_posting_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_posting_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_posting"),
        sa.UniqueConstraint(
            "person_id",
            "body_id",
            "role",
            "from_on",
            name="uq_posting_person_id_body_id_role_from_on",
        ),
    )
    op.create_index("ix_posting_body_id", "posting", ["body_id", "role"], unique=False)

    op.create_table(
        "complaint_case",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("contract_id", ID, nullable=True),
        sa.Column("respondent_id", ID, nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column(
            "origin",
            one_of(
                (
                    "complaint",
                    "office-report",
                    "data-monitoring",
                    "monitoring-point",
                    "enterprise-meeting",
                    "media",
                    "schedule",
                ),
                "origin",
            ),
            nullable=False,
        ),
        sa.Column("natures", sa.JSON(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", ID, nullable=True),
        sa.Column("opened_on", DAY, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name="fk_complaint_case_contract_id_contract"
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["complaint_case.id"],
            name="fk_complaint_case_merged_into_id_complaint_case",
        ),
        sa.ForeignKeyConstraint(
            ["respondent_id"],
            ["organisation.id"],
            name="fk_complaint_case_respondent_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_complaint_case"),
        sa.UniqueConstraint("ulid", name="uq_complaint_case_ulid"),
    )
    op.create_index(
        "ix_complaint_case_contract_id", "complaint_case", ["contract_id"], unique=False
    )
    op.create_index(
        "ix_complaint_case_respondent_id", "complaint_case", ["respondent_id"], unique=False
    )

    op.create_table(
        "case_merge",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("into_id", ID, nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("undoes_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["complaint_case.id"], name="fk_case_merge_case_id_complaint_case"
        ),
        sa.ForeignKeyConstraint(
            ["into_id"], ["complaint_case.id"], name="fk_case_merge_into_id_complaint_case"
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["case_merge.id"], name="fk_case_merge_undoes_id_case_merge"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_case_merge"),
        sa.UniqueConstraint("ulid", name="uq_case_merge_ulid"),
        sa.UniqueConstraint("undoes_id", name="uq_case_merge_undoes_id"),
    )
    op.create_index("ix_case_merge_case_id", "case_merge", ["case_id"], unique=False)

    op.create_table(
        "complaint",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column(
            "origin",
            one_of(
                (
                    "complaint",
                    "office-report",
                    "data-monitoring",
                    "monitoring-point",
                    "enterprise-meeting",
                    "media",
                    "schedule",
                ),
                "origin",
            ),
            nullable=False,
        ),
        sa.Column("source_no", sa.String(length=120), nullable=True),
        sa.Column("enterprise_id", ID, nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("refuses_contact", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.String(length=4000), nullable=True),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_on", DAY, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("withdrawn_on", DAY, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["complaint_case.id"], name="fk_complaint_case_id_complaint_case"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["organisation.id"], name="fk_complaint_enterprise_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_complaint"),
        sa.UniqueConstraint("channel", "source_no", name="uq_complaint_channel_source_no"),
        sa.UniqueConstraint("ulid", name="uq_complaint_ulid"),
    )
    op.create_index("ix_complaint_case_id", "complaint", ["case_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("id", ID, nullable=False),
        sa.Column("complaint_id", ID, nullable=False),
        sa.Column("code_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_receipt_complaint_id_complaint"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_receipt"),
        sa.UniqueConstraint("code_mac", name="uq_receipt_code_mac"),
    )
    op.create_index("ix_receipt_complaint_id", "receipt", ["complaint_id"], unique=False)

    op.create_table(
        "retaliation_watch",
        sa.Column("id", ID, nullable=False),
        sa.Column("complaint_id", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("body_id", ID, nullable=False),
        sa.Column("from_on", DAY, nullable=False),
        sa.Column("until_on", DAY, nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_retaliation_watch_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_retaliation_watch_complaint_id_complaint"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["organisation.id"],
            name="fk_retaliation_watch_enterprise_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_retaliation_watch"),
        sa.UniqueConstraint(
            "complaint_id", "body_id", name="uq_retaliation_watch_complaint_id_body_id"
        ),
    )
    op.create_index(
        "ix_retaliation_watch_enterprise_id",
        "retaliation_watch",
        ["enterprise_id", "body_id"],
        unique=False,
    )

    op.create_table(
        "vault_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("complaint_id", ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_vault_item_complaint_id_complaint"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vault_item"),
        sa.UniqueConstraint("complaint_id", "name", name="uq_vault_item_complaint_id_name"),
    )
    op.create_table(
        "vault_request",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("complaint_id", ID, nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("motive", sa.String(length=1000), nullable=False),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by", name="ck_vault_request_another_person"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["person.id"], name="fk_vault_request_asked_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_vault_request_complaint_id_complaint"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name="fk_vault_request_decided_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vault_request"),
        sa.UniqueConstraint("ulid", name="uq_vault_request_ulid"),
    )
    op.create_index(
        "ix_vault_request_complaint_id", "vault_request", ["complaint_id"], unique=False
    )

    op.create_table(
        "claim",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=True),
        sa.Column("matter", sa.String(length=200), nullable=True),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("respondent_id", ID, nullable=False),
        sa.Column(
            "state",
            one_of(
                (
                    "lead",
                    "received",
                    "rejected",
                    "withdrawn",
                    "accepted",
                    "transferred",
                    "verifying",
                    "unsubstantiated",
                    "substantiated",
                    "rectifying",
                    "negotiating",
                    "legal",
                    "settled",
                    "rectified",
                    "refused",
                    "determination_notified",
                    "determined",
                    "closed",
                ),
                "state",
            ),
            nullable=False,
        ),
        sa.Column("state_on", DAY, nullable=False),
        sa.Column("intake_id", ID, nullable=True),
        sa.Column("holder_id", ID, nullable=True),
        sa.Column("handler_id", ID, nullable=True),
        sa.Column(
            "addressee",
            one_of(
                (
                    "superior",
                    "competent",
                    "same-level-supervisor",
                ),
                "addressee",
            ),
            nullable=True,
        ),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("sme_payment", sa.Boolean(), nullable=False),
        sa.Column("claimed_fen", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_fen", sa.BigInteger(), nullable=True),
        sa.Column(
            "breach",
            one_of(
                (
                    "arrears",
                    "non-performance",
                    "incomplete",
                    "late",
                    "unilateral-change",
                    "repudiation",
                    "promise-unkept",
                    "acceptance-refused",
                    "deposit-kept",
                    "other",
                ),
                "breach",
            ),
            nullable=True,
        ),
        sa.Column(
            "excuse",
            one_of(
                (
                    "reorganisation",
                    "staff-change",
                    "boundary-change",
                    "new-government",
                    "function-change",
                    "head-change",
                    "internal-process",
                    "policy-change",
                    "no-funds",
                    "audit-pending",
                    "filing-pending",
                    "counter-breach",
                    "force-majeure",
                    "none",
                ),
                "excuse",
            ),
            nullable=True,
        ),
        sa.Column(
            "verification",
            one_of(
                (
                    "true",
                    "partly-true",
                    "untrue",
                    "disputed",
                ),
                "verification",
            ),
            nullable=True,
        ),
        sa.Column(
            "outcome",
            one_of(
                (
                    "untrue",
                    "rectified",
                    "settled",
                    "determined",
                    "terminated",
                ),
                "outcome",
            ),
            nullable=True,
        ),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_on", DAY, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_on", DAY, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('closed', 'rejected', 'withdrawn')) = (closed_at IS NOT NULL)",
            name="ck_claim_closed_if_final",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["complaint_case.id"], name="fk_claim_case_id_complaint_case"
        ),
        sa.ForeignKeyConstraint(["handler_id"], ["person.id"], name="fk_claim_handler_id_person"),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["organisation.id"], name="fk_claim_holder_id_organisation"
        ),
        sa.ForeignKeyConstraint(
            ["intake_id"], ["organisation.id"], name="fk_claim_intake_id_organisation"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_claim_lead_id_lead"),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name="fk_claim_obligation_id_obligation"
        ),
        sa.ForeignKeyConstraint(
            ["respondent_id"], ["organisation.id"], name="fk_claim_respondent_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_claim"),
        sa.UniqueConstraint("lead_id", name="uq_claim_lead_id"),
        sa.UniqueConstraint("ulid", name="uq_claim_ulid"),
    )
    op.create_index("ix_claim_case_id", "claim", ["case_id"], unique=False)
    op.create_index(
        "ix_claim_holder_id",
        "claim",
        ["holder_id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_claim_intake_id",
        "claim",
        ["intake_id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_claim_obligation_id", "claim", ["obligation_id"], unique=False)
    op.create_index(
        "uq_claim_one_open",
        "claim",
        ["obligation_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL AND obligation_id IS NOT NULL"),
        sqlite_where=sa.text("closed_at IS NULL AND obligation_id IS NOT NULL"),
    )

    op.create_table(
        "retaliation_sign",
        sa.Column("id", ID, nullable=False),
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("happened_on", DAY, nullable=False),
        sa.Column("found_on", DAY, nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["watch_id"],
            ["retaliation_watch.id"],
            name="fk_retaliation_sign_watch_id_retaliation_watch",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_retaliation_sign"),
        sa.UniqueConstraint(
            "watch_id", "kind", "object", name="uq_retaliation_sign_watch_id_kind_object"
        ),
    )
    op.create_table(
        "claim_duty",
        sa.Column("id", ID, nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column(
            "clock",
            one_of(
                (
                    "case.accept",
                    "case.supplement",
                    "case.transfer",
                    "case.take_up",
                    "case.handle",
                    "case.explain",
                    "case.rectify",
                    "case.negotiate",
                    "case.legal",
                    "case.statement",
                    "case.determine",
                    "case.objection",
                    "case.repair",
                    "case.listed",
                    "case.progress",
                ),
                "clock",
            ),
            nullable=False,
        ),
        sa.Column("body_id", ID, nullable=True),
        sa.Column("from_on", DAY, nullable=False),
        sa.Column("due_on", DAY, nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", DAY, nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_on IS NULL)", name="ck_claim_duty_ended_with_day"
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_claim_duty_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_claim_duty_claim_id_claim"),
        sa.PrimaryKeyConstraint("id", name="pk_claim_duty"),
    )
    op.create_index("ix_claim_duty_claim_id", "claim_duty", ["claim_id"], unique=False)

    op.create_table(
        "claim_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "event",
            one_of(
                (
                    "accept",
                    "reject",
                    "request_supplement",
                    "supplement",
                    "withdraw",
                    "dismiss",
                    "merge",
                    "split",
                    "transfer",
                    "hand_down",
                    "return",
                    "escalate",
                    "reassign",
                    "take_up",
                    "extend",
                    "contact",
                    "answer",
                    "find_unsubstantiated",
                    "explain",
                    "find_substantiated",
                    "find_disputed",
                    "log_round",
                    "settle",
                    "settlement_broken",
                    "rectify",
                    "remind",
                    "confirm_rectified",
                    "refuse",
                    "notify_determination",
                    "hear",
                    "propose_determination",
                    "decline_determination",
                    "approve_determination",
                    "object",
                    "decide_objection",
                    "revoke_determination",
                    "go_to_law",
                    "look_again",
                    "record_judgment",
                    "resume",
                    "list",
                    "report_progress",
                    "lift",
                    "request_repair",
                    "confirm_repair",
                    "decline_repair",
                    "reopen",
                    "close",
                ),
                "event",
            ),
            nullable=False,
        ),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column(
            "source",
            one_of(
                (
                    "lead",
                    "received",
                    "rejected",
                    "withdrawn",
                    "accepted",
                    "transferred",
                    "verifying",
                    "unsubstantiated",
                    "substantiated",
                    "rectifying",
                    "negotiating",
                    "legal",
                    "settled",
                    "rectified",
                    "refused",
                    "determination_notified",
                    "determined",
                    "closed",
                ),
                "source",
            ),
            nullable=False,
        ),
        sa.Column(
            "target",
            one_of(
                (
                    "lead",
                    "received",
                    "rejected",
                    "withdrawn",
                    "accepted",
                    "transferred",
                    "verifying",
                    "unsubstantiated",
                    "substantiated",
                    "rectifying",
                    "negotiating",
                    "legal",
                    "settled",
                    "rectified",
                    "refused",
                    "determination_notified",
                    "determined",
                    "closed",
                ),
                "target",
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            one_of(
                (
                    "clerk",
                    "head",
                    "intake",
                    "handler",
                    "director",
                    "credit_lead",
                    "supervisor",
                    "reviewer",
                    "custodian",
                    "complainant",
                    "respondent",
                    "system",
                    "system_admin",
                    "security_admin",
                    "audit_admin",
                ),
                "role",
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("body_id", ID, nullable=True),
        sa.Column("on", DAY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_claim_event_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_claim_event_claim_id_claim"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_claim_event_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_claim_event"),
        sa.UniqueConstraint("claim_id", "seq", name="uq_claim_event_claim_id_seq"),
        sa.UniqueConstraint("ulid", name="uq_claim_event_ulid"),
    )
    op.create_table(
        "complaint_claim",
        sa.Column("complaint_id", ID, nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("claimed_fen", sa.BigInteger(), nullable=True),
        sa.Column(
            "breach",
            one_of(
                (
                    "arrears",
                    "non-performance",
                    "incomplete",
                    "late",
                    "unilateral-change",
                    "repudiation",
                    "promise-unkept",
                    "acceptance-refused",
                    "deposit-kept",
                    "other",
                ),
                "breach",
            ),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("claimed_fen > 0", name="ck_complaint_claim_claimed_positive"),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name="fk_complaint_claim_claim_id_claim"
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_complaint_claim_complaint_id_complaint"
        ),
        sa.PrimaryKeyConstraint("complaint_id", "claim_id", name="pk_complaint_claim"),
    )
    op.create_index("ix_complaint_claim_claim_id", "complaint_claim", ["claim_id"], unique=False)

    op.create_table(
        "finding",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("body_id", ID, nullable=False),
        sa.Column(
            "breach",
            one_of(
                (
                    "arrears",
                    "non-performance",
                    "incomplete",
                    "late",
                    "unilateral-change",
                    "repudiation",
                    "promise-unkept",
                    "acceptance-refused",
                    "deposit-kept",
                    "other",
                ),
                "breach",
            ),
            nullable=False,
        ),
        sa.Column(
            "violation",
            one_of(
                (
                    "late-payment",
                    "dragged-acceptance",
                    "forced-noncash",
                    "audit-clause",
                    "deposit",
                    "prohibited-excuse",
                    "not-disclosed",
                ),
                "violation",
            ),
            nullable=True,
        ),
        sa.Column("article", sa.String(length=400), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.String(length=4000), nullable=False),
        sa.Column(
            "excuse",
            one_of(
                (
                    "reorganisation",
                    "staff-change",
                    "boundary-change",
                    "new-government",
                    "function-change",
                    "head-change",
                    "internal-process",
                    "policy-change",
                    "no-funds",
                    "audit-pending",
                    "filing-pending",
                    "counter-breach",
                    "force-majeure",
                    "none",
                ),
                "excuse",
            ),
            nullable=False,
        ),
        sa.Column("serious", sa.Boolean(), nullable=False),
        sa.Column("proposed_by", ID, nullable=False),
        sa.Column("proposed_on", DAY, nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_on", DAY, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.Column("document_no", sa.String(length=120), nullable=True),
        sa.Column("served_on", DAY, nullable=True),
        sa.Column("remedies", sa.String(length=4000), nullable=True),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name="ck_finding_two_people"
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_finding_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_finding_claim_id_claim"),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_finding_decided_by_person"),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name="fk_finding_proposed_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint("ulid", name="uq_finding_ulid"),
    )
    op.create_index("ix_finding_claim_id", "finding", ["claim_id"], unique=False)
    op.create_index(
        "uq_finding_one_proposed",
        "finding",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
        sqlite_where=sa.text("decided_at IS NULL"),
    )

    op.create_table(
        "letter",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("on", DAY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_letter_claim_id_claim"),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("ulid", name="uq_letter_ulid"),
    )
    op.create_index("ix_letter_claim_id", "letter", ["claim_id"], unique=False)

    op.create_table(
        "routing_decision",
        sa.Column("id", ID, nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("on", DAY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_id", ID, nullable=False),
        sa.Column(
            "addressee",
            one_of(
                (
                    "superior",
                    "competent",
                    "same-level-supervisor",
                ),
                "addressee",
            ),
            nullable=False,
        ),
        sa.Column("reasoning", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_routing_decision_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name="fk_routing_decision_claim_id_claim"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_routing_decision"),
    )
    op.create_index("ix_routing_decision_claim_id", "routing_decision", ["claim_id"], unique=False)

    op.create_table(
        "settlement",
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("agreed_on", DAY, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_settlement_claim_id_claim"),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name="fk_settlement_contract_id_contract"
        ),
        sa.PrimaryKeyConstraint("claim_id", "contract_id", name="pk_settlement"),
        sa.UniqueConstraint("contract_id", name="uq_settlement_contract_id"),
    )
    op.create_table(
        "supervision_act",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=True),
        sa.Column("due_on", DAY, nullable=True),
        sa.Column("declined", sa.Boolean(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("to_body_id", ID, nullable=True),
        sa.Column("signed_by", sa.String(length=120), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("on", DAY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name="fk_supervision_act_claim_id_claim"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_supervision_act_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["to_body_id"], ["organisation.id"], name="fk_supervision_act_to_body_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_supervision_act"),
        sa.UniqueConstraint(
            "claim_id", "rule", "due_on", name="uq_supervision_act_claim_id_rule_due_on"
        ),
        sa.UniqueConstraint("number", name="uq_supervision_act_number"),
        sa.UniqueConstraint("ulid", name="uq_supervision_act_ulid"),
    )
    op.create_index("ix_supervision_act_claim_id", "supervision_act", ["claim_id"], unique=False)

    op.create_table(
        "credit_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("body_id", ID, nullable=False),
        sa.Column(
            "stream",
            one_of(
                (
                    "breach",
                    "arrears",
                    "judgment-defaulter",
                    "promise",
                ),
                "stream",
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            one_of(
                (
                    "listed",
                    "corrected",
                    "repaired",
                    "ended",
                    "withdrawn",
                ),
                "kind",
            ),
            nullable=False,
        ),
        sa.Column("about_id", ID, nullable=True),
        sa.Column("claim_id", ID, nullable=True),
        sa.Column("finding_id", ID, nullable=True),
        sa.Column("source_no", sa.String(length=120), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("effective_on", DAY, nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(kind = 'listed') = (about_id IS NULL)", name="ck_credit_entry_about_an_entry"
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["credit_entry.id"], name="fk_credit_entry_about_id_credit_entry"
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_credit_entry_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_credit_entry_claim_id_claim"),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name="fk_credit_entry_finding_id_finding"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_credit_entry"),
        sa.UniqueConstraint("ulid", name="uq_credit_entry_ulid"),
    )
    op.create_index("ix_credit_entry_about_id", "credit_entry", ["about_id"], unique=False)
    op.create_index("ix_credit_entry_body_id", "credit_entry", ["body_id"], unique=False)
    op.create_index(
        "ix_credit_entry_source_no", "credit_entry", ["stream", "source_no"], unique=False
    )

    op.create_table(
        "measure",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("body_id", ID, nullable=True),
        sa.Column("region", sa.String(length=6), nullable=True),
        sa.Column("imposer_id", ID, nullable=False),
        sa.Column("basis", sa.String(length=400), nullable=False),
        sa.Column(
            "state",
            one_of(
                (
                    "proposed",
                    "imposed",
                    "declined",
                    "ending",
                    "ended",
                ),
                "state",
            ),
            nullable=False,
        ),
        sa.Column("proposed_on", DAY, nullable=False),
        sa.Column("answered_on", DAY, nullable=True),
        sa.Column("answered_by", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("starts_on", DAY, nullable=True),
        sa.Column("due_on", DAY, nullable=True),
        sa.Column("to_end_on", DAY, nullable=True),
        sa.Column("confirm_by", DAY, nullable=True),
        sa.Column("ended_on", DAY, nullable=True),
        sa.Column("end_confirmed_by", sa.String(length=120), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name="fk_measure_body_id_organisation"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entry.id"], name="fk_measure_entry_id_credit_entry"
        ),
        sa.ForeignKeyConstraint(
            ["imposer_id"], ["organisation.id"], name="fk_measure_imposer_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_measure"),
        sa.UniqueConstraint(
            "entry_id", "code", "imposer_id", name="uq_measure_entry_id_code_imposer_id"
        ),
        sa.UniqueConstraint("ulid", name="uq_measure_ulid"),
    )
    op.create_index("ix_measure_body_id", "measure", ["body_id"], unique=False)
    op.create_index("ix_measure_imposer_id", "measure", ["imposer_id"], unique=False)

    op.create_table(
        "measure_person",
        sa.Column("id", ID, nullable=False),
        sa.Column("measure_id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name="fk_measure_person_measure_id_measure"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_measure_person"),
    )
    op.create_index("ix_measure_person_measure_id", "measure_person", ["measure_id"], unique=False)

    op.create_table(
        "repair",
        sa.Column("id", ID, nullable=False),
        sa.Column("ulid", sa.String(length=26), nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("ex_officio", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("asked_on", DAY, nullable=False),
        sa.Column("prepared_by", ID, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_on", DAY, nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("corrected", sa.String(length=4000), nullable=True),
        sa.Column("performed", sa.String(length=4000), nullable=True),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> prepared_by", name="ck_repair_two_people"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_repair_claim_id_claim"),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_repair_decided_by_person"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entry.id"], name="fk_repair_entry_id_credit_entry"
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by"], ["person.id"], name="fk_repair_prepared_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_repair"),
        sa.UniqueConstraint("ulid", name="uq_repair_ulid"),
    )
    op.create_index("ix_repair_entry_id", "repair", ["entry_id"], unique=False)

    op.add_column("audit_entry", sa.Column("rows", sa.LargeBinary(), nullable=True))
    op.add_column("audit_entry", sa.Column("row_hash", sa.LargeBinary(length=32), nullable=True))
    op.add_column("audit_entry", sa.Column("key_id", sa.String(length=40), nullable=True))
    op.add_column("audit_entry", sa.Column("mac", sa.LargeBinary(length=32), nullable=True))
    forbid_edits()


def downgrade() -> None:
    op.drop_column("audit_entry", "mac")
    op.drop_column("audit_entry", "key_id")
    op.drop_column("audit_entry", "row_hash")
    op.drop_column("audit_entry", "rows")
    op.drop_table("repair")
    op.drop_table("measure_person")
    op.drop_table("measure")
    op.drop_table("credit_entry")
    op.drop_table("supervision_act")
    op.drop_table("settlement")
    op.drop_table("routing_decision")
    op.drop_table("letter")
    op.drop_table("finding")
    op.drop_table("complaint_claim")
    op.drop_table("claim_event")
    op.drop_table("claim_duty")
    op.drop_table("retaliation_sign")
    op.drop_table("claim")
    op.drop_table("vault_request")
    op.drop_table("vault_item")
    op.drop_table("retaliation_watch")
    op.drop_table("receipt")
    op.drop_table("complaint")
    op.drop_table("case_merge")
    op.drop_table("complaint_case")
    op.drop_table("posting")
    op.drop_table("person")
    op.drop_table("audit_anchor")
