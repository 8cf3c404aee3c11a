"""Declared amounts in one line of text, as an operator writes them: ``lake=10 grid=4.5``."""

from __future__ import annotations

import math

from tertius.core.errors import CallerError

ANY = "*"


class AmountsError(CallerError):
    """A line of amounts that means nothing."""


def amounts(text: str, *, least: float = 0.0) -> dict[str, float]:
    """Return amounts by name; `ANY` stands for every name that is not given.

    Parameters
    ----------
    text
        ``name=number`` for each, apart by spaces; empty for none.
    least
        The smallest amount that means anything.

    Raises
    ------
    AmountsError
        No such form, a name given twice, or an amount below `least`.

    Examples
    --------
    >>> amounts("lake=10 grid=4.5")
    {'lake': 10.0, 'grid': 4.5}
    >>> amounts("lake")
    Traceback (most recent call last):
    ...
    tertius.detectors.amounts.AmountsError: bad amount `lake`; give name=number, as in `lake=10`
    """
    found: dict[str, float] = {}
    for part in text.split():
        name, equals, number = part.rpartition("=")
        try:
            amount = float(number) if name and equals else math.nan
        except ValueError:
            amount = math.nan
        if not math.isfinite(amount):
            raise AmountsError(f"bad amount `{part[:40]}`; give name=number, as in `lake=10`")
        if amount < least:
            raise AmountsError(f"bad amount `{part[:40]}`; expected {least:g} or more")
        if name in found:
            raise AmountsError(f"`{name[:40]}` is given twice; once is enough")
        found[name] = amount
    return found
