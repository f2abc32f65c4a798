"""Where the service may speak to outside: how an address is written, and which are open.

Open to everybody is https on port 443 at public addresses. An allow-list opens the rest, one
entry each: `10.0.0.0/8`, `127.0.0.1:9000`, `[fd00::]/8`, `platform.gov.example`, `….example:8443`.
A network or address opens http and every port (or the one named) there; a name opens http, other
ports and private networks for that name, and never loop-back or link-local.
"""

import re
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import NamedTuple

from .errors import Refusal

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class AddressRefused(Refusal):
    """The service does not speak to this address; nothing was sent."""

    code = "outward.refused"
    title = "The service does not speak to this address"


class Target(NamedTuple):
    """An address in the one way of writing it that is read."""

    scheme: str
    #: A name in lower case, or an IP address without brackets.
    host: str
    port: int
    #: The path with its query.
    path: str


class Opening(NamedTuple):
    """An entry of the allow-list: a name or a network, and one port or all."""

    name: str | None
    network: Network | None
    port: int | None

    def opens_address(self, address: Address, port: int) -> bool:
        """Whether this entry names the address itself."""
        if self.network is None or self.network.version != address.version:
            return False
        return address in self.network and self.port in (None, port)

    def opens_name(self, target: Target) -> bool:
        """Whether this entry names the host."""
        return self.name == target.host and self.port in (None, target.port)


_LONGEST = 2048
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:\[(?P<v6>[0-9a-f:.]{2,45})\]|(?P<host>[A-Za-z0-9.-]{1,253}))"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?)"
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: A last label like this makes resolvers read the whole as a number: 0x7f.1, 127.1, 2130706433.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")


def read_target(url: str) -> Target:
    """An address, if it is written plainly: no user, no fragment, no number that hides a host.

    Raises:
        AddressRefused: it is not.

    >>> read_target("https://platform.gov.example:8443/in?x=1")
    Target(scheme='https', host='platform.gov.example', port=8443, path='/in?x=1')
    """
    found = _URL.fullmatch(url) if len(url) <= _LONGEST else None
    if found is None:
        raise AddressRefused("an address is https://HOST[:PORT]/PATH, in ASCII, without a user")
    port = int(found["port"] or _PORTS[found["scheme"]])
    if port > 65_535:
        raise AddressRefused("no such port")
    path = found["path"]
    host = _literal(found["v6"]) if found["v6"] else _host(found["host"].lower())
    return Target(found["scheme"], host, port, path if path.startswith("/") else "/" + path)


def _host(text: str) -> str:
    labels = text.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        return _literal(text)
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("the host is no name")
    return text


def _literal(text: str) -> str:
    """An IP address in its own way of writing; 010.0.0.1, 127.1 and 2130706433 are none."""
    try:
        return str(ip_address(text))
    except ValueError:
        raise AddressRefused("the host is a number and no IP address") from None


def read_openings(text: str) -> tuple[Opening, ...]:
    """The entries of an allow-list, parted by commas or spaces.

    Raises:
        AddressRefused: an entry cannot be read.
    """
    return tuple(_opening(entry) for entry in text.replace(",", " ").split())


_ENTRY = re.compile(
    r"(?:\[(?P<v6>[0-9a-f:.]+)\](?P<bits>/[0-9]+)?|(?P<host>[^\[\]:]+))(?::(?P<port>[0-9]{1,5}))?"
)


def _opening(entry: str) -> Opening:
    try:
        return Opening(None, ip_network(entry), None)
    except ValueError:
        found = _ENTRY.fullmatch(entry.lower())
    if found is None:
        raise AddressRefused(f"{entry}: neither NETWORK nor HOST[:PORT]")
    port = int(found["port"]) if found["port"] else None
    try:
        written = f"{found['v6']}{found['bits'] or ''}" if found["v6"] else found["host"]
        return Opening(None, ip_network(written), port)
    except ValueError:
        return Opening(_host(found["host"] or "-"), None, port)


# --- which addresses are open -----------------------------------------------------------------


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


#: Never, whatever the allow-list says: metadata of clouds, multicast, nowhere, everybody; and
#: addresses that carry another inside: mapped, compatible, translated, 6to4, Teredo.
_NEVER = _networks(
    "169.254.169.254", "100.100.100.200", "fd00:ec2::254",
    "0.0.0.0/8", "224.0.0.0/4", "255.255.255.255", "ff00::/8",
    "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16",
    "2001::/32",
)  # fmt: skip
#: Only where the allow-list names the address itself.
_NEAR = _networks("127.0.0.0/8", "169.254.0.0/16", "::/96", "fe80::/10")
#: Private: also where it names the host.
_PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
#: Neither private nor anybody's: documentation, benchmarks, protocols, reserved.
_NOBODY = _networks(
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
)  # fmt: skip
_UNICAST = ip_network("2000::/3")


def refuse_closed(target: Target, addresses: Iterable[str], openings: Iterable[Opening]) -> None:
    """Refuse a target one of whose addresses is not open, so that no name can hide one.

    Args:
        addresses: what its host stands for now, as resolved; the connection goes to these.

    Raises:
        AddressRefused: with the host, never with the address: who asks learns nothing of a network.
    """
    found, entries = list(addresses), tuple(openings)
    if not found or not all(_is_open(target, address, entries) for address in found):
        raise AddressRefused(f"{target.host}:{target.port} is not open to the service")


def _is_open(target: Target, text: str, openings: tuple[Opening, ...]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if _within(address, _NEVER):
        return False
    if any(opening.opens_address(address, target.port) for opening in openings):
        return True
    if any(opening.opens_name(target) for opening in openings):
        return is_public(address) or _within(address, _PRIVATE)
    return target.scheme == "https" and target.port == _PORTS["https"] and is_public(address)


def is_public(address: Address) -> bool:
    """Whether an address is somebody's on the open network."""
    if address.version == 6 and address not in _UNICAST:
        return False
    closed = (*_NEVER, *_NEAR, *_PRIVATE, *_NOBODY)
    return address.is_global and not _within(address, closed)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(n.version == address.version and address in n for n in networks)
