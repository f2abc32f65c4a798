"""Files handed in with a step of a case: kept as they come, and named in its details."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..domain.evidence import Cited, cite, cited
from ..premises import premises
from ..services.evidence import keep_files
from .attachments import examine, kept, put_on_disk
from .guard import actor
from .step_form import FormField

#: The detail that names what proves a step, and the field its files come in.
DETAIL, FILES = "evidence", "evidence_files"


def brought(values: Mapping[str, Any], fields: Iterable[FormField]) -> dict[str, Any]:
    """What was typed, with the files that came along named in it; they are kept at once.

    A step is looked at before it is taken, and no browser sends a file twice.

    Raises:
        Invalid: one of the files may not be handed in.
    """
    if all(field.name != DETAIL for field in fields):
        return dict(values)
    files = examine(FILES)
    if not files:
        return dict(values)
    named = put_on_disk(files)
    with premises().house.sessions.begin() as session:
        keep_files(session, kept(files), by=actor(), now=premises().moment().now)
    lines = [values.get(DETAIL, ""), *(cite(file.name, file.sha256) for file in named)]
    return {**values, DETAIL: "\n".join(line for line in lines if line)}


def proofs_of(details: Mapping[str, Any]) -> list[Cited]:
    """The files that the details of a step name."""
    texts = details.get(DETAIL) or ()
    return [found for text in texts for found in cited(text)]
