"""Tables. Nothing here decides anything."""

from . import (
    alerts,
    audit,
    cases,
    complaints,
    contracts,
    duties,
    evidence,
    exchange,
    facts,
    leads,
    organisations,
    people,
    publications,
    records,
    reference,
    sweeps,
    tallies,
)
from .base import Base

__all__ = [
    "alerts",
    "audit",
    "cases",
    "complaints",
    "contracts",
    "duties",
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
    "sweeps",
    "tallies",
]

#: Every table, for Alembic. Complete because the rooms are imported above.
metadata = Base.metadata
