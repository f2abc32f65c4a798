"""Payment lists: what the treasury, a bank or a finance system says was paid."""

import click


@click.group()
def payments() -> None:
    """Payment lists of the treasury, a bank or a finance system."""
