"""A contract as one account: who pays whom under it, what is owed, which payments are spoken of."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from .allotment import open_ledger
from .contracts import Amendment, Contract, Kind, Obligation
from .facts import MAY_ANSWER, Answer, Fact, FactKind, Source
from .parties import Side
from .payment_lines import Party, name_key, number_key
from .standings import standings_at
from .states import Standing
from .statute import Statute

#: Whose word of a payment is enough.
KNOW_OF_MONEY = MAY_ANSWER[Source.GOVERNMENT]


class Names(NamedTuple):
    """The codes and names, levelled, under which a side of a contract pays or is paid."""

    codes: frozenset[str]
    names: frozenset[str]

    def include(self, party: Party) -> bool:
        """Whether a party is one of these; one that is not named contradicts nobody."""
        if party.code:
            return party.code.upper() in self.codes
        return party.name is None or name_key(party.name) in self.names


def named(parties: Iterable[tuple[str, str]]) -> Names:
    """Names of parties given as (code, name)."""
    parties = list(parties)
    return Names(
        frozenset(code.upper() for code, _ in parties),
        frozenset(name_key(name) for _, name in parties),
    )


class Account(NamedTuple):
    """A contract with what was said of it, as far as payments go."""

    id: int
    ulid: str
    contract: Contract
    #: The statements that count, with their ids; 0 for one that is not written yet.
    facts: tuple[tuple[int, Fact], ...]
    #: Statements corrected since into others.
    superseded: tuple[tuple[int, Fact], ...]
    amendments: tuple[Amendment, ...]
    payers: Names
    payees: Names

    @property
    def everything(self) -> tuple[tuple[int, Fact], ...]:
        """All that was ever stated of it."""
        return (*self.facts, *self.superseded)

    def is_called(self, number: str) -> bool:
        """Whether a list may mean this contract by a number."""
        return number_key(number) in (number_key(self.contract.contract_no), self.ulid)


def added(account: Account, fact: Fact, without: Collection[int] = ()) -> Account:
    """The account with one more statement, and with some (ids) answered: not so."""
    known = tuple(
        (i, replace(f, answer=Answer.DISPUTED, disputed_fen=None) if i and i in without else f)
        for i, f in account.facts
    )
    return account._replace(facts=(*known, (0, fact)))


def is_payable(obligation: Obligation) -> bool:
    """Whether it is met by money that the government side pays."""
    pays = obligation.is_payment or obligation.kind is Kind.POLICY_FULFILMENT
    return pays and obligation.obligor is Side.GOVERNMENT


# --- what a note says first ---------------------------------------------------------------------

#: A person decided where the payment belongs.
DECIDED = "按决定登记"
_OWN_DAY = re.compile(rf"(?:{DECIDED}；)?本来源记载日 (\d{{4}}-\d{{2}}-\d{{2}})")


def text_note(text: str) -> str:
    """The list's own words as a note: they can pretend to be none of the marks above."""
    return f"摘要：{text}"


def own_day_note(on: date) -> str:
    """What a note says when a statement was put beside another source's some days away."""
    return f"本来源记载日 {on}"


def own_day(fact: Fact) -> date:
    """The day the source itself has on its list."""
    return day_on_list(fact.on, fact.note)


def day_on_list(on: date, note: str | None) -> date:
    """`own_day` of a statement of which only these are known."""
    found = _OWN_DAY.match(note or "")
    return on if found is None else date.fromisoformat(found[1])


# --- what is owed, and what is spoken of --------------------------------------------------------


class Payment(NamedTuple):
    """Statements that agree on obligation, day and amount: of each source, one a payment."""

    obligation: str | None
    on: date
    fen: int
    #: How many statements each source has made.
    by: Counter[Source]
    #: Of them, those that are enough by themselves or were confirmed.
    sure: Counter[Source]
    #: Ids of mere claims.
    claims: tuple[int, ...]

    def is_free_for(self, source: Source) -> bool:
        """Whether another source speaks of one more payment than this source has."""
        return max((n for s, n in self.by.items() if s is not source), default=0) > self.by[source]

    def is_backed_for(self, source: Source) -> bool:
        """Whether that payment counts already, without this source."""
        others = max((n for s, n in self.sure.items() if s is not source), default=0)
        return others > self.by[source]


class Reckoned(NamedTuple):
    """How an account stands on a day, and when all is done that is known today."""

    account: Account
    statute: Statute
    end: date
    at_day: dict[str, Standing]
    at_end: dict[str, Standing]

    @property
    def payable(self) -> list[Obligation]:
        """What the government side pays, on the terms that hold in the end."""
        return [s.obligation for s in self.at_end.values() if is_payable(s.obligation)]

    def key_of(self, text: str | None) -> str | None:
        """The payable obligation with this key; or with this title, if there is one only."""
        by_title = [o.key for o in self.payable if o.title == text]
        if text in [o.key for o in self.payable]:
            return text
        return by_title[0] if len(by_title) == 1 else None

    def owed(self, *, by_claims: bool) -> dict[str, int]:
        """What is owed on the day and not paid later either, by key, in fen.

        Args:
            by_claims: whether what the paying side claims to have paid is left out.
        """
        last = {key: _open_fen(s, by_claims=by_claims) for key, s in self.at_end.items()}
        then = self.owed_then(by_claims=by_claims)
        return {key: least for key, fen in then.items() if (least := min(fen, last[key]))}

    def owed_then(self, *, by_claims: bool) -> dict[str, int]:
        """What was owed on the day, by key, in fen, whatever was paid later."""
        then = {
            key: _open_fen(s, by_claims=by_claims)
            for key, s in self.at_day.items()
            if is_payable(s.obligation)
        }
        return {key: fen for key, fen in then.items() if fen}

    def owed_by(self, payer: Party) -> set[str]:
        """The keys of what one of several government parties owes; all, if it is not told."""
        contract = self.account.contract
        bodies = (contract.government, *contract.co_governments)
        codes = [b.code for b in bodies if _is(payer, b.code, b.name)]
        own = {o.key for o in self.payable if (o.obligor_code or contract.government.code) in codes}
        return own or {o.key for o in self.payable}

    def fall(self, after: Account, *, claims: bool = False) -> int:
        """By how many fen what remains falls with a change; or by how many, claims rise."""
        later = _standings(after, self.end, self.statute)
        if claims:
            return _claimed(later) - _claimed(self.at_end)
        return _remaining(self.at_end) - _remaining(later)

    def is_open_ended(self, key: str | None) -> bool:
        """Whether an obligation has no amount that could be exceeded."""
        return key is not None and self.at_end[key].obligation.amount_fen is None

    @property
    def payments(self) -> list[Payment]:
        """The payments that are spoken of and not disputed."""
        keys = {o.key for o in self.payable}
        whole = {o.key: o.amount_fen for o in self.payable if o.is_payment}
        spoken: dict[tuple[str | None, date, int], list[tuple[int, Fact]]] = {}
        unnamed: list[tuple[int, Fact]] = []
        for i, fact in sorted(self.account.facts, key=lambda f: f[1].on):
            fen = _paid_fen(fact, whole)
            if fen is None or fact.is_disputed:
                continue
            if fact.obligation is None:
                unnamed.append((i, fact))
            elif fact.obligation in keys:
                spoken.setdefault((fact.obligation, fact.on, fen), []).append((i, fact))
        for i, fact in unnamed:
            place = _named_place(fact, spoken)
            spoken.setdefault(place, []).append((i, fact))
        return [_payment(place, said) for place, said in spoken.items()]


def _open_fen(standing: Standing, *, by_claims: bool) -> int:
    claimed = sum(m.fen for m in standing.claims) if by_claims else 0
    return max(0, (standing.remaining_fen or 0) - claimed)


def _is(party: Party, code: str, name: str) -> bool:
    if party.code:
        return party.code.upper() == code.upper()
    return party.name is not None and name_key(party.name) == name_key(name)


def _paid_fen(fact: Fact, amounts: dict[str, int | None]) -> int | None:
    """The amount of a statement of payment; `performed` on a payment says that it was paid."""
    if fact.kind is FactKind.PAID:
        return fact.amount_fen
    if fact.kind is FactKind.PERFORMED and fact.obligation in amounts:
        return fact.amount_fen or amounts[fact.obligation]
    return None


def _named_place(
    fact: Fact, spoken: dict[tuple[str | None, date, int], list[tuple[int, Fact]]]
) -> tuple[str | None, date, int]:
    """Where a payment that names no obligation belongs, as the ledger has it."""
    fen = fact.amount_fen or 0
    for place, said in spoken.items():
        told = Counter(f.by for _, f in said)
        if (
            place[0] is not None
            and place[1:] == (fact.on, fen)
            and told[fact.by] < max(told.values())
        ):
            return place
    return None, fact.on, fen


def _payment(place: tuple[str | None, date, int], said: list[tuple[int, Fact]]) -> Payment:
    sure = [(i, f) for i, f in said if f.by in KNOW_OF_MONEY or f.is_confirmed]
    return Payment(
        *place,
        by=Counter(f.by for _, f in said),
        sure=Counter(f.by for _, f in sure),
        claims=tuple(i for i, f in said if (i, f) not in sure),
    )


def reckon_account(account: Account, on: date, statute: Statute) -> Reckoned:
    """How an account stands on a day, and in the end."""
    days = [on, *(f.on for _, f in account.facts), *(a.agreed_on for a in account.amendments)]
    end = max(days)
    at_end = _standings(account, end, statute)
    at_day = at_end if end == on else _standings(account, on, statute)
    return Reckoned(account, statute, end, at_day, at_end)


def _standings(account: Account, on: date, statute: Statute) -> dict[str, Standing]:
    facts = (f for _, f in account.facts)
    return standings_at(open_ledger(account.contract, facts, account.amendments, statute), on)


def _remaining(standings: dict[str, Standing]) -> int:
    return sum(s.remaining_fen or 0 for s in standings.values() if is_payable(s.obligation))


def _claimed(standings: dict[str, Standing]) -> int:
    return sum(m.fen for s in standings.values() for m in s.claims)
