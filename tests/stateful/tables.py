"""Everything the tables say, read once after a step."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfilment_monitor.store import metadata
from tests.stateful.model import Raised

Row = Mapping[str, Any]
#: Rows that are only ever added, by what names one, and the columns that are filled in once.
KEPT: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "alert": (("due_on", "obligation_id", "rule"), frozenset()),
    "amendment": (("id",), frozenset()),
    "audit_entry": (("seq",), frozenset()),
    "contract": (("id",), frozenset()),
    "duty": (("id",), frozenset({"replaced_at"})),
    "fact": (("id",), frozenset()),
    "fact_answer": (("id",), frozenset()),
    "lead": (("id",), frozenset({"state", "closed_on", "closed_why"})),
    "obligation": (("id",), frozenset()),
    "organisation": (("id",), frozenset()),
    "outbox_message": (("id",), frozenset({"sent_at"})),
    "succession": (("id",), frozenset()),
}
_TABLES = (*KEPT, "timer")


class Alert(NamedTuple):
    holds_from: date
    raised_on: date
    told_id: int


class Tables(NamedTuple):
    """All rows by table, in the order of their numbers; and some of them by name."""

    rows: dict[str, list[Row]]
    #: Number and key by the id of an obligation.
    owed: dict[int, tuple[str, str]]
    #: Codes by the id of an organisation.
    bodies: dict[int, str]
    alerts: dict[Raised, Alert]

    @property
    def leads(self) -> list[Row]:
        return self.rows["lead"]

    def said(self, topic: str) -> dict[tuple[str, int], Row]:
        """The messages of a topic by key and version."""
        found = [m for m in self.rows["outbox_message"] if m["topic"] == topic]
        return {(m["key"], m["version"]): m for m in found}

    def acts(self, action: str) -> list[tuple[str, Any]]:
        """The entries of the record about an act: what it was done to, and its body."""
        found = [e for e in self.rows["audit_entry"] if e["action"] == action]
        return [(e["object_id"], json.loads(e["body"])) for e in found]

    def current_duties(self) -> list[Row]:
        return [d for d in self.rows["duty"] if d["replaced_at"] is None]


def read_tables(session: Session) -> Tables:
    rows: dict[str, list[Row]] = {}
    for name in _TABLES:
        table = metadata.tables[name]
        query = select(table).order_by(*table.primary_key.columns)
        rows[name] = list(session.execute(query).mappings())
    numbers = {c["id"]: c["contract_no"] for c in rows["contract"]}
    owed = {o["id"]: (numbers[o["contract_id"]], o["key"]) for o in rows["obligation"]}
    bodies = {o["id"]: o["code"] for o in rows["organisation"]}
    alerts = {
        Raised(*owed[a["obligation_id"]], a["due_on"], a["rule"]): Alert(
            a["holds_from"], a["raised_on"], a["told_id"]
        )
        for a in rows["alert"]
    }
    return Tables(rows, owed, bodies, alerts)
