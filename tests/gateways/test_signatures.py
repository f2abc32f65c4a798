"""Signed requests: what is covered, what is refused, and two algorithms."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fulfilment_monitor.domain.partners import Algorithm, BadSignature, SharedKey
from fulfilment_monitor.gateways import signatures

NOW = datetime(2026, 1, 12, 1, 30, 5, tzinfo=UTC)
URL = "https://share.example.gov.cn/exchange/messages?x=1"
BODY = '{"id":"示例"}'.encode()


def a_key(algorithm: Algorithm = Algorithm.HMAC_SHA256, name: str = "K1") -> SharedKey:
    return SharedKey(name, "province", algorithm, bytes(range(32)))


def verify(
    headers: dict[str, str],
    *,
    method: str = "POST",
    url: str = URL,
    body: bytes = BODY,
    keys: tuple[SharedKey, ...] = (),
    now: datetime = NOW,
    is_new: Callable[[str, str], bool] = lambda _key, _nonce: True,
) -> SharedKey:
    known = {k.id: k for k in keys or (a_key(),)}
    return signatures.verify(method, url, headers, body, known.get, now, is_new)


@pytest.fixture(params=Algorithm)
def key(request: pytest.FixtureRequest) -> SharedKey:
    return a_key(request.param)


def test_what_was_signed_is_known_again_by_either_algorithm(key: SharedKey) -> None:
    headers = signatures.sign("POST", URL, BODY, key, now=NOW)
    assert verify(headers, keys=(key,)).partner == "province"
    empty = signatures.sign("GET", URL, b"", key, now=NOW)
    assert verify(empty, method="GET", body=b"", keys=(key,)) == key
    lower = {k.lower(): v for k, v in headers.items()}
    assert verify(lower, keys=(key,)) == key


def test_a_signature_is_what_the_standard_says(key: SharedKey) -> None:
    """Reckoned by hand from RFC 9421 section 2.5, so that another platform can too."""
    headers = signatures.sign("POST", URL, BODY, key, now=NOW, nonce="n-1")
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    covered = (
        '("@method" "@target-uri" "content-digest")'
        f';created={int(NOW.timestamp())};keyid="K1";alg="{key.algorithm.value}";nonce="n-1"'
    )
    assert headers["Content-Digest"] == f"sha-256=:{digest}:"
    assert headers["Signature-Input"] == f"fm={covered}"
    base = "\n".join(
        (
            '"@method": POST',
            f'"@target-uri": {URL}',
            f'"content-digest": sha-256=:{digest}:',
            f'"@signature-params": {covered}',
        )
    )
    name = {Algorithm.HMAC_SHA256: "sha256", Algorithm.HMAC_SM3: "sm3"}[key.algorithm]
    made = base64.b64encode(hmac.digest(key.secret, base.encode(), name)).decode()
    assert headers["Signature"] == f"fm=:{made}:"


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"url": URL.replace("x=1", "x=2")},
        {"url": URL.replace("messages", "packages")},
        {"url": URL.replace("share", "other")},
        {"body": BODY + b" "},
        {"now": NOW + timedelta(seconds=301)},
        {"now": NOW - timedelta(seconds=301)},
        {"now": NOW + timedelta(minutes=6)},
        {"is_new": lambda _key, _nonce: False},
        {"keys": (a_key(name="K2"),)},
        {"keys": (a_key(Algorithm.HMAC_SM3),)},
        {"keys": (a_key()._replace(secret=bytes(32)),)},
    ],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.proves("F4")
def test_a_request_that_is_another_is_refused(changed: dict[str, object]) -> None:
    headers = signatures.sign("POST", URL, BODY, a_key(), now=NOW)
    assert verify(headers)
    with pytest.raises(BadSignature):
        verify(headers, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    headers = signatures.sign("POST", URL, BODY, a_key(), now=NOW)
    assert verify(headers, now=NOW + timedelta(seconds=seconds))


def test_each_thing_that_has_to_be_covered_is_asked_for() -> None:
    """A signature that is good as far as it goes, but leaves something out."""
    from http_message_signatures import HTTPMessageSigner, algorithms

    def signed(covered: tuple[str, ...], nonce: str | None, body: bytes | None) -> dict[str, str]:
        request = signatures._Request("POST", URL)
        signer = HTTPMessageSigner(
            signature_algorithm=algorithms.HMAC_SHA256, key_resolver=signatures._OneKey(a_key())
        )
        signer.sign(
            request,
            key_id="K1",
            created=NOW,
            nonce=nonce,
            covered_component_ids=covered,
            body=body,
        )
        return request.headers

    whole = ("@method", "@target-uri", "content-digest")
    assert verify(signed(whole, "n", BODY))
    for covered, nonce, body in (
        (("@target-uri", "content-digest"), "n", BODY),
        (("@method", "content-digest"), "n", BODY),
        (("@method", "@path", "content-digest"), "n", BODY),
        (("@method", "@target-uri"), "n", None),
        (whole, None, BODY),
        (whole, "n" * 81, BODY),
    ):
        with pytest.raises(BadSignature):
            verify(signed(covered, nonce, body))


def test_headers_of_any_kind_are_refused_and_never_a_crash() -> None:
    good = signatures.sign("POST", URL, BODY, a_key(), now=NOW)
    bad: list[dict[str, str]] = [
        {},
        {**good, "Signature-Input": "fm"},
        {**good, "Signature-Input": good["Signature-Input"] + ', x=();keyid="K1"'},
        {**good, "Signature-Input": good["Signature-Input"].replace("created=", "created=x")},
        {**good, "Signature-Input": 'fm=();created=1;keyid="K1"'},
        {**good, "Signature": "fm=:AA==:"},
        {**good, "Signature": "fm=:%%%:"},
        {**good, "Signature": "other" + good["Signature"][2:]},
        {**good, "Content-Digest": "sha-256=:AA==:"},
        {**good, "Content-Digest": "md5=:AA==:"},
        {k: v for k, v in good.items() if k != "Content-Digest"},
        {k: v for k, v in good.items() if k != "Signature"},
    ]
    for headers in bad:
        with pytest.raises(BadSignature):
            verify(headers)


def test_a_nonce_is_kept_only_of_a_good_signature() -> None:
    seen: list[tuple[str, str]] = []

    def is_new(key: str, nonce: str) -> bool:
        seen.append((key, nonce))
        return seen.count((key, nonce)) == 1

    headers = signatures.sign("POST", URL, BODY, a_key(), now=NOW, nonce="once")
    with pytest.raises(BadSignature):
        verify(headers, body=b"other", is_new=is_new)
    assert seen == []
    verify(headers, is_new=is_new)
    with pytest.raises(BadSignature, match="seen before"):
        verify(headers, is_new=is_new)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_worked_example_of_the_documentation_holds(algorithm: Algorithm) -> None:
    page = (Path(__file__).parents[2] / "docs" / "exchange.md").read_text("utf-8")
    key = SharedKey("01KAEZZZZZZZZZZZZZZZZZZZZZ", "province", algorithm, bytes(range(32)))
    url, body = (
        "https://share.example.gov.cn/exchange/messages",
        b'{"id":"01KAF0000000000000000000AA"}',
    )
    headers = signatures.sign("POST", url, body, key, now=NOW, nonce="ZXhhbXBsZS1ub25jZQ")
    assert url in page
    assert body.decode() in page
    assert headers["Content-Digest"] in page
    assert headers["Signature"].removeprefix("fm=:").removesuffix(":") in page
    if algorithm is Algorithm.HMAC_SHA256:
        assert f"Signature-Input: {headers['Signature-Input']}" in page
        assert f'"@signature-params": {headers["Signature-Input"].removeprefix("fm=")}' in page
