"""The Excel template that `import` reads."""

import click


@click.command()
def template() -> None:
    """Write the Excel template."""
