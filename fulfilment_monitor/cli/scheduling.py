"""The scheduler as a process of its own."""

import click
from apscheduler.schedulers.blocking import BlockingScheduler

from ..scheduler import Daily, schedule
from .kit import at_home


@click.command()
def scheduler() -> None:
    """Run the daily sweep when its time comes; one process, a second is harmless."""
    house = at_home()
    schedule(BlockingScheduler(), Daily(house)).start()
