"""Cleanup against what is known of both originals."""

from collections.abc import Callable

import numpy as np
import pytest

from tertius.environments.cleanup import COAST, Cleanup, CleanupSettings
from tertius.environments.cleanup_rules import APPLE, CLEAN, DIRTY
from tertius.environments.cleanup_small import APPLE as RIPE
from tertius.environments.cleanup_small import CLEAN as PURE
from tertius.environments.cleanup_small import DIRTY as POLLUTED
from tertius.environments.cleanup_small import PLACE as EMPTY
from tertius.environments.cleanup_small import CleanupSmall, CleanupSmallSettings

MELTING_POT = "Melting Pot, clean_up"
SMALL = "the rules of the language-model grid, computed independently"


def test_the_map_has_the_published_counts(published: Callable[..., None]) -> None:
    rows = COAST.strip().split("\n")
    assert (len(rows), {len(row) for row in rows}) == (21, {30})
    count = {symbol: COAST.count(symbol) for symbol in "%~=,P"}
    assert count == {"%": 79, "~": 147 - 79, "=": 167 - 147, ",": 122, "P": 19}
    published("river cells, dirty at first", 79, count["%"], source=MELTING_POT)
    published("river cells that can be dirty", 147, count["%"] + count["~"], source=MELTING_POT)


def with_dirt(left: int, *, copies: int, denominator: int = 0) -> Cleanup:
    world = Cleanup(CleanupSettings(denominator=denominator, dirt_chance=0.0), copies=copies)
    world.begin_all(7)
    river = world.rules.river
    world.cells[:, river] = CLEAN
    world.cells[:, river[:left]] = DIRTY
    world.dirty[:] = left
    return world


@pytest.mark.parametrize(("denominator", "most"), [(0, 58), (167, 66)])
def test_no_apple_grows_until_the_river_is_clean_enough(
    denominator: int, most: int, published: Callable[..., None]
) -> None:
    for dirt, grows in ((79, False), (most + 1, False), (most, True)):
        world = with_dirt(dirt, copies=200, denominator=denominator)
        for _ in range(3):
            world.play(np.zeros((200, 7)))
        assert bool((world.cells == APPLE).any()) is grows
    facts = {one.name: one.value for one in world.facts.known}
    source = "SocialJax, clean_up" if denominator else MELTING_POT
    published("most dirty cells at which apples grow", most, facts["dirt-limit"], source=source)


def test_apples_grow_slower_the_dirtier_the_river_is() -> None:
    for dirt in (0, 20, 45):
        world = with_dirt(dirt, copies=400)
        world.play(np.zeros((400, 7)))
        grown = float((world.cells == APPLE).sum(axis=1).mean())
        expected = 122 * 0.05 * (0.4 - dirt / 147) / 0.4
        assert grown == pytest.approx(expected, abs=4 * np.sqrt(expected / 400))
        assert world.harm[:, -1].mean() == pytest.approx(122 * 0.05 - expected, abs=0.5)


def test_dirt_comes_from_step_51_on_every_other_step() -> None:
    world = Cleanup(copies=300)
    world.begin_all(3)
    for _ in range(50):
        world.play(np.zeros((300, 7)))
    assert (world.dirty == 79).all()
    for _ in range(40):
        world.play(np.zeros((300, 7)))
    assert float(world.dirty.mean()) - 79 == pytest.approx(20, abs=4 * np.sqrt(10 / 300))


def test_random_players_starve(published: Callable[..., None]) -> None:
    """Published: nothing in four episodes of 1,000 steps."""
    world = Cleanup(CleanupSettings(most_steps=1000), copies=100)
    world.begin_all(5)
    rng, eaten = np.random.default_rng(1), 0.0
    for _ in range(1000):
        world.play(rng.integers(0, 9, (100, 7)))
        eaten += float(world.rewards.sum())
    published("apples of random players in 1,000 steps", 0, eaten / 100, within=1,
              source=f"{MELTING_POT}, four episodes")  # fmt: skip


def test_episodes_end_as_published() -> None:
    """From step 1000 on, one in five at every hundredth step; at 5000 all."""
    world = Cleanup(CleanupSettings(players=1), copies=100)
    world.begin_all(9)
    ended: list[int] = []
    for _ in range(5000):
        before = world.steps.copy()
        world.play(np.zeros((100, 1)))
        ended += (before[world.terminated | world.truncated] + 1).tolist()
    assert len(ended) >= 100
    assert min(ended) >= 1000 and max(ended) <= 5000
    assert all(length % 100 == 0 for length in ended)
    at_once = [length for length in ended if length == 1000]
    assert len(at_once) / len(ended) == pytest.approx(0.2, abs=0.09)


def test_the_small_river_is_foul_at_step_20_and_growth_stops() -> None:
    world = CleanupSmall()
    world.reset(2)
    for step in range(30):
        orchard = world.tiles[0, world.orchard]
        orchard[:] = EMPTY
        world.tiles[0, world.orchard] = orchard
        result = world.step(dict.fromkeys(world.agents or world.seats, "stay"))
        assert result.truth["polluted"] == 2 + step // 5
        grown = int((world.tiles[0, world.orchard] == RIPE).sum())
        assert (grown == 0) is (step >= 20)


@pytest.mark.parametrize(("cleans", "supply"), [(False, 84), (True, 124)])
def test_the_supply_of_the_small_orchard(
    cleans: bool, supply: float, published: Callable[..., None]
) -> None:
    """Picked at once, over a game of 30 steps: about 84, and about 124 with a clean a step."""
    copies = 400
    world = CleanupSmall(CleanupSmallSettings(steps=31), copies=copies)
    world.begin_all(1)
    grown = 0.0
    for step in range(31):
        ripe = world.tiles == RIPE
        grown += float(ripe.sum())
        world.tiles[ripe] = EMPTY
        if cleans:
            for copy in range(copies):
                dirty = np.flatnonzero(world.tiles[copy] == POLLUTED)
                world.tiles[copy, dirty[:1]] = PURE
                world.dirty[copy] -= len(dirty[:1])
        if step < 30:
            world.play(np.zeros((copies, 4)))
    how = "a clean a step" if cleans else "no cleaning"
    published(f"apples of the small orchard in 30 steps, {how}", supply, grown / copies, within=1.7,
              source=SMALL)  # fmt: skip


def test_two_allies_keep_two_victims_frozen_for_good() -> None:
    """A victim zapped every fourth step never moves: one zap every other step between the two."""
    world = CleanupSmall(CleanupSmallSettings(steps=100))
    world.reset(0)
    world.at[0] = [[0, 0], [0, 1], [4, 0], [4, 1]]
    for step in range(100):
        moves = {
            "player-1": "zap-right" if step % 4 == 0 else "stay",
            "player-2": "down" if step else "stay",
            "player-3": "zap-right" if step % 4 == 2 else "stay",
            "player-4": "up" if step > 2 else "stay",
        }
        result = world.step(moves)
        seen = result.observations["player-1"]
    assert seen["at"]["player-2"] == [0, 1]
    assert seen["at"]["player-4"] == [4, 1]
    assert result.harm["player-2"] == result.harm["player-4"] == 1
