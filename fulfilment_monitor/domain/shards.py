"""Cut the work of a sweep by region, so that several workers share it."""

from collections.abc import Mapping

#: A region's code has six digits; provinces, prefectures and counties are two more each.
_STEP, _LONGEST = 2, 6


def cut(due: Mapping[str, int], *, worth: int, parts: int) -> list[list[str]]:
    """Shards of about the same size, as beginnings of region codes; none where one would do.

    No two beginnings are alike in part. What lies in none of them, also later on, belongs to the
    shard of the rest.

    Args:
        due: how much there is to do in each region.
        worth: how much makes a shard worth its while.
        parts: so many shards at most.

    >>> cut({"330102": 5, "330106": 30, "340101": 15, "350101": 10}, worth=10, parts=2)
    [['330106'], ['330102', '34', '35']]
    >>> cut({"330102": 5, "330106": 30}, worth=20, parts=2)
    []
    """
    whole = sum(due.values())
    count = min(parts, whole // worth)
    if count < 2:
        return []
    shards: list[tuple[int, list[str]]] = [(0, []) for _ in range(count)]
    for begin, much in sorted(_pieces(due, whole // count).items(), key=lambda p: (-p[1], p[0])):
        least = min(range(count), key=lambda n: shards[n][0])
        size, begins = shards[least]
        shards[least] = (size + much, [*begins, begin])
    largest_first = sorted(shards, key=lambda shard: -shard[0])
    return [sorted(begins) for _, begins in largest_first if begins]


def _pieces(due: Mapping[str, int], bound: int) -> dict[str, int]:
    """Regions, each as large as the bound allows, or as small as there are any."""
    found: dict[str, int] = {}
    waiting = [""]
    while waiting:
        begin = waiting.pop()
        inside = {region: n for region, n in due.items() if region.startswith(begin)}
        much = sum(inside.values())
        if much > bound and len(begin) < _LONGEST:
            waiting += {region[: len(begin) + _STEP] for region in inside}
        else:
            found[begin] = much
    return found
