"""What stands around every page: the look a reader chose, the navigation, kept styles."""

import re
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from flask import g

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.web import assets
from fulfilment_monitor.web.frame import NavItem, Visitor
from fulfilment_monitor.web.wording import merge
from tests.conftest import at

TODAY = date(2026, 6, 30)
KEPT = "public, max-age=31536000, immutable"


@pytest.fixture
def app(house):
    return create_app(house, lambda: Moment(at(TODAY), TODAY))


def test_a_look_is_asked_for_once_and_kept(app):
    client = app.test_client()
    assert 'media="screen and (prefers-color-scheme: dark)"' in client.get("/about").text
    chosen = client.get("/about?theme=dark&text=large")
    cookies = chosen.headers.getlist("Set-Cookie")
    assert all("HttpOnly" in c and "SameSite=Lax" in c for c in cookies)
    assert {c.partition(";")[0] for c in cookies} == {"theme=dark", "text=large"}
    later = client.get("/about").text
    assert 'data-theme="dark" data-text="large"' in later
    assert re.search(r'dark\.css\?v=\w+" media="screen"', later)
    assert "dark.css" not in client.get("/?theme=light").text


def test_a_look_nobody_offers_is_not_kept(app):
    client = app.test_client()
    answer = client.get('/?theme="><b>&text=huge')
    assert "Set-Cookie" not in answer.headers
    assert 'data-theme="system" data-text="normal"' in answer.text
    client.set_cookie("theme", "no-such")
    assert 'data-theme="system"' in client.get("/about").text


def test_a_switch_keeps_what_was_asked_and_names_no_path(app):
    page = app.test_client().get("/about?as_of=2026-01-01&lang=en&theme=dark").text
    assert 'href="?as_of=2026-01-01&amp;theme=light"' in page
    assert 'href="?as_of=2026-01-01&amp;text=large"' in page
    assert 'href="?as_of=2026-01-01&amp;lang=zh"' in page


def test_styles_are_kept_by_browsers_under_the_address_of_their_content(app):
    client = app.test_client()
    linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/about").text)
    assert len(linked) >= 6
    for address in linked:
        with client.get(address) as answer:
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, KEPT), address
    for address in (
        "/static/frame.css",
        "/static/frame.css?v=0",
        "/static/no.css?v=0",
        "/about?v=0",
    ):
        with client.get(address) as answer:
            assert answer.headers["Cache-Control"] == "no-store", address
    sheet = assets._FOLDER / "frame.css"
    assert assets.digest("frame.css") == sha256(sheet.read_bytes()).hexdigest()[:12]


def test_a_visitor_is_told_apart_from_the_public(app):
    @app.before_request
    def arrive() -> None:
        g.visitor = Visitor("<经办>", "示例市发展改革委", "/sign-out")
        g.nav_items = [NavItem("/mine", "我的待办", "page")]

    page = app.test_client().get("/about").text
    assert "&lt;经办&gt;，代表 示例市发展改革委" in page
    assert '<form method="post" action="/sign-out">' in page
    assert '<a href="/mine" aria-current="page">我的待办</a>' in page
    assert 'href="/leads"' not in page


@pytest.mark.parametrize(
    ("path", "door", "mark"),
    [
        ("/", "/", "page"),
        ("/complain", "/complain", "page"),
        ("/calculators/deadline", "/calculators", "true"),
        ("/login", None, ""),
    ],
)
def test_the_door_above_a_page_is_marked(app, path, door, mark):
    page = app.test_client().get(path, follow_redirects=True).text
    menu = page[page.index('class="menu"') : page.index("</nav>", page.index('class="menu"'))]
    marked = re.findall(r'<a href="([^"]+)" aria-current="(\w+)"', menu)
    assert marked == ([(door, mark)] if door else [])


def test_nothing_is_said_twice():
    assert merge([{"a": 1}, {"b": 2}]) == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match="said twice: a"):
        merge([{"a": 1}, {"a": 2}])


def test_scripts_of_others_are_what_their_table_says():
    tables = [assets._FOLDER / "vendor" / "README.md", Path("tests/browser/vendor/README.md")]
    for table in tables:
        rows = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", table.read_text("utf-8"), re.M)
        listed = dict(rows)
        scripts = {p.name: sha256(p.read_bytes()).hexdigest() for p in table.parent.glob("*.js")}
        assert listed == scripts != {}
