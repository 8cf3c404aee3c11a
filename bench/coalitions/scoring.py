"""How a ranking of pairs within games is judged, always game by game, and resampled so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRAWS = 2000
SEED = 20261121


def top(scores: Floats, labels: Flags) -> float:
    """Return the chance that a pair at rank 1 is a true one, ties broken by lot."""
    return float(labels[scores == scores.max()].mean())


def auroc(scores: Floats, labels: Flags) -> float:
    """Return the chance that a true pair scores above a false one, ties counted half."""
    high, low = scores[labels][:, None], scores[~labels][None, :]
    return float(((high > low) + 0.5 * (high == low)).mean())


def each(
    measure: Callable[[Floats, Flags], float], scores: Sequence[Floats], labels: Sequence[Flags]
) -> Floats:
    """Judge every game; a game without true pairs, or with nothing else, is not a number."""
    return np.array(
        [
            measure(score, label) if label.any() and not label.all() else np.nan
            for score, label in zip(scores, labels, strict=True)
        ]
    )


def mean(values: Floats) -> tuple[float, tuple[float, float], int]:
    """Return the mean over games that count, its 95% bootstrap interval over games, and n."""
    kept = values[~np.isnan(values)]
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(kept), size=(DRAWS, len(kept)))
    low, high = np.quantile(kept[drawn].mean(axis=1), [0.025, 0.975])
    return float(kept.mean()), (float(low), float(high)), len(kept)


def share(name: str, salt: str) -> float:
    """Return a number in [0, 1) that belongs to a name: folds and halves are read off it."""
    return int.from_bytes(sha256(f"{salt}:{name}".encode()).digest()[:8]) / 2**64
