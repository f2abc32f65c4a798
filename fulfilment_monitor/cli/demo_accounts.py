"""One account per role for the demonstration: people of the town, and those the stories miss.

The latter take up their posts when the stories are over, so that nobody of them is given a claim.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from ..domain.authority import ROLE_CHINESE, Role, operator
from ..domain.secrets import Secrets
from ..services import demonstration, people

_DEMO = operator("demo")


class Part(NamedTuple):
    """Somebody a visitor may be."""

    handle: str
    role: Role
    #: The body, and what it is called for short.
    body: str
    short: str
    #: Whether the stories have this person already.
    known: bool = False


_CITY, _UPKEEP = "119902000000090133", "11990200990000076A"
_HOSPITAL = "12990100990000033L"
_PLANNING, _INDUSTRY = "11990200000009021X", "1199020000000903XM"

CAST = (
    Part("sl-clerk", Role.CLERK, _HOSPITAL, "示例市第一示范医院"),
    Part("fl-head", Role.HEAD, _UPKEEP, "范例市城市管理局", known=True),
    Part("fl-sme", Role.INTAKE, _INDUSTRY, "范例市工业和信息化局", known=True),
    Part("fl-handler", Role.HANDLER, _CITY, "范例市人民政府", known=True),
    Part("fl-director", Role.DIRECTOR, _CITY, "范例市人民政府", known=True),
    Part("fl-lead", Role.CREDIT_LEAD, _PLANNING, "范例市发展和改革委员会", known=True),
    Part("fl-supervisor", Role.SUPERVISOR, _CITY, "范例市人民政府"),
    Part("fl-custodian", Role.CUSTODIAN, _PLANNING, "范例市发展和改革委员会"),
    Part("sl-reviewer", Role.REVIEWER, "1199010000000911X4", "示例市人民政府"),
    Part("system-admin", Role.SYSTEM_ADMIN, _PLANNING, "范例市发展和改革委员会"),
    Part("security-admin", Role.SECURITY_ADMIN, _PLANNING, "范例市发展和改革委员会"),
    Part("audit-admin", Role.AUDIT_ADMIN, _PLANNING, "范例市发展和改革委员会"),
)
#: One that is owed something, and that of the story in which a claim goes all its way.
_FIRMS = (
    ("firm", "91990100MAEX00037P", "示例市样影医疗科技有限公司"),
    ("other-firm", "91990200MAEX000885", "范例市样驰汽车维修有限公司"),
)


def open_accounts(session: Session, secrets: Secrets, *, now: datetime, today: date) -> list[str]:
    """Open them all; returns their names."""
    names = []
    for part in CAST:
        name = f"演示 · {ROLE_CHINESE[part.role]}（{part.short}）"
        if not part.known:
            people.enrol(session, part.handle, name, by=_DEMO, now=now)
            people.post(
                session, part.handle, part.body, part.role, from_on=today, by=_DEMO, now=now
            )
        demonstration.open_account(session, part.handle, name, secrets, by=_DEMO, now=now)
        names.append(name)
    for handle, code, firm in _FIRMS:
        name = f"演示 · {ROLE_CHINESE[Role.ENTERPRISE]}（{firm}）"
        demonstration.open_account(
            session, handle, name, secrets, enterprise=code, by=_DEMO, now=now
        )
        names.append(name)
    return names
