"""The credit ledger of a body: entries in four streams, read as of any day."""

from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry does; a record is its first entry and all that are about it."""

    LISTED = "listed"
    CORRECTED = "corrected"
    #: 信用修复: the wrong was put right and the obligation performed.
    REPAIRED = "repaired"
    #: The owner of the list, or the court, took it off.
    ENDED = "ended"
    #: The determination was revoked: it never held.
    WITHDRAWN = "withdrawn"
