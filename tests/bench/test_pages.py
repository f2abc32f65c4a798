"""The pages that are timed are those that readers are given; nothing here is timed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bench import lists, pages, register
from bench.desks import DESKS
from bench.places import DATABASES, Place
from bench.sweep import Days
from fulfilment_monitor.house import House


@contextmanager
def _grown(place: Place, database: str) -> Iterator[House]:
    """A small register some weeks on."""
    with place.house(database) as house:
        register.fill(house, 400, 40)
        Days(house, register.FIRST_DUE).go_to(register.FIRST_DUE + timedelta(days=35))
        yield house


@pytest.mark.parametrize("database", DATABASES)
def test_every_page_is_asked_for_by_whoever_may_see_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr(pages, "_TIMES", 1)
    with _grown(place, database) as house:
        rows = {row.what: row for row in pages._measured(house, database)}
    asked = {name: [k for k in row.beside if k.endswith(", p50")] for name, row in rows.items()}
    assert set(asked) == {*pages._PAGES, pages._ONE}
    assert len(asked.pop("/desk")) == 2
    assert len(asked.pop(pages._ONE)) > 3  # not every reader is shown a contract
    assert {len(desks) for desks in asked.values()} == {len(DESKS)}
    assert all(row.value > 0 for row in rows.values())


@pytest.mark.parametrize("database", DATABASES)
def test_every_list_is_turned_and_every_word_looked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr(lists, "_TIMES", 1)
    with _grown(place, database) as house, house.readers() as session:
        turned = [row.what for row in lists._pages(house, session, database)]
        [searched] = lists._searches(session, database)
    assert {what.split()[2].rstrip(",") for what in turned if what.startswith("page of")} == {
        "contracts", "leads", "alerts",
    }  # fmt: skip
    assert {k.partition(":")[0] for k in searched.beside} == set(lists._WORDS)
