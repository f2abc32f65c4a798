"""The code lists of the standard and what each code becomes here."""

import re
from typing import Any

from ..contracts import Field, Kind, Subject
from ..parties import Side
from .values import obj, objs, text, texts

#: The scheme under which our own codes are published. The list of schemes (org-id.guide) has no
#: code for the unified social credit code itself; this is the usual one, not a confirmed one.
CHINA_SCHEME = "CN-SAIC"
CHINESE_SCHEMES = frozenset({CHINA_SCHEME, "CN-USCC"})
#: A local prefix, plainly not one that the standard's helpdesk gave out.
LOCAL_PREFIX = "ocds-fmlocal"
#: The member of a document that carries what the standard has no place for.
EXTENSION = "fulfilment"

TAGS = frozenset(
    f"{stage}{step}"
    for stage, steps in {
        "planning": ("", "Update"),
        "tender": ("", "Amendment", "Update", "Cancellation"),
        "award": ("", "Update", "Cancellation"),
        "contract": ("", "Update", "Amendment", "Termination"),
        "implementation": ("", "Update"),
        "compiled": ("",),
    }.items()
    for step in steps
)
CONTRACT_STATUSES = frozenset({"pending", "active", "cancelled", "terminated"})
ENDED_STATUSES = frozenset({"cancelled", "terminated"})
MILESTONE_STATUSES = frozenset({"scheduled", "met", "notMet", "partiallyMet"})
MET = "met"
AMENDMENT_TAG = "contractAmendment"

#: What a milestone of some type is here, and who owes it unless something says otherwise.
MILESTONE_KINDS: dict[str, tuple[Kind, Side]] = {
    "delivery": (Kind.DELIVERY, Side.ENTERPRISE),
    "payment": (Kind.PAYMENT, Side.GOVERNMENT),
    "approval": (Kind.ACCEPTANCE, Side.GOVERNMENT),
    "reporting": (Kind.OTHER, Side.ENTERPRISE),
    "assembly": (Kind.OTHER, Side.ENTERPRISE),
    "engagement": (Kind.OTHER, Side.ENTERPRISE),
    "financing": (Kind.OTHER, Side.ENTERPRISE),
    "financial": (Kind.OTHER, Side.ENTERPRISE),
}
OTHER_MILESTONE = (Kind.OTHER, Side.ENTERPRISE)
#: And back: the type under which each kind is published.
MILESTONE_TYPES: dict[Kind, str] = {
    Kind.DELIVERY: "delivery",
    Kind.ACCEPTANCE: "approval",
    Kind.PAYMENT: "payment",
    Kind.DEPOSIT_RETURN: "payment",
    Kind.SETTLEMENT: "approval",
    Kind.PERMIT: "approval",
    Kind.LAND_OR_SITE: "delivery",
    Kind.INVOICE: "reporting",
}
OTHER_TYPE = "other"

SUBJECTS = {"goods": Subject.GOODS, "works": Subject.WORKS, "services": Subject.SERVICES}

#: Fields of which contracts are published: what is bought, and nothing of the other fields.
PUBLISHED_FIELDS = (
    Field.PROCUREMENT,
    Field.BIDDING,
    Field.PPP,
    Field.GOVERNMENT_INVESTMENT,
)
_TENDERED = frozenset({"open", "selective"})
#: Members and roles that only the profile for public-private partnerships has.
_PPP_MEMBERS = frozenset({"riskAllocation", "financeSummary", "shareholders"})
_PPP_ROLES = frozenset({"privateParty", "publicAuthority"})


def field_of(compiled: dict[str, Any], contract: dict[str, Any]) -> Field:
    """Which field of the register a published contract belongs to."""
    roles = {r for p in objs(compiled.get("parties")) for r in texts(p.get("roles"))}
    if _PPP_MEMBERS & contract.keys() or _PPP_ROLES & roles:
        return Field.PPP
    method = obj(compiled.get("tender")).get("procurementMethod")
    tendered = isinstance(method, str) and method in _TENDERED
    return Field.BIDDING if tendered else Field.PROCUREMENT


def subject_of(compiled: dict[str, Any]) -> Subject | None:
    """What was bought, where the publisher says so."""
    named = obj(compiled.get("tender")).get("mainProcurementCategory")
    return SUBJECTS.get(named) if isinstance(named, str) else None


_NATURAL = re.compile(
    r"natural[ _-]?person|individual person|pessoa singular|persona f[ií]sica|personne physique"
    r"|自然人",
    re.IGNORECASE,
)


def is_natural_person(party: dict[str, Any]) -> bool:
    """Whether a party is a human being, as far as its name or its details say so."""
    details = [v for v in obj(party.get("details")).values() if isinstance(v, str)]
    return any(_NATURAL.search(said) for said in [text(party.get("name"), 300) or "", *details])
