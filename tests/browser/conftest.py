"""A browser over a running application.

The distribution's own chromium is driven; without one the tests are skipped, but on a machine
that must have one (FM_REQUIRE_BROWSER is set, as `.ci/run` does where one is installed) they fail.
"""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from fulfilment_monitor import house as premises
from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.settings import Settings
from tests.browser.observe import HERE, WIDE, Watch
from tests.browser.styleguide import add_styleguide
from tests.conftest import at
from tests.doors.registers import END, SAMPLES, a_sample, register, sweep_weekly
from tests.doors.signing_in import open_watch

_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_WEEKS_BETWEEN_SWEEPS = 8
#: How long a page may take on a machine with much else to do, in milliseconds.
_PATIENCE = 30_000


class Site(NamedTuple):
    """A running application."""

    origin: str
    app: Flask
    house: premises.House
    #: The contracts on its register, by the name of the sample.
    ulids: dict[str, str]
    #: The session of somebody who sees the whole register.
    token: str


Visit = Callable[..., Page]


def _absent(what: str) -> NoReturn:
    if os.environ.get("FM_REQUIRE_BROWSER"):  # noqa: TID251
        pytest.fail(f"{what}, and this machine must test in a browser", pytrace=False)
    pytest.skip(f"{what}: apt-get install chromium, or see tests/browser/conftest.py")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        _absent("there is no chromium")
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(_ARGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(
    browser: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The application over the swept samples, on a free port, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("site")
    path = folder / "fulfilment.db"
    path.write_bytes(sqlite_template.read_bytes())
    settings = Settings(database_url=f"sqlite:///{path}", keys_dir=str(folder / "keys"))
    house = premises.open_house(settings)
    ulids = register(house, *(a_sample(name) for name in SAMPLES))
    sweep_weekly(house, _WEEKS_BETWEEN_SWEEPS)
    token = open_watch(house, END)
    app = create_app(house, lambda: Moment(at(END), END))
    app.jinja_loader = ChoiceLoader([FileSystemLoader(HERE / "templates")])
    add_styleguide(app)
    with serving(app) as origin:
        yield Site(origin, app, house, dict(zip(SAMPLES, ulids, strict=True)), token)
    house.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application on a free port; its origin."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Open a page of the site in a context of its own: `visit(path, width=…, dark=…, script=…)`.

    Somebody is signed in who sees everything; with `token=None`, nobody is.

    When the test ends, no page may have complained or fetched anything from elsewhere.
    """
    watches: list[tuple[Any, Watch]] = []

    def open_page(
        path: str,
        *,
        origin: str = "",
        width: int = WIDE,
        dark: bool = False,
        script: bool = True,
        token: str | None = site.token,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(_PATIENCE)
        if token is not None:
            url = origin or site.origin
            context.add_cookies([{"name": "session", "value": token, "url": url}])
        watches.append((context, Watch(context, origin or site.origin)))
        page = context.new_page()
        page.goto((origin or site.origin) + path)
        return page

    yield open_page
    for context, watch in watches:
        context.close()
        watch.assert_no_complaints()
        watch.assert_no_foreign_requests()
