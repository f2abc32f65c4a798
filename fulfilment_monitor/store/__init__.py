"""Tables. Nothing here decides anything."""

from . import (
    accounts,
    alerts,
    audit,
    cases,
    complaints,
    contracts,
    duties,
    enterprises,
    evidence,
    exchange,
    facts,
    leads,
    organisations,
    people,
    publications,
    records,
    reference,
    replies,
    sweeps,
    tallies,
)
from .base import Base

__all__ = [
    "accounts",
    "alerts",
    "audit",
    "cases",
    "complaints",
    "contracts",
    "duties",
    "enterprises",
    "evidence",
    "exchange",
    "facts",
    "leads",
    "metadata",
    "organisations",
    "people",
    "publications",
    "records",
    "reference",
    "replies",
    "sweeps",
    "tallies",
]

#: Every table, for Alembic. Complete because the rooms are imported above.
metadata = Base.metadata
