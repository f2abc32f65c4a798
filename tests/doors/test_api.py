"""What holds for every operation: who may call, problems, idempotency, the document."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from fulfilment_monitor.api import callers
from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.errors import Refusal
from fulfilment_monitor.house import House
from fulfilment_monitor.services import replies
from fulfilment_monitor.store.accounts import ApiKey, WebSession
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.replies import Reply
from fulfilment_monitor.store.sweeps import SweepRun
from tests.conftest import at
from tests.doors.api_world import (
    NOBODY,
    ON_SQLITE,
    ROOT,
    TODAY,
    Caller,
    admin,
    clerk,
    keyed,
    obligation_of,
    problem,
    staff,
    two_contracts,
)
from tests.services.builders import ORGAN, a_document, a_payment, day, register

# --- problems ---------------------------------------------------------------------------------


@ON_SQLITE
def test_everything_below_api_is_answered_with_a_problem(house):
    caller = clerk(house)
    problem(caller.get("/nowhere"), 404, "http.404")
    problem(caller.client.get("/api/nowhere"), 404, "http.404")
    wrong = caller.client.delete(ROOT + "/contracts", headers=caller.headers)
    problem(wrong, 405, "http.405")
    assert {"GET", "POST"} <= set(wrong.headers["Allow"].split(", "))
    problem(caller.get(f"/contracts/{NOBODY}x"), 404, "http.404")
    # pages keep their pages
    assert caller.client.get("/nowhere").mimetype == "text/html"


@ON_SQLITE
def test_a_body_that_is_no_document_is_refused_for_what_it_is(house):
    caller = clerk(house)
    for raw in (b"", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b"1" * 5_000,
                b'{"title": "a", "title": "b"}'):  # fmt: skip
        problem(caller.send("/contracts", raw), 400, "json.malformed")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
        answer = caller.send("/contracts", b"{}", Content_Type=kind)
        problem(answer, 415, "http.415")
    problem(caller.send("/contracts", b" " * 1_000_001), 413, "http.413")
    for raw in (b"[]", b"1", b'"x"', b"null", b"true"):
        problem(caller.send("/contracts", raw), 422, "invalid")


@ON_SQLITE
def test_a_fault_of_ours_tells_nothing(house):
    app = create_app(house, lambda: Moment(at(day(TODAY)), "a secret"))  # type: ignore[arg-type]
    caller = keyed(house, ORGAN)
    answer = app.test_client().get(ROOT + "/contracts", headers=caller.headers)
    told = problem(answer, 500, "http.500")
    assert told.keys() == {"type", "title", "status", "code"}
    assert "secret" not in answer.text


@ON_SQLITE
def test_every_answer_is_hardened(house):
    for path in ("/contracts", "/openapi.json", "/nowhere"):
        headers = clerk(house).get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


# --- who may call -----------------------------------------------------------------------------


@ON_SQLITE
def test_a_key_is_good_for_its_scopes_its_time_and_its_networks(house):
    register(house, a_document())
    keyed(house, ORGAN, ["contracts:read"], token="fmk_a")
    keyed(house, ORGAN, token="fmk_b", expires_at=at(day(TODAY)))
    keyed(house, ORGAN, token="fmk_c", networks=["10.0.0.0/8", "2001:db8::/32"])
    keyed(house, ORGAN, token="fmk_d", networks=["127.0.0.0/30"])
    keyed(house, ORGAN, token="fmk_e", revoked_at=at(day(TODAY)), revoked_by="test")
    answers = {}
    caller = Caller(house)
    for token in ("a", "b", "c", "d", "e", "f", "a" * 300, "é"):
        caller.headers["Authorization"] = f"Bearer fmk_{token}"
        answers[token] = caller.get("/contracts")
    assert [t for t, a in answers.items() if a.status_code == 200] == ["a", "d"]
    refused = {a.data for t, a in answers.items() if t in ("b", "c", "e", "f")}
    assert len(refused) == 1  # nobody learns why
    caller.headers["Authorization"] = "Bearer fmk_a"
    told = problem(caller.post("/contracts", a_document()), 403, "forbidden")
    assert told["scope"] == "contracts:write"
    caller.headers["Authorization"] = "Basic YTpi"
    problem(caller.get("/contracts"), 401, "not-signed-in")
    with house.readers() as session:
        used = session.scalars(select(ApiKey.last_used_at).order_by(ApiKey.id)).all()
    assert used == [at(day(TODAY)), None, None, at(day(TODAY)), None]


@ON_SQLITE
def test_who_guesses_keys_has_to_wait_and_who_has_one_does_not(house, monkeypatch):
    monkeypatch.setattr(callers, "_WRONG_KEYS", callers._WRONG_KEYS._replace(rests=(0, 0, 300)))
    caller = keyed(house, ORGAN)
    right, wrong = caller.headers["Authorization"], "Bearer fmk_guessed"
    answers = []
    for sent in (wrong, wrong, wrong, wrong, right):
        caller.headers["Authorization"] = sent
        answers.append(caller.get("/contracts"))
    assert [a.status_code for a in answers] == [401, 401, 401, 429, 200]
    problem(answers[3], 429, "too-often")
    assert 0 < int(answers[3].headers["Retry-After"]) <= 301


@ON_SQLITE
def test_a_session_needs_its_token_and_no_other_site_borrows_it(house):
    caller = clerk(house)
    token = caller.headers.pop("X-CSRF-Token")
    problem(caller.post("/contracts", a_document()), 403, "forbidden")
    assert caller.get("/contracts").status_code == 200
    caller.headers["X-CSRF-Token"] = token
    foreign = caller.post("/contracts", a_document(), Origin="https://elsewhere.example")
    problem(foreign, 403, "origin.foreign")
    assert caller.post("/contracts", a_document()).status_code == 201


def test_a_sweep_is_started_by_the_system_administrator_with_the_second_factor(house):
    register(house, a_document())
    problem(clerk(house).post("/sweeps"), 403, "forbidden")
    problem(keyed(house, ORGAN).post("/sweeps"), 403, "forbidden")
    caller = admin(house)
    problem(caller.post("/sweeps", {"as_of": "2025-10-22"}), 422, "invalid")
    done = caller.post("/sweeps", {"as_of": "2025-10-20"})
    assert done.status_code == 201, done.text
    assert done.get_json()["leads"] == 1
    assert caller.post("/sweeps", {"as_of": "2025-10-20"}).get_json()["leads"] == 0
    with house.sessions.begin() as session:
        session.execute(update(WebSession).values(stepped_up_at=None))
    problem(caller.post("/sweeps"), 403, "step-up-needed")
    with house.readers() as session:
        assert session.scalar(select(func.count()).select_from(SweepRun)) == 2


# --- idempotency ------------------------------------------------------------------------------


def test_the_same_request_twice_is_done_once_and_answered_alike(house):
    mine, _ = two_contracts(house)
    path = f"/obligations/{obligation_of(house, mine)}/facts"
    said = {"kind": "paid", "on": "2025-10-01", "by": "government", "amount": "10.00"}
    caller = clerk(house)
    first = caller.post(path, said, Idempotency_Key="a-1")
    again = caller.post(path, said, Idempotency_Key="a-1")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = caller.post(path, {**said, "amount": "11.00"}, Idempotency_Key="a-1")
    problem(other, 422, "idempotency.other-request")
    problem(caller.post(path, said, Idempotency_Key="x" * 121), 422, "invalid")
    # a key means nothing to anybody else, and what was refused leaves none behind
    assert keyed(house, ORGAN).post(path, said, Idempotency_Key="a-1").status_code == 201
    problem(caller.post(path, {}, Idempotency_Key="a-2"), 422, "invalid")
    refused = caller.post(path, {**said, "by": "court"}, Idempotency_Key="a-2")
    problem(refused, 403, "forbidden")
    assert caller.post(path, said, Idempotency_Key="a-2").status_code == 201
    assert len(caller.get(f"/contracts/{mine}").get_json()["facts"]) == 3


def test_a_key_is_forgotten_after_thirty_days(house):
    register(house, a_document())
    path, caller = "/contracts", clerk(house)
    first = caller.post(path, a_document(contract_no="A"), Idempotency_Key="k").get_json()
    asked_at = at(day(TODAY))
    with house.sessions.begin() as session:
        replies.forget(session, asked_at + timedelta(days=29))
        assert session.scalar(select(func.count()).select_from(Reply)) == 1
    later = clerk(house, on="2025-11-21")  # 31 days after
    second = later.post(path, a_document(contract_no="B"), Idempotency_Key="k")
    assert second.status_code == 201
    assert second.get_json()["id"] != first["id"]
    with house.sessions.begin() as session:
        replies.forget(session, asked_at + timedelta(days=90))
        assert session.scalar(select(func.count()).select_from(Reply)) == 0


def test_a_crowd_with_one_key_does_a_thing_once(house):
    callers = [keyed(house, ORGAN, token=f"fmk_{i}", ulid="01JZ1MH200000000000000000" + str(i))
               for i in range(2)]  # fmt: skip
    crowd, ready = [callers[0]] * 4, Barrier(4)
    document = a_document(a_payment(due_on="2026-01-10"), facts=[])

    def send(caller: Caller) -> Any:
        client = caller.client.application.test_client()
        ready.wait()
        given = {**caller.headers, "Idempotency-Key": "crowd"}
        return client.post(ROOT + "/contracts", json=document, headers=given)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, crowd))
    assert {a.status_code for a in answers} == {201}
    assert len({a.data for a in answers}) == 1
    assert sorted("Idempotency-Replayed" in a.headers for a in answers) == [False, *[True] * 3]
    with house.readers() as session:
        assert session.scalar(select(func.count()).select_from(Contract)) == 1


def test_nothing_is_kept_of_a_request_that_crashed(house, monkeypatch):
    register(house, a_document())
    caller = clerk(house)
    caller.client.application.testing = False

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("at the very end")

    with monkeypatch.context() as broken:
        broken.setattr(replies, "keep", crash)
        answer = caller.post("/contracts", a_document(contract_no="C"), Idempotency_Key="k")
    problem(answer, 500, "http.500")
    with house.readers() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 0
        assert session.scalar(select(func.count()).select_from(Contract)) == 1
    done = caller.post("/contracts", a_document(contract_no="C"), Idempotency_Key="k")
    assert done.status_code == 201


# --- whatever comes ---------------------------------------------------------------------------

_BYTES = (b"", b"null", b"{}", b"[]", b'{"event": []}', b'{"items": {}}', b"\x00", b"\xed\xa0\x80",
          b'{"kind": "paid", "on": "2025-02-30"}', b'{"amount": 1e999}', b'{"a": 1, "a": 2}',
          b'"' + b"x" * 9_999 + b'"', b'{"limit": -1}', b'{"obligations": [[[[]]]]}')  # fmt: skip
_WORDS = ("%00", "..%2f..", "'", "1e9", "-1", "9" * 30, "合同", "%f0%9f", "a" * 900, "true", "")
_TAGS = ('"1.x"', "*", 'W/"1"', "k", "k" * 300, "\xe9")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")


def _mangled(dice: random.Random, document: dict[str, Any], known: dict[str, str]) -> Any:
    """A request that is wrong in some way, on an address there is, or nearly."""
    path = dice.choice(list(document["paths"]))
    for name, value in known.items():
        path = path.replace("{" + name + "}", dice.choice([value, NOBODY, dice.choice(_WORDS)]))
    names = ("limit", "cursor", "as_of", "on", "state", "field", "q", "region", "format", "x")
    asked = [f"{dice.choice(names)}={dice.choice(_WORDS)}" for _ in range(dice.randrange(4))]
    template = dice.choice([_BYTES, (json.dumps(a_document()).encode(),)])
    body = bytearray(dice.choice(template))
    for _ in range(dice.randrange(4)):
        if body:
            body[dice.randrange(len(body))] = dice.randrange(256)
    headers = {"Content-Type": dice.choice(["application/json", "text/plain", "a/b;c", ""])}
    for name in ("If-Match", "If-None-Match", "Idempotency-Key", "X-CSRF-Token"):
        if dice.random() < 0.3:
            headers[name] = dice.choice(_TAGS)
    return dice.choice(_METHODS), f"{path}?{'&'.join(asked)}", bytes(body), headers


def _throw(house: House, times: int, seed: int) -> None:
    mine, foreign = two_contracts(house)
    known = {"contract_id": mine, "obligation_id": obligation_of(house, foreign),
             "fact_id": NOBODY, "case_id": NOBODY, "uscc": ORGAN}  # fmt: skip
    callers = [clerk(house), keyed(house, ORGAN), keyed(house, None, token="fmk_p"), admin(house),
               staff(house, "reviewer", ORGAN, Role.CREDIT_LEAD), Caller(house)]  # fmt: skip
    for caller in callers:
        caller.client.application.testing = False
    document, dice = callers[0].get("/openapi.json").get_json(), random.Random(seed)
    for _ in range(times):
        caller = dice.choice(callers)
        method, path, body, headers = _mangled(dice, document, known)
        answer = caller.client.open(
            path, method=method, data=body, headers={**caller.headers, **headers}
        )
        assert answer.status_code < 500, (method, path, body, headers, answer.text)
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.content_type == "application/problem+json", (method, path)


@ON_SQLITE
def test_no_malformed_request_is_a_fault_of_ours(house):
    _throw(house, 300, seed=1)


@pytest.mark.endurance
def test_no_malformed_request_of_ten_thousand_is_a_fault_of_ours(house):
    _throw(house, 10_000, seed=2)


def test_whether_the_service_is_ready(house):
    client = Caller(house).client
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "ok")
    with house.sessions.begin() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = 'x'")
    behind = client.get("/readyz")
    assert (behind.status_code, behind.text) == (503, "the database is of another release")


def test_refusals_have_codes_of_their_own():
    def below(kind: type[Refusal]) -> set[type[Refusal]]:
        return {kind}.union(*(below(k) for k in kind.__subclasses__()))

    kinds = [k for k in below(Refusal) if "code" in vars(k)]
    codes = [k.code for k in kinds]
    assert len(codes) == len(set(codes))
