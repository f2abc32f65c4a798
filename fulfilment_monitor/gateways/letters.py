"""Letters outside the database: the templates of the alerts folder in use, and files of papers."""

import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path

from .. import resources
from ..domain.errors import BadPolicy
from ..domain.evidence import Kept, shown_name
from ..domain.letter_kinds import LetterKind
from ..domain.letters import Paper, Template, read_letters
from ..settings import Settings
from . import evidence_store, letters_docx, letters_pdf

_FOLDER, _END = "letters", ".zh.txt"


class Format(StrEnum):
    DOCX = "docx"
    PDF = "pdf"


_WRITERS: dict[Format, tuple[Callable[[Paper], bytes], str]] = {
    Format.DOCX: (letters_docx.write_docx, letters_docx.MEDIA_TYPE),
    Format.PDF: (letters_pdf.write_pdf, letters_pdf.MEDIA_TYPE),
}


@resources.ours_once
def open_letters(settings: Settings) -> Mapping[LetterKind, Template]:
    """The office's templates; ours for each it has none for.

    Raises:
        BadPolicy: a template cannot be used; each fault with its file and line.
    """
    texts = _texts(resources.shipped("alerts"))
    if settings.alerts_dir:
        texts |= _texts(Path(settings.alerts_dir))
    return read_letters(texts)


def _texts(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted((folder / _FOLDER).glob(f"*{_END}")):
        try:
            found[path.name.removesuffix(_END)] = path.read_text("utf-8")
        except (OSError, ValueError) as fault:
            raise BadPolicy(f"{path}: {fault}") from None
    return found


def write(paper: Paper, form: Format = Format.DOCX) -> bytes:
    """The bytes of a paper; the same for the same paper."""
    return _WRITERS[form][0](paper)


def storing(folder: Path, form: Format = Format.DOCX) -> Callable[[Paper], Kept]:
    """What `services.letters.issue` calls to have a paper kept in the evidence store."""
    return partial(_keep, folder, form)


def _keep(folder: Path, form: Format, paper: Paper) -> Kept:
    content = write(paper, form)
    digest = hashlib.sha256(content).hexdigest()
    evidence_store.keep(folder, digest, content)
    name = shown_name(f"{paper.title}{paper.number}.{form.value}")
    return Kept(digest, len(content), _WRITERS[form][1], name)
