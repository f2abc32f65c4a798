"""The command group, and the commands that stand alone."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

import click

from ..settings import log_format
from . import logs
from .kit import refusals_end_here

#: Where each command stands: a module is imported only when its command is called, because a
#: sweep should not carry what a demo needs.
COMMANDS: Mapping[str, str] = {
    "upgrade": "system.upgrade",
    "init": "accounts.init",
    "account": "accounts.account",
    "import": "importing.import_",
    "errand": "errands.errand",
    "template": "template.template",
    "outline": "outline.outline",
    "contract": "register.contract",
    "amend": "register.amend",
    "fact": "facts.fact",
    "payments": "payments.payments",
    "sweep": "sweeping.sweep",
    "scheduler": "scheduling.scheduler",
    "work": "working.work",
    "clock": "sweeping.clock",
    "deadline": "law.deadline",
    "interest": "law.interest",
    "calendar": "law.calendar",
    "reckon": "law.reckon_all",
    "lpr": "law.lpr",
    "regions": "regions.regions",
    "alerts": "lists.alerts",
    "leads": "lists.leads",
    "contracts": "lists.contracts",
    "statistics": "lists.statistics",
    "organisations": "bodies.organisations",
    "ocds": "ocds.ocds",
    "serve": "system.serve",
    "doctor": "system.doctor",
    "audit": "system.audit",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "evidence": "backup.evidence",
    "complaint": "complaints.complaint",
    "complaint-leave": "complaints.leave",
    "lookup": "lookup.lookup",
    "cases": "cases.cases",
    "case": "cases.case",
    "case-merge": "cases.merge",
    "case-split": "cases.split",
    "case-undo": "cases.undo",
    "channels": "complaints.channels",
    "channel": "channel.channel",
    "clauses": "clauses.clauses",
    "tasks": "clauses.tasks",
    "people": "people.people",
    "supervision": "supervision.supervision",
    "credit": "credit.credit",
    "restrictions": "credit.restrictions",
    "measures": "measures.measures",
    "assist": "assistance.assist",
    "letter": "letters.letter",
    "letters": "letters.letters",
    "vault": "vault.vault",
    "keys": "keys.keys",
    "partner": "partners.partner",
    "deliver": "exchange.deliver",
    "collection": "exchange.collection",
    "packages": "exchange.packages",
    "reconcile": "exchange.reconcile",
    "dead-letters": "exchange.dead_letters",
    "notifications": "notifications.notifications",
    "grants": "grants.grants",
    "statechart": "statecharts.statechart",
    "openapi": "openapi.openapi",
    "webhook": "webhooks.webhook",
    "sandbox": "sandbox.sandbox",
    "demo": "demo.demo",
}


class _Commands(click.Group):
    """The commands by name, each found when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _find(cmd_name) if cmd_name in COMMANDS else None


@cache
def _find(name: str) -> click.Command:
    module, _, attribute = COMMANDS[name].rpartition(".")
    command = getattr(import_module(f".{module}", __package__), attribute)
    assert isinstance(command, click.Command)
    return _ending(command)


def _ending(command: click.Command) -> click.Command:
    """The command, and all below it, with refusals turned into exit statuses."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _ending(inner)
    elif command.callback is not None:
        command.callback = refusals_end_here(command.callback)
    return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="fulfilment-monitor")
def main() -> None:
    """Watch that public contracts are fulfilled and paid on time."""
    logs.begin(log_format())
