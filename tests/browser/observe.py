"""What the tests ask of a page in a browser: who it talks to, whom it shuts out, how it looks."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parents[1] / "var" / "screenshots"

#: A desk and a telephone, in CSS pixels.
WIDE, NARROW = 1280, 390
_SEVERE = {"serious", "critical"}
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Watch:
    """Everything a browser context complains of or fetches."""

    def __init__(self, context: "BrowserContext", origin: str) -> None:
        self.origin = origin
        #: Errors and warnings of the console, refusals of the content policy among them.
        self.complaints: list[str] = []
        self.requests: list[str] = []
        context.on("console", self._told)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self.requests.append(request.url))

    def _told(self, message: Any) -> None:
        # A page about an error is a failed request to the console, and nothing else.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def assert_no_complaints(self) -> None:
        """Nothing failed in a script, and the content policy refused nothing."""
        assert not self.complaints, "\n".join(self.complaints)

    def assert_no_foreign_requests(self) -> None:
        """Nothing was fetched from anywhere else."""
        foreign = [url for url in self.requests if not _is_ours(url, self.origin)]
        assert not foreign, "\n".join(foreign)


def _is_ours(url: str, origin: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "about") or f"{parts.scheme}://{parts.netloc}" == origin


@cache
def _axe() -> str:
    return (HERE / "vendor" / "axe.min.js").read_text("utf-8")


def assert_accessible(page: "Page", *, only: Iterable[str] = ()) -> None:
    """No serious and no critical finding of axe; `only` names single rules."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_axe())
    rules = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": _RULES}
    found = page.evaluate(
        "options => axe.run(document, options).then(result => result.violations)",
        {"runOnly": rules, "resultTypes": ["violations"]},
    )
    severe = [
        f"{finding['id']}: {finding['help']}\n  {node['target']} {node['html'][:200]}"
        for finding in found
        if finding["impact"] in _SEVERE
        for node in finding["nodes"]
    ]
    assert not severe, "\n".join([page.url, *severe])


#: What reaches over the right edge, be it cut off there; words for screen readers do not count.
_OVER = """() => [...document.querySelectorAll("body *")].filter(e => {
  const r = e.getBoundingClientRect();
  return e.checkVisibility() && r.right > innerWidth + 1 && r.width > 1 && r.height > 1
    && !e.closest(".unseen, .stack thead, svg");
}).map(e => e.outerHTML.slice(0, 120))"""


def assert_fits(page: "Page") -> None:
    """Nobody has to scroll sideways, and nothing is cut off at the edge."""
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert inner <= outer, f"{page.url}: {inner} px in a window of {outer}"
    over = page.evaluate(_OVER)
    assert not over, "\n".join([page.url, *over])


def screenshot(page: "Page", name: str) -> None:
    """Pictures of a page at a desk and on a telephone, in `var/screenshots/`."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
    if before is not None:
        page.set_viewport_size(before)
