"""From a scenario to an episode: its wrappers are laid, and what is said passes the gate."""

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tertius.core.events import MessageSent
from tertius.core.kinds import Event
from tertius.core.oversight_events import Decided
from tertius.core.scenario import made
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.players.plain import Fixed
from tertius.runtime.arena import Arena
from tertius.runtime.episode import Episode
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.table import load


def test_a_scenarios_own_wrappers_lie_inside_and_more_around_them() -> None:
    scenario = replace(load("braess").scenario("selfish"), wrappers=(made("talk:on=false"),))
    world: Any = world_of(scenario, wrappers=[made("crash")], tells=False)
    assert (world.name, world.inner.name, world.facts.talks) == ("crash", "talk", False)
    assert stage(scenario, world, seed=1).play(5).steps == 5


class Speaker(Fixed):
    """Says the same with every move."""

    def act(self, observation: Any, draws: Any) -> Any:
        return {"move": self.settings["move"], "say": {"text": "take the south"}}


def test_what_is_said_passes_the_gate_and_lies_in_the_log(tmp_path: Path) -> None:
    scenario = load("braess").scenario("selfish")
    world = world_of(scenario, changed={"days": 2}, wrappers=[made("talk")], run="r")
    key = SigningKey("arena/log", bytes(32))
    folder = tmp_path / "log"
    with Writer(folder, key=key, clock=lambda: world.time, salts=lambda: bytes(32)) as writer:
        arena = Arena(world, writer, agents=world.seats, clock=lambda: world.time, run="r")
        players = {name: Speaker(move="home-north-work") for name in world.seats}
        episode = Episode(world, players, seed=2, ask=arena.ask, tell=arena.tell)
        episode.play()
    events: list[Event] = list(LogReader(folder).events())
    decided = {event.id for event in events if isinstance(event, Decided)}
    sent = [event for event in events if isinstance(event, MessageSent)]
    assert episode.sums.denied == 0 and len(sent) == 12
    assert all({cause.id for cause in event.causes} <= decided for event in sent)
    assert all(event.causes for event in sent)
