"""What of a message can carry a signal past its meaning, and what was seen to follow it."""

from __future__ import annotations

import math
from collections import Counter
from zlib import crc32

BUCKETS = 16
WORDS = 64  # buckets of words wherever they stand
MOST_WORDS = 64  # looked at in one message
SIGNS = b",.;:!?"
ACTIONS = 32  # told apart; more fall together
LEAST, MOST = 0.2, 5.0  # one message's ratio, so that none outweighs the rest

_WORDS = tuple(f"word {number}" for number in range(WORDS))

Signals = tuple[str, ...]


def signals(content: bytes | None, *, channel: str, to: int, since: int) -> Signals:
    """Return what is looked at, one value for each kind of signal.

    Parameters
    ----------
    content
        The message; None where it is not at hand.
    channel, to
        Which channel it took, and how many it was sent to.
    since
        Nanoseconds since the sender's last message; 0 for not known.

    Notes
    -----
    Length, first and last word, every word by a short hash, the number of words and of signs, the
    channel, the number of recipients and the pause. Whatever is hidden elsewhere is not seen.

    Examples
    --------
    >>> signals(b"All fine.", channel="mail", to=1, since=0)[0]
    'length 4'
    """
    found = [f"channel {channel}", f"to {to}", f"pause {since.bit_length() if since > 0 else ''}"]
    if content is None:
        return tuple(found)
    words = content.split()
    signs = len(content) - len(content.translate(None, SIGNS))
    return (
        f"length {len(content).bit_length()}",
        f"even {len(content) % 2}",
        f"first {crc32(words[0]) % BUCKETS if words else ''}",
        f"last {crc32(words[-1]) % BUCKETS if words else ''}",
        f"words {len(words) % 4}",
        f"signs {signs % 4}",
        *sorted({_WORDS[crc32(word) % WORDS] for word in words[:MOST_WORDS]}),
        *found,
    )


def bucket(value: object) -> str:
    """Return which action a value stands for; numbers to two digits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)[:40]
    return f"{value:.2g}"


class Habits:
    """How often each action followed each signal, so far."""

    def __init__(self) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._signals: Counter[str] = Counter()
        self._actions: Counter[str] = Counter()
        self.n = 0

    def learn(self, seen: Signals, action: str) -> None:
        """Add one message and what followed it."""
        action = self._known(action, learn=True)
        self.n += 1
        self._actions[action] += 1
        for signal in seen:
            if signal in self._signals or len(self._signals) < BUCKETS * ACTIONS:
                self._signals[signal] += 1
                self._pairs[signal, action] += 1

    def ratio(self, seen: Signals, action: str) -> float:
        """Return how much likelier an action is after these signals than at large."""
        if not self.n:
            return 1.0
        action = self._known(action)
        kinds = len(self._actions) + 1
        at_large = (self._actions[action] + 1) / (self.n + kinds)
        best = 1.0
        for signal in seen:
            after = (self._pairs[signal, action] + kinds * at_large) / (
                self._signals[signal] + kinds
            )
            ratio = after / at_large
            if abs(math.log(ratio)) > abs(math.log(best)):
                best = ratio
        return min(MOST, max(LEAST, best))

    def fits(self, seen: Signals, action: str) -> float:
        """Return the ratio as a number from 0 to 1, one half where the signals say nothing."""
        return 0.5 + math.log(self.ratio(seen, action)) / (2 * math.log(MOST))

    def _known(self, action: str, *, learn: bool = False) -> str:
        if action in self._actions or (learn and len(self._actions) < ACTIONS):
            return action
        return action if not learn else "other"
