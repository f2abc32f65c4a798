"""How the log is written: a line an event, on stderr.

What an event says are its fields. The words of a fault stay out of JSON lines: they may quote what
somebody typed; its kind and where it came from are enough to find it.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from ..premises import REQUEST

#: What every log record carries; anything else was put there as a field.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_NOISY = ("alembic", "apscheduler", "waitress", "procrastinate")
#: One line a request is for machines that gather logs.
_REQUESTS = "fulfilment_monitor.api.metrics"
_FRAMES = 12


class Fields(logging.Formatter):
    """An event's name, then its fields."""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join([super().format(record), *(f"{k}={v}" for k, v in _fields(record).items())])


class JsonLines(logging.Formatter):
    """An event as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": str(record.msg),  # never with what others put into it
            "logger": record.name,
        }
        if (request := REQUEST.get()) is not None:
            said["request"] = request
        said |= {k: v for k, v in _fields(record).items() if k not in said}
        if record.exc_info is not None and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            said["fault"] = kind.__name__
            frames = traceback.extract_tb(trace)[-_FRAMES:]
            said["trace"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
        return json.dumps(said, ensure_ascii=False, default=str)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {k: v for k, v in vars(record).items() if k not in _USUAL}


def begin(form: str) -> None:
    """Write the log to stderr from now on.

    Args:
        form: text, or json.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else Fields("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger(_REQUESTS).setLevel(logging.INFO if form == "json" else logging.WARNING)
