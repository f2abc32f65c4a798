"""Who acts, and in which capacity. Every verb takes the acting person and puts it on the record."""

from enum import StrEnum
from typing import NamedTuple

from .errors import Refusal


class Role(StrEnum):
    """A capacity somebody acts in; people hold them by posts in bodies, from day to day."""

    #: 经办人 and 负责人 of a body that owes something.
    CLERK = "clerk"
    HEAD = "head"
    #: 受理单位: takes complaints in and passes them on.
    INTAKE = "intake"
    #: 认定部门: the superior or competent body; its officer, and its head who approves.
    HANDLER = "handler"
    DIRECTOR = "director"
    #: 信用牵头部门 of a region.
    CREDIT_LEAD = "credit_lead"
    #: 督办: sees what is stuck in its region.
    SUPERVISOR = "supervisor"
    #: Decides objections, one level above the body that decided.
    REVIEWER = "reviewer"
    #: Keeps the identities of complainants.
    CUSTODIAN = "custodian"
    COMPLAINANT = "complainant"
    RESPONDENT = "respondent"
    #: A part of the service itself.
    SYSTEM = "system"
    #: 三员: exclude each other.
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    #: From outside the public bodies: an enterprise's account, another platform, anybody.
    ENTERPRISE = "enterprise"
    PARTNER = "partner"
    PUBLIC = "public"


#: 三员: nobody holds two of them, nor one of them beside another post (等保 职责分离).
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
#: Capacities a post or an act on a claim can be in.
CAPACITIES = tuple(r for r in Role if r not in (Role.ENTERPRISE, Role.PARTNER, Role.PUBLIC))

ROLE_CHINESE = {
    Role.CLERK: "经办人",
    Role.HEAD: "单位负责人",
    Role.INTAKE: "受理单位",
    Role.HANDLER: "认定部门",
    Role.DIRECTOR: "认定部门负责人",
    Role.CREDIT_LEAD: "信用牵头部门",
    Role.SUPERVISOR: "督办",
    Role.REVIEWER: "上一级复核",
    Role.CUSTODIAN: "身份保管人",
    Role.COMPLAINANT: "投诉人",
    Role.RESPONDENT: "被投诉主体",
    Role.SYSTEM: "系统",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
    Role.ENTERPRISE: "企业",
    Role.PARTNER: "伙伴平台",
    Role.PUBLIC: "公众",
}


class Actor(NamedTuple):
    """Whoever answers for an act: a person's account, or a part of the service itself."""

    name: str
    #: The person's number, and that of the body or enterprise acted for; None for the service.
    person: int | None = None
    body: int | None = None
    roles: frozenset[Role] = frozenset()

    @property
    def is_service(self) -> bool:
        return Role.SYSTEM in self.roles


_LONGEST_HANDLE = 80


def handle_fault(handle: str) -> str | None:
    """Why something cannot be what a person is called here.

    A colon is for names of programs (`key:…`, `system:…`): what they did is theirs by name.
    """
    fine = handle.isprintable() and not any(c.isspace() or c in ":：" for c in handle)
    if fine and 0 < len(handle) <= _LONGEST_HANDLE:
        return None
    return f"账号为 1 至 {_LONGEST_HANDLE} 个字符，不含空格和冒号"


class Forbidden(Refusal):
    """This capacity does not have that function at all."""

    code = "forbidden"
    title = "This is not for you to do"
    status = 403


class Conflict(Refusal):
    """Who would act stands too near to the body the case is about."""

    code = "conflict_of_interest"
    title = "A conflict of interest"
    status = 409


def operator(name: str) -> Actor:
    """Whoever works at the machine itself: nothing there is kept from them but what is sealed."""
    return Actor(name[:120], roles=frozenset({Role.SYSTEM}))


#: Anybody who comes in from the street.
VISITOR = Actor("public", roles=frozenset({Role.PUBLIC}))
#: The daily sweep, acting without a person.
SWEEP = Actor("system:sweep", roles=frozenset({Role.SYSTEM}))
