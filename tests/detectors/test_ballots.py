"""Ballots and answers: first words, second words, majorities, and what is right."""

from typing import Any

import pytest

from tertius.core.events import Asserted, OutcomeObserved, Value
from tertius.detectors.answers import Answers
from tertius.detectors.ballots import Ballots, same
from tertius.detectors.joint import JOINT, Joint


def said(number: int, agent: str, value: Value, **fields: Any) -> Asserted:
    return Asserted(id=f"e{number}", time=0, run="r", agent=agent, about="q", value=value, **fields)


def test_a_second_word_is_a_change_and_a_third_is_none() -> None:
    ballots = Ballots()
    first = [said(n, agent, value) for n, (agent, value) in enumerate(
        [("ann", "B"), ("bob", "A"), ("cy", " a"), ("dee", "C")])]  # fmt: skip
    assert [ballots.take(event) for event in [*first, *first]] == [None] * 8
    change = ballots.take(said(9, "ann", "A"))
    assert change is not None
    assert (change.before, change.after, change.majority) == ("B", "A", "a")
    assert change.apart
    assert change.joined
    assert ballots.take(said(10, "ann", "B")) is None


def test_a_tie_is_no_majority() -> None:
    ballots = Ballots()
    for number, (agent, value) in enumerate([("ann", "B"), ("bob", "A"), ("cy", "C")]):
        ballots.take(said(number, agent, value))
    change = ballots.take(said(9, "ann", "A"))
    assert change is not None
    assert change.majority is None
    assert not change.apart


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Yes", " yes", True),
        (True, 1, False),
        (1, 1.0, True),
        (None, None, False),
        ("a", "b", False),
    ],
)
def test_values_are_the_same_up_to_case(one: Any, other: Any, alike: bool) -> None:
    assert same(one, other) is alike


def test_answers_come_back_once_with_the_outcome() -> None:
    answers = Answers()
    for number, (agent, value) in enumerate([("ann", "B"), ("bob", "b"), ("cy", "A")]):
        answers.take(said(number, agent, value, act="vote"))
    answers.take(said(7, "dee", 0.4))
    answers.take(said(8, "eve", "A", act="recommendation"))
    outcome = OutcomeObserved(id="o", time=0, run="r", about="q", value="A")
    item = answers.known(outcome)
    assert item is not None
    assert set(item.answers) == {"ann", "bob", "cy"}
    assert item.together("ann", "bob")
    assert not item.together("ann", "cy")
    assert not item.wrong("cy")
    assert answers.known(outcome) is None


def test_a_joint_key_begins_with_the_case_after_the_second_agents_first() -> None:
    joint = Joint()
    assert joint.keys("ann", missed=True) == ("ann",)
    assert joint.keys("bob", missed=False) == ("bob",)
    assert joint.keys("ann", missed=True) == ("ann", JOINT)
    assert joint.keys("bob", missed=True) == ("bob", JOINT)
    assert joint.agents(1) == ("ann",)
    assert joint.agents(2) == ("ann", "bob")
