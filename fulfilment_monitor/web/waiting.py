"""The desk: what needs doing next under the contracts of a department."""

from datetime import date, timedelta

from flask import current_app, render_template

from ..domain.access import Action
from ..domain.alerts import Audience
from ..premises import premises
from ..services import desk
from ..services.alerts import list_alerts
from ..services.sight import sight
from .desk import bp
from .guard import actor, opens_to

_AHEAD = timedelta(days=30)
_MOST = 10
#: Where enterprises tell of contracts that nobody registered, if this application has it.
_NOTICES = "enterprise.notices_for_department"


@bp.get("", endpoint="desk")
@opens_to(Action.CONTRACT_CREATE)
def desk_page() -> str:
    """Own contracts by what comes first; a head sees those of the bodies below too."""
    house, today = premises().house, premises().moment().today
    office = house.office()
    with house.readers() as session:
        seen = sight(session, Action.CONTRACT_READ, actor(), today)
        own = sight(session, Action.FACT_STATE, actor(), today)
        coming = desk.coming(session, seen.bodies, today=today, last=today + _AHEAD, limit=_MOST)
        return render_template(
            "clerk/desk.html",
            late=_counted(coming.late, today),
            soon=_counted(coming.soon, today),
            asked=desk.to_answer(session, own, limit=_MOST),
            claims=coming.claims,
            gaps=desk.undated(session, own, office=office, today=today, limit=_MOST),
            alerts=list_alerts(
                session,
                own,
                office.policy,
                as_of=today,
                audience=Audience.OBLIGOR.value,
                limit=_MOST,
                count=False,
            ).items,
            ahead=_AHEAD.days,
            notices=_NOTICES if _NOTICES in current_app.view_functions else None,
        )


def _counted(found: desk.Found, today: date) -> desk.Found:
    """Each with the days that are left; less than none where it is late."""
    items = [{**i, "days": (date.fromisoformat(i["due_on"]) - today).days} for i in found.items]
    return found._replace(items=items)
