"""Sign-in another service vouches for: OpenID Connect, the code flow with PKCE, state and nonce.

The only thing that is taken from the other side is who somebody is there; never a name, a role or
a session. Its answers are fetched through the one outward door, and its keys are its own.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from .. import clock
from ..domain.errors import BadPolicy, Refusal
from ..domain.outward import AddressRefused, read_target
from ..domain.vouching import Subject
from ..settings import Settings
from . import outward

#: Signatures that are believed: made with a key of the other side, never with a shared secret.
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
#: Seconds for which what the other side says of itself is believed.
_KEPT = 3600.0
#: Seconds between two looks for a key that is not known; its name is chosen by whoever asks.
_KEYS_AGAIN = 60.0
_LEEWAY = 60
_WELL_KNOWN = "/.well-known/openid-configuration"


class NotVouched(Refusal):
    """The other side did not answer, or what it said cannot be believed."""

    code = "sso.not-vouched"
    title = "Not signed in"
    status = 401


class Begun(NamedTuple):
    """Where somebody is sent, and what has to come back with them."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass
class Provider:
    """The service that vouches; what it says of itself is fetched when first asked for."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    #: The address here to which people come back.
    redirect_uri: str
    allow: outward.Allowed
    _said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _said_at: float = field(default=0.0, repr=False)
    _keys: Any = field(default=None, repr=False)
    _keys_at: float = field(default=0.0, repr=False)

    def begin(self) -> Begun:
        """Send somebody there.

        Raises:
            NotVouched: the other side does not say where.
        """
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

        state, nonce, verifier = (secrets.token_urlsafe(n) for n in (24, 24, 48))
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        where = self._endpoint("authorization_endpoint")
        joined = "&" if "?" in where else "?"
        return Begun(where + joined + urlencode(asked, quote_via=quote), state, nonce, verifier)

    def finish(self, code: str, verifier: str, nonce: str, now: datetime) -> Subject:
        """Whom the code that came back stands for.

        Raises:
            NotVouched: the other side does not take the code, or its answer cannot be believed.
        """
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}".encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Authorization": "Basic " + base64.b64encode(pair).decode(),
        }
        where = self._endpoint("token_endpoint")
        body = urlencode(asked, quote_via=quote).encode()
        try:
            answer = outward.post(where, body, headers, allow=self.allow)
        except (AddressRefused, outward.Unreachable) as fault:
            raise NotVouched(str(fault)) from None
        token = _document(answer).get("id_token")
        if not isinstance(token, str):
            raise NotVouched("there is no identity in the answer")
        return self._believe(token, nonce, now)

    def _believe(self, token: str, nonce: str, now: datetime) -> Subject:
        """Who a token speaks of, once its signature and every claim were looked at."""
        from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            read = self._decoded(token)
            options = {"iss": {"values": [self.issuer]}, "aud": {"values": [self.client_id]}}
            params = {"nonce": nonce, "client_id": self.client_id}
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            raise NotVouched(f"the identity cannot be believed: {type(fault).__name__}") from None
        assert isinstance(read, jwt.Token)
        name = claims["sub"]
        if not isinstance(name, str) or not 0 < len(name) <= 255:
            raise NotVouched("the identity names nobody")
        return Subject(self.issuer, name)

    def _decoded(self, token: str) -> Any:
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            return jwt.decode(token, self._key_set(), algorithms=list(_ALGORITHMS))
        except (JoseError, ValueError):
            if clock.monotonic() - self._keys_at < _KEYS_AGAIN:
                raise
        return jwt.decode(token, self._key_set(anew=True), algorithms=list(_ALGORITHMS))

    def _key_set(self, *, anew: bool = False) -> Any:
        from joserfc import jwk

        if self._keys is None or anew or clock.monotonic() - self._keys_at > _KEPT:
            found: Any = self._fetch(self._endpoint("jwks_uri"))
            self._keys, self._keys_at = jwk.KeySet.import_key_set(found), clock.monotonic()
        return self._keys

    def _endpoint(self, name: str) -> str:
        if not self._said or clock.monotonic() - self._said_at > _KEPT:
            said = self._fetch(self.issuer.rstrip("/") + _WELL_KNOWN)
            if said.get("issuer") != self.issuer:
                raise NotVouched("the other side calls itself by another name")
            self._said, self._said_at = said, clock.monotonic()
        found = self._said.get(name)
        try:
            read_target(str(found))
        except AddressRefused:
            raise NotVouched(f"the other side says no {name}") from None
        return str(found)

    def _fetch(self, url: str) -> Mapping[str, Any]:
        try:
            return _document(outward.get(url, {"Accept": "application/json"}, allow=self.allow))
        except (AddressRefused, outward.Unreachable) as fault:
            raise NotVouched(str(fault)) from None


def open_provider(settings: Settings) -> Provider | None:
    """The service the settings name; None where they name none.

    Raises:
        BadPolicy: the extra is not installed, or the secret is not there.
    """
    if not settings.oidc_issuer:
        return None
    try:
        import authlib  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        raise BadPolicy("FM_OIDC_ISSUER: install the extra, fulfilment-monitor[sso]") from None
    try:
        secret = Path(settings.oidc_secret_file).read_text("utf-8").strip()
    except (OSError, ValueError) as fault:
        raise BadPolicy(f"FM_OIDC_SECRET_FILE cannot be read: {type(fault).__name__}") from None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        secret,
        settings.oidc_redirect_uri,
        outward.allowed(settings),
    )


def _document(answer: outward.Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotVouched(f"the other side answers {answer.status}, or nothing that can be read")
    return found
