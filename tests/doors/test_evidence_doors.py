"""Files as proof, through every door: who may name one, who may fetch it, and who may not."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from werkzeug.test import TestResponse

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.settings import Settings
from tests.doors.api_world import (
    ON_SQLITE,
    ROOT,
    STRANGER,
    Caller,
    admin,
    clerk,
    firm,
    keyed,
    obligation_of,
    problem,
    staff,
    townsman,
    two_contracts,
)
from tests.doors.officer_world import Pages
from tests.services import case_builders as town
from tests.services.builders import ORGAN

PDF = b"%PDF-1.7\nreceipt\n%%EOF"
SHA = hashlib.sha256(PDF).hexdigest()
PAID = {"kind": "paid", "on": "2025-10-01", "by": "government", "amount": "400.00"}


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """One with folders of its own."""
    places = {name: str(tmp_path / name) for name in ("keys_dir", "evidence_dir", "uploads_dir")}
    opened = open_house(Settings(database_url=database_url, **places))
    yield opened
    opened.close()


def hand_in(caller: Caller, content: bytes = PDF, name: str = "回单.pdf") -> TestResponse:
    sent = {"file": (io.BytesIO(content), name)}
    answer = caller.client.post(f"{ROOT}/evidence", data=sent, headers=caller.headers)
    answer.request.environ["wsgi.input"].close()  # a large body waits in a temporary file
    return answer


# --- over the API -----------------------------------------------------------------------------


def test_a_file_is_handed_in_named_by_a_statement_and_read_on_its_contract(house):
    mine, _ = two_contracts(house)
    payer, payee = clerk(house), firm(house)
    kept = hand_in(payer)
    assert kept.status_code == 201, kept.text
    assert kept.get_json() == {
        "sha256": SHA, "name": "回单.pdf", "size": len(PDF), "media_type": "application/pdf",
    }  # fmt: skip
    path = f"/obligations/{obligation_of(house, mine)}/facts"
    stated = payer.post(path, {**PAID, "evidence": [SHA]})
    assert stated.status_code == 201, stated.text
    (fact,) = payee.get(f"/contracts/{mine}").get_json()["facts"]
    assert fact["evidence"] == [{"sha256": SHA, "name": "回单.pdf"}]
    got = payee.client.get(f"/contracts/{mine}/evidence/{SHA}")
    assert (got.status_code, got.data) == (200, PDF)
    assert got.headers["Content-Disposition"].startswith("attachment")


def test_a_digest_alone_opens_nothing(house):
    mine, foreign = two_contracts(house)
    payer = clerk(house)
    stranger = staff(house, "elsewhere", STRANGER, Role.CLERK)
    assert hand_in(payer).status_code == 201
    own, theirs = (f"/obligations/{obligation_of(house, c)}/facts" for c in (mine, foreign))
    assert payer.post(own, {**PAID, "evidence": [SHA]}).status_code == 201
    told = problem(stranger.post(theirs, {**PAID, "evidence": [SHA]}), 422, "invalid")
    assert told["errors"][0]["pointer"] == "/evidence/0"
    assert told["errors"][0]["code"] == "evidence.not-handed-in"
    assert stranger.client.get(f"/contracts/{foreign}/evidence/{SHA}").status_code == 404
    assert hand_in(stranger, name="same.pdf").status_code == 201  # who has the bytes may name them
    assert stranger.post(theirs, {**PAID, "evidence": [SHA]}).status_code == 201
    (fact,) = stranger.get(f"/contracts/{foreign}").get_json()["facts"]
    assert fact["evidence"][0]["name"] == "same.pdf"  # nothing of what the other called it


def saved_as(answer: TestResponse) -> str:
    """What a file is called by whoever hands it out."""
    told = answer.headers["Content-Disposition"].partition("filename*=UTF-8''")[2]
    return unquote(told)


def test_a_file_is_called_as_whoever_names_it_here_calls_it(house):
    mine, foreign = two_contracts(house)
    payer, stranger = clerk(house), staff(house, "elsewhere", STRANGER, Role.CLERK)
    named = ((payer, mine, "甲企业催款.pdf"), (stranger, foreign, "same.pdf"))
    for caller, _, name in named:  # the same bytes
        assert hand_in(caller, name=name).status_code == 201
    for caller, contract, name in named:
        path = f"/obligations/{obligation_of(house, contract)}/facts"
        assert caller.post(path, {**PAID, "evidence": [SHA]}).status_code == 201
        got = caller.client.get(f"/contracts/{contract}/evidence/{SHA}")
        assert (got.data, saved_as(got)) == (PDF, name)


@ON_SQLITE
def test_only_files_fit_to_be_kept_are_taken(house):
    two_contracts(house)
    caller = clerk(house)
    told = problem(hand_in(caller, b"MZ\x90", "a.exe"), 422, "invalid")
    assert told["errors"][0]["pointer"] == "/file"
    problem(hand_in(caller, b"no pdf", "a.pdf"), 422, "invalid")
    problem(hand_in(caller, b"", "a.pdf"), 422, "invalid")
    problem(caller.post("/evidence", {}), 415, "http.415")
    other = {"x": (io.BytesIO(PDF), "a.pdf")}
    unnamed = caller.client.post(f"{ROOT}/evidence", data=other, headers=caller.headers)
    problem(unnamed, 422, "invalid")
    problem(hand_in(admin(house)), 403, "forbidden")
    problem(hand_in(keyed(house, ORGAN, ["contracts:read"])), 403, "forbidden")
    big = b"%PDF-1.7" + b"0" * house.settings.evidence_bytes()
    problem(hand_in(caller, big), 422, "invalid")
    problem(hand_in(caller, big + b"0" * 1_000_000), 413, "http.413")
    assert not list(house.settings.evidence_path().rglob("*"))


@ON_SQLITE
def test_the_same_request_again_keeps_one_file_and_says_the_same(house):
    two_contracts(house)
    caller = clerk(house)
    head = b'Content-Disposition: form-data; name="file"; filename="a.pdf"'
    raw = b"--x\r\n" + head + b"\r\n\r\n" + PDF + b"\r\n--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x", "Idempotency-Key": "one"}

    def send(content: bytes) -> TestResponse:
        sent = {**caller.headers, **kind}
        return caller.client.post(f"{ROOT}/evidence", data=content, headers=sent)

    first, again = send(raw), send(raw)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.data == again.data
    assert send(raw.replace(b"receipt", b"another")).status_code == 422


# --- with a step of a case ----------------------------------------------------------------------


def test_files_come_with_a_step_and_are_read_with_the_case(house):
    claim = town.a_world(house)
    town.drive(house, claim, "take_up")
    pages = Pages(house)
    officer = pages.as_("handler", "2025-11-03")
    path = f"/claims/{claim}/find_substantiated"
    form = officer.get(path).text
    assert 'enctype="multipart/form-data"' in form
    assert 'name="evidence_files"' in form
    said = {
        "facts": "货物已验收，货款逾期未付", "legal_basis": "民法典第五百七十七条",
        "respondent_says": "预算未安排", "verification": "true", "breach": "arrears",
        "amount": "1000.00", "evidence": "付款申请单，原件存档", "version": "3",
    }  # fmt: skip
    bad = officer.post(path, {**said, "evidence_files": (io.BytesIO(b"MZ"), "x.exe")})
    assert bad.status_code == 422
    assert 'href="#evidence_files"' in bad.text
    looked = officer.post(path, {**said, "evidence_files": (io.BytesIO(PDF), "回单.pdf")})
    assert looked.status_code == 200
    line = f"回单.pdf SHA-256 {SHA}"
    assert line in looked.text
    carried = {**said, "evidence": f"{said['evidence']}\n{line}", "confirmed": "yes"}
    done = officer.post(path, carried)
    assert done.status_code == 303, done.text
    address = f"/cases/{claim}/evidence/{SHA}"
    assert f'href="{address}"' in officer.get(f"/cases/{claim}").text
    assert officer.get(address).data == PDF
    assert officer.get(f"/cases/{claim}/evidence/{'0' * 64}").status_code == 404
    assert pages.as_("supervisor", "2025-11-04").get(address).data == PDF
    assert pages.as_("finance_handler", "2025-11-04").get(address).status_code == 404


@ON_SQLITE
def test_a_digest_written_into_a_step_opens_no_file_of_others(house):
    claim = town.a_world(house)
    assert hand_in(townsman(house, "sme_intake")).status_code == 201
    town.drive(house, claim, "take_up")
    found = {**town._FOUND, "evidence": [SHA, f"回单.pdf SHA-256 {SHA}"]}
    town.act(house, claim, "find_substantiated", "handler", "2025-11-03", **found)
    officer = Pages(house).as_("handler", "2025-11-04")
    assert officer.get(f"/cases/{claim}/evidence/{SHA}").status_code == 404


def test_a_file_of_a_step_is_called_as_its_officer_called_it(house):
    claim = town.a_world(house)
    assert hand_in(firm(house), name="举报人留底.pdf").status_code == 201
    town.drive(house, claim, "take_up")
    assert hand_in(townsman(house, "handler"), name="核实.pdf").status_code == 201
    found = {**town._FOUND, "evidence": [f"核实.pdf SHA-256 {SHA}"]}
    town.act(house, claim, "find_substantiated", "handler", "2025-11-03", **found)
    got = Pages(house).as_("handler", "2025-11-04").get(f"/cases/{claim}/evidence/{SHA}")
    assert (got.data, saved_as(got)) == (PDF, "核实.pdf")


def test_a_digest_written_into_a_step_tells_nothing_of_a_file_of_others(house):
    claim = town.a_world(house)
    assert hand_in(firm(house), name="举报人留底.pdf").status_code == 201
    town.drive(house, claim, "take_up")
    found = {**town._FOUND, "evidence": [SHA]}
    town.act(house, claim, "find_substantiated", "handler", "2025-11-03", **found)
    page = Pages(house).as_("handler", "2025-11-04").get(f"/cases/{claim}").text
    assert SHA in page
    assert "举报人留底" not in page
