"""The service itself: upgrade, serve, doctor; the record of acts stands beside."""

import sys

import click
import waitress
from apscheduler.schedulers.background import BackgroundScheduler

from .. import house as premises
from ..app import create_app, settle
from ..scheduler import Daily, schedule
from ..services import doctor as clinic
from .kit import Exit, at_home, json_option, print_json, settings
from .record import audit

__all__ = ["audit", "doctor", "serve", "upgrade"]


@click.command()
def upgrade() -> None:
    """Bring the database to the newest revision."""
    premises.upgrade(settings())


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Serve the pages; with an embedded database, the daily sweep runs inside."""
    house = at_home()
    if house.engine.dialect.name == "sqlite":
        schedule(BackgroundScheduler(), Daily(house)).start()
    click.echo(f"http://{host}:{port}/", err=True)
    waitress.serve(settle(create_app(house)), host=host, port=port, threads=4, ident=None)


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check every invariant; exit 4 and the violations if one is broken."""
    house = at_home()
    with house.readers() as session:
        checks, found = clinic.examine(session, house.office())
    if as_json:
        print_json({"checks": checks, "violations": [v._asdict() for v in found]})
    else:
        click.echo(f"{checks} checks, {len(found)} violations")
        for violation in found:
            click.echo(f"  {violation.check}: {violation.detail}")
    sys.exit(Exit.CHECK_FAILED if found else Exit.DONE)
