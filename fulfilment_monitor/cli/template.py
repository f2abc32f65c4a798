"""The Excel template that `import` reads."""

from pathlib import Path

import click

from ..domain.contracts import Field
from ..web import sheets
from .kit import stop


@click.command()
@click.argument("path", metavar="FILE.xlsx", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--field",
    type=click.Choice([f.value for f in Field]),
    help="a template for contracts of one field: its example, and no other field to choose",
)
def template(path: Path, field: str | None) -> None:
    """Write the Excel template."""
    try:
        sheets.write_template(path, None if field is None else Field(field))
    except OSError as fault:  # such as a file that is open in a spreadsheet
        stop(f"cannot write {path}: {fault.strerror}")
    click.echo(f"wrote {path}", err=True)
