"""The worker as a process of its own."""

import click

from ..scheduler import worker
from .kit import at_home


@click.command()
@click.option("--until-empty", is_flag=True, help="end as soon as nothing waits")
def work(until_empty: bool) -> None:
    """Do queued work: shards of the sweep, deliveries, what follows a night; as many as you like.

    SIGTERM ends it when what it has begun is done; what a killed one had begun, others do.
    """
    worker.work(at_home(), until_empty=until_empty)
