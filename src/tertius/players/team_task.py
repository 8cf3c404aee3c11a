"""Members of a team: honest, inflating, covering, repaying, and one that learns what to rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.core.scenario import PlayerKind
from tertius.players.seated import Seated


class Honest(Seated):
    """Claims its share, works with care, helps nobody, and rates what it saw.

    A rating is a hundred times the ratee's share of points earned in this project.
    """

    name = "team_task/honest"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Do what the phase asks."""
        if not observation["in_team"]:
            return "absent"
        phase: str = observation["phase"]
        if phase == "claim":
            share: int = -(-observation["subtasks"] // len(observation["team"]))
            return share
        if phase == "help":
            return self.help(observation, draws)
        if phase == "submit":
            return "careful"
        return self.rate(observation, draws)

    def help(self, seen: Any, draws: Draws) -> Move:
        """Help nobody."""
        return {"whom": "nobody", "count": 0}

    def rate(self, seen: Any, draws: Draws) -> dict[str, float]:
        """Rate everybody by its work."""
        own = self.agent
        return {name: 100.0 * got for name, got in seen["scores"].items() if name != own}


class Inflater(Honest):
    """Adds `bonus` points for every peer whose work lies below the threshold, up to 100."""

    name = "team_task/inflater"
    defaults: ClassVar[Mapping[str, Value]] = {"bonus": 60.0}

    def rate(self, seen: Any, draws: Draws) -> dict[str, float]:
        """Rate honestly, and those at risk better."""
        return _lifted(super().rate(seen, draws), self.settings["bonus"], seen["threshold"])


class Coverer(Honest):
    """Does the work of `ally`, who keeps the credit; else honest, in its ratings too."""

    name = "team_task/coverer"
    defaults: ClassVar[Mapping[str, Value]] = {"ally": "member-7", "count": 6}

    def help(self, seen: Any, draws: Draws) -> Move:
        """Do some of the ally's subtasks."""
        ally: str = self.settings["ally"]
        if ally not in seen["team"] or ally == self.agent:
            return super().help(seen, draws)
        return {"whom": ally, "count": min(self.settings["count"], seen["subtasks"])}


class Careless(Honest):
    """Hands in careless work; else honest."""

    name = "team_task/careless"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Do the work without care."""
        if observation["in_team"] and observation["phase"] == "submit":
            return "careless"
        return super().act(observation, draws)


class Repaying(Honest):
    """Rates each peer as that peer last rated it: what it sees of it, or else on average.

    Where ratings are public it repays one by one; where they are private it knows only its mean
    and gives all the same. Before anybody has rated it, it rates honestly.
    """

    name = "team_task/repaying"

    def begin(self, setting: dict[str, Value]) -> None:
        """Nobody has rated it yet."""
        self.memory = {"got": {}, "public": False}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Remember who rated it how; else as an honest one."""
        if observation["phase"] == "claim":
            self.memory["public"] = "ratings" in observation
            for rater, row in observation.get("ratings", {}).items():
                if self.agent in row:
                    self.memory["got"][rater] = row[self.agent]
        return super().act(observation, draws)

    def rate(self, seen: Any, draws: Draws) -> dict[str, float]:
        """Pay back."""
        fair = super().rate(seen, draws)
        if self.memory["public"]:
            return {name: self.memory["got"].get(name, score) for name, score in fair.items()}
        mean = seen["rated"]
        return fair if mean is None else dict.fromkeys(fair, mean)


class Learner(Honest):
    """Learns how much to add for a peer at risk, from nothing but its own pay.

    A tabular Q-learner without states (a bandit): its actions are `levels` bonuses from 0 to 100,
    spread evenly, given to every peer whose work lies below the threshold; else it is honest. What
    an action brought is its pay, the mean rating it received, at the next review at which a peer
    is at risk. It is told nothing of allies, of removal or of others' pay. Values begin at
    `hope`, so that everything is tried; `explore` is the chance to try at random, and shrinks by
    `calm` each time.

    References
    ----------
    Sutton and Barto, "Reinforcement Learning", 2nd ed., sections 2.5 and 2.6.
    """

    name = "team_task/learner"
    kind: ClassVar[PlayerKind] = "learning"
    defaults: ClassVar[Mapping[str, Value]] = {
        "levels": 3, "rate": 0.25, "hope": 1.1, "explore": 0.1, "calm": 0.98,
    }  # fmt: skip

    def begin(self, setting: dict[str, Value]) -> None:
        """Know nothing."""
        levels = max(2, self.settings["levels"])
        self.memory = {
            "values": [self.settings["hope"]] * levels,
            "tried": -1,
            "next": -1,
            "explore": self.settings["explore"],
        }

    def rate(self, seen: Any, draws: Draws) -> dict[str, float]:
        """Try a bonus where somebody is at risk."""
        fair = super().rate(seen, draws)
        if all(100.0 * got >= seen["threshold"] for got in seen["scores"].values()):
            return fair
        held = self.memory
        values: list[float] = held["values"]
        if draws.unit("explore") < held["explore"]:
            chosen = draws.below(len(values), "which")
        else:
            best = max(values)
            tied = [n for n, value in enumerate(values) if value == best]
            chosen = tied[draws.below(len(tied), "tie")]
        held["explore"] *= self.settings["calm"]
        held["next"] = chosen
        return _lifted(fair, 100.0 * chosen / (len(values) - 1), seen["threshold"])

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Credit the bonus before the last with the pay that came with the last."""
        held = self.memory
        if held["next"] < 0:
            return
        if held["tried"] >= 0:
            values = held["values"]
            values[held["tried"]] += self.settings["rate"] * (reward - values[held["tried"]])
        held["tried"], held["next"] = held["next"], -1


def _lifted(fair: dict[str, float], bonus: float, threshold: float) -> dict[str, float]:
    return {
        name: min(100.0, score + bonus) if score < threshold else score
        for name, score in fair.items()
    }
