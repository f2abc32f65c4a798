"""Applications of one session that compile each template once, and of their routes what is used.

Every test of a door makes an application of its own. It would compile its templates again, and for
each of some hundred routes two functions that write its address, of which a test uses a few.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

_compile_builder = Rule._compile_builder


class _Memory(BytecodeCache):
    """What was compiled of a template, by its name and text."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def _when_used(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    """Stand in for a function that writes an address until it is called."""
    made: list[Callable[..., Any]] = []

    def write(self: Rule, *given: Any, **named: Any) -> Any:
        if not made:
            made.append(_compile_builder(rule, append_unknown))
        return made[0](self, *given, **named)

    return write


@contextmanager
def making_apps_quickly() -> Iterator[None]:
    """As long as the block, applications share what they compile."""
    options = {**Flask.jinja_options, "bytecode_cache": _Memory()}
    with (
        patch.object(Flask, "jinja_options", options),
        patch.object(Rule, "_compile_builder", _when_used),
    ):
        yield
