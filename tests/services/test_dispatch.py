"""What a respondent is sent: the same paper whatever a claim began with, once, in a daily batch."""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from fulfilment_monitor.domain.audit import canonical
from fulfilment_monitor.domain.authority import SWEEP, Actor, Forbidden
from fulfilment_monitor.domain.cases import State
from fulfilment_monitor.domain.errors import NotFound
from fulfilment_monitor.domain.papers import PROTECTED
from fulfilment_monitor.domain.secrets import Purpose, Secrets
from fulfilment_monitor.gateways.keyring import open_keyring, rotate
from fulfilment_monitor.house import House
from fulfilment_monitor.services import dispatch, organisations
from fulfilment_monitor.store.cases import Case, Claim
from fulfilment_monitor.store.exchange import OutboxMessage
from tests.services.builders import Document, a_document, a_payment, day, register, sweep
from tests.services.case_builders import BUREAU, CITY_FINANCE, COUNTY, a_town, actor
from tests.services.complaint_builders import ON, a_claim, body_id, complain, keys, noon
from tests.services.test_receipts import auc

#: All that a paper may say to a respondent of a confidential or a sweep-born claim.
PROTECTED_KEYS = {"reference", "sent_on", "respondent", "field", "matter", "source", "request"}


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return keys(tmp_path)


def send(house: House, secrets: Secrets, on: str = ON) -> int:
    with house.sessions.begin() as session:
        return dispatch.daily_batch(session, day(on), secrets, by=SWEEP, now=noon(on))


def sent(house: House) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.topic == dispatch.TOPIC)
    with house.readers() as session:
        return list(session.scalars(query.order_by(OutboxMessage.id)))


def papers(house: House, secrets: Secrets, claims: Iterable[str]) -> list[Document]:
    """The papers of some claims, in that order."""
    by_reference = {m.key: m.body for m in sent(house)}
    with house.readers() as session:
        found = {c.ulid: c for c in session.scalars(select(Claim))}
        return [by_reference[dispatch.reference(found[c], secrets)] for c in claims]


def without_ids(paper: Document) -> bytes:
    return canonical({k: v for k, v in paper.items() if k != "reference"})


def contracts(house: House, *numbers: str, late: bool = True) -> None:
    """Contracts whose one payment was missed, with the claims of the sweep; or is not yet due."""
    due = "2025-09-10" if late else "2026-09-10"
    register(
        house,
        *(
            a_document(a_payment(f"{n[-1]}00.00", due_on=due), contract_no=n, title=f"标题{n}")
            for n in numbers
        ),
    )
    sweep(house, "2025-10-20")


@pytest.mark.proves("C2", "I-11")
def test_of_a_complaint_and_of_the_sweep_the_papers_are_equal_to_the_byte(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    contracts(house, "HT-1", "HT-3")
    contracts(house, "HT-2", late=False)
    swept = a_claim(house, "HT-1", of_sweep=True, on="2025-10-20")
    complained = a_claim(house, "HT-2", claimed_fen=7, breach="repudiation")
    both = a_claim(house, "HT-3", of_sweep=True, on="2025-10-20")
    complain(house, secrets, complained, summary="摘要", words="原文")
    complain(house, secrets, both, summary="另一摘要")
    assert send(house, secrets) == 3
    one, two, three = papers(house, secrets, [swept, complained, both])
    assert without_ids(one) == without_ids(two) == without_ids(three)
    assert len({p["reference"] for p in (one, two, three)}) == 3
    assert set(two) == PROTECTED_KEYS
    assert two["source"] == PROTECTED == "线索来源依法保密"
    assert (two["field"], two["matter"]) == ("政府采购", "付款")
    text = str(two)
    for revealing in ("HT-", "标题", "示例企业", "摘要", "原文", "200.00", "0.07", complained):
        assert revealing not in text


@pytest.mark.proves("C2")
def test_the_rows_of_a_batch_tell_neither_time_nor_order(house: House, secrets: Secrets) -> None:
    a_town(house)
    origins = [
        (on, sweep_born) for on in ("2025-10-20", "2025-11-01") for sweep_born in (True, False)
    ]
    for on, sweep_born in origins * 3:
        claim = a_claim(house, on=on, of_sweep=sweep_born)
        if not sweep_born:
            complain(house, secrets, claim, on=on)
    send(house, secrets)
    rows = sent(house)
    assert {m.queued_at for m in rows} == {noon()}
    assert {m.version for m in rows} == {1}
    assert len({without_ids(m.body) for m in rows}) == 1
    with house.readers() as session:
        ulids = [c.ulid for c in session.scalars(select(Claim))]
    assert not any(u in f"{m.key}{m.body}" for u in ulids for m in rows)


@pytest.mark.proves("C2")
def test_the_place_in_a_batch_does_not_tell_what_began_a_claim(
    house: House, secrets: Secrets
) -> None:
    """Over 30 days of batches, 8 of the sweep and 8 of complaints each day."""
    random = Random(5)
    a_town(house)
    born: dict[str, bool] = {}
    for n in range(30):
        on = f"2025-11-{n + 1:02d}"
        kinds = [True] * 8 + [False] * 8
        if n % 2:
            kinds.reverse()  # complaints in the morning, or in the evening
        for of_sweep in kinds:
            born[a_claim(house, on=on, of_sweep=of_sweep)] = of_sweep
        with house.sessions.begin() as session:
            dispatch.daily_batch(
                session, day(on), secrets, by=SWEEP, now=noon(on), shuffle=random.shuffle
            )
    with house.readers() as session:
        claims = {dispatch.reference(c, secrets): c.ulid for c in session.scalars(select(Claim))}
    places: dict[bool, list[float]] = {True: [], False: []}
    letters: dict[bool, list[float]] = {True: [], False: []}
    for place, message in enumerate(sent(house)):
        of_sweep = born[claims[message.key]]
        places[of_sweep].append(place % 16)
        letters[of_sweep].append(float(int.from_bytes(message.key.encode(), "big")))
    assert 0.42 <= auc(places[True], places[False]) <= 0.58
    assert 0.42 <= auc(letters[True], letters[False]) <= 0.58


def test_the_order_is_drawn_anew_each_day(house: House, secrets: Secrets) -> None:
    a_town(house)
    claims = [a_claim(house) for _ in range(12)]
    send(house, secrets)
    with house.readers() as session:
        names = {c.ulid: dispatch.reference(c, secrets) for c in session.scalars(select(Claim))}
    order = [m.key for m in sent(house)]
    assert sorted(order) == sorted(names.values())
    assert order != [names[c] for c in claims]  # fails once in 479,001,600 runs
    assert order != sorted(order)


def test_a_claim_is_written_about_once_and_only_after_it_was_taken_up(
    house: House, secrets: Secrets, tmp_path: Path
) -> None:
    a_town(house)
    early = [State.LEAD, State.RECEIVED, State.ACCEPTED, State.TRANSFERRED]
    for state in early:
        a_claim(house, state=state)
    a_claim(house, state=State.CLOSED, closed_on=day(ON), closed_at=noon())
    a_claim(house, state=State.VERIFYING)
    a_claim(house, state=State.RECTIFYING)
    assert [send(house, secrets), send(house, secrets, "2025-11-04")] == [2, 0]
    rotate(tmp_path / "keys", Purpose.DIGEST)
    assert send(house, open_keyring(tmp_path / "keys"), "2025-11-05") == 0


def test_who_complains_openly_is_named_from_the_register_with_the_authored_words(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    contracts(house, "HT-1", "HT-2", "HT-3", "HT-4", late=False)
    openly = a_claim(house, "HT-1")
    complain(house, secrets, openly, confidential=False, summary="货款逾期", words="原文")
    mixed = a_claim(house, "HT-2")
    complain(house, secrets, mixed, confidential=False, summary="甲的摘要")
    complain(house, secrets, mixed, confidential=True)
    with house.sessions.begin() as session:  # as in a folder split off from the confidential one
        session.execute(update(Case).values(confidential=False))
    other_in_folder = a_claim(house, "HT-3")
    complain(house, secrets, other_in_folder, a_claim(house, "HT-4"), confidential=True)
    unregistered = a_claim(house, matter="原文写的事项")
    complain(house, secrets, unregistered, confidential=False)
    send(house, secrets)
    named, masked, beside, bare = papers(
        house, secrets, [openly, mixed, other_in_folder, unregistered]
    )
    assert {k: v for k, v in named.items() if k not in PROTECTED_KEYS} == {
        "enterprise": "示例企业",
        "contract_no": "HT-1",
        "contract_title": "标题HT-1",
        "obligation": "payment",
        "claimed": "1000.00",
        "summaries": ["货款逾期"],
    }
    assert named["source"] == "投诉"
    assert set(masked) == set(beside) == PROTECTED_KEYS
    assert bare["matter"] == "其他履约事项"
    assert "原文" not in f"{named}{bare}"


def test_only_the_accused_body_and_its_successor_read_a_paper(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    claim = a_claim(house)
    send(house, secrets)
    [paper] = papers(house, secrets, [claim])

    def reads(who: Actor | str, on: str = ON) -> list[Any]:
        by = who if isinstance(who, Actor) else actor(house, who, on)
        with house.readers() as session:
            listed = dispatch.list_papers(session, by=by, today=day(on))
            assert all(
                p == dispatch.read_paper(session, p["reference"], by=by, today=day(on))
                for p in listed
            )
            return listed

    assert reads("bureau_clerk") == reads("bureau_head") == [paper]
    with pytest.raises(Forbidden):
        reads("handler")
    stranger = actor(house, "bureau_clerk", ON)._replace(body=other(house, CITY_FINANCE))
    assert reads(stranger) == []
    with house.readers() as session:
        for reference in (paper["reference"], "0" * 26):
            with pytest.raises(NotFound, match="no paper"):
                dispatch.read_paper(session, reference, by=stranger, today=day(ON))
    with house.sessions.begin() as session:
        organisations.succeed(
            session, BUREAU, CITY_FINANCE, on=day("2026-01-01"), reason="合并",
            by=Actor("test"), now=noon(),
        )  # fmt: skip
    assert reads(stranger, "2026-01-02") == [paper]
    assert reads(stranger._replace(body=other(house, BUREAU)), "2026-01-02") == []


def other(house: House, code: str) -> int:
    with house.readers() as session:
        return body_id(session, code)


def test_a_paper_goes_to_whoever_answers_for_the_respondent_that_day(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    claim = a_claim(house)
    with house.sessions.begin() as session:
        organisations.succeed(
            session, BUREAU, COUNTY, on=day("2025-11-04"), reason="并入",
            by=Actor("test"), now=noon(),
        )  # fmt: skip
    send(house, secrets, "2025-11-05")
    [paper] = papers(house, secrets, [claim])
    assert paper["respondent"] == {"code": COUNTY, "name": "示例县人民政府"}
