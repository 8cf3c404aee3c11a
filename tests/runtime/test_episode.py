"""An episode: who is asked what, what is played, what is recorded, and going back."""

from pathlib import Path
from typing import Any

import pytest
from tests.runtime.refusing import Refusing

from tertius.core.events import Acted, AgentJoined, Paid, RunEnded, RunStarted
from tertius.core.kinds import Event
from tertius.core.oversight_events import Decided
from tertius.core.ports.policy import Policy
from tertius.environments.routing import Routing, RoutingSettings
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.verify import verify
from tertius.log.writer import Writer
from tertius.players.table import load as player
from tertius.runtime.arena import Arena
from tertius.runtime.episode import Episode, SeatingError

ROUTES = '["home-north-work","home-south-work","home-north-south-work"]'


def drivers(count: int = 6) -> dict[str, Any]:
    return {f"driver-{n}": player("uniform", {"moves": ROUTES}) for n in range(1, count + 1)}


def world(days: int = 10) -> Routing:
    return Routing(RoutingSettings(days=days), run="r")


def played(seed: int) -> Episode:
    episode = Episode(world(), drivers(), seed=seed)
    episode.play()
    return episode


def test_the_same_seed_plays_the_same() -> None:
    assert played(3).sums == played(3).sums
    assert played(3).world.state_hash() == played(3).world.state_hash()
    assert played(3).sums != played(4).sums


def test_one_changed_player_moves_nobody_elses_draws() -> None:
    heard: list[list[Any]] = []
    for first in (player("uniform", {"moves": ROUTES}), player("fixed", {"move": 0})):
        acts: list[Any] = []

        def hear(event: Event, content: bytes | None, acts: list[Any] = acts) -> None:
            if isinstance(event, Acted) and event.agent != "driver-1":
                acts.append((event.agent, event.step, event.action))

        Episode(world(), {**drivers(), "driver-1": first}, seed=5, tell=hear).play()
        heard.append(acts)
    assert heard[0] == heard[1]
    assert len(heard[0]) == 50


def test_going_back_and_on_gives_the_same_end() -> None:
    episode = Episode(world(), drivers(), seed=8)
    episode.play(4)
    kept = episode.snapshot()
    end = episode.play()
    twin = Episode(world(), drivers(), seed=8)
    twin.restore(kept)
    assert twin.play() == end
    assert twin.world.state_hash() == episode.world.state_hash()


@pytest.mark.parametrize("seated", [drivers(5), drivers(7)])
def test_players_and_seats_must_match(seated: dict[str, Any]) -> None:
    with pytest.raises(SeatingError, match="the world seats"):
        Episode(world(), seated, seed=0)


def test_a_snapshot_of_another_episode_is_refused() -> None:
    kept = Episode(world(), drivers(), seed=1).snapshot()
    with pytest.raises(SeatingError, match="seeds or seats differ"):
        Episode(world(), drivers(), seed=2).restore(kept)


def recorded(folder: Path, *layers: Policy) -> tuple[Episode, list[Event]]:
    key = SigningKey("arena/log", bytes(32))
    stage = world(days=3)
    with Writer(folder, key=key, clock=lambda: stage.time, salts=lambda: bytes(32)) as writer:
        arena = Arena(
            stage, writer, agents=stage.seats, clock=lambda: stage.time, run="r", layers=layers
        )
        episode = Episode(stage, drivers(), seed=2, ask=arena.ask, tell=arena.tell)
        episode.begin("r", stage.time)
        episode.play()
        episode.end("r", stage.time)
    assert verify(folder, now=0, keys=[key.verifier.vkey]).exit_code == 0
    return episode, list(LogReader(folder).events())


def test_every_move_is_decided_played_and_paid_in_the_log(tmp_path: Path) -> None:
    episode, events = recorded(tmp_path / "log")
    kinds = [type(event) for event in events]
    assert (kinds.count(RunStarted), kinds.count(AgentJoined), kinds.count(RunEnded)) == (1, 6, 1)
    assert kinds.count(Decided) == kinds.count(Acted) == kinds.count(Paid) == 18
    decided = {event.id for event in events if isinstance(event, Decided)}
    for event in events:
        if isinstance(event, Acted):
            assert {cause.id for cause in event.causes} <= decided
            assert len(event.causes) == 1
    assert episode.sums.denied == 0


def test_a_move_that_is_not_permitted_is_not_made(tmp_path: Path) -> None:
    episode, events = recorded(tmp_path / "log", Refusing("driver-2"))
    assert episode.sums.denied == 3
    moved = [e.action for e in events if isinstance(e, Acted) and e.agent == "driver-2"]
    assert moved == ["home-north-south-work"] * 3  # the idle move: the first route by name


def test_a_replay_writes_the_same_bytes(tmp_path: Path) -> None:
    recorded(tmp_path / "a")
    recorded(tmp_path / "b")
    first, second = ((tmp_path / name / "checkpoint").read_bytes() for name in "ab")
    assert first == second
