"""Charts as SVG: pure functions from figures to markup.

Lengths along a chart are percentages and heights are rem, so that a chart fits any width and grows
with the text. Colours are classes (`charts.css`). Each comes with the same figures as a table;
labels and written figures are the caller's, in the language of the page.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from markupsafe import Markup

#: A bar that stands for something is never thinner than this, in thousandths of the width.
_LEAST = 4
_WHOLE = 1000
_TONES = ("plain", "good", "late", "warm", "bad")
#: How wide a label may be, in half-width letters; its table has the whole of it.
_WIDEST = 26
_MOST_TICKS = 4
#: So near to an edge, in thousandths of the width, there is no room for the word at a tick.
_EDGE = 90
_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
#: The last days of the bands of an ageing, and their tones; what is older is the last band.
_AGES = ((30, "late"), (90, "late"), (180, "warm"), (365, "warm"))
_OLDEST = "bad"


class Frame(NamedTuple):
    """What is said about a chart.

    Args:
        id: unique on the page.
        title: what it shows, a few words.
        text: what is to be seen in it, a sentence, for whoever does not see it.
        headings: of the columns of its table.
    """

    id: str
    title: str
    text: str
    headings: tuple[str, ...]


class Chart(NamedTuple):
    """A drawing, and the figures it was drawn from."""

    frame: Frame
    svg: Markup
    rows: list[tuple[str, ...]]


class Bar(NamedTuple):
    """One bar: `value` in any whole unit decides its length, `shown` is how it is written."""

    label: str
    value: int
    shown: str
    tone: str = "plain"
    note: str = ""


class Span(NamedTuple):
    """One obligation in time: from where it was counted to its due day, and to when it was done."""

    label: str
    start: date | None
    due_on: date | None
    done_on: date | None
    shown: str


def bars(frame: Frame, items: Sequence[Bar]) -> Chart:
    """Horizontal bars, the greatest value the whole width; a row of the table is label and figure.

    Raises:
        ValueError: a value is below zero, or a tone is unknown.
    """
    if any(item.value < 0 or item.tone not in _TONES for item in items):
        raise ValueError("a bar has a value from zero up and a known tone")
    greatest = max((item.value for item in items), default=0)
    parts = [_bar(n, item, _length(item.value, greatest)) for n, item in enumerate(items)]
    noted = any(item.note for item in items)
    rows = [(i.label, i.shown, i.note) if noted else (i.label, i.shown) for i in items]
    return Chart(frame, _svg(frame, Markup().join(parts), "bars", len(items) * 3), list(rows))


def ageing(frame: Frame, days_late: Iterable[int], labels: Sequence[str]) -> Chart:
    """How long things have been overdue: a bar for 1–30, 31–90, 91–180, 181–365 days and longer.

    Args:
        days_late: days from 1 up; what is not late is left out.
        labels: one for each of the five bands.
    """
    late = [days for days in days_late if days > 0]
    ends = [end for end, _ in _AGES]
    counts = [0] * (len(ends) + 1)
    for days in late:
        counts[sum(days > end for end in ends)] += 1
    tones = [tone for _, tone in _AGES] + [_OLDEST]
    named = zip(labels, counts, tones, strict=True)
    return bars(frame, [Bar(label, n, str(n), tone) for label, n, tone in named])


def funnel(frame: Frame, stages: Sequence[tuple[str, int, str]]) -> Chart:
    """How many reach each stage, against the first; each with how long it took, in words.

    >>> chart = funnel(Frame("f", "t", "x", ("s", "n", "d")), [("a", 8, ""), ("b", 2, "9 d")])
    >>> chart.rows
    [('a', '8', ''), ('b', '2 · 25.0%', '9 d')]
    """
    first = stages[0][1] if stages else 0
    items = [
        Bar(
            label,
            n,
            f"{n} · {_percent(n * _WHOLE // first)}" if at and first else str(n),
            note=took,
        )
        for at, (label, n, took) in enumerate(stages)
    ]
    return bars(frame, items)


def spans(frame: Frame, items: Sequence[Span], today: date) -> Chart:
    """Obligations along the days: the time allowed, what ran over it, when it was done; today."""
    days = [d for item in items for d in (item.start, item.due_on, item.done_on) if d]
    first, last = min([*days, today]), max([*days, today])
    pad = max(1, (last - first).days // 40)
    scale = _Scale(first - timedelta(days=pad), last + timedelta(days=pad))
    parts = [_ticks(scale, len(items))]
    parts += [_span(n, item, scale, today) for n, item in enumerate(items)]
    parts += [_lines("today", scale.at(today), len(items))]
    rows = [
        (i.label, *(d.isoformat() if d else "—" for d in (i.start, i.due_on, i.done_on)), i.shown)
        for i in items
    ]
    return Chart(frame, _svg(frame, Markup().join(parts), "spans", 2 + len(items) * 3), list(rows))


def sparkline(frame: Frame, points: Sequence[tuple[str, int]]) -> Chart:
    """A small line over labelled values, oldest first; zero is its floor."""
    greatest = max([value for _, value in points] + [1])
    across = max(len(points) - 1, 1)
    places = [
        f"{n * _WHOLE // across},{_WHOLE - value * _WHOLE // greatest}"
        for n, (_, value) in enumerate(points)
    ]
    line = Markup('<polyline points="{}"/>').format(" ".join(places))
    body = Markup('<svg viewBox="0 -40 1000 1080" preserveAspectRatio="none">{}</svg>').format(line)
    rows = [(label, str(value)) for label, value in points]
    return Chart(frame, _svg(frame, body, "spark", 2), list(rows))


class _Scale(NamedTuple):
    first: date
    last: date

    def at(self, day: date) -> int:
        """Where a day lies, in thousandths of the width."""
        return (day - self.first).days * _WHOLE // max((self.last - self.first).days, 1)


def _short(text: str) -> str:
    """A label that leaves room for a figure beside it on a telephone.

    >>> _short("建设" * 9)
    '建设建设建设建设建设建设…'
    """
    width, kept = 0, ""
    for letter in text:
        width += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width > _WIDEST:
            return kept[:-1] + "…"
        kept += letter
    return text


def _length(value: int, greatest: int) -> int:
    return max(value * _WHOLE // greatest, _LEAST) if value else 0


def _percent(thousandths: int) -> str:
    return f"{thousandths // 10}.{thousandths % 10}%"


def _svg(frame: Frame, body: Markup, kind: str, rem: int) -> Markup:
    return Markup(
        '<svg class="chart chart-{kind}" role="img" width="100%" height="{rem}rem" '
        'aria-labelledby="{id}-title {id}-text"><title id="{id}-title">{title}</title>'
        '<desc id="{id}-text">{text}</desc>{body}</svg>'
    ).format(kind=kind, rem=rem, id=frame.id, title=frame.title, text=frame.text, body=body)


def _bar(n: int, item: Bar, length: int) -> Markup:
    note = Markup(' <tspan class="note">{}</tspan>').format(item.note) if item.note else ""
    return Markup(
        '<text x="0" y="{y}.1rem">{label}{note}</text>'
        '<text x="100%" y="{y}.1rem" text-anchor="end" class="figure">{shown}</text>'
        '<rect class="track" x="0" y="{y}.5rem" width="100%" height="0.9rem"/>'
        '<rect class="tone-{tone}" x="0" y="{y}.5rem" width="{width}" height="0.9rem"/>'
    ).format(
        y=n * 3 + 1,
        label=_short(item.label),
        note=note,
        shown=item.shown,
        tone=item.tone,
        width=_percent(length),
    )


def _span(n: int, item: Span, scale: _Scale, today: date) -> Markup:
    y = n * 3 + 3
    parts = [
        Markup('<text x="0" y="{y}.1rem">{label}</text>').format(y=y, label=_short(item.label)),
        Markup(
            '<text x="100%" y="{y}.1rem" text-anchor="end" class="figure">{shown}</text>'
        ).format(y=y, shown=item.shown),
    ]
    if item.due_on:
        parts.append(_stretch(y, scale, item.start or item.due_on, item.due_on, "plain"))
        until = item.done_on or today
        if until > item.due_on:
            parts.append(_stretch(y, scale, item.due_on, until, "bad"))
        parts.append(_mark(y, scale.at(item.due_on)))
    if item.done_on:
        x = _percent(scale.at(item.done_on))
        parts.append(
            Markup('<circle class="done" cx="{x}" cy="{y}.95rem" r="0.4rem"/>').format(x=x, y=y)
        )
    return Markup().join(parts)


def _stretch(y: int, scale: _Scale, start: date, end: date, tone: str) -> Markup:
    x = scale.at(start)
    return Markup(
        '<rect class="tone-{tone}" x="{x}" y="{y}.6rem" width="{width}" height="0.7rem"/>'
    ).format(tone=tone, x=_percent(x), y=y, width=_percent(scale.at(end) - x))


def _mark(y: int, x: int) -> Markup:
    return Markup('<line class="due" x1="{x}" x2="{x}" y1="{y}.4rem" y2="{end}.5rem"/>').format(
        x=_percent(x), y=y, end=y + 1
    )


def _lines(kind: str, at: int, rows: int) -> Markup:
    """A line down the days, where it crosses no words."""
    return Markup().join(
        Markup('<line class="{kind}" x1="{x}" x2="{x}" y1="{y}.3rem" y2="{end}.7rem"/>').format(
            kind=kind, x=_percent(at), y=n * 3 + 3, end=n * 3 + 4
        )
        for n in range(rows)
    )


def _ticks(scale: _Scale, rows: int) -> Markup:
    """First days of months, few enough to be read side by side."""
    months = [(d.year, d.month) for d in (scale.first, scale.last)]
    start, end = (year * 12 + month - 1 for year, month in months)
    step = next((s for s in _STEPS if (end - start) // s <= _MOST_TICKS), _STEPS[-1])
    firsts = [date(m // 12, m % 12 + 1, 1) for m in range(start + 1, end + 1) if m % step == 0]
    return Markup().join(_tick(scale.at(day), day, rows) for day in firsts)


def _tick(at: int, day: date, rows: int) -> Markup:
    line = _lines("tick", at, rows)
    if not _EDGE <= at <= _WHOLE - _EDGE:
        return line
    month = Markup('<text class="note" x="{x}" y="1.1rem" text-anchor="middle">{month}</text>')
    return line + month.format(x=_percent(at), month=day.isoformat()[:7])
