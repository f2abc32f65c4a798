"""Tables. Nothing here decides anything."""

from . import (
    alerts,
    audit,
    contracts,
    duties,
    evidence,
    exchange,
    facts,
    leads,
    organisations,
    publications,
    reference,
    sweeps,
    tallies,
)
from .base import Base

__all__ = [
    "alerts",
    "audit",
    "contracts",
    "duties",
    "evidence",
    "exchange",
    "facts",
    "leads",
    "metadata",
    "organisations",
    "publications",
    "reference",
    "sweeps",
    "tallies",
]

#: Every table, for Alembic. Complete because the rooms are imported above.
metadata = Base.metadata
