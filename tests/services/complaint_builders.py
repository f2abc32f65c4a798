"""What tests of complainants arrange: complaints as rows, their vault and receipts, two people.

The town is that of `case_builders`. A complaint is about the payment of a contract, or about a
matter nobody has registered; its claim is held by the county unless told otherwise.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.authority import Actor
from fulfilment_monitor.domain.case_codes import Addressee, Breach, Origin
from fulfilment_monitor.domain.cases import State
from fulfilment_monitor.domain.secrets import Secrets
from fulfilment_monitor.gateways.keyring import open_keyring
from fulfilment_monitor.house import House
from fulfilment_monitor.services import receipts, vault
from fulfilment_monitor.store.cases import Case, Claim
from fulfilment_monitor.store.complaints import Complaint, ComplaintClaim
from fulfilment_monitor.store.contracts import Contract, Obligation
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.leads import Lead
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services.builders import day, office
from tests.services.case_builders import BUREAU, COUNTY, COUNTY_CREDIT, actor

ON = "2025-11-03"


def noon(on: str = ON, hours: float = 0) -> datetime:
    """Nine in the morning of a day in Beijing, and some hours later."""
    return at(day(on)) + timedelta(hours=hours)


def keys(folder: Path) -> Secrets:
    return open_keyring(folder / "keys")


def body_id(session: Session, code: str) -> int:
    return session.scalars(select(Organisation.id).where(Organisation.code == code)).one()


# --- cases and complaints ---------------------------------------------------------------------


def a_claim(
    house: House,
    number: str | None = None,
    *,
    on: str = ON,
    state: State = State.VERIFYING,
    respondent: str = BUREAU,
    holder: str = COUNTY,
    of_sweep: bool = False,
    **more: Any,
) -> str:
    """A case with one claim: on the payment of a contract, or on something unregistered.

    Of the sweep: the claim it has made of its lead, where it has been there.
    """
    now = noon(on)
    with house.sessions.begin() as session:
        contract = session.scalars(select(Contract).where(Contract.contract_no == number)).first()
        obligation = (
            contract
            and session.scalars(
                select(Obligation).where(Obligation.contract_id == contract.id)
            ).one()
        )
        lead = (
            obligation
            and session.scalars(select(Lead.id).where(Lead.obligation_id == obligation.id)).first()
        )
        made = lead and session.scalars(select(Claim).where(Claim.lead_id == lead)).first()
        if made:
            made.state, made.state_on = state.value, day(on)
            return made.ulid
        accused = body_id(session, respondent)
        case = Case(
            ulid=new_ulid(now), contract_id=contract and contract.id, respondent_id=accused,
            region="340321", field=contract.field if contract else "procurement",
            origin=(Origin.SCHEDULE if of_sweep else Origin.COMPLAINT).value, natures=[],
            confidential=False, opened_on=day(on), opened_at=now, opened_by="test",
        )  # fmt: skip
        session.add(case)
        session.flush()
        facts = {
            "state": state.value, "state_on": day(on), "claimed_fen": 100_000,
            "addressee": Addressee.SUPERIOR.value, "breach": Breach.ARREARS.value,
            "closed_on": None, "closed_at": None, "contested": False,
            "holder_id": body_id(session, holder),
        }  # fmt: skip
        claim = Claim(
            ulid=new_ulid(now), case_id=case.id, obligation_id=obligation and obligation.id,
            lead_id=lead if of_sweep else None, respondent_id=accused, returned=0,
            intake_id=body_id(session, COUNTY_CREDIT), sme_payment=False, listed=False, version=0,
            opened_on=day(on), opened_at=now, **(facts | more),
        )  # fmt: skip
        session.add(claim)
        session.flush()
        return claim.ulid


class Complained(NamedTuple):
    """A complaint, and the code that was given out."""

    ulid: str
    id: int
    code: str


def complain(
    house: House,
    secrets: Secrets,
    *claims: str,
    on: str = ON,
    confidential: bool = True,
    enterprise: str | None = None,
    summary: str | None = None,
    informant: bool = False,
    **items: Any,
) -> Complained:
    """The party complains of claims, or an informant; `items` go to the vault."""
    now = noon(on)
    with house.sessions.begin() as session:
        found = session.scalars(select(Claim).where(Claim.ulid.in_(claims))).all()
        complaint = Complaint(
            ulid=new_ulid(now), case_id=found[0].case_id, channel="credit-site",
            origin=Origin.COMPLAINT.value, confidential=confidential, refuses_contact=False,
            enterprise_id=enterprise and body_id(session, enterprise), summary=summary,
            declared={} if informant else {"party": "0" * 64}, digest="0" * 64,
            received_on=day(on), received_at=now, recorded_by="test",
        )  # fmt: skip
        session.add(complaint)
        session.flush()
        for claim in found:
            session.get_one(Case, claim.case_id).confidential |= confidential
            session.add(
                ComplaintClaim(
                    complaint_id=complaint.id,
                    claim_id=claim.id,
                    breach=Breach.ARREARS.value,
                    joined_at=now,
                )
            )
        session.flush()
        vault.keep(session, complaint.id, items, secrets, by=Actor("test"), now=now)
        code = receipts.make(session, complaint.id, secrets, now=now)
        return Complained(complaint.ulid, complaint.id, code)


# --- two people -------------------------------------------------------------------------------


def ask(
    house: House,
    complaint: str,
    *items: str,
    who: str = "handler",
    on: str = ON,
    motive: str = "核实付款情况，需要当面询问",
) -> str:
    """Ask to open; returns the request."""
    by = actor(house, who, on)
    with house.sessions.begin() as session:
        request = vault.ask_to_open(
            session, complaint, items or ("identity",), motive,
            by=by, office=office(house), now=noon(on), today=day(on),
        )  # fmt: skip
        return request.ulid


def decide(
    house: House, request: str, *, approve: bool = True, who: str = "custodian", on: str = ON
) -> None:
    by = actor(house, who, on)
    with house.sessions.begin() as session:
        vault.decide(
            session, request, approve=approve,
            by=by, office=office(house), now=noon(on), today=day(on),
        )  # fmt: skip


def look(
    house: House,
    request: str,
    secrets: Secrets,
    who: str = "handler",
    on: str = ON,
    after: float = 1,
) -> dict[str, Any]:
    """Open what was approved, some hours after nine."""
    by = actor(house, who, on)
    with house.sessions.begin() as session:
        return vault.open_items(
            session, request, secrets,
            by=by, office=office(house), now=noon(on, after), today=day(on),
        )  # fmt: skip


def opened(house: House, complaint: str, secrets: Secrets, *items: str) -> dict[str, Any]:
    """The whole way: asked, approved, seen."""
    request = ask(house, complaint, *items)
    decide(house, request)
    return look(house, request, secrets)


# --- what can be seen -------------------------------------------------------------------------


def statements(session: Session, work: Callable[[], object]) -> list[str]:
    """The SQL that some work sends."""
    sent: list[str] = []
    connection = session.connection()

    def note(*given: Any) -> None:
        sent.append(given[2])

    event.listen(connection, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return sent


def hits(haystack: Iterable[object], needles: Iterable[str]) -> set[str]:
    """Which of some words occur in anything of a heap, however it is written there."""
    text = "\n".join(map(str, haystack))
    return {n for n in needles if n in text}
