"""The table of requirements says what the tests prove, no more and no less."""

from textwrap import dedent

import pytest

from tests.guards import requirements_table as table


def test_the_written_table_is_the_one_the_marks_give():
    written = table.TABLE.read_text("utf-8")
    assert written == table.current(), "run: python -m tests.guards.requirements_table"


def test_every_mark_names_a_known_id():
    unknown = set(table.find_proofs()) - table.known_ids(table.read_requirements())
    assert not unknown


def test_the_requirements_are_complete_and_in_order():
    rows = table.read_requirements()
    assert [r.id for r in rows] == [f"R-{n:02}" for n in range(1, 166)]
    assert all(all(r) for r in rows)


#: What the cases stand for: complaints to repair (notices 二, 三（三）–（六）).
OF_CASES = (range(18, 72), range(87, 92), range(98, 126))
#: Rows of these that no test can prove yet, each with the reason.
UNPROVED: dict[str, str] = {}


def test_every_requirement_of_cases_has_a_test_or_a_reason():
    wanted = {f"R-{n:02}" for numbers in OF_CASES for n in numbers}
    proved = set(table.find_proofs())
    assert wanted - proved == set(UNPROVED)
    assert all(UNPROVED.values())


def test_marks_are_found_wherever_pytest_takes_them():
    source = dedent(
        """
        pytestmark = [pytest.mark.proves("R-01"), pytest.mark.endurance]

        @pytest.mark.proves("R-02", "A1")
        def test_plain(): ...

        @pytest.mark.proves("R-03")
        class TestGroup:
            @mark.proves("R-04")
            async def test_inner(self): ...

        @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.proves("I-9"))])
        def test_cases(x): ...

        def test_unmarked():
            "mentions proves('R-05') and proves nothing"
        """
    )
    assert list(table.proofs_in(source)) == [
        ("R-01", ""),
        ("R-02", "test_plain"),
        ("A1", "test_plain"),
        ("R-03", "TestGroup"),
        ("R-04", "TestGroup::test_inner"),
        ("I-9", "test_cases"),
    ]


def test_a_computed_id_is_refused():
    with pytest.raises(TypeError, match="literal"):
        list(table.proofs_in("@pytest.mark.proves(ID)\ndef test_it(): ..."))


def test_a_row_shows_its_tests_and_leaves_the_open_count():
    rows = table.read_requirements()[:2]
    text = table.render(rows, {"R-02": ["tests/a.py::test_x"], "A3": ["tests/b.py"]})
    assert "**1 of 2 requirements are open**" in text
    assert "| alert | `tests/a.py::test_x` |" in text
    assert "| A3 | A department hides or bends a breach | `tests/b.py` |" in text
