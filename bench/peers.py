"""Programs of others to compare with, in an environment of their own.

`python -m bench.peers install` makes it. They are run as programs and never imported, shipped or
needed; Tryton is under the GPL, libcoveocds under the AGPL. What cannot be installed is put down
with the reason, and its comparison says so.
"""

import argparse
import importlib.metadata
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from bench.rows import Row

_HERE = Path(__file__).parent
HOME = _HERE.parent / ".venv-peers"
_PINS = _HERE / "peers-requirements.txt"
_REFUSED = "refused.json"

#: What each peer needs from the package index; versions are pinned in peers-requirements.txt.
PEERS = {
    "tryton": ("trytond", "trytond_account_dunning", "proteus"),
    "django-helpdesk": ("django-helpdesk",),
    "flatten-tool": ("flattentool",),
    "ocdskit": ("ocdskit",),
    "libcoveocds": ("libcoveocds",),
    "ocdscardinal": ("ocdscardinal",),
}
#: Stands where a unit would, in the row of a comparison that could not be made.
NOT_HERE = "not here"


class NotHere(Exception):
    """A peer that is not installed, or does not run; the message says why."""


class Ran(NamedTuple):
    """What a program took, with the start of its interpreter, and what it said."""

    seconds: float
    out: str


def install(home: Path = HOME) -> dict[str, str]:
    """Make the environment anew; returns why each peer that is missing could not be installed."""
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    (home / ".gitignore").write_text("*\n", encoding="utf-8")
    refused: dict[str, str] = {}
    for peer, packages in PEERS.items():
        asked = ["install", "--quiet", "--disable-pip-version-check", "-c", _PINS, *packages]
        done = subprocess.run(
            [home / "bin" / "python", "-m", "pip", *asked],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            refused[peer] = _last_line(done.stderr) or f"pip ended with {done.returncode}"
        print(f"{peer}: {refused.get(peer, 'installed')}", flush=True)
    (home / _REFUSED).write_text(json.dumps(refused), encoding="utf-8")
    return refused


def run_peer(
    peer: str, *command: str | Path, stdin: Path | None = None, out: Path | None = None
) -> Ran:
    """Run a program of a peer's environment to its end.

    Args:
        command: the name of a program, or of a script for the environment's Python, and arguments.
        out: where its output goes instead of into the answer.

    Raises:
        NotHere: the peer is not installed, or the program failed.
    """
    program = _program(peer, command[0])
    with (
        open(stdin or "/dev/null", "rb") as given,
        open(out or "/dev/null", "wb") as kept,
    ):
        began = time.perf_counter()
        done = subprocess.run(
            [*program, *command[1:]],
            stdin=given,
            stdout=kept if out else subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=False,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "DB_NAME": ":memory:"},
        )
        took = time.perf_counter() - began
    if done.returncode:
        raise NotHere(f"{command[0]} failed: {_last_line(done.stderr.decode(errors='replace'))}")
    return Ran(took, (done.stdout or b"").decode())


def _program(peer: str, name: str | Path) -> list[str | Path]:
    if not (HOME / _REFUSED).exists():
        raise NotHere("not installed: python -m bench.peers install")
    refused = json.loads((HOME / _REFUSED).read_text("utf-8"))
    if peer in refused:
        raise NotHere(f"not installable here: {refused[peer]}")
    if str(name).endswith(".py"):
        return [HOME / "bin" / "python", name]
    return [HOME / "bin" / name]


def version_of(peer: str) -> str:
    """The version that is installed, or nothing."""
    found = importlib.metadata.distributions(
        name=PEERS[peer][0], path=[str(p) for p in HOME.glob("lib/python*/site-packages")]
    )
    return next((d.version for d in found), "")


def missing(what: str, size: str, why: NotHere) -> Row:
    """The row of a comparison that could not be made."""
    return Row(what, "", size, 0.0, NOT_HERE, note=str(why))


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else ""


def main() -> None:
    """Install the peers, or show which there are."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("act", choices=("install", "list"))
    if parser.parse_args().act == "install":
        install()
    for peer in PEERS:
        print(f"{peer:<16} {version_of(peer) or 'missing'}")


if __name__ == "__main__":
    main()
