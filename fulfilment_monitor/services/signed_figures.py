"""Figures for an appraisal, signed: whoever has them can show that they came from here.

They can be reckoned again at any time: the ledger is read as it was known on the day of signing.
Source: 发改财金〔2023〕1103号 三（三）.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ..domain.errors import Invalid, Issue
from ..domain.secrets import Keyed, Secrets
from . import records

_MARK = b"figures\x00"
_SIGNED = ("uscc", "from", "to", "known_at", "streams")


def reckon(
    session: Session, uscc: str, first: date, last: date, known_at: date | None
) -> dict[str, Any]:
    """What the appraisal takes for a body and a period, by stream."""
    body = records.find_body(session, uscc)
    found = records.figures_of(session, body.id, first, last, known_at)
    return {
        "uscc": uscc,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "known_at": None if known_at is None else known_at.isoformat(),
        "streams": {stream.value: dict(f._asdict()) for stream, f in found.items()},
    }


def sign(said: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """The figures with a signature over all of them, and the name of its key."""
    made = secrets.sign(_content(said))
    return {**said, "signature": {"key": made.key_id, "value": made.content.hex()}}


def check(session: Session, given: Mapping[str, Any], secrets: Secrets) -> list[str]:
    """What is wrong with signed figures: `signature`, or streams that reckon otherwise.

    Raises:
        Invalid: these are no signed figures.
        KeyUnknown: they were signed with a key that is not here.
    """
    try:
        signature = given["signature"]
        made = Keyed(str(signature["key"]), bytes.fromhex(signature["value"]))
        first, last = date.fromisoformat(given["from"]), date.fromisoformat(given["to"])
        known = date.fromisoformat(given["known_at"])
        uscc, streams = str(given["uscc"]), dict(given["streams"])
    except (KeyError, TypeError, ValueError):
        raise Invalid([Issue("", "figures", "these are no signed figures")]) from None
    faults = [] if secrets.is_signed(made, _content(given)) else ["signature"]
    again = reckon(session, uscc, first, last, known)["streams"]
    return faults + sorted(
        s for s in again.keys() | streams.keys() if again.get(s) != streams.get(s)
    )


def _content(said: Mapping[str, Any]) -> bytes:
    plain = {name: said.get(name) for name in _SIGNED}
    return _MARK + json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
