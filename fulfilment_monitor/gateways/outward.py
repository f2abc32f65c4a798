"""The one place that makes requests of others: no other module of the service opens a connection.

The host is resolved once, every address it stands for has to be open (`domain.outward`), and the
connection goes to one of these very addresses; name, certificate and Host header stay those of
the URL. There are no redirects, proxies, cookies or credentials; a request has five seconds from
the first look-up to the last byte, however slowly these drip, and an answer one megabyte.
"""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from .. import clock
from ..domain.errors import BadPolicy, Refusal
from ..domain.outward import (
    AddressRefused,
    Opening,
    Target,
    read_openings,
    read_target,
    refuse_closed,
)
from ..settings import Settings

SECONDS = 5.0
MOST_BYTES = 1_000_000

#: What a host stands for now; raises OSError where it stands for nothing.
Resolve = Callable[[str], Sequence[str]]


class Unreachable(Refusal):
    """No whole answer came; whether the request arrived, nobody knows."""

    code = "outward.unreachable"
    title = "The other side does not answer"
    status = 503


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    #: By their names in lower case.
    headers: Mapping[str, str]
    body: bytes


class Allowed(NamedTuple):
    """What the settings open besides https on port 443 at public addresses."""

    openings: tuple[Opening, ...] = ()
    #: A file of certificates that is trusted instead of the usual ones; empty: those.
    authorities: str = ""


def allowed(settings: Settings) -> Allowed:
    """What the settings open.

    Raises:
        BadPolicy: FM_OUTWARD_ALLOW cannot be read.
    """
    try:
        return Allowed(read_openings(settings.outward_allow), settings.outward_authorities)
    except AddressRefused as refused:
        raise BadPolicy(f"FM_OUTWARD_ALLOW: {refused}") from None


def look_up(host: str) -> Sequence[str]:
    """The addresses of a name, as the machine resolves it."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def check(url: str, *, allow: Allowed, resolve: Resolve = look_up) -> None:
    """Refuse a URL that no request would be sent to now; for forms, and no replacement for it.

    Raises:
        AddressRefused: it is not written plainly, or not open.
        Unreachable: its host stands for nothing.
    """
    target = read_target(url)
    refuse_closed(target, _addresses(target, resolve, SECONDS), allow.openings)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow: Allowed,
    resolve: Resolve = look_up,
    seconds: float = SECONDS,
) -> Answer:
    """Send some bytes; the answer is returned whatever its status, a redirect too.

    Raises:
        AddressRefused: it is not written plainly, or not open; nothing was sent.
        Unreachable: no whole answer came in time, or it was too long.
    """
    return _send("POST", url, body, headers, allow, resolve, seconds)


def get(
    url: str,
    headers: Mapping[str, str],
    *,
    allow: Allowed,
    resolve: Resolve = look_up,
    seconds: float = SECONDS,
) -> Answer:
    """Fetch something; raises what `post` raises."""
    return _send("GET", url, None, headers, allow, resolve, seconds)


def _send(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    allow: Allowed,
    resolve: Resolve,
    seconds: float,
) -> Answer:
    target = read_target(url)
    line = _Line(target, clock.monotonic() + seconds)
    line.addresses = _addresses(target, resolve, seconds)
    refuse_closed(target, line.addresses, allow.openings)
    request = requests.Request(method, url, data=body, headers=dict(headers)).prepare()
    request.url = url  # as it was signed, not as the library would write it
    request.headers.setdefault("User-Agent", "fulfilment-monitor")
    request.headers["Accept-Encoding"] = "identity"
    watch = threading.Timer(line.left(), line.cut)
    watch.daemon = True
    watch.start()
    try:
        return _exchange(request, line, allow)
    finally:
        watch.cancel()
        line.close()


def _exchange(request: requests.PreparedRequest, line: "_Line", allow: Allowed) -> Answer:
    adapter = _Pinned(line)
    try:
        response = adapter.send(
            request,
            stream=True,
            timeout=line.left(),
            verify=allow.authorities or True,
            proxies={},
        )
        with closing(response):
            body = _read(response)
    except (requests.RequestException, HTTPError, OSError) as fault:
        # The words of the fault name addresses and certificates: they stay here.
        raise Unreachable(f"{line.target.host}: {type(fault).__name__}") from None
    finally:
        adapter.close()
    if line.is_cut or line.left() <= 0:  # an end that we made looks like one of theirs
        raise Unreachable(f"{line.target.host}: took too long")
    if len(body) > MOST_BYTES:
        raise Unreachable(f"{line.target.host}: answers with more than {MOST_BYTES} bytes")
    return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)


def _read(response: requests.Response) -> bytes:
    """The body as it came; a byte more than may be is enough to know that it is too long."""
    body = bytearray()
    while len(body) <= MOST_BYTES:
        more = response.raw.read(MOST_BYTES + 1 - len(body), decode_content=False)
        if not more:
            break
        body += more
    return bytes(body)


def _addresses(target: Target, resolve: Resolve, seconds: float) -> Sequence[str]:
    """The addresses of the host; resolved beside us, because a look-up knows no time-out."""
    try:
        return [str(ip_address(target.host))]
    except ValueError:
        found: list[Sequence[str]] = []
    thread = threading.Thread(target=_note, args=(found, resolve, target.host), daemon=True)
    thread.start()
    thread.join(seconds)
    if not found or not found[0]:
        raise Unreachable(f"{target.host} stands for no address")
    return found[0]


def _note(found: list[Sequence[str]], resolve: Resolve, host: str) -> None:
    try:
        found.append(resolve(host))
    except (OSError, UnicodeError):
        found.append(())


# --- the connection ---------------------------------------------------------------------------


@dataclass
class _Line:
    """One connection to one of some addresses, which is cut when its time is over."""

    target: Target
    until: float
    addresses: Sequence[str] = ()
    is_cut: bool = False
    #: A second handle: the first one is taken over by TLS.
    _handle: socket.socket | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def left(self) -> float:
        """Seconds that are left; never none at all, which would mean for ever."""
        return max(self.until - clock.monotonic(), 0.001)

    def dial(self) -> socket.socket:
        """Connect to the first address that answers."""
        fault = OSError("no address")
        for address in self.addresses:
            try:
                found = socket.create_connection((address, self.target.port), self.left())
            except OSError as refused:
                fault = refused
                continue
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._handle = found.dup()
            return found
        raise fault

    def cut(self) -> None:
        """End the connection, in the middle of whatever it is doing."""
        with self._lock:
            self.is_cut = True
            if self._handle is not None:
                try:
                    self._handle.shutdown(socket.SHUT_RDWR)
                except OSError:
                    return  # the other side was quicker

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None


class _Pinned(HTTPAdapter):
    """Used without a session: so there are no redirects, cookies, netrc or proxies."""

    def __init__(self, line: _Line) -> None:
        super().__init__(max_retries=0)
        self._line = line

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: object = None,
    ) -> HTTPConnectionPool:
        """A pool of one connection, which goes where it was resolved to."""
        pool = super().get_connection_with_tls_context(request, verify, {}, None)
        assert isinstance(pool, HTTPConnectionPool)
        line = self._line

        class Dialled(pool.ConnectionCls):  # type: ignore[name-defined]
            def _new_conn(self) -> socket.socket:
                return line.dial()

        pool.ConnectionCls = Dialled
        return pool
