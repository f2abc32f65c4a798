"""Signatures as docs/exchange.md describes them, read and made a second time.

RFC 9421 with the components and parameters the wire asks for, and no others; Standard Webhooks.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

_WINDOW_SECONDS = 300
_NONCE_SECONDS = 900
_DIGESTS = {"hmac-sha256": "sha256", "hmac-sm3": "sm3"}
_COVERED = ("@method", "@target-uri", "content-digest")
_INPUT = re.compile(
    r'(?P<label>[a-z][a-z0-9_-]*)=(?P<params>\((?P<covered>"[a-z0-9@-]+"(?: "[a-z0-9@-]+")*)\)'
    r'(?P<rest>(?:;[a-z]+=(?:[0-9]+|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*))'
)
_PARAMETER = re.compile(r';([a-z]+)=(?:([0-9]+)|"([^"]*)")')


class Unsigned(Exception):
    """A request is not signed as the wire asks; the message says what is wrong."""


class Key(NamedTuple):
    algorithm: str
    secret: bytes


@dataclass
class Nonces:
    """What was used once, and is not used again for a quarter of an hour."""

    seen: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def take(self, key: str, nonce: str, now: datetime) -> bool:
        """Whether this is its first use."""
        for old, at in list(self.seen.items()):
            if abs((now - at).total_seconds()) > _NONCE_SECONDS:
                del self.seen[old]
        if (key, nonce) in self.seen:
            return False
        self.seen[key, nonce] = now
        return True


def check(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    keys: Mapping[str, Key],
    nonces: Nonces,
    now: datetime,
) -> str:
    """The id of the key a request is signed with.

    Raises:
        Unsigned: it is not, or not so that it could be believed.
    """
    digest = headers.get("Content-Digest", "")
    if digest != content_digest(body):
        raise Unsigned("the content digest is not that of the body")
    found = _INPUT.fullmatch(headers.get("Signature-Input", ""))
    if found is None:
        raise Unsigned("no signature input that could be read")
    if not set(_COVERED) <= {c.strip('"') for c in found["covered"].split(" ")}:
        raise Unsigned("the signature does not cover what it has to")
    told = {name: number or text for name, number, text in _PARAMETER.findall(found["rest"])}
    key = keys.get(told.get("keyid", ""))
    if key is None or told.get("alg") != key.algorithm:
        raise Unsigned("no such key, or not of this algorithm")
    values = {"@method": method, "@target-uri": url, "content-digest": digest}
    base = _base(found["covered"].split(" "), found["params"], values)
    given = f"{found['label']}=:{_mac(key, base)}:"
    if not hmac.compare_digest(given.encode(), headers.get("Signature", "").encode()):
        raise Unsigned("the signature is another")
    created = told.get("created", "0")
    if abs(now.timestamp() - int(created)) > _WINDOW_SECONDS:
        raise Unsigned("signed too long ago, or not yet")
    if not told.get("nonce") or not nonces.take(told["keyid"], told["nonce"], now):
        raise Unsigned("the nonce is missing or was used before")
    return told["keyid"]


def sign(
    method: str, url: str, body: bytes, key_id: str, key: Key, now: datetime
) -> dict[str, str]:
    """The headers that sign a request."""
    digest = content_digest(body)
    covered = [f'"{name}"' for name in _COVERED]
    params = (
        f'({" ".join(covered)});created={int(now.timestamp())};nonce="{secrets.token_urlsafe(16)}"'
        f';keyid="{key_id}";alg="{key.algorithm}"'
    )
    values = {"@method": method, "@target-uri": url, "content-digest": digest}
    return {
        "Content-Digest": digest,
        "Signature-Input": f"fm={params}",
        "Signature": f"fm=:{_mac(key, _base(covered, params, values))}:",
    }


def content_digest(body: bytes) -> str:
    """The digest of a body as a header says it (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _base(covered: list[str], params: str, values: Mapping[str, str]) -> bytes:
    try:
        lines = [f"{name}: {values[name.strip(chr(34))]}" for name in covered]
    except KeyError as unknown:
        raise Unsigned(f"{unknown} is covered and not known here") from None
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def _mac(key: Key, base: bytes) -> str:
    return base64.b64encode(hmac.digest(key.secret, base, _DIGESTS[key.algorithm])).decode()


def check_hook(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> str:
    """The id of a webhook, if it is signed with a secret (`whsec_…`) as Standard Webhooks asks.

    Raises:
        Unsigned: it is not, or too long ago.
    """
    ident, at = headers.get("Webhook-Id", ""), headers.get("Webhook-Timestamp", "")
    if not ident or not at.isdecimal():
        raise Unsigned("no id, or no time")
    if abs(now.timestamp() - int(at)) > _WINDOW_SECONDS:
        raise Unsigned("signed too long ago, or not yet")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = hmac.digest(key, f"{ident}.{at}.".encode() + body, "sha256")
    wanted = f"v1,{base64.b64encode(right).decode()}".encode()
    given = headers.get("Webhook-Signature", "").split(" ")
    if not any(hmac.compare_digest(wanted, one.encode()) for one in given):
        raise Unsigned("the signature is another")
    return ident
