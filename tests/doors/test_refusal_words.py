"""Every refusal a page may show is told in Chinese first; the English detail is folded in."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import fulfilment_monitor
from fulfilment_monitor.domain.errors import Refusal
from fulfilment_monitor.web.wording import TEXTS
from tests.doors.officer_world import Pages
from tests.services import case_builders as town

#: Told on the pages of officers by what is missing; or never met on a page, for it is the answer
#: to a command, to a program, or to a platform.
_ELSEWHERE = {"case.guard", "audit.unreadable", "grants.no-accounts", "outward.refused",
              "platform.unmappable", "idempotency.other-request"}  # fmt: skip
_PROGRAMS = ("inbox.", "signature.")


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _refusals(narrower)


def test_every_refusal_of_a_page_has_words():
    for floor in ("domain", "services", "web"):
        folder = importlib.import_module(f"fulfilment_monitor.{floor}")
        for found in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
            importlib.import_module(found.name)
    home = fulfilment_monitor.__name__
    places = tuple(f"{home}.{floor}." for floor in ("domain", "services", "web"))
    codes = {
        kind.code
        for kind in _refusals(Refusal)
        if kind.__module__.startswith(places) and kind.status < 500
    }
    silent = {c for c in codes - _ELSEWHERE if not c.startswith(_PROGRAMS)}
    assert sorted(c for c in silent if f"refused.{c}" not in TEXTS) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_refusal_is_told_in_the_language_of_the_page(house):
    town.a_town(house)
    visitor = Pages(house).as_("bureau_clerk", "2025-10-21")
    page = visitor.get("/contracts?field=nothing")
    assert page.status_code == 400
    chinese = page.text.index("无法识别")
    assert chinese < page.text.index("<details") < page.text.index('<p lang="en">')
    assert "<details" not in visitor.get("/contracts?field=nothing&lang=en").text
