"""Who brought a file, found whenever one is named or fetched

Revision: 0014_evidence, after 0013_notifications.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_evidence"
down_revision = "0013_notifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    of_evidence = sa.text("object_type = 'evidence'")
    op.create_index(
        "ix_audit_entry_evidence",
        "audit_entry",
        ["object_id", "actor"],
        postgresql_where=of_evidence,
        sqlite_where=of_evidence,
    )


def downgrade() -> None:
    op.drop_index("ix_audit_entry_evidence", table_name="audit_entry")
