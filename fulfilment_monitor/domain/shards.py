"""Cut the work of a sweep by region, so that several workers share it."""

from collections.abc import Mapping

#: A region's code has six digits; provinces, prefectures and counties are two more each.
_STEP, _LONGEST = 2, 6


def cut(due: Mapping[str, int], *, worth: int, parts: int) -> list[str]:
    """Beginnings of region codes that are worth a shard of their own, the most laborious first.

    No two begin alike. What lies in none of them, also later on, belongs to the shard of the rest.

    Args:
        due: how much there is to do in each region.
        worth: less than this is no shard.
        parts: a region with more than this part of the whole is cut into its own regions.

    >>> cut({"330102": 5, "330106": 30, "340101": 20}, worth=10, parts=2)
    ['330106', '34']
    >>> cut({"330102": 25, "330106": 30, "340101": 3}, worth=10, parts=3)
    ['330106', '330102']
    """
    bound = max(worth, sum(due.values()) // parts)
    found: list[tuple[int, str]] = []
    waiting = [""]
    while waiting:
        begin = waiting.pop()
        inside = {region: n for region, n in due.items() if region.startswith(begin)}
        much = sum(inside.values())
        if much > bound and len(begin) < _LONGEST:
            waiting += {region[: len(begin) + _STEP] for region in inside}
        elif begin and much >= worth:
            found.append((much, begin))
    return [begin for _, begin in sorted(found, reverse=True)]
