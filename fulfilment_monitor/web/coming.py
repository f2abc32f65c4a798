"""What acts next: the nearest dates that were warned of and are still to be met."""

from datetime import date
from typing import Any

from ..domain.alerts import Special
from ..services.alerts import list_alerts
from ..services.contracts import find_contract
from ..services.office import Office
from ..services.registry import show_contract
from ..services.sight import Sight
from .dossier import Shown, open_dossier

#: How far back among the alerts, and into how many contracts, a page looks.
_ALERTS, _CONTRACTS = 200, 12


def coming(session: Any, seen: Sight, office: Office, as_of: date, *, limit: int) -> list[Shown]:
    """Obligations that fall due on a day or after it, the nearest first.

    The newest alerts say where to look; how the obligation stands is reckoned for the day.
    """
    warned = list_alerts(
        session, seen, office.policy, as_of=as_of, limit=_ALERTS, count=False
    ).items
    ahead = [a for a in warned if a["due_on"] >= as_of.isoformat() and not _is_special(a["rule"])]
    nearest = sorted(ahead, key=lambda a: str(a["due_on"]))
    wanted = {(a["contract"], a["obligation"]) for a in nearest}
    nearby: list[Shown] = []
    for ulid in list(dict.fromkeys(a["contract"] for a in nearest))[:_CONTRACTS]:
        contract_id = find_contract(session, ulid)
        shown = show_contract(session, contract_id, as_of=as_of, office=office)
        contract = open_dossier(shown)
        nearby += [
            {**o, "contract": contract}
            for o in contract["obligations"]
            if o["days_left"] is not None and (ulid, o["key"]) in wanted
        ]
    return sorted(nearby, key=lambda o: (o["due_on"], o["id"]))[:limit]


def _is_special(rule: str) -> bool:
    return rule.partition(".")[0] in list(Special)
