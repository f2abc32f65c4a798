"""What tests of officers' pages arrange: the town of `case_builders`, its people signed in."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.house import House
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.people import Person
from tests.conftest import at
from tests.doors.signing_in import sign_in
from tests.services.builders import day

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_VERSION = re.compile(r'name="version" value="(\d+)"')


class Pages:
    """The pages of a house, by person and day."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.today = date(2025, 10, 21)
        self.app = create_app(house, lambda: Moment(at(self.today), self.today))

    def as_(self, handle: str, on: str | None = None) -> "Visitor":
        """Somebody of the town, signed in on a day."""
        if on is not None:
            self.today = day(on)
        client = self.app.test_client()
        sign_in(client, self.house, account_for(self.house, handle), self.today)
        return Visitor(client)

    def street(self) -> "Visitor":
        """Somebody nobody knows."""
        return Visitor(self.app.test_client())


class Visitor:
    """Somebody with a browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str) -> TestResponse:
        """A page; the token of its forms is kept, for it is that of the session."""
        answer = self.client.get(path)
        found = _TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, data: Mapping[str, Any], *, page: str = "") -> TestResponse:
        """Send a form with the session's token; from the page at the path itself unless told."""
        if not self.token:
            self.get(page or path)
        return self.client.post(path, data={"csrf_token": self.token, **data})

    def step(self, claim: str, event: str, **details: Any) -> TestResponse:
        """Take a step as the pages do: the form, the look at it, the confirmation."""
        path = f"/claims/{claim}/{event}"
        form = self.get(path)
        version = _VERSION.search(form.text)
        data = {"version": version[1] if version else "", **details}
        looked = self.post(path, data)
        if looked.status_code != 200:
            return looked
        return self.post(path, {**data, "confirmed": "yes"})


def account_for(house: House, handle: str) -> int:
    """The account of a person of the town; made when first asked for."""
    with house.sessions.begin() as session:
        known = session.scalar(select(Account.id).where(Account.handle == handle))
        if known is not None:
            return known
        person = session.scalars(select(Person).where(Person.handle == handle)).one()
        account = Account(
            ulid=new_ulid(at(day("2020-01-01"))), handle=handle, name=handle, person_id=person.id,
            leads=False, totp_step=0, created_at=at(day("2020-01-01")), created_by="test",
        )  # fmt: skip
        session.add(account)
        session.flush()
        return account.id
