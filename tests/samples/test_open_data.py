"""Open data of real and official registers, where a copy lies beside the checkout; else skipped.

The folder is looked for upwards from the checkout as `shared/data/ocds`; nothing of it is shipped.
"""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor.domain.ocds.dates import civil_day, zone_of
from fulfilment_monitor.domain.ocds.values import exact_json, parsed
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.ocds import schema_errors
from fulfilment_monitor.services.sight import ALL
from tests.services.builders import lead_list, sweep, view, violations
from tests.services.ocds_documents import MERGE, publish
from tests.services.test_ocds_export import comes_back


def _folder() -> Path | None:
    for above in Path(__file__).resolve().parents:
        if (above / "shared/data/ocds").is_dir():
            return above / "shared/data/ocds"
    return None


FOLDER = _folder()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="no copy of the open data beside us")

Document = dict[str, Any]
SCHOOL = [f"standard-examples/{n}.json" for n in ("af-1-scheduled", "af-2-delivered", "af-3-paid")]
LANES = [
    f"standard-examples/cycle-lanes-{n}.json"
    for n in ("1-scheduled", "2-started-late", "3-completed")
]
OTHERS = [f"standard-examples/{n}-milestone.json" for n in ("planning", "tender")]
PORTUGAL = "portugal-base/release_package_list.json"
PARTNERSHIP, RECORD = "ppp-example/release_package.json", "ppp-example/record_package.json"


def load(name: str) -> Any:
    assert FOLDER is not None
    return parsed((FOLDER / name).read_text("utf-8"))


def told(house: House, number: str, on: str) -> dict[str, tuple[Any, ...]]:
    obligations = view(house, on, number)["obligations"]
    return {
        o["key"]: (o["state"], o["due_on"], o["fulfilled_on"], o["days_late"]) for o in obligations
    }


def portuguese() -> list[Document]:
    found: list[Document] = load(PORTUGAL)[0]["releases"]
    return found


# --- the schema ---------------------------------------------------------------------------------


def test_real_releases_are_valid_and_the_examples_lack_one_member() -> None:
    valid = [*portuguese(), *load(PARTNERSHIP)["releases"]]
    record = load(RECORD)["records"][0]
    valid += [*record["releases"], record["compiledRelease"]]
    assert [len(list(schema_errors(r))) for r in valid] == [0] * 117
    for name in [*SCHOOL, *LANES, *OTHERS]:
        (error,) = schema_errors(load(name)["releases"][0])
        assert "initiationType" in error.detail


def test_merging_gives_exactly_the_published_compiled_release() -> None:
    record = load(RECORD)["records"][0]
    merged = MERGE(record["releases"])
    assert merged.notes == []
    assert exact_json(merged.snapshots[-1]) == exact_json(record["compiledRelease"])


# --- a school in Afghanistan --------------------------------------------------------------------


def test_the_school_is_judged_as_by_hand(house: House) -> None:
    done = publish(house, *(load(n) for n in SCHOOL))
    assert done.results == ["registered", "updated", "updated"]
    assert told(house, "MOBTA/1397/NCB/OPT/W.003", "2018-11-01") == {
        "20653Delivery": ("fulfilled", "2018-10-05", "2018-10-05", 0),
        "20653payment": ("fulfilled", "2018-10-10", "2018-10-09", 0),
        "20654Delivery": ("overdue", "2018-10-28", None, 4),
        "20654payment": ("overdue", "2018-10-31", None, 1),
    }
    assert "113,910.00" in done.detail("ocds.not-scheduled")
    shown = view(house, "2018-11-01", "MOBTA/1397/NCB/OPT/W.003")
    assert (shown["signed_on"], shown["currency"], shown["amount"]) == (
        "2018-09-16",
        "AFN",
        "230865.00",
    )
    assert len(shown["facts"]) == 2  # 17:30 instead of 00:00 is no other day


def test_a_publisher_that_says_not_met_before_the_day_says_nothing(house: House) -> None:
    publish(house, load(SCHOOL[0]))
    states = told(house, "MOBTA/1397/NCB/OPT/W.003", "2018-10-05")
    assert {state for state, *_ in states.values()} == {"open"}


# --- lanes for bicycles -------------------------------------------------------------------------


@pytest.mark.parametrize("order", [LANES, LANES[::-1]])
def test_the_lanes_began_late_and_were_done_in_time(house: House, order: list[str]) -> None:
    publish(house, *(load(n) for n in [*order, *OTHERS]))
    assert told(house, "ocds-213czf-000-00001-contract-01", "2019-01-15") == {
        "1": ("fulfilled_late", "2018-03-19", "2018-03-31", 12),
        "2": ("fulfilled", "2018-12-31", "2018-12-24", 0),
    }


# --- a partnership ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [PARTNERSHIP, RECORD])
def test_the_partnership_stands_with_all_that_was_published(house: House, name: str) -> None:
    done = publish(house, load(name))
    assert done.results == ["updated"] * 4 + ["registered"] + ["updated"] * 3
    states = told(house, "1", "2020-01-24")
    assert [states[k][0] for k in "1234567"] == ["fulfilled", *["open"] * 5, "fulfilled"]
    assert states["2"][1] == "2020-01-24"  # written at the end of that day, far west of here
    assert states["contract-1"] == ("overdue", "2017-03-08", None, 1052)
    assert (date(2018, 3, 31) - date.fromisoformat(states["1"][2])).days == 21
    shown = view(house, "2020-01-25", "1")
    assert told(house, "1", "2020-01-25")["2"] == ("overdue", "2020-01-24", None, 1)
    paid = [f for f in shown["facts"] if f["kind"] == "paid"]
    assert (len(paid), {f["amount"] for f in paid}) == (11, {"100000.00"})
    assert [f.get("obligation") for f in paid if f.get("obligation")] == ["7"]
    (failure,) = shown["published"]["performance_failures"]
    assert (failure["events"], failure["penaltyImposed"]) == (6, "300000.0")
    assert shown["published"]["also_kept"]["riskAllocation"] == 12
    assert shown["published"]["also_kept"]["implementation/charges"] == 20
    assert shown["published"]["also_kept"]["finance"] == 10
    assert done.codes["ocds.signed-before-award"] == 1
    assert done.codes["ocds.paid-after-release"] == 1
    assert done.codes["ocds.extents-differ"] == 1


def test_the_longer_partnership_keeps_its_first_end(house: House) -> None:
    publish(house, load(PARTNERSHIP))
    (amendment,) = view(house, "2020-02-01", "1")["amendments"]
    assert (amendment["due_on"], amendment["agreed_on"]) == ("2046-01-23", "2020-01-24")
    assert "2036-01-23" in amendment["note"]


# --- Portugal -----------------------------------------------------------------------------------


def test_a_hundred_contracts_without_dates_raise_nothing(house: House) -> None:
    done = publish(house, load(PORTUGAL), on="2019-12-02")
    assert done.results == ["registered"] * 100
    sweep(house, "2019-12-02")
    assert lead_list(house) == []
    shown = [view(house, "2019-12-02", n) for n in _numbers(house)]
    found = Counter(
        (o["state"], o["reported"], o["claimed"] == o["amount"])
        for contract in shown
        for o in contract["obligations"]
    )
    assert found == {("undated", False, False): 92, ("undated", True, True): 8}
    assert sum(round(float(c["amount"]) * 100) for c in shown) == 161_306_448
    assert publish(house, load(PORTUGAL)).results == ["unchanged"] * 100
    assert violations(house) == []


def _numbers(house: House) -> list[str]:
    from fulfilment_monitor.services.registry import list_contracts

    with house.readers() as session:
        return [c["id"] for c in list_contracts(session, ALL).items]


def test_what_is_odd_in_portugal_is_said(house: House) -> None:
    codes = publish(house, load(PORTUGAL), on="2019-12-02").codes
    assert codes["ocds.day-uncertain"] == 4
    assert codes["ocds.contract-ended"] == 8
    assert codes["ocds.signed-on-assumed"] == 93
    assert codes["party.natural-person"] == 12  # one more trades under a name of fancy
    assert codes["ocds.values-differ"] == 0
    assert codes["ocds.over-payment"] == 0
    assert codes["ocds.paid-after-end"] == 3


def test_seven_tax_numbers_carry_several_names(house: House) -> None:
    issues = publish(house, load(PORTUGAL), on="2019-12-02").issues
    spelled = {i.detail.split()[0] for i in issues if i.code == "party.spellings"}
    assert len(spelled) == 7


def test_midnights_of_lisbon_are_the_days_of_lisbon() -> None:
    text = exact_json(portuguese())
    written = re.findall(r'"(20\d\d-\d\d-\d\dT23:00:00Z)"', text)
    days = [(s, civil_day(s, zone_of("ocds-px0z7d-1"))) for s in written]
    next_day = [str(d.on)[:10] > s[:10] for s, d in days]
    assert (next_day.count(True), next_day.count(False)) == (56, 9)  # nine are ends counted in UTC
    assert [d.doubt for _, d in days] == [not late for late in next_day]


# --- and back -----------------------------------------------------------------------------------


def test_all_of_it_goes_out_and_comes_back_the_same(house: House, tmp_path: Path) -> None:
    names = [*SCHOOL, *LANES, *OTHERS, PARTNERSHIP, PORTUGAL]
    publish(house, *(load(n) for n in names), on="2020-02-01")
    comes_back(house, tmp_path)
