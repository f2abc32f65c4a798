"""Organisations, regions, publications, evidence

Revision: 0002_data_in_and_out, after 0001_initial.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_data_in_and_out"
down_revision = "0001_initial"
branch_labels = None
depends_on = None

DAY = sa.Date().with_variant(sa.Integer(), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Tables that only ever grow: their rows are never changed and never removed.
APPEND_ONLY = ("publication", "succession")
#: Tables whose rows may move on, but never vanish.
NEVER_DELETED = ("subordination", "competence", "published_contract", "evidence_file", "region")


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


def allow_edits_of_succession() -> None:
    """The one table here that the revision below knows too."""
    on = " ON succession" if op.get_bind().dialect.name == "postgresql" else ""
    acts = ("update", "delete", "truncate") if on else ("update", "delete")
    for act in acts:
        op.execute(f"DROP TRIGGER succession_no_{act}{on}")


def upgrade() -> None:
    op.create_table(
        "evidence_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "whole",
                "damaged",
                "missing",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_evidence_file_not_empty")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_evidence_file")),
    )
    op.create_table(
        "publication",
        sa.Column("id", ID, nullable=False),
        sa.Column("ocid", sa.String(length=200), nullable=False),
        sa.Column("release_id", sa.String(length=200), nullable=False),
        sa.Column("dated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tags", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("ocid", "digest", name=op.f("uq_publication_ocid_digest")),
    )
    op.create_index("ix_publication_ocid", "publication", ["ocid", "dated"], unique=False)

    op.create_table(
        "region",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("valid_from", DAY, nullable=False),
        sa.Column("valid_to", DAY, nullable=True),
        sa.Column("successor", sa.String(length=6), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_region")),
    )
    op.create_table(
        "competence",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "matter",
            sa.Enum(
                "procurement",
                "bidding",
                "investment_attraction",
                "ppp",
                "industry_support",
                "government_investment",
                "credit_lead",
                "sme_payment",
                name="matter",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("body_id", ID, nullable=False),
        sa.Column("from_on", DAY, nullable=False),
        sa.Column("until_on", DAY, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name=op.f("fk_competence_body_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competence")),
        sa.UniqueConstraint(
            "matter", "region", "from_on", name=op.f("uq_competence_matter_region_from_on")
        ),
    )
    op.create_index("ix_competence_body_id", "competence", ["body_id"], unique=False)

    op.create_table(
        "subordination",
        sa.Column("id", ID, nullable=False),
        sa.Column("body_id", ID, nullable=False),
        sa.Column("superior_id", ID, nullable=False),
        sa.Column("from_on", DAY, nullable=False),
        sa.Column("until_on", DAY, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("body_id <> superior_id", name=op.f("ck_subordination_two_bodies")),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisation.id"], name=op.f("fk_subordination_body_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["superior_id"],
            ["organisation.id"],
            name=op.f("fk_subordination_superior_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subordination")),
        sa.UniqueConstraint("body_id", "from_on", name=op.f("uq_subordination_body_id_from_on")),
    )
    op.create_index(
        op.f("ix_subordination_superior_id"), "subordination", ["superior_id"], unique=False
    )

    op.create_table(
        "published_contract",
        sa.Column("contract_id", ID, autoincrement=False, nullable=False),
        sa.Column("ocid", sa.String(length=200), nullable=False),
        sa.Column("ocds_id", sa.String(length=200), nullable=False),
        sa.Column("compiled", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["contract.id"],
            name=op.f("fk_published_contract_contract_id_contract"),
        ),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_published_contract")),
        sa.UniqueConstraint("ocid", "ocds_id", name=op.f("uq_published_contract_ocid_ocds_id")),
    )
    op.add_column("organisation", sa.Column("region", sa.String(length=6), nullable=True))
    op.add_column("organisation", sa.Column("level", sa.String(length=20), nullable=True))
    forbid_edits()


def downgrade() -> None:
    allow_edits_of_succession()
    for column in ("level", "region"):  # a rebuilt table would lose its triggers
        op.execute(f"ALTER TABLE organisation DROP COLUMN {column}")

    op.drop_table("published_contract")
    op.drop_index(op.f("ix_subordination_superior_id"), table_name="subordination")

    op.drop_table("subordination")
    op.drop_index("ix_competence_body_id", table_name="competence")

    op.drop_table("competence")
    op.drop_table("region")
    op.drop_index("ix_publication_ocid", table_name="publication")

    op.drop_table("publication")
    op.drop_table("evidence_file")
