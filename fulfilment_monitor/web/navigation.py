"""What the masthead leads to: one table of doors, and who each is for.

An entry whose page does not exist in this application is left out, so that areas can be taken out.
"""

from typing import NamedTuple

from flask import current_app

from ..domain.access import Action, reaches
from ..domain.authority import ADMINISTRATORS, Role
from .guard import visitor


class Entry(NamedTuple):
    """One door.

    Args:
        text: the key of its label.
        action: who it is for: whoever may do this; None for everybody on the street.
        roles: of those, only who holds one of these; empty for all.
    """

    endpoint: str
    text: str
    action: Action | None = None
    roles: frozenset[Role] = frozenset()


_DEBTOR = frozenset({Role.CLERK, Role.HEAD})
_OFFICERS = frozenset(
    {
        Role.INTAKE,
        Role.HANDLER,
        Role.DIRECTOR,
        Role.CREDIT_LEAD,
        Role.REVIEWER,
        Role.CUSTODIAN,
        Role.SUPERVISOR,
    }
)

#: For who is not signed in, in this order.
STREET = (
    Entry("public.portal", "public.nav.portal"),
    Entry("complaining.form", "public.nav.complain"),
    Entry("looking_up.form", "public.nav.lookup"),
    Entry("published.records", "public.nav.published"),
    Entry("calculators.index", "public.nav.calculators"),
    Entry("directory.channels", "public.nav.channels"),
    Entry("open_data.index", "public.nav.open_data"),
)

#: For who is signed in: what one's capacities open.
INSIDE = (
    Entry("clerk.desk", "nav.desk", Action.CONTRACT_CREATE),
    Entry("respondent.claims", "served.nav", Action.CASE_READ, _DEBTOR),
    Entry("enterprise.home", "nav.enterprise", Action.CONTACT_CHANGE),
    Entry("enterprise.notices_for_department", "firm.desk.nav", Action.CONTRACT_CREATE),
    Entry("officer.worklist", "nav.worklist", Action.CASE_STEP, _OFFICERS),
    Entry("assisting.requests", "help.nav", Action.CASE_HELP),
    Entry("oversight.overview", "nav.oversight", Action.STATISTICS),
    Entry("enterprise.notices_in_region", "nav.waiting", Action.SUPERVISE),
    Entry("board.overview", "nav.overview", Action.CONTRACT_READ),
    Entry("board.contracts", "nav.contracts", Action.CONTRACT_READ),
    Entry("board.alerts", "nav.alerts", Action.ALERT_READ),
    Entry("board.leads", "nav.leads", Action.LEAD_READ),
    Entry("admin_law.law", "admin.law", Action.LAW_CHANGE, frozenset({Role.CREDIT_LEAD})),
    Entry("admin.home", "nav.admin", Action.OWN_ACCOUNT, ADMINISTRATORS),
)


def entries() -> list[Entry]:
    """The doors open to who asks, of those that exist here."""
    who = visitor()
    if who is None:
        found = list(STREET)
    else:
        found = [
            e
            for e in INSIDE
            if (e.action is None or reaches(e.action, who.actor))
            and (not e.roles or e.roles & who.roles)
        ]
    return [e for e in found if e.endpoint in current_app.view_functions]
