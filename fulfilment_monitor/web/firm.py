"""The blueprint of the enterprise's pages, and what its forms have in common."""

from collections.abc import Iterable, Mapping

from flask import Blueprint, Response, redirect, request, url_for

from ..domain.errors import Invalid, Issue
from ..domain.money import parse_yuan
from . import faults
from .complaint_form import plain_amount
from .language import say
from .wording import TEXTS

bp = Blueprint("enterprise", __name__, template_folder="templates")


def typed(*names: str) -> dict[str, str]:
    """What was typed into some fields, without blanks around it."""
    return {name: request.form.get(name, "").strip() for name in names}


def told(issue: Issue) -> str:
    """What is wrong, in the language of the page."""
    key = f"firm.fault.{issue.code}"
    return say(key) if key in TEXTS else faults.told(issue)


def by_field(issues: Iterable[Issue], places: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each field of a form.

    Args:
        places: the field of each pointer; the longest that fits counts, and "" is the whole form.
    """
    found: dict[str, str] = {}
    for issue in issues:
        pointer = issue.pointer
        while pointer and pointer not in places:
            pointer = pointer.rpartition("/")[0]
        found.setdefault(places.get(pointer, ""), told(issue))
    return found


def read_amount(text: str, pointer: str) -> int | None:
    """An amount in fen as somebody typed it; None for nothing.

    Raises:
        Invalid: it is no amount above zero.
    """
    if not text:
        return None
    try:
        fen = parse_yuan(plain_amount(text))
    except ValueError:
        fen = 0
    if fen <= 0:
        raise Invalid([Issue(pointer, "amount", "an amount above zero, such as 1200.50")])
    return fen


def seen_after(endpoint: str, **where: str) -> Response:
    """Go on to another page after something was done, so that it is not done again."""
    address = url_for(endpoint, **where)  # type: ignore[arg-type]
    return redirect(address, 303)  # type: ignore[return-value]
