"""What is bought from whom, on which terms: contracts to play with, in two ranges.

Dense: few contracts, round sums, dates close together, so that things coincide. Wide: many
contracts, odd sums, months apart, so that the arithmetic shows.
"""

import random
from datetime import date, timedelta
from typing import Any, NamedTuple

from tests.services.builders import INSTITUTION, ORGAN, a_body, a_document, a_firm, owed
from tests.stateful.deals import Document, yuan


class Profile(NamedTuple):
    name: str
    #: How many contracts there are at first, and at most.
    contracts: tuple[int, int]
    steps: int
    #: Days to a due date at least and at most, and days that pass at once at most.
    behind: int
    ahead: int
    pass_by: int
    first_days: tuple[date, ...]


DENSE = Profile("dense", (2, 3), 50, -12, 16, 16, (date(2026, 9, 14), date(2026, 11, 16)))
WIDE = Profile("wide", (8, 11), 22, -40, 80, 35, (date(2026, 3, 2), date(2026, 10, 20)))
PROFILES = {p.name: p for p in (DENSE, WIDE)}

BODIES = {ORGAN: "示例县财政局", INSTITUTION: "示例县人民医院"}
FIRMS = (
    *(a_firm(),) * 6,
    a_firm(ownership="state", size="medium"),
    a_firm(ownership="private", size="large"),
    a_firm(ownership="state", size="large"),
)
_ROUND = (1, 100, 333_33, 1_000_00, 1_000_00)
_TERMS = ((5, "day"), (10, "working_day"), (30, "day"), (1, "month"), (61, "day"), (90, "day"))
_ACCEPTANCE_TERMS = ((3, "working_day"), (7, "day"))
_SHAPES = ("dated", "dated", "delivered", "accepted", "accepted", "settled", "promised")


def a_deal(rng: random.Random, profile: Profile, number: str, today: date) -> Document:
    """A contract document without facts, signed some days ago."""
    code = rng.choice(tuple(BODIES))
    shape = rng.choice(_SHAPES)
    obligations = _Shaper(rng, profile, today).obligations(shape)
    more: Document = {}
    if rng.random() < 0.4:
        more["late_interest"] = {"annual_rate": rng.choice(("0.0365", "0.03", "0.1"))}
    if shape == "promised":
        more |= {"subject": "promise", "field": "investment_attraction"}
    if shape == "settled":
        more["clauses"] = {"silence_approves_settlement": rng.random() < 0.6}
    return a_document(
        *obligations,
        contract_no=number,
        signed_on=(today + timedelta(days=rng.randrange(2 * profile.behind, 0))).isoformat(),
        government=a_body(code, BODIES[code]),
        enterprise=rng.choice(FIRMS),
        **more,
    )


class _Shaper:
    def __init__(self, rng: random.Random, profile: Profile, today: date) -> None:
        self.rng, self.profile, self.today = rng, profile, today

    def obligations(self, shape: str) -> list[Document]:
        delivery = owed("delivery", "enterprise", due_on=self._day())
        if shape == "dated":
            return [self._payment(str(n), due_on=self._day()) for n in (1, 2)]
        if shape == "delivered":
            terms = {} if self.rng.random() < 0.4 else {"within": self._within(_TERMS)}
            fixed = self._payment("2", due_on=self._day(60))
            return [delivery, self._payment("1", after="delivery", **terms), fixed]
        if shape == "accepted":
            within = self._within(_ACCEPTANCE_TERMS)
            acceptance = owed("acceptance", after="delivery", within=within)
            terms = {} if self.rng.random() < 0.6 else {"within": self._within(_TERMS)}
            return [delivery, acceptance, self._payment("1", after="acceptance", **terms)]
        if shape == "settled":
            within = self._within(_ACCEPTANCE_TERMS)
            settlement = owed("settlement", after="delivery", within=within)
            terms = {"within": self._within(_TERMS)}
            return [delivery, settlement, self._payment("1", after="settlement", **terms)]
        permit = owed("permit", after="land_or_site", within=self._within(_TERMS))
        return [owed("land_or_site", due_on=self._day()), permit]

    def _day(self, later: int = 0) -> str:
        days = later + self.rng.randrange(self.profile.behind, self.profile.ahead)
        return (self.today + timedelta(days=days)).isoformat()

    def _payment(self, name: str, **terms: Any) -> Document:
        dense = self.profile.name == "dense"
        fen = self.rng.choice(_ROUND) if dense else self.rng.randrange(1, 50_000_000_00)
        return owed("payment", key=f"payment-{name}", amount=yuan(fen), **terms)

    def _within(self, terms: tuple[tuple[int, str], ...]) -> Document:
        length, unit = self.rng.choice(terms)
        return {"length": length, "unit": unit}
