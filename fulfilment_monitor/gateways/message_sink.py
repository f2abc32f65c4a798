"""Messages to enterprises as JSON lines in a folder, a file a day, for whoever sends them on.

The folder holds what only the addressee may know: it is for nobody but the service that sends.
"""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from ..domain.clocks import beijing_day
from ..domain.errors import Refusal

_OURS_ALONE = 0o600


class SinkUnusable(Refusal):
    code = "messages.unusable"
    title = "Messages cannot be handed over"
    status = 503


def send(folder: Path, messages: Iterable[Mapping[str, str]], now: datetime) -> int:
    """Hand messages over, each with its own way (`by`: email or sms); returns how many.

    Raises:
        SinkUnusable: the folder cannot be written.
    """
    lines = [json.dumps(dict(m), ensure_ascii=False, sort_keys=True) + "\n" for m in messages]
    path = folder / f"messages-{beijing_day(now)}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _OURS_ALONE)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise SinkUnusable(f"{folder}: {fault.strerror}") from fault
    return len(lines)
