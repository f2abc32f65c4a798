"""Jobs, and the shards of a sweep

Revision: 0008_jobs, after 0005_doors.

On PostgreSQL the tables of Procrastinate too, as `procrastinate/3.4.sql` has them: what its own
`schema.sql` says, unchanged. They are there whether or not the package is installed.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0008_jobs"
down_revision = "0007_feed"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PROCRASTINATE = Path(__file__).parent.parent / "procrastinate" / "3.4.sql"
_WITHOUT_PROCRASTINATE = """
DO $$
DECLARE thing record;
BEGIN
  DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,
             procrastinate_workers CASCADE;
  FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'procrastinate_')
  LOOP EXECUTE 'DROP FUNCTION ' || thing.name; END LOOP;
  DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
END $$
"""
WAITING = sa.text("owner IS NULL")


def as_it_stands(sql: str) -> None:
    """Run a file of statements in this transaction; nothing in it is a parameter."""
    raw = op.get_bind().connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor:
        cursor.execute(sql)


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", ID, nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index(
        "ix_job_key", "job", ["key"], unique=True, postgresql_where=WAITING, sqlite_where=WAITING
    )
    op.create_index(
        "ix_job_due_at", "job", ["due_at"], postgresql_where=WAITING, sqlite_where=WAITING
    )
    op.create_table(
        "sweep_shard",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("duties", sa.Integer(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sweep_run.id"], name="fk_sweep_shard_run_id_sweep_run"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sweep_shard"),
    )
    op.create_index("ix_sweep_shard_run_id", "sweep_shard", ["run_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        as_it_stands(_PROCRASTINATE.read_text("utf-8"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        as_it_stands(_WITHOUT_PROCRASTINATE)
    op.drop_table("sweep_shard")
    op.drop_table("job")
