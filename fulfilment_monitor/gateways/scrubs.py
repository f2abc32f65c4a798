"""Look at every file of evidence, write down what was found, and put right what a backup can."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session, sessionmaker

from ..domain.authority import Actor
from ..domain.evidence import FileState
from ..services import evidence
from . import evidence_store

_BATCH = 200


class Scrubbed(NamedTuple):
    checked: int
    #: Digest and state of what is not whole, after healing.
    broken: dict[str, FileState]
    healed: list[str]
    #: Files that no row speaks of: left by a crash, or by a statement that was refused.
    orphans: list[str]


def scrub(
    sessions: sessionmaker[Session],
    folder: Path,
    *,
    by: Actor,
    now: Callable[[], datetime],
    backup: Iterable[tuple[str, bytes]] = (),
) -> Scrubbed:
    """Read every file that has a row; changes of state go on the record.

    Args:
        backup: files of a checked backup, for those found damaged or gone.
    """
    broken: dict[str, FileState] = {}
    checked, after = 0, ""
    while True:
        with sessions() as session:
            rows = evidence.files_after(session, after, _BATCH)
        if not rows:
            break
        seen = {sha256: evidence_store.look(folder, sha256) for sha256, _ in rows}
        differ = [s for s, was in rows if seen[s] is not was or was is not FileState.WHOLE]
        with sessions.begin() as session:
            found = _mark(session, folder, differ, by, now())
            evidence.note_checked(session, sorted(seen.keys() - differ), now=now())
        broken |= {s: state for s, state in found.items() if state is not FileState.WHOLE}
        checked, after = checked + len(rows), rows[-1][0]
    healed = []
    for sha256, content in backup:
        if sha256 in broken:
            evidence_store.keep(folder, sha256, content)
            with sessions.begin() as session:
                _mark(session, folder, [sha256], by, now())
            del broken[sha256]
            healed.append(sha256)
    return Scrubbed(checked, broken, healed, _orphans(sessions, folder))


def _mark(
    session: Session, folder: Path, digests: list[str], by: Actor, now: datetime
) -> dict[str, FileState]:
    return evidence.mark(
        session, digests, look=lambda s: evidence_store.look(folder, s), by=by, now=now
    )


def _orphans(sessions: sessionmaker[Session], folder: Path) -> list[str]:
    there = evidence_store.stored(folder)
    found: list[str] = []
    while names := list(islice(there, _BATCH)):
        with sessions() as session:
            known = evidence.known(session, names)
        found += [n for n in names if n not in known]
    return found
