"""Lights of days left: the same at every desk."""

#: At most so many days left: the light, the most urgent first.
_LIGHTS = ((-1, "red"), (3, "orange"), (7, "yellow"))


def light_of(left: int | None) -> str:
    """The light for days left; what has no limit, or a far one, has none.

    >>> [light_of(n) for n in (-1, 0, 3, 4, 7, 8, None)]
    ['red', 'orange', 'orange', 'yellow', 'yellow', 'none', 'none']
    """
    if left is None:
        return "none"
    return next((light for most, light in _LIGHTS if left <= most), "none")
