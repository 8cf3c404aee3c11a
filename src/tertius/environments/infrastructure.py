"""Infrastructure: services share an API rate limit, a GPU budget or a pool of connections.

Jobs come to every service by chance; each is so many units of work, to be done before its deadline.
Each step every service asks for an amount of the shared resource. *Rate limit*: so many calls a
step; a call that is refused costs the server part of a call all the same, so that a storm of
retries leaves less for everybody. *GPU budget*: so many hours for a whole period; what is granted
is kept until the period ends. *Connections*: so many at a time; a service asks how many it wants to
hold, and each one held finishes a unit of waiting work with some chance. Where more is asked than
there is, units go to those who ask (the more they ask, the likelier), or by turns.

The absent party is the ``users``: they lose the units of work that are not done in time.

References
----------
Own design. Congestion collapse by retries: Nagle, RFC 896 (1984); fair sharing as the honest
reference: max-min fairness, Bertsekas and Gallager, "Data Networks", section 6.5.2.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from tertius.core.events import (
    OutcomeObserved,
    ResourceClaimed,
    ResourceReleased,
    TaskAssigned,
    TaskCompleted,
)
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments.infrastructure_rules import play_step
from tertius.environments.moves import Amount
from tertius.environments.world import Tale, World

KINDS = ("rate_limit", "gpu_budget", "connections")
UNITS = ("calls", "gpu-hours", "connections")


class InfrastructureSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    kind
        Which resource is shared.
    services
        How many share it.
    capacity
        Calls a step; GPU hours a step, handed out for a whole `period`; connections.
    sharing
        Where it is short: ``asked``, who asks for more is likelier to be given; ``fair``, by turns.
    arrival, size, deadline
        Chance that a service gets a job in a step, units of work in it, steps in which to do it.
    overhead
        Calls that the rate limiter loses for each call it refuses.
    period
        Steps that a GPU budget is for.
    finish
        Chance that a connection finishes a unit of work in a step.
    most
        The most that one service may ask for in a step.
    length
        Steps in an episode.
    """

    kind: Literal["rate_limit", "gpu_budget", "connections"] = "rate_limit"
    services: Annotated[int, Meta(ge=1, le=256)] = 8
    capacity: Annotated[int, Meta(ge=1, le=10_000)] = 24
    sharing: Literal["asked", "fair"] = "asked"
    arrival: Annotated[float, Meta(ge=0, le=1)] = 0.35
    size: Annotated[int, Meta(ge=1, le=1000)] = 6
    deadline: Annotated[int, Meta(ge=1, le=1000)] = 6
    overhead: Annotated[float, Meta(ge=0, le=1)] = 0.25
    period: Annotated[int, Meta(ge=1, le=1000)] = 24
    finish: Annotated[float, Meta(gt=0, le=1)] = 1.0
    most: Annotated[int, Meta(ge=1, le=10_000)] = 64
    length: Annotated[int, Meta(ge=1, le=1_000_000)] = 240


class Infrastructure(World[InfrastructureSettings]):
    """Services that share a resource.

    Examples
    --------
    >>> world = Infrastructure(InfrastructureSettings(services=2, capacity=4, arrival=1.0))
    >>> seen = world.reset(seed=1)
    >>> seen = world.step(dict.fromkeys(world.agents, 0)).observations
    >>> seen["service-1"]["waiting"], seen["service-1"]["due"]
    (6, 0)
    >>> stormy = world.step(dict.fromkeys(world.agents, 6)).observations
    >>> stormy["service-1"]["granted"] + stormy["service-2"]["granted"]
    2
    """

    Settings: ClassVar[type[Noun]] = InfrastructureSettings
    steady = True

    @property
    def longest(self) -> int:
        """As the settings say."""
        return self.settings.length

    def sit(self) -> tuple[str, ...]:
        """Name the services."""
        return tuple(f"service-{n}" for n in range(1, self.settings.services + 1))

    def declare(self) -> Facts:
        """Bound what can be done."""
        own = self.settings
        load = own.services * own.arrival * own.size
        supply = own.capacity * (own.finish if own.kind == "connections" else 1.0)
        return Facts(
            name="infrastructure",
            least_players=own.services,
            most_players=own.services,
            timing="simultaneous",
            sees={"*": "its own waiting work, and what it was granted and refused; capacity and "
                       "number of services"},
            low=0.0,
            high=float(own.size * own.deadline),
            absent=("users",),
            known=(
                Known(name="load", value=load / supply, unit="share of capacity",
                      source="services x arrival x size over what the resource can do in a step"),
                Known(name="optimum", value=min(load, supply) / own.services,
                      unit="units a service and step",
                      source="an upper bound: nothing late while there is capacity"),
            ),
            source="own design; congestion collapse by retries: Nagle, RFC 896",
        )  # fmt: skip

    def build(self) -> None:
        """Keep waiting work by age, what was asked, granted and held, and a planner's own pool."""
        own = self.settings
        n, ints = own.services, np.int64
        self.waiting = self.array("waiting", n, own.deadline, dtype=ints)
        self.done = self.array("done", n, own.deadline, dtype=np.bool_)
        self.late = self.array("late", n, dtype=ints)
        self.asked = self.array("asked", n, dtype=ints)
        self.wants = self.array("wants", n, dtype=ints)
        self.granted = self.array("granted", n, dtype=ints)
        self.held = self.array("held", n, dtype=ints)
        self.released = self.array("released", n, dtype=ints)
        self.served = self.array("served", n, dtype=ints)
        self.budget = self.array("budget", dtype=ints)
        self.pool = self.array("pool", own.deadline, dtype=ints)
        self.pool_budget = self.array("pool_budget", dtype=ints)
        self.pool_lost = self.array("pool_lost", dtype=ints)
        self._kind_number = KINDS.index(own.kind)
        self._amount = Amount(0, own.most, whole=True)

    def begin(self, copy: int) -> None:
        """Begin with nothing to do."""
        for name in (
            "waiting", "done", "late", "asked", "wants", "granted", "held", "released", "served",
            "budget", "pool", "pool_budget", "pool_lost",
        ):  # fmt: skip
            self._arrays[name][copy] = 0

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Let one step pass."""
        own = self.settings
        play_step(
            moves[:, :, 0], self.keys, self.steps, self._kind_number, own.sharing == "fair",
            own.capacity, own.arrival, own.size, own.overhead, own.period, own.finish, own.most,
            self.waiting, self.done, self.late, self.asked, self.wants, self.granted, self.held,
            self.released, self.served, self.budget, self.pool, self.pool_budget, self.pool_lost,
            self.rewards, self.harm,
        )  # fmt: skip

    def moves(self, copy: int, seat: int) -> Amount:
        """Any whole amount up to the most."""
        return self._amount

    def _seen(self) -> dict[str, Any]:
        return dict(zip(self.seats, self._views(0), strict=True))

    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Show a service its own work."""
        return self._views(copy)[seat]

    def _views(self, copy: int) -> list[dict[str, Any]]:
        own, step = self.settings, self.steps.item(copy)
        kind, capacity, services, most = own.kind, own.capacity, own.services, own.most
        deadline = own.deadline
        rows = zip(
            self.waiting[copy].tolist(), self.asked[copy].tolist(), self.wants[copy].tolist(),
            self.granted[copy].tolist(), self.held[copy].tolist(), self.late[copy].tolist(),
            strict=True,
        )  # fmt: skip
        # `due` is what must be done in this step or is late
        return [
            {"step": step, "waiting": sum(ages), "due": ages[-1], "asked": asked, "granted": got,
             "refused": wanted - got, "held": held, "late": late, "resource": kind,
             "capacity": capacity, "services": services, "most": most, "deadline": deadline}
            for ages, asked, wanted, got, held, late in rows
        ]  # fmt: skip

    def vectors(self) -> NDArray[np.float32]:
        """Give waiting work by age, and what was asked, granted and held."""
        parts = (self.waiting, *(a[:, :, None] for a in (self.asked, self.granted, self.held)))
        return np.concatenate(parts, axis=2).astype(np.float32)

    def words(self, copy: int, seat: int) -> str:
        """Tell a service what waits, and what it was given."""
        seen, own = self.see(copy, seat), self.settings
        unit = UNITS[self._kind_number]
        rule = (
            f"There are {own.capacity} a step for {own.services} services; "
            "every refused call costs the server, too.",
            f"There are {own.capacity * own.period} for every {own.period} steps, for "
            f"{own.services} services; what you are granted stays yours until then.",
            f"There are {own.capacity} for {own.services} services; ask for as many as you want to "
            "hold.",
        )[self._kind_number]
        return "\n".join(
            [
                f"Step {seen['step'] + 1}. {self.seats[seat]} shares {unit} with others. {rule}",
                f"{seen['waiting']} units of work wait, {seen['due']} of them for the last step; "
                f"{seen['late']} came too late in the last step.",
                f"You asked for {seen['asked']} and were granted {seen['granted']}; you hold "
                f"{seen['held']}.",
                f"How many {unit} do you ask for? 0 to {own.most}.",
            ]
        )

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say what was claimed, refused, used and given back, which jobs came, were done or late.

        A meter tells of every hour or connection that somebody has whether it was put to use.
        """
        step, unit = self.steps_taken - 1, UNITS[self._kind_number]
        resource = self.settings.kind
        last = self.settings.deadline - 1
        done = self.done[0].tolist()
        for seat, name in enumerate(self.seats):  # all give back before anybody takes
            back = self.released.item(0, seat)
            if back:
                tale.say(ResourceReleased, agent=name, resource=resource, amount=back, unit=unit)
        for seat, name in enumerate(self.seats):
            got = self.granted.item(0, seat)
            if got:
                tale.say(ResourceClaimed, agent=name, resource=resource, amount=got, unit=unit)
            short = self.wants.item(0, seat) - got
            if short > 0:
                tale.say(OutcomeObserved, agent=name, about=f"refused/{resource}", value=short)
            used = self.served.item(0, seat)
            if self._kind_number and (used or self.held[0, seat]):
                tale.say(OutcomeObserved, agent=name, about=f"use/{resource}", value=used)
            for age, finished in enumerate(done[seat]):
                if finished:
                    tale.say(TaskCompleted, agent=name, task=self.job(seat, step - age), ok=True)
            if self.late[0, seat]:
                tale.say(TaskCompleted, agent=name, task=self.job(seat, step - last), ok=False)
            if self.waiting[0, seat, 0]:
                tale.say(TaskAssigned, agent="users", to=name, task=self.job(seat, step + 1))

    def truth(self) -> dict[str, Any]:
        """Tell what one planner with the same capacity would have lost so far."""
        refused = sum(self.wants[0].tolist()) - sum(self.granted[0].tolist())
        return {"least_late": self.pool_lost.item(0), "refused": refused}

    def job(self, seat: int, step: int) -> str:
        """Return the name of the job that a service could first work on in a step."""
        return f"{self.run}/{self.seats[seat]}/job-{step}"
