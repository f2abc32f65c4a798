"""Webhooks as they are described: the example in the documentation checks what we sign."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fulfilment_monitor.domain.webhooks import headers, read_secret

_DOCS = Path(__file__).parents[2] / "docs" / "webhooks.md"
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"


def test_the_example_tells_ours_from_everything_else() -> None:
    example = re.search(r"```python\n(.*?)```", _DOCS.read_text("utf-8"), re.S)
    assert example is not None
    known: dict[str, Any] = {}
    exec(example[1], known)
    is_ours = known["is_ours"]
    now, body = NOW.timestamp(), b'{"id":"01J"}'
    signed = headers("01J", body, [read_secret(OTHER), read_secret(SECRET)], NOW)
    assert is_ours(signed, body, SECRET, now)
    assert is_ours(signed, body, OTHER, now + 300)
    assert not is_ours(signed, body, SECRET, now + 301)
    assert not is_ours(signed, body + b" ", SECRET, now)
    assert not is_ours({**signed, "Webhook-Id": "01K"}, body, SECRET, now)
    assert not is_ours(headers("01J", body, [b"x" * 24], NOW), body, SECRET, now)
