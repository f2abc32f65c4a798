"""Whether a request that changes something comes from a page of ours.

A browser says from where it sends: `Sec-Fetch-Site` over HTTPS, `Origin` everywhere. Who says
neither is no browser, and carries no cookie that another page could borrow.
"""

from urllib.parse import urlsplit

from flask import Request, Response

from ..domain.errors import Refusal

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: From a page of ours, or typed in by a person.
_OURS = frozenset({"same-origin", "none"})


class ForeignOrigin(Refusal):
    code = "origin.foreign"
    title = "This was sent from a page of somebody else"
    status = 403


def refuse_foreign(request: Request, *, may_hide: bool = False) -> None:
    """Refuse what another site's page has made a browser send.

    Args:
        may_hide: whether a browser that hides from where is let through, because something else
            proves it: the token that only forms of the session carry.

    Raises:
        ForeignOrigin: the browser says that it comes from elsewhere, or hides from where.
    """
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        if site not in _OURS:
            raise ForeignOrigin("sent from a page of another site")
    elif may_hide and origin == "null":
        return
    elif origin is not None and _host_of(origin) != request.host:
        raise ForeignOrigin("sent from a page of another site")


def _host_of(origin: str) -> str:
    """Host and port of an origin; empty for `null` and for what is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def name_origin(response: Response) -> Response:
    """Let a page with a form say to us where it is: with `no-referrer` a browser hides even that.

    Nothing is said to anybody else.
    """
    response.headers["Referrer-Policy"] = "same-origin"
    return response
