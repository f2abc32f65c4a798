"""Which counts of a table are withheld, so that nobody can be told from a figure."""

from collections.abc import Mapping

#: A count from one to below this may speak of somebody in particular.
SMALLEST = 5


def released(counts: Mapping[str, int]) -> dict[str, int | None]:
    """The counts of one table, small ones withheld as None.

    Where only one is withheld, the next smallest goes with it: else the one could be reckoned
    from a total that is known elsewhere. Nothing counted is told as nothing.

    >>> released({"a": 0, "b": 4, "c": 5, "d": 90})
    {'a': 0, 'b': None, 'c': None, 'd': 90}
    >>> released({"a": 7, "b": 6})
    {'a': 7, 'b': 6}
    """
    small = {key for key, n in counts.items() if 0 < n < SMALLEST}
    others = [key for key, n in counts.items() if n >= SMALLEST]
    if len(small) == 1 and others:
        small.add(min(others, key=lambda key: (counts[key], key)))
    return {key: None if key in small else n for key, n in counts.items()}
