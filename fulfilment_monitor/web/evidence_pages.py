"""Hand out what proves a statement or a step, to whoever may read the contract or the case."""

from collections.abc import Mapping

from flask import Blueprint, Response

from ..domain.access import Action
from ..domain.errors import NotFound
from ..gateways import evidence_store
from ..premises import premises
from ..services import evidence as files
from ..services.amendments import is_paper_of
from ..services.facts import is_evidence_of
from ..services.sight import contract_in_sight
from . import queries
from .case_file import find, reading
from .dossier import Shown
from .guard import actor, opens_to
from .proofs import proofs_of

bp = Blueprint("files", __name__)


@bp.get("/contracts/<ulid>/evidence/<sha256>")
@opens_to(Action.CONTRACT_READ)
def evidence(ulid: str, sha256: str) -> Response:
    """What proves a statement, or was signed for a change."""
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        wanted = queries.check_ulid(ulid)
        contract_id = contract_in_sight(session, Action.CONTRACT_READ, actor(), wanted, today)
        named = is_evidence_of(session, contract_id, sha256)
        if not named and not is_paper_of(session, contract_id, sha256):
            raise NotFound(f"no file {sha256[:64]}")
        headers = files.headers_for_download(files.find_file(session, sha256))
    return _handed_out(sha256, headers)


@bp.get("/cases/<ulid>/evidence/<sha256>")
@opens_to(Action.CASE_READ)
def of_case(ulid: str, sha256: str) -> Response:
    """What was handed in with a step of a case the reader sees."""
    with premises().house.readers() as session:
        case = find(reading(session), ulid)
        brought = _who_named(case, sha256)
        if not any(files.handed_in(session, [sha256], who) for who in brought):
            raise NotFound(f"no file {sha256[:64]}")
        headers = files.headers_for_download(files.find_file(session, sha256))
    return _handed_out(sha256, headers)


def _who_named(case: Shown, sha256: str) -> set[str]:
    """Who took steps that name a file; a name alone opens nothing, it must have been theirs."""
    return {
        event["actor"]
        for claim in case["claims"]
        for event in claim["events"]
        if any(proof.sha256 == sha256 for proof in proofs_of(event["details"]))
    }


def _handed_out(sha256: str, headers: Mapping[str, str]) -> Response:
    """A file to be saved, never shown inside a page; whole, or not at all."""
    folder = premises().house.settings.evidence_path()
    content = b"".join(evidence_store.chunks(folder, sha256))
    return Response(content, headers=dict(headers))
