"""Every invariant of cases, as a query: what must always be true of claims and of their hands."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..store.cases import ClaimDuty
from ..store.duties import Timer
from ..store.once import table_of
from . import case_clocks, duties, recusal
from .office import Office

_MOST = 50

#: Rows that must not exist, by what they would mean.
NEVER = {
    # Where nobody is registered who could take it in, `worklists.mechanism` shows the empty desk.
    "claim.without-holder": """
        SELECT ulid FROM claim WHERE closed_at IS NULL AND (holder_id IS NULL OR intake_id IS NULL)
           AND NOT (state IN ('lead', 'received') AND intake_id IS NULL)""",
    "lead.without-claim": """
        SELECT l.ulid FROM lead l WHERE l.state = 'open'
           AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.lead_id = l.id)
           AND NOT EXISTS (SELECT 1 FROM settlement s WHERE s.contract_id = l.contract_id)""",
    "claim.state-not-of-last-event": """
        SELECT c.ulid, c.state, e.target FROM claim c JOIN (
            SELECT claim_id, max(seq) AS seq, count(*) AS events FROM claim_event
             GROUP BY claim_id) l ON l.claim_id = c.id
          JOIN claim_event e ON e.claim_id = l.claim_id AND e.seq = l.seq
         WHERE e.target <> c.state""",
    "claim.moved-without-event": """
        SELECT ulid, state FROM claim WHERE version = 0 AND state NOT IN ('lead', 'received')""",
    "claim.version-not-its-events": """
        SELECT c.ulid, c.version FROM claim c LEFT JOIN (
            SELECT claim_id, max(seq) AS seq, count(*) AS events FROM claim_event
             GROUP BY claim_id) l ON l.claim_id = c.id
         WHERE c.version <> coalesce(l.events, 0) OR c.version <> coalesce(l.seq, 0)""",
    "claim.event-out-of-line": """
        SELECT e.ulid FROM claim_event e JOIN claim_event b
          ON b.claim_id = e.claim_id AND b.seq = e.seq - 1
         WHERE e.source <> b.target OR e."on" < b."on" """,
    "claim.twice-open": """
        SELECT obligation_id, count(*) FROM claim
         WHERE closed_at IS NULL AND obligation_id IS NOT NULL
         GROUP BY obligation_id HAVING count(*) > 1""",
    "claim.handed-over-without-decision": """
        SELECT c.ulid FROM claim c WHERE c.closed_at IS NULL AND c.addressee IS NOT NULL
           AND c.state NOT IN ('lead', 'received', 'accepted') AND NOT EXISTS (
               SELECT 1 FROM routing_decision r
                WHERE r.claim_id = c.id AND r.body_id = c.holder_id)""",
    "claim.closed-without-outcome": """
        SELECT ulid FROM claim WHERE state = 'closed' AND outcome IS NULL AND NOT EXISTS (
            SELECT 1 FROM claim_event e WHERE e.claim_id = claim.id AND e.event = 'dismiss'
               AND e.seq = claim.version)""",
    "claim.outcome-before-findings": """
        SELECT ulid, state FROM claim WHERE outcome IS NOT NULL
           AND state IN ('lead', 'received', 'accepted', 'transferred', 'verifying')""",
    "claim.end-differs": """
        SELECT ulid FROM claim WHERE (closed_on IS NULL) <> (closed_at IS NULL)
            OR (state IN ('rejected', 'withdrawn', 'closed')) <> (closed_on IS NOT NULL)""",
    "claim.nothing-runs": """
        SELECT c.ulid, c.state FROM claim c
         WHERE c.closed_at IS NULL AND NOT EXISTS (
               SELECT 1 FROM claim_duty d WHERE d.claim_id = c.id AND d.ended_at IS NULL)
           AND (c.state IN ('lead', 'received', 'accepted', 'transferred')
                OR c.state = 'verifying' AND NOT EXISTS (
                   SELECT 1 FROM claim_event e
                    WHERE e.claim_id = c.id AND e.event = 'answer'))""",
    "claim.without-audit": """
        SELECT e.ulid FROM claim_event e JOIN claim c ON c.id = e.claim_id
         WHERE NOT EXISTS (SELECT 1 FROM audit_entry a
                WHERE a.object_type = 'claim' AND a.object_id = c.ulid
                  AND a.action = 'case.' || e.event)""",
    "clock.of-ended-claim": """
        SELECT d.id FROM claim_duty d JOIN claim c ON c.id = d.claim_id
         WHERE d.ended_at IS NULL AND c.closed_at IS NOT NULL""",
    "clock.twice": """
        SELECT claim_id, clock FROM claim_duty WHERE ended_at IS NULL
         GROUP BY claim_id, clock HAVING count(*) > 1""",
    "clock.backwards": "SELECT id FROM claim_duty WHERE due_on < from_on OR ended_on < from_on",
    "clock.timer-without-clock": """
        SELECT t.duty_id FROM timer t LEFT JOIN claim_duty d
            ON d.id = -t.duty_id AND d.ended_at IS NULL
         WHERE (t.duty_id < 0 OR t.ladder LIKE 'case.%') AND t.ladder NOT LIKE 'measure.%'
           AND t.ladder NOT LIKE 'help.%'           AND d.id IS NULL""",
    "clock.timer-differs": """
        SELECT t.duty_id FROM timer t JOIN claim_duty d ON d.id = -t.duty_id
         WHERE t.duty_id < 0 AND (t.due_on <> d.due_on OR t.ladder <> d.clock
            OR t.obligation_id <> -d.claim_id OR t.contract_id <> -d.claim_id)""",
    "measure.timer-without-wait": """
        SELECT t.duty_id FROM timer t LEFT JOIN measure m
            ON m.id = -t.duty_id - 2305843009213693952
         WHERE t.ladder LIKE 'measure.%'
           AND (m.id IS NULL OR m.state NOT IN ('proposed', 'imposed', 'ending'))""",
    "help.timer-without-wait": """
        SELECT t.duty_id FROM timer t LEFT JOIN help_request h
            ON h.id = -t.duty_id - 4611686018427387904
         WHERE t.ladder LIKE 'help.%'
           AND (h.id IS NULL OR h.answered_at IS NOT NULL OR h.withdrawn_at IS NOT NULL)""",
    "complaint.of-other-case": """
        SELECT m.ulid FROM complaint m JOIN complaint_claim l ON l.complaint_id = m.id
          JOIN claim c ON c.id = l.claim_id WHERE c.case_id <> m.case_id""",
}


def examine_cases(session: Session, office: Office, *, on: date) -> Iterator[tuple[str, str]]:
    """What is wrong with claims on a day, as pairs of a check and what it found.

    A daily look at these is what 黑营商发〔2023〕19号 二 asks for: 层层负责、件件落实.
    """
    for name, sql in NEVER.items():
        for row in session.execute(text(f"{sql} LIMIT {_MOST}")):
            yield name, ", ".join(str(v) for v in row)
    yield from _clocks_without_timer(session, office)
    months = office.policy.cases.recusal_months
    for clash in recusal.clashes(session, on, months)[:_MOST]:
        yield f"claim.{clash.seat.value}-may-not", clash.ulid


def _clocks_without_timer(session: Session, office: Office) -> Iterator[tuple[str, str]]:
    """A clock with a limit that can still act is watched by the sweep."""
    query = (
        select(table_of(ClaimDuty))
        .outerjoin(Timer, Timer.duty_id == -ClaimDuty.id)
        .where(ClaimDuty.ended_at.is_(None), ClaimDuty.due_on.is_not(None))
        .where(Timer.duty_id.is_(None))
    )
    looked = duties.newest_run(session)
    for row in session.execute(query).mappings():
        duty = case_clocks.as_duty(dict(row))
        timer = duties.timer_row(duty, duties.Seen(looked.as_of, looked.run), office.policy)
        beyond = looked.as_of or row["from_on"] - timedelta(days=1)
        if timer is not None and timer["check_on"] > beyond:
            yield "clock.without-timer", f"clock {row['id']} due {row['due_on']}"
