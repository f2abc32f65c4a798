"""Rows of evidence: kept once, on the record, and honest about what the last look found."""

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.domain.errors import NotFound
from fulfilment_monitor.domain.evidence import FileState, Kept
from fulfilment_monitor.house import House
from fulfilment_monitor.services import evidence, facts
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.evidence import EvidenceFile
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    a_document,
    day,
    paid,
    register,
    state,
    view,
    violations,
)

ONE = Kept("a" * 64, 10, "application/pdf", "凭证.pdf")
TWO = Kept("b" * 64, 20, "image/png", "签收单.png")


def keep(house: House, *files: Kept, on: str = "2025-09-10") -> list[facts.Evidence]:
    with house.sessions.begin() as session:
        return evidence.keep_files(session, files, by=CLERK, now=at(day(on)))


def mark(house: House, found: FileState, *digests: str, on: str = "2025-10-01") -> None:
    with house.sessions.begin() as session:
        evidence.mark(session, digests, look=lambda _: found, by=CLERK, now=at(day(on)))


def acts(house: House) -> list[tuple[str, str]]:
    query = select(AuditEntry.action, AuditEntry.object_id).order_by(AuditEntry.seq)
    with house.readers() as session:
        return [(a, o) for a, o in session.execute(query) if a.startswith("evidence.")]


def row(house: House, sha256: str) -> EvidenceFile:
    with house.readers() as session:
        return evidence.find_file(session, sha256)


def test_a_file_is_kept_once_and_put_on_the_record_once(house: House) -> None:
    assert keep(house, TWO, ONE, ONE) == [
        (TWO.sha256, TWO.name),
        (ONE.sha256, ONE.name),
        (ONE.sha256, ONE.name),
    ]
    keep(house, ONE._replace(name="another name.pdf"), on="2025-09-20")
    assert acts(house) == [("evidence.keep", ONE.sha256), ("evidence.keep", TWO.sha256)]
    stored = row(house, ONE.sha256)
    assert (stored.name, stored.size, stored.media_type) == ("凭证.pdf", 10, "application/pdf")
    assert (stored.state, stored.stored_at, stored.stored_by) == (
        "whole",
        at(day("2025-09-10")),
        "clerk",
    )


def test_a_statement_names_the_file_as_it_was_handed_in_this_time(house: House) -> None:
    register(house, a_document())
    keep(house, ONE)
    named = keep(house, ONE._replace(name="回单.pdf"))
    state(house, paid("2025-09-10"), "2025-09-11", evidence=named)
    (fact,) = view(house, "2025-09-20")["facts"]
    assert fact["evidence"] == [{"sha256": ONE.sha256, "name": "回单.pdf"}]


def test_only_a_change_of_state_goes_on_the_record(house: House) -> None:
    keep(house, ONE, TWO)
    mark(house, FileState.WHOLE, ONE.sha256, TWO.sha256)
    assert len(acts(house)) == 2
    mark(house, FileState.DAMAGED, ONE.sha256, on="2025-10-02")
    mark(house, FileState.DAMAGED, ONE.sha256, on="2025-10-03")
    assert acts(house)[2:] == [("evidence.mark", ONE.sha256)]
    assert (row(house, ONE.sha256).state, row(house, TWO.sha256).state) == ("damaged", "whole")
    assert row(house, ONE.sha256).checked_at == at(day("2025-10-03"))


def test_a_damaged_file_handed_in_again_is_whole_again(house: House) -> None:
    keep(house, ONE)
    mark(house, FileState.MISSING, ONE.sha256)
    keep(house, ONE, on="2025-10-05")
    assert row(house, ONE.sha256).state == "whole"
    assert acts(house)[1:] == [("evidence.mark", ONE.sha256)] * 2


def test_the_doctor_names_what_is_not_whole_and_nothing_else(house: House) -> None:
    register(house, a_document())
    never_stored = facts.Evidence("c" * 64, "旧凭证.pdf")
    state(house, paid("2025-09-10"), "2025-09-11", evidence=[*keep(house, ONE), never_stored])
    assert violations(house) == []
    mark(house, FileState.DAMAGED, ONE.sha256)
    (found,) = violations(house)
    assert found.check == "evidence.not-whole"
    assert ONE.sha256 in found.detail
    assert "damaged" in found.detail


def test_files_are_listed_newest_first(house: House) -> None:
    keep(house, ONE, on="2025-09-10")
    keep(house, TWO, on="2025-09-11")
    mark(house, FileState.MISSING, ONE.sha256)
    with house.readers() as session:
        everything = evidence.list_files(session)
        first = evidence.list_files(session, limit=1)
        gone = evidence.list_files(session, state=FileState.MISSING)
    assert [i["sha256"] for i in everything.items] == [TWO.sha256, ONE.sha256]
    assert ([i["sha256"] for i in first.items], first.total) == ([TWO.sha256], 2)
    assert ([i["sha256"] for i in gone.items], gone.total) == ([ONE.sha256], 1)


def test_every_file_is_reached_in_batches(house: House) -> None:
    files = [ONE._replace(sha256=f"{n:064x}") for n in range(7)]
    keep(house, *files)
    found, after = [], ""
    with house.readers() as session:
        while rows := evidence.files_after(session, after, 3):
            found += rows
            after = rows[-1][0]
    assert found == [(f.sha256, FileState.WHOLE) for f in files]


def test_an_unknown_digest_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        row(house, "f" * 64)


def test_a_file_without_bytes_has_no_row(house: House) -> None:
    with pytest.raises(Exception, match="not_empty"):
        keep(house, ONE._replace(size=0))
    with house.readers() as session:
        assert session.scalar(select(func.count()).select_from(EvidenceFile)) == 0


def test_a_file_leaves_to_be_saved_and_never_to_be_shown() -> None:
    assert evidence.headers_for_download('凭证 "1";\r\n.pdf') == {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": (
            "attachment; filename*=UTF-8''%E5%87%AD%E8%AF%81%20%221%22%3B%0D%0A.pdf"
        ),
        "X-Content-Type-Options": "nosniff",
    }
