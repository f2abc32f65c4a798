"""Every obligation shows when the daily check last looked at it."""

import pytest

from fulfilment_monitor.house import House
from fulfilment_monitor.services import sweeps
from tests.conftest import at
from tests.services.builders import a_document, day, office, register, standing, sweep


@pytest.mark.proves("R-14")
def test_an_obligation_shows_the_last_day_the_check_looked_at_it(house: House) -> None:
    register(house, a_document(), on="2025-07-02")
    assert standing(house, "2025-07-02")["looked_on"] is None
    sweep(house, "2025-07-10")
    register(house, a_document(contract_no="HT-2"), on="2025-07-11")
    assert standing(house, "2025-07-12")["looked_on"] == "2025-07-10"
    assert standing(house, "2025-07-12", number="HT-2")["looked_on"] is None
    sweep(house, "2025-07-20")  # the days between are made good
    for number in ("HT-1", "HT-2"):
        assert standing(house, "2025-07-21", number=number)["looked_on"] == "2025-07-20"


def test_a_check_that_was_cut_short_has_not_looked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(house, a_document(), on="2025-07-02")
    sweep(house, "2025-07-10")

    def cut(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeps, "finish", cut)
    with pytest.raises(KeyboardInterrupt):
        sweeps.sweep(
            house.sessions, office(house), as_of=day("2025-07-20"),
            now=lambda: at(day("2025-07-20")),
        )  # fmt: skip
    assert standing(house, "2025-07-21")["looked_on"] == "2025-07-10"
