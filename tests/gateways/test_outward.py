"""Requests of others: nothing reaches what is closed, and nobody holds a request up."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fulfilment_monitor.domain.errors import BadPolicy
from fulfilment_monitor.domain.outward import AddressRefused, read_openings
from fulfilment_monitor.gateways import outward
from fulfilment_monitor.gateways.outward import Allowed, Unreachable
from fulfilment_monitor.settings import Settings
from tests.gateways.listening import OK, listening

#: Hosts that are, mean, hide or lead to the machine itself, its network or its cloud; a listener
#: stands at {port} of the loop-back.
CLOSED = """
http://127.0.0.1:{port}/  https://127.0.0.1:{port}/  https://127.0.0.1/  http://localhost:{port}/
http://127.1:{port}/  http://127.0.1:{port}/  http://0:{port}/  http://0.0.0.0:{port}/
http://2130706433:{port}/  http://017700000001:{port}/  http://0x7f000001:{port}/
http://0177.0.0.1:{port}/  http://0x7f.0.0.1:{port}/  http://0x7f.1:{port}/  http://127.0.0.01:{port}/
http://127.0.0.1.:{port}/  http://localhost.:{port}/  http://LOCALHOST:{port}/
http://[::1]:{port}/  http://[::]:{port}/  http://[0:0:0:0:0:0:0:1]:{port}/  http://[::127.0.0.1]:{port}/
http://[::ffff:127.0.0.1]:{port}/  http://[::ffff:7f00:1]:{port}/  http://[::ffff:0:127.0.0.1]:{port}/
http://[64:ff9b::127.0.0.1]:{port}/  http://[64:ff9b::7f00:1]:{port}/  http://[2002:7f00:1::]:{port}/
http://[2001:0:7f00:1::]:{port}/  http://[fe80::1]:{port}/  http://[fe80::1%25lo]:{port}/
http://[fd00::1]:{port}/  http://[ff02::1]:{port}/  https://[::ffff:127.0.0.1]/
https://10.0.0.1/  https://172.16.0.1/  https://192.168.0.1/  https://100.64.0.1/
https://169.254.169.254/latest/meta-data/  http://169.254.169.254/  https://100.100.100.200/
https://[fd00:ec2::254]/  https://2852039166/  https://0xa9fea9fe/  https://[::ffff:a9fe:a9fe]/
https://224.0.0.1/  https://255.255.255.255/  https://240.0.0.1/  https://198.18.0.1/
http://user:pass@127.0.0.1:{port}/  http://platform.example@127.0.0.1:{port}/
http://127.0.0.1:{port}@platform.example/  http://platform.example#@127.0.0.1:{port}/
http://platform.example\\@127.0.0.1:{port}/  http:\\\\127.0.0.1:{port}/  http:/127.0.0.1:{port}/
http:///127.0.0.1:{port}/  //127.0.0.1:{port}/  127.0.0.1:{port}
http://１２７.0.0.1:{port}/  http://ⓛocalhost:{port}/  http://127。0。0。1:{port}/
http://127.0.0.1:{port}/\t  http://127.0.0.1\t:{port}/  http://%31%32%37.0.0.1:{port}/
ftp://127.0.0.1:{port}/  file:///etc/passwd  gopher://127.0.0.1:{port}/_GET  data:text/plain,x
http://127.0.0.1:99999/  http://inside.example:{port}/  https://inside.example/  https://both.example/
""".replace("\t  ", "\t\x00").split()  # a tab inside an address is kept

NAMES = {
    "localhost": ["127.0.0.1"],
    "inside.example": ["127.0.0.1"],
    "both.example": ["8.8.8.8", "127.0.0.1"],
}


def resolve(host: str) -> Sequence[str]:
    return NAMES.get(host, ["127.0.0.1"])


def opened(port: int, authorities: str = "") -> Allowed:
    return Allowed(read_openings(f"127.0.0.1:{port}"), authorities)


def test_no_closed_address_is_reached_however_it_is_written() -> None:
    assert len(CLOSED) >= 60
    with listening() as listener:
        for url in CLOSED:
            with pytest.raises(AddressRefused):
                outward.post(
                    url.format(port=listener.port), b"x", {}, allow=Allowed(), resolve=resolve
                )
            with pytest.raises(AddressRefused):
                outward.check(url.format(port=listener.port), allow=Allowed(), resolve=resolve)
        assert listener.heard == []


def test_a_name_is_resolved_once_and_the_connection_goes_there() -> None:
    asked: list[str] = []

    def rebinding(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with listening() as listener:
        url = f"http://platform.example:{listener.port}/in?x=%7E"
        answer = outward.post(
            url, b"{}", {"X-Name": "y"}, allow=opened(listener.port), resolve=rebinding
        )
    assert answer.status == 200
    assert answer.body == b"ok"
    assert asked == ["platform.example"]
    said = listener.heard[0].decode()
    assert said.startswith("POST /in?x=%7E HTTP/1.1\r\n")  # as it was signed
    assert f"Host: platform.example:{listener.port}\r\n" in said
    assert "X-Name: y\r\n" in said


def test_a_redirect_is_an_answer_and_leads_nowhere() -> None:
    with listening() as secret:
        to = f"http://127.0.0.1:{secret.port}/".encode()
        moved = b"HTTP/1.1 302 Found\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n"
        with listening(moved) as listener:
            answer = outward.get(
                f"http://127.0.0.1:{listener.port}/", {}, allow=opened(listener.port)
            )
    assert answer.status == 302
    assert secret.heard == []


def test_proxies_and_credentials_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with listening() as proxy, listening() as listener:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        outward.get(f"http://127.0.0.1:{listener.port}/", {}, allow=opened(listener.port))
    assert proxy.heard == []
    assert b"Authorization" not in listener.heard[0]


def drip(found: socket.socket, head: bytes) -> None:
    found.sendall(head)
    for _ in range(100):
        found.sendall(b"x")
        time.sleep(0.02)


@pytest.mark.parametrize(
    "head",
    [
        b"",  # in the status line
        b"HTTP/1.1 200 OK\r\nX-Slow: ",  # in a header
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",  # an end that looks like the end of the answer
    ],
)
def test_an_answer_that_drips_is_cut_when_its_time_is_over(head: bytes) -> None:
    began = time.monotonic()
    with listening(lambda found: drip(found, head)) as listener:
        url = f"http://127.0.0.1:{listener.port}/"
        with pytest.raises(Unreachable):
            outward.get(url, {}, allow=opened(listener.port), seconds=0.2)
    assert time.monotonic() - began < 1.5


def test_a_name_that_takes_long_to_resolve_is_given_up() -> None:
    answered = threading.Event()

    def slow(host: str) -> Sequence[str]:
        answered.wait(5)
        return ["127.0.0.1"]

    with pytest.raises(Unreachable):
        outward.get("https://platform.example/", {}, allow=Allowed(), resolve=slow, seconds=0.05)
    answered.set()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_001,
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"no answer at all\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 1_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
def test_an_answer_that_is_too_long_or_none_is_refused(answer: bytes) -> None:
    with listening(answer) as listener:
        url = f"http://127.0.0.1:{listener.port}/"
        with pytest.raises(Unreachable) as refused:
            outward.get(url, {}, allow=opened(listener.port))
    assert str(listener.port) not in str(refused.value)


def test_packed_answers_are_never_unpacked() -> None:
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"
    with listening(packed) as listener:
        answer = outward.get(f"http://127.0.0.1:{listener.port}/", {}, allow=opened(listener.port))
    assert answer.body == b"\x1f\x8b\x08"
    assert b"Accept-Encoding: identity" in listener.heard[0]


def test_nobody_there_is_unreachable() -> None:
    with listening() as listener:
        port = listener.port
    with pytest.raises(Unreachable):
        outward.get(f"http://127.0.0.1:{port}/", {}, allow=opened(port))
    with pytest.raises(Unreachable):
        outward.get("https://gone.example/", {}, allow=Allowed(), resolve=lambda host: [])


def certificate(folder: Path, name: str) -> tuple[str, ssl.SSLContext]:
    """A certificate that vouches for itself, and a server that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder(named, named, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=20_000))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    return str(cert), context


def test_a_certificate_is_that_of_the_name_and_not_of_the_address(tmp_path: Path) -> None:
    trusted, tls = certificate(tmp_path, "platform.example")
    with listening(OK, tls) as listener:
        for host, allow, right in (
            ("platform.example", opened(listener.port, trusted), True),
            ("other.example", opened(listener.port, trusted), False),
            ("127.0.0.1", opened(listener.port, trusted), False),
            ("platform.example", opened(listener.port), False),  # nobody known vouches for it
        ):
            url = f"https://{host}:{listener.port}/"
            if right:
                answer = outward.get(url, {}, allow=allow, resolve=lambda host: ["127.0.0.1"])
                assert answer.status == 200
            else:
                with pytest.raises(Unreachable):
                    outward.get(url, {}, allow=allow, resolve=lambda host: ["127.0.0.1"])
        assert len(listener.heard) == 1


def test_the_settings_say_what_is_open() -> None:
    allow = outward.allowed(Settings(outward_allow="10.0.0.0/8", outward_authorities="ca.pem"))
    [opening] = allow.openings
    assert opening.opens_address(ip_address("10.1.1.1"), 80)
    assert allow.authorities == "ca.pem"
    with pytest.raises(BadPolicy, match="FM_OUTWARD_ALLOW"):
        outward.allowed(Settings(outward_allow="10.0.0.0/99"))
