"""Governed rows: which tables and columns count, and the digest that pins each down.

An act on the record carries a digest of every governed row it left behind. A row that is another
today than its last act left it was changed behind the program's back.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zlib import crc32

#: A row's key: the number of its primary key, or the parts of a longer one with "|" between.
Key = int | str

#: The columns that count, by table. A digest says how many of them it covers, so new columns go
#: to the end and none goes away. What is worked out from these (duties, timers, alerts, figures)
#: is not governed: the doctor works it out again. Calendars are held by that too.
_COLUMNS = {
    "organisation": "id code name side kind region level recorded_at",
    "succession": "id predecessor_id successor_id from_on reason recorded_at recorded_by",
    "subordination": "id body_id superior_id from_on until_on recorded_at recorded_by",
    "competence": "id matter region body_id from_on until_on recorded_at recorded_by",
    "person": "id ulid handle name recorded_at recorded_by",
    "posting": "id person_id body_id role from_on until_on recorded_at recorded_by",
    "contract": """
        id ulid contract_no title field subject signed_on amount_fen region government_id
        enterprise_id ownership size document registered_at registered_by
    """,
    "obligation": """
        id ulid contract_id key position kind title obligor obligor_code amount_fen due_on
        after_key within_length within_unit retention other_law added_on
    """,
    "amendment": """
        id ulid contract_id obligation_id kind reason agreed_on due_on within_length within_unit
        amount_fen note recorded_at recorded_by
    """,
    "fact": """
        id ulid contract_id obligation_id kind happened_on source amount_fen ref note evidence
        supersedes_id recorded_at recorded_by
    """,
    "fact_answer": "id fact_id answer source disputed_fen note recorded_at recorded_by",
    "evidence_file": "sha256 size media_type name state stored_at stored_by",
    "publication": "id ocid release_id dated tags digest body recorded_at recorded_by",
    "published_contract": "contract_id ocid ocds_id compiled updated_at",
    "lpr_rate": "published_on percent loaded_at loaded_by",
    "lead": """
        id ulid contract_id obligation_id duty_id rule breached_on episode raised_on raised_at
        outstanding_fen interest_fen respondent_id state closed_on closed_why evidence run_id
    """,
    "complaint_case": """
        id ulid contract_id respondent_id region field origin natures confidential
        merged_into_id opened_on opened_at opened_by
    """,
    "case_merge": "id ulid case_id into_id claims reason at by undoes_id",
    "claim": """
        id ulid case_id obligation_id matter lead_id respondent_id state state_on intake_id
        holder_id handler_id addressee returned sme_payment claimed_fen confirmed_fen breach
        excuse verification outcome listed contested version opened_on opened_at closed_on
        closed_at
    """,
    "claim_event": """
        id ulid claim_id seq event outcome source target role actor person_id body_id on at
        details
    """,
    "claim_duty": """
        id claim_id clock body_id from_on due_on provisional basis opened_at ended_on ended_by
        ended_at
    """,
    "routing_decision": "id claim_id on at body_id addressee reasoning",
    "settlement": "claim_id contract_id agreed_on recorded_at recorded_by",
    "supervision_act": """
        id ulid claim_id step rule due_on declined number text to_body_id signed_by person_id on
        at
    """,
    "help_request": """
        id ulid claim_id body_id task asked_on due_on provisional basis asked_at asked_by answer
        answered_on answered_at answered_by withdrawn_because withdrawn_at withdrawn_by
    """,
    "letter": "id ulid claim_id kind audience media_type sha256 template on at by",
    "complaint": """
        id ulid case_id channel origin source_no enterprise_id confidential refuses_contact
        summary declared digest received_on received_at recorded_by withdrawn_on answered_at
    """,
    "complaint_claim": "complaint_id claim_id claimed_fen breach joined_at",
    "receipt": "id complaint_id code_mac key_id made_at replaced_at",
    "vault_item": "id complaint_id name key_id sealed kept_at erased_at",
    "vault_request": """
        id ulid complaint_id items motive asked_by asked_at decided_by decided_at approved
        opened_at
    """,
    "retaliation_watch": "id complaint_id enterprise_id body_id from_on until_on",
    "retaliation_sign": "id watch_id kind object happened_on found_on details",
    "finding": """
        id ulid claim_id body_id breach violation article amount_fen facts excuse serious
        proposed_by proposed_on decided_by decided_on decided_at approved reason document_no
        served_on remedies
    """,
    "credit_entry": """
        id ulid body_id stream kind about_id claim_id finding_id source_no content amount_fen
        effective_on reason recorded_at recorded_by
    """,
    "measure": """
        id ulid entry_id code body_id region imposer_id basis state proposed_on answered_on
        answered_by reason details starts_on due_on to_end_on confirm_by ended_on
        end_confirmed_by version
    """,
    "measure_person": "id measure_id name recorded_at recorded_by",
    "repair": """
        id ulid entry_id claim_id asked_by ex_officio evidence asked_on prepared_by decided_by
        decided_on confirmed corrected performed reason
    """,
}
GOVERNED: Mapping[str, tuple[str, ...]] = {t: tuple(c.split()) for t, c in _COLUMNS.items()}

_WIDTH = 16
#: A length nothing has.
_ABSENT = b"\xff\xff\xff\xff"


def _cell(value: Any) -> bytes:
    """A value of a column as bytes; the column's type tells which of them are the same."""
    match value:
        case bool() | int():
            return b"%d" % value
        case str():
            return value.encode("utf-8", "surrogatepass")
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return aware.astimezone(UTC).isoformat(timespec="microseconds").encode()
        case date():
            return value.isoformat().encode()
        case bytes() | memoryview():
            return bytes(value).hex().encode()
        case _:  # nothing we write; it is what somebody put there
            return repr(value).encode("utf-8", "surrogatepass")


class _Coded(dict[Any, tuple[bytes, bytes]]):
    """Values of a column as they are hashed, after their length, and their tags; each once."""

    def __missing__(self, value: Any) -> tuple[bytes, bytes]:
        kind = type(value)  # asked first for what there is most of
        if value is None:
            coded = _ABSENT, b"\xff\xff"
        else:
            if kind is int:
                cell = b"%d" % value
            elif kind is str and value.isascii():
                cell = value.encode()
            else:
                cell = _cell(value)
            tag = (crc32(cell) & 0xFFFF).to_bytes(2, "big")
            coded = len(cell).to_bytes(4, "big") + cell, tag
        self[value] = coded
        return coded


def row_digests(columns: Sequence[Sequence[Any]], alg: str) -> list[bytes]:
    """The digests of rows given by their columns: 16 bytes, then two for each value in order.

    The 16 bytes are the hash of all values and prove; the others only tell which one differs.
    Worked out column by column, because most values of a column are alike.
    """
    cells, tags = [], []
    for column in columns:
        coded = list(map(_Coded().__getitem__, column))
        cells.append([c for c, _ in coded])
        tags.append([t for _, t in coded])
    joined = zip(map(b"".join, zip(*cells, strict=True)), zip(*tags, strict=True), strict=True)
    hashed = hashlib.new
    return [hashed(alg, row).digest()[:_WIDTH] + b"".join(t) for row, t in joined]


def differing(columns: Sequence[str], then: bytes, now: bytes) -> list[str]:
    """The columns by which two digests of a row differ; empty if they are the same.

    Columns are named as far as two bytes tell them apart.
    """
    if then == now:
        return []
    tags = [(then[i : i + 2], now[i : i + 2]) for i in range(_WIDTH, len(then), 2)]
    return [c for c, (old, new) in zip(columns, tags, strict=False) if old != new] or ["?"]


class Kept(NamedTuple):
    """What an act says of a row of a table: how many columns its digest covers."""

    key: Key
    covers: int
    digest: bytes


def pack(digests: Mapping[str, Mapping[Key, bytes]]) -> bytes:
    """Digests of rows by table and key, as an entry keeps them: a line of JSON, then the digests.

    The line gives for each table how many columns are covered, and the keys in their order.
    """
    head: dict[str, list[Any]] = {}
    parts: list[bytes] = []
    for table, rows in sorted(digests.items()):
        if rows:
            head[table] = [len(GOVERNED[table]), list(rows)]
            parts += rows.values()
    return json.dumps(head, separators=(",", ":")).encode() + b"\n" + b"".join(parts)


def unpack(packed: bytes) -> Iterator[tuple[str, list[Kept]]]:
    """What was packed, table by table.

    Raises:
        ValueError: these bytes were never packed.
    """
    line, _, digests = packed.partition(b"\n")
    start = 0
    for table, (covers, keys) in json.loads(line).items():
        width = _WIDTH + 2 * covers
        end = start + width * len(keys)
        if end > len(digests):
            raise ValueError("digests are missing")
        places = range(start, end, width)
        yield (
            table,
            [Kept(k, covers, digests[p : p + width]) for k, p in zip(keys, places, strict=True)],
        )
        start = end
