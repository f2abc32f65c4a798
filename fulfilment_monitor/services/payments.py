"""Book what a list says was paid: a chunk of lines is one transaction, a line is booked once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.accounts import DECIDED, Account, added, day_on_list, named, own_day
from ..domain.allotment import open_ledger
from ..domain.authority import Actor
from ..domain.facts import Answer, Fact, FactKind, Source
from ..domain.matching import settle, tell
from ..domain.payment_lines import PaymentLine
from ..domain.payment_outcomes import SETTLED, Found, Matter, Outcome, Result, Told
from ..store import facts as tables
from ..store.once import insert_all
from ..store.organisations import Organisation
from . import audit, facts
from .duties import Changed
from .ledgers import File, hold_files
from .office import Office
from .payment_search import Hit, OddNumbers, and_after, find_contracts, successions
from .reckoning import reckon_many

_LONGEST_NAME = 200


@dataclass(slots=True)
class PaymentList:
    """A list that is being booked: what it is, and what it has told so far.

    One for each file: in a file, two equal lines are two payments; in two files, they are one.
    """

    source: Source
    name: str
    #: Of the file's bytes, hexadecimal.
    sha256: str
    #: Days a bank may take between what two sources write down.
    apart_days: int
    told: Told = field(default_factory=Told)
    odd: OddNumbers = field(default_factory=OddNumbers)


def book_lines(
    session: Session,
    lines: Sequence[PaymentLine],
    of: PaymentList,
    *,
    by: Actor,
    office: Office,
    now: datetime,
) -> list[Outcome]:
    """Book lines of a list; returns what became of each, in order.

    The contracts concerned are held until the transaction ends, so that two lists at once book
    a payment once. Some thirty statements, however many lines there are.
    """
    hits = find_contracts(session, lines, of.odd)
    files = hold_files(session, {i for hit in hits for i in hit.ids})
    desk = _Desk(
        _accounts(session, files), Matter(of.source, office.statute, of.apart_days, of.told)
    )
    done = desk.judge_all(lines, hits)
    done = _booked_elsewhere(session, lines, done, of.source)
    written = _write(session, files, desk, by, office, now)
    of.told.ours |= {row_id for row_id, _ in written}
    if written:
        body = {
            "source": of.source.value,
            "name": of.name[:_LONGEST_NAME],
            "sha256": of.sha256,
            "lines": dict(Counter(o.result.value for o in done)),
            "stated": [ulid for _, ulid in written],
            "answered": sorted(i for o in done for i in o.answered),
        }
        audit.note(session, by, "payments.import", "payment_list", of.sha256, body, now=now)
    return done


class _Desk:
    """The accounts of a chunk of lines, on which one line is judged after the other."""

    def __init__(self, accounts: dict[int, Account], matter: Matter) -> None:
        self.accounts, self._matter = accounts, matter
        #: What is to be written, in the order in which it was judged: (contract id, outcome).
        self.news: list[tuple[int, Outcome]] = []

    def judge_all(self, lines: Sequence[PaymentLine], hits: Sequence[Hit]) -> list[Outcome]:
        """Judge lines: first those on which all agree, then the others in the order of their days.

        Else a line might be taken for the payment that the next line is beyond doubt.
        """
        done: dict[int, Outcome] = {}
        for i, line in enumerate(lines):
            if any(self.accounts[c].facts for c in hits[i].ids):
                outcome = self._judge(line, hits[i])
                if _is_beyond_doubt(line, outcome):
                    done[i] = self._take(line, outcome)
        for i in sorted(set(range(len(lines))) - set(done), key=lambda i: (lines[i].on, i)):
            done[i] = self._take(lines[i], self._judge(lines[i], hits[i]))
        return [done[i] for i in range(len(lines))]

    def _judge(self, line: PaymentLine, hit: Hit) -> Outcome:
        accounts = tuple(self.accounts[i] for i in hit.ids)
        return settle(line, Found(hit.how, accounts, hit.more), self._matter)

    def _take(self, line: PaymentLine, outcome: Outcome) -> Outcome:
        tell(line, outcome, self._matter.told)
        if outcome.account is not None and outcome.fact is not None:
            after = added(outcome.account, outcome.fact, without=outcome.answered)
            self.accounts[after.id] = after
            self.news.append((after.id, outcome))
        return outcome


def _is_beyond_doubt(line: PaymentLine, outcome: Outcome) -> bool:
    same_day = outcome.fact is not None and outcome.fact.on == line.on and not outcome.answered
    agreed = outcome.result is Result.CORROBORATED and same_day
    return agreed or outcome.result is Result.KNOWN


# --- reading ------------------------------------------------------------------------------------


def _accounts(session: Session, files: Mapping[int, File]) -> dict[int, Account]:
    if not files:
        return {}
    heirs = successions(session)
    payers = {f.row.government_id: and_after([f.row.government_id], heirs) for f in files.values()}
    wanted = {f.row.enterprise_id for f in files.values()}.union(*payers.values())
    query = select(Organisation.id, Organisation.code, Organisation.name)
    known = {
        row.id: (row.code, row.name)
        for row in session.execute(query.where(Organisation.id.in_(wanted)))
    }
    return {
        i: _account(
            file,
            [known[p] for p in payers[file.row.government_id]],
            known[file.row.enterprise_id],
        )
        for i, file in files.items()
    }


def _account(file: File, payers: Iterable[tuple[str, str]], payee: tuple[str, str]) -> Account:
    contract = file.terms
    bodies = (contract.government, *contract.co_governments)
    return Account(
        id=file.row.id,
        ulid=file.row.ulid,
        contract=contract,
        facts=tuple((row.id, fact) for row, fact in file.facts),
        superseded=_corrected(file),
        amendments=tuple(a for _, a in file.amendments),
        payers=named([*payers, *((b.code, b.name) for b in bodies)]),
        payees=named([payee, (contract.enterprise.code, contract.enterprise.name)]),
    )


def _corrected(file: File) -> tuple[tuple[int, Fact], ...]:
    """Superseded statements that were not corrected into one of the same day and amount."""
    rows = [*file.facts, *file.superseded]
    after = {row.supersedes_id: _content(fact) for row, fact in rows}
    return tuple((row.id, fact) for row, fact in file.superseded if after[row.id] != _content(fact))


def _content(fact: Fact) -> tuple[date, int | None]:
    return own_day(fact), fact.amount_fen


def _booked_elsewhere(
    session: Session, lines: Sequence[PaymentLine], done: Sequence[Outcome], source: Source
) -> list[Outcome]:
    """Lines that came back, but which a person has decided about before: they are known."""
    refs = {x.ref for x, o in zip(lines, done, strict=True) if x.ref and o.result not in SETTLED}
    if not refs:
        return list(done)
    query = select(
        tables.Fact.ref, tables.Fact.happened_on, tables.Fact.amount_fen, tables.Fact.note
    ).where(
        tables.Fact.source == source.value,
        tables.Fact.kind == FactKind.PAID.value,
        tables.Fact.ref.in_(refs),
        tables.Fact.note.startswith(DECIDED),
    )
    decided = Counter(
        (row.ref, day_on_list(row.happened_on, row.note), row.amount_fen)
        for row in session.execute(query)
    )
    found = []
    for line, outcome in zip(lines, done, strict=True):
        place = (line.ref, line.on, line.fen)
        if outcome.result not in SETTLED and decided[place] > 0:
            decided[place] -= 1
            why = f"凭证号 {line.ref} 已按决定登记"
            outcome = Outcome(Result.KNOWN, "payment.known-decided", why)
        found.append(outcome)
    return found


# --- writing ------------------------------------------------------------------------------------


def _write(
    session: Session,
    files: Mapping[int, File],
    desk: _Desk,
    by: Actor,
    office: Office,
    now: datetime,
) -> list[tuple[int, str]]:
    """Write statements and answers, and reckon each contract once; returns ids and ULIDs."""
    news = [(i, o.fact, o.answered) for i, o in desk.news if o.fact is not None]
    rows = facts.write_facts(session, [(i, files[i].keys, f) for i, f, _ in news], by, now)
    answers = [_answer(claim, f, by, now) for _, f, claims in news for claim in claims]
    insert_all(session, tables.FactAnswer, answers)
    changed = []
    for i in dict.fromkeys(i for i, _, _ in news):
        account = desk.accounts[i]
        said = (fact for _, fact in account.facts)
        ledger = open_ledger(account.contract, said, account.amendments, office.statute)
        changed.append(Changed(i, account.ulid, files[i].keys, ledger))
    reckon_many(session, changed, office, now=now)
    return [(row["id"], str(row["ulid"])) for row in rows]


def _answer(claim: int, fact: Fact, by: Actor, now: datetime) -> dict[str, object]:
    """A source that knows answers a claim: the payment was made, on another day."""
    ref = "" if fact.ref is None else f"，凭证号 {fact.ref}"
    return {
        "fact_id": claim,
        "answer": Answer.DISPUTED.value,
        "source": fact.by.value,
        "disputed_fen": None,
        "note": f"付款日期为 {fact.on}{ref}"[:500],
        "recorded_at": now,
        "recorded_by": by.name,
    }
