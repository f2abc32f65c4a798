"""One place for all tests of the benchmarks: its template database is made once."""

import pytest

from bench.places import Place


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Place:
    return Place(tmp_path_factory.mktemp("bench"), postgres)
