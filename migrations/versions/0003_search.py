"""Words of contracts, to be searched

Revision: 0003_search, after 0002_data_in_and_out.
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003_search"
down_revision = "0002_data_in_and_out"
branch_labels = None
depends_on = None

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_HAN_RUN = re.compile(f"[{_HAN}]")
_BATCH = 1_000


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_contract USING fts5(words, content='')")
    else:
        op.execute(
            "CREATE TABLE search_contract ("
            "contract_id bigint CONSTRAINT pk_search_contract PRIMARY KEY"
            " CONSTRAINT fk_search_contract_contract_id_contract REFERENCES contract (id),"
            " words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_search_contract_words ON search_contract USING gin (words)")
    enter_what_is_there()


def downgrade() -> None:
    op.execute("DROP TABLE search_contract")


def enter_what_is_there() -> None:
    """The words of contracts that were registered before."""
    connection, last = op.get_bind(), 0
    sqlite = connection.dialect.name == "sqlite"
    insert = sa.text(
        "INSERT INTO search_contract (rowid, words) VALUES (:id, :words)"
        if sqlite
        else "INSERT INTO search_contract VALUES (:id, CAST(:words AS tsvector))"
    )
    page = sa.text(
        "SELECT c.id, c.contract_no, c.title, g.name, e.name FROM contract c"
        " JOIN organisation g ON g.id = c.government_id"
        " JOIN organisation e ON e.id = c.enterprise_id"
        " WHERE c.id > :last ORDER BY c.id LIMIT :batch"
    )
    while rows := connection.execute(page, {"last": last, "batch": _BATCH}).all():
        written = []
        for number, *texts in rows:
            words = words_of(" ".join(texts))
            vector = (f"'{word}':{place}" for place, word in enumerate(words, 1))
            written.append({"id": number, "words": " ".join(words if sqlite else vector)})
        connection.execute(insert, written)
        last = rows[-1][0]


def words_of(text: str) -> list[str]:
    """Runs of Chinese as overlapping pairs and a last character; other runs as they are."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    found = []
    for run in _RUN.findall(unicodedata.normalize("NFC", bare)):
        han = _HAN_RUN.match(run)
        found += [*(run[i : i + 2] for i in range(len(run) - 1)), run[-1]] if han else [run]
    return found
