"""Scripts of steps: made from a seed, replayed, and made shorter when one fails.

A step is a name and a number; everything chosen in it comes from that number and from the world
as it is, so steps can be left out and the rest still makes sense.
"""

import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from fulfilment_monitor.house import House
from tests.stateful.machine import World
from tests.stateful.shapes import PROFILES
from tests.stateful.verbs import VERBS

Check = Callable[[World], None]
#: So often everything is looked at, not only what a step touched.
_LOOK_AT_ALL = 10


class Step(NamedTuple):
    verb: str
    number: int


def script(name: str, seed: int) -> list[Step]:
    """The steps of one example; the same seed gives the same ones."""
    rng = random.Random(f"script:{name}:{seed}")
    weights = {verb: weight for verb, (_, weight) in VERBS.items() if weight}
    names = rng.choices(list(weights), list(weights.values()), k=PROFILES[name].steps)
    return [Step(verb, rng.randrange(2**32)) for verb in ("begin", *names)]


def replay(house: House, name: str, seed: int, steps: Iterable[Step], check: Check) -> World:
    """Take these steps of an example; a failure says where it was."""
    world = World(house, PROFILES[name], seed)
    steps = list(steps)
    for i, step in enumerate(steps):
        try:
            world.run(VERBS[step.verb][0], step.number)
            if i % _LOOK_AT_ALL == _LOOK_AT_ALL - 1 or i == len(steps) - 1:
                world.look_at_all()
            check(world)
        except Exception as fault:
            fault.add_note(f"{name}:{seed}, step {i} ({step.verb}), on {world.today}")
            raise
    return world


def shortened(fails: Callable[[list[Step]], bool], steps: list[Step]) -> list[Step]:
    """Leave out whatever the failure does not need."""
    size = max(1, len(steps) // 2)
    while size:
        i = 1  # the first step lays the ground
        while i < len(steps):
            fewer = steps[:i] + steps[i + size :]
            if fails(fewer):
                steps = fewer
            else:
                i += size
        size //= 2
    return steps
