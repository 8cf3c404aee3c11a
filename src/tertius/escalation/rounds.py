"""Notices taken out round after round, in a thread of their own, for as long as a gate stands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tertius.core.errors import TertiusError
from tertius.escalation.notices import Courier

EVERY: Final = 1.0  # seconds between two rounds
ENDING: Final = 2.0  # seconds that `close` waits for a round under way


class Rounds:
    """Lets a courier deliver again and again until closed.

    Parameters
    ----------
    courier
        Delivers.
    clock
        UTC nanoseconds.
    every
        Seconds between two rounds.

    Notes
    -----
    What was put down by a gate that has ended is taken out by the next one. What a round cannot
    read or write, because another process holds the store, waits for the next round. Closing does
    not wait for a slow receiver: its notice is tried again under the same id.
    """

    def __init__(self, courier: Courier, *, clock: Callable[[], int], every: float = EVERY) -> None:
        self._courier, self._clock, self._every = courier, clock, every
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._go, name="notices", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the round under way."""
        self._closed.set()
        self._thread.join(ENDING)

    def _go(self) -> None:
        while not self._closed.is_set():
            with suppress(TertiusError):  # the store is busy, or closed
                self._courier.deliver(now=self._clock())
            self._closed.wait(self._every)
