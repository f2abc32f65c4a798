"""Lists of bodies: good entries in, bad ones named, the past as it was."""

import json
import random
from datetime import date

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.domain.bodies import Entry, Handover, Level, Matter
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.house import House
from fulfilment_monitor.services import hierarchy, organisations
from fulfilment_monitor.services.enrolment import Enrolled, enrol_bodies
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.organisations import (
    Competence,
    Organisation,
    Subordination,
    Succession,
)
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    FIRM,
    a_document,
    contents,
    day,
    office,
    register,
    view,
    violations,
)

#: Made-up codes of the right form: two of a city, one of a county.
CITY, BUREAU = "11340300000001003G", "113403000000020061"
COUNTY, OTHER = "11340321000001003X", "11340321000002006E"


def an_entry(code: str, name: str = "", **changes: object) -> Entry:
    """A body of a list; days are written as text."""
    days = {k: day(v) for k, v in changes.items() if k.endswith("_on") and isinstance(v, str)}
    entry = Entry(code, name or f"示例单位{code[-3:]}", GovernmentKind.ORGAN)
    return entry._replace(**{**changes, **days})


def enrol(house: House, *entries: Entry, on: str = "2025-06-01") -> list[Enrolled]:
    with house.sessions.begin() as session:
        return enrol_bodies(
            session, entries, by=CLERK, office=office(house), now=at(day(on)), today=day(on)
        )


def results(house: House, *entries: Entry, on: str = "2025-06-01") -> list[str]:
    """What became of each entry; refused ones with their first reason."""
    return [
        f"refused {next(i.code for i in e.issues if i.level == 'error')}"
        if e.result == "refused"
        else e.result.value
        for e in enrol(house, *entries, on=on)
    ]


def superiors(house: House, code: str) -> list[tuple[str, str, str | None]]:
    """All rows of a body's superiors: code, from, until."""
    with house.readers() as session:
        body = session.scalar(select(Organisation.id).where(Organisation.code == code))
        query = (
            select(Organisation.code, Subordination.from_on, Subordination.until_on)
            .join(Subordination, Subordination.superior_id == Organisation.id)
            .where(Subordination.body_id == body)
            .order_by(Subordination.from_on)
        )
        return [(c, str(f), u and str(u)) for c, f, u in session.execute(query)]


def competences(house: House) -> list[tuple[str, str, str, str, str | None]]:
    with house.readers() as session:
        query = (
            select(Organisation.code, Competence)
            .join(Competence, Competence.body_id == Organisation.id)
            .order_by(Competence.matter, Competence.region, Competence.from_on)
        )
        return [
            (c.matter, c.region, code, str(c.from_on), c.until_on and str(c.until_on))
            for code, c in session.execute(query)
        ]


def acts(house: House) -> list[tuple[str, str, dict[str, object]]]:
    with house.readers() as session:
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.seq))
        return [(a.action, a.object_id, json.loads(bytes(a.body))) for a in found]


def count(house: House) -> int:
    with house.readers() as session:
        return session.scalar(select(func.count()).select_from(Organisation)) or 0


LIST = (
    an_entry(COUNTY, region="340321", level=Level.COUNTY, superior=CITY, from_on="2020-01-01"),
    an_entry(CITY, region="340300", level=Level.CITY),
    an_entry(
        BUREAU,
        region="340300",
        superior=CITY,
        competent_for=(Matter.PPP, Matter.CREDIT_LEAD),
        from_on="2021-01-01",
    ),
)


@pytest.mark.proves("R-165")
def test_a_list_is_entered_though_the_superior_stands_below(house: House) -> None:
    assert results(house, *LIST) == ["registered"] * 3
    assert superiors(house, COUNTY) == [(CITY, "2020-01-01", None)]
    assert competences(house) == [
        ("credit_lead", "340300", BUREAU, "2021-01-01", None),
        ("ppp", "340300", BUREAU, "2021-01-01", None),
    ]
    assert violations(house) == []


def test_the_same_list_again_changes_nothing(house: House) -> None:
    enrol(house, *LIST)
    before = contents(house)
    assert results(house, *LIST, on="2025-08-01") == ["unchanged"] * 3
    assert contents(house) == before


def test_another_superior_from_a_later_day_ends_the_one_before(house: House) -> None:
    enrol(house, *LIST)
    changed = an_entry(COUNTY, superior=BUREAU, from_on="2025-07-01")
    assert results(house, changed) == ["updated"]
    assert superiors(house, COUNTY) == [
        (CITY, "2020-01-01", "2025-07-01"),
        (BUREAU, "2025-07-01", None),
    ]
    assert results(house, changed) == ["unchanged"]
    assert results(house, *LIST) == ["unchanged"] * 3  # the old list tells nothing new either


def test_another_body_competent_from_a_later_day_ends_the_competence_before(house: House) -> None:
    enrol(house, *LIST)
    taking = an_entry(CITY, region="340300", competent_for=(Matter.PPP,), from_on="2025-07-01")
    assert results(house, taking) == ["updated"]
    assert competences(house) == [
        ("credit_lead", "340300", BUREAU, "2021-01-01", None),
        ("ppp", "340300", BUREAU, "2021-01-01", "2025-07-01"),
        ("ppp", "340300", CITY, "2025-07-01", None),
    ]


def test_a_matter_that_is_listed_no_longer_ends(house: House) -> None:
    enrol(house, *LIST)
    fewer = an_entry(BUREAU, region="340300", competent_for=(Matter.PPP,), from_on="2025-07-01")
    assert results(house, fewer) == ["updated"]
    assert ("credit_lead", "340300", BUREAU, "2021-01-01", "2025-07-01") in competences(house)
    assert ("ppp", "340300", BUREAU, "2021-01-01", None) in competences(house)


def test_a_body_that_comes_to_its_end_loses_superior_and_matters(house: House) -> None:
    enrol(house, *LIST)
    ending = an_entry(BUREAU, until_on="2025-10-01")
    assert results(house, ending) == ["updated"]
    assert superiors(house, BUREAU) == [(CITY, "2021-01-01", "2025-10-01")]
    assert {row[-1] for row in competences(house)} == {"2025-10-01"}
    assert results(house, ending) == ["unchanged"]


def test_two_bodies_competent_from_one_day_are_refused(house: House) -> None:
    enrol(house, *LIST)
    rival = an_entry(CITY, region="340300", competent_for=(Matter.PPP,), from_on="2021-01-01")
    assert results(house, rival) == ["refused body.stated-otherwise"]


def test_a_changed_name_is_shown_and_the_old_one_stays_on_record(house: House) -> None:
    register(house, a_document(government={"name": "甲局", "uscc": COUNTY, "kind": "organ"}))
    assert results(house, an_entry(COUNTY, "乙局", region="340321")) == ["updated"]
    with house.readers() as session:
        shown = session.scalar(select(Organisation.name).where(Organisation.code == COUNTY))
    assert shown == "乙局"
    action, code, body = acts(house)[-1]
    assert (action, code) == ("organisation.update", COUNTY)
    assert body["changed"] == {"name": ["甲局", "乙局"], "region": [None, "340321"]}
    assert view(house, "2025-07-02")["government"]["name"] == "甲局"  # as it was signed


def test_of_two_entries_the_later_day_says_what_a_body_is_called(house: House) -> None:
    both = (
        an_entry(COUNTY, "现名", from_on="2023-01-01"),
        an_entry(COUNTY, "旧名", from_on="2010-01-01"),
    )
    assert results(house, *both) == ["registered", "unchanged"]
    assert results(house, *both) == ["unchanged"] * 2
    assert acts(house)[-1][2]["name"] == "现名"


def test_bad_entries_are_refused_and_the_others_entered(house: House) -> None:
    register(house, a_document())
    before = count(house)
    found = results(
        house,
        an_entry(COUNTY, superior="113403210030000228"),  # nowhere to be found
        an_entry(OTHER, superior=COUNTY),  # needs the one refused
        an_entry(FIRM),
        an_entry(CITY),
        an_entry(CITY[:-1] + "0"),
    )
    assert found == [
        "refused body.unknown",
        "refused body.unknown",
        "refused body.is-enterprise",
        "registered",
        "refused uscc.check-character",
    ]
    assert count(house) == before + 1


def test_a_circle_of_superiors_is_refused(house: House) -> None:
    enrol(house, *LIST)
    before = contents(house)
    assert results(house, an_entry(CITY, superior=COUNTY)) == ["refused body.circle"]
    assert contents(house) == before


def test_a_circle_inside_a_list_is_refused_whole(house: House) -> None:
    chain = (
        an_entry(CITY, superior=BUREAU),
        an_entry(BUREAU, superior=COUNTY),
        an_entry(COUNTY, superior=CITY),
        an_entry(OTHER),
    )
    found = results(house, *chain)
    assert [r.partition(" ")[0] for r in found] == ["refused"] * 3 + ["registered"]
    assert "refused body.circle" in found


def test_a_circle_is_one_on_a_common_day_only(house: House) -> None:
    enrol(house, *LIST)
    turned = (
        an_entry(CITY, superior=COUNTY, from_on="2026-01-01"),
        an_entry(COUNTY, until_on="2026-01-01"),
    )
    # the line to the city ends on the day on which the line to the county begins
    assert results(house, *turned) == ["updated", "updated"]
    assert superiors(house, CITY) == [(COUNTY, "2026-01-01", None)]


def test_a_successor_is_entered_once_and_answers_from_its_day(house: House) -> None:
    over = Handover(OTHER, day("2025-03-01"), "机构改革方案")
    listed = (an_entry(COUNTY, handover=over), an_entry(OTHER))
    assert results(house, *listed) == ["registered"] * 2
    assert results(house, *listed) == ["unchanged"] * 2
    with house.readers() as session:
        ids = {o.code: o.id for o in session.scalars(select(Organisation))}
        answers = [
            organisations.responsible(session, [ids[COUNTY]], day(d))[ids[COUNTY]]
            for d in ("2025-02-28", "2025-03-01")
        ]
        assert session.scalar(select(Succession.reason)) == "机构改革方案"
    assert answers == [ids[COUNTY], ids[OTHER]]


def test_successors_in_a_circle_or_twice_are_refused(house: House) -> None:
    over = Handover(OTHER, day("2025-03-01"), "机构改革方案")
    enrol(house, an_entry(COUNTY, handover=over), an_entry(OTHER), an_entry(CITY))
    back = an_entry(OTHER, handover=over._replace(successor=COUNTY))
    second = an_entry(COUNTY, handover=over._replace(successor=CITY))
    assert results(house, back, second) == [
        "refused body.circle",
        "refused body.stated-otherwise",
    ]


def test_every_entry_that_changes_something_is_on_record(house: House) -> None:
    enrol(house, *LIST)
    assert [(a, c) for a, c, _ in acts(house)] == [
        ("organisation.register", COUNTY),
        ("organisation.register", CITY),
        ("organisation.register", BUREAU),
    ]
    assert acts(house)[0][2]["superior"] == {"uscc": CITY, "from_on": "2020-01-01"}
    enrol(house, *LIST)
    assert len(acts(house)) == 3


# --- random hierarchies -----------------------------------------------------------------------


def test_the_tree_on_any_day_is_that_of_a_naive_model(house: House) -> None:
    for seed in range(8):
        _compare(house, random.Random(seed), [f"XX-GOV:{seed}-{i}" for i in range(7)])


def _compare(house: House, dice: random.Random, codes: list[str]) -> None:
    """Lines drawn at random, each from the first of a month; every refusal is foretold."""
    steps = [
        (dice.randrange(7), dice.randrange(7), dice.randint(1, 6))
        for _ in range(dice.randint(1, 12))
    ]
    enrol(house, *(an_entry(c, f"单位{c}") for c in codes))
    model: dict[int, dict[int, int]] = {m: {} for m in range(1, 8)}  # month: body: superior
    said: dict[tuple[int, int], int] = {}
    for body, above, month in steps:
        entry = an_entry(codes[body], f"单位{codes[body]}", superior=codes[above])
        done = results(house, entry._replace(from_on=date(2025, month, 1)), on="2025-12-01")[0]
        trial = {m: dict(t) for m, t in model.items()}
        ends = [m for (b, m) in said if b == body and m > month]
        same = model[month].get(body) == above
        for m in range(month, min(ends, default=8)) if not same else ():
            trial[m][body] = above
        wrong = body == above or (not same and (body, month) in said)
        wrong = wrong or any(_has_circle(t) for t in trial.values())
        assert done.startswith("refused") is wrong, done
        if not wrong:
            model = trial
            if not same:
                said[body, month] = above
    with house.readers() as session:
        ids = {o.code: o.id for o in session.scalars(select(Organisation))}
        numbers = {ids[c]: i for i, c in enumerate(codes)}
        for month, tree in model.items():
            on = date(2025, month, 15)
            for i, code in enumerate(codes):
                above = hierarchy.superior_of(session, ids[code], on)
                assert (above and numbers[above]) == tree.get(i)
                line = [numbers[a] for a in hierarchy.ancestors(session, ids[code], on)]
                assert line == _line(tree, i)
                below = {numbers[b] for b in hierarchy.subtree(session, ids[code], on)}
                assert below == {b for b in range(7) if b == i or i in _line(tree, b)}


def _line(tree: dict[int, int], body: int) -> list[int]:
    found: list[int] = []
    while body in tree:
        body = tree[body]
        found.append(body)
    return found


def _has_circle(tree: dict[int, int]) -> bool:
    for start in tree:
        here, seen = start, 0
        while here in tree and seen <= len(tree):
            here, seen = tree[here], seen + 1
        if seen > len(tree):
            return True
    return False
