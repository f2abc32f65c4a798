"""What acts next: the nearest dates that were warned of and are still to be met."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ..domain.alerts import Special
from ..services.office import Office
from ..services.registry import show_standings
from .dossier import Shown, open_obligations

#: How far back among the alerts, and into how many contracts, a page looks.
LOOKED_AT, _CONTRACTS = 60, 12


def coming(
    session: Any, warned: Iterable[Shown], office: Office, as_of: date, *, limit: int
) -> list[Shown]:
    """Obligations that fall due on a day or after it, the nearest first.

    The newest alerts say where to look; how the obligation stands is reckoned for the day.
    """
    ahead = [a for a in warned if a["due_on"] >= as_of.isoformat() and not _is_special(a["rule"])]
    nearest = sorted(ahead, key=lambda a: str(a["due_on"]))
    wanted = {(a["contract"], a["obligation"]) for a in nearest}
    ulids = list(dict.fromkeys(a["contract"] for a in nearest))[:_CONTRACTS]
    nearby: list[Shown] = []
    for contract in show_standings(session, ulids, as_of=as_of, office=office):
        nearby += [
            {**o, "contract": {**contract, "currency": contract.get("currency", "CNY")}}
            for o in open_obligations(contract)
            if o["days_left"] is not None and (contract["id"], o["key"]) in wanted
        ]
    return sorted(nearby, key=lambda o: (o["due_on"], o["id"]))[:limit]


def _is_special(rule: str) -> bool:
    return rule.partition(".")[0] in list(Special)
