"""Keys in files: made once, never overwritten, closed to others; the newest writes, all read."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from fulfilment_monitor.domain.secrets import Keyed, KeyUnknown, Purpose, Unsealable
from fulfilment_monitor.gateways import keyring
from fulfilment_monitor.gateways.keyring import (
    Keyring,
    KeysGone,
    KeysUnusable,
    open_keyring,
    rotate,
)
from fulfilment_monitor.settings import Settings


def files(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text("ascii") for p in sorted(folder.iterdir())}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_key_of_each_purpose_is_made_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "keys"
    before = os.umask(0)  # whatever the account's habits
    try:
        ring = open_keyring(folder)
    finally:
        os.umask(before)
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [f"{p}-1.key" for p in Purpose] + ["anchor-1.pub"]
    )
    assert mode(folder) == 0o700
    assert {mode(p) for p in folder.glob("*.key")} == {0o600}
    assert len({p.read_text("ascii") for p in folder.glob("*.key")}) == len(Purpose)
    for purpose in Purpose:
        [name] = ring.ids(purpose)
        assert name.startswith(f"{purpose}-1-")
        assert len(name) <= 40


def test_opening_again_makes_nothing_and_changes_nothing(tmp_path: Path) -> None:
    sealed = open_keyring(tmp_path).seal(b"words", b"here")
    before = files(tmp_path)
    assert open_keyring(tmp_path).unseal(sealed, b"here") == b"words"
    assert files(tmp_path) == before


def test_many_processes_make_one_set_of_keys(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from fulfilment_monitor.gateways.keyring import open_keyring\n"
        "ring = open_keyring(Path(sys.argv[1]))\n"
        "print(ring.mac(sys.argv[2], b'x').content.hex())\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "keys"), "receipt"]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    hashes = {process.communicate()[0] for process in running}
    assert {process.returncode for process in running} == {0}
    assert len(hashes) == 1
    assert not list((tmp_path / "keys").glob(".making-*"))


def test_who_comes_second_leaves_the_key_that_is_there(tmp_path: Path) -> None:
    open_keyring(tmp_path)
    before = files(tmp_path)
    keyring._make(tmp_path, Purpose.VAULT, 1)  # had looked before the other wrote
    assert files(tmp_path) == before


def test_the_newest_key_writes_and_all_of_them_read(tmp_path: Path) -> None:
    old = open_keyring(tmp_path)
    sealed, mac, signed = old.seal(b"a", b""), old.mac(Purpose.RECEIPT, b"c"), old.sign(b"h")
    for purpose in (Purpose.VAULT, Purpose.RECEIPT, Purpose.ANCHOR):
        before = files(tmp_path)
        assert rotate(tmp_path, purpose).startswith(f"{purpose}-2-")
        assert before.items() < files(tmp_path).items()
    ring = open_keyring(tmp_path)
    assert ring.unseal(sealed, b"") == b"a"
    assert ring.is_signed(signed, b"h")
    assert ring.macs(Purpose.RECEIPT, b"c") == [ring.mac(Purpose.RECEIPT, b"c"), mac]
    assert ring.mac(Purpose.RECEIPT, b"c") != mac
    assert {ring.seal(b"b", b"").key_id, ring.sign(b"h").key_id} == {
        ring.ids(Purpose.VAULT)[0],
        ring.ids(Purpose.ANCHOR)[0],
    }
    with pytest.raises(KeyUnknown):
        old.unseal(ring.seal(b"b", b""), b"")
    for _ in range(9):
        rotate(tmp_path, Purpose.DIGEST)  # the tenth is newer than the ninth
    assert open_keyring(tmp_path).ids(Purpose.DIGEST)[0].startswith("digest-10-")


def test_any_change_of_what_was_sealed_is_refused(tmp_path: Path) -> None:
    ring = open_keyring(tmp_path)
    sealed = ring.seal(b"words", b"row 1")
    assert ring.seal(b"words", b"row 1").content != sealed.content
    for i in range(len(sealed.content)):
        spoilt = bytearray(sealed.content)
        spoilt[i] ^= 1
        with pytest.raises(Unsealable):
            ring.unseal(Keyed(sealed.key_id, bytes(spoilt)), b"row 1")
    for short in (b"", sealed.content[:5], sealed.content[:-1]):
        with pytest.raises(Unsealable):
            ring.unseal(Keyed(sealed.key_id, short), b"row 1")
    with pytest.raises(Unsealable):
        ring.unseal(sealed, b"row 2")
    with pytest.raises(KeyUnknown):
        ring.unseal(Keyed(ring.ids(Purpose.DIGEST)[0], sealed.content), b"row 1")


def test_a_signature_is_verified_by_whoever_has_the_public_half(tmp_path: Path) -> None:
    ring = open_keyring(tmp_path)
    signed = ring.sign(b"head 7")
    pem = (tmp_path / "anchor-1.pub").read_bytes()
    assert pem.decode() == ring.public_key(signed.key_id)
    load_pem_public_key(pem).verify(signed.content, b"head 7")
    assert not ring.is_signed(signed, b"head 8")
    (tmp_path / "anchor-1.pub").unlink()
    open_keyring(tmp_path)
    assert (tmp_path / "anchor-1.pub").read_bytes() == pem


@pytest.mark.parametrize("way", ["open to the group", "cut", "no hexadecimal", "odd name"])
def test_what_is_no_proper_key_stops_everything(tmp_path: Path, way: str) -> None:
    open_keyring(tmp_path)
    key = tmp_path / "vault-1.key"
    if way == "open to the group":
        key.chmod(0o640)
    elif way == "odd name":
        key.rename(tmp_path / "vault-01.key")
    else:
        key.write_text("ab" * 31 if way == "cut" else "xy" * 32, "ascii")
    before = files(tmp_path)
    with pytest.raises(KeysUnusable):
        open_keyring(tmp_path)
    assert files(tmp_path) == before


def test_keys_that_are_lost_are_not_replaced_by_new_ones(tmp_path: Path) -> None:
    used = {open_keyring(tmp_path / "keys").ids(Purpose.RECEIPT)[0]}
    with pytest.raises(KeysGone, match="FM_KEYS_DIR"):
        open_keyring(tmp_path / "elsewhere", used)
    assert not (tmp_path / "elsewhere").exists()
    assert open_keyring(tmp_path / "keys", used).ids(Purpose.RECEIPT) == [*used]


def test_another_key_under_the_same_name_has_another_id(tmp_path: Path) -> None:
    ours, theirs = open_keyring(tmp_path / "a"), open_keyring(tmp_path / "b")
    with pytest.raises(KeyUnknown):
        theirs.unseal(ours.seal(b"a", b""), b"")


def test_no_key_is_ever_shown(tmp_path: Path) -> None:
    ring = open_keyring(tmp_path)
    secrets = [p.read_text("ascii").strip() for p in tmp_path.glob("*.key")]
    shown = [repr(ring), *(repr(k) for k in ring._by_id.values())]
    assert not any(s in text or repr(bytes.fromhex(s)) in text for s in secrets for text in shown)
    assert isinstance(ring, Keyring)


def test_where_keys_lie() -> None:
    assert Settings(database_url="sqlite:////srv/a.db").keys_path() == Path("/srv/a.keys")
    assert Settings(database_url="postgresql://h/n").keys_path() == Path("var/n.keys")
    assert Settings.from_env({"FM_KEYS_DIR": "/etc/fm"}).keys_path() == Path("/etc/fm")
