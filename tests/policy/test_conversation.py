import pytest

from tertius.core.grants import Protocol, Step
from tertius.policy.conversation import Conversation, Said, said

SECOND = 1_000_000_000
DEAL = Protocol(
    name="deal",
    version=4,
    steps=(
        Step(type="offer", sender="a"),
        Step(type="answer", sender="b", after=("offer",), deadline=10.0),
        Step(type="close", sender="a", after=("offer", "answer"), deadline=0.5),
    ),
)


def refused(talk: Conversation, type: str, sender: str, time: int, version: int = 4) -> str:
    found = talk.objection(Said(type, "", version), sender, time)
    return "" if found is None else found.why


def test_steps_come_in_order_from_their_sender_and_once() -> None:
    talk = Conversation(DEAL)
    assert "comes after `offer`" in refused(talk, "answer", "b", 0)
    assert "is for `a` to say" in refused(talk, "offer", "b", 0)
    assert "no step is of type `bribe`" in refused(talk, "bribe", "a", 0)
    assert refused(talk, "offer", "a", 0) == ""
    talk.say("offer", 0)
    assert "was said before" in refused(talk, "offer", "a", 1, 5)
    assert "comes after `answer`" in refused(talk, "close", "a", 1, 5)
    assert refused(talk, "answer", "b", 1, 5) == ""


def test_the_version_rises_with_every_step_and_an_older_one_is_stale() -> None:
    talk = Conversation(DEAL)
    talk.say("offer", 0)
    talk.say("bribe", 0)  # no step: nothing changes
    assert talk.version == 5
    assert "on version 4; the state is at 5" in refused(talk, "answer", "b", 1, 4)
    assert "on version 6" in refused(talk, "answer", "b", 1, 6)
    assert talk.objection(Said("answer"), "b", 1) is None, "what cannot state one is not asked"


@pytest.mark.parametrize(("late", "why"), [(0, ""), (1, "was due within 10 s")])
def test_a_deadline_counts_from_the_last_step_before(late: int, why: str) -> None:
    talk = Conversation(DEAL)
    talk.say("offer", 3 * SECOND)
    told = refused(talk, "answer", "b", 13 * SECOND + late, 5)
    assert why in told and bool(why) == bool(told)
    talk.say("answer", 5 * SECOND)
    assert refused(talk, "close", "a", 5 * SECOND + SECOND // 2, 6) == ""
    assert "due within 0.5 s" in refused(talk, "close", "a", 6 * SECOND, 6)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "is an object"),
        ([{"type": "offer"}], "is an object"),
        ({"version": 1}, "states its `type`"),
        ({"type": ["offer"], "version": 1}, "states its `type`"),
        ({"type": "offer"}, "states the `version`"),
        ({"type": "offer", "version": True}, "states the `version`"),
        ({"type": "offer", "version": 1.0}, "states the `version`"),
        ({"type": "offer", "version": 1, "conversation": 7}, "is a short text"),
        ({"type": "offer", "version": 1, "conversation": "c" * 129}, "is a short text"),
    ],
)
def test_a_message_says_which_step_it_is(content: object, why: str) -> None:
    found = said("message.send", content)
    assert not isinstance(found, Said)
    assert (found.code, why in found.why) == ("bad-argument", True)


def test_an_act_without_content_is_the_step_of_its_kind() -> None:
    assert said("delegate", {"depth": 1}) == Said("delegate", "", None)
