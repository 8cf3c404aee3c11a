"""A player of one's own: a driver who changes the road only where it pays."""

from typing import ClassVar

from tertius.players.seated import Seated


class Patient(Seated):
    """Take yesterday's road again, unless another cost so much less, in minutes and toll."""

    name = "patient"
    defaults: ClassVar = {"gain": 5.0}

    def act(self, observation, draws):
        """Choose a road: `observation` is all there is to see, `draws` all chance there is."""
        yesterday = observation["route"]
        if yesterday is None:
            roads = observation["routes"]
            return roads[draws.below(len(roads), "first day")]
        tolls = observation["all_tolls"]
        costs = {road: time + tolls[road] for road, time in observation["all_minutes"].items()}
        cheapest = min(costs, key=costs.get)
        gain = costs[yesterday] - costs[cheapest]
        return cheapest if gain > self.settings["gain"] else yesterday
