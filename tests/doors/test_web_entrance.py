"""Coming in by the pages: cookies, forms, one answer for every refusal, and no demo in earnest."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain import second_factor
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.errors import NotOpen
from fulfilment_monitor.house import House
from fulfilment_monitor.services import accounts, demonstration
from tests.services.account_builders import (
    NOW,
    PASSWORD,
    QUICK,
    TODAY,
    a_body,
    a_code,
    a_member,
    account,
    an_account,
    code_of,
)
from tests.services.builders import CLERK
from tests.services.case_builders import secrets

HOST = "https://localhost"
OTHER = "枯藤老树昏鸦小桥流水人家"


@pytest.fixture(autouse=True)
def one_keyring(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The builders and the pages work with the keys of the house."""
    from fulfilment_monitor.house import keys_of
    from tests.services import case_builders

    monkeypatch.setitem(case_builders._rings, house.settings.database_url, keys_of(house))


class Desk:
    """A browser at a clock that is moved by hand."""

    def __init__(self, house: House) -> None:
        self.house, self.now = house, NOW
        app = create_app(house, lambda: Moment(self.now, TODAY), hasher=QUICK)
        app.testing = True
        self.client: FlaskClient = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=HOST, headers={"Accept": "text/html"})

    def post(self, path: str, **form: str) -> TestResponse:
        shown = self.client.get("/about", base_url=HOST).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        fields = {**form, "csrf_token": token[1]} if token else form
        return self.client.post(path, data=fields, base_url=HOST)

    def sign_in(self, handle: str, **more: str) -> TestResponse:
        form = {"handle": handle, "password": PASSWORD, **more}
        if "code" not in form:
            form["code"] = code_of(self.house, handle, self.now)
        return self.post("/login", **form)

    def cookie(self) -> str | None:
        found = self.client.get_cookie("__Host-session")
        return None if found is None else found.value


@pytest.fixture
def desk(house: House) -> Desk:
    an_account(house, "u1", "A", Role.CLERK)
    return Desk(house)


def cookie_of(answer: TestResponse) -> str:
    (found,) = (c for c in answer.headers.getlist("Set-Cookie") if "session=" in c)
    return found


@pytest.mark.proves("D4")
def test_the_cookie_is_for_this_host_and_no_script(desk: Desk) -> None:
    answer = desk.sign_in("u1", next="/contracts?field=ppp")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/contracts?field=ppp")
    morsel = SimpleCookie(cookie_of(answer))["__Host-session"]
    assert (morsel["httponly"], morsel["secure"], morsel["path"]) == (True, True, "/")
    assert (morsel["samesite"], morsel["domain"]) == ("Lax", "")
    an_account(desk.house, "boss", "A", Role.SYSTEM_ADMIN)
    desk.client.delete_cookie("__Host-session")
    assert "SameSite=Strict" in cookie_of(desk.sign_in("boss"))


def test_administrators_come_from_their_networks_only(house: House) -> None:
    an_account(house, "u1", "A", Role.CLERK)
    an_account(house, "boss", "A", Role.SYSTEM_ADMIN)
    inside = "10.1.2.7"
    desk = Desk(replace(house, settings=replace(house.settings, admin_networks="10.1.2.0/25")))
    refused = desk.sign_in("boss")  # from 127.0.0.1
    assert refused.status_code == 401
    wrong = desk.sign_in("boss", password=OTHER)
    assert refused.text == wrong.text
    assert desk.cookie() is None
    assert desk.sign_in("u1").status_code == 303  # everybody else from everywhere
    desk.post("/logout")
    desk.now += timedelta(minutes=31)
    desk.client.environ_base["REMOTE_ADDR"] = inside
    assert desk.sign_in("boss").status_code == 303
    assert desk.get("/admin").status_code == 200
    desk.client.environ_base["REMOTE_ADDR"] = "10.1.2.200"  # the cookie is carried next door
    assert desk.get("/admin").headers["Location"].startswith("/login")
    assert desk.client.post("/admin/accounts/u1/disable", base_url=HOST).status_code == 401
    ours = replace(house, settings=replace(house.settings, admin_networks="fd00::/8, 127.0.0.0/8"))
    late = Desk(ours)
    late.now = desk.now + timedelta(minutes=31)
    assert late.sign_in("boss").status_code == 303


@pytest.mark.parametrize(
    "path",
    ["//evil.example/x", "https://evil.example", "/\\evil.example", "javascript:alert(1)",
     "evil", "/" + "x" * 600],
)  # fmt: skip
@pytest.mark.proves("D12")
def test_nobody_is_led_elsewhere(desk: Desk, path: str) -> None:
    assert desk.sign_in("u1", next=path).headers["Location"] == "/home"


@pytest.mark.proves("D4")
def test_a_planted_session_is_no_session_and_a_new_one_has_a_new_token(desk: Desk) -> None:
    desk.client.set_cookie("__Host-session", "planted", domain="localhost", secure=True)
    desk.sign_in("u1")
    first = desk.cookie()
    assert first not in (None, "planted")
    desk.now += timedelta(minutes=1)
    desk.sign_in("u1")
    assert desk.cookie() != first
    desk.client.set_cookie("__Host-session", first or "", domain="localhost", secure=True)
    assert desk.get("/account").status_code == 302  # the one before has ended


def test_nothing_is_left_of_a_session_after_signing_out(desk: Desk) -> None:
    desk.sign_in("u1")
    token = desk.cookie()
    assert desk.get("/account").status_code == 200
    answer = desk.post("/logout")
    assert (answer.status_code, answer.headers["Location"], desk.cookie()) == (303, "/login", None)
    desk.client.set_cookie("__Host-session", token or "", domain="localhost", secure=True)
    assert desk.get("/account").headers["Location"].startswith("/login")


def test_signing_out_takes_the_token_of_a_form(desk: Desk) -> None:
    desk.sign_in("u1")
    assert desk.client.post("/logout", base_url=HOST).status_code == 403
    assert desk.get("/account").status_code == 200


def test_a_closed_account_is_shown_to_the_door_at_once(desk: Desk) -> None:
    desk.sign_in("u1")
    with desk.house.sessions.begin() as session:
        accounts.disable(session, "u1", by=CLERK, now=NOW)
    assert desk.get("/account").status_code == 302
    assert desk.post("/account/password").status_code == 401


@pytest.mark.proves("D3")
def test_the_answer_is_one_for_every_reason(desk: Desk) -> None:
    a_member(desk.house, "unused", "A", Role.CLERK)
    a_code(desk.house, "unused")
    answers = set()
    for form in (
        {"handle": "u1", "password": OTHER},
        {"handle": "u1", "password": PASSWORD, "code": "000000"},
        {"handle": "nobody", "password": PASSWORD},
        {"handle": "unused", "password": PASSWORD},
    ):
        answer = desk.post("/login", **form)
        page = answer.text.replace(f'value="{form["handle"]}"', "")
        answers.add((answer.status_code, page, "Set-Cookie" in answer.headers))
        desk.now += timedelta(minutes=2)
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401


def test_whoever_tries_too_often_is_told_how_long_it_rests(desk: Desk) -> None:
    for _ in range(2):
        desk.sign_in("u1", password=OTHER)
    answer = desk.sign_in("u1")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3
    desk.now += timedelta(seconds=3)
    assert desk.sign_in("u1").status_code == 303


def test_the_first_sign_in_asks_for_all_and_shows_recovery_codes_once(desk: Desk) -> None:
    a_member(desk.house, "u2", "A", Role.HEAD)
    one_time = a_code(desk.house, "u2")
    assert desk.post("/first-sign-in", handle="u2", one_time="x").status_code == 401
    page = desk.post("/first-sign-in", handle="u2", one_time=one_time).text
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert sealed is not None
    link = re.search(r'href="(otpauth://totp/[^"]+)"', page)
    assert link is not None
    seed = parse_qs(urlsplit(unescape(link[1])).query)["secret"][0]
    assert re.sub(r"(.{4})(?=.)", r"\1 ", seed) in page
    form = {"handle": "u2", "one_time": one_time, "sealed": sealed[1], "password": OTHER}
    code = code_of(desk.house, "u2", NOW, sealed[1])
    refused = desk.post("/first-sign-in/choose", **form, again=PASSWORD, code=code)
    assert (refused.status_code, "两次输入" in refused.text) == (422, True)
    assert sealed[1] in refused.text  # the phone need not be set up again
    refused = desk.post("/first-sign-in/choose", **form, again=OTHER, code="000000")
    assert (refused.status_code, "验证码不正确" in refused.text) == (422, True)
    done = desk.post("/first-sign-in/choose", **form, again=OTHER, code=code)
    assert done.status_code == 200
    assert len(re.findall(r"<li><code>([0-9A-Z-]{29})</code>", done.text)) == 10
    assert desk.get("/account").status_code == 200
    again = desk.post("/first-sign-in", handle="u2", one_time=one_time)
    assert again.status_code == 401


def test_the_second_factor_is_asked_for_anew_and_the_way_goes_on(desk: Desk) -> None:
    an_account(desk.house, "boss", "A", Role.SYSTEM_ADMIN)
    desk.sign_in("boss")
    desk.now += timedelta(minutes=6)
    before = desk.cookie()
    assert desk.post("/step-up", code="000000").status_code == 422
    answer = desk.post(
        "/step-up", code=code_of(desk.house, "boss", desk.now), next="/account/password"
    )
    assert answer.headers["Location"] == "/account/password"
    assert desk.cookie() != before
    assert desk.get("/account").status_code == 200


def test_password_and_factor_are_changed_by_their_holder(desk: Desk) -> None:
    desk.sign_in("u1")
    wrong = desk.post("/account/password", old=OTHER, password=OTHER, again=OTHER)
    assert wrong.status_code == 422
    poor = desk.post("/account/password", old=PASSWORD, password="short", again="short")
    assert poor.status_code == 422
    done = desk.post("/account/password", old=PASSWORD, password=OTHER, again=OTHER)
    assert done.headers["Location"] == "/account"
    page = desk.get("/account/factor").text
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert sealed is not None
    desk.now += timedelta(minutes=1)
    done = desk.post(
        "/account/factor", sealed=sealed[1],
        code=code_of(desk.house, "u1", desk.now, sealed[1]),
        old_code=code_of(desk.house, "u1", desk.now),
    )  # fmt: skip
    assert done.text.count("<li><code>") == 10
    assert desk.post("/account/recovery").status_code == 200
    desk.now += timedelta(minutes=6)
    asked = desk.post("/account/recovery")
    assert asked.headers["Location"] == "/step-up?next=/account"


def test_somebody_with_two_posts_chooses_for_whom_to_act(desk: Desk) -> None:
    from fulfilment_monitor.services import people

    a_body(desk.house, "B")
    with desk.house.sessions.begin() as session:
        people.post(session, "u1", "B", Role.HEAD, from_on=TODAY, by=CLERK, now=NOW)
    desk.sign_in("u1")
    before = desk.cookie()
    assert desk.post("/account/body", body="B").status_code == 303
    assert desk.cookie() != before
    assert re.search(r'<option value="B" selected', desk.get("/account").text)
    assert desk.post("/account/body", body="nobody").status_code == 404


def test_other_sessions_are_ended_by_their_owner(desk: Desk) -> None:
    other = Desk(desk.house)
    other.sign_in("u1")
    desk.now += timedelta(minutes=1)
    desk.sign_in("u1")
    desk.post("/account/sessions/end")
    assert desk.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


# --- the demonstration --------------------------------------------------------------------------


@pytest.mark.proves("D13")
def test_accounts_of_a_demonstration_are_of_no_use_in_earnest(house: House) -> None:
    a_member(house, "show", "A", Role.CLERK)
    an_account(house, "u1", "A", Role.CLERK)
    desk = Desk(house)
    with house.sessions.begin() as session:
        demonstration.open_account(session, "show", "演示", secrets(house), by=CLERK, now=NOW)
    with pytest.raises(NotOpen):
        create_app(house, hasher=QUICK)
    # an application that was started before
    assert desk.post("/login/demo", handle="show").status_code == 404
    assert desk.post("/login", handle="show", password="demo").status_code == 401
    app = create_app(house, lambda: Moment(NOW, TODAY), hasher=QUICK, demo=True)
    client = app.test_client()
    assert "演示" in client.get("/login").text
    assert client.post("/login/demo", data={"handle": "u1"}).status_code == 404
    assert client.post("/login/demo", data={"handle": "show"}).status_code == 303
    assert client.get("/account").status_code == 200


def test_codes_are_of_the_time_of_the_pages(desk: Desk) -> None:
    late = desk.now + timedelta(seconds=90)
    desk.now = late
    with desk.house.readers() as session:
        step = account(session, "u1").totp_step
    assert step < second_factor.step_at(late)
    assert desk.sign_in("u1").status_code == 303
