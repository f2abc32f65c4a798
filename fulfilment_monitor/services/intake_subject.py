"""Whom and what a complaint is about: the body, the contract and its obligation on the register."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.bodies import CODES_OF_BODIES
from ..domain.complaints import Item, Message, Respondent
from ..domain.errors import Invalid, Issue
from ..domain.parties import GovernmentKind, Ownership, Side
from ..store.contracts import Contract, Obligation
from ..store.organisations import Organisation
from ..store.sets import among
from . import organisations
from .conflicts import read_kinship

_LEVEL = "finding"


class Subject(NamedTuple):
    """What a complaint turned out to be about."""

    respondent: Organisation
    contract: Contract | None
    #: Whether who complains is the party, as far as is known; informants are not.
    is_party: bool
    #: The party, where the register holds a contract of it with that body, which names it anyway;
    #: else nothing in the clear says who it is.
    enterprise_id: int | None
    #: The enterprise of that code, if it is on the register for whatever reason.
    registered_id: int | None
    #: For each item, its obligation.
    obligations: tuple[Obligation | None, ...]
    region: str
    findings: tuple[Issue, ...]


def find_subject(
    session: Session, message: Message, *, by: Actor, now: datetime, today: date
) -> Subject:
    """Look up, and enter a body that nobody has entered yet; never who complains.

    Raises:
        Invalid: the respondent cannot be told, or the contract is one of several.
    """
    findings: list[Issue] = []
    respondent = _respondent(session, message.respondent, findings, by, now)
    enterprise = _enterprise(session, message)
    near = read_kinship(session, [respondent.id], today).kin(respondent.id)
    contract = _contract(session, message, near, enterprise)
    if contract is None:
        findings.append(finding("/contract_no", "contract-unregistered", "合同未登记，已提示补登"))
    elif contract.government_id not in near:
        detail = "合同登记的政府一方不是被投诉主体，请核对"
        findings.append(finding("/respondent", "respondent-differs", detail))
    is_party = _is_party(message, contract, enterprise, findings)
    known = is_party and enterprise is not None and _deals(session, enterprise.id, near)
    obligations = tuple(
        _obligation(session, contract, item, n, findings) for n, item in enumerate(message.items)
    )
    region = _region(message, contract, respondent)
    registered_id = None if enterprise is None else enterprise.id
    return Subject(
        respondent,
        contract,
        is_party,
        registered_id if known else None,
        registered_id,
        obligations,
        region,
        tuple(findings),
    )


def owing(session: Session, subject: Subject, obligation: Obligation | None, on: date) -> int:
    """The body a claim is against: the obligor, or who took over from it by then."""
    owed_by = subject.respondent.id
    if obligation is not None and subject.contract is not None:
        owed_by = subject.contract.government_id
        if obligation.obligor_code is not None:
            named = select(Organisation.id).where(Organisation.code == obligation.obligor_code)
            owed_by = session.scalar(named) or owed_by
    return organisations.responsible(session, [owed_by], on)[owed_by]


# --- whom -------------------------------------------------------------------------------------


def _respondent(
    session: Session, named: Respondent, findings: list[Issue], by: Actor, now: datetime
) -> Organisation:
    if named.code is None:
        return _by_name(session, named.name or "")
    query = select(Organisation).where(Organisation.code == named.code)
    found = session.scalars(query).one_or_none()
    if found is not None:
        if found.side != Side.GOVERNMENT.value:
            findings.append(_no_body())
        return found
    if named.name is None:
        raise Invalid([Issue("/respondent/name", "missing-field", "名录中没有该代码，请写明名称")])
    if named.code.startswith(CODES_OF_BODIES):
        organ = named.code.startswith(CODES_OF_BODIES[0])
        kind = GovernmentKind.ORGAN if organ else GovernmentKind.INSTITUTION
        if organisations.register_body(session, named.code, named.name, kind.value, by=by, now=now):
            detail = "名录中没有该单位，已登记，请补全"
            findings.append(finding("/respondent/uscc", "body-new", detail))
    else:
        findings.append(_no_body())
        organisations.enter_once(session, named.code, named.name, Side.ENTERPRISE, None, now=now)
    return session.scalars(query).one()


def _no_body() -> Issue:
    detail = "被投诉主体不是机关、事业单位，受理时告知其他渠道"
    return finding("/respondent", "not-public-body", detail)


def _by_name(session: Session, name: str) -> Organisation:
    query = select(Organisation).where(
        Organisation.name == name, Organisation.side == Side.GOVERNMENT.value
    )
    found = session.scalars(query.limit(2)).all()
    if not found:
        detail = "名录中没有该名称的单位，请写明统一社会信用代码"
        raise Invalid([Issue("/respondent/name", "unknown", detail)])
    if len(found) > 1:
        detail = "名录中有多个同名单位，请写明统一社会信用代码"
        raise Invalid([Issue("/respondent/name", "ambiguous", detail)])
    return found[0]


# --- by whom ----------------------------------------------------------------------------------


def _enterprise(session: Session, message: Message) -> Organisation | None:
    """The enterprise that says it is the party, where the register knows it."""
    who = message.complainant
    if who.informant or who.code is None:
        return None
    return session.scalars(select(Organisation).where(Organisation.code == who.code)).one_or_none()


def _is_party(
    message: Message,
    contract: Contract | None,
    enterprise: Organisation | None,
    findings: list[Issue],
) -> bool:
    who = message.complainant
    if who.informant:
        return False
    if who.code is None:
        detail = "未写明统一社会信用代码，核明身份前按线索提供人处理，仅告知收到"
        findings.append(finding("/complainant", "complainant-unidentified", detail))
        return False
    if contract is not None and (enterprise is None or contract.enterprise_id != enterprise.id):
        detail = "不是该合同的相对方，按线索提供人处理，仅告知收到"
        findings.append(finding("/complainant", "not-the-party", detail))
        return False
    if who.ownership is Ownership.UNKNOWN and contract is None:
        detail = "企业类型未知，视为民营企业或者中小企业，待核实"
        findings.append(finding("/complainant/ownership", "ownership-unknown", detail))
    return True


def _deals(session: Session, enterprise_id: int, bodies: set[int]) -> bool:
    """Whether the register holds a contract of an enterprise with one of some bodies."""
    query = select(Contract.id).where(
        Contract.enterprise_id == enterprise_id, among(session, Contract.government_id, bodies)
    )
    return session.scalar(query.limit(1)) is not None


# --- what -------------------------------------------------------------------------------------


def _contract(
    session: Session, message: Message, near: set[int], enterprise: Organisation | None
) -> Contract | None:
    """By its number, of the body, or one it came from or became; or of the enterprise."""
    number = message.contract_no or (message.described and message.described.contract_no)
    if not number:
        return None
    named = (Contract.contract_no == number) | (Contract.ulid == number)
    found = session.scalars(select(Contract).where(named).order_by(Contract.id)).all()
    of_body = [c for c in found if c.government_id in near]
    of_both = [c for c in of_body if enterprise is not None and c.enterprise_id == enterprise.id]
    of_firm = [c for c in found if enterprise is not None and c.enterprise_id == enterprise.id]
    for way in (of_both, of_body, of_firm):
        if len(way) == 1:
            return way[0]
        if way:
            detail = f"有{len(way)}份合同使用该编号，请写明是哪一份"
            raise Invalid([Issue("/contract_no", "ambiguous", detail)])
    return None


def _obligation(
    session: Session, contract: Contract | None, item: Item, n: int, findings: list[Issue]
) -> Obligation | None:
    if contract is None or item.obligation is None:
        return None
    query = select(Obligation).where(
        Obligation.contract_id == contract.id, Obligation.key == item.obligation
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        detail = "合同中没有登记该项义务，按投诉事项办理"
        findings.append(finding(f"/items/{n}/obligation", "obligation-unknown", detail))
    elif found.obligor != Side.GOVERNMENT.value:
        detail = "该项义务由企业履行，不能投诉政府一方"
        raise Invalid([Issue(f"/items/{n}/obligation", "owed-by-enterprise", detail)])
    return found


def _region(message: Message, contract: Contract | None, respondent: Organisation) -> str:
    if contract is not None:
        return contract.region
    found = respondent.region or message.region
    if found is None:
        detail = "名录中没有被投诉主体的行政区划，请在合同说明中写明"
        raise Invalid([Issue("/contract/region", "missing-field", detail)])
    return found


def finding(pointer: str, code: str, detail: str) -> Issue:
    """Worth a look; the complaint is taken in."""
    return Issue(pointer, code, detail, _LEVEL)
