"""Charts: figures become markup that tells the truth and stays markup."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.web.charts import (
    Bar,
    Chart,
    Frame,
    Span,
    ageing,
    bars,
    funnel,
    spans,
    sparkline,
)

FRAME = Frame("c", "标题 & <b>", "说明", ("甲", "乙", "丙"))
NASTY = '</svg><script>alert("x")</script>'


def drawn(chart: Chart) -> ElementTree.Element:
    """The drawing, parsed: named, described, without a style of its own."""
    root = ElementTree.fromstring(chart.svg)
    assert root.get("role") == "img"
    title, text = root.find("title"), root.find("desc")
    assert (title.text, text.text) == (chart.frame.title, chart.frame.text)
    assert root.get("aria-labelledby") == f"{title.get('id')} {text.get('id')}"
    assert not [e for e in root.iter() if "style" in e.attrib or e.tag == "script"]
    return root


def widths(chart: Chart, prefix: str = "tone-") -> list[str]:
    rects = drawn(chart).iter("rect")
    return [r.get("width") for r in rects if r.get("class").startswith(prefix)]


def test_the_longest_bar_is_the_whole_width_and_the_rest_in_proportion():
    chart = bars(FRAME, [Bar("a", 200, "200 元"), Bar("b", 50, "50 元"), Bar("c", 0, "—")])
    assert widths(chart) == ["100.0%", "25.0%", "0.0%"]
    assert chart.rows == [("a", "200 元"), ("b", "50 元"), ("c", "—")]
    assert widths(bars(FRAME, [Bar("a", 10**15, ""), Bar("b", 1, "")])) == ["100.0%", "0.4%"]
    assert widths(bars(FRAME, [Bar("a", 0, "0")])) == ["0.0%"]
    assert drawn(bars(FRAME, [])).get("height") == "0rem"


def test_a_bar_that_cannot_be_is_refused():
    for bad in (Bar("a", -1, ""), Bar("a", 1, "", "pink")):
        with pytest.raises(ValueError, match="known tone"):
            bars(FRAME, [bad])


def test_an_ageing_counts_each_day_into_its_band():
    labels = ("1–30", "31–90", "91–180", "181–365", "366+")
    chart = ageing(FRAME, [0, -3, 1, 30, 31, 90, 91, 180, 181, 365, 366, 4000, 4001], labels)
    assert [row[1] for row in chart.rows] == ["2", "2", "2", "2", "3"]
    tones = re.findall(r"tone-(\w+)", chart.svg)
    assert tones == ["late", "late", "warm", "warm", "bad"]


def test_a_funnel_tells_the_share_of_the_first_stage_and_the_time_it_took():
    chart = funnel(FRAME, [("收到", 40, ""), ("受理", 30, "中位 3 日"), ("办结", 0, "")])
    assert [row[1:] for row in chart.rows] == [
        ("40", ""),
        ("30 · 75.0%", "中位 3 日"),
        ("0 · 0.0%", ""),
    ]
    assert widths(chart) == ["100.0%", "75.0%", "0.0%"]
    assert funnel(FRAME, [("收到", 0, ""), ("受理", 0, "")]).rows[1][1] == "0"


def test_a_span_is_blue_while_allowed_and_red_when_it_ran_over():
    today, day = date(2026, 1, 31), date
    late = Span("迟", day(2026, 1, 1), day(2026, 1, 11), day(2026, 1, 21), "逾期履行")
    owed = Span("欠", day(2026, 1, 1), day(2026, 1, 11), None, "逾期")
    good = Span("好", day(2026, 1, 1), day(2026, 1, 11), day(2026, 1, 11), "按期履行")
    chart = spans(FRAME, [late, owed, good], today)
    tones = [
        (r.get("class"), r.get("width")) for r in drawn(chart).iter("rect")
    ]  # 32 days in all: one of margin at either end; ten of them are 312 thousandths
    assert tones == [
        ("tone-plain", "31.2%"),
        ("tone-bad", "31.3%"),
        ("tone-plain", "31.2%"),
        ("tone-bad", "62.5%"),
        ("tone-plain", "31.2%"),
    ]
    assert len(list(drawn(chart).iter("circle"))) == 2
    assert chart.rows[1] == ("欠", "2026-01-01", "2026-01-11", "—", "逾期")


def test_the_days_along_a_chart_stay_few():
    for years in (0, 1, 3, 10, 40):
        span = Span("a", date(2020, 1, 1), date(2020 + years, 3, 1), None, "")
        chart = spans(FRAME, [span], date(2020, 1, 2))
        months = re.findall(r">(\d{4}-\d{2})</text>", chart.svg)
        assert len(months) <= 5, years
        assert months == sorted(set(months))
    assert months == ["2030-01", "2040-01", "2050-01"]


def test_a_sparkline_runs_from_the_first_value_to_the_last():
    chart = sparkline(FRAME, [("1 月", 0), ("2 月", 5), ("3 月", 10)])
    line = drawn(chart).find("svg/polyline")
    assert line.get("points") == "0,1000 500,500 1000,0"
    assert chart.rows[-1] == ("3 月", "10")
    for few in ([], [("1 月", 0)]):
        drawn(sparkline(FRAME, few))


@given(st.text(max_size=40), st.integers(0, 10**18), st.sampled_from(["plain", "bad"]))
def test_whatever_a_label_holds_stays_text(label, value, tone):
    label = "".join(c for c in label if c.isprintable()) + NASTY
    drawn(bars(FRAME, [Bar(label, value, label, tone, label)]))
    drawn(spans(FRAME, [Span(label, None, date(2026, 1, 1), None, label)], date(2026, 1, 1)))
    drawn(sparkline(FRAME, [(label, value)]))
