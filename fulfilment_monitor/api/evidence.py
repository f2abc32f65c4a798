"""Files that prove something: handed in first, named by their digests afterwards."""

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.errors import Invalid, Issue
from ..gateways import evidence_store
from ..premises import premises
from ..schemas.api import evidence as shapes
from ..services import evidence as files
from .callers import actor, opens_to
from .document import PREFIX, Blueprint, changes
from .once import Doing, Done, once

bp = Blueprint(
    "api_evidence", __name__, url_prefix=PREFIX, description="Files that prove something"
)

_FORM = "multipart/form-data"
_PART = "file"
_TAKES = {
    "required": True,
    "content": {
        _FORM: {
            "schema": {
                "type": "object",
                "properties": {_PART: {"type": "string", "format": "binary"}},
                "required": [_PART],
            },
            "example": {_PART: "回单.pdf"},
        }
    },
}


@bp.post("/evidence")
@opens_to(Action.EVIDENCE_KEEP, Scope.FACTS_WRITE)
@changes()
@bp.doc(requestBody=_TAKES)
@bp.response(201, shapes.KeptOut)
def hand_in() -> Response:
    """Hand in a file as the part `file`; statements and steps then name it by its digest.

    A digest alone opens nothing: only who handed a file in can name it, and it is then read by
    whoever reads the contract or the case.
    """
    if request.mimetype != _FORM:
        raise UnsupportedMediaType
    request.get_data(cache=True)  # as it came, for `once`; the form is read from that
    given = request.files.getlist(_PART)
    if len(given) != 1 or not given[0].filename:
        raise Invalid([Issue(f"/{_PART}", "missing-field", "one file with a name")])
    settings = premises().house.settings
    with given[0].stream as stream:
        kept, content = evidence_store.examine(
            stream,  # type: ignore[arg-type]
            given[0].filename,
            settings.evidence_bytes(),
            f"/{_PART}",
        )

    def keep(doing: Doing) -> Done:
        files.keep_files(doing.session, [kept], by=actor(), now=doing.now)
        evidence_store.keep(settings.evidence_path(), kept.sha256, content)
        return Done(kept._asdict())

    return once(shapes.KeptOut, keep)
