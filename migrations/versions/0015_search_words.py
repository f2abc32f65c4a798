"""Words of a contract can be written anew on SQLite, where the index held no more than their places

Revision: 0015_search_words, after 0014_evidence.
"""

from alembic import op

revision = "0015_search_words"
down_revision = "0014_evidence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("CREATE VIRTUAL TABLE search_new USING fts5(words)")
    op.execute(
        "CREATE VIRTUAL TABLE temp.search_places USING fts5vocab(main, search_contract, instance)"
    )
    op.execute(
        "INSERT INTO search_new (rowid, words) SELECT doc, group_concat(term, ' ')"
        ' FROM (SELECT doc, term FROM temp.search_places ORDER BY doc, "offset") GROUP BY doc'
    )
    op.execute(
        "INSERT INTO search_new (rowid, words) SELECT id, '' FROM search_contract_docsize"
        " WHERE id NOT IN (SELECT id FROM search_new_docsize)"
    )
    op.execute("DROP TABLE temp.search_places")
    put_in_its_place()


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("CREATE VIRTUAL TABLE search_new USING fts5(words, content='')")
    op.execute("INSERT INTO search_new (rowid, words) SELECT rowid, words FROM search_contract")
    put_in_its_place()


def put_in_its_place() -> None:
    op.execute("DROP TABLE search_contract")
    op.execute("ALTER TABLE search_new RENAME TO search_contract")
