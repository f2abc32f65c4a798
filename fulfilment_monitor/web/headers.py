"""What every answer says to the browser: load nothing from elsewhere, keep nothing, tell nobody."""

from flask import Response

#: Scripts, styles, images and fonts are files of our own; nothing stands inline.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

#: What a browser may keep: it is asked for by the digest of its content.
KEEP = "public, max-age=31536000, immutable"

_REFERRER = "Referrer-Policy"
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    _REFERRER: "no-referrer",
}


def harden(response: Response) -> Response:
    """Set the headers on an answer, whatever it is.

    A page with a form has said already what the browser may tell us, see `origin.name_origin`.
    """
    named = response.headers.get(_REFERRER) == "same-origin"
    for name, value in _HEADERS.items():
        if not (named and name == _REFERRER):
            response.headers[name] = value
    if response.headers.get("Cache-Control") != KEEP:
        response.headers["Cache-Control"] = "no-store"
    return response
