"""The sandbox as a command: a platform to try the exchange against, which fails as it is told."""

import json
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from .. import clock
from ..gateways import outward
from ..gateways.sandbox.app import Sandbox
from ..gateways.sandbox.faults import BadFaults, Dice, Faults
from ..gateways.sandbox.serving import serving
from ..gateways.sandbox.shelf import Shelf
from .kit import settings, stop


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=9000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON: {"keys": {ID: {"algorithm": …, "secret": HEX}}, "hooks": {NAME: ["whsec_…"]}}',
)
@click.option("--state", default=":memory:", help="an SQLite file to hold what comes")
@click.option("--fail", default=0.0, help="share answered with 500")
@click.option("--hang", default=0.0, help="share kept, and answered too late")
@click.option("--lose", default=0.0, help="share acknowledged, and not kept")
@click.option("--refuse", default=0.0, help="share answered with 422")
@click.option("--late", "late_seconds", default=0.0, help="seconds until a receipt is there")
@click.option("--down", is_flag=True, help="answer everything with 503")
@click.option("--seed", default=0, help="of one seed the same faults")
def sandbox(host: str, port: int, keys: Path | None, state: str, **faults: Any) -> None:
    """Run a platform to try against: it receives, and its channels send (POST /_control)."""
    try:
        allow = outward.allowed(settings())
        box = Sandbox(lambda: clock.moment().now, Shelf(state), Dice(Faults()), allow=allow)
        box.tell({"faults": faults})
        box.tell(json.loads(keys.read_text("utf-8")) if keys else {})
    except (BadFaults, ValueError, AttributeError, TypeError, sqlite3.Error) as fault:
        stop(str(fault))
    try:
        with serving(box, host=host, port=port) as address:
            click.echo(address, err=True)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
    except OSError as fault:
        stop(f"cannot listen on {host}:{port} ({fault.strerror}); choose another --port")
