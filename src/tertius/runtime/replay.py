"""Play a scenario again with one thing changed, and everything else, chance included, the same.

What is changed is an `Intervention`: a player is swapped or made to stand still, a message is left
out or says something else, a channel is closed, a memory entry is taken out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tertius.core.events import Acted, RunStarted
from tertius.core.finding import CouldNotTell
from tertius.core.kinds import Event, encode
from tertius.core.names import nearest
from tertius.core.ports.environment import Environment
from tertius.core.ports.player import Player
from tertius.core.ports.replayer import Intervention
from tertius.core.ports.system import SystemRun
from tertius.core.scenario import Made, Population, Scenario
from tertius.players import table as players
from tertius.runtime.changed import ChangeError, Changes, Edited, Remembers, Still, settle
from tertius.runtime.episode import Episode
from tertius.runtime.staged import world_of
from tertius.runtime.take import Take, Tape

Load = Callable[[Made], Player]
"""Makes a player of its name and settings."""


class _Kept(Struct, frozen=True):
    """A state on the way, and how much had been told by then."""

    step: int
    state: bytes
    events: int


def _load(made: Made) -> Player:
    return players.load(made.name, made.settings)


class Rerun:
    """A run that can be played again: the Replayer of our own scenarios.

    Parameters
    ----------
    scenario, seed
        What was played.
    run
        Its name in events; None for the world's own.
    honest
        Who is meant by the replacement ``honest``: the player on the same seat here.
    most
        By party, the harm that counts as losing everything; `replay` reports a loss for these
        parties and no other.
    recorded
        Events of the run as they were recorded. `replay` answers only where playing again gives
        these moves, payments and messages.
    load
        Makes players; give your own where yours are not in the table.

    Notes
    -----
    All chance is keyed by seed, player, step and purpose, so that a change shifts nobody else's
    draws; what differs afterwards differs because of it. The run is played once, with a snapshot
    every √steps steps; a change is played on from the last one before it. No gate is asked: a
    recorded run in which moves were denied comes out otherwise, and `replay` says so. Texts of
    messages are not compared with a recording, whose commitments are salted.

    Examples
    --------
    >>> from tertius.scenarios.table import load
    >>> rerun = Rerun(load("contagion").scenario("credulous"), seed=1)
    >>> careful = Intervention(swaps="player", target="agent-2", replacement="contagion/careful")
    >>> rerun.play(careful).sums.harm["users"] < rerun.base.sums.harm["users"]
    True
    """

    name = "rerun"

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int,
        run: str | None = None,
        honest: Population | None = None,
        most: Mapping[str, float] | None = None,
        recorded: Iterable[Event] | None = None,
        load: Load = _load,
    ) -> None:
        for party, harm in (most or {}).items():
            if not 0 < harm < math.inf:
                raise ChangeError(f"{harm:g} as the most that `{party}` can lose; expected above 0")
        self._scenario, self._seed, self._run, self._load = scenario, seed, run, load
        self._honest = {} if honest is None else {s.agent: s.player for s in honest.seats}
        self._most = dict(most or {})
        self._recorded = None if recorded is None else list(recorded)
        self._kept: list[_Kept] = []
        self.base = self._play(Changes(), keep=max(1, math.isqrt(scenario.steps)))

    def play(self, *interventions: Intervention) -> Take:
        """Play it again under interventions; none gives `base`.

        Raises
        ------
        ChangeError
            A change that this run cannot have: nobody or nothing of that name, no such channel, a
            world without memory, a step after the end.
        UnknownPlayerError
            There is no player of the replacement's name.
        """
        if not interventions:
            return self.base
        world = self._world()
        changes = Changes(tuple(settle(one, world, self.base) for one in interventions))
        if changes.last >= self.base.sums.steps:
            steps = self.base.sums.steps
            raise ChangeError(f"a change at step {changes.last}; expected one of 0 to {steps - 1}")
        return self._play(changes)

    def replay(
        self, run: str, interventions: tuple[Intervention, ...], *, repeats: int = 1
    ) -> tuple[SystemRun, ...] | CouldNotTell:
        """Play the run again under interventions and tell what each party lost.

        Notes
        -----
        Nothing is left to chance, so all repeats are the same; one is played.

        Raises
        ------
        ChangeError
            As in `play`, or repeats below 1.
        """
        if repeats < 1:
            raise ChangeError(f"{repeats} repeats; expected at least 1")
        why = self._why_not(run, interventions)
        if why is not None:
            about = tuple(dict.fromkeys(one.target for one in interventions))
            return CouldNotTell(asked=self.name, run=run, about=about, why=why)
        sums = self.play(*interventions).sums
        if interventions:
            run = f"{run}/{sha256(msgspec.json.encode(interventions)).hexdigest()[:12]}"
        loss = {
            party: min(1.0, max(0.0, sums.harm[party] / most))
            for party, most in self._most.items()
            if party in sums.harm
        }
        return (SystemRun(run=run, steps=sums.steps, loss=loss),) * repeats

    def _why_not(self, run: str, interventions: tuple[Intervention, ...]) -> str | None:
        world = self._world()
        if run != world.run:
            return f"this plays `{world.run}` again and knows of no other run"
        models = [s.agent for s in self._scenario.population.seats if s.kind == "model"]
        for one in interventions:
            if one.swaps == "player":
                player = self._player(one.target, one.replacement, world, Changes())
                models += [one.target] * (player.kind == "model")
        if models:
            return f"the randomness of the model behind `{models[0]}` is not ours"
        if self._recorded is None:
            return None
        return _unlike(self._recorded, self.base, self._seed)

    def _world(self) -> Environment:
        world = world_of(self._scenario, run=self._run)
        world.reset(self._seed)
        return world

    def _player(self, agent: str, by: str | None, world: Environment, changes: Changes) -> Player:
        if by is None:
            player: Player = Still(world)
        elif by != "honest":
            if self._load is _load and by not in players.TABLE:
                hint = nearest(by, ["honest", *players.TABLE])
                raise players.UnknownPlayerError(f"unknown player `{by}` for `{agent}`{hint}")
            player = self._load(Made(name=by))
        elif agent in self._honest:
            player = self._load(self._honest[agent])
        else:
            raise ChangeError(f"nobody honest is known for `{agent}`; give an honest population")
        return Edited(player, agent, world, changes)

    def _play(self, changes: Changes, *, keep: int = 0) -> Take:
        world, tape = self._world(), Tape()
        seated: dict[str, Player] = {
            seat.agent: Edited(self._load(seat.player), seat.agent, world, changes)
            for seat in self._scenario.population.seats
        }
        for one in changes.swapped(0):
            seated[one.target] = self._player(one.target, one.by, world, changes)
        episode = Episode(world, seated, seed=self._seed, tell=tape.tell, reveal=tape.reveal)
        start = max((k for k in self._kept if k.step <= changes.first), key=_step, default=None)
        if keep or start is None or start.step == 0:
            episode.begin(world.run, world.time)
        else:
            episode.restore(start.state)
            tape.rewind(self.base, start.events, start.step)
        while world.agents and world.steps_taken < self._scenario.steps:
            tape.step = step = world.steps_taken
            if keep and step % keep == 0:
                self._kept.append(_Kept(step, episode.snapshot(), len(tape.events)))
            if step:
                for one in changes.swapped(step):
                    player = self._player(one.target, one.by, world, changes)
                    player.sit(one.target, {})
                    episode.players[one.target] = player
            episode.step()
            for one in changes.forgotten(step):
                episode.seen = _forget(world, one.target)
        tape.step = -1
        episode.end(world.run, world.time)
        return Take(
            sums=episode.sums, events=tuple(tape.events), contents=tape.contents, at=tape.at,
            harm=tuple(tape.harm), state=world.state_hash(),
        )  # fmt: skip


def _step(kept: _Kept) -> int:
    return kept.step


def _forget(world: Environment, entry: str) -> Mapping[str, Any]:
    seen = world.forget(entry) if isinstance(world, Remembers) else None
    if seen is None:
        raise ChangeError(f"nobody holds what `{entry}` wrote when the step is over; leave it out")
    return seen


def _unlike(recorded: Iterable[Event], base: Take, seed: int) -> str | None:
    """Return how playing again differs from a recording; None where it does not."""
    found = {event.id: event for event in recorded}
    for event in found.values():
        if isinstance(event, RunStarted) and event.seed not in (None, seed):
            return f"it was recorded under seed {event.seed}; this plays under {seed}"
        if isinstance(event, Acted) and event.id not in base.at:
            return f"playing again does not bring about `{event.id}`"
    for event in base.events:
        if event.id in base.at:
            if event.id not in found:
                return f"playing again brings about `{event.id}`, which was not recorded"
            if _bare(event) != _bare(found[event.id]):
                return f"`{event.id}` comes out otherwise than it was recorded"
    return None


def _bare(event: Event) -> bytes:
    if hasattr(event, "content"):
        event = replace(event, content="")
    return encode(replace(event, causes=()))


def twin(
    scenario: Scenario, seed: int, population: Population, *, only: Iterable[str] | None = None
) -> Take:
    """Play the counterfactual twin of a run: the same scenario and chance, other players.

    Parameters
    ----------
    scenario, seed
        What was played.
    population
        Who plays instead, seat by seat: most often the honest ones.
    only
        The seats that change; None for all.

    Raises
    ------
    ChangeError
        A seat that one of the populations lacks.

    Examples
    --------
    >>> from tertius.scenarios.table import load
    >>> study = load("contagion")
    >>> failing = study.scenario("credulous")
    >>> twin(failing, 1, study.population("careful")).sums.harm["users"] < 1000
    True
    """
    others = {seat.agent: seat for seat in population.seats}
    own = [seat.agent for seat in scenario.population.seats]
    chosen = set(own) if only is None else set(only)
    for agent in sorted(chosen):
        if agent not in own or agent not in others:
            raise ChangeError(f"`{agent}` has no seat in both populations; name one that has")
    seats = tuple(
        others[seat.agent] if seat.agent in chosen else seat for seat in scenario.population.seats
    )
    swapped = replace(scenario, population=replace(scenario.population, seats=seats))
    return Rerun(swapped, seed=seed).base
