"""Channels that send: signed messages, some of them several times and in whatever order."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from .. import outward
from ..outward import Allowed, Unreachable
from .faults import BadFaults, Dice
from .signing import Key, sign

_TRIES = 5
_MOST = 10_000


class Item(NamedTuple):
    """A message of a channel, in the channel's own form."""

    id: str
    body: Mapping[str, Any]


class Sent(NamedTuple):
    """One copy of a message, and what it was answered; None where nobody answered."""

    id: str
    status: int | None
    answer: Any


def read_items(told: Any) -> list[Item]:
    """Messages as they are told: `[{"id": …, "body": {…}}]`.

    Raises:
        BadFaults: they are none.
    """
    if not isinstance(told, list) or len(told) > _MOST:
        raise BadFaults(f'items are a list of {{"id": …, "body": …}}, {_MOST} at most')
    try:
        found = [Item(one["id"], one["body"]) for one in told]
    except (TypeError, KeyError):
        raise BadFaults('an item is {"id": …, "body": …}') from None
    if not all(isinstance(i.id, str) and isinstance(i.body, dict) for i in found):
        raise BadFaults("the id of an item is a text, its body an object")
    return found


def send(
    items: Sequence[Item],
    to: str,
    key_id: str,
    key: Key,
    dice: Dice,
    *,
    now: datetime,
    allow: Allowed,
) -> list[Sent]:
    """Send messages as the faults say: one to `copies` of each, shuffled or not.

    A copy that nobody answers, or with 5xx, is sent again, five times at most.

    Raises:
        AddressRefused: the address is not open.
    """
    copies = [i for i in items for _ in range(dice.random.randint(1, dice.faults.copies))]
    if dice.faults.shuffle:
        dice.random.shuffle(copies)
    return [_one(item, to, key_id, key, now, allow) for item in copies]


def _one(item: Item, to: str, key_id: str, key: Key, now: datetime, allow: Allowed) -> Sent:
    body = json.dumps(item.body, ensure_ascii=False).encode()
    found = Sent(item.id, None, None)
    for _ in range(_TRIES):
        signed = sign("POST", to, body, key_id, key, now)
        headers = {"Content-Type": "application/json", "Idempotency-Key": item.id, **signed}
        try:
            answer = outward.post(to, body, headers, allow=allow)
        except Unreachable:
            continue
        found = Sent(item.id, answer.status, _json(answer.body))
        if answer.status < 500:
            break
    return found


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
