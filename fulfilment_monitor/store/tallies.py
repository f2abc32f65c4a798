"""Figures by region, field and body: what they came to, and the changes since."""

from sqlalchemy import BigInteger, ForeignKey, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.contracts import Field
from ..domain.tallies import Measure
from .base import Base, Id, one_of


class Tally(Base):
    """A figure as of the last time the changes were added up."""

    __tablename__ = "tally"
    __table_args__ = (
        PrimaryKeyConstraint("measure", "region", "field", "government_id"),
        {"sqlite_with_rowid": False},
    )

    measure: Mapped[str] = mapped_column(one_of(Measure, "measure"))
    region: Mapped[str] = mapped_column(String(6))
    field: Mapped[str] = mapped_column(one_of(Field, "field"))
    government_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    count: Mapped[int] = mapped_column(BigInteger)
    fen: Mapped[int] = mapped_column(BigInteger)


class TallyChange(Base):
    """A change, appended in the transaction that made it: nobody waits for a common row."""

    __tablename__ = "tally_change"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    measure: Mapped[str] = mapped_column(one_of(Measure, "measure"))
    region: Mapped[str] = mapped_column(String(6))
    field: Mapped[str] = mapped_column(one_of(Field, "field"))
    government_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    count: Mapped[int] = mapped_column(BigInteger)
    fen: Mapped[int] = mapped_column(BigInteger)
