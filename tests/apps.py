"""Applications of one session that compile each template once, and of their routes what is used.

Every test of a door makes an application of its own. It would compile its templates again, read the
addresses of some hundred routes, and for each of them compile two functions that write its address,
of which a test uses a few.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import BaseConverter, Rule
from werkzeug.routing.rules import RulePart

_compile_builder = Rule._compile_builder
_parse_rule = Rule._parse_rule


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


class _Read(NamedTuple):
    """What was read out of the address of a route."""

    parts: list[RulePart]
    trace: list[tuple[bool, str]]
    converters: dict[str, BaseConverter]


class _Addresses(dict[str, _Read]):
    """Addresses of routes as they were read first; converters of ours know nothing of an app."""

    def parts(self, rule: Rule, address: str) -> Iterator[RulePart]:
        if address not in self:
            earlier, known = len(rule._trace), set(rule._converters)
            parts = list(_parse_rule(rule, address))
            new = {n: c for n, c in rule._converters.items() if n not in known}
            self[address] = _Read(parts, rule._trace[earlier:], new)
        else:
            rule._trace += self[address].trace
            rule._converters |= self[address].converters
            rule.arguments |= self[address].converters.keys()
        yield from self[address].parts


@contextmanager
def making_apps_quickly() -> Iterator[None]:
    """As long as the block, applications share what they compile."""
    options = {**Flask.jinja_options, "bytecode_cache": _Memory()}
    read = _Addresses()
    with (
        patch.object(Flask, "jinja_options", options),
        patch.object(Rule, "_compile_builder", _when_used),
        patch.object(Rule, "_parse_rule", lambda rule, address: read.parts(rule, address)),
    ):
        yield
