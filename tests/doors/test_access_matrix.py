"""Every route, for every capacity and for nobody: what opens, and what stays shut.

`tests/rbac_matrix.csv` is written by hand from the access matrix (`docs/access.md`), never from
the code; a route that is not in it fails.
"""

import csv
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import CAPACITIES, Role
from fulfilment_monitor.house import House
from tests.conftest import at
from tests.doors.registers import END, a_sample, register
from tests.doors.signing_in import account_of, enterprise_account, open_for

MATRIX = Path(__file__).parent.parent / "rbac_matrix.csv"
EVERYBODY = "everybody"
SAMPLE = "procurement_claim_not_confirmed"
#: Capacities an account can hold, and none.
STAFF = [r for r in CAPACITIES if r not in (Role.SYSTEM, Role.COMPLAINANT, Role.RESPONDENT)]
ULID = "01JZ1MH2000000000000000000"
#: What stands for a part of an address: nothing that exists.
PARTS = {"ulid": ULID, "filename": "board.css", "uscc": "91990200MAEX00408K", "handle": "nobody",
         "message_id": 1}  # fmt: skip
REFUSED = {401, 403}
#: Open to everybody; what they refuse is a wrong password or code.
ENTRANCES = {"entrance.signing_in", "entrance.first", "entrance.choose"}
#: Open to everybody who holds a link; what they refuse is a link that opens nothing.
LINKS = {"enterprise.show_answer", "enterprise.confirm_answer", "enterprise.dispute_answer"}


def matrix() -> dict[tuple[str, str], str]:
    with MATRIX.open(encoding="utf-8", newline="") as file:
        return {(r["endpoint"], r["method"]): r["who"] for r in csv.DictReader(file)}


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and an address of each."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {name: PARTS.get(name, ULID) for name in rule.arguments}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, adapter.build(rule.endpoint, values, method)


@pytest.fixture
def house(one_house: House) -> House:
    """One kind of database is enough to ask what opens; how far one sees is asked on both."""
    return one_house


@pytest.fixture
def app(house: House) -> Flask:
    register(house, a_sample(SAMPLE))
    return create_app(house, lambda: Moment(at(END), END))


def token_of(house: House, capacity: str) -> str:
    """A session in a capacity."""
    document = a_sample(SAMPLE)
    if capacity == Role.ENTERPRISE.value:
        account = enterprise_account(house, "firm", document["enterprise"]["uscc"])
    else:
        body = document["government"]["uscc"]
        account = account_of(house, capacity, body, Role(capacity))
    return open_for(house, account, END)


def status_of(app: Flask, method: str, address: str, token: str | None) -> int:
    client = app.test_client()
    if token is not None:
        client.set_cookie("session", token)
    data = {"csrf_token": _csrf(token)} if token and method != "GET" else None
    with client.open(address, method=method, data=data) as answer:
        # Nobody is sent to sign in; that is a refusal too.
        to_sign_in = answer.status_code == 302 and "/login" in answer.headers["Location"]
        return 401 if to_sign_in and token is None else answer.status_code


def _csrf(token: str) -> str:
    return hmac.digest(token.encode(), b"form", "sha256").hex()


def test_every_route_stands_in_the_matrix_and_nothing_else_does(house: House) -> None:
    app = create_app(house, lambda: Moment(at(END), END))
    there = {(endpoint, method) for endpoint, method, _ in routes(app)}
    assert sorted(there - matrix().keys()) == []
    assert sorted(matrix().keys() - there) == []


def test_nobody_and_everybody(app: Flask) -> None:
    wanted = matrix()
    for endpoint, method, address in routes(app):
        found = status_of(app, method, address, None)
        if endpoint in ENTRANCES:
            assert found in {401, 429}, (endpoint, found)
            continue
        if endpoint in LINKS:
            assert found == 403, (endpoint, found)
            continue
        shut = wanted[endpoint, method] != EVERYBODY
        assert (found in REFUSED) == shut, (endpoint, method, found)
        assert found < 500, (endpoint, method, found)


@pytest.mark.parametrize("capacity", [*STAFF, Role.ENTERPRISE])
def test_a_capacity_opens_what_the_matrix_says_and_no_more(
    app: Flask, house: House, capacity: str
) -> None:
    wanted, token, wrong = matrix(), token_of(house, capacity), []
    for endpoint, method, address in routes(app):
        who = wanted[endpoint, method]
        if who == EVERYBODY and capacity != Role.CLERK:
            continue  # one who is signed in stands for all of them
        if endpoint in ENTRANCES | LINKS | {"entrance.sign_out"}:
            continue  # asks who comes in; ends the session the next call needs
        found = status_of(app, method, address, token)
        opens = who == EVERYBODY or capacity in who.split()
        if (found not in REFUSED) != opens or found >= 500:
            wrong.append((endpoint, method, found))
    assert wrong == []
