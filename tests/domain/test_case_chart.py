"""The written case table is the one the code has."""

from pathlib import Path

from fulfilment_monitor.domain.case_chart import chart
from fulfilment_monitor.domain.cases import TRANSITIONS, Event

WRITTEN = Path(__file__).parents[2] / "docs" / "case-states.md"


def test_the_document_is_what_the_command_prints() -> None:
    assert WRITTEN.read_text("utf-8") == chart(), "run: fulfilment-monitor statechart > " + str(
        WRITTEN
    )


def test_every_step_stands_in_the_document() -> None:
    rows = [line for line in chart().splitlines() if line.startswith("| ") and "**" in line]
    assert {row.split("**")[1] for row in rows} == {e.value for e in Event}
    states = sum(row.split(" | ")[0].count(",") + 1 for row in rows)
    assert states == len(TRANSITIONS)
