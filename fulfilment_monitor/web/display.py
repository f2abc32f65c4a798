"""How a page looks to this reader: its colours and the size of its text, kept in two cookies."""

from typing import Any

from flask import Flask, Response, g, request

from .links import this_page

#: What can be asked for, by the name of the cookie; the first is the default.
CHOICES = {"theme": ("system", "light", "dark"), "text": ("normal", "large")}
_A_YEAR = 365 * 24 * 60 * 60

#: When the sheet of dark colours applies; never on paper.
_DARK = {"system": "screen and (prefers-color-scheme: dark)", "dark": "screen", "light": None}
_SCHEMES = {"system": "light dark", "dark": "dark", "light": "light"}


def furnish(app: Flask) -> None:
    """Choose a look for each request, keep a choice, and tell the templates."""
    app.before_request(_choose)
    app.after_request(_keep)
    app.context_processor(_looks)


def _choose() -> None:
    for name, choices in CHOICES.items():
        wanted = request.args.get(name) or request.cookies.get(name)
        setattr(g, name, wanted if wanted in choices else choices[0])


def _keep(response: Response) -> Response:
    for name, choices in CHOICES.items():
        if request.args.get(name) in choices:
            response.set_cookie(
                name,
                request.args[name],
                max_age=_A_YEAR,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
    return response


def _looks() -> dict[str, Any]:
    chosen = {name: str(g.get(name, choices[0])) for name, choices in CHOICES.items()}
    switches = {
        name: [(this_page(**{name: c}), c, c == chosen[name]) for c in choices]
        for name, choices in CHOICES.items()
    }
    return {
        "look": {
            **chosen,
            "dark_when": _DARK[chosen["theme"]],
            "scheme": _SCHEMES[chosen["theme"]],
            "switches": switches,
        }
    }
