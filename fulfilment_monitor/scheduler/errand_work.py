"""Imports and exports as jobs: each is the command itself, in a process of its own.

So a large file takes no memory of the worker's for good, and what a job does is what the command
does. An import may be done twice without harm: what is registered already stays as it is.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..clock import Moment
from ..gateways import errands
from ..gateways.errands import Errand, Kind
from ..house import House

log = logging.getLogger(__name__)

TASK = "errand"
REPORT, REFUSED, PACKAGE = "report.csv", "refused.xlsx", "package.json"
#: All done, and done but for what was refused; anything else is tried again.
_ENDS = frozenset({0, 3})
_RUN = "from fulfilment_monitor.cli import main; main()"


class Unfinished(RuntimeError):
    """The command ended with a fault; the job is tried again."""


def run(house: House, ulid: str, until: str, moment: Callable[[], Moment]) -> None:
    """Do an errand, and keep what it said; one that is done already is left alone.

    After `until` its folder has been deleted, and there is nothing to do.

    Raises:
        NotFound: its folder is not shared with this machine.
        Unfinished: the command ended with a fault.
    """
    if datetime.fromisoformat(until) <= moment().now:
        return
    errand = errands.find(house.settings.errands_path(), ulid)
    if errand.done_at is not None:
        return
    done = subprocess.run(  # noqa: S603 — our own command, and names of our own making
        [sys.executable, "-c", _RUN, *_COMMANDS[errand.kind](errand), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in _ENDS:
        log.error("errand.failed", extra={"errand": ulid, "status": done.returncode})
        raise Unfinished(f"{errand.kind} {ulid} ended with {done.returncode}")
    said: dict[str, Any] = json.loads(done.stdout)
    said.pop("issues", None)  # they stand in the report
    errands.finish(errand, done.returncode, said, now=moment().now)


def _import(errand: Errand) -> list[str]:
    files = [str(errand.folder / name) for name in errand.files]
    kept = {"--report": REPORT, "--refused": REFUSED}
    options = [w for option, name in kept.items() for w in (option, str(errand.folder / name))]
    return ["import", *files, *options, "--by", errand.by, *errand.words]


def _export(errand: Errand) -> list[str]:
    return ["ocds", "export", str(errand.folder / PACKAGE), *errand.words]


_COMMANDS: dict[Kind, Callable[[Errand], list[str]]] = {
    Kind.IMPORT: _import,
    Kind.EXPORT: _export,
}
