"""Anchors as JSON lines in the folder of a witness: appended, never written over.

The folder should lie where the operator of the register cannot write over it: a host of the
auditor, write-once storage. What is in the file is not asked of the outbox: that one serves the
other witnesses.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from ..domain.anchors import Anchor, read_anchors, written
from ..domain.secrets import Secrets
from ..services import anchors

FILE = "anchors.jsonl"


def anchor(
    sessions: sessionmaker[Session], secrets: Secrets, folder: str, now: datetime
) -> Anchor | None:
    """Sign where the record ends, and hand it over if a folder is set; None for an empty record."""
    with sessions.begin() as session:
        dropped = anchors.drop(session, secrets, now=now)
    if folder:
        hand_over(sessions, Path(folder))
    return dropped


def hand_over(sessions: sessionmaker[Session], folder: Path) -> int:
    """Append every anchor the folder does not have yet; returns how many.

    Raises:
        NotReadable: the file there is damaged; nothing was appended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    known = {a.signature for a in read(path)} if path.exists() and path.stat().st_size else set()
    with sessions() as session:
        new = [a for a in anchors.all_kept(session) if a.signature not in known]
    if new:
        lines = [json.dumps(written(a), ensure_ascii=False, sort_keys=True) for a in new]
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
    return len(new)


def read(path: Path) -> list[Anchor]:
    """The anchors in a file.

    Raises:
        NotReadable: a line of it is no anchor.
    """
    return read_anchors(path.read_text("utf-8", errors="replace"))
