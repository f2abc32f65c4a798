"""A world in which every page has something to show: a town with two breaches and what follows.

`HT-1` went all the way to a determination, a record and its measures; `HT-2` is to be rectified and
is late. The enterprise has complained, stated facts and a contract that nobody has registered; a
list names the bureau; a file of contracts waits for its confirmation.
"""

import io
import re
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, Select, select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.domain.records import Listing
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import assistance, contract_notices, credit_lists, nightly
from fulfilment_monitor.store.assistance import HelpRequest
from fulfilment_monitor.store.cases import Claim
from fulfilment_monitor.store.complaints import Complaint, VaultRequest
from fulfilment_monitor.store.contracts import Contract, Obligation
from fulfilment_monitor.store.enterprises import ContractNotice
from fulfilment_monitor.store.facts import Fact
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.records import CreditEntry, Measure
from tests.conftest import at
from tests.doors.officer_world import Pages, Visitor, account_for
from tests.doors.signing_in import account_of, enterprise_account, open_for
from tests.services import case_builders as town
from tests.services import complaint_builders, enterprise_builders
from tests.services.builders import (
    FIRM,
    a_body,
    a_document,
    a_payment,
    day,
    office,
    owed,
    paid,
    register,
    state,
    sweep,
)

ON = "2026-01-20"
FIRM_ACCOUNT = "firm"
#: Who looks after the service; each is of the county's credit lead.
ADMINISTRATORS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)

_LISTED = Listing(
    Stream.ARREARS,
    "QK-1",
    {
        "notified_on": "2026-01-05",
        "correction_route": "向名单管理单位申请",
        "creditor": "示例企业",
        "arrears_state": "unpaid",
        "list": "拖欠台账",
        "list_version": "1",
    },
    1200_50,
)


class World:
    """The application over the world, its readers signed in, and the names of what is in it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.pages = Pages(house)
        _happen(self.pages)
        self.pages.today = day(ON)
        self.tokens = _sign_in(house)
        self.ids = {**_ids(house), **_hand_in(self.pages, self.tokens["bureau_clerk"])}

    @property
    def app(self) -> Flask:
        return self.pages.app


def _happen(pages: Pages) -> None:
    house = pages.house
    delivery = owed("delivery", "enterprise", title="交付设备", due_on="2025-08-01")
    acceptance = owed("acceptance", title="验收", after="delivery", within=_days(10))
    payment = a_payment("1200000.00", due_on="2025-09-10", title="设备款")
    town.a_town(house)
    register(
        house,
        a_document(a_payment("1000.00", due_on="2025-09-10", title="货款")),
        a_document(delivery, acceptance, payment, contract_no="HT-2", title="实验设备采购"),
    )
    sweep(house, town.LEAD_DAY)
    first, second = _claim(house, "HT-1"), _claim(house, "HT-2")
    town.complain(house, "2025-10-20", confidential=True, keys=keys_of(house))
    _complain_as_the_firm(pages, _obligation(house))
    town.drive(house, first, "approve_determination")
    town.drive(house, second, "rectify")
    stated = paid("2025-09-20", "400000.00", by="government", note="首期")
    state(house, stated, "2025-09-21", number="HT-2")
    performed = {"kind": "performed", "on": "2025-08-01", "by": "enterprise"}
    state(house, {**performed, "obligation": "delivery"}, "2025-08-02", number="HT-2")
    enterprise_builders.reachable(house, "2026-01-19")
    _state_a_contract(house)
    _enter_in_a_list(house)
    sweep(house, ON)
    nightly.follow(
        house.sessions, office(house), keys_of(house), channels=house.channels,
        now=at(day(ON)), today=day(ON),
    )  # fmt: skip
    complaint_builders.ask(house, _complaint(house), who="handler", on=ON)
    _ask_for_help(house, second)


def _days(length: int) -> dict[str, Any]:
    return {"length": length, "unit": "day"}


def _state_a_contract(house: House) -> None:
    document = a_document(contract_no="HT-9", government=a_body(town.BUREAU))
    with house.sessions.begin() as session:
        contract_notices.state(
            session, read_contract(document), document, by=enterprise_builders.firm(house),
            now=at(day(ON)), today=day(ON),
        )  # fmt: skip


def _enter_in_a_list(house: House) -> None:
    by = town.actor(house, "sme_intake", "2026-01-10")
    with house.sessions.begin() as session:
        credit_lists.enter(
            session, town.BUREAU, _LISTED, on=day("2026-01-10"), by=by, office=office(house),
            now=at(day("2026-01-10")), today=day("2026-01-10"),
        )  # fmt: skip


def _ask_for_help(house: House, claim: str) -> None:
    with house.sessions.begin() as session:
        assistance.ask(
            session, claim, town.CITY_FINANCE, "请核查该合同预算安排", due_on=day("2026-01-30"),
            by=town.actor(house, "handler", ON), office=office(house), now=at(day(ON)),
            today=day(ON),
        )  # fmt: skip


def _claim(house: House, number: str) -> str:
    """The claim of the payment of a contract."""
    return _one(house, Claim.ulid, Claim.obligation_id.in_(_payments_of(number)))


def _payments_of(number: str) -> Select[tuple[int]]:
    query = select(Obligation.id).join(Contract)
    return query.where(Contract.contract_no == number, Obligation.key == "payment")


def _complaint(house: House) -> str:
    return _one(house, Complaint.ulid, Complaint.confidential.is_(True))


def _one(house: House, column: Any, *where: ColumnElement[bool]) -> str:
    """The newest of its kind."""
    with house.readers() as session:
        return str(session.scalars(select(column).where(*where).order_by(column.desc())).first())


def _sign_in(house: House) -> dict[str, str]:
    """A session of everybody the table of pages names."""
    accounts = {handle: account_for(house, handle) for handle in town.PEOPLE}
    accounts[FIRM_ACCOUNT] = account_for(house, FIRM_ACCOUNT)
    for role in ADMINISTRATORS:
        accounts[role.value] = account_of(house, role.value, town.COUNTY_CREDIT, role)
    return {name: open_for(house, account, day(ON)) for name, account in accounts.items()}


def _ids(house: House) -> dict[str, str]:
    """What stands in an address for a part of it."""
    number = Contract.contract_no == "HT-2"
    of_government, of_enterprise = Fact.source == "government", Fact.source == "enterprise"
    listed = CreditEntry.stream == Stream.ARREARS.value
    finance = select(Organisation.id).where(Organisation.code == town.CITY_FINANCE)
    stated = _one(house, Fact.ulid, of_government)
    return {
        "contract": _one(house, Contract.ulid, number),
        "obligation": _obligation(house),
        "said_by_government": stated,
        "said_by_enterprise": _one(house, Fact.ulid, of_enterprise),
        "determined": _claim(house, "HT-1"),
        "late": _claim(house, "HT-2"),
        "complaint": _complaint(house),
        "own_complaint": _one(house, Complaint.ulid, Complaint.confidential.is_(False)),
        "help": _one(house, HelpRequest.ulid),
        "asked": _one(house, VaultRequest.ulid),
        "measure": _one(house, Measure.ulid, Measure.imposer_id.in_(finance)),
        "listed": _one(house, CreditEntry.ulid, listed),
        "notice": _one(house, ContractNotice.ulid),
        "link": enterprise_builders.link(house, stated, ON).id,
        "body": town.BUREAU,
    }


def _obligation(house: House) -> str:
    """The payment of `HT-2`."""
    return _one(house, Obligation.ulid, Obligation.id.in_(_payments_of("HT-2")))


def _complain_as_the_firm(pages: Pages, obligation: str) -> None:
    enterprise_account(pages.house, FIRM_ACCOUNT, FIRM)
    visitor = pages.as_(FIRM_ACCOUNT, "2025-10-22")
    path = f"/firm/obligations/{obligation}/complain"
    visitor.get(path)
    sent = visitor.post(path, {"words": "货已验收，多次催要，余款至今未付", "breach": "arrears"})
    assert sent.status_code == 200, sent.text


def _hand_in(pages: Pages, token: str) -> dict[str, str]:
    """A file that waits for its confirmation, and what the bureau calls a claim served on it."""
    client = pages.app.test_client()
    client.set_cookie("session", token)
    visitor = Visitor(client)
    table = f"合同编号,合同名称,企业统一社会信用代码\nHT-7,办公设备采购,{FIRM[:-1]}X\n".encode()
    visitor.get("/desk/upload")
    sent = visitor.post("/desk/upload", {"file": (io.BytesIO(table), "合同.csv")})
    assert sent.status_code == 303, sent.text
    served = re.search(r"/desk/claims/([0-9A-Z]{26})", visitor.get("/desk/claims").text)
    assert served is not None
    return {"upload": sent.headers["Location"].rpartition("/")[2], "served": served[1]}
