"""One episode: players move, the gate is asked before each move, and what happened is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tertius.core.decision import Decision
from tertius.core.errors import CallerError
from tertius.core.events import Acted, AgentJoined, Cause, MessageSent, RunEnded, RunStarted
from tertius.core.kinds import Event
from tertius.core.outcome import Outcome
from tertius.core.ports.environment import Environment, Move, StepResult
from tertius.core.ports.player import Player
from tertius.stats.draws import Stream, number_of, part_of, root

PLAYERS = number_of("players")
"""The part of a seed that players draw from; worlds draw from another."""

_MOVES = (Acted, MessageSent)
"""What tells of a move, and is caused by the decision that permitted it."""


class SeatingError(CallerError):
    """Somebody has no seat, or a seat nobody."""


def few(names: Sequence[str]) -> str:
    """Return how many names there are, and the first three.

    Examples
    --------
    >>> few(["a", "b", "c", "d"])
    '4 (`a`, `b`, `c`, ...)'
    """
    listed = ", ".join(f"`{name}`" for name in names[:3]) + (", ..." if len(names) > 3 else "")
    return f"{len(names)} ({listed})"


Ask = Callable[[str, Move], tuple[Decision, str]]
"""Asks the gate about an agent's move; returns the decision and the id of its event."""

Tell = Callable[[Event, bytes | None], None]
"""Records an event and the content that it commits to."""

Reveal = Callable[[int, Mapping[str, Any]], None]
"""Keeps what is true of a step, in a place that no detector reads."""


class Sums(Struct):
    """What an episode came to, so far.

    Attributes
    ----------
    steps, moves, denied
        How many steps, how many moves asked for, how many of them the gate denied.
    rewards
        Sum for each agent.
    harm
        Sum for each party, those absent included.
    """

    steps: int = 0
    moves: int = 0
    denied: int = 0
    rewards: dict[str, float] = {}
    harm: dict[str, float] = {}


class Episode:
    """One world with its players, stepped until it is over.

    Parameters
    ----------
    world
        Reset by this.
    players
        One for each agent of the world.
    seed
        Of the world and of every player's draws; 0 to 2**64 - 1.
    settings
        By agent, what its player is told when it sits down.
    ask
        The gate. None: every move is made, as in bare stepping.
    tell
        Hears every event, in order. None: nobody does.
    reveal
        Hears the truth of every step: harm, rewards, what the world says is true.
    reserve
        By agent, who moves in its place when a move is not permitted: the operator's own fallback,
        which is not asked about. Left out, the world's idle move stands in.

    Raises
    ------
    SeatingError
        Players and seats do not match.

    Notes
    -----
    A move that is not permitted is not made: the reserve's or the world's idle move stands in for
    it, `denied` counts it, and the event of the move says nothing else. What is played is the
    decision's own copy of the move, not the player's.
    """

    def __init__(
        self,
        world: Environment,
        players: Mapping[str, Player],
        *,
        seed: int,
        settings: Mapping[str, dict[str, Any]] | None = None,
        ask: Ask | None = None,
        tell: Tell | None = None,
        reveal: Reveal | None = None,
        reserve: Mapping[str, Player] | None = None,
    ) -> None:
        self._reserve = dict(reserve or {})
        self.world, self.players, self.seed = world, dict(players), seed
        self._ask, self._tell, self._reveal = ask, tell, reveal
        self._key = part_of(root(seed), PLAYERS)
        self.seen: Mapping[str, Any] = world.reset(seed)
        self.sums = Sums()
        self._cut = False
        self._seats = world.agents
        if set(self._seats) != self.players.keys():
            raise SeatingError(
                f"players for {few(sorted(self.players))}; the world seats {few(self._seats)}"
            )
        for agent in self._seats:
            self.players[agent].sit(agent, (settings or {}).get(agent, {}))
        for agent, player in self._reserve.items():
            player.sit(agent, {})

    def begin(self, run: str, time: int, *, title: str = "") -> None:
        """Record that the run began and who joined."""
        self._say(RunStarted(id=f"{run}/started", time=time, run=run, title=title, seed=self.seed))
        for agent in self._seats:
            self._say(
                AgentJoined(id=f"{run}/{agent}/joined", time=time, run=run, agent=agent,
                            role="player")
            )  # fmt: skip

    def end(self, run: str, time: int) -> None:
        """Record that the run is over: by the world's rules, or because its time was."""
        stopped = bool(self.world.agents) or self._cut
        outcome: Literal["completed", "aborted"] = "aborted" if stopped else "completed"
        reason = "its time was over" if stopped else ""
        self._say(RunEnded(id=f"{run}/ended", time=time, run=run, outcome=outcome, reason=reason))

    def play(self, steps: int | None = None) -> Sums:
        """Play so many steps more, or until it is over."""
        while self.world.agents and (steps is None or steps > 0):
            self.step()
            steps = None if steps is None else steps - 1
        return self.sums

    def step(self) -> StepResult:
        """Play one step: ask each player, then the gate, then the world."""
        world, number = self.world, self.world.steps_taken
        moves: dict[str, Move] = {}
        causes: dict[str, tuple[Cause, ...]] = {}
        for agent in world.acting:
            draws = Stream(self._key, player=self._seats.index(agent), step=number)
            move = self.players[agent].act(self.seen[agent], draws)
            moves[agent], causes[agent] = self._permitted(agent, move, draws)
        result = world.step(moves)
        over = not world.agents
        for agent, player in (*self.players.items(), *self._reserve.items()):
            player.learn(result.rewards[agent], result.observations[agent], over)
        self.seen = result.observations
        self._cut = any(result.truncated.values())
        self._add(result, len(moves))
        self._record(result, causes)
        return result

    def _permitted(self, agent: str, move: Move, draws: Stream) -> tuple[Move, tuple[Cause, ...]]:
        if self._ask is None:
            return move, ()
        decision, event = self._ask(agent, move)
        cause = (Cause(id=event, basis="observed"),)
        if decision.obeyed is Outcome.PERMIT:
            judged: Move = msgspec.json.decode(decision.arguments)["move"]
            return judged, cause
        self.sums.denied += 1
        reserve = self._reserve.get(agent)
        if reserve is None:
            return self.world.idle(agent), cause
        return reserve.act(self.seen[agent], draws), cause

    def _add(self, result: StepResult, moves: int) -> None:
        sums = self.sums
        sums.steps += 1
        sums.moves += moves
        for agent, reward in result.rewards.items():
            sums.rewards[agent] = sums.rewards.get(agent, 0.0) + reward
        for party, harm in result.harm.items():
            sums.harm[party] = sums.harm.get(party, 0.0) + harm

    def _record(self, result: StepResult, causes: Mapping[str, tuple[Cause, ...]]) -> None:
        if self._tell is not None:
            for event in result.events:
                if isinstance(event, _MOVES) and causes.get(event.agent):
                    event = replace(event, causes=event.causes + causes[event.agent])
                self._tell(event, result.contents.get(event.id))
        if self._reveal is not None:
            told = {"rewards": result.rewards, "harm": result.harm, **result.truth}
            self._reveal(self.world.steps_taken, told)

    def _say(self, event: Event) -> None:
        if self._tell is not None:
            self._tell(event, None)

    # -- going back --------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Return the whole state: world, players, sums and what everybody sees."""
        return msgspec.msgpack.encode(
            {
                "seed": self.seed,
                "world": self.world.snapshot(),
                "players": {agent: p.snapshot() for agent, p in self.players.items()},
                "seen": self.seen,
                "sums": self.sums,
            }
        )

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot of an episode with the same world, seats and kinds of players.

        Raises
        ------
        SeatingError
            It is of other seats, or of another seed.
        SnapshotError
            Of another world.
        """
        kept = msgspec.msgpack.decode(state)
        if kept["seed"] != self.seed or kept["players"].keys() != self.players.keys():
            raise SeatingError("a snapshot of another episode; seeds or seats differ")
        self.world.restore(kept["world"])
        for agent, held in kept["players"].items():
            self.players[agent].restore(held)
        self.seen = kept["seen"]
        self.sums = msgspec.convert(kept["sums"], Sums)
