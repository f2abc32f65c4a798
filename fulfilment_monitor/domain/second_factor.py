"""The second factor: codes of the time (TOTP, RFC 6238), and codes that stand in once.

Six digits, thirty seconds, HMAC-SHA-1 over a seed of 160 bits: what every authenticator knows.
"""

import hmac
from base64 import b32encode
from datetime import datetime

SEED_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
#: How many steps a clock may be off, to either side.
_OFF = 1


def step_at(now: datetime) -> int:
    """The number of the step a moment lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(seed: bytes, step: int) -> str:
    """The code of a step.

    >>> code_at(b"12345678901234567890", 1)
    '287082'
    """
    digest = hmac.digest(seed, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(seed: bytes, code: str, now: datetime, after: int) -> int | None:
    """The step a code is of, if it counts now; each step counts once.

    Args:
        after: the last step a code was used of.
    """
    given = "".join(c for c in code if c.isdecimal() and c.isascii()).encode()
    middle = step_at(now)
    found = None
    for step in range(middle - _OFF, middle + _OFF + 1):
        if hmac.compare_digest(code_at(seed, step).encode(), given) and step > after:
            found = step
    return found


def looks_like_code(text: str) -> bool:
    """Whether this was meant as a code of the time, not as one that stands in for it."""
    return len("".join(text.split())) <= DIGITS + 1


def spelt(seed: bytes) -> str:
    """A seed as people type it: base 32, in groups of four."""
    text = b32encode(seed).decode()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))
