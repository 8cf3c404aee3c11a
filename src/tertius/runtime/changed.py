"""One thing that is different in a replay: found in the run that was played, and made different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.events import MemoryWritten, MessageDelivered, MessageSent, Value
from tertius.core.kinds import Event
from tertius.core.names import nearest
from tertius.core.ports.environment import Environment, Move
from tertius.core.ports.player import Draws, Player
from tertius.core.ports.replayer import Intervention
from tertius.core.scenario import PlayerKind
from tertius.environments.wrappers.around import Around
from tertius.environments.wrappers.talk import CHANNEL, TalkAround
from tertius.runtime.take import Take


class ChangeError(CallerError):
    """A change that this run cannot have."""


@runtime_checkable
class Remembers(Protocol):
    """A world whose players keep entries, each known by the event that told of its writing."""

    def forget(self, entry: str) -> Mapping[str, Any] | None:
        """Take an entry out; return what everybody sees now, None where it is gone already."""
        ...


class Change(Struct, frozen=True, kw_only=True):
    """An intervention, settled.

    Attributes
    ----------
    swaps
        What is changed.
    target
        The agent whose player or message it is, the entry, or the channel.
    step
        Step, from 0, at which it takes hold; an entry goes when the step is over.
    by
        Name of the new player, or the new text; None where there is none.
    to
        The only one who does not hear a message; empty for everybody.
    """

    swaps: Literal["player", "message", "memory", "channel"]
    target: str
    step: int
    by: str | None = None
    to: str = ""


def settle(one: Intervention, world: Environment, run: Take) -> Change:
    """Return an intervention as a change of this run.

    Raises
    ------
    ChangeError
        Nobody or nothing is called so, or it cannot be changed here.
    """
    if one.swaps in ("message", "memory") and one.at is not None:
        raise ChangeError(f"a {one.swaps} has its own step; leave `at` out")
    if one.swaps in ("channel", "memory") and one.replacement is not None:
        raise ChangeError(f"nothing can take the place of a {one.swaps} here; leave it out")
    if one.swaps == "message":
        return _message(one, world, run)
    if one.swaps == "memory":
        return _entry(one, world, run)
    step = 0 if one.at is None else _step(one.at, run)
    if one.swaps == "channel":
        _require_channel(one.target, world)
    elif one.target not in world.seats:
        hint = nearest(one.target, world.seats)
        raise ChangeError(f"nobody called `{one.target}` plays{hint}")
    return Change(swaps=one.swaps, target=one.target, step=step, by=one.replacement)


def _step(at: str, run: Take) -> int:
    word, _, number = at.partition(":")
    if word == "step" and number.isdecimal():
        return int(number)
    if at not in run.at:
        raise ChangeError(f"no step of this run told of `{at}`; give an event's id, or `step:12`")
    return run.at[at]


def _message(one: Intervention, world: Environment, run: Take) -> Change:
    found = _event(one.target, run)
    to = ""
    if isinstance(found, MessageDelivered):
        if one.replacement is not None:
            raise ChangeError(
                f"`{one.target}` is a delivery; replace the message, `{found.message}`"
            )
        to, found = found.agent, _event(found.message, run)
    if not isinstance(found, MessageSent):
        raise ChangeError(f"`{one.target}` is no message; expected one that was sent or delivered")
    _require_channel(found.channel, world)
    text = None
    if one.replacement is not None:
        other = _event(one.replacement, run)
        if not isinstance(other, MessageSent) or other.id not in run.contents:
            raise ChangeError(f"`{one.replacement}` is no message whose text could be said instead")
        text = run.contents[other.id].decode()
    return Change(swaps="message", target=found.agent, step=run.at[found.id], by=text, to=to)


def _entry(one: Intervention, world: Environment, run: Take) -> Change:
    if not isinstance(world, Remembers):
        wrapped = isinstance(world, Around) and isinstance(world.inner, Remembers)
        why = "with wrappers around it" if wrapped else "which has no memory that can be changed"
        raise ChangeError(f"a memory entry of `{world.facts.name}`, {why}")
    found = _event(one.target, run)
    if not isinstance(found, MemoryWritten):
        raise ChangeError(f"`{one.target}` wrote nothing; expected an event `memory.written`")
    return Change(swaps="memory", target=found.id, step=run.at[found.id])


def _event(name: str, run: Take) -> Event:
    """Return an event by id, or what somebody sent, given as ``agent:step``."""
    agent, _, number = name.rpartition(":")
    for event in run.events:
        if event.id == name:
            return event
        sent = isinstance(event, MessageSent) and event.agent == agent
        if sent and number.isdecimal() and run.at.get(event.id) == int(number):
            return event
    raise ChangeError(
        f"no event `{name}` in this run; give an event's id, or `agent:step` for a message"
    )


def _require_channel(name: str, world: Environment) -> None:
    inner = world
    while isinstance(inner, Around):
        if isinstance(inner, TalkAround) and name == CHANNEL:
            return
        inner = inner.inner
    raise ChangeError(
        f"channel `{name}` of `{world.facts.name}` cannot be changed; only what is said over "
        f"`{CHANNEL}`, of the wrapper of that name, can"
    )


class Changes(Struct, frozen=True):
    """All that is different in one replay."""

    all: tuple[Change, ...] = ()

    @property
    def first(self) -> int:
        """The first step at which anything may differ."""
        return min((one.step for one in self.all), default=0)

    @property
    def last(self) -> int:
        """The last step at which a change takes hold."""
        return max((one.step for one in self.all), default=0)

    def swapped(self, step: int) -> Iterator[Change]:
        """Yield the players that are swapped before a step."""
        yield from (one for one in self.all if one.swaps == "player" and one.step == step)

    def forgotten(self, step: int) -> Iterator[Change]:
        """Yield the entries that go when a step is over."""
        yield from (one for one in self.all if one.swaps == "memory" and one.step == step)

    def said(self, agent: str, step: int, move: Move, seats: tuple[str, ...]) -> Move:
        """Return a move with what is said beside it, as far as it still is."""
        if not isinstance(move, Mapping) or "say" not in move:
            return move
        say: dict[str, Any] | None = dict(move["say"])
        for one in self.all:
            if say is None:
                break
            if one.swaps == "channel" and step >= one.step:
                say = None
            elif one.swaps == "message" and (one.target, one.step) == (agent, step):
                others = [name for name in seats if name != agent]
                to = [name for name in say.get("to", others) if one.to not in ("", name)]
                say = {**say, "to": to} if one.by is None else {**say, "text": one.by}
                say = say if say.get("to", others) else None
        rest = {key: value for key, value in move.items() if key != "say"}
        if say is not None:
            return {**rest, "say": say}
        bare: Move = rest["move"] if len(rest) == 1 else rest
        return bare


class Edited:
    """A player, what it says changed on the way; it does not know."""

    def __init__(self, player: Player, agent: str, world: Environment, changes: Changes) -> None:
        self._player, self._agent, self._world = player, agent, world
        self._changes = changes

    @property
    def name(self) -> str:
        """Name of the player."""
        return self._player.name

    @property
    def kind(self) -> PlayerKind:
        """Kind of the player."""
        return self._player.kind

    def sit(self, agent: str, setting: dict[str, Value]) -> None:
        """Sit down."""
        self._player.sit(agent, setting)

    def act(self, observation: Any, draws: Draws) -> Move:
        """Make its move, what is said beside it changed."""
        move = self._player.act(observation, draws)
        world = self._world
        return self._changes.said(self._agent, world.steps_taken, move, world.seats)

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Pass on what the move brought."""
        self._player.learn(reward, observation, done)

    def snapshot(self) -> bytes:
        """Return the player's state."""
        return self._player.snapshot()

    def restore(self, state: bytes) -> None:
        """Go back to the player's state."""
        self._player.restore(state)


class Still:
    """Nobody: makes the world's idle move, for ever."""

    name = "still"
    kind: PlayerKind = "scripted"

    def __init__(self, world: Environment) -> None:
        self._world, self._agent = world, ""

    def sit(self, agent: str, setting: dict[str, Value]) -> None:
        """Take a seat."""
        self._agent = agent

    def act(self, observation: Any, draws: Draws) -> Move:
        """Stand still."""
        return self._world.idle(self._agent)

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Learn nothing."""

    def snapshot(self) -> bytes:
        """Return nothing: there is no state."""
        return b""

    def restore(self, state: bytes) -> None:
        """Go back to nothing."""
