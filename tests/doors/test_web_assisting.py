"""The pages of help between bodies, and the command that does the same."""

import json

from fulfilment_monitor.house import House
from fulfilment_monitor.services import assistance
from fulfilment_monitor.web.wording import TEXTS
from tests.doors.officer_world import Pages
from tests.doors.test_cli_credit import desk as desk
from tests.doors.test_cli_credit import done
from tests.services import case_builders as town
from tests.services.builders import day

TASK, ON = "请核查该合同预算安排", "2025-11-05"


def requests_of(house: House, claim: str) -> list[assistance.Row]:
    with house.readers() as session:
        return assistance.of_claim(session, town.the_claim(house, claim), day(ON))


def test_one_body_asks_another_answers_and_the_case_shows_it(house):
    claim = town.a_world(house)
    town.drive(house, claim, "rectify")
    pages = Pages(house)
    handler = pages.as_("handler", ON)
    assert f"/claims/{claim}/help" in handler.get(f"/cases/{claim}").text
    bare = handler.post(f"/claims/{claim}/help", {"uscc": town.CITY_FINANCE, "task": TASK})
    assert bare.status_code == 422
    wrong = handler.post(f"/claims/{claim}/help", {"uscc": "X", "task": TASK})
    assert TEXTS["help.no_body"][0] in wrong.text
    sent = {"uscc": town.CITY_FINANCE, "task": TASK, "due_on": "2025-11-14"}
    assert handler.post(f"/claims/{claim}/help", sent).status_code == 303
    (asked,) = requests_of(house, claim)
    other = pages.as_("finance_handler", ON)
    assert f"/help/{asked['id']}" in other.get("/help").text
    shown = other.get(f"/help/{asked['id']}")
    assert TASK in shown.text
    for hidden in (claim, "HT-1", "示例企业"):
        assert hidden not in shown.text
    assert other.post(f"/help/{asked['id']}", {"text": " "}).status_code == 422
    assert other.post(f"/help/{asked['id']}", {"text": "预算已安排"}).status_code == 303
    assert other.post(f"/help/{asked['id']}", {"text": "再次"}).status_code == 409
    again = pages.as_("handler", ON).get(f"/cases/{claim}")
    assert "预算已安排" in again.text
    foreign = pages.as_("city_handler", ON)
    for path in (f"/help/{asked['id']}", "/help/" + "0" * 26):
        assert foreign.get(path).status_code == 404


def test_a_request_is_taken_back_with_a_reason(house):
    claim = town.a_world(house)
    town.drive(house, claim, "rectify")
    handler = Pages(house).as_("handler", ON)
    path = f"/claims/{claim}/help"
    sent = {"uscc": town.CITY_FINANCE, "task": TASK, "due_on": "2025-11-14"}
    assert handler.post(path, sent).status_code == 303
    (asked,) = requests_of(house, claim)
    assert handler.post(path, {"withdraw": asked["id"], "reason": ""}).status_code == 422
    assert handler.post(path, {"withdraw": asked["id"], "reason": "不再需要"}).status_code == 303
    assert requests_of(house, claim)[0]["withdrawn"] == "不再需要"


def test_the_command_asks_lists_and_answers(desk: House) -> None:
    claim = town.a_world(desk)
    town.drive(desk, claim, "rectify")
    asked = done(
        "assist", "ask", claim, town.CITY_FINANCE, "--task", TASK, "--due-on", "2099-01-05",
        "--as", "handler",
    )  # fmt: skip
    (row,) = done("assist", "list", "--as", "finance_handler")["requests"]
    assert (row["id"], row["task"]) == (asked["request"], TASK)
    assert claim not in json.dumps(row)
    done("assist", "answer", row["id"], "--text", "预算已安排", "--as", "finance_handler")
    (after,) = done("assist", "list", "--as", "finance_handler")["requests"]
    assert (after["open"], after["answer"]) == (False, "预算已安排")
