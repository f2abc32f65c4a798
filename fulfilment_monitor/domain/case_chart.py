"""The case table as a document: a diagram of its states, every step, and the clocks."""

from collections.abc import Iterator

from .authority import ROLE_CHINESE
from .case_clocks import CLOCK_CHINESE, RULES
from .cases import EVENT_CHINESE, STATE_CHINESE, TRANSITIONS, Transition, mermaid


def chart() -> str:
    """Markdown; `docs/case-states.md` is this text, and `statechart` prints it."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The life of a claim"
    yield ""
    yield "Generated from `domain/cases.py` by `fulfilment-monitor statechart`; not edited by hand."
    yield "A case is a folder; this runs for each claim, one obligation and one respondent."
    yield ""
    yield "```mermaid"
    yield from mermaid().splitlines()
    yield "```"
    yield ""
    yield "## Every step"
    yield ""
    yield "What changes no state stands with the states it is open in."
    yield ""
    yield "| state | step | leads to | who | besides | on what it rests |"
    yield "|---|---|---|---|---|---|"
    for moves in _grouped():
        yield _row(moves)
    yield ""
    yield "## Clocks"
    yield ""
    yield "Statutory limits run for payment complaints of SMEs only; the other clocks have a limit"
    yield "where the office has set one, or the date that was set in the case. None of them pauses."
    yield ""
    yield "| clock | starts with | ends with | limit |"
    yield "|---|---|---|---|"
    for rule in RULES:
        starts = ", ".join(sorted(rule.starts)) or "receipt"
        starts += f", into {' or '.join(sorted(rule.into))}" if rule.into else ""
        starts += ", where none runs" if rule.fills else ""
        limit = rule.statutory and f"`{rule.statutory}`"
        given = f"the date given (`{rule.given}`)" if rule.given else ""
        name = f"`{rule.clock}` {CLOCK_CHINESE[rule.clock]}"
        ends = ", ".join(sorted(rule.ends))
        yield f"| {name} | {starts} | {ends} | {limit or given or 'of the office'} |"


def _grouped() -> list[list[Transition]]:
    """Steps alike in all but the state they start from stand together."""
    groups: dict[tuple[object, ...], list[Transition]] = {}
    for t in TRANSITIONS:
        end = None if t.target is t.source else t.target
        key = (t.event, end, t.roles, t.outcome, t.needs, t.basis)
        groups.setdefault(key, []).append(t)
    return list(groups.values())


def _row(moves: list[Transition]) -> str:
    t = moves[0]
    states = ", ".join(f"{m.source} {STATE_CHINESE[m.source]}" for m in moves)
    decided = f" ({t.outcome})" if t.outcome else ""
    event = f"**{t.event}** {EVENT_CHINESE[t.event]}{decided}"
    end = "" if t.target is t.source else f"{t.target} {STATE_CHINESE[t.target]}"
    roles = ", ".join(ROLE_CHINESE[r] for r in sorted(t.roles))
    needs = ", ".join(n.value.replace("_", " ") for n in t.needs)
    return f"| {states} | {event} | {end} | {roles} | {needs} | {t.basis} |"
