"""Sixty complainants, each with their own words in every field: none comes out anywhere."""

import json
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import SWEEP, Actor, Role
from fulfilment_monitor.domain.secrets import Secrets
from fulfilment_monitor.domain.vault import Item
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.services import dispatch, receipts, retaliation, vault
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.complaints import VaultItem
from fulfilment_monitor.store.exchange import OutboxMessage
from tests.services.builders import FIRM, a_document, amend, contents, day, office, register
from tests.services.case_builders import a_town, actor
from tests.services.complaint_builders import (
    ON,
    Complained,
    a_claim,
    ask,
    complain,
    decide,
    hits,
    keys,
    look,
    noon,
)

COUNT = 60
_CANARY = re.compile("CANARY[0-9]{3}[a-z]+")
_FIELDS = ("name", "uscc", "person", "phone", "mail", "words", "demand", "number", "file", "agent")


def singing(heap: Iterable[object]) -> set[str]:
    """The canaries in a heap."""
    return {word for thing in heap for word in _CANARY.findall(str(thing))}


def canaries(n: int) -> dict[str, str]:
    return {field: f"CANARY{n:03d}{field}" for field in _FIELDS}


def items_of(bird: dict[str, str]) -> dict[str, object]:
    """All that a complainant tells, as intake hands it to the vault."""
    return {
        "identity": {k: bird[k] for k in ("name", "uscc", "person")},
        "contact": {k: bird[k] for k in ("phone", "mail")},
        "words": {k: bird[k] for k in ("words", "demand", "number")},
        "files": [{"name": f"{bird['file']}.docx", "sent_with": bird["agent"]}],
    }


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return keys(tmp_path)


@pytest.fixture
def talkative(house: House, caplog: pytest.LogCaptureFixture) -> Iterator[House]:
    """The same database, opened when loggers say all that goes in."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="sqlalchemy.engine")  # statements and what goes in
    caplog.set_level(logging.INFO, logger="sqlalchemy.orm")
    opened = open_house(house.settings)
    yield opened
    opened.close()


@pytest.mark.proves("C1", "I-11")
def test_no_word_of_a_complainant_leaves_the_vault(
    talkative: House, secrets: Secrets, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    house = talkative
    a_town(house)
    register(house, a_document(), a_document(contract_no="HT-2"))
    claims = [a_claim(house, "HT-1"), *(a_claim(house) for _ in range(9))]
    birds = [canaries(n) for n in range(COUNT)]
    kept = [
        complain(house, secrets, claims[n % 10], confidential=n % 4 != 0, enterprise=FIRM,
                 **items_of(bird))
        for n, bird in enumerate(birds)
    ]  # fmt: skip
    seen = whole_flow(house, secrets, kept)
    assert len({word for bird in birds for word in bird.values()}) == COUNT * len(_FIELDS)
    assert len(singing(seen)) == 3 * 5  # what three approved looks showed, and only there

    everywhere = contents(house)
    assert {"vault_item", "audit_entry", "outbox_message", "receipt"} <= everywhere.keys()
    assert len(everywhere["vault_item"]) == len(Item) * COUNT
    places = {
        "tables": [row for rows in everywhere.values() for row in rows],
        "record": record(house),
        "outbox": outbox(house),
        "log": [f"{r.getMessage()} {r.args}" for r in caplog.records],
        "papers": papers(house),
        "progress": [str(shown) for c in kept[:20] for shown in [progress(house, c.code, secrets)]],
    }
    codes = [c.code for c in kept] + [c.code.replace("-", "") for c in kept]
    assert all(places.values())
    places["disk"] = raw_files(tmp_path)
    found = {place: singing(heap) | hits(heap, codes) for place, heap in places.items()}
    assert found == {place: set() for place in places}


def whole_flow(house: House, secrets: Secrets, kept: list[Complained]) -> list[object]:
    """What happens in a year, with what was shown to those who may see it."""
    seen: list[object] = []
    for n in (0, 1, 2):
        request = ask(house, kept[n].ulid, "identity", "contact")
        decide(house, request)
        seen.append(look(house, request, secrets))
    decide(house, ask(house, kept[4].ulid), approve=False)
    lost = ask(house, kept[5].ulid, "contact", who="county_lead")
    decide(house, lost)
    look(house, lost, secrets, who="county_lead")
    with house.sessions.begin() as session:
        dispatch.daily_batch(session, day(ON), secrets, by=SWEEP, now=noon())
    amend(house, "2025-11-13", contract_no="HT-2", terminate=True)
    with house.sessions.begin() as session:
        retaliation.look(session, office(house), now=noon("2025-11-14"), today=day("2025-11-14"))
    with house.sessions.begin() as session:
        receipts.replace(
            session, lost, secrets, by=actor(house, "custodian", ON), office=office(house),
            now=noon(ON, 2), today=day(ON),
        )  # fmt: skip
        by = Actor(kept[6].ulid, roles=frozenset({Role.COMPLAINANT}))
        vault.erase(session, kept[6].ulid, by=by, office=office(house), now=noon(), today=day(ON))
    return seen


def progress(house: House, code: str, secrets: Secrets) -> object:
    with house.readers() as session:
        return receipts.look_up(session, code, secrets, today=day("2025-11-15"))


def record(house: House) -> list[str]:
    with house.readers() as session:
        return [bytes(b).decode() for b in session.scalars(select(AuditEntry.body))]


def outbox(house: House) -> list[str]:
    with house.readers() as session:
        return [
            json.dumps([m.topic, m.key, m.body], ensure_ascii=False)
            for m in session.scalars(select(OutboxMessage))
        ]


def papers(house: House) -> list[str]:
    """What the accused reads."""
    with house.readers() as session:
        by = actor(house, "bureau_head", ON)
        return [str(p) for p in dispatch.list_papers(session, by=by, today=day(ON))]


def raw_files(folder: Path) -> list[str]:
    """The bytes on disk, of an SQLite database and its log, and of the keys."""
    return [p.read_bytes().decode("latin-1") for p in sorted(folder.rglob("*")) if p.is_file()]


def test_the_search_would_find_a_canary(house: House, secrets: Secrets, tmp_path: Path) -> None:
    """The same search over a row in the clear: it is no deaf ear."""
    a_town(house)
    bird = canaries(1)
    complain(house, secrets, a_claim(house), summary=bird["words"], **items_of(bird))
    rows = [row for rows in contents(house).values() for row in rows]
    assert singing(rows) == {bird["words"]}
    if house.engine.dialect.name == "sqlite":
        assert singing(raw_files(tmp_path)) == {bird["words"]}
    with house.readers() as session:
        assert len(session.scalars(select(VaultItem)).all()) == len(Item)
