"""Figures that are kept beside what they count, so that a report costs what it shows."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Measure(StrEnum):
    """What is counted, each with its amount."""

    CONTRACTS = "contracts"
    OPEN_LEADS = "open_leads"
    CLOSED_LEADS = "closed_leads"


class Place(NamedTuple):
    """Where a figure belongs."""

    region: str
    field: str
    government_id: int


class Change(NamedTuple):
    """By how much a figure changes; the amount is in fen of yuan, 0 for other currencies."""

    measure: Measure
    place: Place
    number: int
    fen: int


def summed(changes: Iterable[Change]) -> list[Change]:
    """One change per figure, those that come to nothing left out.

    >>> here = Place("340321", "procurement", 1)
    >>> summed([Change(Measure.CONTRACTS, here, 1, 5), Change(Measure.CONTRACTS, here, 1, 7)])
    [Change(measure=<Measure.CONTRACTS: 'contracts'>, place=Place(region='340321', \
field='procurement', government_id=1), number=2, fen=12)]
    """
    totals: dict[tuple[Measure, Place], tuple[int, int]] = {}
    for measure, place, number, fen in changes:
        counted, amount = totals.get((measure, place), (0, 0))
        totals[measure, place] = counted + number, amount + fen
    return [Change(*key, *total) for key, total in totals.items() if total != (0, 0)]
