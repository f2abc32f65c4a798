"""Open contracting data of our own making, small, in the shapes that publishers use."""

import io
import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from fulfilment_monitor.domain.errors import Invalid, Issue
from fulfilment_monitor.domain.ocds.values import exact_json
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.ocds import merger, prepare, read_releases
from fulfilment_monitor.services.publications import Given, add_releases
from tests.conftest import at
from tests.services.builders import CLERK, day, office

Document = dict[str, Any]

MERGE = merger()
OCID = "ocds-zz0000-1"
BUYER = {"id": "ZZ-GOV-1", "name": "Ministry of Examples"}
FIRM = {"id": "ZZ-REG-7", "name": "Example Works Ltd"}
TREASURY = {"id": "ZZ-GOV-9", "name": "Treasury of Examples"}


def a_party(reference: Document, *roles: str, **more: Any) -> Document:
    scheme, _, number = reference["id"].rpartition("-")
    return {**reference, "identifier": {"scheme": scheme, "id": number}, "roles": roles, **more}


def money(amount: str | int, currency: str = "EUR") -> Document:
    return {"amount": Decimal(amount), "currency": currency}


def a_milestone(number: Any, kind: str, due: str | None, **more: Any) -> Document:
    """Scheduled, unless told otherwise; a due day is its midnight two hours east."""
    due_date = None if due is None else f"{due}T00:00:00+02:00"
    shape = {"id": number, "type": kind, "title": f"{kind} {number}", "status": "scheduled"}
    return {**shape, "dueDate": due_date, **more}


def met(milestone: Document, on: str) -> Document:
    return {**milestone, "status": "met", "dateMet": f"{on}T17:30:00+02:00"}


def a_transaction(number: Any, on: str, amount: str, **more: Any) -> Document:
    shape = {"id": number, "date": f"{on}T12:00:00+02:00", "value": money(amount)}
    return {**shape, "payer": BUYER, "payee": FIRM, **more}


def a_contract(*milestones: Document, paid: tuple[Document, ...] = (), **terms: Any) -> Document:
    """Signed 2024-01-10; payments are as they come."""
    work = {"milestones": list(milestones), "transactions": list(paid)}
    shape = {
        "id": "C-1",
        "awardID": "A-1",
        "title": "Repair of a school",
        "dateSigned": "2024-01-10T00:00:00+02:00",
        "implementation": {k: v for k, v in work.items() if v},
    }
    return {**shape, **terms}


def a_release(number: int, on: str, *contracts: Document, **more: Any) -> Document:
    """The parties, the award and some contracts, as of a day."""
    shape = {
        "ocid": OCID,
        "id": f"{OCID}-{number}",
        "date": f"{on}T08:00:00+02:00",
        "tag": ["contract"],
        "initiationType": "tender",
        "parties": [a_party(BUYER, "buyer"), a_party(FIRM, "supplier")],
        "buyer": BUYER,
        "tender": {"id": "T-1", "mainProcurementCategory": "works", "procurementMethod": "open"},
        "awards": [{"id": "A-1", "status": "active", "suppliers": [FIRM]}],
        "contracts": list(contracts),
    }
    return {**shape, **more}


def a_package(*releases: Document, **more: Any) -> Document:
    return {"version": "1.1", "uri": "urn:example", "releases": list(releases), **more}


class Published(NamedTuple):
    """What became of some releases, with all issues in order."""

    results: list[str]
    issues: list[Issue]
    refused: list[Issue]

    @property
    def codes(self) -> Counter[str]:
        return Counter(i.code for i in self.issues)

    def detail(self, code: str) -> str:
        """What the one finding of this code says."""
        (found,) = [i.detail for i in self.issues if i.code == code]
        return found

    def pointer(self, code: str) -> str:
        (found,) = [i.pointer for i in self.issues if i.code == code]
        return found


def publish(house: House, *documents: object, on: str = "2025-07-02") -> Published:
    """Read documents and enter their releases in one batch, on a day."""
    return publish_bytes(house, *(exact_json(d).encode() for d in documents), on=on)


def published(
    session: Session, house: House, *documents: object, on: str = "2025-07-02"
) -> Published:
    """Enter their releases in one batch, in a transaction that goes on."""
    read = _read(exact_json(d).encode() for d in documents)
    return _enter(session, house, *read, on)


def publish_bytes(house: House, *files: bytes, on: str = "2025-07-02") -> Published:
    given, issues, refused = _read(files)
    with house.sessions.begin() as session:
        return _enter(session, house, given, issues, refused, on)


def rehearse(house: House, content: bytes, on: str = "2025-07-02") -> tuple[Published, Published]:
    """What a file does the first time and the second, taken back at the end."""
    given, issues, refused = _read([content])
    with house.sessions() as session:
        first = _enter(session, house, given, issues, refused, on)
        second = _enter(session, house, given, issues, refused, on)
        session.flush()
        session.rollback()
    return first, second


def _read(files: Iterable[bytes]) -> tuple[list[Given], list[Issue], list[Issue]]:
    given: list[Given] = []
    issues: list[Issue] = []
    refused: list[Issue] = []
    for content in files:
        for read in read_releases(io.BytesIO(content)):
            if read.issue is not None:
                (refused if read.issue.level == "error" else issues).append(read.issue)
            if read.document is None or (read.issue and read.issue.level == "error"):
                continue
            try:
                usable, findings = prepare(read.document)
            except Invalid as refusal:
                refused += refusal.issues
                continue
            given.append(usable)
            issues += findings
    return given, issues, refused


def _enter(
    session: Session,
    house: House,
    given: list[Given],
    issues: list[Issue],
    refused: list[Issue],
    on: str,
) -> Published:
    done = add_releases(
        session,
        given,
        merge=MERGE,
        by=CLERK,
        office=office(house),
        now=at(day(on)),
        today=day(on),
    )
    found = [*issues, *(i for outcome in done for i in outcome.issues)]
    return Published([o.result.value for o in done], found, refused)


def as_bytes(document: object) -> bytes:
    return json.dumps(document).encode()
