"""Playing again with one thing changed: what stays, what follows from it, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.runtime.refusing import Refusing

from tertius.core.events import Acted, MemoryWritten, MessageDelivered, MessageSent
from tertius.core.finding import CouldNotTell
from tertius.core.kinds import Event, encode
from tertius.core.ports.policy import Policy
from tertius.core.ports.replayer import Intervention, Replayer
from tertius.core.scenario import Made, Population, Scenario
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.players import table
from tertius.players.seated import Seated
from tertius.players.table import UnknownPlayerError
from tertius.runtime.arena import Arena
from tertius.runtime.changed import ChangeError
from tertius.runtime.replay import Rerun, twin
from tertius.runtime.staged import stage, world_of
from tertius.runtime.take import Take
from tertius.scenarios import table as studies
from tertius.scenarios.study import numbered, seats
from tertius.scenarios.table import load

NORTH, SOUTH = "home-north-work", "home-south-work"
ROUTES = json.dumps([NORTH, SOUTH])
DAYS = 12
DRIVERS = numbered("driver", 6)


class Listener(Seated):
    """Drives south for ever once it heard `south`; until then by chance."""

    name = "listener"

    def begin(self, setting: Any) -> None:
        self.memory = {"south": False}

    def act(self, observation: Any, draws: Any) -> Any:
        self.memory["south"] |= any("south" in one["text"] for one in observation["heard"])
        return SOUTH if self.memory["south"] else (NORTH, SOUTH)[draws.below(2, "move")]


def seated(made: Made) -> Any:
    return Listener() if made.name == "listener" else table.load(made.name, made.settings)


def says(*lines: str | None) -> str:
    return json.dumps([
        NORTH if line is None else {"move": NORTH, "say": {"text": line, "to": DRIVERS[1:4]}}
        for line in (*lines, None)
    ])  # fmt: skip


def talking(talker: str) -> Scenario:
    rest = seats(DRIVERS[1:4], "listener") + seats(DRIVERS[4:], "uniform", moves=ROUTES)
    return Scenario(
        name="s", environment=Made(name="routing", settings={"days": DAYS}),
        wrappers=(Made(name="talk"),), steps=DAYS,
        population=Population(
            name="p", kind="honest", seats=seats(DRIVERS[:1], "script", moves=talker) + rest
        ),
    )  # fmt: skip


def rerun(**given: Any) -> Rerun:
    lines = (None, None, "hello", None, "go south", "bye")
    return Rerun(talking(says(*lines)), seed=4, run="r", load=seated, **given)


def change(swaps: Any, target: str, replacement: str | None = None, at: str | None = None) -> Any:
    return Intervention(swaps=swaps, target=target, replacement=replacement, at=at)


def moves(take: Take, *agents: str) -> list[Any]:
    return [(e.agent, e.step, e.action) for e in take.events
            if isinstance(e, Acted) and e.agent in agents]  # fmt: skip


def told(take: Take, before: int) -> list[bytes]:
    return [encode(e) for e in take.events if take.at.get(e.id, before) < before]


def sent(take: Take, text: bytes) -> str:
    return next(e.id for e in take.events
                if isinstance(e, MessageSent) and take.contents[e.id] == text)  # fmt: skip


def same(a: Take, b: Take) -> bool:
    return a == b and [encode(e) for e in a.events] == [encode(e) for e in b.events]


def test_no_change_gives_the_run_back_and_each_seed_its_own() -> None:
    assert same(rerun().play(), rerun().base)
    assert same(Rerun(talking(says("a")), seed=4, load=seated).base,
                Rerun(talking(says("a")), seed=4, load=seated).base)  # fmt: skip
    assert (
        Rerun(talking(says("a")), seed=5, load=seated).base.state
        != Rerun(talking(says("a")), seed=4, load=seated).base.state
    )


@pytest.mark.parametrize("step", [0, 1, 5, 11])
def test_a_swap_for_the_same_player_changes_nothing_from_any_step(step: int) -> None:
    own = rerun(honest=talking(says()).population)
    target = "driver-6"  # remembers nothing, so that a fresh one is the same
    taken = own.play(change("player", target, "honest", None if step == 0 else f"step:{step}"))
    assert same(taken, own.base)


@pytest.mark.parametrize("step", [0, 3, 7])
def test_a_swapped_player_shifts_nobody_elses_draws(step: int) -> None:
    own = rerun()
    taken = own.play(change("player", "driver-5", None, f"step:{step}"))
    assert moves(taken, "driver-5") != moves(own.base, "driver-5")
    others = [name for name in DRIVERS if name != "driver-5"]
    assert moves(taken, *others) == moves(own.base, *others)
    assert told(taken, step) == told(own.base, step)
    assert moves(taken, "driver-5")[step:] == [
        ("driver-5", day, "home-north-south-work") for day in range(step, DAYS)
    ]


def test_a_dropped_message_changes_only_what_follows() -> None:
    own = rerun()
    gone = own.play(change("message", sent(own.base, b"go south")))
    assert told(gone, 4) == told(own.base, 4)
    assert b"go south" not in gone.contents.values() and b"bye" in gone.contents.values()
    listeners = DRIVERS[1:4]
    assert moves(own.base, *listeners) != moves(gone, *listeners)
    deaf = [m for m in moves(own.base, *listeners) if m[1] <= 4]
    assert deaf == [m for m in moves(gone, *listeners) if m[1] <= 4]
    rest = [DRIVERS[0], *DRIVERS[4:]]
    assert moves(own.base, *rest) == moves(gone, *rest)
    assert same(gone, own.play(change("message", "driver-1:4")))


def test_playing_on_from_a_snapshot_is_playing_from_the_start() -> None:
    own = rerun()
    gone = own.play(change("message", "driver-1:4"))
    silent = (None, None, "hello", None, None, "bye")
    assert same(gone, Rerun(talking(says(*silent)), seed=4, run="r", load=seated).base)


@pytest.mark.parametrize("study", sorted(studies.TABLE))
def test_in_every_study_a_late_change_plays_on_as_from_the_start(study: str) -> None:
    known = load(study)
    scenario = replace(known.scenario(known.of_kind("failing").name), steps=20)
    own = Rerun(scenario, seed=3)
    gone = change("player", scenario.population.seats[0].agent, None, "step:1")
    assert own.base.sums.steps > 1 and same(own.play(), Rerun(scenario, seed=3).base)
    late = change("player", gone.target, None, f"step:{own.base.sums.steps - 1}")
    snapshots = own.play(gone, late), own.play(late)
    del own._kept[1:]  # the naive twin: no snapshot but the first
    assert same(snapshots[0], own.play(gone, late)) and same(snapshots[1], own.play(late))


def test_a_delivery_is_dropped_for_one() -> None:
    own = rerun()
    came = next(e.id for e in own.base.events if isinstance(e, MessageDelivered)
                and e.agent == "driver-3" and own.base.contents[e.id] == b"go south")  # fmt: skip
    gone = own.play(change("message", came))
    assert moves(gone, "driver-2", "driver-4") == moves(own.base, "driver-2", "driver-4")
    assert moves(gone, "driver-3") != moves(own.base, "driver-3")


def test_of_a_message_to_all_a_delivery_is_dropped_for_one() -> None:
    lines = json.dumps([{"move": NORTH, "say": {"text": "go south"}}, NORTH])
    own = Rerun(talking(lines), seed=4, load=seated)
    came = next(e.id for e in own.base.events
                if isinstance(e, MessageDelivered) and e.agent == "driver-3")  # fmt: skip
    gone = own.play(change("message", came))
    hearers = [e.agent for e in gone.events if isinstance(e, MessageDelivered)]
    assert hearers == ["driver-2", "driver-4", "driver-5", "driver-6"]


def test_a_message_says_what_another_said() -> None:
    own = rerun()
    other = own.play(change("message", "driver-1:4", sent(own.base, b"hello")))
    none = own.play(change("message", "driver-1:4"))
    assert list(other.contents.values()).count(b"hello") == 8
    assert moves(other, *DRIVERS) == moves(none, *DRIVERS)


def test_a_closed_channel_is_silent_from_then_on() -> None:
    own = rerun()
    closed = own.play(change("channel", "talk", at="step:4"))
    assert set(closed.contents.values()) == {b"hello"}
    assert not own.play(change("channel", "talk")).contents


def test_a_memory_entry_that_is_taken_out_spreads_no_further() -> None:
    own = Rerun(load("contagion").scenario("credulous"), seed=1)
    wrote = [e for e in own.base.events if isinstance(e, MemoryWritten)]
    start = [e.id for e in wrote if own.base.at[e.id] == 0]
    canary = [one for one in start if own.base.contents[one].startswith(b"CANARY")]
    clean = own.play(*(change("memory", one) for one in canary))
    assert clean.harm[0] == own.base.harm[0]
    assert not any(harm["users"] for harm in clean.harm[1:])
    assert own.base.harm[-1]["users"] > 0
    late = next(e for e in wrote if own.base.at[e.id] == 15)
    taken = own.play(change("memory", late.id))
    assert told(taken, 16) == told(own.base, 16)
    assert taken.state != own.base.state


def test_an_entry_that_is_gone_is_refused() -> None:
    own = Rerun(load("contagion").scenario("credulous"), seed=1)
    first = next(e for e in own.base.events if isinstance(e, MemoryWritten))
    with pytest.raises(ChangeError, match="nobody holds what"):
        own.play(change("memory", first.id), change("memory", first.id))


def test_the_twin_is_the_other_population_under_the_same_chance() -> None:
    study = load("contagion")
    failing, honest = study.scenario("credulous"), study.population("careful")
    alone = Rerun(study.scenario("careful"), seed=2).base
    assert twin(failing, 2, honest).state == alone.state
    own = Rerun(failing, seed=2, honest=honest)
    swapped = own.play(change("player", "agent-2", "honest"))
    assert same(twin(failing, 2, honest, only=["agent-2"]), swapped)
    with pytest.raises(ChangeError, match="no seat in both"):
        twin(failing, 2, honest, only=["agent-99"])


BAD = [
    (change("player", "driver-9"), "nobody called `driver-9` plays"),
    (change("player", "driver-1", "honest"), "nobody honest is known for `driver-1`"),
    (change("player", "driver-1", at="r/99.0"), "no step of this run told of `r/99.0`"),
    (change("player", "driver-1", at="step:12"), "a change at step 12; expected one of 0 to 11"),
    (change("message", "r/99.0"), "no event `r/99.0` in this run"),
    (change("message", "driver-1:3"), "no event `driver-1:3` in this run"),
    (change("message", "r/4.0"), "`r/4.0` is no message"),
    (change("message", "driver-1:4", "r/4.0"), "is no message whose text"),
    (change("message", "driver-1:4", at="step:2"), "has its own step"),
    (change("channel", "radio"), "channel `radio` of `routing` cannot be changed"),
    (change("channel", "talk", "radio"), "nothing can take the place of a channel"),
    (change("memory", "r/4.0"), "of `routing`, which has no memory that can be changed"),
]


@pytest.mark.parametrize(("bad", "why"), BAD)
def test_what_cannot_be_changed_is_refused(bad: Intervention, why: str) -> None:
    with pytest.raises(ChangeError, match=why):
        rerun().play(bad)


def test_an_unknown_player_and_an_entry_that_is_none_are_refused() -> None:
    with pytest.raises(UnknownPlayerError):
        rerun().play(change("player", "driver-1", "unifrom"))
    own = Rerun(load("contagion").scenario("careful"), seed=1)
    with pytest.raises(UnknownPlayerError, match="did you mean `honest`"):
        own.play(change("player", "agent-2", "honset"))
    with pytest.raises(ChangeError, match="wrote nothing"):
        own.play(change("memory", own.base.events[-2].id))


def braess() -> Scenario:
    return replace(load("braess").scenario("selfish"), steps=8)


def recorded(folder: Path, *layers: Policy) -> list[Event]:
    scenario = braess()
    world = world_of(scenario, run="r")
    key = SigningKey("arena/log", bytes(32))
    with Writer(folder, key=key, clock=lambda: world.time, salts=lambda: bytes(32)) as writer:
        arena = Arena(
            world, writer, agents=world.seats, clock=lambda: world.time, run="r", layers=layers
        )
        episode = stage(scenario, world, seed=2, ask=arena.ask, tell=arena.tell)
        episode.begin("r", world.time)
        episode.play(scenario.steps)
        episode.end("r", world.time)
    return list(LogReader(folder).events())


def test_a_recorded_run_comes_back_and_its_loss_with_it(tmp_path: Path) -> None:
    events = recorded(tmp_path / "log")
    player: Replayer = Rerun(
        braess(), seed=2, run="r", recorded=events, most={"city": 1e6, "driver-1": 1, "nobody": 1}
    )
    answer = player.replay("r", (), repeats=3)
    assert isinstance(answer, tuple) and len(answer) == 3 and len(set(map(str, answer))) == 1
    assert (answer[0].run, answer[0].steps) == ("r", 8)
    assert answer[0].loss.keys() == {"city", "driver-1"}
    assert answer[0].loss["city"] == Rerun(braess(), seed=2).base.sums.harm["city"] / 1e6 > 0
    assert answer[0].loss["driver-1"] == 0
    capped = Rerun(braess(), seed=2, run="r", most={"city": 1}).replay("r", ())
    assert isinstance(capped, tuple) and capped[0].loss == {"city": 1}
    swapped = player.replay("r", (change("player", "driver-1"),))
    assert isinstance(swapped, tuple) and swapped[0].run.startswith("r/")
    with pytest.raises(ChangeError, match="0 repeats"):
        player.replay("r", (), repeats=0)


def test_what_cannot_be_played_again_is_said(tmp_path: Path) -> None:
    whole = recorded(tmp_path / "a")
    denied = recorded(tmp_path / "b", Refusing("driver-2"))
    modelled = replace(braess().population.seats[0], kind="model")
    population = Population(
        name="m", kind="reference", seats=(modelled, *braess().population.seats[1:])
    )
    model = replace(braess(), population=population, harm=None)
    for own, run, why in (
        (Rerun(braess(), seed=2, run="r"), "other", "plays `r` again and knows of no other run"),
        (Rerun(braess(), seed=3, run="r", recorded=whole), "r", "recorded under seed 2"),
        (Rerun(braess(), seed=2, run="r", recorded=whole[:-9]), "r", "which was not recorded"),
        (Rerun(braess(), seed=2, run="r", recorded=denied), "r", "comes out otherwise"),
        (Rerun(replace(braess(), steps=5), seed=2, run="r", recorded=whole), "r",
         "does not bring about"),
        (Rerun(model, seed=2, run="r"), "r", "randomness of the model behind `driver-1`"),
    ):  # fmt: skip
        answer = own.replay(run, (change("player", "driver-2"),))
        assert isinstance(answer, CouldNotTell) and why in answer.why
        assert answer.about == ("driver-2",)


class Guesser(Listener):
    kind = "model"


def test_a_model_put_in_a_place_is_no_replay() -> None:
    def made(one: Made) -> Any:
        return Guesser() if one.name == "guesser" else table.load(one.name, one.settings)

    own = Rerun(braess(), seed=2, run="r", load=made)
    answer = own.replay("r", (change("player", "driver-2", "guesser"),))
    assert isinstance(answer, CouldNotTell) and "model behind `driver-2`" in answer.why


@pytest.mark.parametrize("most", [0.0, -1.0, float("nan"), float("inf")])
def test_the_most_that_can_be_lost_is_a_number_above_nothing(most: float) -> None:
    with pytest.raises(ChangeError, match="as the most"):
        Rerun(braess(), seed=1, most={"driver-1": most})
