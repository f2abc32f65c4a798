"""Write a letter as PDF, where the extra `letters` is installed and a Chinese font is found.

What the letter says is passed as data: nothing in it is read as markup of the typesetter.
"""

import json
from functools import cache
from importlib import import_module
from typing import Any

from ..domain.errors import Refusal
from ..domain.letters import Paper, Style

MEDIA_TYPE = "application/pdf"

#: Fonts for the text, for headings, and for the title; the first that is there is taken.
_SONG = ("Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "宋体")
_TEXT = ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", *_SONG)
_HEADING = ("SimHei", "黑体", "Noto Sans CJK SC", "Source Han Sans SC", *_TEXT)
_TITLE = ("FZXiaoBiaoSong-B05S", "方正小标宋简体", *_SONG, *_TEXT)

#: The page of GB/T 9704-2012, as in `letters_docx`.
_SOURCE = """
#let it = json(bytes(sys.inputs.paper))
#let (year, month, day) = it.day
#set document(title: it.title, date: datetime(year: year, month: month, day: day))
#set page(paper: "a4", margin: (top: 37mm, right: 26mm, bottom: 35mm, left: 28mm),
  footer: context align(center, text(size: 14pt)[— #counter(page).display() —]))
#set text(font: it.fonts.text, size: 16pt, lang: "zh", region: "cn",
  top-edge: 0.8em, bottom-edge: -0.2em)
#set par(leading: 13pt, spacing: 13pt, justify: true)
#align(center, text(font: it.fonts.title, size: 22pt, it.title))
#if it.number != "" { align(center, text(it.number)) }
#v(16pt)
#par(text(it.addressee))
#for p in it.paragraphs {
  let font = if p.style == "heading" { it.fonts.heading } else { it.fonts.text }
  block(sticky: p.style == "heading",
    par(first-line-indent: (amount: 2em, all: true), text(font: font, p.text)))
}
#v(29pt)
#block(breakable: false, width: 100%, align(right, pad(right: 4em,
  it.signature.map(line => text(line)).join(linebreak()))))
"""


class NoPdf(Refusal):
    """This installation writes DOCX only."""

    code = "letter.no-pdf"
    title = "PDF cannot be written here"
    status = 503


def write_pdf(paper: Paper) -> bytes:
    """The bytes of a letter as PDF/A-2b.

    Raises:
        NoPdf: the extra is not installed, or no Chinese font is; take DOCX.
    """
    typesetter = _typesetter()
    said = {
        "title": paper.title,
        "number": paper.number,
        "addressee": f"{paper.addressee}：",
        "paragraphs": [
            {"style": "heading" if p.style is Style.HEADING else "text", "text": p.text}
            for p in paper.paragraphs
        ],
        "signature": list(paper.signature),
        "day": [paper.day.year, paper.day.month, paper.day.day],
        "fonts": _fonts(),
    }
    inputs = {"paper": json.dumps(said, ensure_ascii=False)}
    found: bytes = typesetter.compile(
        _SOURCE.encode(), format="pdf", sys_inputs=inputs, pdf_standards="a-2b"
    )
    return found


def _typesetter() -> Any:
    try:
        return import_module("typst")
    except ImportError:
        raise NoPdf("install the extra `letters` to write PDF; DOCX needs nothing") from None


@cache
def _fonts() -> dict[str, str]:
    there = set(_typesetter().Fonts().families())
    wanted = {"text": _TEXT, "heading": _HEADING, "title": _TITLE}
    found = {use: next((n for n in names if n in there), "") for use, names in wanted.items()}
    if not all(found.values()):
        raise NoPdf("no Chinese font is installed on this machine; take DOCX")
    return found
