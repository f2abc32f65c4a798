"""Tell what a file is by its content; its name says nothing."""

import re
from enum import StrEnum

#: How much of a file has to be looked at.
HEAD = 1 << 16

_BOM = b"\xef\xbb\xbf"
_OCDS_KEY = re.compile(
    rb'"(ocid|releases|records|compiledRelease|releaseTag|packages|publishedDate)"\s*:'
)
_CONTRACT_KEY = re.compile(rb'"contract_no"\s*:')


class Format(StrEnum):
    """The kinds of files that can be told apart."""

    CONTRACTS = "contracts"
    OCDS = "ocds"
    WORKBOOK = "workbook"
    OLD_WORKBOOK = "old-workbook"
    TABLE = "table"


def recognise(head: bytes) -> Format:
    """The format of a file from its first bytes (`HEAD` of them, or all there are).

    A JSON file is OCDS when a key of OCDS comes before any of ours; what is neither JSON nor a
    workbook is read as CSV, which finds out soon enough.
    """
    if head.startswith(b"PK"):
        return Format.WORKBOOK
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return Format.OLD_WORKBOOK
    text = head.removeprefix(_BOM).lstrip()
    if not text or text[:1] in (b"{", b"["):
        theirs, ours = _OCDS_KEY.search(text), _CONTRACT_KEY.search(text)
        first = theirs is not None and (ours is None or theirs.start() < ours.start())
        return Format.OCDS if first else Format.CONTRACTS
    return Format.TABLE
