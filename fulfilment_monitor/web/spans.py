"""The obligations of a contract as a chart."""

from datetime import date
from typing import Any

from .charts import Chart, Frame, Span, spans
from .language import label, say

#: More obligations than this make a chart nobody reads; the nearest to the day are drawn.
_MOST = 12


def obligation_chart(dossier: dict[str, Any]) -> Chart | None:
    """The dated obligations of a contract in order of their days; none if nothing has a date."""
    as_of = date.fromisoformat(dossier["as_of"])
    dated = [o for o in dossier["obligations"] if o["due_on"]]
    nearest = sorted(dated, key=lambda o: abs((date.fromisoformat(o["due_on"]) - as_of).days))
    drawn = sorted(nearest[:_MOST], key=lambda o: (o["due_on"], o["id"]))
    if not drawn:
        return None
    frame = Frame(
        "obligation-chart",
        say("chart.obligations"),
        say(
            "chart.obligations.text",
            n=len(drawn),
            late=sum(1 for o in drawn if o["days_late"]),
            day=dossier["as_of"],
        ),
        (
            say("fact.obligation"),
            say("chart.from"),
            say("due_on"),
            say("fulfilled_on"),
            say("fact.standing"),
        ),
    )
    return spans(frame, [_span(o, dossier["signed_on"]) for o in drawn], as_of)


def _span(o: dict[str, Any], signed_on: str) -> Span:
    """Where nothing set the term going, it runs from signing."""
    days = (o["trigger_on"] or signed_on, o["due_on"], o["fulfilled_on"])
    start, due_on, done_on = (date.fromisoformat(d) if d else None for d in days)
    return Span(o["title"], start, due_on, done_on, label("state", o["state"]))
