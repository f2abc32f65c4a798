"""Find the contracts that the lines of a payment list may concern: a few queries for many lines."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from ..domain.payment_lines import (
    Party,
    PaymentLine,
    name_key,
    name_spellings,
    number_key,
    numbers_in,
    possible_numbers,
    spellings,
)
from ..domain.payment_outcomes import How
from ..store.contracts import Contract
from ..store.organisations import Organisation, Succession

#: Contracts between the same two parties that anybody would look through.
MOST_OF_A_PAIR = 50
#: Values in one statement, below what either database takes.
_MOST_VALUES = 10_000


class Hit(NamedTuple):
    """The contracts (ids) a line may concern, and by what they were found."""

    how: How
    ids: tuple[int, ...] = ()
    more: bool = False


class OddNumbers:
    """Contract numbers spelt so that no list would look them up as written; read when needed."""

    def __init__(self) -> None:
        self._ids: dict[str, list[int]] | None = None

    def find(self, session: Session, key: str) -> list[int]:
        """The contracts with this number; costs one pass over all numbers, once a list."""
        if self._ids is None:
            self._ids = defaultdict(list)
            query = select(Contract.id, Contract.contract_no).execution_options(yield_per=5_000)
            for contract_id, number in session.execute(query):
                if number != number_key(number) and number not in spellings(number_key(number)):
                    self._ids[number_key(number)].append(contract_id)
        return self._ids.get(key, [])


def find_contracts(session: Session, lines: Sequence[PaymentLine], odd: OddNumbers) -> list[Hit]:
    """For each line its contracts: by number, else by a number in the text, else by the parties.

    Where a person decided, the decision alone counts. A number nobody registered is not replaced
    by a guess: contracts of the same parties are then a help and no more.
    """
    numbers = _by_number(session, {n for line in lines if (n := _number(line))}, odd)
    hits = {i: _hit(line, numbers) for i, line in enumerate(lines)}
    open_lines = {i: lines[i] for i, hit in hits.items() if not hit.ids and not lines[i].decision}
    hits |= _by_text(session, open_lines)
    open_lines = {i: line for i, line in open_lines.items() if not hits[i].ids}
    hits |= _by_parties(session, open_lines)
    return [hits[i] for i in range(len(lines))]


def _number(line: PaymentLine) -> str | None:
    return line.contract_no if line.decision is None else line.decision.contract_no


def _hit(line: PaymentLine, numbers: dict[str, list[int]]) -> Hit:
    number = _number(line)
    ids = () if number is None else tuple(numbers.get(number_key(number), ()))
    return Hit(How.NUMBER if line.decision is None else How.DECISION, ids)


def _in_parts(values: Collection[Any]) -> Iterator[list[Any]]:
    every = list(values)
    return (every[i : i + _MOST_VALUES] for i in range(0, len(every), _MOST_VALUES))


def _by_number(session: Session, numbers: set[str], odd: OddNumbers) -> dict[str, list[int]]:
    """Contracts by levelled number, and by ULID."""
    found: dict[str, set[int]] = defaultdict(set)
    for part in _in_parts({s for n in numbers for s in spellings(n)}):
        query = select(Contract.id, Contract.contract_no).where(Contract.contract_no.in_(part))
        for contract_id, number in session.execute(query):
            found[number_key(number)].add(contract_id)
    missing = {number_key(n) for n in numbers} - set(found)
    for part in _in_parts(missing):
        for contract_id, ulid in session.execute(
            select(Contract.id, Contract.ulid).where(Contract.ulid.in_(part))
        ):
            found[ulid].add(contract_id)
    for key in missing - set(found):
        found[key] |= set(odd.find(session, key))
    return {key: sorted(ids) for key, ids in found.items()}


def _by_text(session: Session, lines: dict[int, PaymentLine]) -> dict[int, Hit]:
    """Lines whose text contains contract numbers."""
    possible = {i: possible_numbers(line.text) for i, line in lines.items() if line.text}
    wanted = {s for numbers in possible.values() for n in numbers for s in spellings(n)}
    stored: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for part in _in_parts(wanted):
        query = select(Contract.id, Contract.contract_no).where(Contract.contract_no.in_(part))
        for contract_id, number in session.execute(query):
            stored[number_key(number)].append((contract_id, number))
    hits = {}
    for i, numbers in possible.items():
        known = [c for n in numbers for c in stored.get(n, ())]
        hit = _in_text(lines[i], known)
        if hit is not None:
            hits[i] = hit
    return hits


def _in_text(line: PaymentLine, known: list[tuple[int, str]]) -> Hit | None:
    standing = numbers_in(line.text or "", {number for _, number in known})
    ids = tuple(sorted({i for i, number in known if number in standing}))
    return Hit(How.TEXT, ids) if ids else None


# --- by parties ---------------------------------------------------------------------------------


class _Pair(NamedTuple):
    """The contracts between some payers and some payees: (id, number)."""

    contracts: list[tuple[int, str]]
    more: bool


def _by_parties(session: Session, lines: dict[int, PaymentLine]) -> dict[int, Hit]:
    lines = {i: x for i, x in lines.items() if x.payer.is_named and x.payee.is_named}
    if not lines:
        return {}
    parties = {p for line in lines.values() for p in (line.payer, line.payee)}
    ids = _organisations(session, parties)
    heirs = successions(session)
    wanted = {
        i: {(g, e) for g in _and_before(ids[line.payer], heirs) for e in ids[line.payee]}
        for i, line in lines.items()
    }
    pairs = _pairs(session, {pair for found in wanted.values() for pair in found})
    hits = {}
    for i, found in wanted.items():
        known = [c for pair in found if pair in pairs for c in pairs[pair].contracts]
        more = any(pairs[pair].more for pair in found if pair in pairs)
        how = How.PARTIES if lines[i].contract_no is None else How.NOTHING
        by_parties = Hit(how, tuple(sorted(c for c, _ in known)), more)
        hits[i] = _in_text(lines[i], known) or by_parties
    return hits


def _organisations(session: Session, parties: Iterable[Party]) -> dict[Party, set[int]]:
    """The organisations with a party's code; or with exactly its name, if it has no code."""
    parties = list(parties)
    codes = {p.code.upper() for p in parties if p.code} | {p.code for p in parties if p.code}
    names = {s for p in parties if not p.code and p.name for s in name_spellings(p.name)}
    by_code: dict[str, set[int]] = defaultdict(set)
    by_name: dict[str, set[int]] = defaultdict(set)
    query = select(Organisation.id, Organisation.code, Organisation.name).where(
        Organisation.code.in_(codes) | Organisation.name.in_(names)
    )
    for row in session.execute(query):
        by_code[row.code.upper()].add(row.id)
        by_name[name_key(row.name)].add(row.id)
    return {
        p: by_code[p.code.upper()] if p.code else by_name[name_key(p.name or "")] for p in parties
    }


def successions(session: Session) -> dict[int, set[int]]:
    """Who ever took over from whom, by the predecessor's id; directly."""
    found: dict[int, set[int]] = defaultdict(set)
    for old, new in session.execute(select(Succession.predecessor_id, Succession.successor_id)):
        found[old].add(new)
    return found


def and_after(body_ids: Iterable[int], heirs: dict[int, set[int]]) -> set[int]:
    """Bodies and all that ever answer for them."""
    reached: set[int] = set()
    waiting = set(body_ids)
    while waiting:
        reached |= waiting
        waiting = {new for old in waiting for new in heirs.get(old, ())} - reached
    return reached


def _and_before(body_ids: Iterable[int], heirs: dict[int, set[int]]) -> set[int]:
    """Bodies and all that they ever took over from."""
    olds: dict[int, set[int]] = defaultdict(set)
    for old, news in heirs.items():
        for new in news:
            olds[new].add(old)
    return and_after(body_ids, olds)


def _pairs(session: Session, pairs: set[tuple[int, int]]) -> dict[tuple[int, int], _Pair]:
    """The contracts of each pair of parties, the newest first and not too many."""
    place = func.row_number().over(
        partition_by=(Contract.government_id, Contract.enterprise_id),
        order_by=Contract.id.desc(),
    )
    found: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
    for part in _in_parts(pairs):
        numbered = (
            select(
                Contract.id,
                Contract.contract_no,
                Contract.government_id,
                Contract.enterprise_id,
                place.label("place"),
            )
            .where(tuple_(Contract.government_id, Contract.enterprise_id).in_(part))
            .subquery()
        )
        for row in session.execute(select(numbered).where(numbered.c.place <= MOST_OF_A_PAIR + 1)):
            found[row.government_id, row.enterprise_id].append((row.id, row.contract_no))
    return {
        pair: _Pair(known[:MOST_OF_A_PAIR], len(known) > MOST_OF_A_PAIR)
        for pair, known in found.items()
    }
