"""A ceiling, or a floor, learned from a closed window instead of declared.

The window is closed before the first update that is held against it. Its limit errs with half of
the level, so the alarm stands at two over the level: `bar`.
"""

from __future__ import annotations

from scipy.special import betaincinv  # type: ignore[import-untyped]

from tertius.core.errors import CallerError


class WindowError(CallerError):
    """A window from which nothing can be learned."""


def bar(level: float) -> float:
    """Return the value at which to alarm when the baseline was learned: 2 / level.

    Examples
    --------
    >>> bar(0.05)
    40.0
    """
    return 2.0 / _level(level)


def upper(hits: int, count: int, *, level: float) -> float:
    """Return the upper Clopper-Pearson limit at half of the level: a ceiling for later updates.

    Parameters
    ----------
    hits, count
        Of a closed window: how many of how many; 1 event or more.
    level
        Alpha of the whole test, between 0 and 1.

    Raises
    ------
    WindowError
        Out of range.

    Notes
    -----
    With probability 1 - level / 2 the rate at which the window's events came lies below it, if they
    were independent with one rate (or exchangeable draws of a fixed lot). A rate plugged in as it
    was found has no guarantee: 38 in 100 honest streams alarmed after windows of 200.

    What it cannot see: that the rate has risen since for everybody. Then pairing (`swap`) is right.

    References
    ----------
    Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934).

    Examples
    --------
    >>> round(upper(0, 100, level=0.05), 4), round(upper(5, 100, level=0.05), 4)
    (0.0362, 0.1128)
    """
    _window(hits, count)
    if hits == count:
        return 1.0
    return float(betaincinv(hits + 1, count - hits, 1.0 - _level(level) / 2))


def lower(hits: int, count: int, *, level: float) -> float:
    """Return the lower Clopper-Pearson limit at half of the level: a floor for later updates.

    Examples
    --------
    >>> round(lower(95, 100, level=0.05), 4), lower(0, 10, level=0.05)
    (0.8872, 0.0)
    """
    _window(hits, count)
    return 1.0 - upper(count - hits, count, level=level)


def _window(hits: int, count: int) -> None:
    if not 0 <= hits <= count or count < 1:
        raise WindowError(f"{hits} of {count}; expected a window of 1 event or more")


def _level(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise WindowError(f"level {level!r}; expected between 0 and 1")
    return level
