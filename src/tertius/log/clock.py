"""A clock that cannot be set back: expired stays expired, and jumps are noticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SECOND = 1_000_000_000
TOLERANCE = 5 * SECOND  # how far the wall clock may run ahead of the boot clock between two looks


def boot_time() -> int:
    """Return nanoseconds since boot, suspended time included where the system counts it."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Ratchet:
    """UTC nanoseconds that only move forwards, and only as fast as the boot clock allows.

    Parameters
    ----------
    wall : callable
        Returns UTC nanoseconds; may jump.
    boot : callable
        Returns nanoseconds since boot; never jumps.
    tolerance : int
        Nanoseconds by which the wall clock may get ahead between two looks.

    Attributes
    ----------
    trusted : bool
        False after a forward jump beyond the tolerance, until `confirm`: what depends on expiry
        must then be refused.
    jumps : int
        Jumps seen so far, in either direction.

    Notes
    -----
    Thread-safe. After a backward jump time stands still at the boot clock's pace; after a forward
    jump it goes on at that pace from where it was. It cannot see a wall clock that was wrong from
    the start, nor one that drifts slower than the tolerance.

    Examples
    --------
    >>> wall, boot = [100 * SECOND], [0]
    >>> clock = Ratchet(lambda: wall[0], lambda: boot[0])
    >>> clock() // SECOND
    100
    >>> wall[0], boot[0] = 40 * SECOND, 2 * SECOND  # somebody sets the clock back
    >>> clock() // SECOND, clock.trusted
    (102, True)
    >>> wall[0], boot[0] = 9000 * SECOND, 3 * SECOND  # and then far ahead
    >>> clock() // SECOND, clock.trusted
    (103, False)
    >>> clock.confirm()
    >>> clock() // SECOND, clock.trusted
    (9000, True)
    """

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        boot: Callable[[], int] = boot_time,
        *,
        tolerance: int = TOLERANCE,
    ) -> None:
        self.trusted = True
        self.jumps = 0
        self._wall = wall
        self._boot = boot
        self._tolerance = tolerance
        self._last_wall = self._now = wall()
        self._last_boot = boot()
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """Return the time, UTC nanoseconds."""
        with self._lock:
            wall, boot = self._wall(), self._boot()
            elapsed = max(0, boot - self._last_boot)
            step = wall - self._last_wall
            if step > elapsed + self._tolerance:
                self.trusted = False
                self.jumps += 1
            elif step < elapsed - self._tolerance:
                self.jumps += 1
            self._last_wall, self._last_boot = wall, boot
            self._now += elapsed
            if self.trusted:
                self._now = max(self._now, wall)
            return self._now

    def not_before(self, moment: int) -> None:
        """Never return less than `moment`, such as the time of the last durable entry."""
        with self._lock:
            self._now = max(self._now, moment)

    def confirm(self) -> None:
        """Follow the wall clock again: a person or a cosignature vouched for its time."""
        with self._lock:
            self.trusted = True
