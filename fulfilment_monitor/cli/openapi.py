"""The OpenAPI document of the API, printed."""

import json

import click

from ..api.doors import document_alone


@click.command()
def openapi() -> None:
    """The OpenAPI document of the REST API, as `docs/openapi.json` has it."""
    click.echo(json.dumps(document_alone(), ensure_ascii=False, indent=2))
