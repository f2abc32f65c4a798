"""Two hundred complainants come in by the real door: what they say of themselves is only sealed.

Every channel; identity given or withheld; registered, and on no register; the channel's number, a
court's number, a contract's, a field and an obligation that are words, all of them canaries.
"""

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.letter_kinds import LetterKind
from fulfilment_monitor.gateways.channels import open_channels
from fulfilment_monitor.gateways.letters import open_letters
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.schemas.complaints import read_complaint
from fulfilment_monitor.services import (
    case_lists,
    dispatch,
    intake,
    letters,
    nightly,
    receipts,
    served,
    worklists,
)
from fulfilment_monitor.services import channels as channel_book
from fulfilment_monitor.services.case_lists import CaseFilter
from fulfilment_monitor.services.desks import seen_of
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.complaints import Complaint
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.people import Person
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    FIRM,
    a_document,
    contents,
    day,
    office,
    register,
    violations,
)
from tests.services.case_builders import (
    BUREAU,
    IN_SCOPE,
    WAY,
    a_complaint,
    a_town,
    act,
    actor,
    go,
    secrets,
    the_claim,
    uscc,
)
from tests.services.complaint_builders import opened

COUNT = 200
ON, LATER = "2025-10-21", "2025-11-25"
_CANARY = re.compile("CANARY[0-9]{3}[a-z]+")
_TOLD = (
    "name", "contact", "words", "demand", "number", "title", "contract", "field", "matter", "key",
    "organ", "suit",
)  # fmt: skip
#: Firms of no register: a code of ours, or one of a foreign register.
_NOBODY_KNOWS = [uscc("91340321", 5_000 + n) if n % 8 == 1 else f"XX:CANARY{n:03d}code"
                 for n in range(COUNT)]  # fmt: skip


def evidence(n: int) -> str:
    return hashlib.sha256(b"%d" % n).hexdigest()


def singing(heap: Iterable[object]) -> set[str]:
    """The canaries in a heap, and the codes and files that are only theirs."""
    text = "\n".join(map(str, heap))
    marks = [c for c in _NOBODY_KNOWS if not c.startswith("XX")] + list(map(evidence, range(COUNT)))
    return {*_CANARY.findall(text), *(m for m in marks if m in text)}


def a_canary(n: int, channels: list[str]) -> dict[str, Any]:
    """The complaint of one of them; of every four, the first two say who they are."""
    told = {name: f"CANARY{n:03d}{name}" for name in _TOLD}
    code = _NOBODY_KNOWS[n] if n % 4 == 1 else FIRM
    who = {"name": f"{told['name']}公司", "uscc": code, "contact": told["contact"]}
    item: dict[str, Any] = {"breach": "arrears", "amount": f"{1000 + n}.00"}
    item |= {"obligation": "payment"} if n % 4 == 0 else {"matter": f"{told['matter']}的货款"}
    item |= {"obligation": told["key"]} if n % 4 == 3 else {}
    described = {"title": told["title"], "field": told["field"], "contract_no": told["contract"]}
    return a_complaint(
        channel=channels[n // 4 % len(channels)],
        source_no=told["number"],
        complainant=None if n % 4 == 2 else who,
        confidential=n % 3 != 0,
        contract_no="HT-1" if n % 4 in (0, 3) else None,
        contract=described,
        items=[item],
        words=f"我是{told['name']}的{told['words']}",
        demand=told["demand"],
        evidence=[evidence(n)],
        judicial_status={"route": "litigation", "organ": told["organ"], "number": told["suit"]},
    )


@pytest.fixture
def talkative(house: House, caplog: pytest.LogCaptureFixture) -> Iterator[House]:
    """The same database, opened when loggers say all they can."""
    caplog.set_level(logging.INFO, logger="sqlalchemy.engine")
    opened = open_house(house.settings)
    yield opened
    opened.close()


def take_in(house: House, documents: list[dict[str, Any]]) -> list[intake.Received]:
    channels = open_channels(house.settings)
    with house.sessions.begin() as session:
        return [
            intake.receive(
                session, read_complaint(said), channels=channels, secrets=secrets(house),
                by=CLERK, office=office(house), now=at(day(ON)), today=day(ON),
            )
            for said in documents
        ]  # fmt: skip


@pytest.mark.proves("C1", "C3", "E5", "I-11")
def test_of_two_hundred_who_come_in_by_the_door_only_the_vault_knows(
    talkative: House, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    house = talkative
    a_town(house)
    register(house, a_document(enterprise={"name": "甲企业", "uscc": FIRM, "ownership": "private",
                                           "size": "small"}))  # fmt: skip
    channels = sorted((c.code for c in open_channels(house.settings)), key="credit-site".__ne__)
    birds = [a_canary(n, channels) for n in range(COUNT)]
    assert len(singing(map(str, birds))) > 10 * COUNT
    done = take_in(house, birds[:20])
    caplog.set_level(logging.WARNING, logger="sqlalchemy.engine")  # it has said what it says
    done += take_in(house, birds[20:])
    again = take_in(house, birds[::15])
    assert [(d.complaint, d.claims) for d in again] == [(d.complaint, d.claims) for d in done[::15]]
    assert len({d.complaint for d in done}) == COUNT
    shown = whole_flow(house, done)
    places = {
        "tables": [row for rows in contents(house).values() for row in rows],
        "record": record(house),
        "outbox": outbox(house),
        "log": [f"{r.getMessage()} {r.args}" for r in caplog.records],
        "findings": [str(d.findings) for d in [*done, *again]],
        **shown,
    }
    assert all(places.values()), {p for p, heap in places.items() if not heap}
    places["disk"] = [p.read_bytes().decode("latin-1") for p in tmp_path.rglob("*") if p.is_file()]
    found = {place: singing(heap) for place, heap in places.items()}
    assert found == {place: set() for place in places}
    assert known_by_code(house) == {FIRM}
    assert not violations(house)
    items = ("identity", "contact", "words", "files", "source")
    for n in (0, 1, 3):
        seen = singing([json.dumps(opened(house, done[n].complaint, secrets(house), *items))])
        assert len(seen) >= 10, "what was said is in the vault"


def whole_flow(house: House, done: list[intake.Received]) -> dict[str, list[object]]:
    """What officers, respondents and complainants then do, and what they are shown."""
    claims = [done[n].claims[0] for n in range(4)]
    for claim in claims:
        act(house, claim, "accept", "county_lead", "2025-10-22", scope=IN_SCOPE)
    for step in WAY[1:5]:
        for claim in claims:
            go(house, claim, [step])
    kinds = (LetterKind.TRANSFER, LetterKind.NOTICE)
    channels = open_channels(house.settings)
    night = {"now": at(day(LATER)), "today": day(LATER)}
    nightly.follow(house.sessions, office(house), secrets(house), channels=channels, **night)  # type: ignore[arg-type]
    at_desk = office(house)
    with house.readers() as session:
        body = session.scalars(select(Organisation.id).where(Organisation.code == BUREAU)).one()
        person = session.scalars(select(Person.id).where(Person.handle == "handler")).one()
        holders = session.scalars(select(Organisation.id)).all()
        desks = [w for b in holders for w in worklists.of_body(session, b, day(LATER))]
        return {
            "papers": [*dispatch.list_papers(session, by=actor(house, "bureau_head", LATER),
                                             today=day(LATER))],
            "letters": [
                letters.preview(session, claim, kind, open_letters(house.settings),
                                secrets=secrets(house), by=None, office=at_desk,
                                today=day(LATER)).text
                for claim in claims for kind in kinds
            ],
            "lists": [
                case_lists.list_cases(session, CaseFilter(), today=day(LATER), where=where)
                for where in ((), seen_of(session, actor(house, "county_lead", LATER),
                                                at_desk, day(LATER)))
            ],
            "views": [
                served.read_case(session, name, secrets(house), by=who, office=at_desk,
                                 channels=channels, today=day(LATER))
                for claim in claims[:3]  # the fourth lies in the folder of the first
                for name, who in (
                    (claim, None),
                    (reference(house, claim), actor(house, "bureau_head", LATER)),
                )
            ],
            "worklists": [
                *desks, *worklists.of_person(session, person, day(LATER)),
                *worklists.of_line(session, body, day(LATER)),
                *worklists.mechanism(session, "340321", day(LATER)),
            ],
            "channels": [*channel_book.list_channels(session, channels, "340321", at_desk,
                                                     as_of=day(LATER))],
            "progress": [
                receipts.look_up(session, d.receipt or "", secrets(house), today=day(LATER))
                for d in done[:20]
            ],
        }  # fmt: skip


def reference(house: House, claim: str) -> str:
    """What its respondent calls a claim."""
    return dispatch.reference(the_claim(house, claim), secrets(house))


def record(house: House) -> list[str]:
    with house.readers() as session:
        return [bytes(b).decode() for b in session.scalars(select(AuditEntry.body))]


def outbox(house: House) -> list[str]:
    with house.readers() as session:
        rows = session.scalars(select(OutboxMessage))
        return [json.dumps([m.topic, m.key, m.body], ensure_ascii=False) for m in rows]


def known_by_code(house: House) -> set[str]:
    """The enterprises that complaints point to."""
    with house.readers() as session:
        query = select(Organisation.code).join(
            Complaint, Complaint.enterprise_id == Organisation.id
        )
        return set(session.scalars(query))
