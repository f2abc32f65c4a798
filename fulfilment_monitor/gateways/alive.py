"""A dead man's switch: a sign after each complete sweep; whoever waits for it notices silence."""

import logging
from pathlib import Path

from ..domain.errors import Refusal
from ..settings import Settings
from . import outward

log = logging.getLogger(__name__)


def tell(settings: Settings) -> None:
    """Touch the file and ask for the address that are set; what fails is in the log, no more."""
    _touch(settings.alive_file)
    if settings.alive_url:
        try:
            answer = outward.get(settings.alive_url, {}, allow=outward.allowed(settings))
        except Refusal as fault:
            log.error("alive.not-told", extra={"code": fault.code})
            return
        if answer.status >= 400:
            log.error("alive.not-told", extra={"status": answer.status})


def beat(settings: Settings) -> None:
    """Show those who watch this one process that it lives: touch the file that is set."""
    _touch(settings.beat_file)


def _touch(file: str) -> None:
    if not file:
        return
    try:
        Path(file).touch()
    except OSError as fault:
        log.error("alive.file-unusable", extra={"detail": fault.strerror})
