"""The assertions of the invariants by name, and the invariants with one of them taken out."""

import ast
from pathlib import Path

#: Where they stand, below the root of the project.
INVARIANTS = "tests/stateful/invariants.py"


def named(text: str) -> dict[str, ast.Assert]:
    """Each assertion as `i_2:3`, the third one of `i_2_…`; one in a helper by the helper's name."""
    found = {}
    for function in ast.parse(text).body:
        asserted = [n for n in ast.walk(function) if isinstance(n, ast.Assert)]
        for i, statement in enumerate(sorted(asserted, key=lambda n: n.lineno), start=1):
            name = getattr(function, "name", "module")
            short = "_".join(name.split("_")[:2]) if name.startswith("i_") else name
            found[f"{short}:{i}"] = statement
    return found


def without(text: str, name: str) -> str:
    """The same text with `pass` in place of an assertion."""
    statement = named(text)[name]
    assert statement.end_lineno is not None
    lines = text.splitlines(keepends=True)
    blank = " " * statement.col_offset + "pass\n"
    lines[statement.lineno - 1 : statement.end_lineno] = [blank]
    return "".join(lines)


def every_one(root: Path) -> list[str]:
    return list(named((root / INVARIANTS).read_text("utf-8")))
