"""Regions by name."""

from ..premises import premises
from .turn import office


def region_name(code: str) -> str:
    """The name of a region today; its code where nobody has loaded it."""
    found = office().regions.find(code, premises().moment().today)
    return code if found is None else found.name
