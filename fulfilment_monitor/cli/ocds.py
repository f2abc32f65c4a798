"""Open Contracting Data Standard: export; `import` reads it."""

import click


@click.group()
def ocds() -> None:
    """Open contracting data (OCDS 1.1)."""
