"""What a contract is found by: its number, its title, and its parties by every name they have.

A contract keeps the names under which it was signed; lists show those on the register. Both find
it, and where a name on the register changes, the words of its contracts are written anew.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from ..domain.documents import code_of
from ..domain.search import phrases_of, words_of
from ..store.contracts import Contract
from ..store.organisations import Organisation
from ..store.search import differing, holds, replace_words, searched
from ..store.sets import among, table_of

#: Contracts whose words are written anew at once.
_PAGE = 1_000

#: A contract by its number, and its document as registered.
Documents = Sequence[tuple[int, dict[str, Any]]]
Words = list[tuple[int, list[str]]]


def words(session: Session, documents: Documents, *, held: bool = False) -> Words:
    """The words by which some contracts are found, in one query however many they are.

    Args:
        held: whether nobody may change the names until the transaction ends.
    """
    names = _names(session, documents, held)
    return [(number, words_of(*_texts(document, names))) for number, document in documents]


def _names(session: Session, documents: Documents, held: bool) -> dict[str, str]:
    """What parties are called on the register, by their codes."""
    codes = {code_of(party) for _, document in documents for party in _parties(document)}
    wanted = select(table_of(session, sorted(codes), String()).c.value)
    query = select(Organisation.code, Organisation.name).where(Organisation.code.in_(wanted))
    if held:
        query = query.with_for_update(read=True, key_share=True)
    return {row[0]: row[1] for row in session.execute(query)}


def _parties(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [document["government"], document["enterprise"], *document.get("co_governments", ())]


def _texts(document: dict[str, Any], names: dict[str, str]) -> list[str]:
    """The names on the register come last, and only where they are others."""
    parties = _parties(document)
    texts = [document["contract_no"], document["title"]]
    texts += [party["name"] for party in parties]
    today = [names.get(code_of(party)) for party in parties]
    return texts + [name for name in today if name is not None and name not in texts]


def other_words(session: Session, contract_ids: Sequence[int]) -> list[int]:
    """Those of some contracts that are found by other words than they should be, or by none."""
    return differing(session, words(session, _documents(session, contract_ids)))


def write_anew(session: Session, contract_ids: Iterable[int]) -> int:
    """Write the words of contracts where they should be others; returns of how many."""
    ids, written = sorted(contract_ids), 0
    for start in range(0, len(ids), _PAGE):
        documents = _documents(session, ids[start : start + _PAGE])
        wanted = words(session, documents, held=True)
        stale = set(differing(session, wanted))
        replace_words(session, [row for row in wanted if row[0] in stale])
        written += len(stale)
    return written


def _documents(session: Session, contract_ids: Sequence[int]) -> Documents:
    query = select(Contract.id, Contract.document).where(among(session, Contract.id, contract_ids))
    return [(row[0], row[1]) for row in session.execute(query)]


def contracts_with(session: Session, bodies: dict[int, str]) -> set[int]:
    """Contracts that speak of bodies, given as ids and the names by which they are found today.

    The index of words knows those to which a body is a further party, as no other index does.
    """
    party = (Contract.government_id, Contract.enterprise_id)
    found = set()
    for column in party:
        query = select(Contract.id).where(among(session, column, bodies))
        found |= set(session.scalars(query))
    table, number = searched(session)
    for phrases in map(phrases_of, bodies.values()):
        if phrases:
            query = select(number).select_from(table).where(holds(session, phrases))
            found |= set(session.scalars(query))
    return found
