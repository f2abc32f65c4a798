"""What an uploaded file of contracts comes to: tried without writing, then registered."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from ..clock import monotonic
from ..domain.checks import Submission
from ..domain.errors import Invalid, Issue
from ..gateways.upload_store import Held
from ..schemas.contract_files import read_contract_table, read_contract_workbook, understand
from ..schemas.formats import HEAD, Format, recognise
from ..schemas.json_stream import read_documents
from ..schemas.reading import Read, Row
from ..schemas.xlsx_limits import UPLOAD

#: How long a file may take to be read.
SECONDS = 10.0
_CHUNK = 500
_NOT_OURS = "政府方不是本单位；各单位登记自己的合同"


class Refused(NamedTuple):
    """A contract that cannot be registered, and why; pointers of the issues start at the file."""

    read: Read
    issues: list[Issue]


class Usable(NamedTuple):
    """A contract that can be registered, and where it stands in the file."""

    read: Read
    submission: Submission


class Sorted(NamedTuple):
    """All contracts of a file."""

    usable: list[Usable]
    refused: list[Refused]


class Outcome(NamedTuple):
    """What became, or would become, of the contracts of a file."""

    counts: Counter[str]
    #: What is worth a look in those that are accepted; pointers start at the file.
    findings: list[tuple[Read, Issue]]


Act = Callable[[list[Submission]], Iterable[tuple[str, tuple[Issue, ...]]]]


def sort_file(held: Held, own: Collection[str]) -> Sorted:
    """The contracts of a file, those that can be registered apart from those that cannot.

    Args:
        own: the codes of the bodies whose contracts may be registered.
    """
    found = Sorted([], [])
    with held.path.open("rb") as file:
        for read in _reads(file, _Reading(held)):
            _sort(read, own, found)
    return found


def _sort(read: Read, own: Collection[str], found: Sorted) -> None:
    if read.issue is not None:  # its pointer starts at the file already
        found.refused.append(Refused(read, [read.issue]))
        return
    submission, faults = understand(read)
    if submission is not None and submission.contract.government.code not in own:
        faults = [Issue("/government/uscc", "party.not-ours", _NOT_OURS)]
        submission = None
    if submission is None:
        issues = [*read.issues, *faults]
        found.refused.append(Refused(read, [_placed(read, i) for i in issues]))
    else:
        found.usable.append(Usable(read, submission))


def carry_out(usable: list[Usable], act: Act) -> Outcome:
    """Hand the contracts to a verb, some at a time, and count what it makes of them."""
    outcome = Outcome(Counter(), [])
    rest = iter(usable)
    while chunk := list(islice(rest, _CHUNK)):
        done = act([u.submission for u in chunk])
        for (read, _), (result, issues) in zip(chunk, done, strict=True):
            outcome.counts[result] += 1
            outcome.findings.extend((read, _placed(read, i)) for i in (*read.issues, *issues))
    return outcome


def _placed(read: Read, issue: Issue) -> Issue:
    return issue._replace(pointer=read.spot(issue.pointer).pointer)


def _reads(file: BinaryIO, reading: "_Reading") -> Iterator[Read]:
    head = file.read(HEAD)
    file.seek(0)
    try:
        match recognise(head):
            case Format.WORKBOOK:
                yield from read_contract_workbook(file, limits=UPLOAD, each=reading.mend)
            case Format.TABLE:
                yield from read_contract_table(file, limits=UPLOAD, each=reading.mend)
            case _:
                for read in read_documents(file):
                    reading.check()
                    yield read
    except Invalid as refusal:
        for issue in refusal.issues:
            yield Read(1, issue.pointer, None, issue)


class _Reading:
    """One reading of a file: within its time, with the cells that were corrected."""

    def __init__(self, held: Held) -> None:
        self._ends = monotonic() + SECONDS
        self._sheet = held.sheet
        self._cells: dict[int, dict[int, str]] = {}
        for place, text in held.cells.items():
            line, _, at = place.partition(":")
            self._cells.setdefault(int(line), {})[int(at)] = text

    def check(self) -> None:
        """Stop when the time is over.

        Raises:
            Invalid: it is.
        """
        if monotonic() > self._ends:
            detail = f"文件在 {SECONDS:.0f} 秒内没有读完，请分成几个文件上传"
            raise Invalid([Issue("", "upload.too-slow", detail)])

    def mend(self, row: Row) -> Row:
        """A row with its corrections."""
        self.check()
        corrected = self._cells.get(row.line)
        if not corrected or row.sheet != self._sheet:
            return row
        cells = [*row.cells, *[None] * (max(corrected) + 1 - len(row.cells))]
        for at, text in corrected.items():
            cells[at] = text.strip() or None
        return row._replace(cells=tuple(cells))
