"""Bodies as a family on a day: who answers for whom, who stands above, and who is too near.

A body is near a respondent when it, or any body above it, is the respondent, something the
respondent came from, or something that came after it. 发改财金〔2023〕1103号 二（二）: the superior
or competent department decides, nobody else.
"""

from collections.abc import Iterable, Mapping
from datetime import date


class Kinship:
    """Superiors on one day, and all successions, of the bodies that matter to a question."""

    __slots__ = ("_heirs", "_origins", "_related", "_superiors")

    def __init__(
        self,
        superiors: Mapping[int, int],
        successions: Iterable[tuple[int, int, date]],
        on: date,
    ) -> None:
        """
        Args:
            superiors: body → the body registered above it on the day.
            successions: (predecessor, successor, first day), the oldest first; also coming ones.
        """
        self._superiors = superiors
        self._heirs: dict[int, int] = {}
        self._related: dict[int, set[int]] = {}
        for old, new, since in successions:
            if since <= on:
                self._heirs[old] = new  # the last one holds
            self._related.setdefault(old, set()).add(new)
            self._related.setdefault(new, set()).add(old)
        self._origins: dict[int, list[int]] = {}
        for old, new in self._heirs.items():
            self._origins.setdefault(new, []).append(old)

    def answering(self, body: int) -> int:
        """Who answers for a body on the day: itself, or its last successor."""
        seen = {body}
        while body in self._heirs and self._heirs[body] not in seen:
            body = self._heirs[body]
            seen.add(body)
        return body

    def kin(self, body: int) -> set[int]:
        """A body with all it came from and all that came or will come after it."""
        reached, waiting = {body}, [body]
        while waiting:
            new = self._related.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        return reached

    def served_by(self, body: int) -> set[int]:
        """The bodies for which one answers on the day, itself among them while it answers."""
        return {member for member in self.kin(body) if self.answering(member) == body}

    def above(self, body: int) -> list[int]:
        """The bodies that answer for those above another, the nearest first.

        A body that nobody has put below another stands where those stood whose place it took.
        """
        found: list[int] = []
        seen, waiting = {body}, [body]
        while waiting:
            after = []
            for here in waiting:
                upper = self._superiors.get(here)
                if upper is None:
                    after += self._places(here)
                    continue
                now = self.answering(upper)
                if now != body and now not in found:
                    found.append(now)
                after += [now, upper]
            waiting = [b for b in dict.fromkeys(after) if b not in seen]
            seen.update(waiting)
        return found

    def _places(self, body: int) -> list[int]:
        """Whose places a body took, without those that lay below itself: taking in a bureau of
        one's own moves nobody down."""
        return [old for old in reversed(self._origins.get(body, [])) if not self._lies(old, body)]

    def _lies(self, low: int, high: int) -> bool:
        seen: set[int] = set()
        while low in self._superiors and low not in seen:
            seen.add(low)
            low = self._superiors[low]
            if low == high or self.answering(low) == high:
                return True
        return False

    def near(self, body: int, respondent: int) -> bool:
        """Whether a body may never judge a respondent: kin, or below one of them."""
        return respondent in self.nearby(body)

    def nearby(self, body: int) -> set[int]:
        """All that a body may never judge: itself and those above it, each with its kin."""
        return set().union(*(self.kin(n) for n in (body, *self.above(body))))
