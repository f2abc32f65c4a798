"""Alerts and leads as JSON lines in a folder, a file a day, for whoever picks them up.

At least once: a line may be written twice after a crash; its `id` tells.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from ..domain.alerts import Policy
from ..services import alerts, exchange
from ..services.sight import ALL

TOPICS = ("alerts.raised", "lead.opened", "lead.closed")
_BATCH = 100


def deliver(
    sessions: sessionmaker[Session], policy: Policy, folder: Path, now: Callable[[], datetime]
) -> int:
    """Write what waits in the outbox for this sink; returns how many lines."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    while True:
        with sessions.begin() as session:
            waiting = exchange.claim(session, TOPICS, _BATCH)
            if not waiting:
                return count
            by_day: dict[str, list[dict[str, Any]]] = {}
            for message in waiting:
                for line in _lines(session, policy, message):
                    by_day.setdefault(line["day"], []).append(line)
            for day, lines in sorted(by_day.items()):
                _append(folder / f"alerts-{day}.jsonl", lines)
                count += len(lines)
            exchange.mark_sent(session, [m.id for m in waiting], now=now())


def _lines(session: Session, policy: Policy, message: exchange.Waiting) -> Iterator[dict[str, Any]]:
    if message.topic != "alerts.raised":
        day = message.body.get("closed_on") or message.body["raised_on"]
        yield {"id": f"{message.topic}:{message.key}", "day": day, **message.body}
        return
    found = alerts.list_alerts(session, ALL, policy, told_id=message.id, count=False)
    for item in found.items:
        name = f"alert:{item['obligation_id']}:{item['due_on']}:{item['rule']}"
        kept = {k: v for k, v in item.items() if k != "after"}
        yield {"id": name, "day": item["raised_on"], **kept}


def _append(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
