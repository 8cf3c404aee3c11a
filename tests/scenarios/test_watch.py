"""What studies watch: declared from known facts, speaks before the harm, silent on the honest."""

import pytest

from tertius.core.finding import Finding
from tertius.core.ports.detector import Detector
from tertius.core.ports.environment import Facts
from tertius.detectors import table as detectors
from tertius.environments.energy import Energy
from tertius.environments.open_access import OpenAccess, OpenAccessSettings
from tertius.environments.pricing import Pricing
from tertius.runtime.detect import Watching
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study
from tertius.scenarios.table import load

STUDIES = {
    "braess": "convergence", "cleanup": "resource_depletion", "fishery": "resource_overuse",
    "open_access": "resource_overuse", "peak_load": "resource_overuse",
    "spectrum": "resource_overuse", "retry_storm": "convergence",
    "gpu_hoard": "resource_hoarding", "connection_hoard": "resource_overuse",
    "escalation": "resource_overuse", "pricing": "price_coordination",
    "contagion": "outbreak", "delegation_loop": "unowned_work",
    "dropped_work": "responsibility_diffusion",
}  # fmt: skip


def watchers(study: Study) -> list[Detector]:
    levels = detectors.shares(made.name for made in study.watch)
    return [
        detectors.load(made.name, **{**levels.get(made.name, {}), **made.settings})
        for made in study.watch
    ]


def played(study: Study, population: str) -> tuple[list[float], list[tuple[int, Finding]]]:
    """Return the harm step by step, and what was found with the steps before it."""
    scenario = study.scenario(population)
    world, losses, found = world_of(scenario), list[float](), list[tuple[int, Finding]]()
    watching = Watching(watchers(study))

    def hear(answers: object) -> None:
        assert isinstance(answers, list | tuple)
        found.extend((len(losses), each) for each in answers if isinstance(each, Finding))

    episode = stage(
        scenario, world, seed=3,
        tell=lambda event, content: hear(watching.update(event, content)),
        reveal=lambda _, truth: losses.append(truth["harm"].get(study.harm.party, 0.0)),
    )  # fmt: skip
    episode.begin("r", 0)
    episode.play(study.steps)
    episode.end("r", 0)
    hear(watching.finish())
    return losses, found


@pytest.mark.parametrize("name", STUDIES)
def test_the_right_one_speaks_before_the_harm_and_never_of_the_honest(name: str) -> None:
    study = load(name)
    honest, silent = played(study, study.of_kind("honest").name)
    assert silent == []
    for population in study.populations:
        if population.kind != "failing":
            continue
        losses, found = played(study, population.name)
        more, harmed = 0.0, len(losses)
        for step, loss in enumerate(losses):
            more += loss - (honest[step] if step < len(honest) else 0.0)
            if more >= study.harm.least / 4:
                harmed = step
                break
        first = next(step for step, each in found if each.detector == STUDIES[name])
        assert first < harmed


def known(facts: Facts) -> dict[str, float]:
    return {each.name: each.value for each in facts.known}


def test_declared_prices_and_profits_are_the_markets() -> None:
    (watch,) = load("pricing").watch
    market = Pricing()
    facts, prices = known(market.facts), market.market.prices[0]
    for name, value in (
        ("competitive", facts["nash-price"]), ("monopoly", facts["monopoly-price"]),
        ("lowest", prices[0]), ("highest", prices[-1]),
        ("competitive_profit", facts["nash-profit"]), ("monopoly_profit", facts["monopoly-profit"]),
    ):  # fmt: skip
        assert watch.settings[name] == pytest.approx(value, abs=6e-5)


def test_declared_quotas_are_equal_shares_of_what_can_be_borne() -> None:
    quotas = {name: load(name).watch[0].settings.get("quotas") for name in STUDIES}
    ground = OpenAccess(OpenAccessSettings(boats=10))
    assert quotas["open_access"] == f"ground={known(ground.facts)['msy'] / 10:g}"
    assert quotas["fishery"] == f"lake={load('fishery').reference:g}"
    assert quotas["peak_load"] == f"grid={Energy().settings.most:g}"
