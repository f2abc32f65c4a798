"""The pages of subscribers: two people, one secret shown once, and what did not arrive."""

import re

import pytest
from sqlalchemy import update

from fulfilment_monitor.gateways import webhooks as gateway
from fulfilment_monitor.gateways.outward import Allowed
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.store.webhooks import WebhookEvent
from tests.doors.test_web_admin import Office, asked
from tests.services import builders
from tests.services.account_builders import NOW, TODAY
from tests.services.webhook_builders import change

FORM = {
    "label": "某平台", "url": "https://platform.example/in", "body": "A", "kinds": "notices",
    "reason": "对接",
}  # fmt: skip


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def deliver(house: House) -> gateway.Told:
    return gateway.deliver(
        house.sessions, house.readers, keys_of(house), builders.office(house), Allowed(),
        now=lambda: NOW, today=TODAY, hands=1,
    )  # fmt: skip


def test_a_subscriber_goes_from_asking_to_being_told(office: Office) -> None:
    for wrong in ({"url": "file:///etc"}, {"kinds": ""}, {"body": "none"}, {"reason": ""}):
        assert office.post("sec", "/admin/webhooks", **{**FORM, **wrong}).status_code == 422
    assert office.post("sec", "/admin/webhooks", **FORM).status_code == 303
    assert "platform.example" in office.get("sys", "/admin/approvals").text
    office.post("sys", f"/admin/approvals/{asked(office)}", granted="yes")
    found = re.search(r"/admin/webhooks/(\w+)/fetch", office.get("sec", "/admin/webhooks").text)
    assert found is not None
    here = f"/admin/webhooks/{found[1]}"
    shown = office.post("sec", f"{here}/fetch")
    assert re.search(r"<code data-copy>whsec_[\w+/=]{44}</code>", shown.text)
    assert office.post("sec", f"{here}/fetch").status_code == 409
    assert "whsec_" not in office.get("sec", "/admin/webhooks").text
    assert "whsec_" in office.post("sec", f"{here}/rotate").text
    assert office.post("sec", f"{here}/disable").status_code == 303
    assert office.post("sec", f"{here}/disable").status_code == 409
    assert office.post("sec", f"{here}/resume").status_code == 303


def test_what_did_not_arrive_is_seen_and_sent_again_by_the_system_administrator(
    office: Office,
) -> None:
    office.post("sec", "/admin/webhooks", **{**FORM, "url": "https://127.0.0.1/in"})
    office.post("sys", f"/admin/approvals/{asked(office)}", granted="yes")
    found = re.search(r"/admin/webhooks/(\w+)/fetch", office.get("sec", "/admin/webhooks").text)
    assert found is not None
    office.post("sec", f"/admin/webhooks/{found[1]}/fetch")
    change(office.house, ("m1", 1), to="A")
    assert deliver(office.house) == gateway.Told(0, 1)  # a closed address: nothing was sent
    page = office.get("sec", "/admin/webhooks").text
    assert "address-refused" in page
    assert "待推送 1" in page
    with office.house.sessions.begin() as session:
        session.execute(update(WebhookEvent).values(state="dead"))
    letters = office.get("sys", "/admin/webhooks/letters").text
    replay = re.search(r'action="(/admin/webhooks/letters/\w+/replay)"', letters)
    assert replay is not None
    assert office.post("sec", replay[1]).status_code == 403
    assert office.post("sys", replay[1]).status_code == 303
    assert office.post("sys", replay[1]).status_code == 409
    assert "没有未送达的事件" in office.get("sys", "/admin/webhooks/letters").text
