"""Tell other bodies what a determination left: results, records, measures, and their ends.

One message per body, so that each one's delivery can be seen; versions grow per thing and body.
Only codes, days and numbers leave: no identity, no complainant, no words of either side.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.bodies import Matter
from ..store.cases import Case, Claim
from ..store.organisations import Organisation
from . import exchange
from .hierarchy import competent_body
from .kinship import read_kinship
from .office import Office

#: All that a message may say; anything else is a bug and stops here.
ALLOWED = frozenset(
    {
        "claim", "case", "verification", "outcome", "document_no", "served_on", "body", "record",
        "stream", "kind", "state", "on", "measure", "code", "basis", "region", "starts_on",
        "due_on", "confirm_by",
    }
)  # fmt: skip

Said = Mapping[str, str | None]


def tell(
    session: Session, topic: str, key: str, to: Iterable[int | None], said: Said, *, now: datetime
) -> None:
    """Queue one message for each body, in the transaction under way."""
    unknown = said.keys() - ALLOWED
    if unknown:
        raise AssertionError(f"a message never says {', '.join(sorted(unknown))}")
    bodies = {b for b in to if b is not None}
    query = select(Organisation.id, Organisation.code).where(Organisation.id.in_(bodies))
    found = session.execute(query.order_by(Organisation.id))
    told = {f"{key}:{number}": {**said, "to": code} for number, code in found}
    exchange.enqueue_next(session, topic, told, now=now)


def told_result(
    session: Session,
    topic: str,
    claim: Claim,
    case: Case,
    office: Office,
    said: Said,
    *,
    on: date,
    now: datetime,
    upward: bool,
) -> None:
    """Tell the intake unit a result, and the credit leads up to the province where they must know.

    None of them is told that has come near the respondent, who never learns the number of a claim.
    Source: 蚌信用办〔2024〕1号 二（二）; 云发改财金〔2023〕1064号 二（二）.
    """
    to = [claim.intake_id]
    if upward:
        to += leads_above(session, case.region, office, on)
    kinship = read_kinship(session, [claim.respondent_id, *(b for b in to if b is not None)], on)
    to = [b for b in to if b is not None and not kinship.near(b, claim.respondent_id)]
    body = {"claim": claim.ulid, "case": case.ulid, "on": on.isoformat(), **said}
    tell(session, topic, claim.ulid, to, body, now=now)


def leads_above(session: Session, region: str, office: Office, on: date) -> list[int]:
    """The credit leads of a region and of all above it, the nearest first."""
    found: list[int] = []
    here: str | None = region
    while here is not None:
        lead = competent_body(session, Matter.CREDIT_LEAD, here, on, regions=office.regions)
        if lead is None:
            break
        found.append(lead.body_id)
        above = office.regions.superior(lead.region, on)
        here = None if above is None else above.code
    return list(dict.fromkeys(found))
