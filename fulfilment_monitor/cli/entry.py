"""The command group, and the commands that stand alone."""

import logging

import click

from . import (
    backup,
    bodies,
    demo,
    facts,
    importing,
    law,
    lists,
    ocds,
    outline,
    payments,
    regions,
    register,
    sweeping,
    system,
    template,
)
from .kit import refusals_end_here

#: What every log record carries; anything else was put there as a field.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class _Fields(logging.Formatter):
    """An event's name, then its fields."""

    def format(self, record: logging.LogRecord) -> str:
        said = {k: v for k, v in vars(record).items() if k not in _USUAL}
        return " ".join([super().format(record), *(f"{k}={v}" for k, v in said.items())])


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Fields("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in ("alembic", "apscheduler", "waitress"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="fulfilment-monitor")
def main() -> None:
    """Watch that public contracts are fulfilled and paid on time."""
    _log_to_stderr()


_COMMANDS = (
    system.upgrade,
    importing.import_,
    template.template,
    outline.outline,
    register.contract,
    register.amend,
    facts.fact,
    payments.payments,
    sweeping.sweep,
    sweeping.scheduler,
    sweeping.clock,
    law.deadline,
    law.interest,
    law.calendar,
    law.lpr,
    regions.regions,
    lists.alerts,
    lists.leads,
    lists.contracts,
    lists.statistics,
    bodies.organisations,
    ocds.ocds,
    system.serve,
    system.doctor,
    system.audit,
    backup.backup,
    backup.restore,
    backup.evidence,
    demo.demo,
)


def _ending(command: click.Command) -> click.Command:
    """The command, and all below it, with refusals turned into exit statuses."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _ending(inner)
    elif command.callback is not None:
        command.callback = refusals_end_here(command.callback)
    return command


for _command in _COMMANDS:
    main.add_command(_ending(_command))
