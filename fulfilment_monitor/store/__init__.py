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
    jobs,
    leads,
    organisations,
    partners,
    people,
    publications,
    records,
    reference,
    replies,
    sweeps,
    tallies,
    webhooks,
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
    "jobs",
    "leads",
    "metadata",
    "organisations",
    "partners",
    "people",
    "publications",
    "records",
    "reference",
    "replies",
    "sweeps",
    "tallies",
    "webhooks",
]

#: Every table, for Alembic. Complete because the rooms are imported above.
metadata = Base.metadata
