"""What is done round after round, in a thread of its own, for as long as a gate stands."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from tertius.core.errors import TertiusError

EVERY: Final = 1.0  # seconds between two rounds
ENDING: Final = 2.0  # seconds that `close` waits for a round under way

_LOGGER: Final = logging.getLogger(__name__)


class Rounds:
    """Does one thing again and again until closed.

    Parameters
    ----------
    what
        One round: a courier's delivery, a look whether anything was revoked.
    name
        Of the thread.
    every
        Seconds between two rounds.

    Notes
    -----
    What a round cannot do, because another process holds a store, waits for the next round: a
    `TertiusError` ends the round alone. So does any other error, and this module's logger says so,
    once for errors of one kind that follow each other. Closing does not wait for a slow round.
    """

    def __init__(self, what: Callable[[], object], *, name: str, every: float = EVERY) -> None:
        self._what, self._every = what, every
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._go, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the round under way."""
        self._closed.set()
        self._thread.join(ENDING)

    def _go(self) -> None:
        last: type[Exception] | None = None
        while not self._closed.is_set():
            try:
                self._what()
                last = None
            except TertiusError:  # the store is busy, or closed
                last = None
            except Exception as error:  # a fault of ours; whoever waits for the rounds must not
                if type(error) is not last:
                    _LOGGER.exception("`%s` failed, and is tried again", self._thread.name)
                last = type(error)
            self._closed.wait(self._every)
