"""Randomness that is looked up, not consumed: keyed by seed, copy, player, step and purpose.

A draw is a pure function of its key. One changed action therefore shifts nobody else's draws, a
counterfactual twin sees the same luck, and copies of a world can be played in any order.

Numbers are SplitMix64's: a 64-bit counter times the golden ratio, put through a mixer with good
avalanche. Not for secrets.

References
----------
Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, section 4
(the mixer is variant 13 of Stafford); Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
SC 2011 (why counters).
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import numpy as np

from tertius.core.errors import CallerError
from tertius.stats.compiled import INTERPRETED, compiled

_ALL = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
GOLDEN = np.uint64(_GOLDEN)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TINY = 1.0 / 9007199254740992.0  # 2**-53

WORLD = -1
"""The player number of what belongs to nobody: weather, demand, the deal of the cards."""


class SeedError(CallerError):
    """A seed that is none."""


@compiled
def mix(word: np.uint64) -> np.uint64:
    """Return 64 well-mixed bits of 64 bits; different words give different bits."""
    word = (word ^ (word >> _30)) * _M1
    word = (word ^ (word >> _27)) * _M2
    return word ^ (word >> _31)


@compiled
def fold(key: np.uint64, part: int) -> np.uint64:
    """Return the key of one part of what `key` stands for: a copy, a player, a purpose."""
    return mix((key ^ mix(np.uint64(part) + GOLDEN)) + GOLDEN)


@compiled
def bits(key: np.uint64, step: int) -> np.uint64:
    """Return the 64 bits that a key draws at a step (0 or more)."""
    return mix(key + GOLDEN * np.uint64(step + 1))


if INTERPRETED:  # NumPy's scalars refuse or report what machine words do silently: wrap by hand

    def mix(word: np.uint64) -> np.uint64:
        """Return 64 well-mixed bits of 64 bits; different words give different bits."""
        return np.uint64(_mixed(int(word)))

    def fold(key: np.uint64, part: int) -> np.uint64:
        """Return the key of one part of what `key` stands for: a copy, a player, a purpose."""
        return np.uint64(part_of(int(key), int(part) & _ALL))

    def bits(key: np.uint64, step: int) -> np.uint64:
        """Return the 64 bits that a key draws at a step (0 or more)."""
        return np.uint64(_mixed(int(key) + _GOLDEN * (int(step) + 1) & _ALL))


@compiled
def unit(key: np.uint64, step: int) -> float:
    """Return the key's number at a step, from 0 (included) to 1 (excluded), in steps of 2**-53."""
    return float(np.float64(bits(key, step) >> _11) * _TINY)


@compiled
def below(key: np.uint64, step: int, bound: int) -> int:
    """Return the key's whole number at a step, from 0 to `bound` - 1; bias under bound/2**53."""
    return int(unit(key, step) * bound)


@cache
def number_of(purpose: str) -> int:
    """Return the number that stands for a purpose in kernels: 62 bits of its SHA-256.

    Examples
    --------
    >>> number_of("spawn") == number_of("spawn") != number_of("drift")
    True
    """
    return int.from_bytes(sha256(purpose.encode()).digest()[:8], "big") >> 2


def part_of(key: int, part: int) -> int:
    """Return what `fold` returns, in whole numbers, for use outside kernels."""
    return _mixed((key ^ _mixed((part + _GOLDEN) & _ALL)) + _GOLDEN & _ALL)


def root(seed: int, copy: int = 0) -> int:
    """Return the key of one copy of a world under a seed.

    Parameters
    ----------
    seed
        0 to 2**64 - 1.
    copy
        Number of the copy, 0 or more.

    Raises
    ------
    SeedError
        Out of range.

    Examples
    --------
    >>> root(7) == root(7, 0) != root(7, 1)
    True
    """
    for name, number in (("seed", seed), ("copy", copy)):
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _ALL:
            raise SeedError(f"{name} {number!r}; expected a whole number from 0 to 2**64 - 1")
    return part_of(_mixed(seed), copy)


class Stream:
    """What one player draws at one step, by purpose: the `Draws` that players are handed.

    Parameters
    ----------
    key
        Of the copy, see `root`.
    player
        Number of the player, or `WORLD`.
    step
        Number of the step, 0 or more.

    Notes
    -----
    The same purpose asked twice at one step gives the next number of that purpose, and shifts no
    other's.

    Examples
    --------
    >>> draws = Stream(root(7), player=0, step=3)
    >>> first, other = draws.unit("explore"), draws.below(6, "which")
    >>> again = Stream(root(7), player=0, step=3)
    >>> again.below(6, "which") == other and again.unit("explore") == first
    True
    """

    def __init__(self, key: int, *, player: int, step: int) -> None:
        self._key, self._step = part_of(key, player & _ALL), step
        self._asked: dict[str, int] = {}

    def unit(self, purpose: str) -> float:
        """Return a number from 0 (included) to 1 (excluded)."""
        again = self._asked.get(purpose, 0)
        self._asked[purpose] = again + 1
        word = _mixed(part_of(self._key, number_of(purpose)) + _GOLDEN * (self._step + 1) & _ALL)
        if again:
            word = part_of(word, again)
        return (word >> 11) * _TINY

    def below(self, bound: int, purpose: str) -> int:
        """Return a whole number from 0 to `bound` - 1."""
        if bound < 1:
            raise SeedError(f"a draw below {bound}; expected a bound of at least 1")
        return int(self.unit(purpose) * bound)


def _mixed(word: int) -> int:
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & _ALL
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & _ALL
    return word ^ (word >> 31)
