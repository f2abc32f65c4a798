"""`contract`: one contract as it stood on any day, with its reasons; and the lists beside it."""

import pytest

from fulfilment_monitor.domain.money import parse_yuan
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract
from tests.services.builders import (
    INSTITUTION,
    ORGAN,
    Document,
    a_body,
    a_document,
    a_fact,
    a_payment,
    fulfilment_monitor,
    lead_list,
    owed,
    paid,
    register,
    state,
    sweep,
    violations,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NEW = "113403210030000228"  # made up, of the right form


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The register with one contract in the middle of its life."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    register(
        house,
        a_document(
            owed("delivery", "enterprise", due_on="2025-08-01"),
            owed("acceptance", after="delivery", within={"length": 10, "unit": "day"}),
            a_payment("1000.5", after="acceptance", within={"length": 90, "unit": "day"}),
            region="999999",
            facts=[
                a_fact("performed", "2025-08-01", "enterprise", "delivery"),
                a_fact("performed", "2025-08-08", "government", "acceptance"),
            ],
        ),
    )
    sweep(house, "2025-10-08")  # 60 days after 2025-08-08 is 2025-10-07, in the holiday: 10-09
    state(house, paid("2025-11-01", "300.00"), "2025-11-01")
    sweep(house, "2025-11-15")
    return house


def shown(*words: str) -> Document:
    ran = fulfilment_monitor("contract", *words, "--json")
    assert (ran.status, ran.err) == (0, "")
    document: Document = ran.json
    return document


def obligation(document: Document, key: str) -> Document:
    found: Document = next(o for o in document["obligations"] if o["key"] == key)
    return found


def test_a_contract_is_its_document_and_how_each_obligation_stands(desk: House) -> None:
    found = shown("HT-1", "--as-of", "2025-11-15")
    assert (found["contract_no"], found["government"]["uscc"]) == ("HT-1", ORGAN)
    assert [o["key"] for o in found["obligations"]] == ["delivery", "acceptance", "payment"]
    payment = obligation(found, "payment")
    names = ("state", "due_on", "agreed_due_on", "remaining", "amount", "days_late")
    assert {name: payment[name] for name in names} == {
        "state": "overdue",
        "due_on": "2025-10-09",
        "agreed_due_on": "2025-11-06",
        "remaining": "700.50",
        "amount": "1000.50",
        "days_late": 37,
    }
    assert any("最长期限" in step for step in payment["basis"])
    assert obligation(found, "delivery")["remaining"] is None
    assert {a["obligation"] for a in found["alerts"]} == {"payment"}
    assert [x["obligation"] for x in found["leads"]] == ["payment"]
    assert {"unknown-region", "agreed-term-exceeds-ceiling"} <= {
        f["code"] for f in found["findings"]
    }


@ONLY_SQLITE
def test_money_has_exactly_two_decimals(desk: House) -> None:
    payment = obligation(shown("HT-1", "--as-of", "2025-11-15"), "payment")
    for name in ("amount", "remaining", "undisputed", "claimed", "interest"):
        parse_yuan(payment[name])
        assert payment[name][-3] == ".", name


@ONLY_SQLITE
def test_the_past_is_as_it_was(desk: House) -> None:
    states = {
        on: obligation(shown("HT-1", "--as-of", on), "payment")["state"]
        for on in ("2025-07-31", "2025-08-08", "2025-10-09", "2025-10-10")
    }
    assert states == {
        "2025-07-31": "waiting",
        "2025-08-08": "open",
        "2025-10-09": "open",
        "2025-10-10": "overdue",
    }
    early = shown("HT-1", "--as-of", "2025-10-08")
    assert obligation(early, "payment")["remaining"] == "1000.50"
    assert (len(early["alerts"]), early["leads"]) == (1, [])


@ONLY_SQLITE
def test_what_is_shown_can_be_read_again_once_the_answers_are_left_out(desk: House) -> None:
    found = shown("HT-1", "--as-of", "2025-07-31")
    given = ("key", "kind", "title", "obligor", "amount", "after", "within")
    terms = [{k: o[k] for k in given if o.get(k) is not None} for o in found["obligations"]]
    terms[0]["due_on"] = "2025-08-01"
    names = ("contract_no", "title", "field", "subject", "signed_on", "region")
    document = {name: found[name] for name in (*names, "government", "enterprise")}
    again = read_contract({**document, "obligations": terms})
    assert again.contract.obligations[2].amount_fen == 100050


@ONLY_SQLITE
def test_an_ambiguous_number_is_2_unless_the_body_is_named(desk: House) -> None:
    register(desk, a_document(government=a_body(INSTITUTION, "示例县人民医院")), on="2025-12-01")
    ran = fulfilment_monitor("contract", "HT-1", "--json")
    assert (ran.status, ran.out) == (2, "")
    assert INSTITUTION in ran.err
    assert ORGAN in ran.err
    assert shown("HT-1", "--government", INSTITUTION)["government"]["uscc"] == INSTITUTION
    ulid = shown("HT-1", "--government", ORGAN)["id"]
    assert shown(ulid)["government"]["uscc"] == ORGAN


@ONLY_SQLITE
@pytest.mark.parametrize(
    "words",
    [["HT-2"], ["HT-1", "--government", NEW], ["HT-1", "--as-of", "2025-02-30"], [], ["a", "b"]],
)
def test_what_is_not_there_is_wrong_usage(desk: House, words: list[str]) -> None:
    ran = fulfilment_monitor("contract", *words, "--json")
    assert (ran.status, ran.out) == (2, "")


@ONLY_SQLITE
def test_people_read_states_dates_and_reasons(desk: House) -> None:
    out = fulfilment_monitor("contract", "HT-1", "--as-of", "2025-11-15").out
    assert "示例县财政局  →  示例企业" in out
    assert "2025-10-09" in out
    assert "逾期自 2025-10-09" in out


# --- lists ------------------------------------------------------------------------------------


@ONLY_SQLITE
def test_leads_are_listed_with_what_others_rely_on(desk: House) -> None:
    ran = fulfilment_monitor("leads", "--json")
    assert (ran.status, ran.err, ran.json["total"]) == (0, "", 1)
    (item,) = ran.json["items"]
    names = ("contract_no", "obligation", "rule", "breached_on", "outstanding", "state")
    assert {name: item[name] for name in names} == {
        "contract_no": "HT-1",
        "obligation": "payment",
        "rule": "payment.not-performed",
        "breached_on": "2025-10-09",
        "outstanding": "700.50",
        "state": "open",
    }


@ONLY_SQLITE
def test_alerts_are_listed_newest_first(desk: House) -> None:
    ran = fulfilment_monitor("alerts", "--json")
    assert (ran.status, ran.err, ran.json["total"]) == (0, "", 6)
    names = ("contract_no", "obligation", "rule", "severity", "raised_on")
    found = [[item[name] for name in names] for item in ran.json["items"]]
    assert found[-1] == ["HT-1", "payment", "payment.t-1", "warning", "2025-10-08"]
    assert ["HT-1", "payment", "payment.t+30", "supervise", "2025-11-15"] in found
    assert [f[-1] for f in found] == ["2025-11-15"] * 5 + ["2025-10-08"]


def test_a_list_is_as_it_stood_on_a_day(desk: House) -> None:
    state(desk, paid("2025-11-20", "700.50"), "2025-11-20")
    states = {
        on: [i["state"] for i in fulfilment_monitor("leads", "--as-of", on, "--json").json["items"]]
        for on in ("2025-11-14", "2025-11-15", "2025-11-19", "2025-11-20")
    }
    assert states == {
        "2025-11-14": [],
        "2025-11-15": ["open"],
        "2025-11-19": ["open"],
        "2025-11-20": ["closed"],
    }
    assert fulfilment_monitor("alerts", "--as-of", "2025-10-09", "--json").json["total"] == 1


@ONLY_SQLITE
def test_a_limit_shortens_the_list_not_the_total(desk: House) -> None:
    for command in ("alerts", "leads", "contracts"):
        for limit in (0, 1, 10**6):
            found = fulfilment_monitor(command, "--limit", str(limit), "--json").json
            assert len(found["items"]) == min(limit, found["total"]), command


@ONLY_SQLITE
def test_alerts_of_one_audience(desk: House) -> None:
    found = fulfilment_monitor("alerts", "--audience", "supervisor", "--json").json
    assert [i["rule"] for i in found["items"]] == ["payment.t+30"]
    assert fulfilment_monitor("alerts", "--audience", "nobody").status == 2


@ONLY_SQLITE
def test_contracts_are_found_by_field_and_by_part_of_their_name(desk: House) -> None:
    register(desk, a_document(contract_no="HT_2", title="100%折扣", field="ppp"), on="2025-12-01")

    def numbers(*words: str) -> list[str]:
        items = fulfilment_monitor("contracts", *words, "--json").json["items"]
        return [i["contract_no"] for i in items]

    assert numbers() == ["HT_2", "HT-1"]
    assert numbers("--field", "ppp") == ["HT_2"]
    assert numbers("--text", "办公") == ["HT-1"]
    assert numbers("--text", "%") == numbers("--text", "ht-2") == ["HT_2"]
    assert numbers("--text", "HT_") == ["HT_2", "HT-1"]


@ONLY_SQLITE
@pytest.mark.parametrize("command", ["alerts", "leads", "contracts"])
def test_people_read_a_table_and_how_many(desk: House, command: str) -> None:
    out = fulfilment_monitor(command, "--limit", "1").out.splitlines()
    assert "HT-1" in out[2]
    assert out[-1].startswith("1 of ")


# --- organisations ----------------------------------------------------------------------------


def succeed(*words: str) -> int:
    base = ("organisations", "succeed", ORGAN, NEW, "--on", "2025-09-01", "--reason", "机构改革")
    return fulfilment_monitor(*base, *words, "--json").status


def test_a_successor_answers_from_its_day_on(desk: House) -> None:
    assert succeed() == 2  # nobody has heard of it yet
    assert succeed("--name", "示例县新设局") == 0
    assert succeed("--name", "示例县新设局") == 2  # twice from one day
    responsible = [
        shown("HT-1", "--as-of", on)["responsible"]["uscc"] for on in ("2025-08-31", "2025-09-01")
    ]
    assert responsible == [ORGAN, NEW]
    assert violations(desk) == []
    assert len(lead_list(desk)) == 1


@ONLY_SQLITE
def test_a_new_body_with_a_wrong_code_is_not_registered(desk: House) -> None:
    # a wrong check character is refused (docs/interface.md §2), here as at registration
    words = ("--name", "示例县新设局", "--on", "2025-09-01", "--reason", "机构改革")
    for code in ("113403210030000229", "NEW", "11340321003000022", ""):
        assert fulfilment_monitor("organisations", "succeed", ORGAN, code, *words).status in (2, 3)
    assert shown("HT-1", "--as-of", "2025-09-01")["responsible"]["uscc"] == ORGAN
