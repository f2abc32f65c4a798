"""Engines of one session that compile each statement once, however many databases it makes.

An engine keeps what it compiled, and every test has a database and so engines of its own: they
would compile the same statements again and again, which took a good part of the suite's time. Here
all of one kind share the dialect of the first that has met its server, and what was compiled.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.util import LRUCache

from fulfilment_monitor.store import engine as product

#: So many statements are remembered for each kind of database.
_STATEMENTS = 4_000


class _Kinds:
    """By the kind of database, the dialect that all its engines share, and what was compiled."""

    def __init__(self) -> None:
        self.dialects: dict[str, Dialect] = {}
        self.compiled: dict[str, LRUCache[Any, Any]] = {}

    def create_engine(self, url: str, **given: Any) -> Engine:
        engine = create_engine(url, **given)
        kind = f"{engine.dialect.name}+{engine.dialect.driver}"
        if (shared := self.dialects.get(kind)) is not None:
            engine.dialect.initialize = _nothing_to_ask  # type: ignore[method-assign]
            engine.dialect = shared
            compiled = self.compiled.setdefault(kind, LRUCache(_STATEMENTS))
            engine.update_execution_options(compiled_cache=compiled)
            return engine
        own = engine.dialect

        def met(*_: object) -> None:
            self.dialects.setdefault(kind, own)

        event.listen(engine, "connect", met)  # after SQLAlchemy has asked the server
        return engine


def _nothing_to_ask(_connection: object) -> None:
    """The shared dialect knows the server's version and its settings."""


@contextmanager
def compiling_once() -> Iterator[None]:
    """As long as the block, engines of the product share what they compile."""
    with patch.object(product, "create_engine", _Kinds().create_engine):
        yield
