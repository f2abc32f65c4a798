"""Words of contracts to be searched, and figures that are kept

Revision: 0003_search_and_figures, after 0002_data_in_and_out.
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003_search_and_figures"
down_revision = "0002_data_in_and_out"
branch_labels = None
depends_on = None

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_HAN_RUN = re.compile(f"[{_HAN}]")
_BATCH = 1_000

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MEASURES = ("contracts", "open_leads", "closed_leads")
FIELDS = (
    "procurement",
    "bidding",
    "investment_attraction",
    "ppp",
    "industry_support",
    "government_investment",
)


def one_of(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


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
    figures("tally", sa.PrimaryKeyConstraint(*KEY, name="pk_tally"), sqlite_with_rowid=False)
    number = sa.Column("id", ID, nullable=False)
    figures("tally_change", number, sa.PrimaryKeyConstraint("id", name="pk_tally_change"))
    count_what_is_there()
    named = sa.text("ref IS NOT NULL")
    op.create_index(
        "ix_fact_ref", "fact", ["ref", "source"], postgresql_where=named, sqlite_where=named
    )


KEY = ("measure", "region", "field", "government_id")


def figures(table: str, *key: sa.schema.SchemaItem, **options: object) -> None:
    op.create_table(
        table,
        sa.Column("measure", one_of(MEASURES, "measure"), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("field", one_of(FIELDS, "field"), nullable=False),
        sa.Column("government_id", ID, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["government_id"],
            ["organisation.id"],
            name=f"fk_{table}_government_id_organisation",
        ),
        *key,
        **options,
    )


def count_what_is_there() -> None:
    """The figures of contracts and leads that were there before; only yuan are added up."""
    connection = op.get_bind()
    currency = {
        "sqlite": "COALESCE(json_extract(c.document, '$.currency'), 'CNY')",
        "postgresql": "COALESCE(c.document ->> 'currency', 'CNY')",
    }[connection.dialect.name]
    place = "c.region, c.field, c.government_id"
    for fen, source in (
        (
            f"SELECT 'contracts', {place}, count(*), COALESCE(sum(CASE WHEN {currency} = 'CNY'"
            " THEN c.amount_fen END), 0)",
            "FROM contract c",
        ),
        (
            f"SELECT l.state || '_leads', {place}, count(*), COALESCE(sum(CASE WHEN {currency} = 'CNY'"
            " THEN l.outstanding_fen END), 0)",
            "FROM lead l JOIN contract c ON c.id = l.contract_id",
        ),
    ):
        grouped = f"GROUP BY {'l.state, ' if 'lead' in source else ''}{place}"
        connection.execute(
            sa.text(f"INSERT INTO tally ({', '.join(KEY)}, count, fen) {fen} {source} {grouped}")
        )


def downgrade() -> None:
    op.drop_index("ix_fact_ref", table_name="fact")
    op.drop_table("tally_change")
    op.drop_table("tally")
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
