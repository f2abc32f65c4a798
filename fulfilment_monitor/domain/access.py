"""Who may do what, and how far it reaches: one table, asked by every door and every verb.

Deny by default: what stands in no row is for nobody. How far a permission reaches in the register
is turned into conditions of a query by `services.sight`.
"""

from collections.abc import Mapping
from enum import StrEnum

from .authority import ADMINISTRATORS, Actor, Forbidden, Role
from .facts import Source


class Action(StrEnum):
    """What one may want to do; the rows of the access matrix."""

    CONTRACT_CREATE = "contract.create"
    CONTRACT_NOTICE = "contract.notice"
    CONTRACT_READ = "contract.read"
    CONTRACT_AMEND = "contract.amend"
    FACT_STATE = "fact.state"
    FACT_ANSWER = "fact.answer"
    #: Bring a file, for a statement or a step that names it.
    EVIDENCE_KEEP = "evidence.keep"
    CONTACT_CHANGE = "contact.change"
    #: Of an enterprise of the region, by two people of the office that leads there.
    CONTACT_REPLACE = "contact.replace"
    ALERT_READ = "alert.read"
    LEAD_READ = "lead.read"
    CASE_READ = "case.read"
    CASE_STEP = "case.step"
    #: To answer what another body that handles a claim has asked.
    CASE_HELP = "case.help"
    COMPLAINT_FILE = "complaint.file"
    #: What channels hand over in their own form, and how it stands; for platforms, never persons.
    CHANNEL_PUSH = "channel.push"
    CREDIT_READ = "credit.read"
    MEASURE_READ = "measure.read"
    MEASURE_SET = "measure.set"
    SUPERVISE = "supervise"
    STATISTICS = "statistics"
    EXPORT = "export"
    IMPORT = "import"
    LAW_CHANGE = "law.change"
    ACCOUNT_MANAGE = "account.manage"
    STAFF_MANAGE = "staff.manage"
    ROLE_GRANT = "role.grant"
    PARTNER_KEYS = "partner.keys"
    JOB_RUN = "job.run"
    AUDIT_READ = "audit.read"
    DEAD_LETTERS = "dead-letters"
    #: What every signed-in account may: its own password, sessions, second factor.
    OWN_ACCOUNT = "account.own"


class Reach(StrEnum):
    """How far: the scope letters of the access matrix."""

    OWN = "O"
    SUBTREE = "T"
    REGION = "R"
    CASE = "C"
    ENTERPRISE = "E"
    #: Everything: the service itself.
    ALL = "*"
    #: Where nothing of the register is touched.
    FREE = "-"


_STAFF_OF_CASES = {Role.HANDLER: Reach.CASE, Role.DIRECTOR: Reach.CASE, Role.REVIEWER: Reach.CASE}
_REGIONAL = {Role.CREDIT_LEAD: Reach.REGION, Role.SUPERVISOR: Reach.REGION}
_DEBTOR = {Role.CLERK: Reach.OWN, Role.HEAD: Reach.OWN}
_READERS: Mapping[Role, Reach] = {
    Role.CLERK: Reach.OWN,
    Role.HEAD: Reach.SUBTREE,
    **_REGIONAL,
    **_STAFF_OF_CASES,
    Role.INTAKE: Reach.CASE,
    Role.ENTERPRISE: Reach.ENTERPRISE,
}
_OFFICERS: Mapping[Role, Reach] = {
    **_REGIONAL,
    **_STAFF_OF_CASES,
    Role.INTAKE: Reach.CASE,
    Role.CUSTODIAN: Reach.CASE,
}

#: Action → role → how far. The service itself, on its own machine, stands in no row: it may all.
MAY: Mapping[Action, Mapping[Role, Reach]] = {
    Action.CONTRACT_CREATE: _DEBTOR,
    Action.CONTRACT_NOTICE: {Role.ENTERPRISE: Reach.ENTERPRISE},
    Action.CONTRACT_READ: _READERS,
    Action.CONTRACT_AMEND: _DEBTOR,
    Action.FACT_STATE: {**_DEBTOR, Role.ENTERPRISE: Reach.ENTERPRISE},
    Action.FACT_ANSWER: {**_DEBTOR, Role.ENTERPRISE: Reach.ENTERPRISE},
    Action.EVIDENCE_KEEP: {**_OFFICERS, **_DEBTOR, Role.ENTERPRISE: Reach.ENTERPRISE},
    Action.CONTACT_CHANGE: {Role.ENTERPRISE: Reach.ENTERPRISE},
    Action.CONTACT_REPLACE: {Role.CREDIT_LEAD: Reach.REGION},
    Action.ALERT_READ: {
        **_DEBTOR,
        Role.HEAD: Reach.SUBTREE,
        **_REGIONAL,
        Role.ENTERPRISE: Reach.ENTERPRISE,
    },
    Action.LEAD_READ: _READERS,
    Action.CASE_READ: {**_OFFICERS, **_DEBTOR, Role.ENTERPRISE: Reach.ENTERPRISE},
    Action.CASE_STEP: {**_OFFICERS, **_DEBTOR, Role.ENTERPRISE: Reach.ENTERPRISE},
    Action.CASE_HELP: {**_DEBTOR, Role.HANDLER: Reach.CASE, Role.DIRECTOR: Reach.CASE},
    Action.COMPLAINT_FILE: {
        Role.PUBLIC: Reach.FREE,
        Role.ENTERPRISE: Reach.ENTERPRISE,
        Role.INTAKE: Reach.FREE,
        Role.CREDIT_LEAD: Reach.REGION,
        Role.PARTNER: Reach.FREE,
    },
    Action.CHANNEL_PUSH: {Role.PARTNER: Reach.FREE},
    Action.CREDIT_READ: dict.fromkeys(
        (*_READERS, Role.CUSTODIAN, Role.PUBLIC, Role.PARTNER), Reach.FREE
    ),
    Action.MEASURE_READ: {**_OFFICERS, **_DEBTOR},
    Action.MEASURE_SET: {
        Role.CREDIT_LEAD: Reach.REGION,
        Role.HANDLER: Reach.CASE,
        Role.DIRECTOR: Reach.CASE,
        Role.HEAD: Reach.OWN,
    },
    Action.SUPERVISE: {Role.SUPERVISOR: Reach.REGION, Role.CREDIT_LEAD: Reach.REGION},
    Action.STATISTICS: {
        Role.CLERK: Reach.OWN,
        Role.HEAD: Reach.SUBTREE,
        **_REGIONAL,
        **_STAFF_OF_CASES,
    },
    Action.EXPORT: {
        Role.CLERK: Reach.OWN,
        Role.HEAD: Reach.SUBTREE,
        **_REGIONAL,
        Role.ENTERPRISE: Reach.ENTERPRISE,
    },
    Action.IMPORT: _DEBTOR,
    Action.LAW_CHANGE: {Role.CREDIT_LEAD: Reach.REGION, Role.SECURITY_ADMIN: Reach.FREE},
    Action.ACCOUNT_MANAGE: {Role.SYSTEM_ADMIN: Reach.FREE},
    Action.STAFF_MANAGE: {Role.ENTERPRISE: Reach.ENTERPRISE},
    Action.ROLE_GRANT: {Role.SECURITY_ADMIN: Reach.FREE},
    Action.PARTNER_KEYS: {Role.SECURITY_ADMIN: Reach.FREE},
    Action.JOB_RUN: {Role.SYSTEM_ADMIN: Reach.FREE},
    Action.AUDIT_READ: {Role.AUDIT_ADMIN: Reach.FREE},
    Action.DEAD_LETTERS: {Role.SYSTEM_ADMIN: Reach.FREE, Role.CREDIT_LEAD: Reach.REGION},
    Action.OWN_ACCOUNT: dict.fromkeys((*_READERS, Role.CUSTODIAN, *ADMINISTRATORS), Reach.FREE),
}

#: Acts that ask for the second factor anew, given at most five minutes ago.
STEP_UP = frozenset(
    {
        Action.ROLE_GRANT,
        Action.PARTNER_KEYS,
        Action.JOB_RUN,
        Action.CONTACT_CHANGE,
        Action.ACCOUNT_MANAGE,
        Action.STAFF_MANAGE,
    }
)


#: For whom a capacity may state and answer what happened.
_SPEAKS: Mapping[Role, Source] = {
    Role.CLERK: Source.GOVERNMENT,
    Role.HEAD: Source.GOVERNMENT,
    Role.ENTERPRISE: Source.ENTERPRISE,
}


def refuse_voice(side: Source, by: Actor) -> None:
    """Nobody speaks for the other side.

    Raises:
        Forbidden: none of the actor's capacities speaks for this side.
    """
    if not by.is_service and side not in {_SPEAKS.get(role) for role in by.roles}:
        raise Forbidden(f"you do not speak for {side.value}")


def reaches(action: Action, by: Actor) -> frozenset[Reach]:
    """How far an actor may do something; empty where not at all."""
    if by.is_service:
        return frozenset({Reach.ALL})
    return frozenset(reach for role, reach in MAY[action].items() if role in by.roles)


def refuse(action: Action, by: Actor) -> frozenset[Reach]:
    """How far an actor may do something.

    Raises:
        Forbidden: none of the actor's capacities has this function.
    """
    found = reaches(action, by)
    if not found:
        wanted = [r.value for r in MAY[action]]
        raise Forbidden("needs: " + ", ".join(wanted), roles=wanted)
    return found
