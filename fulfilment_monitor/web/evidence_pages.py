"""Hand out what proves a statement, to whoever may read the contract."""

from flask import Blueprint, Response

from ..domain.access import Action
from ..domain.errors import NotFound
from ..gateways import evidence_store
from ..services.evidence import find_file, headers_for_download
from ..services.facts import is_evidence_of
from ..services.sight import contract_in_sight
from . import queries
from .guard import actor, opens_to
from .premises import premises

bp = Blueprint("files", __name__)


@bp.get("/contracts/<ulid>/evidence/<sha256>")
@opens_to(Action.CONTRACT_READ)
def evidence(ulid: str, sha256: str) -> Response:
    """One file: to be saved, never shown inside a page; whole, or not at all."""
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        wanted = queries.check_ulid(ulid)
        contract_id = contract_in_sight(session, Action.CONTRACT_READ, actor(), wanted, today)
        if not is_evidence_of(session, contract_id, sha256):
            raise NotFound(f"no file {sha256[:64]}")
        row = find_file(session, sha256)
    content = b"".join(evidence_store.chunks(house.settings.evidence_path(), row.sha256))
    return Response(content, headers=dict(headers_for_download(row)))
