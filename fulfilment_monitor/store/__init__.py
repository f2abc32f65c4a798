"""Tables. Nothing here decides anything."""

from . import (
    alerts,
    audit,
    contracts,
    duties,
    exchange,
    facts,
    leads,
    organisations,
    reference,
    sweeps,
)
from .base import Base

__all__ = [
    "alerts",
    "audit",
    "contracts",
    "duties",
    "exchange",
    "facts",
    "leads",
    "metadata",
    "organisations",
    "reference",
    "sweeps",
]

#: Every table, for Alembic. Complete because the rooms are imported above.
metadata = Base.metadata
