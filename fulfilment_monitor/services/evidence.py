"""Files that prove something: their rows, what was last seen of them, how they are handed out."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import func, literal_column, select, update
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.errors import Invalid, Issue, NotFound
from ..domain.evidence import FileState, Kept
from ..store.audit import AuditEntry
from ..store.evidence import EvidenceFile
from ..store.once import insert_once
from . import audit
from .facts import Evidence

#: What is on record of a file: who kept it first, and who else brought it.
_EVIDENCE, _KEPT, _BROUGHT = "evidence", "evidence.keep", "evidence.hand-in"
#: What RFC 5987 lets stand for itself.
_PLAIN = "!#$&+-.^_`|~"


def keep_files(
    session: Session, files: Sequence[Kept], *, by: Actor, now: datetime
) -> list[Evidence]:
    """Write down files whose bytes are on disk already; returns them as statements name them.

    A file that is known keeps its row; if it had been found damaged or gone, it is whole again.
    That somebody else brings it too is on the record: one names only files that one has had.
    """
    unique = {f.sha256: f for f in sorted(files)}  # one order, or two writers wait in a circle
    seen = {"state": FileState.WHOLE.value, "checked_at": now, "stored_at": now}
    rows = [{**f._asdict(), **seen, "stored_by": by.name} for f in unique.values()]
    new = insert_once(session, EvidenceFile, rows, EvidenceFile.sha256)
    for file in unique.values():
        if file.sha256 in new:
            body = file._asdict()
            audit.note(session, by, _KEPT, _EVIDENCE, file.sha256, body, now=now)
    known = [s for s in unique if s not in new]
    had = handed_in(session, known, by.name)
    for sha256 in known:
        if sha256 not in had:
            body = unique[sha256]._asdict()
            audit.note(session, by, _BROUGHT, _EVIDENCE, sha256, body, now=now)
    mark(session, known, look=lambda _: FileState.WHOLE, by=by, now=now, only_changes=True)
    return [Evidence(f.sha256, f.name) for f in files]


def handed_in(session: Session, digests: Collection[str], who: str) -> dict[str, str]:
    """Those of some files that somebody brought, with what they called them then.

    Args:
        who: the name of the actor.
    """
    if not digests:
        return {}
    query = select(AuditEntry.object_id, AuditEntry.body).where(
        AuditEntry.object_type == literal_column(f"'{_EVIDENCE}'"),  # the index is of these alone
        AuditEntry.object_id.in_(digests),
        AuditEntry.actor == who,
        AuditEntry.action.in_([_KEPT, _BROUGHT]),
    )
    return {sha256: json.loads(body)["name"] for sha256, body in session.execute(query)}


def name_given(session: Session, sha256: str, people: Iterable[str]) -> str | None:
    """What the first of some people who brought a file called it; None where none of them did.

    What somebody else called the same bytes is theirs alone.
    """
    called = (handed_in(session, [sha256], who).get(sha256) for who in people)
    return next((name for name in called if name is not None), None)


def named(session: Session, digests: Sequence[str], *, by: Actor) -> list[Evidence]:
    """Files that a statement names by their digests.

    Raises:
        Invalid: one of them was never handed in by this actor: a digest alone opens nothing.
    """
    had = handed_in(session, digests, by.name)
    issues = [
        Issue(f"/evidence/{n}", "evidence.not-handed-in", "hand the file in first")
        for n, sha256 in enumerate(digests)
        if sha256 not in had
    ]
    if issues:
        raise Invalid(issues)
    return [Evidence(sha256, had[sha256]) for sha256 in dict.fromkeys(digests)]


def mark(
    session: Session,
    digests: Sequence[str],
    *,
    look: Callable[[str], FileState],
    by: Actor,
    now: datetime,
    only_changes: bool = False,
) -> dict[str, FileState]:
    """Write down what a look at these files finds; a change of state goes on the record.

    Args:
        look: called while the row is held, so that a file put right meanwhile stays so.
        only_changes: leave the day of the last look alone where nothing changed.
    """
    query = select(EvidenceFile).where(EvidenceFile.sha256.in_(digests))
    found: dict[str, FileState] = {}
    for row in session.scalars(query.order_by(EvidenceFile.sha256).with_for_update()).all():
        state = found[row.sha256] = look(row.sha256)
        changed = state.value != row.state
        if changed:
            body = {"was": row.state, "is": state.value}
            audit.note(session, by, "evidence.mark", "evidence", row.sha256, body, now=now)
        if changed or not only_changes:
            row.state, row.checked_at = state.value, now
    return found


def note_checked(session: Session, digests: Sequence[str], *, now: datetime) -> None:
    """These were looked at, and are as their rows say."""
    statement = update(EvidenceFile).where(EvidenceFile.sha256.in_(digests))
    session.execute(statement.values(checked_at=now))


def files_after(session: Session, after: str, size: int) -> list[tuple[str, FileState]]:
    """The next files in order of digest, with the state each row gives."""
    query = (
        select(EvidenceFile.sha256, EvidenceFile.state)
        .where(EvidenceFile.sha256 > after)
        .order_by(EvidenceFile.sha256)
        .limit(size)
    )
    return [(sha256, FileState(state)) for sha256, state in session.execute(query)]


def known(session: Session, digests: Sequence[str]) -> set[str]:
    """Those of some digests that have a row."""
    query = select(EvidenceFile.sha256).where(EvidenceFile.sha256.in_(digests))
    return set(session.scalars(query))


def find_file(session: Session, sha256: str) -> EvidenceFile:
    """The row of a file.

    Raises:
        NotFound: nothing of this digest has been kept.
    """
    row = session.get(EvidenceFile, sha256)
    if row is None:
        raise NotFound(f"no file {sha256[:80]}")
    return row


class Files(NamedTuple):
    items: list[dict[str, object]]
    total: int


def list_files(
    session: Session, *, state: FileState | None = None, limit: int | None = None
) -> Files:
    """Files, newest first."""
    query = select(EvidenceFile)
    if state is not None:
        query = query.where(EvidenceFile.state == state.value)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (EvidenceFile.stored_at.desc(), EvidenceFile.sha256)
    rows = session.scalars(query.order_by(*order).limit(limit))
    return Files([_shown(row) for row in rows], total)


def _shown(row: EvidenceFile) -> dict[str, object]:
    return {
        "sha256": row.sha256,
        "name": row.name,
        "media_type": row.media_type,
        "size": row.size,
        "state": row.state,
        "checked_at": row.checked_at.isoformat(),
        "stored_at": row.stored_at.isoformat(),
        "stored_by": row.stored_by,
    }


def headers_for_download(name: str) -> Mapping[str, str]:
    """How a file leaves by HTTP: to be saved, never to be shown inside a page of ours.

    Args:
        name: what those call it who have shown it to the reader.
    """
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": saved_as(name),
        "X-Content-Type-Options": "nosniff",
    }


def saved_as(name: str) -> str:
    """The `Content-Disposition` of what is to be saved, under a name of whatever characters.

    Source: RFC 6266 and RFC 5987; no server sends a name that is not ASCII as it stands.
    """
    return f"attachment; filename*=UTF-8''{quote(name, safe=_PLAIN)}"
