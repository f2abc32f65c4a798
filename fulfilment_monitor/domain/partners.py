"""Other platforms: what they are registered for, and the keys both sides sign with.

A key is shared: whoever holds it can sign and verify. Both sides' requests carry its id.
Source: 发改财金〔2023〕1103号 三（三）; 政务数据共享条例: an adapter for what is there already.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from .case_codes import Stream
from .errors import Invalid, Issue, Refusal
from .regions import covers


class PartnerKind(StrEnum):
    #: A credit platform: gets records of the ledger in the form of its mapping.
    PLATFORM = "platform"
    #: A channel complaints come by: gets status and result of its items.
    CHANNEL = "channel"
    #: A body's own system: gets what is addressed to that body.
    BODY = "body"


KIND_CHINESE = {
    PartnerKind.PLATFORM: "信用平台",
    PartnerKind.CHANNEL: "投诉渠道",
    PartnerKind.BODY: "单位系统",
}

#: The topic of what a platform gets: the state of a record, one version after another.
RECORDS = "record.state"
#: What begins the topics of what channels are told.
REPLIES = "channel."


#: What a body is told of results, records, measures and supervision; each message names it.
TO_BODIES = (
    "result.verified", "result.determined", "result.terminated", "result.repaired",
    "result.revoked", "record.entered", "record.corrected", "record.repaired", "record.ended",
    "record.withdrawn", "measure.proposed", "measure.imposed", "measure.declined",
    "measure.ended", "help.asked", "help.answered", "help.withdrawn", "column.dead",
    "package.missing",
)  # fmt: skip


class Algorithm(StrEnum):
    """How requests are signed (RFC 9421)."""

    HMAC_SHA256 = "hmac-sha256"
    HMAC_SM3 = "hmac-sm3"


class KeyScope(StrEnum):
    """What a key is good for."""

    #: We sign with it what we send.
    DELIVER = "deliver"
    #: The partner sends records, complaints and leads, or asks how its items stand.
    RECORDS_PUSH = "records:push"
    LEADS_PUSH = "leads:push"
    STATUS_PULL = "status:pull"


class SharedKey(NamedTuple):
    """A key as requests are signed and verified with it; never shown, never logged."""

    #: Its public name: the `keyid` of a signature.
    id: str
    #: The code of the partner that holds the other copy.
    partner: str
    algorithm: Algorithm
    secret: bytes
    scopes: frozenset[str] = frozenset()
    #: Networks it may be used from, as CIDR; empty for any.
    networks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"SharedKey({self.id!r}, {self.partner!r}, {self.algorithm.value!r})"

    def is_used_from(self, address: str) -> bool:
        """Whether a request may come from an address."""
        return lies_in(address, self.networks)


class BadSignature(Refusal):
    """A request is not signed as it has to be; why in detail is for the log, not the caller."""

    code = "signature.invalid"
    title = "The request is not signed as it has to be"
    status = 401


def lies_in(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of some networks; none given means any.

    >>> lies_in("203.0.113.9", ("203.0.113.0/24",)), lies_in("203.0.114.9", ("203.0.113.0/24",))
    (True, False)
    """
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(n, strict=False) for n in networks)


# --- what is asked for ------------------------------------------------------------------------

#: What an address that is no URL begins with: a folder below the one for exchange.
FOLDER = "folder:"
_CODE = 40
_LONGEST_ADDRESS = 300
#: Scheme, host and path, and nothing else: no account, no query, no fragment.
_URL = re.compile(
    r"https?://([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
)
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class Registration(NamedTuple):
    """A partner as it is asked for; each kind needs what makes it one."""

    code: str
    name: str
    kind: PartnerKind
    #: An http(s) URL, or `folder:NAME`; None where nothing is sent to it.
    address: str | None
    #: Records of this region and below; empty for all.
    region: str
    #: The code of the body whose system it is.
    body: str | None
    #: The code of the channel it is.
    channel: str | None
    #: The mapping its records are put into.
    mapping: str | None
    #: Of which streams records are sent; empty for all.
    streams: tuple[str, ...]
    #: Whether it gets a package each calendar day.
    daily: bool
    #: From which day's messages on.
    since: date


def read_registration(asked: Mapping[str, Any], mappings: frozenset[str] | None) -> Registration:
    """A partner as it was asked for, in plain values.

    Args:
        mappings: the codes there are; None where that is not looked at.

    Raises:
        Invalid: with a pointer to each thing missing or wrong.
    """
    issues: list[Issue] = []

    def wrong(pointer: str, detail: str) -> None:
        issues.append(Issue(f"/{pointer}", "invalid", detail))

    code, name = str(asked.get("code", "")).strip(), str(asked.get("name", "")).strip()
    if not is_code(code):
        wrong("code", f"1 至 {_CODE} 个小写字母、数字或连字符")
    if not 0 < len(name) <= 120:
        wrong("name", "1 至 120 个字符")
    kind = asked.get("kind")
    if kind not in list(PartnerKind):
        wrong("kind", "须为 " + "、".join(PartnerKind))
    address = asked.get("address") or None
    if address is not None and not is_address(str(address)):
        wrong("address", "须为 https:// 或 http:// 网址，或 folder:名称")
    region = str(asked.get("region") or "")
    if region and not (len(region) == 6 and region.isdecimal()):
        wrong("region", "六位行政区划代码")
    streams = tuple(dict.fromkeys(map(str, asked.get("streams") or ())))
    if set(streams) - set(Stream):
        wrong("streams", "须为 " + "、".join(Stream))
    mapping = asked.get("mapping") or None
    if kind == PartnerKind.PLATFORM and mapping is None:
        wrong("mapping", "信用平台须指定字段映射")
    if mapping is not None and mappings is not None and mapping not in mappings:
        wrong("mapping", "没有这个字段映射")
    if kind == PartnerKind.CHANNEL and not asked.get("channel"):
        wrong("channel", "投诉渠道须指定渠道代码")
    if kind == PartnerKind.BODY and not asked.get("body"):
        wrong("body", "单位系统须指定单位代码")
    since = _day(asked.get("since"))
    if since is None:
        wrong("since", "须为日期，例如 2026-01-01")
    if issues or since is None:
        raise Invalid(issues)
    return Registration(
        code,
        name,
        PartnerKind(str(kind)),
        None if address is None else str(address).rstrip("/"),
        region,
        asked.get("body") or None,
        asked.get("channel") or None,
        mapping,
        streams,
        bool(asked.get("daily")),
        since,
    )


def is_code(text: str) -> bool:
    """Whether a text can be the code of a partner.

    >>> is_code("credit-platform-53"), is_code("../x")
    (True, False)
    """
    return 0 < len(text) <= _CODE and set(text) <= _SAFE and text[0] != "-"


def is_address(text: str) -> bool:
    """Whether something can be sent to an address as far as its form goes.

    >>> is_address("https://share.example.gov.cn/exchange"), is_address("folder:city")
    (True, True)
    >>> is_address("file:///etc"), is_address("folder:../x"), is_address("https://u:p@x.cn/")
    (False, False, False)
    """
    if text.startswith(FOLDER):
        return is_code(text.removeprefix(FOLDER))
    return len(text) <= _LONGEST_ADDRESS and _URL.fullmatch(text) is not None


def topics_of(kind: PartnerKind, reply: str | None) -> list[str]:
    """The topics a partner gets; a body's system gets whatever is addressed to the body."""
    match kind:
        case PartnerKind.PLATFORM:
            return [RECORDS]
        case PartnerKind.CHANNEL:
            return [reply] if reply else []
        case PartnerKind.BODY:
            return list(TO_BODIES)


class Wish(NamedTuple):
    """Which messages a partner gets."""

    kind: PartnerKind
    topics: frozenset[str]
    since: date
    until: date | None
    region: str = ""
    streams: frozenset[str] = frozenset()
    #: The code of the body whose system it is.
    body: str | None = None

    def wants(self, topic: str, said: Mapping[str, Any], day: date) -> bool:
        """Whether a message of a day is for this partner.

        A platform gets records of its region and streams, a body's system what is addressed to
        the body, a channel whatever goes back to it.
        """
        if topic not in self.topics or day < self.since:
            return False
        if self.until is not None and day >= self.until:
            return False
        match self.kind:
            case PartnerKind.PLATFORM:
                here = not self.region or covers(self.region, str(said.get("region") or ""))
                return here and (not self.streams or said.get("stream") in self.streams)
            case PartnerKind.BODY:
                return said.get("to") == self.body
            case PartnerKind.CHANNEL:
                return True


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
