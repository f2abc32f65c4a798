"""What follows a sweep each night: who came too near steps aside, papers leave, signs are sought,
channels are told how their items stand; columns that nobody runs any more, and packages that have
not come, are reported.

Each is harmless when done twice; a night that was missed is made good by the next.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session, sessionmaker

from ..domain.authority import SWEEP
from ..domain.channel_maps import ChannelMaps
from ..domain.channels import Channels
from ..domain.secrets import Secrets
from . import (
    channel_replies,
    columns,
    dispatch,
    incoming_packages,
    nonces,
    recognition,
    recusal,
    replies,
    retaliation,
)
from .office import Office


class Night(NamedTuple):
    """What one night did."""

    #: Claims given on, and those for which nobody else is on the register.
    moved: int
    stuck: int
    #: Papers to respondents, all in one batch.
    papers: int
    #: Signs of retaliation, for supervisors only.
    signs: int
    #: What channels were told of their items.
    replies: int
    #: Columns found dead that nobody had been told of.
    dead: int
    #: Packages of channels that have not come, of which nobody had been told.
    missing: int


def follow(
    sessions: sessionmaker[Session],
    office: Office,
    secrets: Secrets,
    *,
    channels: Channels,
    maps: ChannelMaps | None = None,
    now: datetime,
    today: date,
) -> Night:
    """Do what has to follow the sweep of a day."""
    with sessions.begin() as session:
        relieved = recusal.relieve(session, office=office, now=now, today=today)
    with sessions.begin() as session:
        papers = dispatch.daily_batch(session, today, secrets, by=SWEEP, now=now)
    with sessions.begin() as session:
        recognition.recognise(session, secrets, now=now, today=today)
        signs = retaliation.look(session, office, now=now, today=today)
        replies.forget(session, now)
    with sessions.begin() as session:
        answered = channel_replies.send(session, channels, now=now, today=today)
        dead = columns.report_dead(session, channels, office, now=now, today=today)
        nonces.forget(session, now)
        missing = incoming_packages.report_missing(
            session, channels, maps or ChannelMaps(), office, now=now, today=today
        )
    moved, stuck = len(relieved.moved), len(relieved.stuck)
    return Night(moved, stuck, papers, signs, answered, dead, missing)
