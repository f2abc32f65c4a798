"""Which addresses the service speaks to: nothing hides behind a way of writing or a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.outward import (
    AddressRefused,
    read_openings,
    read_target,
    refuse_closed,
)

PUBLIC = "8.8.8.8"


def is_open(url: str, *addresses: str, allow: str = "") -> bool:
    try:
        refuse_closed(read_target(url), addresses, read_openings(allow))
    except AddressRefused:
        return False
    return True


def test_public_https_is_open_and_nothing_else() -> None:
    assert is_open("https://platform.example/in", PUBLIC)
    assert is_open("https://platform.example:443/in", PUBLIC, "2606:4700::1111")
    assert not is_open("http://platform.example/in", PUBLIC)
    assert not is_open("https://platform.example:8443/in", PUBLIC)
    assert not is_open("https://platform.example/in", PUBLIC, "10.0.0.1")  # every one is looked at
    assert not is_open("https://platform.example/in")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200",
        "169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1",
        "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::",
        "2001:0:7f00:1::", "2001:db8::1", "::127.0.0.1", "no address",
    ],
)  # fmt: skip
def test_a_name_that_stands_for_such_an_address_is_closed(address: str) -> None:
    assert not is_open("https://platform.example/", address)


def test_an_allow_list_opens_what_it_names_and_no_more() -> None:
    near = "http://platform.example:9000/in"
    assert is_open(near, "127.0.0.1", allow="127.0.0.1:9000")
    assert not is_open(near, "127.0.0.2", allow="127.0.0.1:9000")
    assert not is_open("http://platform.example:9001/in", "127.0.0.1", allow="127.0.0.1:9000")
    assert is_open(near, "10.9.8.7", allow="10.0.0.0/8, fd00::/8")
    assert is_open(near, "fd00::5", allow="10.0.0.0/8 [fd00::]/8")
    assert is_open(near, "::1", allow="[::1]:9000")
    assert not is_open(near, "172.16.0.1", allow="10.0.0.0/8")


def test_a_name_on_the_list_opens_private_networks_and_never_the_machine_itself() -> None:
    near = "http://platform.gov.example:9000/in"
    assert is_open(near, "10.1.1.1", allow="platform.gov.example")
    assert is_open(near, PUBLIC, allow="Platform.gov.example:9000")
    assert not is_open(near, "10.1.1.1", allow="platform.gov.example:9001")
    assert not is_open(near, "10.1.1.1", allow="gov.example")
    for address in ("127.0.0.1", "169.254.1.1", "::1", "fe80::1"):
        assert not is_open(near, address, allow="platform.gov.example")


def test_what_clouds_tell_their_machines_stays_closed_whatever_is_listed() -> None:
    everything = "0.0.0.0/0, ::/0, platform.example"
    assert is_open("http://platform.example/", "127.0.0.1", allow=everything)
    for address in ("169.254.169.254", "100.100.100.200", "::ffff:169.254.169.254", "2002:a9fe::"):
        assert not is_open("http://platform.example/", address, allow=everything)


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "10.1.2.3/8", "a b/c", "-", "x:y", "[::1"])
def test_a_list_that_cannot_be_read_is_refused(entry: str) -> None:
    with pytest.raises(AddressRefused):
        read_openings(entry)


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_no_way_of_writing_a_number_but_the_plain_one_is_read(number: int) -> None:
    a, b, c, d = number.to_bytes(4, "big")
    plain = f"{a}.{b}.{c}.{d}"
    assert read_target(f"https://{plain}/").host == plain
    ways = [str(number), hex(number), f"0{a}.{b}.{c}.{d}", f"0x{a:x}.{b}.{c}.{d}", f"{a}.{number}"]
    for way in [*ways, f"{plain}.", f"{a:o}.{b:o}.{c:o}.0{d:o}", f"{a}.{b}.{c}"]:
        with pytest.raises(AddressRefused):
            read_target(f"https://{way}/")
