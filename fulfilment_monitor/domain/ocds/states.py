"""One published contract as one release leaves it: what is owed, what was done, what was paid.

Nothing is guessed: a duration gives no date, a status without a day gives no fact.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ..contracts import SIGNING, Kind
from ..parties import Side
from .codes import MET, MILESTONE_KINDS, MILESTONE_STATUSES, OTHER_MILESTONE
from .dates import civil_day
from .parties import Directory, payee_of, payer_of
from .values import Amount, Note, amount_of, by_id, fitted, ident, obj, objs, text

Path = tuple[str, ...]
_KEY, _REF = 80, 110
#: Where milestones of a contract stand, and what marks the keys of each place: the two lists
#: number their members independently.
_PLACES = ((("implementation", "milestones"), ""), (("milestones",), "contract-"))

_AMOUNT_DETAIL = {
    "ocds.amount-unreadable": "金额无法读取",
    "ocds.amount-not-positive": "金额为零或负数，未采用",
    "ocds.amount-too-large": "金额过大，未采用",
    "ocds.amount-decimals": "金额超过两位小数，不作舍入，未采用",
    "ocds.amount-text": "金额写成了字符串，已按原值读取",
}
_DATE_DETAIL = {
    "ocds.date-unreadable": "日期无法读取，未采用",
    "ocds.date-range": "日期不在2000年至2099年之间，未采用",
}


class Milestone(NamedTuple):
    key: str
    kind: Kind
    title: str
    obligor: Side
    fen: int | None
    due_on: date | None
    status: str | None
    met_on: date | None
    path: Path


class Payment(NamedTuple):
    ref: str
    on: date | None
    fen: int | None
    payer: object
    payee: object
    milestone: str | None
    path: Path


@dataclass
class State:
    """What one contract says after one release."""

    contract: dict[str, Any]
    milestones: dict[str, Milestone] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    fen: int | None = None
    currency: str | None = None
    start_on: date | None = None
    end_on: date | None = None
    amendments: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


class Reader:
    """Reads the values of one contract, and puts down what is odd about them."""

    def __init__(self, contract_id: str, zone: ZoneInfo | None) -> None:
        self.here: Path = ("contracts", contract_id)
        self.zone, self.notes = zone, list[Note]()

    def note(self, path: Path, code: str, detail: str) -> None:
        self.notes.append(Note(path, code, detail))

    def day(self, of: dict[str, Any], name: str, path: Path) -> date | None:
        """A day; what is wrong with it is noted."""
        found = civil_day(of.get(name), self.zone)
        if found.fault is None and not found.doubt:
            return found.on
        written = text(str(of.get(name)), 60)
        if found.fault is not None:
            self.note((*path, name), found.fault, f"{_DATE_DETAIL[found.fault]}：{written}")
        if found.doubt:
            detail = f"{written} 临近零点，按 {found.on} 计；发布方所在时区不明或换算跨日，请核对"
            self.note((*path, name), "ocds.day-uncertain", detail)
        return found.on

    def money(self, value: object, path: Path, currency: str | None = None) -> Amount:
        """An amount; one that cannot be used, or of another currency, is noted and left out."""
        found = amount_of(value)
        if found.fault is not None:
            detail = f"{_AMOUNT_DETAIL[found.fault]}：{found.shown}"
            self.note((*path, "amount"), found.fault, detail)
        if currency and found.currency and found.currency != currency:
            detail = f"币种 {found.currency} 与合同的 {currency} 不同，未采用"
            self.note((*path, "currency"), "ocds.currency-differs", detail)
            return Amount(None, found.currency)
        return found


def state_of(compiled: dict[str, Any], contract: dict[str, Any], zone: ZoneInfo | None) -> State:
    """What a contract of a merged process says."""
    reader = Reader(ident(contract.get("id")) or "", zone)
    state = State(contract, notes=reader.notes)
    _read_value(compiled, contract, reader, state)
    period = obj(contract.get("period"))
    state.start_on = reader.day(period, "startDate", (*reader.here, "period"))
    state.end_on = reader.day(period, "endDate", (*reader.here, "period"))
    _compare_extent(compiled, contract, reader)
    for place, mark in _PLACES:
        _read_milestones(place, mark, reader, state)
    for paid in objs(obj(contract.get("implementation")).get("transactions")):
        _read_payment(paid, reader, state)
    for i, change in enumerate(_amendments(contract)):
        state.amendments[ident(change.get("id")) or f"#{i}"] = change
    return state


def _amendments(contract: dict[str, Any]) -> list[dict[str, Any]]:
    single = contract.get("amendment")  # version 1.0
    return [*objs(contract.get("amendments")), *([single] if isinstance(single, dict) else [])]


def _read_value(
    compiled: dict[str, Any], contract: dict[str, Any], reader: Reader, state: State
) -> None:
    value = reader.money(contract.get("value"), (*reader.here, "value"))
    award = by_id(objs(compiled.get("awards")), ident(contract.get("awardID")))
    awarded = amount_of(award.get("value"))
    state.fen, state.currency = value.fen, value.currency or awarded.currency
    if contract.get("value") is None and awarded.fen is not None:
        state.fen = awarded.fen
        detail = f"合同未公布金额，采用中标金额 {awarded.shown}"
        reader.note((*reader.here, "value"), "ocds.amount-from-award", detail)
    elif None not in (awarded.fen, state.fen) and awarded.fen != state.fen:
        detail = f"合同金额 {value.shown} 与中标金额 {awarded.shown} 不同"
        reader.note((*reader.here, "value"), "ocds.values-differ", detail)
    if state.currency is None:
        state.currency = _first_currency(contract)


def _compare_extent(compiled: dict[str, Any], contract: dict[str, Any], reader: Reader) -> None:
    award = by_id(objs(compiled.get("awards")), ident(contract.get("awardID")))
    awarded = civil_day(obj(award.get("contractPeriod")).get("maxExtentDate"), reader.zone).on
    agreed = civil_day(obj(contract.get("period")).get("maxExtentDate"), reader.zone).on
    if awarded is not None and agreed is not None and awarded != agreed:
        detail = f"合同最长可延至 {agreed}，中标内容为 {awarded}"
        reader.note((*reader.here, "period", "maxExtentDate"), "ocds.extents-differ", detail)


def _first_currency(contract: dict[str, Any]) -> str | None:
    implementation = obj(contract.get("implementation"))
    valued = [*objs(implementation.get("milestones")), *objs(implementation.get("transactions"))]
    found = (amount_of(v.get("value") or v.get("amount")).currency for v in valued)
    return next((c for c in found if c), None)


def _read_milestones(place: Path, mark: str, reader: Reader, state: State) -> None:
    listed: Any = state.contract
    for step in place:
        listed = obj(listed).get(step)
    for i, shape in enumerate(objs(listed)):
        number = ident(shape.get("id"))
        path = (*reader.here, *place, number or f"#{i}")
        if number is None:
            reader.note(path, "ocds.milestone-without-id", "里程碑没有编号，未登记为义务")
            continue
        key = _free_key(fitted(mark + number, _KEY - 4), state)
        if key != fitted(mark + number, _KEY - 4):
            reader.note(path, "ocds.key-taken", f"编号“{number}”重复或为保留字，登记为“{key}”")
        state.milestones[key] = _milestone(shape, key, path, reader, state)


def _free_key(wanted: str, state: State) -> str:
    key, turn = wanted, 1
    while key in state.milestones or key == SIGNING:
        turn += 1
        key = f"{wanted}-{turn}"
    return key


def _milestone(
    shape: dict[str, Any], key: str, path: Path, reader: Reader, state: State
) -> Milestone:
    named = shape.get("type")
    kind, obligor = (
        MILESTONE_KINDS.get(named, OTHER_MILESTONE) if isinstance(named, str) else (OTHER_MILESTONE)
    )
    if isinstance(named, str) and named not in MILESTONE_KINDS:
        detail = f"里程碑类型“{text(named, 60)}”不在对照表内，登记为其他履约事项"
        reader.note((*path, "type"), "ocds.milestone-type", detail)
    value = reader.money(shape.get("value"), (*path, "value"), state.currency)
    due_on = reader.day(shape, "dueDate", path)
    met_on = _met_on(shape, path, reader)
    title = text(shape.get("title"), 200) or text(shape.get("description"), 200) or key
    status = shape.get("status") if isinstance(shape.get("status"), str) else None
    return Milestone(key, kind, title, obligor, value.fen, due_on, status, met_on, path)


def _met_on(shape: dict[str, Any], path: Path, reader: Reader) -> date | None:
    """The day a milestone was met; both the status and the day have to say so."""
    status = shape.get("status")
    on = reader.day(shape, "dateMet", path)
    if status is not None and (not isinstance(status, str) or status not in MILESTONE_STATUSES):
        detail = f"里程碑状态“{text(str(status), 60)}”不在代码表内，不据此认定履行"
        reader.note((*path, "status"), "ocds.milestone-status", detail)
    elif status == "partiallyMet":
        reader.note((*path, "status"), "ocds.partially-met", "部分完成，不据此认定履行")
    elif status == MET and on is None:
        detail = "状态为已完成但没有完成日期，不据此认定履行"
        reader.note((*path, "dateMet"), "ocds.met-without-date", detail)
    elif status != MET and on is not None:
        detail = f"有完成日期 {on} 但状态不是已完成，不据此认定履行"
        reader.note((*path, "dateMet"), "ocds.date-without-met", detail)
    return on if status == MET else None


def _read_payment(shape: dict[str, Any], reader: Reader, state: State) -> None:
    number = ident(shape.get("id"))
    path = (*reader.here, "implementation", "transactions", number or "")
    if number is None:
        reader.note(path, "ocds.transaction-without-id", "交易没有编号，未登记")
        return
    value = shape.get("value") if shape.get("value") is not None else shape.get("amount")  # 1.0
    money = reader.money(value, (*path, "value"), state.currency)
    linked = ident(obj(shape.get("relatedImplementationMilestone")).get("id"))
    state.payments.append(
        Payment(
            fitted(number, _REF),
            reader.day(shape, "date", path),
            money.fen,
            payer_of(shape),
            payee_of(shape),
            None if linked is None else fitted(linked, _KEY - 4),
            path,
        )
    )


def codes_of(directory: Directory, reference: object) -> str | None:
    """The code of the party a reference means, if it has one."""
    party = directory.look_up(reference)
    return party.code or None if party else None
