"""How much one user may ask of the gate beside it: a flood is refused, and nobody else is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Annotated, Final

from msgspec import Meta, Struct

FRAME_UNIT: Final = 16_384  # bytes; a longer frame counts as several questions
TELL_EVERY: Final = 60.0  # seconds between two records of one user's flood


class Rate(Struct, frozen=True, kw_only=True):
    """How many questions a user may ask: each second over time, and at once after a rest."""

    per_second: Annotated[float, Meta(gt=0)] = 2_000.0
    burst: Annotated[float, Meta(ge=1)] = 20_000.0


class _User:
    """What one user has left, and what of its flood is still to be recorded."""

    def __init__(self, left: float, now: float) -> None:
        self.left, self.seen = left, now
        self.refused, self.told = 0, -TELL_EVERY + now


class Rates:
    """A bucket of questions for each user, refilled evenly.

    Parameters
    ----------
    rate
        Of each user, however many connections and agents it has.
    ticks
        Seconds that only go forwards.

    Notes
    -----
    Thread-safe; as many buckets as there are users in the table of callers. Nobody's bucket
    depends on another's. It cannot see whether many questions are many acts or one act asked
    about many times.

    Examples
    --------
    >>> rates = Rates(Rate(per_second=1, burst=2), ticks=lambda: 0.0)
    >>> [rates.take(5001) for _ in range(3)], rates.take(5002)
    ([0.0, 0.0, 1.0], 0.0)
    """

    def __init__(
        self, rate: Rate | None = None, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._ticks = rate or Rate(), ticks
        self._users: dict[int, _User] = {}
        self._lock = threading.Lock()

    def take(self, uid: int, size: int = 0) -> float:
        """Let a user ask a question of so many bytes.

        Returns
        -------
        float
            0 where it may; otherwise nothing was taken, and these are the seconds until it may.
        """
        rate, cost = self._rate, 1 + size // FRAME_UNIT
        with self._lock:
            now = self._ticks()
            user = self._users.get(uid)
            if user is None:
                user = self._users[uid] = _User(rate.burst, now)
            user.left = min(rate.burst, user.left + (now - user.seen) * rate.per_second)
            user.seen = now
            missing = min(cost, rate.burst) - user.left
            if missing > 0:
                return missing / rate.per_second
            user.left -= cost
            return 0.0

    def refused(self, uid: int) -> int:
        """Count a refusal; return how many are to be recorded now, 0 for none yet."""
        with self._lock:
            now, user = self._ticks(), self._users[uid]
            user.refused += 1
            if now - user.told < TELL_EVERY:
                return 0
            count, user.refused, user.told = user.refused, 0, now
            return count
