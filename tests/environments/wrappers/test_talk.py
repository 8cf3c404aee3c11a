"""Talk: what is said is heard one step later, unless the channel is off, slow or bad."""

from typing import Any

import pytest

from tertius.core.events import MessageDelivered, MessageSent
from tertius.core.kinds import decode, encode
from tertius.environments.moves import MoveError
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay

GO = "home-north-work"
A, B, C = "driver-1", "driver-2", "driver-3"


def talking(**settings: Any) -> Any:
    world = lay("talk", load("routing", {"days": 300}), settings)
    world.reset(3)
    return world


def say(world: Any, agent: str, **said: Any) -> Any:
    return world.step({**dict.fromkeys(world.agents, GO), agent: {"move": GO, "say": said}})


def heard(result: Any, agent: str) -> list[str]:
    return [one["text"] for one in result.observations[agent]["heard"]]


def test_a_word_is_heard_by_those_it_is_for_and_once() -> None:
    world = talking()
    result = say(world, A, to=[B], text="take the south")
    assert result.observations[B]["heard"] == [{"from": A, "text": "take the south", "step": 0}]
    assert heard(result, C) == []
    assert "driver-1 said: take the south" in world.describe(B)
    assert heard(world.step(dict.fromkeys(world.agents, GO)), B) == []


def test_without_to_all_others_hear_it() -> None:
    result = say(talking(), A, text="hello")
    assert [heard(result, name) for name in (A, B, C)] == [[], ["hello"], ["hello"]]


def test_sending_and_arriving_are_events_with_their_contents() -> None:
    result = say(talking(), A, to=[B], text="south")
    (sent,) = (event for event in result.events if isinstance(event, MessageSent))
    (came,) = (event for event in result.events if isinstance(event, MessageDelivered))
    assert (sent.agent, sent.recipients, came.sender, came.message) == (A, (B,), A, sent.id)
    assert result.contents[sent.id] == result.contents[came.id] == b"south"
    assert came.time > sent.time
    assert len({event.id for event in result.events}) == len(result.events)
    assert decode(encode(came)) == came


def test_off_means_that_nothing_arrives_and_everybody_knows() -> None:
    world = talking(on=False)
    result = say(world, A, text="hello")
    assert heard(result, B) == [] and not world.facts.talks
    assert result.observations[B]["talk"] is False and "is off" in world.describe(B)
    assert result.truth["talk"]["silenced"] == 1
    assert not any(isinstance(event, MessageDelivered) for event in result.events)


def test_delay_holds_a_message_back_for_so_many_steps() -> None:
    world = talking(delay=2)
    got = [heard(say(world, A, to=[B], text="now"), B)]
    got += [heard(world.step(dict.fromkeys(world.agents, GO)), B) for _ in range(3)]
    assert got == [[], [], ["now"], []]


@pytest.mark.parametrize(
    ("fault", "expected"), [("loss", []), ("duplicate", ["at 7"] * 2), ("misread", None)]
)
def test_each_fault_alone(fault: str, expected: list[str] | None) -> None:
    result = say(talking(**{fault: 1.0}), A, to=[B], text="at 7")
    told = result.truth["talk"]
    if expected is None:
        (text,) = heard(result, B)
        assert text.startswith("at ") and text != "at 7"
        assert told["misread"] == [[A, B]]
    else:
        assert heard(result, B) == expected
        assert told["lost" if fault == "loss" else "doubled"] == [[A, B]]


def test_a_chance_of_loss_loses_that_share() -> None:
    world = talking(loss=0.3)
    got = sum(len(heard(say(world, A, to=[B], text="x"), B)) for _ in range(199))
    assert 0.55 < got / 199 < 0.85


def test_in_turns_a_message_waits_for_its_reader() -> None:
    world: Any = lay("talk", load("liars_bar"))
    world.reset(1)
    speaker = world.acting[0]
    reader = next(name for name in world.seats if name != speaker)
    form = world.legal(speaker)["anyOf"][1]["properties"]
    move = world.idle(speaker)
    assert "say" in form
    result = world.step({speaker: {"move": move, "say": {"to": [reader], "text": "hm"}}})
    while world.agents and reader not in world.acting:
        assert heard(result, reader) == ["hm"]
        result = world.step({world.acting[0]: world.idle(world.acting[0])})
    if world.agents:
        assert heard(world.step({reader: world.idle(reader)}), reader) == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": ""}, "1 to 1000 characters"),
        ({"text": 5}, "1 to 1000 characters"),
        ({"to": ["driver-9"], "text": "x"}, "did you mean `driver-"),
        ({"to": [A], "text": "x"}, "nobody to hear"),
        ({"to": "driver-2", "text": "x"}, "a list of names"),
        ({"words": "x"}, "bad `say`"),
    ],
)
def test_what_cannot_be_said_is_refused_and_changes_nothing(said: Any, why: str) -> None:
    world = talking()
    before = world.state_hash()
    with pytest.raises(MoveError, match=why):
        say(world, A, **said)
    assert world.state_hash() == before


def test_a_misspelt_part_is_told_its_nearest() -> None:
    world = talking()
    with pytest.raises(MoveError, match="did you mean `say`"):
        world.step({**dict.fromkeys(world.agents, GO), A: {"move": GO, "sya": {"text": "x"}}})
