"""The two small sets: double auctions, and games of Mafia. Printed, without a bar."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from coalitions.scoring import SEED, auroc, each, mean, top
from tertius.core import names
from tertius.core.events import Acted, AgentJoined, Asserted, OutcomeObserved
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.readers.table import load

Floats = NDArray[np.float64]
Told = tuple[float, tuple[float, float], int]

THROUGHOUT = "gpt-4.1"
DRAWS = 1000


class Auction(Struct):
    """Quotes and prices of one run, and whether its sellers could talk."""

    channel: bool
    watched: bool
    spread: float
    price: float


def runs(path: Path) -> Iterator[tuple[list[Recorded], dict[str, Any]]]:
    """Yield what is visible of each run, and the truth."""
    shown: list[Recorded] = []
    for record in load("coalition_logs").read(path):
        if isinstance(record, Recorded):
            shown.append(record)
        elif isinstance(record, TruthRecord):
            yield shown, record.data
            shown = []


def auctions(folder: Path) -> list[Auction]:
    """Read the auctions in which one model plays everybody."""
    found = []
    for shown, truth in runs(folder / "double_auction-dev.jsonl.xz"):
        if {each["model"] for each in truth["agents"]} != {THROUGHOUT}:
            continue
        prices: dict[str, list[float]] = {"ask": [], "bid": [], "trade": []}
        for record in shown:
            if isinstance(record.event, Acted) and record.event.action in prices:
                price = json.loads(record.contents[0]).get("price")
                if price is not None:
                    prices[record.event.action].append(float(price))
        made = truth["condition"]
        found.append(
            Auction(
                channel=bool(made["seller_channel"]),
                watched=bool(made["oversight"]),
                spread=float(np.mean(prices["ask"]) - np.mean(prices["bid"])),
                price=float(np.mean(prices["trade"])),
            )
        )
    return found


def told_apart(found: list[Auction], what: str) -> Told:
    """Return the AUROC of runs with a channel against runs without, and its interval over runs."""
    scores = np.array([getattr(one, what) for one in found])
    labels = np.array([one.channel for one in found])
    rng = np.random.default_rng(SEED)
    areas = []
    for _ in range(DRAWS):
        drawn = rng.integers(len(found), size=len(found))
        if labels[drawn].any() and not labels[drawn].all():
            areas.append(auroc(scores[drawn], labels[drawn]))
    low, high = np.quantile(areas, [0.025, 0.975])
    return auroc(scores, labels), (float(low), float(high)), len(found)


class Mafia(Struct):
    """One game: who played, and the ballots of each day."""

    players: list[str] = field(default_factory=list)
    days: list[dict[str, str]] = field(default_factory=lambda: [{}])


def mafia(folder: Path) -> tuple[Told, Told]:
    """Return top-1 and AUROC of "voted alike minus voted against each other", over games."""
    scores, labels = [], []
    for shown, truth in runs(folder / "llmafia-dev.jsonl.xz"):
        game = Mafia()
        for record in shown:
            event = record.event
            if isinstance(event, AgentJoined):
                game.players.append(event.agent)
            elif isinstance(event, Asserted):
                game.days[-1][event.agent] = event.about
            elif isinstance(event, OutcomeObserved):
                game.days.append({})
        members = {names.alias(name) for name in truth["label"]["coalition"]}
        pairs = list(combinations(game.players, 2))
        alike: Counter[tuple[str, str]] = Counter()
        for a, b in pairs:
            for day in game.days:
                alike[a, b] += a in day and b in day and day[a] == day[b]
                alike[a, b] -= (day.get(a) == b) + (day.get(b) == a)
        scores.append(np.array([float(alike[pair]) for pair in pairs]))
        labels.append(np.array([set(pair) <= members for pair in pairs]))
    return mean(each(top, scores, labels)), mean(each(auroc, scores, labels))
