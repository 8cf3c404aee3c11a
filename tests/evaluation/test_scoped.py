"""Scope learned from clean runs: what was seen passes, what was not is forbidden."""

from typing import Any

import pytest
from msgspec import json

from tertius.core.digest import digest
from tertius.core.outcome import Outcome
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.evaluation.scoped import Scope, scope_of
from tertius.scenarios.table import load

SALT = bytes(32)
CHAIN = PrincipalChain(links=(Principal(name="ops", kind="organisation"),))


def asks(agent: str, move: Any, **fields: Any) -> Request:
    raw = json.encode({"move": move})
    given = {"agent": agent, "action": "act", "resource": "world", **fields}
    return Request(
        id="q", time=1, run="r", chain=CHAIN, arguments=raw, salt=SALT,
        digest=digest("content", raw, salt=SALT), **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "passes", "denied"),
    [
        ([1, 4], [1, 2.5, 4], [0, 4.01, "1", True, None]),
        (["north", "south"], ["south"], ["east", 1, None]),
        ([True], [True], [False, 1]),
        ([None], [None], [0, "x"]),
        ([[1, 5], [2]], [[1, 2, 5]], [[6], 3, ["1"], [], {}, [[]]]),
        ([[]], [[]], [{}, [[]], [None], None, ""]),
        ([{"go": {}}], [{"go": {}}], [{}, {"go": []}, {"go": None}, {"": {}}, {"go": {"": {}}}]),
        ([], [], [[], {}, None, 0]),
        (
            [{"go": {"to": "a", "speed": 3}}, {"wait": 1}],
            [{"go": {"to": "a", "speed": 3}}, {"go": {"to": "a"}, "wait": 1}],
            [
                {"go": {"to": "b", "speed": 3}},
                {"speed": 3},
                {"go": "a"},
                {"go": {"to": "a", "x": 1}},
            ],
        ),
    ],
)
def test_a_move_passes_if_each_of_its_parts_was_seen(
    seen: list[Any], passes: list[Any], denied: list[Any]
) -> None:
    scope = Scope()
    for move in seen:
        scope.learn("ann", move)
    for move in passes:
        assert scope.judge(asks("ann", move)).outcome is Outcome.ABSTAIN, move
        assert scope.judge(asks("bob", move)).outcome is Outcome.FORBID
    for move in denied:
        vote = scope.judge(asks("ann", move))
        assert vote.outcome is Outcome.FORBID, move
        assert "`ann` made no such move" in vote.reason


def test_it_judges_moves_and_nothing_else() -> None:
    request = asks("ann", 7, action="tool.call")
    assert Scope().judge(request).outcome is Outcome.ABSTAIN


def test_what_honest_players_do_with_some_seeds_is_learned() -> None:
    study = load("free_rider")
    scope = scope_of(study, range(2))
    assert scope.covers("player-1", "contribute")
    assert not scope.covers("player-1", "keep")  # the free rider's move
    assert not scope.covers("player-99", "contribute")
    assert not scope_of(study, ()).covers("player-1", "contribute")
