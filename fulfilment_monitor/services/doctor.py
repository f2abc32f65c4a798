"""Every invariant, as a query: what must always be true of the register."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ..domain.evidence import FileState
from ..store.cases import Claim
from ..store.contracts import Contract
from ..store.duties import Duty, Timer
from ..store.evidence import EvidenceFile
from ..store.governed import UNREADABLE
from ..store.once import table_of
from ..store.search import searched
from . import anchors, audit, duties, tallies
from .case_doctor import examine_cases
from .ledgers import every_id, read_files
from .office import Office
from .search import other_words

_MOST = 50


class Violation(NamedTuple):
    """Something that must not be: which check, and what it found."""

    check: str
    detail: str


#: Rows that must not exist, by what they would mean.
_NEVER = {
    "lead.twice-open": """
        SELECT obligation_id, rule, count(*) FROM lead WHERE state = 'open'
         GROUP BY obligation_id, rule HAVING count(*) > 1""",
    "lead.without-message": """
        SELECT l.ulid FROM lead l LEFT JOIN outbox_message m
          ON m.topic = 'lead.opened' AND m.key = l.ulid WHERE m.id IS NULL""",
    "message.without-lead": """
        SELECT m.key FROM outbox_message m LEFT JOIN lead l ON l.ulid = m.key
         WHERE m.topic = 'lead.opened' AND l.id IS NULL""",
    "lead.never-overdue": """
        SELECT l.ulid FROM lead l JOIN duty d ON d.id = l.duty_id WHERE l.raised_on <= d.due_on""",
    "lead.of-other-obligation": """
        SELECT l.ulid FROM lead l JOIN duty d ON d.id = l.duty_id
         WHERE l.obligation_id <> d.obligation_id OR l.contract_id <> d.contract_id""",
    "alert.before-its-day": "SELECT obligation_id, rule FROM alert WHERE raised_on < holds_from",
    "alert.without-obligation": """
        SELECT a.obligation_id FROM alert a LEFT JOIN obligation o ON o.id = a.obligation_id
         WHERE a.obligation_id > 0 AND (o.id IS NULL OR o.contract_id <> a.contract_id)""",
    "timer.without-duty": """
        SELECT t.duty_id FROM timer t LEFT JOIN duty d
          ON d.id = t.duty_id AND d.replaced_at IS NULL
         WHERE t.duty_id > 0 AND d.id IS NULL""",
    "timer.twice": "SELECT duty_id FROM timer GROUP BY duty_id HAVING count(*) > 1",
    "timer.differs": """
        SELECT t.duty_id FROM timer t JOIN duty d ON d.id = t.duty_id
         WHERE t.due_on <> d.due_on OR t.obligation_id <> d.obligation_id
            OR t.ladder <> d.ladder OR t.check_on < d.from_on""",
    "fact.corrected-across-contracts": """
        SELECT f.ulid FROM fact f JOIN fact o ON o.id = f.supersedes_id
         WHERE o.contract_id <> f.contract_id OR o.source <> f.source""",
    "fact.answered-by-itself": """
        SELECT f.ulid FROM fact_answer a JOIN fact f ON f.id = a.fact_id
         WHERE a.source = f.source AND a.recorded_at <> f.recorded_at""",
    "duty.backwards": "SELECT id FROM duty WHERE until_on <= from_on",
    "duty.of-another-body": """
        SELECT d.id FROM duty d JOIN contract c ON c.id = d.contract_id
         WHERE coalesce(d.government_id, 0) <> c.government_id""",
}


def examine(session: Session, office: Office) -> tuple[int, list[Violation]]:
    """Run every check; returns how many there are, and what is wrong."""
    found: list[Violation] = []
    for name, sql in _NEVER.items():
        found += _tried(name, partial(_never, session, name, sql))
    checks: list[Callable[[Session, Office], Iterator[Violation]]] = [
        _audit_chain,
        _leads_on_record,
        _duties_as_reckoned,
        _timers_complete,
        _all_searchable,
        _words_as_written,
        _figures_right,
        _evidence_whole,
        _cases_sound,
        _database_sound,
    ]
    for check in checks:
        found += _tried(check.__name__.strip("_"), partial(check, session, office))
    return len(_NEVER) + len(checks), found


def _tried(name: str, check: Callable[[], Iterator[Violation]]) -> Iterator[Violation]:
    """What a check finds; that it came upon what cannot be read is a find as well."""
    try:
        yield from check()
    except UNREADABLE as fault:
        said = str(fault.orig) if isinstance(fault, DBAPIError) else type(fault).__name__
        yield Violation("unreadable", f"{name}: {said}")


def _never(session: Session, name: str, sql: str) -> Iterator[Violation]:
    for row in session.execute(text(sql + f" LIMIT {_MOST}")).all():
        yield Violation(name, ", ".join(str(v) for v in row))


def _audit_chain(session: Session, office: Office) -> Iterator[Violation]:
    found = audit.verify(session)
    for problem in (*found.problems, *anchors.check(session, found.entries, None)):
        yield Violation("audit.chain", f"verdict {problem.verdict}: {problem.detail}")


def _leads_on_record(session: Session, office: Office) -> Iterator[Violation]:
    """Lead ⇔ audit entry: a lead nobody recorded, or a record of a lead that is gone."""
    recorded = set(audit.recorded_leads(session))
    stored = set(session.scalars(text("SELECT ulid FROM lead")))
    for ulid in sorted(stored - recorded)[:_MOST]:
        yield Violation("lead.not-on-record", ulid)
    for ulid in sorted(recorded - stored)[:_MOST]:
        yield Violation("lead.vanished", ulid)


def _duties_as_reckoned(session: Session, office: Office) -> Iterator[Violation]:
    """What is stored equals what terms and facts give today."""
    for ids in every_id(session):
        for contract_id in ids:
            try:
                file = read_files(session, [contract_id])[contract_id]
                ledger = file.ledger(office.statute)
                missing, extra = duties.compare(session, contract_id, file.keys, ledger, office)
            except (KeyError, ValueError) as fault:  # rows that no verb of ours could have written
                yield Violation("contract.unreadable", f"contract {contract_id}: {fault!r}")
                continue
            if missing or extra:
                detail = f"{file.row.ulid}: {missing} missing, {extra} beyond"
                yield Violation("duty.not-as-reckoned", detail)


def _timers_complete(session: Session, office: Office) -> Iterator[Violation]:
    """A duty that can still act has a timer, however late the sweep is.

    What had acted or ended by the newest sweep has been let go, also by one that was cut short.
    """
    query = (
        select(table_of(Duty))
        .outerjoin(Timer, Timer.duty_id == Duty.id)
        .where(Duty.replaced_at.is_(None), Timer.duty_id.is_(None))
    )
    looked = duties.newest_run(session)
    if looked.as_of is not None:
        query = query.where(Duty.until_on.is_(None) | (Duty.until_on > looked.as_of))
    seen = duties.Seen(looked.as_of, looked.run)
    with session.execute(query.execution_options(yield_per=1_000)) as rows:
        for row in rows.mappings():
            timer = duties.timer_row(dict(row), seen, office.policy)
            beyond = looked.as_of or row["from_on"] - timedelta(days=1)
            if timer is not None and timer["check_on"] > beyond:
                yield Violation("duty.without-timer", f"duty {row['id']} due {row['due_on']}")


def _all_searchable(session: Session, office: Office) -> Iterator[Violation]:
    """What is not among the words that are searched might as well not be registered."""
    found, number = searched(session)
    missing = select(Contract.id).except_(select(number).select_from(found)).limit(_MOST)
    for contract_id in session.scalars(missing):
        yield Violation("contract.not-searchable", f"contract {contract_id}")


def _words_as_written(session: Session, office: Office) -> Iterator[Violation]:
    """A contract is found by the words that its document and the register give today."""
    found, number = searched(session)
    for ids in every_id(session):
        other = select(number).select_from(found).where(number.in_(_other_words(session, ids)))
        for contract_id in session.scalars(other.order_by(number)):
            yield Violation("contract.other-words", f"contract {contract_id}")


def _other_words(session: Session, ids: Sequence[int]) -> list[int]:
    try:
        return other_words(session, ids)
    except (KeyError, ValueError):  # a document that no verb of ours could have written
        alone = [] if len(ids) == 1 else ids
        return [i for one in alone for i in _other_words(session, [one])]


def _figures_right(session: Session, office: Office) -> Iterator[Violation]:
    """What is kept of every figure equals what counting it anew gives."""
    kept, anew = tallies.kept(session), tallies.counted_anew(session)
    wrong = [key for key in kept.keys() | anew.keys() if kept.get(key) != anew.get(key)]
    for key in sorted(wrong)[:_MOST]:
        detail = f"{key[0]} {tuple(key[1])}: kept {kept.get(key)}, counted {anew.get(key)}"
        yield Violation("tally.wrong", detail)


def _evidence_whole(session: Session, office: Office) -> Iterator[Violation]:
    """What the last scrub found. A digest in a statement that has no row was never a file here."""
    query = select(EvidenceFile.sha256, EvidenceFile.state, EvidenceFile.name)
    broken = query.where(EvidenceFile.state != FileState.WHOLE.value).limit(_MOST)
    for sha256, state, name in session.execute(broken):
        yield Violation("evidence.not-whole", f"{sha256} {state}: {name}")


def _cases_sound(session: Session, office: Office) -> Iterator[Violation]:
    """Every open claim is in right hands, under clocks that run, as its events say.

    As of the last sweep; before the first one, of the last day on which a claim moved.
    """
    last = duties.newest_run(session).as_of or session.scalar(select(func.max(Claim.state_on)))
    if last is None:
        return
    for check, detail in examine_cases(session, office, on=last):
        yield Violation(check, detail)


def _database_sound(session: Session, office: Office) -> Iterator[Violation]:
    if session.get_bind().dialect.name != "sqlite":
        return
    for row in session.execute(text("PRAGMA integrity_check")):
        if row[0] != "ok":
            yield Violation("sqlite.integrity", str(row[0]))
    for row in session.execute(text("PRAGMA foreign_key_check")):
        yield Violation("sqlite.foreign-key", str(tuple(row)))
