"""Measures: what a credit record may draw, by whom, on whom, and on what they rest."""

from enum import StrEnum


class MeasureState(StrEnum):
    PROPOSED = "proposed"
    IMPOSED = "imposed"
    DECLINED = "declined"
    #: To be ended: the record is repaired, the imposing body has not confirmed yet.
    ENDING = "ending"
    ENDED = "ended"
