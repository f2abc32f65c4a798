"""Who acts. Every verb takes the acting person and puts the name on the record."""

from typing import NamedTuple


class Actor(NamedTuple):
    """Whoever answers for an act: a person's account, or a part of the service itself."""

    name: str


#: The daily sweep, acting without a person.
SWEEP = Actor("system:sweep")
