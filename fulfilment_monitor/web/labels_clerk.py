"""The names of codes of the department's pages."""

from .labels import Words

LABELS: dict[str, Words] = {
    "answer": {
        "confirmed": ("确认属实", "Confirm"),
        "disputed": ("提出异议", "Dispute"),
    },
}
