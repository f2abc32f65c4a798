"""What every door over HTTP finds: the house, the moment it is opened at, who is signed in."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import NamedTuple

from flask import Flask, current_app, g

from .clock import Moment
from .house import House
from .services.web_sessions import Principal

_KEY = "fulfilment_monitor"
#: The name of the request that is being answered, for the log.
REQUEST: ContextVar[str | None] = ContextVar("request", default=None)


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


def visitor() -> Principal | None:
    """Who is signed in with a session, if anybody is; the guard has looked it up."""
    found: Principal | None = g.get("principal")
    return found
