"""The tamper matrix of the record: whatever is done to it behind its back has its verdict."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from fulfilment_monitor.domain.anchors import Anchor, read_anchors, read_receipt, written
from fulfilment_monitor.domain.audit import CHAIN, GENESIS, Act, entry_hash
from fulfilment_monitor.domain.errors import Refusal
from fulfilment_monitor.domain.secrets import Purpose
from fulfilment_monitor.gateways.keyring import open_keyring, rotate
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.services import anchors, audit
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.audit import AuditAnchor, AuditEntry, AuditHead
from tests.services.builders import a_document, register, tampered
from tests.services.record_builders import (
    NINE,
    anchored,
    keyed,
    note,
    problems_after,
    promised,
    recorded,
    ring,
    verdicts_after,
)

SEQ = AuditEntry.seq
LATER = NINE + timedelta(hours=1)


@pytest.fixture
def kept(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A house with keys."""
    with keyed(database_url, tmp_path / "ring") as house:
        yield house


def rows_of(house: House) -> list[dict[str, Any]]:
    query = select(AuditEntry.__table__).order_by(SEQ)
    with house.readers() as session:
        return [dict(r) for r in session.execute(query).mappings()]


def recomputed(
    rows: list[dict[str, Any]], start: int, secret: bytes | None = None, **changes: Any
) -> list[Executable]:
    """The chain written anew from an entry on, with a change in that one, by who owns the file."""
    done = [dict(r) for r in rows]
    done[start - 1] |= changes
    prev = done[start - 1]["prev"]
    for n, row in enumerate(done[start - 1 :], start):
        names = ("at", "actor", "action", "object_type", "object_id")
        act = Act(*(row[name] for name in names), {})
        row |= {"seq": n, "prev": prev}
        row["hash"] = entry_hash(prev, CHAIN, n, act, row["body"], row["row_hash"], row["alg"])
        if secret is not None:
            row["mac"] = hmac.digest(secret, row["hash"], "sha256")
        prev = row["hash"]
    anew = insert(AuditEntry).values(done[start - 1 :])
    head = update(AuditHead).values(seq=len(done), hash=prev)
    return [delete(AuditEntry).where(start <= SEQ), anew, head]


def cut(rows: list[dict[str, Any]], count: int) -> list[Executable]:
    """The last entries gone, and the head put right."""
    left = len(rows) - count
    hashed = rows[left - 1]["hash"] if left else GENESIS
    head = update(AuditHead).values(seq=left, hash=hashed)
    return [delete(AuditEntry).where(left < SEQ), head]


# --- the chain and its keyed hashes -----------------------------------------------------------


def flips(value: Any) -> Iterator[Any]:
    match value:
        case str():
            for i, c in enumerate(value):
                yield value[:i] + chr(ord(c) ^ 1) + value[i + 1 :]
        case bytes():
            for i, b in enumerate(value):
                yield value[:i] + bytes([b ^ 1]) + value[i + 1 :]
        case datetime():
            yield from (value + timedelta(**{unit: 1}) for unit in ("days", "microseconds"))
        case int():
            yield value + 1000
        case None:
            yield b"x"


@pytest.mark.endurance
@pytest.mark.proves("E1", "I-19")
def test_every_flipped_byte_of_every_column_shows(kept: House) -> None:
    recorded(kept, 3)
    verdicts = {"alg": {2, 8}, "key_id": {8}, "mac": {7}}
    for row in rows_of(kept):
        where = row["seq"] == SEQ
        for name, value in row.items():
            for other in flips(value):
                deed = update(AuditEntry).where(where).values({name: other})
                found = verdicts_after(kept, deed, with_keys=True)
                assert found & verdicts.get(name, {2}), (row["seq"], name, other)
    assert verdicts_after(kept) == set()


@pytest.mark.proves("E1", "I-19")
def test_a_changed_byte_of_each_column_shows(kept: House) -> None:
    recorded(kept, 3)
    verdicts = {"alg": 8, "key_id": 8, "mac": 7}
    for name, value in rows_of(kept)[1].items():
        other = next(flips(value))
        found = problems_after(kept, update(AuditEntry).where(SEQ == 2).values({name: other}))
        assert (found[0].verdict, found[0].seq) == (verdicts.get(name, 2), 2), name


@pytest.mark.proves("E1", "E2", "I-19")
def test_what_an_entry_says_of_rows_cannot_be_changed(kept: House) -> None:
    register(kept, a_document())
    packed = rows_of(kept)[-1]["rows"]
    for other in (packed[:-1] + bytes([packed[-1] ^ 1]), b"{}\n", None):
        deed = update(AuditEntry).where(AuditEntry.rows.is_not(None)).values(rows=other)
        assert verdicts_after(kept, deed) == {2}


@pytest.mark.proves("E1", "I-19")
def test_entries_taken_out_put_in_doubled_or_exchanged_show(kept: House) -> None:
    rows = rows_of(recorded(kept, 4))

    def renumber(old: int, new: int) -> Executable:
        return update(AuditEntry).where(old == SEQ).values(seq=new)

    forged = {**rows[3], "seq": 5, "object_id": "forged", "prev": rows[3]["hash"]}
    other_prev = {**rows[2], "seq": 5, "prev": b"\1" * 32}
    deeds: dict[str, list[Executable]] = {
        "first": [delete(AuditEntry).where(SEQ == 1)],
        "middle": [delete(AuditEntry).where(SEQ == 2)],
        "last": [delete(AuditEntry).where(SEQ == 4)],
        "renumbered": [delete(AuditEntry).where(SEQ == 2), renumber(3, 2), renumber(4, 3)],
        "swapped": [renumber(2, 99), renumber(3, 2), renumber(99, 3)],
        "doubled": [insert(AuditEntry).values(other_prev)],
        "forged": [insert(AuditEntry).values(forged)],
        "another chain": [update(AuditEntry).where(SEQ == 2).values(chain="other")],
    }
    for name, done in deeds.items():
        assert verdicts_after(kept, *done, with_keys=False) & {2, 4}, name


@pytest.mark.proves("E1")
def test_recomputing_without_the_key_fails_by_the_keyed_hash(kept: House) -> None:
    rows = rows_of(recorded(kept, 4))
    deeds = recomputed(rows, 2, actor="nobody")
    assert verdicts_after(kept, *deeds, with_keys=False) == set()
    found = problems_after(kept, *deeds)
    assert [(p.verdict, p.seq) for p in found] == [(7, 2), (7, 3), (7, 4)]


@pytest.mark.proves("E1")
@pytest.mark.parametrize("first", [1, 2])
def test_taking_the_keyed_hashes_out_makes_no_old_record(kept: House, first: int) -> None:
    rows = [r | {"mac": None, "key_id": None} for r in rows_of(recorded(kept, 3))]
    untouched = rows_of(kept)[: first - 1]
    deeds = recomputed(untouched + rows[first - 1 :], first, actor="nobody")
    found = problems_after(kept, *deeds)
    assert {p.verdict for p in found} == {7}
    assert {p.seq for p in found} == set(range(first, 4))


def test_entries_from_before_the_keys_stay_as_they_are(database_url: str, tmp_path: Path) -> None:
    before = open_house(Settings(database_url=database_url, keys_dir=str(tmp_path / "ring")))
    recorded(before, 2)
    open_keyring(tmp_path / "ring")  # seen at the next act, without starting anew
    recorded(before, 2, first=2)
    assert [r["mac"] is None for r in rows_of(before)] == [True, True, False, False]
    assert verdicts_after(before) == set()
    before.close()


@pytest.mark.proves("E1")
def test_an_act_without_a_keyed_hash_after_one_that_has_it_shows(
    kept: House, tmp_path: Path
) -> None:
    recorded(kept, 2)
    url = kept.settings.database_url
    without = open_house(Settings(database_url=url, keys_dir=str(tmp_path / "none")))
    note(without, LATER)
    without.close()
    assert [(p.verdict, p.seq) for p in problems_after(kept)] == [(7, 3)]


def test_a_key_that_is_added_reads_on_with_the_old_one(kept: House) -> None:
    recorded(kept, 2)
    rotate(kept.settings.keys_path(), Purpose.AUDIT)
    again = open_house(kept.settings)
    recorded(again, 2, first=2)
    assert len({r["key_id"] for r in rows_of(again)}) == 2
    assert verdicts_after(again) == set()
    again.close()


@pytest.mark.proves("E1")
def test_a_chain_holds_entries_of_both_algorithms(kept: House) -> None:
    recorded(kept, 1)
    sm3 = open_house(
        Settings(kept.settings.database_url, keys_dir=kept.settings.keys_dir, audit_hash="sm3")
    )
    recorded(sm3, 2, first=1)
    sm3.close()
    assert [r["alg"] for r in rows_of(kept)] == ["sha256", "sm3", "sm3"]
    assert verdicts_after(kept) == set()
    other = update(AuditEntry).where(SEQ == 2).values(alg="sha256")
    assert verdicts_after(kept, other) == {2}


@pytest.mark.proves("E7")
@pytest.mark.parametrize("days", [-1, 3, 400])
def test_acts_while_the_clock_was_moved_show(kept: House, days: int) -> None:
    recorded(kept, 2)
    note(kept, NINE + timedelta(days=days))
    recorded(kept, 2, first=3)
    assert [(p.verdict, p.seq) for p in problems_after(kept)] == [(6, 3)]


# --- anchors and receipts ---------------------------------------------------------------------


@pytest.mark.proves("E3", "I-19")
@pytest.mark.parametrize("count", [1, 5, 7])
def test_a_cut_end_shows_by_anchor_and_by_receipt(kept: House, count: int) -> None:
    rows = rows_of(recorded(kept, 7))
    receipt = promised(kept, "6")
    anchor = anchored(kept, LATER)
    gone = [*cut(rows, count), delete(AuditAnchor)]
    assert verdicts_after(kept, *gone) == set()
    assert 4 in verdicts_after(kept, *gone, kept=(anchor,))
    found = problems_after(kept, *gone, receipt=receipt)
    assert [(p.verdict, p.seq) for p in found] == [(4, 7)]
    assert f"the last entry found is {7 - count}" in found[0].detail
    # the anchor that lies in the table speaks too, if it was forgotten
    assert verdicts_after(kept, *cut(rows, count)) == {4}


@pytest.mark.proves("E1", "E3")
def test_recomputing_with_the_key_fails_by_anchor_and_receipt(kept: House) -> None:
    rows = rows_of(recorded(kept, 4))
    receipt, anchor = promised(kept, "2"), anchored(kept, LATER)
    folder = kept.settings.keys_path()
    secret = bytes.fromhex((folder / "audit-1.key").read_text().strip())
    deeds = [*recomputed(rows, 2, secret, actor="nobody"), delete(AuditAnchor)]
    assert verdicts_after(kept, *deeds) == set()
    assert verdicts_after(kept, *deeds, kept=(anchor,)) == {3}
    assert verdicts_after(kept, *deeds, receipt=receipt) == {3}


@pytest.mark.proves("E1", "I-19")
def test_a_replaced_anchor_shows(kept: House) -> None:
    recorded(kept, 2)
    first = anchored(kept, LATER)
    recorded(kept, 1, first=2)
    second = anchored(kept, LATER + timedelta(hours=1))
    assert second.prev == first.digest()
    assert verdicts_after(kept, kept=(first, second)) == set()
    forged = second._replace(hash=bytes(32))
    signed = forged._replace(signature=ring(kept).sign(forged.signed()).content)
    loose = second._replace(prev=bytes(32))
    unchained = loose._replace(signature=ring(kept).sign(loose.signed()).content)
    deeds: dict[str, tuple[Executable, ...]] = {
        "unchained": (
            delete(AuditAnchor).where(AuditAnchor.id == 2),
            insert(AuditAnchor).values(**unchained._asdict()),
        ),
        "gone": (delete(AuditAnchor).where(AuditAnchor.id == 1),),
        "unsigned": (update(AuditAnchor).where(AuditAnchor.id == 1).values(seq=1),),
        "signed anew": (
            delete(AuditAnchor).where(AuditAnchor.id == 2),
            insert(AuditAnchor).values(**signed._asdict()),
        ),
    }
    for name, done in deeds.items():
        assert 3 in verdicts_after(kept, *done), name
    moved = second._replace(at=second.at + timedelta(seconds=1))
    again = moved._replace(signature=ring(kept).sign(moved.signed()).content)
    replaced = (
        delete(AuditAnchor).where(AuditAnchor.id == 2),
        insert(AuditAnchor).values(**again._asdict()),
    )
    assert verdicts_after(kept, *replaced) == set()  # signed with the key, and true
    assert verdicts_after(kept, *replaced, kept=(first, second)) == {3}  # but witnesses differ


@pytest.mark.proves("E1")
def test_every_column_of_an_anchor_is_signed(kept: House) -> None:
    recorded(kept, 2)
    anchored(kept, LATER)
    with kept.readers() as session:
        row = session.execute(select(AuditAnchor.__table__)).mappings().one()
    for name, value in row.items():
        deed = update(AuditAnchor).values({name: next(flips(value))})
        assert verdicts_after(kept, deed) & {3, 4, 8}, name
    if kept.engine.dialect.name == "sqlite":
        for name in set(row) - {"id"}:  # which holds nothing but numbers
            assert verdicts_after(kept, f"UPDATE audit_anchor SET {name} = X'FF41'"), name


@pytest.mark.proves("E8")
def test_an_older_database_put_back_shows(kept: House) -> None:
    rows = rows_of(recorded(kept, 3))
    yesterday = anchored(kept, LATER)
    recorded(kept, 2, first=3)
    today = anchored(kept, LATER + timedelta(days=1))
    older = [
        *cut([*rows, *rows_of(kept)[3:]], 2),
        delete(AuditAnchor).where(AuditAnchor.id == today.id),
    ]
    assert verdicts_after(kept, *older, kept=(yesterday,)) == set()
    found = problems_after(kept, *older, kept=(yesterday, today))
    assert [(p.verdict, p.seq) for p in found][:1] == [(4, 5)]


def test_nothing_is_signed_before_anything_is_on_record(kept: House) -> None:
    with kept.sessions.begin() as session:
        assert anchors.drop(session, ring(kept), now=NINE) is None


@pytest.mark.proves("E3")
def test_a_receipt_is_checked_by_its_signature(kept: House) -> None:
    recorded(kept, 2)
    receipt = promised(kept, "1")
    assert problems_after(kept, receipt=receipt) == []
    assert read_receipt(as_json(written(receipt))) == receipt
    for name, other in (("object_id", "2"), ("action", "x"), ("seq", 1), ("hash", bytes(32))):
        assert 3 in verdicts_after(kept, receipt=receipt._replace(**{name: other})), name
    unknown = receipt._replace(key_id="anchor-9")
    assert verdicts_after(kept, receipt=unknown) == {8}


def as_json(value: dict[str, Any]) -> str:
    return json.dumps(value)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "not json", '{"form": "fulfilment-anchor/1"}', "\x00", "1\n2"]
)
def test_what_is_no_anchor_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        read_anchors(text)
    with pytest.raises(Refusal):
        read_receipt(text)


def test_an_anchor_reads_back_as_it_was_written(kept: House) -> None:
    recorded(kept, 1)
    anchor = anchored(kept, LATER)
    line = as_json(written(anchor))
    assert read_anchors(f"{line}\n\n{line}\n") == [anchor]
    for name in Anchor._fields:
        broken = {k: v for k, v in written(anchor).items() if k != name}
        with pytest.raises(Refusal):
            read_anchors(as_json(broken))


# --- from a place that is known to be whole ---------------------------------------------------


def test_the_walk_begins_after_what_was_verified_before(kept: House) -> None:
    recorded(kept, 5)
    changed = update(AuditEntry).where(SEQ == 2).values(actor="nobody")
    with kept.readers() as session:
        assert audit.verify(session, since=3).entries == 5
        assert [p.verdict for p in audit.verify(session, since=6).problems] == [4]
    for seq, verdicts in ((2, []), (4, [2])):
        with_change = changed if seq == 2 else update(AuditEntry).where(SEQ == 4).values(actor="x")
        with tampered(kept, with_change) as session:
            assert [p.verdict for p in audit.verify(session, since=3).problems] == verdicts


def test_the_keyed_hash_is_the_one_worked_out_by_hand(kept: House) -> None:
    row = rows_of(recorded(kept, 1))[0]
    secret = (kept.settings.keys_path() / "audit-1.key").read_text().strip()
    inner = hmac.new(bytes.fromhex(secret), row["hash"], hashlib.sha256)
    assert row["mac"] == inner.digest()
    assert (kept.settings.keys_path() / "audit.since").read_text() == "1\n"
