"""Text that goes into spreadsheets: none of it becomes a formula there.

Source: OWASP, CSV injection; full-width signs count in some programs.
"""

#: What a formula, or a command behind one, begins with.
GUARDED = frozenset("=+-@\t\r\n＝＋－＠")
_QUOTE = "'"


def shielded(text: str) -> str:
    """A text with a quote before it where a spreadsheet would take it for a formula.

    A number below zero stays one.

    >>> shielded("=1+1"), shielded("-5.00"), shielded("-5+2")
    ("'=1+1", '-5.00', "'-5+2")
    """
    return _QUOTE + text if text[:1] in GUARDED and not _is_number(text) else text


def unshielded(text: str) -> str:
    """The text as it was before `shielded`.

    >>> unshielded("'=1+1"), unshielded("'quoted'")
    ('=1+1', "'quoted'")
    """
    return text[1:] if text[:1] == _QUOTE and text[1:2] in GUARDED else text


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()
