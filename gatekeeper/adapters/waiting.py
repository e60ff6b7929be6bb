"""Waiting for a fact, on the monotonic clock."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.1


def wait_until(fact: Callable[[], bool], seconds: float) -> bool:
    """Ask until the fact holds or the time is up; the last answer."""
    deadline, pause = monotonic() + seconds, FIRST_PAUSE
    while not fact():
        left = deadline - monotonic()
        if left <= 0:
            return False
        sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return True
