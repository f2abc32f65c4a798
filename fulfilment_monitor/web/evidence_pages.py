"""Hand out what proves a statement or a step, to whoever may read the contract or the case."""

from flask import Blueprint, Response

from ..domain.access import Action
from ..domain.errors import NotFound
from ..gateways import evidence_store
from ..premises import premises
from ..services import evidence as files
from ..services.amendments import paper_name
from ..services.facts import evidence_name
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
        contract_id = contract_in_sight(
            session, Action.CONTRACT_READ, actor(), wanted, today, house.policy
        )
        name = evidence_name(session, contract_id, sha256)
        name = name or paper_name(session, contract_id, sha256)
    return _handed_out(sha256, name)


@bp.get("/cases/<ulid>/evidence/<sha256>")
@opens_to(Action.CASE_READ)
def of_case(ulid: str, sha256: str) -> Response:
    """What was handed in with a step of a case the reader sees."""
    with premises().house.readers() as session:
        case = find(reading(session), ulid)
        brought = _who_named(case, sha256)
        name = files.name_given(session, sha256, brought)
    return _handed_out(sha256, name)


def _who_named(case: Shown, sha256: str) -> list[str]:
    """Who took steps that name a file; a name alone opens nothing, it must have been theirs."""
    return [
        event["actor"]
        for claim in case["claims"]
        for event in claim["events"]
        if any(proof.sha256 == sha256 for proof in proofs_of(event["details"]))
    ]


def _handed_out(sha256: str, name: str | None) -> Response:
    """A file to be saved, never shown inside a page; whole, or not at all.

    Raises:
        NotFound: nobody whom the reader follows has given it a name.
    """
    if name is None:
        raise NotFound(f"no file {sha256[:64]}")
    folder = premises().house.settings.evidence_path()
    content = b"".join(evidence_store.chunks(folder, sha256))
    return Response(content, headers=dict(files.headers_for_download(name)))
