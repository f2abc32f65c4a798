"""How often something may be tried: counted before it is tried, given back when it was right.

The counts lie in the database, so that several processes share them. What rests is a pair, such as
an account with a network: never the account as a whole, for that would be a weapon.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ..domain.errors import Refusal
from ..store.accounts import RateBucket
from ..store.once import insert_once

_KEPT = timedelta(days=1)


class TooOften(Refusal):
    """It was tried too often; `retry_after` seconds from now it may be tried again."""

    code = "too-often"
    title = "Tried too often"
    status = 429


class Rule(NamedTuple):
    """What counts together, for how long, and how long it rests after which try."""

    name: str
    #: So long after the first try the count begins anew.
    window: timedelta
    #: Seconds of rest after the first, second … try; the last one stands for all that follow.
    rests: tuple[int, ...]

    def rest_after(self, tries: int) -> timedelta:
        """How long it rests after so many tries."""
        return timedelta(seconds=self.rests[min(tries, len(self.rests)) - 1])


def charge(session: Session, rule: Rule, *about: str, now: datetime) -> None:
    """Count a try; commit before it is made, so that no crowd of tries comes before the count.

    Raises:
        TooOften: it rests.
    """
    bucket = _bucket(session, _key(rule, about), now)
    if bucket.until is not None and bucket.until > now:
        seconds = int((bucket.until - now).total_seconds()) + 1
        raise TooOften(f"try again in {seconds} seconds", retry_after=seconds)
    if now - bucket.since > rule.window:
        bucket.count, bucket.since = 0, now
    bucket.count += 1
    rest = rule.rest_after(bucket.count)
    bucket.until = now + rest if rest else None


def forgive(session: Session, rule: Rule, *about: str, now: datetime) -> None:
    """It was right: what was counted is forgotten, and so is what everybody forgot long ago."""
    key = _key(rule, about)
    old = RateBucket.since < now - _KEPT
    session.execute(delete(RateBucket).where((RateBucket.key == key) | old))


def refund(session: Session, rule: Rule, *about: str, now: datetime) -> None:
    """The last try was right; those before it stay counted."""
    bucket = _bucket(session, _key(rule, about), now)
    bucket.count = max(0, bucket.count - 1)


def tally(session: Session, rule: Rule, *about: str, cost: bool, now: datetime) -> int:
    """Count a try that was made already, or count nothing by the same statements.

    Returns:
        The seconds it still rests; 0 where it does not, or where nothing was to be counted.
    """
    bucket = _bucket(session, _key(rule, about), now)
    count, since, until = bucket.count, bucket.since, bucket.until
    left = (until - now).total_seconds() if until is not None and until > now else 0
    if now - since > rule.window and not left:
        count, since = 0, now
    if cost and not left:
        count += 1
        until = now + rule.rest_after(count)
    told = update(RateBucket).where(RateBucket.key == bucket.key)
    session.execute(told.values(count=count, since=since, until=until))
    return ceil(left) if cost else 0


def _bucket(session: Session, key: str, now: datetime) -> RateBucket:
    row = {"key": key, "since": now, "count": 0, "until": None}
    insert_once(session, RateBucket, [row], RateBucket.key)
    query = select(RateBucket).where(RateBucket.key == key).with_for_update()
    return session.scalars(query).one()


def _key(rule: Rule, about: tuple[str, ...]) -> str:
    """No name of an account lies in a bucket: whoever reads them learns nothing."""
    digest = sha256("\x00".join(about).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{rule.name}:{digest}"
