"""What may be queued, by name. Every task may be done twice, late, or by two at once, without harm.

A job of a task that an older release does not know waits for a worker of a newer one.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from .. import clock
from ..gateways import alive, anchor_sink, file_sink, notifier, outward
from ..gateways import webhooks as webhook_round
from ..house import House, keys_of
from ..services import (
    deliveries,
    feed,
    nightly,
    notification_digests,
    notifications,
    packages,
    partners,
    reconciliations,
    sweep_shards,
    sweeps,
    webhooks,
)
from . import errand_work, incoming
from .outgoing import way_out

log = logging.getLogger(__name__)

Moments = Callable[[], clock.Moment]
#: Does a job: with its arguments, by this clock.
Task = Callable[[House, dict[str, Any], Moments], None]


class UnknownTask(LookupError):
    """No task has this name; a newer release may have one."""


def do(house: House, task: str, args: dict[str, Any], moment: Moments) -> None:
    """Do a task here and now.

    Raises:
        UnknownTask: no task has this name.
    """
    if task not in TASKS:
        raise UnknownTask(task)
    TASKS[task](house, args, moment)


def _sweep_shard(house: House, args: dict[str, Any], moment: Moments) -> None:
    sweep_shards.sweep_shard(
        house.sessions, house.office(), args["shard"], now=lambda: moment().now
    )


def _nightly(house: House, args: dict[str, Any], moment: Moments) -> None:
    nightly.follow(
        house.sessions,
        house.office(),
        keys_of(house),
        channels=house.channels,
        maps=house.maps,
        now=moment().now,
        today=date.fromisoformat(args["day"]),
    )
    _anchor(house, args, moment)
    _deliver(house, args, moment)
    _notify(house, args, moment)
    alive.tell(house.settings)


def _anchor(house: House, _args: dict[str, Any], moment: Moments) -> None:
    """Sign where the record of acts ends; a witness's folder gets it, if one is set."""
    folder = house.settings.anchor_sink
    anchor_sink.anchor(house.sessions, keys_of(house), folder, moment().now)


def _deliver(house: House, _args: dict[str, Any], moment: Moments) -> None:
    """Hand what waits in the outbox to the file sink, if one is set."""
    folder = house.settings.alert_sink
    if folder:
        file_sink.deliver(house.sessions, house.policy, Path(folder), lambda: moment().now)


def _notify(house: House, _args: dict[str, Any], moment: Moments) -> None:
    """Tell people what is new; in office hours, send what waits for them."""
    (now, today), office, rules = moment(), house.office(), house.notifying
    notifications.gather(house.sessions, house.readers, office, rules, now=now, today=today)
    if not rules.is_open(now, office.statute.calendar):
        return
    with house.sessions.begin() as session:
        notification_digests.compose(session, now=now, today=today)
    notifier.deliver(house.sessions, keys_of(house), house.settings, rules, lambda: moment().now)


def _take_in(house: House, _args: dict[str, Any], moment: Moments) -> None:
    """Read the folders of channels, and apply what waits in the inbox."""
    incoming.take_in(house, moment)


def _ask_channels(house: House, _args: dict[str, Any], moment: Moments) -> None:
    """Ask the channels that are asked for what is new; what they answer waits in the inbox."""
    incoming.ask_all(house, moment)


def _run_errand(house: House, args: dict[str, Any], moment: Moments) -> None:
    """Do an import or an export that was handed over."""
    errand_work.run(house, args["errand"], args["until"], moment)


def _give_places(house: House, _args: dict[str, Any], _moment: Moments) -> None:
    """Give what was committed its place in the feed, where no reader has asked for it."""
    feed.catch_up(house.readers, house.sessions)


def _tell_subscribers(house: House, _args: dict[str, Any], moment: Moments) -> None:
    """Tell subscribers what changed; two processes at once hold different subscribers."""
    with house.readers() as session:
        if not webhooks.is_anybody_told(session):
            return
    told = webhook_round.deliver(
        house.sessions,
        house.readers,
        keys_of(house),
        house.office(),
        outward.allowed(house.settings),
        now=lambda: moment().now,
        today=moment().today,
    )
    if told.delivered or told.failed:
        log.info("webhooks.told", extra=told._asdict())


def _exchange(house: House, _args: dict[str, Any], moment: Moments) -> None:
    """Send other platforms what is due; two processes at once hold different messages."""
    if not _is_connected(house, moment):
        return
    way = way_out(house, lambda: moment().now)
    passed, packed = deliveries.deliver(way), packages.deliver(way)
    if any(passed) or packed:
        log.info("exchange.passed", extra={**passed._asdict(), "packages": packed})


def _compare(house: House, _args: dict[str, Any], moment: Moments) -> None:
    """Compare what other platforms hold with what they should; tell of days that are missing."""
    if not _is_connected(house, moment):
        return
    for c in reconciliations.reconcile(way_out(house, lambda: moment().now)):
        if not c.agrees:
            extra = {"partner": c.partner, "day": str(c.day), "missing": len(c.missing)}
            log.warning("exchange.differs", extra=extra)
    (now, today), office = moment(), house.office()
    with house.sessions.begin() as session:
        packages.report_missing(session, office, now=now, today=today)


def _is_connected(house: House, moment: Moments) -> bool:
    with house.readers() as session:
        return bool(partners.live(session, moment().today))


TASKS: Mapping[str, Task] = {
    sweep_shards.TASK: _sweep_shard,
    sweep_shards.AFTERWARDS: _nightly,
    sweeps.DELIVER: _deliver,
    "anchor": _anchor,
    "ask": _ask_channels,
    "channels": _take_in,
    "compare": _compare,
    errand_work.TASK: _run_errand,
    "exchange": _exchange,
    "feed": _give_places,
    "notify": _notify,
    "webhooks": _tell_subscribers,
}
#: What the leading scheduler sees to again and again.
EVERY_SECONDS: Mapping[str, int] = {
    "anchor": 3600,
    "ask": 600,
    "channels": 60,
    "compare": 3600,
    sweeps.DELIVER: 60,
    "exchange": 20,
    "feed": 60,
    "notify": 600,
    "webhooks": 60,
}
