"""Forked workers, and the points at which they die.

A worker is a copy of this process: what start-up costs is not what is tested.
"""

import os
import signal
import traceback
import warnings
from collections.abc import Callable

from fulfilment_monitor.house import House


def in_child(house: House, work: Callable[[House], object]) -> int:
    """Start a forked worker with connections of its own; returns its process id."""
    house.close()  # a connection must not be used on both sides of a fork
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a runner that has threads
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        work(house)
        status = 0
    except BaseException:  # the parent sees the status; the words go to stderr
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(child: int) -> int:
    """Wait for a worker; minus the signal that killed it, or its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dies_at(point: str, nth: int) -> Callable[[str], None]:
    """Kill the process the nth time it comes to a point."""
    left = nth

    def reach(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reach
