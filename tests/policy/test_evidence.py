from typing import Any

import pytest
from tests.policy.asked import NOW, asked

from tertius.core.events import Asserted, Verified
from tertius.policy import evidence as module
from tertius.policy.evidence import Evidence, Standing

FAMILIES = {"a": "f", "b": "g"}
QUESTION = asked("determine", "risk")


def voted(agent: str, **more: Any) -> Asserted:
    given = {"id": f"v/{agent}", "task": "t1", "identity": "bound", "value": 1, **more}
    return Asserted(time=NOW, run="r1", agent=agent, about="risk", **given)


def test_counts_agents_and_families_apart_for_each_question() -> None:
    kept = Evidence(FAMILIES)
    for event in (voted("a"), voted("b"), voted("c"), voted("d", id="x", task="t2")):
        kept.observe(event)
    assert kept.standing(QUESTION) == Standing(votes=3, families=2)
    assert kept.author("v/a") == "a" and kept.author("never") is None


def test_true_and_one_are_two_values() -> None:
    kept = Evidence(FAMILIES)
    kept.observe(voted("a", value=True))
    kept.observe(voted("b", value=1))
    assert kept.standing(QUESTION).votes == 0
    assert kept.standing(asked("determine", "risk", arguments={"value": 1})).votes == 1


def test_the_end_of_a_run_forgets_its_questions() -> None:
    kept = Evidence(FAMILIES)
    kept.observe(voted("a"))
    kept.forget("r1")
    assert kept.standing(QUESTION) == Standing()


def test_what_does_not_fit_never_makes_a_quorum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VOTES", 1)
    kept = Evidence(FAMILIES)
    for event in (voted("a"), voted("b")):
        kept.observe(event)
    assert kept.standing(QUESTION).votes == 1
    for number in range(2):
        kept.observe(
            Verified(
                id=f"c{number}",
                time=NOW,
                run="r1",
                agent="z",
                subject="v/a",
                result="confirmed",
                identity="bound",
            )
        )
    assert kept.standing(QUESTION).contradicted  # more checks than are kept: nobody can tell
    monkeypatch.setattr(module, "MAX_TOPICS", 1)
    kept.observe(voted("a", id="y", task="t9"))
    assert kept.standing(asked("determine", "risk", task="t9")) == Standing()


def test_old_authors_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_AUTHORS", 2)
    kept = Evidence(FAMILIES)
    for agent in "abc":
        kept.observe(voted(agent))
    assert [kept.author(f"v/{agent}") for agent in "abc"] == [None, "b", "c"]
