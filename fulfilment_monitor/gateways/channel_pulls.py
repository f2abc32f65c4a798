"""Channels that are asked for what is new: page by page, of one host, signed where a key is shared.

What the other side names as its next page is not believed further than its own host.
"""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from ..domain.errors import Refusal
from . import outward
from .outward import Allowed, Resolve, Unreachable, look_up

#: Pages of one round; what is left comes with the next.
MOST_PAGES = 100


class Astray(Refusal):
    """The next page is said to lie elsewhere, or to be one that was read."""

    code = "channel.astray"
    title = "The answer of the channel leads astray"
    status = 502


def pages(
    url: str,
    headers: Callable[[str], Mapping[str, str]],
    *,
    allow: Allowed,
    resolve: Resolve = look_up,
    following: Callable[[bytes], str],
) -> Iterator[bytes]:
    """The pages of an answer, each handed out before the next is asked for.

    Args:
        headers: what goes along with a request of a URL: its signature.
        following: the URL of the next page that a page names; empty where it names none.

    Raises, while pages are asked for:
        AddressRefused, Unreachable: see `outward.get`; Unreachable for any status but 200 too.
        Astray: the next page lies elsewhere.
    """
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        seen.add(url)
        answer = outward.get(url, headers(url), allow=allow, resolve=resolve)
        if answer.status != 200:
            raise Unreachable(f"{urlsplit(url).hostname} answers {answer.status}")
        yield answer.body
        named = following(answer.body)
        if not named:
            return
        url = _next(url, named, seen)


def _next(url: str, named: str, seen: set[str]) -> str:
    try:
        found = urljoin(url, named)
        same = urlsplit(found)[:2] == urlsplit(url)[:2]
    except ValueError:
        same, found = False, ""
    if not same or found in seen:
        raise Astray("the next page lies on another host, or was read already")
    return found
