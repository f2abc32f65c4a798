"""`init` and `account`: three administrators at first, codes told once, nothing by default."""

from datetime import date
from pathlib import Path

import pytest

from fulfilment_monitor.app import create_app
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.services import people, web_sessions
from fulfilment_monitor.services.accounts import state_of
from fulfilment_monitor.settings import BadSettings, Settings
from tests.services import case_builders
from tests.services.account_builders import QUICK, account, activate
from tests.services.builders import Ran, fulfilment_monitor

BODY = "11340321003000014D"
NAMED = {"system-admin": "1001", "security-admin": "1002", "audit-admin": "1003"}


@pytest.fixture
def machine(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    monkeypatch.setitem(case_builders._rings, house.settings.database_url, keys_of(house))
    return house


def init(**named: str) -> Ran:
    words = [
        w for role, handle in {**NAMED, **named}.items() for w in (f"--{role}", handle, "某人")
    ]
    return fulfilment_monitor("init", "--body", BODY, "--body-name", "示例局", *words, "--json")


@pytest.mark.proves("D13")
def test_exactly_three_administrators_are_made_and_closed_until_their_codes_are_used(
    machine: House,
) -> None:
    ran = init()
    assert (ran.status, [m["role"] for m in ran.json]) == (0, [r.replace("-", "_") for r in NAMED])
    listed = fulfilment_monitor("account", "list", "--json").json
    assert [(a["handle"], a["state"]) for a in listed] == [(h, "waiting") for h in NAMED.values()]
    with machine.readers() as session:
        assert account(session, "1001").password_hash is None
    from fulfilment_monitor import clock

    moment = clock.moment()
    opened = activate(machine, "1002", ran.json[1]["code"], now=moment.now)
    with machine.readers() as session:
        found = web_sessions.actor_of(session, account(session, "1002"), None, moment.today)
        assert found.roles == {Role.SECURITY_ADMIN}
        assert state_of(account(session, "1002")) == "open"
    assert len(opened.recovery) == 10
    again = init(**{"system-admin": "1004"})
    assert (again.status, "administrators already" in again.err) == (2, True)


def test_one_person_is_not_two_of_the_three(machine: House) -> None:
    ran = init(**{"audit-admin": "1001"})
    assert (ran.status, "exclusive" in ran.err) == (3, True)
    with machine.readers() as session:
        assert people.list_staff(session, date(2030, 1, 1)) == []  # nothing half done


def test_accounts_are_made_closed_and_given_codes_at_the_machine(machine: House) -> None:
    assert fulfilment_monitor("account", "create", "2001").status == 2  # nobody of the register
    fulfilment_monitor("people", "add", "2001", "某人")
    first = fulfilment_monitor("account", "create", "2001", "--json").json["code"]
    second = fulfilment_monitor("account", "code", "2001", "--json").json["code"]
    assert first != second
    assert fulfilment_monitor("account", "drop-factor", "2001").status == 2
    assert fulfilment_monitor("account", "disable", "2001").status == 0
    assert fulfilment_monitor("account", "disable", "2001").status == 2


def test_settings_of_accounts_are_checked(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="FM_PASSWORD_PROFILE"):
        Settings.from_env({"FM_PASSWORD_PROFILE": "none"})
    with pytest.raises(BadSettings, match="FM_PROXIES"):
        Settings.from_env({"FM_PROXIES": "-1"})


@pytest.mark.parametrize(("proxies", "network"), [(0, "127.0.0"), (1, "203.0.113")])
def test_who_comes_is_told_by_proxies_only_where_there_are_some(
    house: House, proxies: int, network: str
) -> None:
    from dataclasses import replace

    from flask import request

    from fulfilment_monitor.web import guard

    app = create_app(
        replace(house, settings=replace(house.settings, proxies=proxies)), hasher=QUICK
    )
    seen: list[str] = []
    app.before_request(lambda: seen.append(guard.network(request)))
    app.test_client().get("/about", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert seen == [network]
