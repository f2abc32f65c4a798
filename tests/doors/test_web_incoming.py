"""The page of the system administrator about what channels send, and what could not be applied."""

from fulfilment_monitor.domain.inbox import InboxState
from fulfilment_monitor.house import House
from fulfilment_monitor.services import inbox_work
from tests.doors.test_web_admin import Office
from tests.services.account_builders import TODAY
from tests.services.case_builders import a_town
from tests.services.inbox_builders import a_desk, a_ticket, message, put

ON = TODAY.isoformat()


def test_what_could_not_be_applied_is_shown_by_code_and_place_and_applied_again(
    house: House,
) -> None:
    office = Office(house)
    a_town(house)
    unknown = a_ticket("T-1", respondent={"name": "某单位"}, content="CANARY")
    receipt = put(house, unknown, "m-1", on=ON).receipt
    desk = a_desk(house, ON)
    inbox_work.work(desk)
    with house.sessions.begin() as session:
        letter = session.get_one(type(message(house, receipt)), message(house, receipt).id)
        letter.state, letter.next_at = InboxState.DEAD.value, None
    page = office.get("sys", "/admin/dead-letters").text
    assert receipt in page
    assert "/respondent/name unknown" in page
    assert "CANARY" not in page
    assert "12345政务服务热线" in page
    answer = office.post("sys", "/admin/dead-letters/incoming/replay", ulids=receipt)
    assert answer.status_code == 303
    assert message(house, receipt).state == "received"
    refused = office.post("sec", "/admin/dead-letters/incoming/replay", ulids=receipt)
    assert refused.status_code == 403
