"""What is near and late by body, found without asking every contract

Revision: 0012_doors_speed, after 0005_doors.

A body's desk shows the first of what is late. With the body on each duty that is the beginning of
a stretch of an index; without it, every contract of the body is looked at.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012_doors_speed"
down_revision = "0011_sign_in"
branch_labels = None
depends_on = None

INDEXES = (
    (
        "ix_duty_open_of_body",
        ["government_id", "due_on", "id"],
        "replaced_at IS NULL AND until_on IS NULL",
    ),
    (
        "ix_duty_ending_of_body",
        ["government_id", "until_on"],
        "replaced_at IS NULL AND until_on IS NOT NULL",
    ),
    (
        "ix_duty_claims_of_body",
        ["government_id", "due_on", "id"],
        "ladder = 'claim' AND replaced_at IS NULL AND until_on IS NULL",
    ),
)


#: What the release before leaves out while it works on beside this one.
FILLED = {
    "sqlite": (
        "CREATE TRIGGER duty_government AFTER INSERT ON duty WHEN NEW.government_id IS NULL BEGIN"
        " UPDATE duty SET government_id ="
        " (SELECT government_id FROM contract WHERE contract.id = NEW.contract_id)"
        " WHERE id = NEW.id; END",
    ),
    "postgresql": (
        "CREATE FUNCTION duty_government() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " NEW.government_id = (SELECT government_id FROM contract WHERE id = NEW.contract_id);"
        " RETURN NEW; END $$",
        "CREATE TRIGGER duty_government BEFORE INSERT ON duty FOR EACH ROW"
        " WHEN (NEW.government_id IS NULL) EXECUTE FUNCTION duty_government()",
    ),
}


def upgrade() -> None:
    op.add_column("duty", sa.Column("government_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE duty SET government_id ="
        " (SELECT government_id FROM contract WHERE contract.id = duty.contract_id)"
    )
    for name, columns, where in INDEXES:
        only = sa.text(where)
        op.create_index(name, "duty", columns, postgresql_where=only, sqlite_where=only)
    for statement in FILLED[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER duty_government ON duty")
        op.execute("DROP FUNCTION duty_government()")
    else:
        op.execute("DROP TRIGGER duty_government")
    for name, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name="duty")
    op.execute("ALTER TABLE duty DROP COLUMN government_id")  # a rebuilt table loses its triggers
