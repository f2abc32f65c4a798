"""`people …`: entering people, giving and ending posts, and who holds what."""

from collections.abc import Callable

import pytest

from fulfilment_monitor.house import House
from tests.services import case_builders as town
from tests.services.builders import Ran, fulfilment_monitor
from tests.services.case_builders import a_town, a_world, drive, the_claim

Run = Callable[..., Ran]


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`people …` on the database of the house."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return lambda *words: fulfilment_monitor("people", *words)


def test_a_person_is_entered_given_a_post_listed_and_leaves(house: House, run: Run) -> None:
    a_town(house)
    assert run("add", "gw-01", "某人").out == "gw-01 某人\n"
    post = ("gw-01", "--body", town.COUNTY, "--role", "intake")
    assert run("post", *post, "--from", "2024-01-01", "--until", "2024-06-01").status == 0
    (row,) = [
        r
        for r in run("list", "--body", town.COUNTY, "--on", "2024-05-31", "--json").json
        if r["handle"] == "gw-01"
    ]
    assert row == {
        "handle": "gw-01", "name": "某人", "body": town.COUNTY, "body_name": "示例县人民政府",
        "role": "intake", "role_name": "受理单位", "from_on": "2024-01-01",
        "until_on": "2024-06-01",
    }  # fmt: skip
    assert run("leave", *post, "--on", "2024-03-01").status == 0
    shown = run("list", "--body", town.COUNTY, "--on", "2024-02-29").out
    assert "gw-01" in shown
    assert "2024-03-01" in shown
    assert "gw-01" not in run("list", "--on", "2024-03-01").out


def test_refusals_have_their_statuses(house: House, run: Run) -> None:
    a_town(house)
    assert run("add", "handler", "某人").status == 3
    assert "taken" in run("add", "handler", "某人").err
    assert run("post", "nobody", "--body", town.COUNTY, "--role", "intake").status == 2
    assert run("post", "handler", "--body", town.COUNTY, "--role", "system").status == 2
    assert run("leave", "handler", "--body", town.CITY, "--role", "handler").status == 2


@pytest.mark.proves("A10")
def test_a_new_post_at_the_respondent_takes_the_claims_out_of_these_hands(
    house: House, run: Run
) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    before = the_claim(house, claim).handler_id
    ran = run("post", "handler", "--body", town.CENTRE, "--role", "clerk")
    assert ran.out == f"{claim} 已改由他人办理\n"
    assert the_claim(house, claim).handler_id not in (before, None)
