"""Signing in as whom another service vouches for: only into accounts that exist and were bound."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from joserfc import jwk
from sqlalchemy import func, select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.errors import BadPolicy
from fulfilment_monitor.gateways.oidc import open_provider
from fulfilment_monitor.house import House
from fulfilment_monitor.services import accounts
from fulfilment_monitor.settings import BadSettings, Settings
from fulfilment_monitor.store.accounts import Account, AccountSubject, WebSession
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.people import Posting
from fulfilment_monitor.web.wording import TEXTS
from tests.doors.an_issuer import CLIENT, OTHER_KEY, SECRET, Issuer, an_issuer
from tests.doors.test_web_entrance import Desk
from tests.doors.test_web_entrance import one_keyring as one_keyring
from tests.services.account_builders import NOW, an_account
from tests.services.builders import CLERK

_TRY = re.compile(r"code=code-\d+&amp;state=[\w-]+")
BACK = "https://localhost/login/sso/back"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with an_issuer(lambda: int(NOW.timestamp())) as running:
        yield running


@pytest.fixture
def desk(house: House, issuer: Issuer, tmp_path: Path) -> Desk:
    """A clerk with an account, at a desk of a house that listens to the issuer."""
    an_account(house, "u1", "A", Role.CLERK)
    return Desk(replace(house, settings=listening(house.settings, issuer, tmp_path)))


def listening(settings: Settings, issuer: Issuer, folder: Path) -> Settings:
    file = folder / "oidc.secret"
    file.write_text(SECRET + "\n")
    return replace(
        settings, oidc_issuer=issuer.url, oidc_client_id=CLIENT, oidc_secret_file=str(file),
        oidc_redirect_uri=BACK, outward_allow=issuer.url.removeprefix("http://"),
    )  # fmt: skip


def bind(desk: Desk, issuer: Issuer, handle: str = "u1", subject: str = "anna") -> None:
    """The holder of an account binds it, and signs out."""
    desk.sign_in(handle)
    sent = desk.get("/account/sso")
    back = desk.get(issuer.lets_in(sent.headers["Location"], subject))
    assert (back.status_code, back.headers["Location"]) == (303, "/account"), back.text
    assert TEXTS["sso.unbind"][0] in desk.get("/account").text
    desk.post("/logout")


def come_in(desk: Desk, issuer: Issuer, subject: str = "anna", path: str = "/login/sso"):
    return desk.get(issuer.lets_in(desk.get(path).headers["Location"], subject))


def rows(house: House) -> tuple[int, ...]:
    with house.readers() as session:
        tables = (Account, Posting, AccountSubject)
        return tuple(session.scalar(select(func.count()).select_from(t)) or 0 for t in tables)


def test_who_is_bound_comes_in_to_the_posts_of_the_register(desk: Desk, issuer: Issuer) -> None:
    assert TEXTS["sso.enter"][0] in desk.get("/login").text
    bind(desk, issuer)
    before = rows(desk.house)
    answer = come_in(desk, issuer, path="/login/sso?next=/contracts")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/contracts")
    assert rows(desk.house) == before  # no account, no post
    own = desk.get("/account").text
    assert "经办" in own
    assert "系统管理" not in own
    with desk.house.readers() as session:
        opened = session.scalars(select(WebSession).order_by(WebSession.id.desc())).first()
        assert opened is not None
        assert opened.stepped_up_at is None
        acts = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq.desc())))
        kept = session.scalars(select(AccountSubject.subject_hash)).one()
    assert {"session.vouched", "account.bind"} <= set(acts)
    assert b"anna" not in kept
    sent = desk.post("/account/recovery")  # what is sensitive asks for our second factor
    assert sent.headers["Location"].startswith("/step-up")


def test_whom_nobody_bound_is_refused_and_nothing_is_made(desk: Desk, issuer: Issuer) -> None:
    bind(desk, issuer)
    before = rows(desk.house)
    for stranger in ("bert", "u1", "boss", "A"):  # not by the name of an account either
        answer = come_in(desk, issuer, stranger)
        assert answer.status_code == 401
        assert TEXTS["sso.refused"][0] in answer.text
    assert rows(desk.house) == before
    assert desk.cookie() is None


def test_a_closed_account_and_an_unbound_one_are_not_entered(desk: Desk, issuer: Issuer) -> None:
    bind(desk, issuer)
    with desk.house.sessions.begin() as session:
        accounts.disable(session, "u1", by=CLERK, now=NOW)
    refused = come_in(desk, issuer)
    assert refused.status_code == 401
    again = come_in(desk, issuer, "bert")
    assert _TRY.sub("", refused.text) == _TRY.sub("", again.text)  # in the same words
    with desk.house.sessions.begin() as session:
        session.scalars(select(Account)).one().disabled_at = None
    assert come_in(desk, issuer).status_code == 303
    assert desk.post("/account/sso/end").status_code == 303
    desk.post("/logout")
    assert come_in(desk, issuer).status_code == 401


LIES = {
    "of another issuer": {"claims": {"iss": "http://127.0.0.1:1"}},
    "for somebody else": {"claims": {"aud": "another"}},
    "handed to somebody else": {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
    "of another try": {"claims": {"nonce": "other"}},
    "without a nonce": {"claims": {"nonce": None}},
    "too old": {"claims": {"exp": int(NOW.timestamp()) - 61}},
    "of tomorrow": {"claims": {"iat": int(NOW.timestamp()) + 86_400}},
    "of nobody": {"claims": {"sub": ""}},
    "of a number": {"claims": {"sub": 7}},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_an_identity_that_cannot_be_believed_opens_nothing(
    desk: Desk, issuer: Issuer, lie: dict[str, object]
) -> None:
    bind(desk, issuer)
    issuer.lies = lie
    assert come_in(desk, issuer).status_code == 401
    assert desk.cookie() is None


def test_a_signature_of_another_key_or_kind_opens_nothing(desk: Desk, issuer: Issuer) -> None:
    bind(desk, issuer)
    issuer.signs_with = OTHER_KEY
    assert come_in(desk, issuer).status_code == 401
    issuer.header = {"alg": "HS256"}
    issuer.signs_with = jwk.OctKey.import_key(SECRET * 4)
    assert come_in(desk, issuer).status_code == 401
    assert desk.cookie() is None


def test_the_answer_of_another_try_and_a_second_use_open_nothing(
    desk: Desk, issuer: Issuer
) -> None:
    bind(desk, issuer)
    there = desk.get("/login/sso").headers["Location"]
    back = issuer.lets_in(there, "anna")
    assert desk.get(back.replace("state=", "state=x")).status_code == 401  # and the try is over
    assert desk.get(back).status_code == 401
    stolen = issuer.lets_in(desk.get("/login/sso").headers["Location"], "anna")
    mine = desk.get("/login/sso").headers["Location"]
    state = issuer.lets_in(mine, "bert").partition("&state=")[2]
    mixed = stolen.partition("&state=")[0] + "&state=" + state  # another's code, our state
    assert desk.get(mixed).status_code == 401  # the verifier is not that of the code
    back = issuer.lets_in(desk.get("/login/sso").headers["Location"], "anna")
    assert desk.get(back).status_code == 303
    desk.post("/logout")
    assert desk.get(back).status_code == 401
    late = issuer.lets_in(desk.get("/login/sso").headers["Location"], "anna")
    desk.now += timedelta(minutes=11)
    assert desk.get(late).status_code == 401


def test_binding_takes_the_second_factor_and_is_for_one_account(desk: Desk, issuer: Issuer) -> None:
    bind(desk, issuer)
    an_account(desk.house, "u2", "A", Role.CLERK)
    desk.sign_in("u2")
    taken = desk.get(issuer.lets_in(desk.get("/account/sso").headers["Location"], "anna"))
    assert taken.status_code == 409
    begun = issuer.lets_in(desk.get("/account/sso").headers["Location"], "clara")
    desk.now += timedelta(minutes=6)
    assert desk.get("/account/sso").headers["Location"].startswith("/step-up")
    assert desk.get(begun).status_code == 401  # that try was not finished, and this is another
    desk.post("/logout")
    assert come_in(desk, issuer, "clara").status_code == 401
    # begun by one account, come back to as another
    desk.sign_in("u2")
    begun = issuer.lets_in(desk.get("/account/sso").headers["Location"], "clara")
    desk.post("/logout")
    desk.sign_in("u1")
    assert desk.get(begun).status_code == 401
    assert rows(desk.house)[2] == 1


def test_administrators_do_not_come_in_this_way(desk: Desk, issuer: Issuer) -> None:
    bind(desk, issuer)
    an_account(desk.house, "boss", "A", Role.SYSTEM_ADMIN)
    desk.sign_in("boss")
    assert TEXTS["sso.title"][0] not in desk.get("/account").text
    refused = desk.get(issuer.lets_in(desk.get("/account/sso").headers["Location"], "dora"))
    assert refused.status_code == 403
    desk.post("/logout")
    with desk.house.sessions.begin() as session:
        person = session.scalars(select(Account).where(Account.handle == "u1")).one().person_id
        body = session.scalars(select(Posting.body_id)).first()
        session.add(
            Posting(
                person_id=person,
                body_id=body,
                role=Role.AUDIT_ADMIN.value,
                from_on=NOW.date() - timedelta(days=1),
                recorded_at=NOW,
                recorded_by="test",
            )
        )
    assert come_in(desk, issuer).status_code == 401


def test_where_nothing_is_set_up_there_is_no_such_page(house: House) -> None:
    an_account(house, "u1", "A", Role.CLERK)
    desk = Desk(house)
    assert TEXTS["sso.enter"][0] not in desk.get("/login").text
    for path in ("/login/sso", "/login/sso/back?code=x&state=y"):
        assert desk.get(path).status_code == 404
    desk.sign_in("u1")
    assert desk.get("/account/sso").status_code == 404
    assert desk.post("/account/sso/end").status_code == 404


def test_the_cookie_of_a_try_is_sealed_and_for_this_path(desk: Desk, issuer: Issuer) -> None:
    answer = desk.get("/login/sso")
    (found,) = (c for c in answer.headers.getlist("Set-Cookie") if c.startswith("sso="))
    morsel = SimpleCookie(found)["sso"]
    assert (morsel["httponly"], morsel["secure"], morsel["path"]) == (True, True, "/login/sso")
    assert (morsel["samesite"], morsel["max-age"]) == ("Lax", "600")
    assert "nonce=" in answer.headers["Location"]
    nonce = answer.headers["Location"].partition("nonce=")[2].partition("&")[0]
    assert nonce not in morsel.value


def test_while_the_other_side_is_away_people_sign_in_here(desk: Desk, issuer: Issuer) -> None:
    issuer.lies = {"metadata": {"issuer": "https://elsewhere.example"}}
    answer = desk.get("/login/sso")
    assert answer.status_code == 503
    assert TEXTS["sso.away"][0] in answer.text


def test_settings_that_are_not_whole_stop_at_the_start(house: House, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="FM_OIDC_SECRET_FILE"):
        Settings.from_env({"FM_OIDC_ISSUER": "https://a.example", "FM_OIDC_CLIENT_ID": "x",
                           "FM_OIDC_REDIRECT_URI": BACK})  # fmt: skip
    missing = replace(
        house.settings, oidc_issuer="https://a.example", oidc_client_id="x",
        oidc_secret_file=str(tmp_path / "none"), oidc_redirect_uri=BACK,
    )  # fmt: skip
    with pytest.raises(BadPolicy, match="FM_OIDC_SECRET_FILE"):
        open_provider(missing)
