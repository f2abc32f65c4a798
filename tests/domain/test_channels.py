"""Channels as data: what the shipped list says, and what a bad list is told."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.domain.bodies import Matter
from fulfilment_monitor.domain.channels import Operator, read_channels
from fulfilment_monitor.domain.errors import BadPolicy, Invalid
from fulfilment_monitor.gateways.channels import open_channels
from fulfilment_monitor.settings import Settings

SHIPPED = resources.shipped("alerts") / "channels.toml"
CODES = [
    "credit-site",
    "inspection",
    "sme-arrears",
    "sme-payment",
    "hotline-12345",
    "business-environment",
    "enterprise-service",
    "petition",
    "petition-online",
    "justice",
    "other",
]
CITY, COUNTY = "11340300000001003G", "11340321000001003X"


def a_channel(**changes: Any) -> dict[str, Any]:
    row = {
        "code": "visit",
        "label": "走访",
        "kind": "entry",
        "source": "发改财金〔2023〕1103号 四（八）",
        "since": date(2024, 1, 1),
        "run_by": "credit_lead",
        "reply": "channel.visit",
    }
    return {**row, **changes}


def an_operator(region: str, body: str, from_on: date, **more: Any) -> dict[str, Any]:
    return {"region": region, "body": body, "from_on": from_on, **more}


def faults(*rows: dict[str, Any]) -> str:
    with pytest.raises(BadPolicy) as refused:
        read_channels({"channel": list(rows)})
    return str(refused.value)


def test_the_shipped_list_names_the_eleven_channels_with_their_sources() -> None:
    found = list(read_channels(tomllib.loads(SHIPPED.read_text("utf-8"))))
    assert [c.code for c in found] == CODES
    assert {c.code for c in found if c.sme_payment} == {"sme-arrears", "sme-payment"}
    assert {c.code for c in found if c.run_by is Matter.SME_PAYMENT} == {
        "sme-arrears",
        "sme-payment",
    }
    assert all(c.source and c.reply for c in found)


@pytest.mark.proves("R-32")
def test_an_office_adds_a_channel_by_data(tmp_path: Path) -> None:
    added = SHIPPED.read_text("utf-8") + (
        '\n[[channel]]\ncode = "visit"\nlabel = "走访"\nkind = "entry"\nsource = "本机关办法"\n'
        'since = 2025-01-01\nrun_by = "credit_lead"\nreply = "channel.visit"\n'
        'origin = "enterprise-meeting"\n'
    )
    (tmp_path / "channels.toml").write_text(added, "utf-8")
    found = open_channels(Settings(alerts_dir=str(tmp_path)))
    assert [c.code for c in found] == [*CODES, "visit"]
    assert found.take("visit", date(2025, 1, 1)).origin == "enterprise-meeting"
    with pytest.raises(Invalid, match="takes nothing in"):
        found.take("visit", date(2024, 12, 31))
    with pytest.raises(Invalid, match="credit-site"):
        found.take("nothing", date(2025, 1, 1))


def test_an_alerts_folder_without_channels_has_ours(tmp_path: Path) -> None:
    assert [c.code for c in open_channels(Settings(alerts_dir=str(tmp_path)))] == CODES


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "channels.toml").write_text("channel = [", "utf-8")
    with pytest.raises(BadPolicy, match=r"channels\.toml"):
        open_channels(Settings(alerts_dir=str(tmp_path)))


def test_who_runs_a_channel_is_dated_and_the_nearest_region_counts() -> None:
    change = date(2025, 6, 1)
    rows = [
        an_operator("340300", CITY, date(2024, 1, 1), until_on=change),
        an_operator("340300", COUNTY, change),
        an_operator("340321", COUNTY, change, responsible="lead", telephone="0552-0000000"),
    ]
    (channel,) = read_channels({"channel": [a_channel(operator=rows)]})

    def runs(region: str, on: date) -> Operator | None:
        return channel.operator(region, on)

    assert [o and o.body for o in (runs("340321", date(2025, 5, 31)), runs("340300", change))] == [
        CITY,
        COUNTY,
    ]
    nearest = runs("340321", change)
    assert nearest is not None
    assert (nearest.region, nearest.responsible) == ("340321", "lead")
    assert runs("340321", date(2023, 12, 31)) is None
    assert runs("350100", change) is None


@pytest.mark.proves("R-33")
def test_a_channel_has_one_operating_unit_at_a_time() -> None:
    first = an_operator("340300", CITY, date(2024, 1, 1))
    assert "another operating unit" in faults(
        a_channel(operator=[first, an_operator("340300", COUNTY, date(2025, 1, 1))])
    )


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"kind": "pigeon"}, "channel[0].kind"),
        ({"run_by": "mayor"}, "channel[0].run_by"),
        ({"label": " "}, "channel[0].label"),
        ({"since": "2024"}, "channel[0]: since"),
        ({"until": date(2023, 1, 1)}, "channel[0].until"),
        ({"sme_payment": "yes"}, "channel[0].sme_payment"),
        ({"colour": "red"}, "channel[0].colour"),
        ({"operator": [{"region": "340300"}]}, "channel[0].operator[0].body"),
        ({"operator": [an_operator("340300", CITY, date(2024, 1, 1), phone="1")]}, "phone"),
    ],
)
def test_each_fault_names_its_place(changes: dict[str, Any], place: str) -> None:
    assert place in faults(a_channel(**changes))


def test_a_code_stands_once_and_a_list_is_not_empty() -> None:
    assert "twice" in faults(a_channel(), a_channel())
    assert "at least one" in faults()
    with pytest.raises(BadPolicy, match="no such table"):
        read_channels({"channels": []})
