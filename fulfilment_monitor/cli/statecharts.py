"""The case table, printed."""

import click

from ..domain.case_chart import chart


@click.command()
def statechart() -> None:
    """The states and steps of a case, as Markdown with a diagram."""
    click.echo(chart(), nl=False)
