"""Links from a page to itself."""

from urllib.parse import urlencode

from flask import request

#: What a browser keeps once it was asked for, so that no link need carry it on.
KEPT = ("lang", "theme", "text")


def this_page(**changed: str) -> str:
    """A link to the same page, asked for otherwise.

    It names no path, so that no path can lead it elsewhere.
    """
    left_out = {*KEPT, *changed}
    asked = [(k, v) for k, v in request.args.items(multi=True) if k not in left_out]
    return "?" + urlencode([*asked, *changed.items()])
