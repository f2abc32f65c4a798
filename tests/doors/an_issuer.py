"""A small service that vouches for people, on a port of this machine; it may be told to lie."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwk, jwt

CLIENT, SECRET = "fulfilment", "s3cret:with/signs"
_KEY = jwk.ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
OTHER_KEY = jwk.ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})


class Issuer:
    """What it says, and whom it has let in."""

    def __init__(self, port: int, now: Callable[[], int]) -> None:
        self.url, self.now = f"http://127.0.0.1:{port}", now
        self.codes: dict[str, dict[str, str]] = {}
        #: What it says wrongly, over what it would say.
        self.lies: dict[str, Any] = {}
        self.signs_with: Any = _KEY
        self.header: dict[str, Any] = {"alg": "ES256", "kid": "one"}
        self.asked: list[str] = []

    def lets_in(self, location: str, subject: str) -> str:
        """Somebody signs in there; returns the path they come back to."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(location).query).items()}
        assert location.startswith(f"{self.url}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = {**asked, "subject": subject}
        back = urlsplit(asked["redirect_uri"]).path
        return f"{back}?code={code}&state={asked['state']}"

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            said = {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
            return 200, said | self.lies.get("metadata", {})
        if path == "/keys":
            return 200, {"keys": [_KEY.as_dict(private=False)]}
        return self._token(form, authorization) if path == "/token" else (404, {})

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or pair != f"{CLIENT}:s3cret%3Awith%2Fsigns":
            return 400, {"error": "invalid_grant"}
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.url,
            "sub": asked["subject"],
            "aud": CLIENT,
            "iat": self.now(),
            "exp": self.now() + 300,
            "nonce": asked["nonce"],
            # what is said of names and roles is never listened to
            "preferred_username": "boss",
            "roles": ["system_admin"],
        } | self.lies.get("claims", {})
        claims = {k: v for k, v in claims.items() if v is not None}
        token = jwt.encode(self.header, claims, self.signs_with, algorithms=["ES256", "HS256"])
        return 200, {"id_token": token, "access_token": "x", "token_type": "Bearer"}


@contextmanager
def an_issuer(now: Callable[[], int]) -> Iterator[Issuer]:
    """The service while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say({k: v[0] for k, v in parse_qs(body).items()})

        def _say(self, form: dict[str, str]) -> None:
            status, said = issuer.answer(self.path, form, self.headers.get("Authorization", ""))
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the tests look at what was asked."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(server.server_port, now)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
