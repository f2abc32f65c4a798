"""SMS through a gateway of the office that takes JSON over HTTP."""

import json

from ..domain.errors import Refusal
from ..settings import Settings
from . import outward
from .mail import NotTaken

_TAKEN = range(200, 300)
#: What may be otherwise the next time, of what is said to be the sender's fault.
_LATER = frozenset({401, 403, 408, 425, 429})


def send(settings: Settings, name: str, to: str, text: str) -> None:
    """Hand one message over: `{"id", "to", "text"}`, with the token of the settings.

    Args:
        name: what it is known by, the same at every attempt.

    Raises:
        NotTaken: the gateway does not answer, or does not take it.
    """
    body = json.dumps({"id": name, "to": to, "text": text}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": name}
    if settings.sms_token:
        headers["Authorization"] = f"Bearer {settings.sms_token}"
    try:
        answer = outward.post(settings.sms_url, body, headers, allow=outward.allowed(settings))
    except Refusal as fault:
        raise NotTaken(fault.code) from None
    if answer.status not in _TAKEN:
        for_good = 400 <= answer.status < 500 and answer.status not in _LATER
        raise NotTaken(f"sms.{answer.status}", for_good=for_good)
