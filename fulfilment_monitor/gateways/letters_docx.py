"""Write a letter as DOCX: an archive of a few XML parts, made by hand, always the same bytes.

The page is that of GB/T 9704-2012: A4, margins of 37, 26, 35 and 28 mm, 22 lines of 28 characters
in size 3 (16 points) 仿宋. Fonts are named, not embedded; each names the one to take where it is
missing. Parts are stored, not deflated: compressors differ, and the same letter has one digest.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from ..domain.letters import Paper, Style

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml"
#: The earliest day an archive can carry.
_ALWAYS = (1980, 1, 1, 0, 0, 0)
#: Twentieths of a point to a millimetre: 1440 to an inch.
_MM = 1440 / 25.4


class _Face(NamedTuple):
    """A paragraph style: sizes in half-points, indents in hundredths of a character."""

    name: str
    font: str
    size: int
    properties: str


_JUSTIFIED = '<w:jc w:val="both"/>'
_CENTRED = '<w:spacing w:after="290"/><w:jc w:val="center"/>'
#: 2号 小标宋 for the title, 3号 仿宋 for the text, 3号 黑体 for headings, 4号 for page numbers.
_FACES = {
    "Title": _Face("公文标题", "方正小标宋简体", 44, _CENTRED),
    "Number": _Face("发文字号", "仿宋_GB2312", 32, _CENTRED),
    "Addressee": _Face("主送单位", "仿宋_GB2312", 32, _JUSTIFIED),
    "Heading": _Face(
        "一级标题", "黑体", 32, '<w:keepNext/><w:ind w:firstLineChars="200" w:firstLine="640"/>'
    ),
    "Text": _Face(
        "正文", "仿宋_GB2312", 32, f'<w:ind w:firstLineChars="200" w:firstLine="640"/>{_JUSTIFIED}'
    ),
    "Signature": _Face(
        "落款", "仿宋_GB2312", 32,
        '<w:keepLines/><w:ind w:rightChars="400" w:right="1280"/><w:jc w:val="right"/>',
    ),
    "Page": _Face("页码", "宋体", 28, '<w:jc w:val="center"/>'),
}  # fmt: skip
#: What to take for a font that is not there.
_INSTEAD = {"方正小标宋简体": "宋体", "仿宋_GB2312": "仿宋", "黑体": "SimHei", "宋体": "SimSun"}
_STYLES = {Style.HEADING: "Heading", Style.TEXT: "Text"}


def write_docx(paper: Paper) -> bytes:
    """The bytes of a letter as DOCX; the same for the same paper, on every machine."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _parts(paper):
            entry = zipfile.ZipInfo(name, _ALWAYS)
            entry.create_system = 0  # or it is that of the machine
            archive.writestr(entry, (_HEAD + content).encode())
    return file.getvalue()


def _parts(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "[Content_Types].xml", _types()
    yield "_rels/.rels", _relations([("officeDocument", "word/document.xml")])
    yield "word/document.xml", _document(paper)
    parts = [("styles", "styles.xml"), ("fontTable", "fontTable.xml"), ("footer", "footer1.xml")]
    yield "word/_rels/document.xml.rels", _relations(parts)
    yield "word/styles.xml", _styles()
    yield "word/fontTable.xml", _fonts()
    yield "word/footer1.xml", _footer()


def _types() -> str:
    parts = {"document": "document.main", "styles": "styles", "fontTable": "fontTable",
             "footer1": "footer"}  # fmt: skip
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_PART}.{kind}+xml"/>'
        for name, kind in parts.items()
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f"{overrides}</Types>"
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


# --- the text ---------------------------------------------------------------------------------


def _document(paper: Paper) -> str:
    body = [_paragraph("Title", paper.title)]
    if paper.number:
        body.append(_paragraph("Number", paper.number))
    body.append(_paragraph("Addressee", f"{paper.addressee}："))
    body += [_paragraph(_STYLES[p.style], p.text) for p in paper.paragraphs]
    body.append(_paragraph("Text", ""))
    body += [_paragraph("Signature", line) for line in paper.signature]
    top, right, bottom, left = (round(mm * _MM) for mm in (37, 26, 35, 28))
    section = (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId3"/>'
        f'<w:pgSz w:w="{round(210 * _MM)}" w:h="{round(297 * _MM)}"/>'
        f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" '
        f'w:header="851" w:footer="{round(28 * _MM)}" w:gutter="0"/></w:sectPr>'
    )
    return (
        f'<w:document xmlns:w="{_W}" xmlns:r="{_OFFICE}">'
        f"<w:body>{''.join(body)}{section}</w:body></w:document>"
    )


def _paragraph(style: str, text: str) -> str:
    run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run}</w:p>'


def _footer() -> str:
    """The page's number between two dashes."""
    field = "".join(
        f"<w:r>{part}</w:r>"
        for part in (
            '<w:t xml:space="preserve">— </w:t>',
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
            '<w:t xml:space="preserve"> —</w:t>',
        )
    )
    paragraph = f'<w:p><w:pPr><w:pStyle w:val="Page"/></w:pPr>{field}</w:p>'
    return f'<w:ftr xmlns:w="{_W}">{paragraph}</w:ftr>'


# --- how it looks -----------------------------------------------------------------------------


def _styles() -> str:
    """Lines are exactly 29 points apart: 22 of them fill the 225 mm of a page."""
    rows = "".join(_style(key, face) for key, face in _FACES.items())
    return (
        f'<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>'
        '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋_GB2312"/>'
        '<w:sz w:val="32"/><w:szCs w:val="32"/>'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault><w:pPr>"
        '<w:spacing w:before="0" w:after="0" w:line="580" w:lineRule="exact"/>'
        f"</w:pPr></w:pPrDefault></w:docDefaults>{rows}</w:styles>"
    )


def _style(key: str, face: _Face) -> str:
    default = ' w:default="1"' if key == "Text" else ""
    font = f'w:ascii="{face.font}" w:hAnsi="{face.font}" w:eastAsia="{face.font}"'
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{key}"><w:name w:val="{face.name}"/>'
        f"<w:qFormat/><w:pPr>{face.properties}</w:pPr>"
        f'<w:rPr><w:rFonts {font}/><w:sz w:val="{face.size}"/><w:szCs w:val="{face.size}"/>'
        "</w:rPr></w:style>"
    )


def _fonts() -> str:
    rows = "".join(
        f'<w:font w:name="{font}"><w:altName w:val="{instead}"/><w:charset w:val="86"/></w:font>'
        for font, instead in _INSTEAD.items()
    )
    return f'<w:fonts xmlns:w="{_W}">{rows}</w:fonts>'
