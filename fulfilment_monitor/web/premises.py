"""What a page finds when it opens: the house, and the moment it is opened at."""

from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, current_app

from ..clock import Moment
from ..house import House

_KEY = "fulfilment_monitor"


class Premises(NamedTuple):
    house: House
    moment: Callable[[], Moment]


def move_in(app: Flask, house: House, moment: Callable[[], Moment]) -> None:
    """Give an application its house and its clock."""
    app.extensions[_KEY] = Premises(house, moment)


def premises() -> Premises:
    """The premises of the application that serves this request."""
    found: Premises = current_app.extensions[_KEY]
    return found
