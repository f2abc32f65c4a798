"""Administrative regions by their codes of GB/T 2260, as they were from one day to another."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

#: Rows of the code tables that gather others and are no place with a government of its own.
_SUMMARIES = frozenset(
    {
        "市辖区",
        "县",
        "市",
        "省直辖县级行政区划",
        "省直辖县级行政单位",
        "省直辖行政单位",
        "自治区直辖县级行政区划",
        "自治区直辖县级行政单位",
    }
)
_DIGITS = 6
_PROVINCE = "0000"


class Region(NamedTuple):
    """What a code stood for, from `valid_from` until the day before `valid_to`."""

    code: str
    name: str
    valid_from: date
    #: The first day the code is surely no longer in use; empty while it is.
    valid_to: date | None = None
    #: The code that took its place, where that is certain.
    successor: str | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def is_summary(self) -> bool:
        """Whether it only gathers others, such as 110100 市辖区."""
        return self.name in _SUMMARIES


class Regions:
    """All regions known; of two rows with one code and first day, the later given counts."""

    __slots__ = ("_versions",)

    def __init__(self, rows: Iterable[Region] = ()) -> None:
        versions: dict[str, dict[date, Region]] = {}
        for row in rows:
            versions.setdefault(row.code, {})[row.valid_from] = row
        self._versions = {
            code: tuple(by_day[d] for d in sorted(by_day)) for code, by_day in versions.items()
        }

    def amended(self, rows: Iterable[Region]) -> "Regions":
        """These, and rows that arrived since."""
        known = [row for versions in self._versions.values() for row in versions]
        return Regions([*known, *rows])

    def versions(self, code: str) -> tuple[Region, ...]:
        """Everything a code ever stood for, oldest first."""
        return self._versions.get(code, ())

    def find(self, code: str, on: date) -> Region | None:
        """What a code stands for on a day; of overlapping rows, the one that began last."""
        begun = [r for r in self.versions(code) if r.valid_from <= on]
        return begun[-1] if begun and begun[-1].holds_on(on) else None

    def named(self, name: str, on: date) -> tuple[Region, ...]:
        """Every place of a name on a day, by code; rows that only gather others are none."""
        begun = (self.find(code, on) for code in sorted(self._versions))
        return tuple(r for r in begun if r is not None and r.name == name and not r.is_summary)

    def superior(self, code: str, on: date) -> Region | None:
        """The next region above one: county, prefecture, province; none above a province.

        Counties of a municipality, and those a province runs itself, stand under the province.
        """
        if len(code) != _DIGITS or code.endswith(_PROVINCE):
            return None
        for above in (code[:4] + "00", code[:2] + _PROVINCE):
            found = self.find(above, on)
            if above != code and found is not None and not found.is_summary:
                return found
        return None

    def below(self, code: str, on: date) -> tuple[Region, ...]:
        """The regions right below one: prefectures of a province, counties of a prefecture."""
        digits = stem(code)
        codes = sorted(c for c in self._versions if c.startswith(digits) and c != code)
        found = [r for c in codes if (r := self.find(c, on)) is not None and not r.is_summary]
        above = {r.code: self.superior(r.code, on) for r in found}
        return tuple(r for r in found if (up := above[r.code]) is not None and up.code == code)

    def path(self, code: str, on: date) -> tuple[Region, ...]:
        """Province, prefecture, county, as far as there are such; empty for an unknown code."""
        found = self.find(code, on)
        if found is None:
            return ()
        above = self.superior(code, on)
        return (found,) if above is None else (*self.path(above.code, on), found)

    def now_of(self, code: str, on: date) -> Region | None:
        """What a code, possibly an old one, has become by a day; None where that is uncertain."""
        seen: set[str] = set()
        following: str | None = code
        while following is not None and following not in seen:
            found = self.find(following, on)
            if found is not None:
                return found
            seen.add(following)
            ended = [r for r in self.versions(following) if r.valid_from <= on]
            following = ended[-1].successor if ended else None
        return None

    def fault(self, code: str, on: date) -> str | None:
        """Why a code cannot be that of a place on a day, in one sentence; None if it can."""
        if self.find(code, on) is not None:
            return None
        versions = self.versions(code)
        if not versions:
            return f"行政区划代码 {code} 未知"
        ended = [r for r in versions if r.valid_from <= on]
        if not ended:
            first = versions[0]
            return f"行政区划代码 {code}（{first.name}）最早于 {first.valid_from} 启用"
        last = ended[-1]
        became = self.now_of(code, on)
        since = f"，现为 {became.code}（{became.name}）" if became else "，请核对现用代码"
        return f"行政区划代码 {code}（{last.name}）至迟于 {last.valid_to} 停用{since}"


#: The table of a law that ships none.
NO_REGIONS = Regions()


def stem(region: str) -> str:
    """The digits that a region and everything in it have in common."""
    return region.removesuffix("00").removesuffix("00").removesuffix("00")


def covers(region: str, place: str) -> bool:
    """Whether a region is a place or contains it, by the digits of GB/T 2260.

    >>> covers("340000", "340321"), covers("340300", "340321"), covers("340100", "340321")
    (True, True, False)
    """
    return place.startswith(stem(region))
