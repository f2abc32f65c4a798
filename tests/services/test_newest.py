"""Pages of what is in sight: everything once and in order, whichever way it is looked for."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.alerts import Audience
from fulfilment_monitor.house import House
from fulfilment_monitor.services import alerts, desk, leads, newest, registry, totals
from fulfilment_monitor.services.alerts import After
from fulfilment_monitor.services.sight import ALL, Sight
from fulfilment_monitor.services.totals import Total
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.sweeps import SweepRun
from tests.services.builders import (
    INSTITUTION,
    a_body,
    a_document,
    a_payment,
    day,
    office,
    register,
    sweep,
)

_REGIONS = ("340321", "340322", "350100", "340300")
_DAY = day("2025-10-30")


def a_country(house: House) -> None:
    """Contracts of two bodies in four regions, with alerts and leads of two days."""
    hospital = a_body(INSTITUTION, "示例县医院")
    documents = []
    for i in range(12):
        given = {"government": hospital} if i % 3 == 0 else {}
        due = a_payment(due_on="2025-09-20" if i % 2 else "2025-09-01")
        field = "ppp" if i % 4 == 0 else "procurement"
        region = _REGIONS[i % len(_REGIONS)]
        title = "道路养护" if i % 5 else "道路照明"
        documents.append(
            a_document(due, contract_no=f"HT-{i}", region=region, field=field, title=title, **given)
        )
    register(house, *documents)
    sweep(house, "2025-09-10")
    sweep(house, "2025-10-30")


def sights(session: Session) -> dict[str, Sight]:
    """All ways in which contracts come into sight, alone and together."""
    [*rows] = session.query(Contract.government_id, Contract.enterprise_id, Contract.region)
    bodies, firms = {row[0] for row in rows}, {row[1] for row in rows}
    assert len(bodies) == 2
    return {
        "all": ALL,
        "nothing": Sight(),
        "a body": Sight(bodies=frozenset({min(bodies)})),
        "both bodies": Sight(bodies=frozenset(bodies)),
        "a county": Sight(stems=frozenset({"340321"})),
        "a prefecture": Sight(stems=frozenset({"3403"})),
        "nowhere": Sight(stems=frozenset({"36"})),
        "a body and a region": Sight(bodies=frozenset({max(bodies)}), stems=frozenset({"3403"})),
        "a firm": Sight(enterprise=min(firms)),
        "a firm and a region": Sight(enterprise=min(firms), stems=frozenset({"35"})),
        "desks": Sight(desks=frozenset(bodies)),
    }


@pytest.mark.parametrize("near", [0, 3])
def test_pages_hold_all_in_sight_once_however_far_they_look_first(
    house: House, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr(newest, "NEAR", near)
    monkeypatch.setattr(registry, "FEW_HITS", 1 if near else 4_000)
    a_country(house)
    with house.readers() as session:
        for name, seen in sights(session).items():
            for only in ({}, {"field": "ppp"}, {"text": "道路"}, {"text": "照明", "field": "ppp"}):
                whole = [c["row"] for c in registry.list_contracts(session, seen, **only).items]
                assert whole == sorted(set(whole), reverse=True), name
                found: list[int] = []
                while page := registry.list_contracts(
                    session, seen, before=found[-1] if found else None, limit=2, count=False, **only
                ).items:
                    found += [c["row"] for c in page]
                    assert len(found) <= len(whole), (name, only)
                assert found == whole, (name, only)


@pytest.mark.parametrize("near", [0, 20])
def test_pages_of_alerts_and_leads_hold_all_in_sight_once(
    house: House, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr(newest, "NEAR", near)
    a_country(house)
    with house.readers() as session:
        for name, seen in sights(session).items():
            for to in (None, Audience.SUPERIOR.value):
                asked = {"as_of": _DAY, "audience": to}
                whole = [
                    a["after"]
                    for a in alerts.list_alerts(session, seen, house.policy, **asked).items
                ]
                found: list[list[object]] = []
                while page := alerts.list_alerts(
                    session, seen, house.policy, after=_after(found), limit=7, count=False, **asked
                ).items:
                    found += [a["after"] for a in page]
                    assert len(found) <= len(whole), (name, to)
                assert found == whole, (name, to)
            led = [item["row"] for item in leads.list_leads(session, seen, as_of=_DAY).items]
            rows: list[int] = []
            while some := leads.list_leads(
                session, seen, as_of=_DAY, before=rows[-1] if rows else None, limit=2, count=False
            ).items:
                rows += [item["row"] for item in some]
                assert len(rows) <= len(led), name
            assert rows == led, name


def _after(found: list[list[object]]) -> After | None:
    if not found:
        return None
    raised_on, due_on, number, rule = found[-1]
    return After(day(str(raised_on)), day(str(due_on)), int(str(number)), str(rule))


def test_totals_are_what_counting_says(house: House) -> None:
    a_country(house)
    earlier = day("2025-09-15")
    with house.readers() as session:
        for name, seen in sights(session).items():
            for field in (None, "ppp"):
                live = registry.list_contracts(session, seen, field=field).total
                assert totals.contracts(session, seen, field=field) == Total(live), name
                live = registry.list_contracts(session, seen, field=field, text="照明").total
                assert totals.searched(session, seen, "照明", field=field) == Total(live), name
            for on in (_DAY, earlier):
                live = leads.list_leads(session, seen, as_of=on).total
                assert totals.leads(session, seen, on) == Total(live), (name, on)
                for to in (None, Audience.SUPERIOR.value):
                    live = alerts.list_alerts(
                        session, seen, house.policy, as_of=on, audience=to
                    ).total
                    assert totals.alerts(session, seen, on, audience=to) == Total(live), (name, to)
            live = registry.list_contracts(session, seen).total  # one obligation each
            assert totals.obligations(session, seen) == Total(live), name
        whole = totals.leads(session, ALL, _DAY)
        assert whole.number > totals.leads(session, ALL, earlier).number


def test_nobody_counts_further_than_a_page_says(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "_MOST", 3)
    monkeypatch.setattr(totals, "FEW_HITS", 4)
    a_country(house)
    with house.readers() as session:
        seen = sights(session)
        assert totals.alerts(session, ALL, _DAY) == Total(3, beyond=True)
        assert totals.alerts(session, seen["a county"], _DAY) == Total(3, beyond=True)
        assert totals.obligations(session, seen["a county"]) == Total(3)
        assert totals.obligations(session, seen["a prefecture"]) == Total(3, beyond=True)
        assert totals.contracts(session, seen["a firm"]) == Total(3, beyond=True)
        assert totals.contracts(session, seen["a prefecture"]) == Total(9)  # figures know
        assert totals.searched(session, ALL, "道路") == Total(3, beyond=True)
        assert totals.searched(session, seen["a county"], "道路") is None


def test_leads_of_a_day_before_the_last_sweep_are_counted(house: House) -> None:
    a_country(house)
    with house.sessions.begin() as session:
        session.execute(update(SweepRun).values(as_of=day("2026-01-01")))
    with house.readers() as session:
        assert totals.leads(session, ALL, day("2025-09-15")).number == 0
        live = leads.list_leads(session, ALL, as_of=_DAY).total
        assert totals.leads(session, ALL, _DAY) == Total(live)


def test_a_desk_finds_what_is_late_and_near_under_the_contracts_of_its_bodies(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_country(house)
    today, last = day("2025-09-10"), day("2025-09-20")
    with house.readers() as session:
        of_bodies = {name: s for name, s in sights(session).items() if s.bodies and not s.stems}
        assert of_bodies
        for name, seen in of_bodies.items():
            rows = registry.list_contracts(session, seen).items
            numbers = {c["contract_no"] for c in rows}
            late = {n for n in numbers if int(n[3:]) % 2 == 0}
            coming = desk.coming(session, seen.bodies, today=today, last=last, limit=20)
            assert {i["contract_no"] for i in coming.late.items} == late, name
            assert {i["contract_no"] for i in coming.soon.items} == numbers - late, name
            assert coming.late.total == len(late)
            assert coming.claims.total == 0
            few = desk.coming(session, seen.bodies, today=today, last=last, limit=1)
            assert few.late.items == coming.late.items[:1]
            assert few.soon.total == len(numbers - late)
            monkeypatch.setattr(totals, "_MOST", 1)
            beyond = desk.coming(session, seen.bodies, today=today, last=last, limit=1).late
            assert (beyond.total, beyond.beyond) == (1, len(late) > 1), name
            monkeypatch.undo()
            near = desk.coming(session, seen.bodies, today=today, last=today, limit=5).soon
            assert near.total == 0
        assert desk.coming(session, (), today=today, last=last, limit=5).late.total == 0
        gaps = desk.undated(session, ALL, office=office(house), today=today, limit=5)
        assert gaps == []
