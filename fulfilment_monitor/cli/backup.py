"""Backups, and the files that prove something."""

import click


@click.command()
def backup() -> None:
    """Write a consistent copy of everything."""


@click.command()
def restore() -> None:
    """Bring back what a backup holds."""


@click.group()
def evidence() -> None:
    """Files that prove something."""
