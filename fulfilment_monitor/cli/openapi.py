"""The OpenAPI document of the API, printed."""

import json

import click

from ..api.operations import document


@click.command()
def openapi() -> None:
    """The OpenAPI document of the REST API, as `docs/openapi.json` has it."""
    click.echo(json.dumps(document(), ensure_ascii=False, indent=2))
