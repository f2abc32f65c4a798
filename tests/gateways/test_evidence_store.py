"""The bytes of evidence: what is let in, where it lies, and that it is what was handed in."""

import hashlib
import io
import os
import resource
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.errors import Invalid, NotFound
from fulfilment_monitor.domain.evidence import (
    KINDS,
    EvidenceDamaged,
    EvidenceMissing,
    FileState,
    StoreUnusable,
    shown_name,
)
from fulfilment_monitor.gateways import evidence_store as store

MOST = 20_000_000
PDF = b"%PDF-1.7\nmade up"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return file.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")


def kept(folder: Path, content: bytes = PDF) -> str:
    store.keep(folder, sha(content), content)
    return sha(content)


def files_below(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if not p.is_dir())


# --- what is let in ---------------------------------------------------------------------------

ACCEPTED = [
    ("a.pdf", PDF, "application/pdf"),
    ("A.PDF", PDF, "application/pdf"),
    ("a.png", PNG, "image/png"),
    ("a.jpg", JPEG, "image/jpeg"),
    ("a.jpeg", JPEG, "image/jpeg"),
    ("a.tif", b"II*\x00" + bytes(8), "image/tiff"),
    ("a.tiff", b"MM\x00*" + bytes(8), "image/tiff"),
    ("a.docx", DOCX, KINDS["docx"].media_type),
    ("a.xlsx", archive("[Content_Types].xml", "xl/workbook.xml"), KINDS["xlsx"].media_type),
    ("a.ofd", archive("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
    ("a.txt", "付款说明\r\n".encode("gb18030"), "text/plain"),
    ("a.csv", "\ufeff日期,金额\n".encode(), "text/csv"),
    ("../../a.pdf", PDF, "application/pdf"),
    ("合同.html.pdf", PDF, "application/pdf"),
]


@pytest.mark.parametrize(("name", "content", "media_type"), ACCEPTED, ids=[a[0] for a in ACCEPTED])
def test_what_offices_hand_in_is_recognised(name: str, content: bytes, media_type: str) -> None:
    found, read = store.examine(io.BytesIO(content), name, MOST)
    assert (found.sha256, found.size, found.media_type) == (sha(content), len(content), media_type)
    assert read == content
    assert "/" not in found.name


def test_every_accepted_type_is_tried() -> None:
    assert {name.rpartition(".")[2].lower() for name, _, _ in ACCEPTED} == set(KINDS)


REFUSED = [
    ("a.pdf", b"", "evidence.empty"),
    ("a.pdf", PDF + bytes(MOST), "evidence.too-large"),
    ("a.pdf.html", PDF, "evidence.type"),
    ("pdf", PDF, "evidence.type"),
    ("a.zip", archive("x"), "evidence.type"),
    ("a.exe", b"MZ", "evidence.type"),
    ("a.gif", b"GIF89a", "evidence.type"),
    ("a.pdf", b"<p>" + PDF, "evidence.not-as-named"),
    ("a.png", b"GIF89a/*<html>", "evidence.not-as-named"),
    ("a.pdf", b"MZ\x90\x00", "evidence.not-as-named"),
    ("a.docx", archive("x"), "evidence.not-as-named"),
    ("a.docx", archive("OFD.xml"), "evidence.not-as-named"),
    ("a.docx", b"PK\x03\x04 nothing more", "evidence.not-as-named"),
    ("a.txt", PDF, "evidence.not-as-named"),
    ("a.txt", "付款".encode("utf-16"), "evidence.not-as-named"),
    ("a.csv", b"a\x00b", "evidence.not-as-named"),
    ("a.txt", b"GIF89a/*<HTML><Script>*/", "evidence.two-types"),
    ("a.txt", b"<!DOCTYPE html>", "evidence.two-types"),
    ("a.png", PNG + b"<script>alert(1)</script>", "evidence.two-types"),
    ("a.pdf", PDF + archive("x.exe"), "evidence.two-types"),
    ("a.jpg", JPEG + archive("x.exe"), "evidence.two-types"),
    (
        "a.docx",
        archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        "evidence.macro",
    ),
]


@pytest.mark.parametrize(
    ("name", "content", "code"), REFUSED, ids=[f"{n}-{c}" for n, _, c in REFUSED]
)
def test_what_is_not_what_it_says_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        store.examine(io.BytesIO(content), name, MOST, "/evidence/3")
    (issue,) = refusal.value.issues
    assert (issue.pointer, issue.code) == ("/evidence/3", code)


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert store.examine(io.BytesIO(PDF), "a.pdf", len(PDF))[0].size == len(PDF)
    with pytest.raises(Invalid):
        store.examine(io.BytesIO(PDF), "a.pdf", len(PDF) - 1)


@given(st.text(max_size=400))
def test_a_shown_name_has_no_folders_and_nothing_invisible(given_name: str) -> None:
    shown = shown_name(given_name)
    assert 1 <= len(shown) <= 255
    assert shown.isprintable()
    assert not set("/\\") & set(shown)
    assert shown not in {".", ".."}


def test_a_long_name_keeps_its_extension() -> None:
    assert shown_name("长" * 300 + ".pdf") == "长" * 251 + ".pdf"


def test_a_name_cannot_pretend_another_extension() -> None:
    # U+202E turns what follows around: shown as "凭证exe.pdf"
    assert shown_name("凭证\u202efdp.exe") == "凭证fdp.exe"


# --- where it lies ----------------------------------------------------------------------------


def test_bytes_lie_under_their_digest_and_cannot_be_written_to(tmp_path: Path) -> None:
    digest = kept(tmp_path)
    path = tmp_path / digest[:2] / digest[2:4] / digest
    assert files_below(tmp_path) == [path]
    assert path.read_bytes() == PDF
    assert stat.S_IMODE(path.stat().st_mode) == 0o440


def test_what_is_there_is_not_written_again(tmp_path: Path) -> None:
    path = store.place(tmp_path, kept(tmp_path))
    before = path.stat()
    kept(tmp_path)
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_bytes_of_another_digest_are_never_stored(tmp_path: Path) -> None:
    with pytest.raises(EvidenceDamaged):
        store.keep(tmp_path, sha(b"other"), PDF)
    assert files_below(tmp_path) == []


@pytest.mark.parametrize("digest", ["../../../etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_what_is_no_digest_leads_nowhere(tmp_path: Path, digest: str) -> None:
    with pytest.raises(NotFound):
        store.place(tmp_path, digest)


def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: list[str] = []
    fsync, replace = os.fsync, os.replace

    def syncing(handle: int) -> None:
        acts.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def renaming(old: str, new: Path) -> None:
        assert Path(old).parent == new.parent
        acts.append("rename")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "replace", renaming)
    kept(tmp_path)
    assert acts[-3:] == ["file", "rename", "folder"]


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    digest, outside = sha(PDF), tmp_path / "outside"
    outside.write_bytes(PDF)
    path = store.place(tmp_path / "store", digest)
    path.parent.mkdir(parents=True)
    path.symlink_to(outside)
    assert store.look(tmp_path / "store", digest) is FileState.DAMAGED
    kept(tmp_path / "store")
    assert not path.is_symlink()
    assert store.look(tmp_path / "store", digest) is FileState.WHOLE


def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "store"
    for made in (outside, folder):
        made.mkdir()
    (folder / sha(PDF)[:2]).symlink_to(outside)
    with pytest.raises(StoreUnusable):
        kept(folder)
    assert files_below(outside) == []


# --- a disk that is full ----------------------------------------------------------------------


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """What a quota does: the write that would go beyond it fails half-way."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_a_refusal_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with no_file_longer_than(1_000), pytest.raises(StoreUnusable):
        kept(tmp_path, PDF + bytes(100_000))
    assert files_below(tmp_path) == []


@pytest.mark.parametrize("act", ["fsync", "replace"])
def test_a_disk_that_fails_late_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    (tmp_path / sha(PDF)[:2] / sha(PDF)[2:4]).mkdir(parents=True)

    def failing(handle: object, *_: object) -> None:
        if not (isinstance(handle, int) and stat.S_ISDIR(os.fstat(handle).st_mode)):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, act, failing)
    with pytest.raises(StoreUnusable, match="No space left"):
        kept(tmp_path)
    assert files_below(tmp_path) == []


# --- reading it back --------------------------------------------------------------------------


def damage(folder: Path, digest: str) -> None:
    path = store.place(folder, digest)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.unlink()
    path.write_bytes(content)


def test_what_was_handed_in_comes_back(tmp_path: Path) -> None:
    large = PDF + os.urandom(3_000_000)
    digest = kept(tmp_path / "store", large)
    assert b"".join(store.chunks(tmp_path / "store", digest)) == large
    assert store.fetch(tmp_path / "store", digest, tmp_path / "out.pdf") == len(large)
    assert (tmp_path / "out.pdf").read_bytes() == large


@pytest.mark.parametrize(
    ("deed", "refusal", "state"),
    [
        (damage, EvidenceDamaged, FileState.DAMAGED),
        (lambda f, d: store.place(f, d).unlink(), EvidenceMissing, FileState.MISSING),
    ],
    ids=["damaged", "missing"],
)
def test_what_is_not_whole_is_refused_and_put_right_by_handing_it_in_again(
    tmp_path: Path, deed, refusal: type[Exception], state: FileState
) -> None:
    folder = tmp_path / "store"
    digest = kept(folder)
    deed(folder, digest)
    assert store.look(folder, digest) is state
    with pytest.raises(refusal):
        store.fetch(folder, digest, tmp_path / "out.pdf")
    assert list(tmp_path.iterdir()) == [folder]
    kept(folder)
    assert store.look(folder, digest) is FileState.WHOLE


def test_nothing_is_copied_over_a_file_that_is_there(tmp_path: Path) -> None:
    digest = kept(tmp_path / "store")
    (tmp_path / "out").write_text("mine")
    with pytest.raises(StoreUnusable):
        store.fetch(tmp_path / "store", digest, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_whatever_lies_in_the_store_is_named(tmp_path: Path) -> None:
    digest = kept(tmp_path)
    (tmp_path / "stray").write_text("x")
    (tmp_path / digest[:2] / digest).write_text("x")  # a digest, but not in its place
    assert set(store.stored(tmp_path)) == {digest, "stray", f"{digest[:2]}/{digest}"}
