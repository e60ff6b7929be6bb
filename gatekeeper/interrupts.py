"""SIGINT and SIGTERM as one exception that ends a run tidily."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from gatekeeper.errors import Interrupted

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """The first SIGINT or SIGTERM raises Interrupted; those that follow do not end the tidying.

    As the first process of a container we have to say so ourselves: there the kernel delivers
    SIGTERM to nobody who has not asked for it."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in _NUMBERS:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(f"stopped by {signal.Signals(number).name}")

    before = {each: signal.signal(each, interrupt) for each in _NUMBERS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
