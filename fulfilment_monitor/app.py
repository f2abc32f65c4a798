"""Put the pages together: one application over one opened house."""

from collections.abc import Callable

from flask import Flask
from jinja2 import StrictUndefined

from . import clock
from .house import House
from .web import assets, board, display, frame, guard, headers, language, premises, public, refusals


def create_app(house: House, moment: Callable[[], clock.Moment] = clock.moment) -> Flask:
    """The web application.

    Args:
        moment: what the pages take for now; a demonstration may hold it still.
    """
    app = Flask("fulfilment_monitor", static_folder=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    premises.move_in(app, house, moment)
    language.speak(app)
    guard.keep(app)
    display.furnish(app)
    frame.furnish(app)
    app.register_blueprint(board.bp)
    for blueprint in public.BLUEPRINTS:
        app.register_blueprint(blueprint)
    refusals.explain(app)
    app.after_request(headers.harden)
    assets.furnish(app)
    return app
