"""What the service says of itself to whoever watches it, in the text format of Prometheus.

Every metric stands in one table, and docs/operations.md says of each at what somebody has to
act. No label carries an id of a thing, a person or a body.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Upper ends of the classes in which the time of an answer is counted, in seconds.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)


class Type(StrEnum):
    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    type: Type
    help: str


#: Of what has never happened, an age is infinite.
METRICS: Mapping[str, Metric] = {
    name: Metric(kind, text)
    for name, kind, text in (
        ("fm_sweep_age_seconds", Type.GAUGE, "since the last sweep of a day was complete"),
        ("fm_sweep_lease_seconds", Type.GAUGE, "until the lease of the leading scheduler runs out"),
        ("fm_workers", Type.GAUGE, "workers that have shown themselves of late"),
        ("fm_clock_alarms", Type.GAUGE, "alarms of clocks that nobody has acknowledged"),
        ("fm_outbox_oldest_seconds", Type.GAUGE, "age of the oldest unsent message, by topic"),
        ("fm_outbox_waiting", Type.GAUGE, "unsent messages, by topic"),
        ("fm_partner_oldest_seconds", Type.GAUGE, "age of the oldest unsent, by partner and topic"),
        ("fm_inbox_oldest_seconds", Type.GAUGE, "age of the oldest message that was not applied"),
        ("fm_webhook_oldest_seconds", Type.GAUGE, "age of the oldest event no subscriber has"),
        ("fm_dead_letters", Type.GAUGE, "messages laid aside after too many tries, by queue"),
        ("fm_jobs", Type.GAUGE, "jobs that wait or are being done"),
        ("fm_feed_oldest_seconds", Type.GAUGE, "age of the oldest change without its place"),
        ("fm_audit_entries", Type.GAUGE, "entries on the record of acts"),
        ("fm_audit_head_age_seconds", Type.GAUGE, "since the newest entry on the record of acts"),
        ("fm_anchor_age_seconds", Type.GAUGE, "since the record was last anchored"),
        ("fm_calendar_horizon_days", Type.GAUGE, "days until the last year with a notice ends"),
        ("fm_lpr_age_days", Type.GAUGE, "days since the newest loan prime rate was published"),
        ("fm_backup_age_seconds", Type.GAUGE, "since the newest file in FM_BACKUP_DIR was written"),
        ("fm_notifications_oldest_seconds", Type.GAUGE, "age of the oldest unsent digest, by way"),
        ("fm_notifications_failed", Type.GAUGE, "digests that were given up in 30 days, by way"),
        ("fm_database_info", Type.GAUGE, "1, with the revision of the database"),
        ("fm_ready", Type.GAUGE, "whether the database is of this release"),
        ("fm_http_requests_total", Type.COUNTER, "answers, by route, method and status"),
        ("fm_http_request_seconds", Type.HISTOGRAM, "time to an answer, by route"),
    )
}


class Sample(NamedTuple):
    """One number; of a histogram, its suffix is part of the name."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def sample(name: str, value: float, **labels: str) -> Sample:
    """A number under a name of the table."""
    return Sample(name, value, tuple(labels.items()))


def exposition(samples: Iterable[Sample]) -> str:
    r"""The text a scraper reads: each metric once with its help and type, and its numbers.

    >>> print(exposition([sample("fm_outbox_waiting", 3, topic='a"b')]), end="")
    # HELP fm_outbox_waiting unsent messages, by topic
    # TYPE fm_outbox_waiting gauge
    fm_outbox_waiting{topic="a\"b"} 3
    """
    given = list(samples)
    lines = []
    for name, metric in METRICS.items():
        own = [s for s in given if _family(s.name) == name]
        if own:
            lines += [f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.type}"]
            lines += [f"{s.name}{_labels(s)} {_number(s.value)}" for s in own]
    return "".join(f"{line}\n" for line in lines)


def _family(name: str) -> str:
    """The metric a number belongs to.

    Raises:
        KeyError: it stands in no table.
    """
    if name in METRICS:
        return name
    base = name.rpartition("_")[0]
    if METRICS[base].type is not Type.HISTOGRAM:
        raise KeyError(name)
    return base


def _labels(given: Sample) -> str:
    if not given.labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in given.labels) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else f"{value:.6g}"


class Tally:
    """How often and how fast one route was answered."""

    def __init__(self) -> None:
        self.classes = [0] * len(BUCKETS)
        self.count, self.seconds = 0, 0.0

    def add(self, seconds: float) -> None:
        """One more answer."""
        self.count += 1
        self.seconds += seconds
        for i, most in enumerate(BUCKETS):
            self.classes[i] += seconds <= most

    def samples(self, name: str, **labels: str) -> list[Sample]:
        """The classes, each with all that were faster, then the sum and the count."""
        found = [
            sample(f"{name}_bucket", count, **labels, le=f"{most:g}")
            for most, count in zip(BUCKETS, self.classes, strict=True)
        ]
        found.append(sample(f"{name}_bucket", self.count, **labels, le="+Inf"))
        found.append(sample(f"{name}_sum", self.seconds, **labels))
        found.append(sample(f"{name}_count", self.count, **labels))
        return found
