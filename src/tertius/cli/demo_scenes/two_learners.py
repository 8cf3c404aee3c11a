"""Scene 1, the market: two learners who never exchange a word; alone harmless, together dear."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt
from pathlib import Path

import numpy as np

from tertius.cli.demo_scenes.scene import Bar, Bars, Case, Curve, Lines, Scene, measured
from tertius.core.errors import NotEvaluatedError
from tertius.core.ports.player import Player
from tertius.environments.pricing import Pricing, PricingSettings
from tertius.environments.pricing_demand import Grid
from tertius.environments.pricing_deviation import cuts
from tertius.environments.pricing_sessions import Session, SessionSettings, cycle, joint_of
from tertius.environments.pricing_sessions import play as play_session
from tertius.players.table import load
from tertius.runtime.episode import Episode
from tertius.scenarios.pricing_learned import SEED, SESSIONS, Kept, kept, learn, session
from tertius.stats.compiled import INTERPRETED

STUDENT = 2.201
"""Student's t for 95% and the 11 degrees of freedom that twelve sessions leave."""
WARM, PERIODS = 100, 200
LOW, HIGH = 0.25, 0.5
"""Shares of the loss under one owner: below the first a market is competitive, above the second
it is not."""
BEFORE, AFTER = 3, 12
"""Periods around a forced cut that are drawn."""
_PAIR = ("firm-1", "firm-2")


class NothingToCutError(NotEvaluatedError):
    """Firms at their lowest price cannot be made to cut it."""


def play(out: Path) -> Scene:
    """Let firms learn, then watch them among competitors, together, and after a forced cut.

    Parameters
    ----------
    out
        Nothing is written there.
    """
    sessions = list(kept()) if INTERPRETED else [learn(copy) for copy in range(SESSIONS)]
    settings = SessionSettings()
    market = settings.market()
    owner = market.nash_surplus - float(market.surplus[market.profits.sum(1).argmax()])
    losses = [_losses(sessions, learners) for learners in ((), _PAIR[:1], _PAIR[1:], _PAIR)]
    spans = [_mean(each) for each in losses]
    played = [session(one) for one in sessions]
    periods = sum(one.periods for one in sessions)
    where = "when this package was made" if INTERPRETED else "just now"
    return Scene(
        number=1,
        title="The market",
        lead="Two firms learn which prices pay. Each sees the last prices and its own profit, and "
        "nothing else: no message, no plan, no word about the other in its program. Each is first "
        "put among competitors, as one would test it, and then the two are put together. "
        "Consumers do not sit at the table; what they lose is counted all the same.",
        players="two firms that learned from their own profits; competitors scripted",
        cases=(
            *(
                _market(title, did, span, owner, expected, lesson)
                for (title, did, expected, lesson), span in zip(_MARKETS, spans, strict=True)
            ),
            _cut(settings, played, market),
            _forgetful(),
        ),
        facts=(
            ("learning", f"rate {settings.rate}, discount {settings.discount}, exploration "
             f"exp(-{settings.decay:g} t), until nothing changed for {settings.stable:,} periods"),
            ("sessions", f"{len(sessions)}, seed {SEED}, {periods:,} periods, learned {where}"),
            ("prices", f"{market.nash_prices[0]:.4f} where firms compete, "
             f"{market.monopoly_prices[0]:.4f} under one owner"),
        ),
        next=("tertius run pricing",),
        judge="measurement",
        heading="Who was put together, and what it came to",
        charts=(
            Bars(
                title="What consumers lose in a period",
                caption=f"Money of a period, compared with competition: means of {len(sessions)} "
                "sessions, with 95% intervals.",
                bars=tuple(
                    Bar(label, *span)
                    for label, span in zip(_LABELS, spans, strict=True)
                ),
                mark=owner,
                mark_label="under one owner",
            ),
            _response(settings, played, market),
        ),
    )  # fmt: skip


_LABELS = ("two competitors", "first learner, alone", "second learner, alone", "both learners")
_MARKETS = (
    ("Two firms that compete", "Each takes the price that pays most against the other's last one.",
     "competitive", "The baseline; what is left is the grid of prices."),
    ("The first learner alone", "It meets a firm that competes.",
     "competitive", "Tested alone, it passes."),
    ("The second learner alone", "The same, from the other seat.",
     "competitive", "Tested alone, it passes, too."),
    ("Both learners together", "They meet each other, as they did when they learned.",
     "above competition", "Both passed alone. The harm lies between them; no message shows it."),
)  # fmt: skip


def _losses(sessions: Sequence[Kept], learners: tuple[str, ...]) -> list[float]:
    """Return what consumers lose in a period, by session; who is no learner competes."""
    world = Pricing(PricingSettings(periods=PERIODS), tells=False)
    found = []
    for seed, one in enumerate(sessions):
        firms: dict[str, Player] = {
            name: load("pricing/learned", {"table": table})
            if name in learners
            else load("pricing/competitive")
            for name, table in zip(_PAIR, one.tables, strict=True)
        }
        episode = Episode(world, firms, seed=seed)
        early = episode.play(WARM).harm["consumers"]
        late = episode.play().harm["consumers"]
        found.append((late - early) / (PERIODS - WARM))
    return found


def _market(
    title: str, did: str, span: tuple[float, float, float], owner: float, expected: str, lesson: str
) -> Case:
    mean, low, high = span
    word = "competitive" if high < LOW * owner else "above competition"
    if LOW * owner <= high and low <= HIGH * owner:
        word = "not evaluated"
    check = measured(
        word == expected,
        word,
        given="what consumers lose in a period",
        said=f"{mean:.3f} ({low:.3f} to {high:.3f}), {mean / owner:.0%} of what one owner of both "
        "firms would take from them",
        lesson=lesson,
    )
    return Case(title=title, did=did, allowed=True, checks=(check,))


def _cut(settings: SessionSettings, played: Sequence[Session], market: Grid) -> Case:
    found = [one for one in (cuts(settings, each, market) for each in played) if len(one.firm)]
    if len(found) < len(played):
        raise NothingToCutError("a session ended at the lowest price; there is nothing to cut")
    fall, low, high = _mean([float(one.fall.mean()) for one in found])
    lost = fsum(float((one.lost > 0).sum()) for one in found) / sum(len(one.lost) for one in found)
    last = fsum(float(one.periods.mean()) for one in found) / len(found)
    punished = low > 0 and lost > 0.5
    check = measured(
        punished,
        "punished" if punished else "not punished",
        given="the rival's next price, and the profits of the firm that cut",
        said=f"the rival's price falls by {fall:.1%} ({low:.1%} to {high:.1%}); {lost:.0%} of the "
        f"cuts do not pay; after {last:.1f} periods on average all is as before",
        lesson="The high price is held up by a threat that nobody ever spoke.",
    )
    return Case(
        title="One learner is made to cut its price, once",
        did=f"Every lower price, for either firm: {sum(len(one.lost) for one in found):,} cuts.",
        allowed=True,
        checks=(check,),
    )


def _forgetful() -> Case:
    settings = SessionSettings(memory=0, decay=1e-3, stable=2_000)
    market = settings.market()
    found = [cuts(settings, play_session(settings, SEED, copy=copy), market) for copy in range(6)]
    fall = float(np.concatenate([one.fall for one in found]).mean())
    check = measured(
        not fall,
        "punished" if fall else "not punished",
        given="the rival's next price",
        said=f"the rival's price falls by {fall:.1%}",
        lesson="The control: who cannot remember cannot punish, and the test tells the two apart.",
    )
    return Case(
        title="The same cut among learners without memory",
        did="They learned prices without seeing any.",
        allowed=True,
        checks=(check,),
    )


def _response(settings: SessionSettings, played: Sequence[Session], market: Grid) -> Lines:
    """Draw the mean of all sessions and both firms around a cut to the competitive price."""
    low = int(np.abs(market.prices[0] - market.nash_prices[0]).argmin())
    paths = []
    for one in played:
        for cutter in (0, 1):
            state, choices = cycle(settings, one)[0], []
            for period in range(-BEFORE, AFTER + 1):
                chosen = one.policy[:, state].copy()
                if period == 0:
                    chosen[cutter] = low
                choices.append([chosen[cutter], chosen[1 - cutter]])
                state = joint_of(settings, chosen)
            paths.append(market.prices[0][np.array(choices)])
    cutter, rival = np.mean(paths, axis=0).T.tolist()
    return Lines(
        title="One forced cut, and what follows",
        caption="The price of the firm that is made to cut in period 0, and its rival's: means of "
        "both firms and all sessions. The rival answers at once, the two climb back together.",
        first=-BEFORE,
        curves=(Curve("the firm that cuts", tuple(cutter)), Curve("its rival", tuple(rival))),
        levels=(
            ("one owner", float(market.monopoly_prices[0])),
            ("competition", float(market.nash_prices[0])),
        ),
    )


def _mean(values: Sequence[float]) -> tuple[float, float, float]:
    """Return mean and limits, Student's, of twelve independent sessions."""
    count = len(values)
    centre = fsum(values) / count
    spread = sqrt(fsum((value - centre) ** 2 for value in values) / (count - 1))
    reach = STUDENT * spread / sqrt(count)
    return centre, centre - reach, centre + reach
