"""The API keeps what its OpenAPI document says, whatever schemathesis thinks of sending."""

from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from fulfilment_monitor.api import callers
from fulfilment_monitor.house import House
from tests.doors.api_world import ON_SQLITE, ROOT, Caller, admin, keyed, obligation_of
from tests.services.builders import ORGAN, a_document, paid, register, state, sweep
from tests.services.case_builders import claim_ulid

#: What is right in its shape may still be wrong in law, or have been read too long ago.
_ACCEPTED = ["2xx", "3xx", "403", "404", "409", "412", "422", "429"]
_REFUSED = ["400", "401", "403", "404", "405", "412", "413", "415", "422", "428", "429"]
_CHECKS = {
    "positive_data_acceptance": {"expected-statuses": _ACCEPTED},
    "negative_data_rejection": {"expected-statuses": _REFUSED},
    "missing_required_header": {"expected-statuses": ["401", "403", "404", "422", "428"]},
}


def _world(house: House) -> tuple[Caller, Caller, dict[str, str]]:
    """A system with a key, an administrator, and the names of things that are there."""
    # the clock that is held here is not the database's
    patient = replace(house.settings, clock_tolerance_seconds=10**10)
    house = replace(house, settings=patient)
    (mine,) = register(house, a_document())
    fact = state(house, paid("2025-10-01", "10.00", by="enterprise"), "2025-10-02")
    sweep(house, "2025-10-20")
    names = {
        "contract_id": mine.ulid,
        "obligation_id": obligation_of(house, mine.ulid),
        "fact_id": fact,
        "case_id": claim_ulid(house),
        "uscc": ORGAN,
    }
    return keyed(house, ORGAN), admin(house), names


def _try_everything(house: House, examples: int) -> None:
    system, administrator, names = _world(house)
    app = system.client.application
    inner = app.wsgi_app
    # a session is bound to a secure connection, an administrator's to its network
    here = {"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "https"}
    app.wsgi_app = lambda environ, start: inner({**environ, **here}, start)
    config = SchemathesisConfig.from_dict({"checks": _CHECKS})
    schema = schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", app, config=config)
    for found in schema.get_all_operations():
        operation = found.ok()
        caller = administrator if operation.path.endswith("/sweeps") else system
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _try(operation, mode, caller, names, examples)


def _try(operation: Any, mode: Any, caller: Caller, names: dict[str, str], examples: int) -> None:
    cookie = caller.client.get_cookie("session")
    cookies = {} if cookie is None else {"__Host-session": cookie.value}

    fixed = {"cookies": cookies} if cookies else {}

    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Case) -> None:
        for name in case.path_parameters or {}:
            if mode is GenerationMode.POSITIVE and name in names:
                case.path_parameters[name] = names[name]  # what is there, not what might be
        answer = case.call(headers=caller.headers, cookies=cookies)
        sent = {"cookies": cookies} if cookies else {}
        case.validate_response(answer, headers=caller.headers, transport_kwargs=sent)

    attempt()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessed keys do not have to wait: what is tried here are hundreds of them."""
    monkeypatch.setattr(callers, "_WRONG_KEYS", callers._WRONG_KEYS._replace(rests=(0,)))


@ON_SQLITE
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_api_keeps_what_its_document_says(house):
    _try_everything(house, examples=5)


@pytest.mark.endurance
@ON_SQLITE
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_api_keeps_what_its_document_says_a_hundred_times(house):
    _try_everything(house, examples=100)
