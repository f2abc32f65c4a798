"""Requests between platforms are signed: RFC 9421 over a shared secret, HMAC-SHA256 or HMAC-SM3.

Covered are always method, target URI and content digest, with time, nonce and key id; whoever
verifies requires each of them by name. The library brings the form; time and nonce are ours.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from ..domain.partners import Algorithm, BadSignature, SharedKey

#: By how much the clocks of two platforms may differ.
TOLERANCE = timedelta(seconds=300)
#: How long whoever verifies keeps nonces: longer than a request stays good.
NONCES_KEPT = timedelta(minutes=15)
_COVERED = ("@method", "@target-uri", "content-digest")
_LABEL = "fm"
_NONCE_BYTES = 18
_KEY_ID = re.compile(r';keyid="([A-Za-z0-9._-]{1,80})"')
_LONGEST_NONCE = 80


class _HmacSm3(HTTPSignatureAlgorithm):
    """HMAC over SM3 (GB/T 32905); its name is ours, no registry has it."""

    algorithm_id = Algorithm.HMAC_SM3.value

    def __init__(self, public_key: Any = None, private_key: Any = None) -> None:
        self._secret = bytes(public_key if public_key is not None else private_key)

    def sign(self, message: bytes) -> bytes:
        return hmac.digest(self._secret, message, "sm3")

    def verify(self, signature: bytes, message: bytes) -> None:
        if not hmac.compare_digest(signature, self.sign(message)):
            raise InvalidSignature("it is not that of this message")


_ALGORITHMS: Mapping[Algorithm, type[HTTPSignatureAlgorithm]] = {
    Algorithm.HMAC_SHA256: algorithms.HMAC_SHA256,
    Algorithm.HMAC_SM3: _HmacSm3,
}


@dataclass
class _Request:
    """What is signed, as the library wants to see it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, key: SharedKey) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> bytes | None:
        return self._key.secret if key_id == self._key.id else None

    def resolve_private_key(self, key_id: str) -> bytes:
        return self._key.secret


def sign(
    method: str, url: str, body: bytes, key: SharedKey, *, now: datetime, nonce: str | None = None
) -> dict[str, str]:
    """The headers that sign a request: `Content-Digest`, `Signature-Input`, `Signature`.

    Args:
        url: the whole target as it will be asked for, with its query.
        nonce: random when left out; given in examples only.
    """
    request = _Request(method, url)
    signer = HTTPMessageSigner(
        signature_algorithm=_ALGORITHMS[key.algorithm], key_resolver=_OneKey(key)
    )
    signer.sign(
        request,
        key_id=key.id,
        created=now,
        nonce=nonce or secrets.token_urlsafe(_NONCE_BYTES),
        label=_LABEL,
        covered_component_ids=_COVERED,
        body=body,
    )
    return request.headers


def key_id_of(headers: Mapping[str, str]) -> str:
    """The id of the key a request says it is signed with; nothing is verified yet.

    Raises:
        BadSignature: it names none, or more than one.
    """
    found = [v for k, v in headers.items() if k.lower() == "signature-input"]
    named = _KEY_ID.findall(found[0]) if len(found) == 1 else []
    if len(named) != 1:
        raise BadSignature("the request names no key, or several")
    return str(named[0])


def verify(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    find_key: Callable[[str], SharedKey | None],
    now: datetime,
    is_new: Callable[[str, str], bool],
) -> SharedKey:
    """The key a request was signed with, once everything about its signature holds.

    Args:
        url: the target as the other side addressed it, with scheme, host and query: behind a
            proxy not the one this process sees.
        find_key: the live key with an id, or None.
        is_new: keeps a nonce of a key, and tells whether it had not been seen within
            `NONCES_KEPT`; asked last, so that only good signatures leave one.

    Raises:
        BadSignature: anything is missing, wrong, too old, too new, or was seen before.
    """
    key = find_key(key_id_of(headers))
    if key is None:
        raise BadSignature("no such key is in use")
    verifier = _Verifier(signature_algorithm=_ALGORITHMS[key.algorithm], key_resolver=_OneKey(key))
    verifier.now = now
    request = _Request(method, url, dict(headers))
    try:
        (found,) = verifier.verify(request, body=body, require_components=_COVERED, max_age=None)
    except (HTTPMessageSignaturesException, ValueError) as fault:
        raise BadSignature(f"the signature does not hold: {fault}"[:200]) from None
    nonce = found.parameters.get("nonce")
    if not isinstance(nonce, str) or not 0 < len(nonce) <= _LONGEST_NONCE:
        raise BadSignature("the signature has no nonce")
    if not is_new(key.id, nonce):
        raise BadSignature("the request was seen before")
    return key


class _Verifier(HTTPMessageVerifier):
    """The library's, by our clock: it would read the machine's, and let nothing come early."""

    now: datetime

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        created = sig_input.params.get("created")
        if type(created) is not int:
            raise InvalidSignature("the signature says no time")
        if abs(created - int(self.now.timestamp())) > TOLERANCE.total_seconds():
            raise InvalidSignature("the signature is too old, or from the future")
        expires = sig_input.params.get("expires")
        if expires is not None and expires < self.now.timestamp():
            raise InvalidSignature("the signature has run out")
