"""What a contract document means on a given day, worked out the slow and plain way.

Written from the law and the published interface alone and sharing no code with the product, so
that the two can be compared. README.md lists the readings chosen where the texts leave room.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import NamedTuple

Fact = dict
Payments = list[tuple[date, int]]

DATA = Path(__file__).parent / "data"
ONE_DAY = timedelta(days=1)
FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
DECREE_SINCE = date(2020, 9, 1)  # 国令第728号; 第802号 keeps both numbers of days
DEFAULT_DAYS, CEILING_DAYS = 30, 60
STATUTORY_DAILY_RATE = Fraction(5, 10_000)
SME_SIZES = {"micro", "small", "medium"}
BOUGHT = {"goods", "works", "services"}
WITNESSES = {"enterprise", "treasury", "court", "bank"}  # their word on a payment needs no other


def _column(name: str) -> dict[date, str]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return {date.fromisoformat(row[0]): row[1] for row in list(csv.reader(lines))[1:]}


CALENDAR = _column("holidays_2019_2026.csv")
LPR = _column("lpr.csv")
NOTICED_YEARS = {day.year for day in CALENDAR}


def fen(yuan: str) -> int:
    """Whole fen of a decimal string in yuan."""
    amount = Fraction(yuan) * 100
    assert amount.denominator == 1, yuan
    return int(amount)


def is_working_day(day: date) -> bool:
    if day.year not in NOTICED_YEARS:
        return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS
    if day in CALENDAR:
        return CALENDAR[day] == "workday_makeup"
    return day.weekday() < 5


def add_months(start: date, months: int) -> date:
    """The corresponding day, or the last of the month where there is none. 民法典 202."""
    count = start.year * 12 + start.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    day = first
    while day.day < start.day and (day + ONE_DAY).month == first.month:
        day += ONE_DAY
    return day


def deadline(start: date, length: int, unit: str, roll: bool = True) -> tuple[date, bool]:
    """The last day of a period whose day zero is `start`, and whether it is provisional.

    Provisional: a day of a year without holiday notice was asked about. 民法典 200–203.
    """
    day, asked = start, set()
    if unit == "day":
        for _ in range(length):
            day += ONE_DAY
    elif unit == "month":
        day = add_months(start, length)
    elif unit == "working_day":
        counted = 0
        while counted < length:
            day += ONE_DAY
            asked.add(day.year)
            counted += is_working_day(day)
    else:
        raise ValueError(unit)
    if roll:
        asked.add(day.year)
        while not is_working_day(day):
            day += ONE_DAY
            asked.add(day.year)
    return day, not asked <= NOTICED_YEARS


def lpr_floor(signed_on: date) -> str | None:
    """The 1-year LPR in percent at signing; None before the first, "unknown" past the last."""
    last = max(LPR)
    next_publication = add_months(last.replace(day=20), 1)
    while not is_working_day(next_publication):
        next_publication += ONE_DAY
    if signed_on >= next_publication:
        return "unknown"
    known = [day for day in LPR if day <= signed_on]
    return LPR[max(known)] if known else None


def interest(
    principal_fen: int,
    due_on: date,
    until: date,
    signed_on: date,
    annual_rate: str | None,
    payments: Payments,
    sme: bool = True,
    basis: int = 365,
) -> int:
    """Late interest in fen from the day after `due_on` to `until`, both included.

    A payment still bears interest on its own day. Rounded once, half up. 条例 第十七条.
    """
    if annual_rate is not None:
        daily_rate = Fraction(annual_rate) / basis
    elif sme and signed_on >= DECREE_SINCE:
        daily_rate = STATUTORY_DAILY_RATE
    else:
        return 0
    paid_on: dict[date, int] = defaultdict(int)
    for on, amount in payments:
        paid_on[max(on, due_on)] += amount
    balance, balance_days, day = principal_fen - paid_on[due_on], 0, due_on + ONE_DAY
    while day <= until and balance > 0:
        balance_days += balance
        balance -= paid_on.get(day, 0)
        day += ONE_DAY
    return floor(balance_days * daily_rate + Fraction(1, 2))


class Due(NamedTuple):
    on: date | None = None
    provisional: bool = False
    agreed_on: date | None = None
    waiting: bool = False


def expanded(obligations: list[dict]) -> Iterator[dict]:
    """Each obligation, a repeated one as key-1 … key-n counted from its first date."""
    for obligation in obligations:
        if "repeat" not in obligation:
            yield obligation
            continue
        first, every = date.fromisoformat(obligation["due_on"]), obligation["repeat"]["every"]
        for n in range(obligation["repeat"]["times"]):
            on, _ = deadline(first, every["length"] * n, every["unit"], roll=False)
            yield {**obligation, "key": f"{obligation['key']}-{n + 1}", "due_on": on.isoformat()}


class View:
    """One contract as its facts up to a day show it; `paid` holds the payments that count."""

    def __init__(self, document: dict, as_of: date, paid: dict[str, Payments]) -> None:
        self.as_of, self.paid = as_of, paid
        self.signed_on = date.fromisoformat(document["signed_on"])
        self.obligations = {o["key"]: o for o in expanded(document["obligations"])}
        self.facts = facts_until(document, as_of)
        # Whom the decree protects, from when, for what. 条例 802 第二、三条.
        self.bought_from_sme = (
            document["enterprise"]["size"] in SME_SIZES and document["subject"] in BOUGHT
        )
        self.protected = self.bought_from_sme and self.signed_on >= DECREE_SINCE
        # A review answered by nobody approves the settlement only where the contract says so.
        self.silence_approves = bool(
            (document.get("clauses") or {}).get("silence_approves_settlement")
        )
        self.annual_rate = (document.get("late_interest") or {}).get("annual_rate")

    def days(self, key: str, *kinds: str) -> list[date]:
        return [f["on"] for f in self.facts if f.get("obligation") == key and f["kind"] in kinds]

    def dispute(self, key: str) -> Fact | None:
        """The dispute that stands: the latest, unless withdrawn since."""
        kinds = ("disputed", "undisputed")
        told = [f for f in self.facts if f.get("obligation") == key and f["kind"] in kinds]
        last = sorted(told, key=lambda f: f["on"])[-1:]  # stable: on one day, the later written
        return last[0] if last and last[0]["kind"] == "disputed" else None

    def waived(self, key: str) -> bool:
        return any(
            f["kind"] == "waived"
            and f.get("obligation") == key
            and (f["by"] == "enterprise" or f.get("confirmed"))
            for f in self.facts
        )

    def remaining(self, obligation: dict) -> int | None:
        if "amount" not in obligation:
            return None
        paid = sum(amount for _, amount in self.paid.get(obligation["key"], []))
        return max(0, fen(obligation["amount"]) - paid)

    def fulfilled_on(self, obligation: dict) -> date | None:
        """The day the last fen came; without an amount, the first undisputed performance."""
        key = obligation["key"]
        if "amount" not in obligation:
            performed = [] if self.dispute(key) else self.days(key, "performed")
            silent = self.approved_by_silence(obligation)
            return min([*performed, *([silent] if silent else [])], default=None)
        left = fen(obligation["amount"])
        for on, amount in sorted(self.paid.get(key, [])):
            left -= amount
            if left <= 0:
                return on
        return None

    def approved_by_silence(self, obligation: dict) -> date | None:
        """The end of the review of a settlement on which the contract lets silence approve."""
        settles = obligation["kind"] == "settlement" and by_government(obligation)
        if not (settles and self.silence_approves):
            return None
        end = self.due(obligation).on
        answers = self.days(obligation["key"], "performed", "rejected", "disputed")
        silent = end is not None and self.as_of > end and not any(day <= end for day in answers)
        return end if silent else None

    def delivery_disputed(self, obligation: dict) -> bool:
        """Is a delivery upstream of this obligation under dispute?"""
        while obligation.get("after", "signing") != "signing":
            obligation = self.obligations[obligation["after"]]
            if obligation["kind"] == "delivery" and self.dispute(obligation["key"]):
                return True
        return False

    def late_acceptance(self, acceptance: dict) -> tuple[date, bool] | None:
        """The end of an acceptance period the buyer let pass in silence. 条例 802 第十条第二款."""
        if not (self.protected and by_government(acceptance) and "within" in acceptance):
            return None
        end = self.due(acceptance)
        if end.on is None or self.as_of <= end.on or self.delivery_disputed(acceptance):
            return None
        key = acceptance["key"]
        passed = self.fulfilled_on(acceptance)
        answers = ([passed] if passed else []) + self.days(key, "rejected")
        return None if any(day <= end.on for day in answers) else (end.on, end.provisional)

    def start(self, obligation: dict) -> tuple[date | None, bool]:
        """Day zero of the obligation's term, and whether that day is provisional."""
        if obligation["after"] == "signing":
            return self.signed_on, False
        trigger = self.obligations[obligation["after"]]
        if trigger["kind"] == "acceptance" and is_government_payment(obligation):
            lapsed = self.late_acceptance(trigger)
            if lapsed:
                return lapsed
        return self.fulfilled_on(trigger), False

    def statutory(self, obligation: dict) -> bool:
        special = obligation.get("retention") or obligation.get("other_law")
        return self.protected and is_government_payment(obligation) and not special

    def statutory_trigger(self, key: str) -> bool:
        if key == "signing":
            return False
        if self.obligations[key]["kind"] != "settlement":
            return self.obligations[key]["kind"] in ("delivery", "acceptance")
        told = [f for f in self.facts if f.get("obligation") == key and f["kind"] == "performed"]
        if self.approved_by_silence(self.obligations[key]):
            return True
        both_sides = {"government", "enterprise"} <= {f["by"] for f in told}
        return both_sides or any(f.get("confirmed") for f in told)

    def delivered_on(self) -> date | None:
        """The last delivery, once every delivery of the contract stands."""
        days = [self.fulfilled_on(o) for o in self.obligations.values() if o["kind"] == "delivery"]
        return max(days) if days and None not in days else None

    def due(self, obligation: dict) -> Due:
        if "due_on" in obligation:
            return self.fixed_due(obligation)
        if "after" not in obligation:
            return Due()
        zero, unsure = self.start(obligation)
        if zero is None:
            return Due(waiting=True)
        statutory = self.statutory(obligation) and self.statutory_trigger(obligation["after"])
        if "within" not in obligation:
            if not statutory:
                return Due()
            on, provisional = deadline(zero, DEFAULT_DAYS, "day")
            return Due(on, provisional or unsure)
        length, unit = obligation["within"]["length"], obligation["within"]["unit"]
        agreed, provisional = deadline(zero, length, unit)
        # Compared before rolling, from the same day zero.
        agreed_raw, _ = deadline(zero, length, unit, roll=False)
        ceiling_raw, _ = deadline(zero, CEILING_DAYS, "day", roll=False)
        if statutory and agreed_raw > ceiling_raw:
            ceiling, provisional = deadline(zero, CEILING_DAYS, "day")
            return Due(ceiling, provisional or unsure, agreed)
        return Due(agreed, provisional or unsure)

    def fixed_due(self, obligation: dict) -> Due:
        """An agreed date as written, unless delivery + ceiling comes before it."""
        agreed = date.fromisoformat(obligation["due_on"])
        delivered = self.delivered_on() if self.statutory(obligation) else None
        if delivered:
            ceiling_raw, _ = deadline(delivered, CEILING_DAYS, "day", roll=False)
            ceiling, provisional = deadline(delivered, CEILING_DAYS, "day")
            # A ceiling that rolls past the agreed date does not postpone it.
            if agreed > ceiling_raw and agreed >= ceiling:
                return Due(ceiling, provisional, agreed)
        return Due(agreed)

    def state(self, obligation: dict, due: Due) -> str:
        key, done = obligation["key"], self.fulfilled_on(obligation)
        if self.waived(key):
            return "waived"
        if done:
            return "fulfilled_late" if due.on and done > due.on else "fulfilled"
        dispute, left = self.dispute(key), self.remaining(obligation)
        if dispute and (left is None or "amount" not in dispute or fen(dispute["amount"]) >= left):
            return "disputed"
        if due.on is None:
            return "waiting" if due.waiting else "undated"
        return "overdue" if self.as_of > due.on else "open"

    def standing(self, obligation: dict) -> dict:
        due, done = self.due(obligation), self.fulfilled_on(obligation)
        state, left, late, charge = self.state(obligation, due), self.remaining(obligation), 0, 0
        if state == "waived":
            left = None if left is None else 0
        elif due.on:
            late = max(0, ((done or self.as_of) - due.on).days)
        if late and is_government_payment(obligation) and "amount" in obligation:
            charge = interest(
                fen(obligation["amount"]),
                due.on,
                done or self.as_of,
                self.signed_on,
                self.annual_rate,
                self.paid.get(obligation["key"], []),
                self.bought_from_sme,
            )
        return {
            "state": state,
            "due_on": due.on,
            "agreed_due_on": due.agreed_on,
            "remaining": left,
            "days_late": late,
            "provisional": due.provisional,
            "interest": charge,
        }


def by_government(obligation: dict) -> bool:
    return obligation["obligor"] != "enterprise"


def is_government_payment(obligation: dict) -> bool:
    return obligation["kind"] == "payment" and by_government(obligation)


def facts_until(document: dict, as_of: date) -> list[Fact]:
    dated = [{**f, "on": date.fromisoformat(f["on"])} for f in document.get("facts", [])]
    return [f for f in dated if f["on"] <= as_of]


def spread(view: View, amount: int) -> Iterator[tuple[str, int]]:
    """Shares of a payment that names no debt: oldest first, one day pro rata. 民法典 560."""
    by_due: dict[tuple, list[tuple[str, int]]] = defaultdict(list)
    for place, (key, obligation) in enumerate(view.obligations.items()):
        left = view.remaining(obligation)
        if left and by_government(obligation) and not view.waived(key):
            due_on = view.due(obligation).on
            rank = (due_on, 0) if due_on else (date.max, place)  # undated ones: as written
            by_due[rank].append((key, left))
    for rank in sorted(by_due):
        total = sum(left for _, left in by_due[rank])
        given = min(amount, total)
        shares = [given * left // total for _, left in by_due[rank]]
        for n in range(given - sum(shares)):  # fewer fen than debts are left over by the division
            shares[n] += 1
        yield from zip((key for key, _ in by_due[rank]), shares, strict=True)
        amount -= given


def counted_payments(document: dict, as_of: date) -> dict[str, Payments]:
    """Payments per obligation; the government's own word is a claim until confirmed."""
    told = [f for f in facts_until(document, as_of) if f["kind"] == "paid"]
    counted = [f for f in told if f["by"] in WITNESSES or f.get("confirmed")]
    paid: dict[str, Payments] = defaultdict(list)
    for fact in sorted(counted, key=lambda f: (f["on"], "obligation" not in f)):
        if "obligation" in fact:
            paid[fact["obligation"]].append((fact["on"], fen(fact["amount"])))
            continue
        # What was due is judged on the day of the payment and never revised.
        shares = list(spread(View(document, fact["on"], paid), fen(fact["amount"])))
        for key, share in shares:
            paid[key].append((fact["on"], share))
    return paid


def standing(document: dict, as_of: date) -> dict[str, dict]:
    """State, dates, money and lateness of every obligation as of the end of a day."""
    view = View(document, as_of, counted_payments(document, as_of))
    return {key: view.standing(obligation) for key, obligation in view.obligations.items()}
