"""Put the pages and the API together: one application over one opened house."""

import gc
from collections.abc import Callable

from flask import Flask, Response
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from . import clock, premises
from .api import doors, metrics, problems
from .domain.errors import Refusal
from .domain.passwords import Hasher
from .gateways import oidc
from .gateways.passwords import Argon2
from .house import House
from .services import demonstration
from .web import areas, assets, display, entrance, frame, guard, headers, language, refusals

#: How many files of the largest size a form may bring along.
_FILES = 3


def create_app(
    house: House,
    moment: Callable[[], clock.Moment] = clock.moment,
    *,
    hasher: Hasher | None = None,
    demo: bool = False,
) -> Flask:
    """The web application.

    Args:
        moment: what the pages take for now; a demonstration may hold it still.
        hasher: makes and compares hashes of passwords; Argon2id at full strength by default.
        demo: whether accounts of a demonstration are entered by a button.

    Raises:
        NotOpen: this is no demonstration, and the database holds its accounts.
    """
    if not demo:
        with house.readers() as session:
            demonstration.refuse(session)
    app = Flask("fulfilment_monitor", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _FILES * house.settings.evidence_bytes()
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if proxies := house.settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    premises.move_in(app, house, moment)
    metrics.furnish(app)
    doors.prepare(app)
    language.speak(app)
    guard.keep(app)
    display.furnish(app)
    frame.furnish(app)
    entrance.furnish(
        app, hasher or Argon2(), demo=demo, provider=oidc.open_provider(house.settings)
    )
    for blueprint in areas.BLUEPRINTS:
        app.register_blueprint(blueprint)
    doors.open_api(app)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _failed)
    app.after_request(headers.harden)
    assets.furnish(app)
    return app


def settle(app: Flask) -> Flask:
    """Have no collection look again at what is loaded now: it lives as long as the process.

    Looking through all of it takes a quarter of a second, and some reader would wait for that.
    """
    gc.collect()
    gc.freeze()
    return app


def _refused(refusal: Refusal) -> Response:
    """A problem below /api/, a page elsewhere."""
    return (problems.of_refusal if problems.is_asked() else refusals.refused)(refusal)


def _failed(error: HTTPException) -> Response:
    return (problems.of_error if problems.is_asked() else refusals.failed)(error)
