"""`fact` and `amend`: what the two sides say and agree, by the command line."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor.house import House
from tests.services.builders import (
    INSTITUTION,
    Ran,
    a_body,
    a_document,
    a_payment,
    contents,
    fulfilment_monitor,
    lead_list,
    paid,
    register,
    standing,
    sweep,
    view,
    written,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A register with one contract, and the command line pointed at it."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    register(house, a_document())
    return house


def stated(*words: str | Path) -> str:
    """State a fact that is taken; returns its id."""
    ran = fulfilment_monitor("fact", "state", "HT-1", *words, "--json")
    assert (ran.status, ran.err) == (0, "")
    (ulid,) = ran.json["stated"]
    return str(ulid)


def payment(side: str = "government", amount: str = "1000.00", on: str = "2025-09-10") -> list[str]:
    said = {"obligation": "payment", "kind": "paid", "on": on, "side": side, "amount": amount}
    return [word for name, value in said.items() for word in (f"--{name}", value)]


@pytest.mark.proves("A1")
def test_a_claim_is_stated_and_the_enterprise_confirms_it(desk: House) -> None:
    sweep(desk, "2025-09-25")
    claim = stated(*payment())
    assert standing(desk, "2025-09-20")["remaining"] == "1000.00"
    assert lead_list(desk)[0]["state"] == "open"
    ran = fulfilment_monitor("fact", "confirm", claim, "--side", "enterprise", "--json")
    assert (ran.status, ran.json) == (0, {"statement": claim, "answer": "confirmed"})
    assert standing(desk, "2025-09-20")["remaining"] == "0.00"
    assert lead_list(desk)[0]["state"] == "closed"


@ONLY_SQLITE
def test_a_payment_is_disputed_in_part(desk: House) -> None:
    claim = stated(*payment())
    words = ("fact", "dispute", claim, "--side", "enterprise", "--amount", "300.00", "--json")
    ran = fulfilment_monitor(*words)
    assert (ran.status, ran.json) == (0, {"statement": claim, "answer": "disputed"})
    assert standing(desk, "2025-09-20")["remaining"] == "300.00"


@ONLY_SQLITE
def test_the_digest_of_a_file_is_kept_as_evidence(desk: House, tmp_path: Path) -> None:
    voucher = tmp_path / "凭证.pdf"
    voucher.write_bytes(b"%PDF-1.7 made up")
    stated(*payment("treasury"), "--evidence", voucher, "--ref", "T-1", "--note", "国库支付")
    (fact,) = view(desk, "2025-09-20")["facts"]
    digest = hashlib.sha256(b"%PDF-1.7 made up").hexdigest()
    assert fact["evidence"] == [{"sha256": digest, "name": "凭证.pdf"}]
    assert (fact["ref"], fact["note"]) == ("T-1", "国库支付")


@ONLY_SQLITE
def test_a_statement_is_corrected(desk: House) -> None:
    wrong = stated(*payment("enterprise"))
    stated(*payment("enterprise", "10.00"), "--supersedes", wrong)
    assert standing(desk, "2025-09-20")["remaining"] == "990.00"


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["HT-1", *payment(amount="1000.005")], 3),
        (["HT-1", *payment(amount="-1.00")], 3),
        (["HT-1", "--kind", "paid", "--on", "2025-09-10", "--side", "treasury"], 3),
        (["HT-1", "--kind", "paid", "--side", "treasury", "--amount", "1.00"], 3),
        (["HT-1", "--kind", "performed", "--on", "2025-09-10", "--side", "treasury"], 3),
        (["HT-2", *payment()], 2),
        (["HT-1", *payment(on="2025-02-30")], 2),
        (["HT-1", *payment(side="nobody")], 2),
        (["HT-1", *payment(), "--supersedes", "0" * 26], 2),
        (["HT-1", *payment(), "--evidence", "nowhere.pdf"], 2),
        ([], 2),
    ],
)
def test_what_is_no_statement_is_refused_and_changes_nothing(
    desk: House, words: list[str], status: int
) -> None:
    before = contents(desk)
    ran = fulfilment_monitor("fact", "state", *words, "--json")
    assert (ran.status, ran.out) == (status, "")
    assert ran.err
    assert contents(desk) == before


@ONLY_SQLITE
def test_nobody_answers_their_own_statement(desk: House) -> None:
    claim = stated(*payment())
    before = contents(desk)
    for act in ("confirm", "dispute"):
        ran = fulfilment_monitor("fact", act, claim, "--side", "government", "--json")
        assert (ran.status, ran.out) == (2, "")
        assert "[not-open]" in ran.err
    assert contents(desk) == before


@ONLY_SQLITE
@pytest.mark.parametrize(
    "words",
    [
        ["confirm", "0" * 26, "--side", "enterprise"],
        ["confirm", "0" * 26],
        ["dispute", "0" * 26, "--side", "enterprise", "--amount", "x"],
        ["nonsense"],
    ],
)
def test_wrong_usage_is_2(desk: House, words: list[str]) -> None:
    assert fulfilment_monitor("fact", *words).status == 2


def test_a_reference_used_twice_is_refused(desk: House) -> None:
    stated(*payment("treasury", "1.00"), "--ref", "T-1")
    ran = fulfilment_monitor("fact", "state", "HT-1", *payment("treasury"), "--ref", "T-1")
    assert ran.status in (2, 3)


# --- a file of statements ---------------------------------------------------------------------


def state_file(path: Path, statements: object) -> Ran:
    return fulfilment_monitor("fact", "state", "--file", written(path, statements), "--json")


def about(number: str = "HT-1", **fact: Any) -> dict[str, Any]:
    return {"contract_no": number, **paid("2025-09-10", "100.00"), **fact}


def test_of_a_file_the_good_statements_are_in_and_the_others_named(
    desk: House, tmp_path: Path
) -> None:
    ran = state_file(tmp_path / "facts.json", [about(), about("HT-2"), about(kind="x"), about()])
    assert (ran.status, len(ran.json["stated"])) == (3, 2)
    found = [(r["line"], r["pointer"], r["code"]) for r in ran.json["refused"]]
    assert found == [(1, "/1", "not-found"), (1, "/2/kind", "invalid-field")]
    assert standing(desk, "2025-09-20")["remaining"] == "800.00"


@ONLY_SQLITE
@pytest.mark.proves("A1")
def test_when_it_was_written_down_and_by_whom_cannot_be_stated(desk: House, tmp_path: Path) -> None:
    before = contents(desk)
    for server in ("recorded_at", "recorded_by", "id", "evidence", "superseded"):
        ran = state_file(tmp_path / "facts.json", about(**{server: "2025-09-10"}))
        assert ran.status == 3
        found = [(r["pointer"], r["code"]) for r in ran.json["refused"]]
        assert found == [(f"/{server}", "unknown-field")]
    assert contents(desk) == before


def test_a_statement_of_the_wrong_shape_is_refused_and_never_a_crash(
    desk: House, tmp_path: Path
) -> None:
    wrong: list[Any] = [
        about(government=7),
        about(government={"uscc": "x"}),
        about(supersedes=["x"]),
        {**about(), "contract_no": 7},
        about(amount=1),
        {},
        [],
        "HT-1",
        None,
    ]
    before = contents(desk)
    ran = state_file(tmp_path / "facts.json", wrong)
    assert (ran.status, ran.json["stated"]) == (3, [])
    places = {r["pointer"].split("/")[1] for r in ran.json["refused"]}
    assert places == {str(n) for n in range(len(wrong))}
    assert contents(desk) == before


@pytest.mark.proves("A1")
def test_the_side_that_states_a_payment_cannot_confirm_it_in_the_same_breath(
    desk: House, tmp_path: Path
) -> None:
    # `confirmed` says that the other side has confirmed (docs/interface.md §1): that is the
    # other side's act here, or comes with the documents of an import
    state_file(tmp_path / "facts.json", about(by="government", amount="1000.00", confirmed=True))
    assert standing(desk, "2025-09-20")["remaining"] == "1000.00"


def test_the_government_party_picks_the_contract_when_a_number_is_used_twice(
    desk: House, tmp_path: Path
) -> None:
    register(desk, a_document(government=a_body(INSTITUTION, "示例县人民医院")))
    ran = state_file(tmp_path / "facts.json", [about(), about(government=INSTITUTION)])
    assert (ran.status, len(ran.json["stated"])) == (3, 1)
    assert [(r["pointer"], r["code"]) for r in ran.json["refused"]] == [("/0", "ambiguous")]
    words = ("fact", "state", "HT-1", *payment("enterprise"))
    assert fulfilment_monitor(*words).status == 2
    assert fulfilment_monitor(*words, "--government", INSTITUTION).status == 0


# --- amend ------------------------------------------------------------------------------------

LATER = [{"obligation": "payment", "due_on": "2099-09-10"}]


def agreement(**changes: Any) -> dict[str, Any]:
    agreed = {
        "contract_no": "HT-9",
        "agreed_on": "2025-09-01",
        "reason": "mutual_agreement",
        "agreed_by": ["government", "enterprise"],
        "changes": LATER,
    }
    return {**agreed, **changes}


def amend(path: Path, document: object, *options: str) -> Ran:
    return fulfilment_monitor("amend", written(path, document), "--json", *options)


@pytest.fixture
def far(desk: House) -> House:
    """A contract whose date has not come, whatever day the tests run on."""
    register(
        desk,
        a_document(a_payment(due_on="2098-09-10"), contract_no="HT-9"),
        a_document(a_payment(due_on="2098-09-10"), contract_no="HT-8"),
    )
    return desk


def due(house: House, number: str = "HT-9") -> str:
    return str(standing(house, "2025-09-02", number=number)["due_on"])


def test_what_both_sides_agreed_is_entered(far: House, tmp_path: Path) -> None:
    ran = amend(tmp_path / "a.json", agreement())
    assert (ran.status, ran.err, ran.json["refused"]) == (0, "", [])
    assert len(ran.json["entered"]) == 1
    assert due(far) == "2099-09-10"


@ONLY_SQLITE
def test_a_dry_run_changes_nothing(far: House, tmp_path: Path) -> None:
    before = contents(far)
    ran = amend(tmp_path / "a.json", agreement(), "--dry-run")
    assert (ran.status, len(ran.json["entered"])) == (0, 1)
    assert contents(far) == before


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"reason": "staff_change"}, "/reason", "amendment.void-excuse"),
        ({"reason": "because"}, "/reason", "invalid-field"),
        ({"agreed_by": ["x"]}, "/agreed_by/0", "invalid-field"),
        ({"changes": []}, "", "amendment.empty"),
        ({"due_on": "2099-01-01"}, "/due_on", "unknown-field"),
    ],
)
def test_a_document_that_is_no_agreement_is_refused_with_its_place(
    far: House, tmp_path: Path, changes: dict[str, Any], pointer: str, code: str
) -> None:
    before = contents(far)
    ran = amend(tmp_path / "a.json", [agreement(**changes)])
    assert (ran.status, ran.json["entered"]) == (3, [])
    assert [(r["pointer"], r["code"]) for r in ran.json["refused"]] == [(f"/0{pointer}", code)]
    assert contents(far) == before


@ONLY_SQLITE
@pytest.mark.proves("A2")
def test_a_change_the_rules_refuse_changes_nothing(far: House, tmp_path: Path) -> None:
    before = contents(far)
    changes: list[dict[str, Any]] = [
        {"agreed_by": ["government"]},
        {"contract_no": "HT-1", "agreed_on": "2025-09-01"},  # due 2025-09-10, long missed today
        {"changes": [{"obligation": "x", "due_on": "2099-09-10"}]},
        {"contract_no": "HT-0"},
    ]
    for change in changes:
        assert amend(tmp_path / "a.json", agreement(**change)).status in (2, 3), change
    assert contents(far) == before


def test_of_a_list_the_good_ones_are_entered_and_the_others_named(
    far: House, tmp_path: Path
) -> None:
    # 3: done, but some input was refused (docs/interface.md §2)
    listed = [
        agreement(agreed_by=["government"]),
        agreement(reason="staff_change"),
        agreement(contract_no="HT-8"),
    ]
    ran = amend(tmp_path / "a.json", listed)
    assert (ran.status, len(ran.json["entered"])) == (3, 1)
    assert [r["pointer"] for r in ran.json["refused"]] == ["/0", "/1/reason"]
    assert (due(far, "HT-9"), due(far, "HT-8")) == ("2098-09-10", "2099-09-10")


@ONLY_SQLITE
@pytest.mark.parametrize("document", [7, None, "x", {"contract_no": 7}])
def test_what_is_no_document_is_refused_and_never_a_crash(
    far: House, tmp_path: Path, document: object
) -> None:
    assert amend(tmp_path / "a.json", document).status == 3
