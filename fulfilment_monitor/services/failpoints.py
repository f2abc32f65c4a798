"""Fail points: named places at which a crash must do no harm.

A verb that takes `reach` calls it with the name of each such place. The product passes nothing;
tests pass one that kills the process there.
"""

from collections.abc import Callable

Reach = Callable[[str], None]


def nothing(_name: str) -> None:
    """A fail point that does nothing."""
