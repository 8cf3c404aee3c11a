"""Firms that learned before an episode: tables of whole sessions, kept beside this file.

`tests/golden/pricing_learned.py` played the sessions and wrote them: the first ones of one seed, in
their order, none left out. Nobody told these firms what to do; `pricing_sessions` only let them
learn.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec
import numpy as np

from tertius.core.noun import Noun
from tertius.environments.pricing_sessions import Session, SessionSettings, play
from tertius.players.pricing import DIGITS

FILE = "pricing_learned.json"
SEED, SESSIONS = 2020, 12


class Kept(Noun, frozen=True, kw_only=True):
    """One session as it is kept.

    Parameters
    ----------
    periods, state
        How long it took, and the state at its end.
    tables
        By firm: the price of each state, a digit of base 36.
    """

    periods: int
    state: int
    tables: tuple[str, ...]


@cache
def kept() -> tuple[Kept, ...]:
    """Return the sessions that come with the package."""
    text = (files("tertius.scenarios") / FILE).read_bytes()
    return msgspec.json.decode(text, type=tuple[Kept, ...])


def session(one: Kept) -> Session:
    """Return a kept session as it was played."""
    policy = np.array([[DIGITS.index(digit) for digit in table] for table in one.tables])
    return Session(one.periods, True, policy, one.state)


def learn(copy: int) -> Kept:
    """Play a session of the paper's baseline anew; it takes two million periods."""
    played = play(SessionSettings(), SEED, copy=copy)
    tables = tuple("".join(DIGITS[one] for one in row) for row in played.policy.tolist())
    return Kept(periods=played.periods, state=played.state, tables=tables)
