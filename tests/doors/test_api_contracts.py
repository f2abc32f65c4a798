"""Contracts over HTTP: entered, found, read, amended; and never those of others."""

import json
from typing import Any

from sqlalchemy import select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House
from fulfilment_monitor.store.audit import AuditEntry
from tests.doors.api_world import (
    NOBODY,
    ROOT,
    STRANGER,
    TODAY,
    Caller,
    a_foreign_contract,
    admin,
    clerk,
    firm,
    keyed,
    obligation_of,
    problem,
    staff,
    two_contracts,
)
from tests.services.builders import (
    ORGAN,
    a_document,
    a_payment,
    amend,
    contents,
    owed,
    paid,
    register,
    state,
    sweep,
    view,
)

UNREACHED = ("audit_entry", "web_session", "account", "person", "posting")


def test_a_clerk_enters_a_contract_and_reads_it(house):
    caller = clerk(house)
    entered = caller.post("/contracts", a_document())
    assert entered.status_code == 201, entered.text
    told = entered.get_json()
    assert told["result"] == "registered"
    assert entered.headers["Location"] == f"{ROOT}/contracts/{told['id']}"
    shown = caller.get(f"/contracts/{told['id']}").get_json()
    assert shown["contract_no"] == "HT-1"
    (payment,) = shown["obligations"]
    assert (payment["due_on"], payment["state"], payment["remaining"]) == (
        "2025-09-10", "overdue", "1000.00",
    )  # fmt: skip
    assert payment["days_late"] == 41  # 20 days of September and 21 of October
    again = caller.post("/contracts", a_document())
    assert (again.status_code, again.get_json()["result"]) == (200, "unchanged")


def test_a_contract_is_shown_as_the_command_shows_it(house):
    both = [owed("delivery", by="enterprise", due_on="2025-08-01"), a_payment(due_on="2025-09-10")]
    facts = [paid("2025-08-01", "100.00"), paid("2025-10-01", "50.00", by="government", ref="P1")]
    (mine,) = register(house, a_document(*both, facts=facts, clauses={"pay_when_paid": True}))
    amend(house, "2025-08-02", changes=[{"obligation": "payment", "amount": "900.00"}])
    sweep(house, "2025-10-20")
    command = json.loads(json.dumps(view(house, TODAY)))
    for part, inside in (("alerts", "after"), ("leads", "row")):
        command[part] = [{k: v for k, v in i.items() if k != inside} for i in command[part]]
        assert command[part] != []
    assert clerk(house).get(f"/contracts/{mine.ulid}").get_json() == command


def test_the_api_and_the_command_line_write_identical_rows(house, tmp_path):
    document = a_document(a_payment(due_on="2025-12-01"), facts=[paid("2025-08-01", "100.00")])
    register(house, document, on="2025-10-21")
    mine = _rows(house)
    document["contract_no"] = "HT-2"
    assert keyed(house, ORGAN).post("/contracts", document).status_code == 201
    for table, rows in _rows(house).items():
        before = mine[table]
        new = [r for r in rows if r not in before]
        assert [_plain(r) for r in new] == [_plain(r) for r in before], table


def _rows(house: House) -> dict[str, list[dict[str, Any]]]:
    from fulfilment_monitor.store import metadata

    wanted = ("contract", "obligation", "fact", "fact_answer", "duty", "timer", "search_word")
    with house.readers() as session:
        return {
            t.name: [dict(r) for r in session.execute(select(t)).mappings()]
            for t in metadata.sorted_tables
            if t.name in wanted
        }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what differs between any two contracts."""
    told = json.dumps(row, default=str, sort_keys=True, ensure_ascii=False)
    plain: dict[str, Any] = json.loads(told.replace("HT-2", "HT-1"))
    return {
        k: v
        for k, v in plain.items()
        if k not in ("id", "ulid", "registered_by", "recorded_by") and not k.endswith("_id")
    }


def test_what_is_not_a_term_is_refused_with_its_place(house):
    caller, before = clerk(house), contents(house)
    done_already = [{**a_payment(due_on="2025-09-10"), "state": "fulfilled"}]
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"amount": 1200000.0}, "/amount", "invalid-field"),
        ({"registered_by": "me"}, "/registered_by", "unknown-field"),
        ({"id": NOBODY}, "/id", "unknown-field"),
        ({"signed_on": "01.06.2025"}, "/signed_on", "invalid-field"),
        ({"obligations": done_already}, "/obligations/0/state", "unknown-field"),
    ]
    for change, pointer, code in wrong:
        told = problem(caller.post("/contracts", a_document(**change)), 422, "invalid")
        assert (pointer, code) in [(e["pointer"], e["code"]) for e in told["errors"]]
    raw = json.dumps(a_document(title="half \ud83d of one"))
    told = problem(caller.send("/contracts", raw.encode()), 422, "invalid")
    assert told["errors"][0]["pointer"] == "/title"
    assert contents(house) == before


def test_a_body_enters_its_own_contracts_only(house):
    for caller in (clerk(house), keyed(house, ORGAN)):
        problem(caller.post("/contracts", a_foreign_contract()), 403, "forbidden")
    problem(firm_of(house).post("/contracts", a_document()), 403, "forbidden")
    problem(admin(house).post("/contracts", a_document()), 403, "forbidden")


def firm_of(house: House) -> Caller:
    register(house, a_document(contract_no="HT-0"))
    return firm(house)


def test_without_a_caller_nothing_is_told(house):
    mine, _ = two_contracts(house)
    for path in ("/contracts", f"/contracts/{mine}", f"/contracts/{NOBODY}"):
        answer = Caller(house).get(path)
        problem(answer, 401, "not-signed-in")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert Caller(house).post("/contracts", a_document()).status_code == 401


def _headers(response, but):
    return {name: value for name, value in response.headers.items() if name not in but}


def test_what_is_foreign_and_what_is_not_there_are_answered_alike(house):
    mine, foreign = two_contracts(house)
    theirs = obligation_of(house, foreign)
    for caller in (clerk(house), keyed(house, ORGAN), firm(house)):
        assert caller.get(f"/contracts/{mine}").status_code == 200
        for path, method in ((f"/contracts/{foreign}", "get"),
                             (f"/obligations/{theirs}/interest", "get")):  # fmt: skip
            there = getattr(caller, method)(path)
            problem(there, 404, "not-found")
            gone = getattr(caller, method)(path.replace(foreign, NOBODY).replace(theirs, NOBODY))
            same = there.data.replace(foreign.encode(), b"X").replace(theirs.encode(), b"X")
            assert gone.data.replace(NOBODY.encode(), b"X") == same
            tells = {"X-Request-Id"}  # of each request anew
            assert _headers(there, tells) == _headers(gone, tells)


def test_lists_show_what_is_in_sight_and_nothing_else(house):
    two_contracts(house)
    sweep(house, "2025-10-20")
    for caller in (clerk(house), keyed(house, ORGAN), firm(house)):
        for path in ("/contracts", "/alerts", "/leads"):
            items = caller.get(path).get_json()["items"]
            assert {i["contract_no"] for i in items} == {"HT-1"}, path
    stranger = staff(house, "other_clerk", STRANGER, Role.CLERK)
    assert [c["contract_no"] for c in stranger.get("/contracts").get_json()["items"]] == [
        "HT-FOREIGN"
    ]


def test_the_contact_of_an_enterprise_and_row_numbers_stay_inside(house):
    document = a_document()
    document["enterprise"]["contact"] = "reach-us-here"
    (mine,) = register(house, document)
    caller = clerk(house)
    assert "reach-us-here" not in caller.get(f"/contracts/{mine.ulid}").text
    assert "row" not in caller.get("/contracts").get_json()["items"][0]


def test_every_contract_is_on_one_page_and_once(house):
    documents = [a_document(contract_no=f"HT-{i}") for i in range(7)]
    register(house, *documents)
    caller = clerk(house)
    seen, cursor = [], ""
    while cursor is not None:
        found = caller.get(f"/contracts?limit=3{cursor and '&cursor=' + cursor}")
        assert ("Link" in found.headers) == (found.get_json()["next"] is not None)
        seen += [c["contract_no"] for c in found.get_json()["items"]]
        cursor = found.get_json()["next"]
        if len(seen) == 3:  # what comes meanwhile stands before the page that was read
            register(house, a_document(contract_no="HT-LATER"))
    assert seen == [f"HT-{i}" for i in reversed(range(7))]


def test_contracts_are_narrowed_by_field_region_state_and_words(house):
    register(
        house,
        a_document(),
        a_document(a_payment(due_on="2026-01-10"), contract_no="HT-2", title="公共厕所改造"),
        a_document(a_payment(due_on="2026-01-10"), contract_no="HT-3", field="bidding"),
    )
    caller = clerk(house)
    wanted = {
        "field=bidding": ["HT-3"],
        "region=3403": ["HT-3", "HT-2", "HT-1"],
        "region=35": [],
        "state=overdue": ["HT-1"],
        "state=open": ["HT-3", "HT-2"],
        "q=公共厕所": ["HT-2"],
        "q=公共厕所&field=bidding": [],
        "limit=1": ["HT-3"],
    }
    for query, numbers in wanted.items():
        items = caller.get(f"/contracts?{query}").get_json()["items"]
        assert [c["contract_no"] for c in items] == numbers, query


def test_a_query_that_cannot_be_is_refused_with_its_name(house):
    caller = clerk(house)
    wrong = {
        "limit=101": "/limit", "limit=0": "/limit", "limit=x": "/limit", "field=x": "/field",
        "region=x": "/region", "cursor=abc": "/cursor", "page=2": "/page", "state=gone": "/state",
        "cursor=WyJsZWFkcyIsMV0": "/cursor", "cursor=WyJjb250cmFjdHMiLHRydWVd": "/cursor",
        "q=%00": "/q",
    }  # fmt: skip
    for query, pointer in wrong.items():
        answer = caller.get(f"/contracts?{query}")
        assert answer.status_code == 422, query
        assert [e["pointer"] for e in answer.get_json(force=True)["errors"]] == [pointer], query


def test_a_contract_is_sent_again_only_when_it_has_changed(house):
    mine, _ = two_contracts(house)
    caller = clerk(house)
    tag = caller.get(f"/contracts/{mine}").headers["ETag"]
    same = caller.get(f"/contracts/{mine}", If_None_Match=tag)
    assert (same.status_code, same.data) == (304, b"")
    state(house, paid("2025-10-01", "10.00"), "2025-10-02")
    assert caller.get(f"/contracts/{mine}", If_None_Match=tag).status_code == 200


# --- amendments -------------------------------------------------------------------------------

AGREED = {
    "agreed_on": "2025-08-01",
    "reason": "mutual_agreement",
    "agreed_by": ["government", "enterprise"],
    "changes": [{"obligation": "payment", "due_on": "2025-12-01"}],
}


def test_an_amendment_names_the_version_that_was_read(house):
    mine, _ = two_contracts(house)
    caller, path = clerk(house, "2025-08-02"), f"/contracts/{mine}/amendments"
    problem(caller.post(path, AGREED), 428, "precondition.missing")
    problem(caller.post(path, AGREED, If_Match="7"), 422, "invalid")
    read = caller.get(f"/contracts/{mine}").headers["ETag"]
    state(house, paid("2025-08-01", "10.00"), "2025-08-01")  # somebody writes meanwhile
    problem(caller.post(path, AGREED, If_Match=read), 412, "contract.changed")
    read = caller.get(f"/contracts/{mine}").headers["ETag"]
    done = caller.post(path, AGREED, If_Match=read)
    assert done.status_code == 201, done.text
    (payment,) = caller.get(f"/contracts/{mine}").get_json()["obligations"]
    assert (payment["due_on"], payment["original_due_on"]) == ("2025-12-01", "2025-09-10")
    problem(caller.post(path, AGREED, If_Match=read), 412, "contract.changed")


def test_a_missed_date_is_not_agreed_away_nor_without_the_other_side(house):
    mine, foreign = two_contracts(house)
    caller = clerk(house)
    read = {"If_Match": caller.get(f"/contracts/{mine}").headers["ETag"]}
    path = f"/contracts/{mine}/amendments"
    told = problem(caller.post(path, AGREED, **read), 409, "amendment.after-breach")
    assert told["due_on"] == "2025-09-10"
    alone = {**AGREED, "agreed_by": ["government"]}
    told = problem(caller.post(path, alone, **read), 409, "needs-counterparty")
    assert told["missing"] == ["enterprise"]
    named = {**AGREED, "contract_no": "HT-1"}
    problem(caller.post(path, named, **read), 422, "invalid")
    there = caller.post(f"/contracts/{foreign}/amendments", AGREED, If_Match='"1"')
    problem(there, 404, "not-found")


def test_every_change_says_on_the_record_who_made_it(house):
    caller = keyed(house, ORGAN)
    assert caller.post("/contracts", a_document()).status_code == 201
    with house.readers() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
        assert last is not None
        assert last.actor.startswith("key:")
