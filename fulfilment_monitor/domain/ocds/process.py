"""A contracting process, release by release: the terms first published, and each step after.

The first release with something owed gives the terms. What a later one changes is an amendment
where the publisher says so (an entry in `amendments`, or the tag `contractAmendment`), for a
published amendment is the parties' own act; otherwise it is a finding, and the terms stand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ..contracts import Amendment, AmendmentKind, AmendmentReason, Contract, Kind, Obligation
from ..facts import Fact
from .codes import AMENDMENT_TAG
from .dates import civil_day, zone_of
from .parties import Directory, parties_of
from .statements import is_reverse, oddities, statements_of, withdrawn
from .states import State, state_of
from .terms import Signed, contract_of, obligation_of, obligations_of, signed_on
from .values import Note, by_id, ident, obj, objs, text, texts


class Step(NamedTuple):
    """What one release brought: agreed changes, new obligations, and all facts stated by then."""

    on: date
    agreed_on: date
    changes: tuple[Amendment, ...]
    added: tuple[Obligation, ...]
    facts: tuple[Fact, ...]
    rationale: str | None = None


class Plan(NamedTuple):
    """One contract of a process, as it is to stand on the register."""

    ocds_id: str
    #: The terms as first published; None while nothing is known to be owed.
    contract: Contract | None
    #: The release that first told what is owed.
    first: dict[str, Any] | None
    #: The first step belongs to the terms themselves, and changes nothing.
    steps: tuple[Step, ...]
    compiled: dict[str, Any]
    notes: tuple[Note, ...]


def plan_process(
    ocid: str, releases: Sequence[dict[str, Any]], snapshots: Sequence[dict[str, Any]]
) -> list[Plan]:
    """The contracts of a process.

    Args:
        releases: all that are known, oldest first.
        snapshots: the merged process after each of them.
    """
    if not snapshots:
        return []
    last, zone = snapshots[-1], zone_of(ocid)
    ids = [i for c in objs(last.get("contracts")) if (i := ident(c.get("id")))]
    return [_plan(ocid, i, releases, snapshots, zone) for i in dict.fromkeys(ids)]


def _plan(
    ocid: str,
    ocds_id: str,
    releases: Sequence[dict[str, Any]],
    snapshots: Sequence[dict[str, Any]],
    zone: ZoneInfo | None,
) -> Plan:
    last = snapshots[-1]
    contract = by_id(objs(last.get("contracts")), ocds_id)
    notes: list[Note] = []
    told = [
        (release, state_of(snap, by_id(objs(snap.get("contracts")), ocds_id), zone))
        for release, snap in zip(releases, snapshots, strict=True)
        if by_id(objs(release.get("contracts")), ocds_id)
    ]
    first = next((i for i, (_, state) in enumerate(told) if obligations_of(state)), None)
    released = told[0][0] if told else releases[-1]
    signed = signed_on(last, contract, released.get("date"), zone, notes)
    final = told[-1][1] if told else state_of(last, contract, zone)
    notes += final.notes
    if signed.on is None or first is None:
        if first is None:
            here = ("contracts", ocds_id)
            detail = "既无金额也无里程碑，暂不登记为合同；公布内容已保存"
            notes.append(Note(here, "ocds.nothing-owed", detail))
        return Plan(ocds_id, None, None, (), contract, tuple(notes))
    directory = Directory(last, ocid)
    parties = parties_of(last, contract, directory)
    notes += parties.notes
    start = told[first][1]
    currency = start.currency or final.currency
    terms = contract_of(last, start, parties, signed.on, ocds_id, currency, notes)
    replay = _Replay(ocds_id, terms, directory, zone, signed, notes)
    for release, state in told[first:]:
        replay.follow(release, state)
    replay.close(final)
    return Plan(ocds_id, terms, told[first][0], tuple(replay.steps), contract, tuple(notes))


class _Replay:
    """Walks the releases of one contract in order."""

    def __init__(
        self,
        ocds_id: str,
        terms: Contract,
        directory: Directory,
        zone: ZoneInfo | None,
        signed: Signed,
        notes: list[Note],
    ) -> None:
        self.here, self.terms = ("contracts", ocds_id), terms
        self.directory, self.zone, self.notes = directory, zone, notes
        self.owed: dict[str, Obligation] = {o.key: o for o in terms.obligations}
        self.steps: list[Step] = []
        self.told_on: dict[str, date] = {}
        self.signed = signed
        self.day, self.before = terms.signed_on, State({})
        self.said: tuple[Note, ...] = ()

    def follow(self, release: dict[str, Any], state: State) -> None:
        """Take up one release and what it leaves."""
        self.day = civil_day(release.get("date"), self.zone).on or self.day
        for payment in state.payments:
            self.told_on.setdefault(payment.ref, self.day)
        change = _Change(self, release, state) if self.steps else None
        changes = tuple(change.changes()) if change else ()
        added = tuple(change.added()) if change else ()
        self.owed |= {o.key: o for o in added}
        for a in changes:
            self._apply(a)
        stated = statements_of(state, self.terms, self.owed, self.directory)
        if self.steps:
            self.notes += withdrawn(self.steps[-1].facts, stated.facts, state)
        agreed_on = change.agreed_on if change else self.day
        rationale = change.rationale if change else None
        self.steps.append(Step(self.day, agreed_on, changes, added, stated.facts, rationale))
        self.said, self.before = stated.notes, state

    def _apply(self, a: Amendment) -> None:
        if a.obligation is not None:
            old = self.owed[a.obligation]
            self.owed[a.obligation] = Obligation(
                old.key,
                old.kind,
                old.title,
                old.obligor,
                a.amount_fen or old.amount_fen,
                a.due_on or old.due_on,
                added_on=old.added_on,
            )

    def close(self, final: State) -> None:
        """Put down what is odd about the contract as it stands in the end."""
        self.notes += self.said
        reverse = {p.ref for p in final.payments if is_reverse(p, self.terms, self.directory)}
        facts = tuple(f for f in self.steps[-1].facts if f.ref not in reverse)
        self.notes += oddities(final, self.terms, facts, self.told_on, signed=self.signed.sure)


class _Change:
    """What one release changes in the terms, and whether the publisher calls it an amendment."""

    def __init__(self, replay: _Replay, release: dict[str, Any], state: State) -> None:
        self.replay, self.state = replay, state
        new = [a for i, a in state.amendments.items() if i not in replay.before.amendments]
        self.formal = bool(new) or AMENDMENT_TAG in texts(release.get("tag"))
        entry = obj(new[-1]) if new else {}
        dated = civil_day(entry.get("date"), replay.zone).on
        self.agreed_on = min(dated, replay.day) if dated else replay.day
        self.rationale = text(entry.get("rationale"), 400) or text(entry.get("description"), 400)

    def _amendment(self, key: str | None, due_on: date | None, fen: int | None) -> Amendment:
        return Amendment(
            AmendmentKind.TERMS,
            self.agreed_on,
            AmendmentReason.MUTUAL_AGREEMENT,
            key,
            due_on,
            None,
            fen,
        )

    def _unagreed(self, path: tuple[str, ...], detail: str) -> None:
        note = Note(
            path, "ocds.changed-without-amendment", f"{detail}；未公布补充协议，登记内容不变"
        )
        self.replay.notes.append(note)

    def changes(self) -> list[Amendment]:
        """Changed dates and amounts that were agreed; the others are noted."""
        found = []
        for m in self.state.milestones.values():
            old = self.replay.owed.get(m.key)
            if old is None:
                continue
            due_on = m.due_on if m.due_on != old.due_on else None
            fen = m.fen if m.fen != old.amount_fen else None
            if due_on is None and fen is None:
                continue
            completes = due_on is None or old.due_on is None
            completes = completes and (fen is None or old.amount_fen is None)
            if completes or self.formal:
                found.append(self._amendment(m.key, due_on, fen))
            else:
                self._unagreed(m.path, f"“{m.title}”原为 {_shown(old)}，现公布 {_shown(m)}")
        return found + self._whole()

    def _whole(self) -> list[Amendment]:
        """Changes of the period and the price: acts on the contract, not on one obligation."""
        before, now, here = self.replay.before, self.state, self.replay.here
        end_on = now.end_on if now.end_on != before.end_on else None
        fen = now.fen if now.fen != before.fen else None
        if end_on is not None and before.end_on is not None and not self.formal:
            detail = f"合同期限原止于 {before.end_on}，现公布 {end_on}"
            self._unagreed((*here, "period", "endDate"), detail)
        if fen is not None and before.fen is not None and not self.formal:
            self._unagreed((*here, "value"), "合同金额与此前公布的不同")
        if not self.formal or (end_on is None and fen is None):
            return []
        if end_on is not None and before.end_on is not None:
            why = f"合同期限原止于 {before.end_on}，变更为 {end_on}"
            self.rationale = f"{why}；{self.rationale}" if self.rationale else why
        found = [self._amendment(None, end_on, fen)]
        generic = _unscheduled(self.replay.owed)
        if fen is not None and generic is not None and generic not in now.milestones:
            found.append(self._amendment(generic, None, fen))
        return found

    def added(self) -> list[Obligation]:
        """Milestones that were not there before; each is owed from the day it was published."""
        new = [m for m in self.state.milestones.values() if m.key not in self.replay.owed]
        for m in new:
            detail = f"“{m.title}”为此后公布的里程碑，自 {self.agreed_on} 起登记"
            self.replay.notes.append(Note(m.path, "ocds.milestone-added", detail))
        if _unscheduled(self.replay.owed) and any(m.kind is Kind.PAYMENT for m in new):
            detail = "此后公布了付款安排；登记时的未定期合同价款仍在册，请核对并变更金额"
            self.replay.notes.append(Note(self.replay.here, "ocds.scheduled-later", detail))
        return [obligation_of(m, self.agreed_on) for m in new]


def _unscheduled(owed: dict[str, Obligation]) -> str | None:
    """The key of the payment that stands for a price without a schedule."""
    found = [o for o in owed.values() if o.kind is Kind.PAYMENT]
    return found[0].key if len(found) == 1 and found[0].due_on is None else None


def _shown(terms: Any) -> str:
    fen = getattr(terms, "amount_fen", None) or getattr(terms, "fen", None)
    money = "" if fen is None else f"、{fen // 100}.{fen % 100:02d}"
    return f"{terms.due_on or '未定日期'}{money}"
