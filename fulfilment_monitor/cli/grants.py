"""What the account of the service may do on PostgreSQL."""

import click

from ..services.grants import grants as statements
from .kit import at_home


@click.command()
@click.argument("role")
def grants(role: str) -> None:
    """SQL that gives an account what the service needs, for the owner to run after `upgrade`."""
    with at_home().readers() as session:
        for line in statements(session, role):
            click.echo(line)
