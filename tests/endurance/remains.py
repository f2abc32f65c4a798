"""What a register holds, without numbers that differ between two that hold the same."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfilment_monitor.house import House
from fulfilment_monitor.services import tallies
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.cases import Claim
from fulfilment_monitor.store.contracts import Contract, Obligation
from fulfilment_monitor.store.duties import Duty, Timer
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.facts import Fact, FactAnswer
from fulfilment_monitor.store.leads import Lead
from fulfilment_monitor.store.once import table_of
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.sweeps import SweepRun

_COMPARED = (Organisation, Contract, Obligation, Fact, FactAnswer, Duty, Timer, Alert, Lead)
_NUMBERS = frozenset({"id", "ulid"})
_ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
#: Said once a batch, and batches may be cut in any way.
_BY_BATCH, _OPENED = "sweep.batch", "case.open"

Remains = dict[str, Any]
_Names = Mapping[str, Callable[[Any], object]]


def remains(house: House) -> Remains:
    """By table, what is there; of what is said by the batch, the sums per day."""
    with house.readers() as session:
        names = _names(session)
        found: Remains = {m.__tablename__: _rows(session, m, names) for m in _COMPARED}
        found["tally"] = _figures(session, names["government_id"])
        found["claim"] = _claims(session, names)
        found["outbox_message"], found["alerts told of"] = _messages(session)
        found["audit_entry"], found["batches"] = _acts(session)
    house.close()
    return found


def differences(ours: Remains, twin: Remains) -> list[str]:
    """What one has and the other has not, a few of each table."""
    found = []
    for name, rows in ours.items():
        if rows != twin[name]:
            mine, theirs = Counter[str](rows), Counter[str](twin[name])
            found += [f"{name} beyond: {row}" for row in list(mine - theirs)[:3]]
            found += [f"{name} missing: {row}" for row in list(theirs - mine)[:3]]
    return found


def _names(session: Session) -> _Names:
    """For each column that holds a number, what to call the thing it stands for."""
    bodies = _all(session, Organisation, lambda o: o["code"])
    contracts = _all(session, Contract, lambda c: (bodies[c["government_id"]], c["contract_no"]))
    owed = _all(session, Obligation, lambda o: (*contracts[o["contract_id"]], o["key"]))
    stated = ("kind", "happened_on", "source", "amount_fen", "ref", "note")
    facts = _all(
        session, Fact, lambda f: (contracts[f["contract_id"]], *(f[column] for column in stated))
    )
    spans = ("ladder", "due_on", "from_on", "until_on", "owed_fen")
    duties = _all(session, Duty, lambda d: (owed[d["obligation_id"]], *(d[c] for c in spans)))
    runs = _all(session, SweepRun, lambda r: r["as_of"])
    told = _all(session, OutboxMessage, lambda m: (m["topic"], m["body"].get("as_of")))
    return {
        **dict.fromkeys(("government_id", "enterprise_id", "respondent_id"), bodies.get),
        "contract_id": contracts.get,
        "obligation_id": owed.get,
        "fact_id": facts.get,
        "supersedes_id": facts.get,
        "duty_id": duties.get,
        "run_id": runs.get,
        "born_run": runs.get,
        "told_id": told.get,
    }


def _all(session: Session, model: Any, name: Callable[[Mapping[str, Any]], Any]) -> dict[int, Any]:
    rows = session.execute(select(table_of(model))).mappings()
    return {row["id"]: name(row) for row in rows}


def _rows(session: Session, model: Any, names: _Names) -> list[str]:
    rows = [dict(row) for row in session.execute(select(table_of(model))).mappings()]
    if model is Lead:
        rows = [{**row, "evidence": _of_its_own(row)} for row in rows]
    return sorted(
        _masked({c: names[c](v) if c in names else v for c, v in row.items() if c not in _NUMBERS})
        for row in rows
    )


def _claims(session: Session, names: _Names) -> list[str]:
    """What became of each lead: claims by what they are about, and how they stand."""
    columns = ("obligation_id", "respondent_id", "state", "state_on", "opened_on", "claimed_fen")
    return sorted(
        repr([names[c](row[c]) if c in names else row[c] for c in columns])
        for row in session.execute(select(table_of(Claim))).mappings()
    )


def _of_its_own(lead: Mapping[str, Any]) -> dict[str, Any]:
    """A lead's evidence, less what another ladder raised about its due date on the same day.

    Another ladder is another timer, which may stand in an earlier batch or in a later one.
    """
    ladder, day = lead["rule"].split(".")[0], lead["raised_on"].isoformat()
    sent = lead["evidence"]["alerts"]
    own = [a for a in sent if a["raised_on"] < day or a["rule"].split(".")[0] == ladder]
    return {**lead["evidence"], "alerts": own}


def _figures(session: Session, body: Callable[[Any], object]) -> list[str]:
    return sorted(
        repr((measure, *place._replace(government_id=body(place.government_id)), figure))
        for (measure, place), figure in tallies.kept(session).items()
    )


def _masked(value: object) -> str:
    return _ULID.sub("ULID", repr(value))


def _messages(session: Session) -> tuple[list[str], dict[str, int]]:
    """What was queued one by one, and how many alerts were told of, by day."""
    singly, told = [], Counter[str]()
    for m in session.execute(select(table_of(OutboxMessage))).mappings():
        if m["topic"] == "alerts.raised":
            told[m["body"]["as_of"]] += m["body"]["alerts"]
        else:
            singly.append(_masked((m["topic"], m["version"], m["body"], m["queued_at"])))
    alerts = session.scalars(select(Alert.raised_on))
    assert told == Counter(map(date.isoformat, alerts)), "an alert nobody is told of, or twice"
    return sorted(singly), dict(told)


def _acts(session: Session) -> tuple[list[str], dict[str, int]]:
    """What was recorded one by one, and what sweeps say they did, by day."""
    singly, batches = [], Counter[str]()
    for e in session.execute(select(table_of(AuditEntry))).mappings():
        body = json.loads(e["body"])
        if e["action"] == _BY_BATCH:
            for what in ("alerts", "leads", "closed"):  # duties only of batches that raised any
                done = body[what]
                batches[f"{body['as_of']} {what}"] += done if isinstance(done, int) else len(done)
            continue
        if e["action"] == _OPENED and e["object_type"] == "sweep":
            batches[f"{body['on']} claims"] += len(body["claims"])
            continue
        if "confirmed" in body:
            body["confirmed"] = len(body["confirmed"])  # by number
        named = (e["at"], e["actor"], e["action"], e["object_type"], e["object_id"], body)
        singly.append(_masked(named))
    return sorted(singly), dict(batches)
