"""Regions by code and day: the shipped table, and what an old code has become."""

import csv
from itertools import groupby, pairwise

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.domain.regions import Region, Regions
from fulfilment_monitor.house import load_law
from tests.domain.builders import day

SHIPPED = load_law().regions
NOW = day("2025-06-01")


def names(code: str, on: str) -> list[str]:
    return [r.name for r in SHIPPED.path(code, day(on))]


# --- the shipped table ------------------------------------------------------------------------


def rows() -> list[dict[str, str]]:
    with resources.law("regions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_shipped_rows_are_codes_with_spans_that_do_not_overlap() -> None:
    for code, versions in groupby(rows(), key=lambda r: r["code"]):
        assert len(code) == 6
        assert code.isascii()
        assert code.isdigit()
        spans = [(r["valid_from"], r["valid_to"]) for r in versions]
        assert all(not until or since < until for since, until in spans), code
        assert all(before[1] and before[1] <= after[0] for before, after in pairwise(spans)), code


def test_every_successor_is_a_code_of_the_table_that_began_by_then() -> None:
    for row in rows():
        if row["successor"]:
            assert row["valid_to"], row
            became = SHIPPED.now_of(row["successor"], day(row["valid_to"]))
            assert became is not None, row


def test_as_many_places_are_in_force_as_were_published_for_the_end_of_2024() -> None:
    # 民政部: 34 省级, 333 地级, 2846 县级; and four districts of 大兴安岭 that are none officially
    found = [SHIPPED.find(r["code"], NOW) for r in rows() if not r["valid_to"]]
    places = [r.code for r in found if r is not None and not r.is_summary]
    provinces = [c for c in places if c.endswith("0000")]
    prefectures = [c for c in places if c.endswith("00") and c not in provinces]
    assert (len(provinces), len(prefectures)) == (34, 333)
    assert len(places) - len(provinces) - len(prefectures) == 2846 + 4


def test_the_file_stays_small() -> None:
    assert resources.law("regions.csv").stat().st_size < 400_000


@pytest.mark.parametrize(
    ("code", "name", "gone_by", "became"),
    [
        ("320502", "沧浪区", "2012-12-31", "320508"),  # merged into 姑苏区 in 2012
        ("320503", "平江区", "2012-12-31", "320508"),
        ("110103", "崇文区", "2010-12-31", "110101"),  # merged in 2010
        ("110104", "宣武区", "2010-12-31", "110102"),
        ("371200", "莱芜市", "2019-01-31", "370100"),  # merged into 济南 in the winter of 2018/2019
        ("371202", "莱城区", "2019-01-31", "370116"),
        ("110228", "密云县", "2015-12-31", "110118"),  # a county became a district
        ("542100", "昌都地区", "2014-12-31", "540300"),  # a prefecture became a city
        ("340823", "枞阳县", "2015-12-31", "340722"),  # moved to another city
    ],
)
def test_a_code_that_was_given_up_names_what_it_became(code, name, gone_by, became) -> None:
    assert SHIPPED.find(code, day("2009-06-01")).name == name
    assert SHIPPED.find(code, day(gone_by)) is None
    assert SHIPPED.now_of(code, NOW).code == became


def test_a_city_that_was_shared_out_has_no_one_successor() -> None:
    assert SHIPPED.find("341400", day("2010-06-01")).name == "巢湖市"
    assert SHIPPED.now_of("341400", NOW) is None
    assert "请核对" in SHIPPED.fault("341400", NOW)


@pytest.mark.parametrize(
    ("code", "name"), [("340321", "怀远县"), ("330127", "淳安县"), ("710000", "台湾省")]
)
def test_codes_in_force_are_found(code, name) -> None:
    assert SHIPPED.find(code, NOW).name == name


@pytest.mark.parametrize("code", ["330118", "000000", "34032", "34032x", "１１0000", ""])
def test_what_never_was_a_code_is_unknown(code) -> None:
    assert SHIPPED.find(code, NOW) is None
    assert SHIPPED.path(code, NOW) == ()
    assert SHIPPED.fault(code, NOW) == f"行政区划代码 {code} 未知"


def test_in_the_year_of_a_merger_old_and_new_codes_are_both_accepted() -> None:
    # between two revisions nobody can tell from them which of the two was right on a day
    assert SHIPPED.fault("320503", day("2012-03-01")) is None
    assert SHIPPED.fault("320508", day("2012-03-01")) is None
    assert "320508（姑苏区）" in SHIPPED.fault("320503", day("2013-03-01"))
    assert "最早于 2012-01-01 启用" in SHIPPED.fault("320508", day("2009-03-01"))


def test_a_path_leads_from_the_province_to_the_place() -> None:
    assert names("340321", "2025-06-01") == ["安徽省", "蚌埠市", "怀远县"]
    assert names("340300", "2025-06-01") == ["安徽省", "蚌埠市"]
    assert names("110101", "2025-06-01") == ["北京市", "东城区"]  # not by way of 110100 市辖区
    assert names("419001", "2025-06-01") == ["河南省", "济源市"]
    assert names("500235", "2025-06-01") == ["重庆市", "云阳县"]
    assert SHIPPED.superior("340000", NOW) is None


def test_a_renamed_code_is_called_what_it_was_called_on_the_day() -> None:
    assert names("130502", "2018-01-01")[-1] == "桥东区"
    assert names("130502", "2022-01-01")[-1] == "襄都区"


# --- the value itself -------------------------------------------------------------------------


def a_region(code: str, since: str, until: str = "", successor: str = "") -> Region:
    return Region(
        code, f"{code}自{since}", day(since), day(until) if until else None, successor or None
    )


def test_a_region_holds_until_the_day_before_its_last() -> None:
    regions = Regions([a_region("340321", "2000-01-01", "2020-01-01", "340322")])
    assert regions.find("340321", day("1999-12-31")) is None
    assert regions.find("340321", day("2000-01-01")) is not None
    assert regions.find("340321", day("2019-12-31")) is not None
    assert regions.find("340321", day("2020-01-01")) is None


def test_successors_are_followed_as_far_as_the_day_needs() -> None:
    chain = Regions(
        [
            a_region("340001", "2000-01-01", "2010-01-01", "340002"),
            a_region("340002", "2005-01-01", "2015-01-01", "340003"),
            a_region("340003", "2015-01-01"),
        ]
    )
    became = [chain.now_of("340001", day(f"{y}-06-01")).code for y in (2009, 2012, 2020)]
    assert became == ["340001", "340002", "340003"]
    assert chain.now_of("340001", day("1999-01-01")) is None


def test_successors_in_a_circle_lead_nowhere() -> None:
    circle = Regions(
        [
            a_region("340001", "2000-01-01", "2010-01-01", "340002"),
            a_region("340002", "2000-01-01", "2010-01-01", "340001"),
        ]
    )
    assert circle.now_of("340001", day("2020-01-01")) is None


def test_rows_loaded_later_close_rename_and_found_regions() -> None:
    shipped = Regions([a_region("340321", "2000-01-01"), a_region("340322", "2000-01-01")])
    amended = shipped.amended(
        [
            a_region("340321", "2000-01-01", "2026-01-01", "340304"),
            a_region("340304", "2026-01-01"),
            a_region("340322", "2026-01-01"),
        ]
    )
    assert amended.find("340321", day("2026-01-01")) is None
    assert amended.now_of("340321", day("2026-01-01")).code == "340304"
    assert amended.find("340322", day("2025-12-31")).name == "340322自2000-01-01"
    assert amended.find("340322", day("2026-01-01")).name == "340322自2026-01-01"
    assert shipped.find("340321", day("2026-01-01")) is not None
