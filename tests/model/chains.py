"""A seeded generator of valid contract documents with chains of obligations and facts."""

import random
from datetime import date, timedelta

from . import oracle

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
GOVERNMENTS = {"organ": ("11", "测试县某局"), "institution": ("12", "测试县某中心")}
REGIONS = ("340321", "230603", "530102", "110108", "310115")
FIELDS_BY_SUBJECT = {
    "goods": ("procurement", "bidding"),
    "works": ("bidding", "government_investment", "ppp"),
    "services": ("procurement", "bidding", "ppp"),
    "promise": ("investment_attraction", "industry_support", "ppp"),
}
CLAUSES = ("pay_when_paid", "audit_as_settlement", "silence_approves_settlement", "forced_noncash")
RATES = ("0.0365", "0.03", "0.0300", "0.0435", "0.10", "0.0001")
SIGNING_CORNERS = (
    date(2020, 8, 31), date(2020, 9, 1), date(2025, 5, 31), date(2025, 6, 1), date(2019, 8, 19),
)  # fmt: skip
#: Days from a due date to what happens: early, on the day, around a weekend or holiday, late.
DRIFTS = (-45, -20, -7, -1, 0, 0, 0, 1, 2, 3, 5, 9, 14, 30, 61, 120, 400)
TERMS = (
    (5, "day"), (7, "day"), (15, "day"), (30, "day"), (45, "day"), (59, "day"), (60, "day"),
    (61, "day"), (90, "day"), (180, "day"), (3, "working_day"), (10, "working_day"),
    (20, "working_day"), (39, "working_day"), (41, "working_day"), (45, "working_day"),
    (1, "month"), (2, "month"), (3, "month"), (6, "month"),
)  # fmt: skip
ACCEPTANCE_TERMS = ((3, "working_day"), (5, "working_day"), (7, "day"), (15, "day"), (1, "month"))
DEFECTS_TERMS = ((6, "month"), (12, "month"), (24, "month"), (365, "day"))
#: Who states a payment, and whether the other side has confirmed it.
SOURCES = (
    ("enterprise", False), ("enterprise", False), ("treasury", False), ("treasury", True),
    ("court", False), ("government", True), ("government", True), ("government", False),
    ("government", False),
)  # fmt: skip
FAR = date(2030, 1, 1)
LAST_FACT = "2027-12-31"


def chance(rng: random.Random, percent: int) -> bool:
    return rng.randrange(100) < percent


def days(count: int) -> timedelta:
    return timedelta(days=count)


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def uscc(rng: random.Random, prefix: str, region: str) -> str:
    """A made-up code of the right form."""
    return with_checks(prefix + region, "".join(rng.choice("0123456789") for _ in range(8)))


def with_checks(head: str, body: str) -> str:
    """Eight and eight characters, completed by both checks. GB 11714, GB 32100."""
    weighted = zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True)
    inner = (11 - sum(weight * int(digit, 36) for weight, digit in weighted) % 11) % 11
    code = head + body + ("X" if inner == 10 else str(inner))
    total = sum(ALPHABET.index(char) * pow(3, i, 31) for i, char in enumerate(code))
    return code + ALPHABET[(31 - total % 31) % 31]


def within(rng: random.Random, terms: tuple[tuple[int, str], ...]) -> dict:
    length, unit = rng.choice(terms)
    return {"length": length, "unit": unit}


def signing_day(rng: random.Random) -> date:
    if chance(rng, 15):
        return rng.choice(SIGNING_CORNERS)
    return date(2019, 1, 1) + days(rng.randrange(365 * 7 + 200))


def landmark(rng: random.Random, after: date) -> date:
    """A day from which common terms end around a holiday or the end of a month."""
    if chance(rng, 35):
        first = oracle.add_months(after.replace(day=1), rng.randrange(1, 9))
        return max(after, first - days(rng.choice((0, 1, 1, 1, 2, 3))))
    holidays = [d for d in oracle.CALENDAR if after + days(5) < d < after + days(500)]
    if not holidays or chance(rng, 25):
        return after + days(rng.randrange(1, 200))
    return max(after, rng.choice(holidays) - days(rng.choice((5, 7, 15, 30, 30, 60, 60, 90))))


def random_document(rng: random.Random) -> dict:
    """A valid contract document; the same seed gives the same document."""
    subject = rng.choice(("goods", "goods", "works", "works", "services", "services", "promise"))
    kind, region = rng.choice(tuple(GOVERNMENTS)), rng.choice(REGIONS)
    signed_on = signing_day(rng)
    document = {
        "contract_no": f"HT-{rng.randrange(10**12):012d}",
        "title": "测试合同",
        "field": rng.choice(FIELDS_BY_SUBJECT[subject]),
        "subject": subject,
        "signed_on": signed_on.isoformat(),
        "region": region,
        "government": {
            "name": GOVERNMENTS[kind][1],
            "uscc": uscc(rng, GOVERNMENTS[kind][0], region),
            "kind": kind,
        },
        "enterprise": {
            "name": "测试企业",
            "uscc": uscc(rng, "91", region),
            "ownership": rng.choice(("private", "private", "state", "foreign", "other", "unknown")),
            "size": rng.choice(("micro", "small", "small", "medium", "medium", "large", "unknown")),
        },
    }
    if chance(rng, 40):
        document["late_interest"] = {"annual_rate": rng.choice(RATES)}
    if chance(rng, 30):
        document["clauses"] = {flag: chance(rng, 50) for flag in CLAUSES}
    promised = subject == "promise" and chance(rng, 80)
    document["obligations"] = _promises(rng, signed_on) if promised else _chain(rng, signed_on)
    amounts = [oracle.fen(o["amount"]) for o in document["obligations"] if "amount" in o]
    repeated = any("repeat" in o for o in document["obligations"])
    if amounts and not repeated and chance(rng, 70):
        document["amount"] = yuan(sum(amounts))
    document["facts"] = _Story(rng, document).told()
    return document


def _obligation(key: str, kind: str, title: str, obligor: str, **rest: object) -> dict:
    return {"key": key, "kind": kind, "title": title, "obligor": obligor, **rest}


def _money(rng: random.Random) -> str:
    return yuan(rng.choice((1, 99, 100_00, 3333_33, 20_000_00, 1_000_000_00, 87_654_321_09)))


def _odd_money(rng: random.Random) -> str:
    return yuan(rng.randrange(1, 50_000_000_00)) if chance(rng, 70) else _money(rng)


def _chain(rng: random.Random, signed_on: date) -> list[dict]:
    """delivery → (invoice) → acceptance → (settlement) → instalments → retention, deposit."""
    chain = [_delivery(rng, signed_on)]
    last = "delivery"
    if chance(rng, 20):
        chain.append(_obligation("invoice", "invoice", "开具发票", "enterprise", after=last))
        if chance(rng, 60):
            chain[-1]["within"] = within(rng, ACCEPTANCE_TERMS)
        last = "invoice"
    if chance(rng, 75):
        chain.append(_obligation("acceptance", "acceptance", "组织验收", "government", after=last))
        if chance(rng, 85):
            chain[-1]["within"] = within(rng, ACCEPTANCE_TERMS)
        last = "acceptance"
    if chance(rng, 15):
        chain.append(_obligation("settlement", "settlement", "办理结算", "government", after=last))
        chain[-1]["within"] = within(rng, TERMS)
        last = "settlement"
    chain += _instalments(rng, signed_on, last)
    if "due_on" in chain[0] and chance(rng, 20):  # a date close to delivery + ceiling
        near = date.fromisoformat(chain[0]["due_on"]) + days(rng.randrange(58, 67))
        fixed = _obligation("payment-0", "payment", "定期款", "government", due_on=near.isoformat())
        chain.append({**fixed, "amount": _odd_money(rng)})
    chain += _securities(rng, last, [o["key"] for o in chain if o["kind"] == "payment"])
    if chance(rng, 10):
        chain.append(_obligation("note", "other", "提供资料", "enterprise"))
    if chance(rng, 5):
        rng.shuffle(chain)
    return chain


def _delivery(rng: random.Random, signed_on: date) -> dict:
    delivery = _obligation("delivery", "delivery", "交付", "enterprise")
    if chance(rng, 50):
        return {**delivery, "due_on": landmark(rng, signed_on).isoformat()}
    return {**delivery, "after": "signing", "within": within(rng, TERMS)}


def _instalments(rng: random.Random, signed_on: date, last: str) -> list[dict]:
    payments, previous = [], last
    for n in range(1, rng.choice((1, 1, 1, 2, 2, 3)) + 1):
        payment = _obligation(f"payment-{n}", "payment", f"第{n}笔款", "government")
        payment["amount"] = _odd_money(rng)
        way = rng.randrange(100)
        if way < 20:
            payment["due_on"] = (landmark(rng, signed_on) + days(rng.randrange(120))).isoformat()
        elif way < 24:
            pass  # no date at all
        else:
            payment["after"] = "signing" if way < 30 else rng.choice((last, last, previous))
            if chance(rng, 60):
                payment["within"] = within(rng, TERMS)
        if chance(rng, 4):
            payment["other_law"] = "另有规定"
        payments.append(payment)
        previous = payment["key"]
    return payments


def _securities(rng: random.Random, last: str, payments: list[str]) -> list[dict]:
    securities = []
    if chance(rng, 25):
        retention = _obligation("retention", "payment", "质量保证金", "government", after=last)
        securities.append({**retention, "retention": True, "amount": _odd_money(rng)})
        if chance(rng, 90):
            securities[-1]["within"] = within(rng, DEFECTS_TERMS + TERMS)
    if chance(rng, 25):
        after = rng.choice((last, payments[-1]))
        deposit = _obligation("deposit", "deposit_return", "退还保证金", "government", after=after)
        securities.append({**deposit, "amount": _odd_money(rng)})
        if chance(rng, 90):
            securities[-1]["within"] = within(rng, DEFECTS_TERMS + TERMS)
    return securities


def _promises(rng: random.Random, signed_on: date) -> list[dict]:
    """What a policy agreement holds: land, permits, rewards, sometimes paid every month."""
    land = _obligation("land", "land_or_site", "交付场地", "government")
    permit = _obligation("permit", "permit", "办理许可", "government", after="land")
    reward = _obligation("reward", "policy_fulfilment", "兑现奖励", "government")
    subsidy = _obligation("subsidy", "payment", "产业补贴", "government", after="signing")
    rent = _obligation("rent", "payment", "租金补贴", "government", amount=_odd_money(rng))
    land["due_on"] = landmark(rng, signed_on).isoformat()
    permit["within"] = within(rng, TERMS)
    reward |= {"amount": _odd_money(rng), "due_on": landmark(rng, signed_on).isoformat()}
    subsidy |= {"amount": _odd_money(rng)}
    if chance(rng, 80):
        subsidy["within"] = within(rng, TERMS)
    rent["due_on"] = landmark(rng, signed_on).isoformat()
    every = rng.choice(({"length": 1, "unit": "month"}, {"length": 30, "unit": "day"}))
    rent["repeat"] = {"every": every, "times": rng.randrange(2, 7)}
    promises = [o for o in (reward, subsidy, rent) if chance(rng, 55)]
    return [*promises, land, permit] if chance(rng, 60) else promises or [reward]


class _Story:
    """What happened under a contract, told obligation by obligation."""

    def __init__(self, rng: random.Random, document: dict) -> None:
        self.rng, self.document = rng, document
        self.facts: list[dict] = []
        self.signed_on = date.fromisoformat(document["signed_on"])
        #: Payments that name no obligation keep away from disputed and waived debts.
        self.nameless = chance(rng, 12)
        self.money_told: dict[tuple[date, str], tuple[str | None, str]] = {}
        self.sources: dict[tuple[str | None, str], tuple[str, bool]] = {}

    def told(self) -> list[dict]:
        for obligation in oracle.expanded(self._in_order()):
            if "amount" in obligation:
                self._pay(obligation)
            else:
                self._perform(obligation)
        self.facts = sorted((f for f in self.facts if f["on"] <= LAST_FACT), key=lambda f: f["on"])
        if chance(self.rng, 20):
            self.rng.shuffle(self.facts)
        return self.facts

    def _in_order(self) -> list[dict]:
        """Each obligation after the one it waits for."""
        left, done = list(self.document["obligations"]), []
        while left:
            ready = {o["key"] for o in done} | {"signing"}
            step = next(o for o in left if o.get("after", "signing") in ready)
            left.remove(step)
            done.append(step)
        return done

    def _tell(self, kind: str, on: date, by: str, key: str | None, **rest: object) -> None:
        fact = {"kind": kind, "on": max(on, self.signed_on).isoformat(), "by": by, **rest}
        self.facts.append({**fact, "obligation": key} if key else fact)

    def _around_due(self, obligation: dict) -> date | None:
        """Some day near the due date as the facts so far make it; None without a trigger."""
        seen = {**self.document, "facts": self.facts}
        row = oracle.standing(seen, FAR)[obligation["key"]]
        if row["state"] == "waiting":
            return self._stray_day() if chance(self.rng, 10) else None
        due_on = row["due_on"] or self._stray_day()
        if row["agreed_due_on"] and chance(self.rng, 25):
            due_on = row["agreed_due_on"]
        if obligation["kind"] == "delivery" and chance(self.rng, 40):
            return landmark(self.rng, self.signed_on)
        return max(self.signed_on, due_on + days(self.rng.choice(DRIFTS)))

    def _stray_day(self) -> date:
        return self.signed_on + days(self.rng.randrange(600))

    def _perform(self, obligation: dict) -> None:
        rng, key, kind = self.rng, obligation["key"], obligation["kind"]
        on = self._around_due(obligation)
        if on is None or chance(rng, 12 if kind == "delivery" else 30):
            return
        if kind == "acceptance" and chance(rng, 25):
            self._tell("rejected", on, "government", key, note="不合格")
            if chance(rng, 50):
                return
            on += days(rng.randrange(1, 60))
        confirmed = {"confirmed": True} if kind == "settlement" or chance(rng, 30) else {}
        self._tell("performed", on, obligation["obligor"], key, **confirmed)
        contested = {"delivery": 12, "acceptance": 0, "settlement": 0}.get(kind, 3)
        if chance(rng, contested):
            self._dispute(key, on + days(rng.randrange(40)), {})

    def _dispute(self, key: str, on: date, rest: dict) -> None:
        by = self.rng.choice(("government", "government", "enterprise"))
        on = max(on, self.signed_on)
        self._tell("disputed", on, by, key, **rest)
        if chance(self.rng, 40):
            self._tell("undisputed", on + days(self.rng.randrange(1, 90)), by, key)

    def _pay(self, obligation: dict) -> None:
        rng, key, total = self.rng, obligation["key"], oracle.fen(obligation["amount"])
        on = self._around_due(obligation)
        if on is None:
            return
        if not self.nameless and chance(rng, 12):
            part = rng.choice((total // 3, total // 2, total - 1, total))
            amount = {"amount": yuan(part)} if part and chance(rng, 70) else {}
            self._dispute(key, on + days(rng.randrange(-30, 30)), amount)
        if not self.nameless and chance(rng, 6):
            by, confirmed = rng.choice((("enterprise", 0), ("government", 0), ("government", 1)))
            rest = {"confirmed": True} if confirmed else {}
            self._tell("waived", on + days(rng.randrange(60)), by, key, **rest)
            return
        for part in self._parts(total):
            self._tell_payment(key, on, part)
            on += days(rng.choice((0, 1, 3, 10, 31, 90, 200)))

    def _parts(self, total: int) -> list[int]:
        """What is paid, in order: nothing, part, all in one to three payments, or too much."""
        rng, way = self.rng, self.rng.randrange(100)
        if way < 20 or total < 3:
            return [total] if way >= 20 else []
        if way < 55:
            return [total]
        if way < 58:
            return [total + rng.randrange(1, 10_000)]
        first = rng.randrange(1, total)
        if way < 75:
            return [first]
        if way < 80 and total % 2 == 0:
            return [total // 2, total // 2]
        second = rng.randrange(total - first)
        return [part for part in (first, second, total - first - second) if part]

    def _tell_payment(self, key: str, on: date, part: int) -> None:
        """One payment. The same amount for a debt always has the same source, and one day never
        holds the same amount from two sources or for two debts: nothing is left to guess."""
        rng, amount = self.rng, yuan(part)
        on, named = max(on, self.signed_on), None if self.nameless and chance(rng, 60) else key
        by, confirmed = self.sources.setdefault((named, amount), rng.choice(SOURCES))
        if self.money_told.setdefault((on, amount), (named, by)) != (named, by):
            return
        rest = {"confirmed": confirmed} if confirmed or chance(rng, 5) else {}
        self._tell("paid", on, by, named, amount=amount, **rest)


def as_of_days(document: dict, rng: random.Random) -> list[date]:
    """Days on which something changes, or ought not to: around facts and due dates, the end."""
    signed_on = date.fromisoformat(document["signed_on"])
    told = [date.fromisoformat(f["on"]) for f in document["facts"]]
    end = max([signed_on, *told]) + days(rng.choice((1, 40, 400)))
    turning = {signed_on, *told}
    for day in {end, *told}:
        for row in oracle.standing(document, day).values():
            turning |= {row["due_on"], row["agreed_due_on"]} - {None}
    near = sorted({day + days(n) for day in turning for n in (-1, 0, 1)})
    chosen = rng.sample(near, min(len(near), 14))
    return sorted({day for day in chosen if day >= signed_on} | {signed_on, end})
