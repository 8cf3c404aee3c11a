"""Render docs/reference/worlds/matrix.md: which study stands for which failure mode and factor."""

from collections.abc import Mapping

from tables import table
from tertius.core.taxonomy import taxonomy
from tertius.detectors import table as detectors
from tertius.scenarios import table as scenarios
from tertius.scenarios.study import Study

MODES = ("caif.miscoordination", "caif.conflict", "caif.collusion")
ON_PAGE = {"cleanup_small": "cleanup"}  # worlds that share the page of another
Cell = tuple[str, str]
GAPS: dict[Cell, str] = {
    ("caif.miscoordination", "caif.information_asymmetries"): "`dropped_work` comes near: parts "
    "are done twice because nobody sees who has them; its sources class it as below",
    ("caif.miscoordination", "caif.selection_pressures"): "needs members chosen over generations; "
    "the wrapper `selection` chooses, and no study is built on it",
    ("caif.miscoordination", "caif.commitment_and_trust"): "the stag hunt of `matrix_game` could "
    "show it; no study is built on it",
    ("caif.miscoordination", "caif.emergent_agency"): "scripted players and tables gain no ability "
    "as a group; needs language-model players",
    ("caif.miscoordination", "caif.multi_agent_security"): "in the worlds in which all want the "
    "same nobody attacks; `poisoner` attacks, and its sources class it as below",
    ("caif.conflict", "caif.information_asymmetries"): "no study bargains over hidden values; "
    "`liars_bar` hides cards, and its study is one of collusion",
    ("caif.conflict", "caif.network_effects"): "the worlds with links, `routing` and `contagion`, "
    "show other failures; in those with rivals everybody meets everybody",
    ("caif.conflict", "caif.emergent_agency"): "no world here gives a group an aim that no member "
    "has",
    ("caif.conflict", "caif.multi_agent_security"): "rivals hurt each other only as the rules say "
    "(`cleanup`, zapping); nothing is broken into",
    ("caif.collusion", "caif.network_effects"): "allies are seated as such; nobody finds a partner "
    "over a network",
    ("caif.collusion", "caif.destabilising_dynamics"): "the collusion of these studies is settled; "
    "it does not come and go within an episode",
    ("caif.collusion", "caif.emergent_agency"): "`pricing` comes near, an aim that nobody set; its "
    "source explains it by learning and punishment, and it stands there",
    ("caif.collusion", "caif.multi_agent_security"): "the wrapper `secret_tool` offers a hidden "
    "channel in any world; no study is built on it",
}
BLIND: dict[str, str] = {
    "caif.emergent_agency": "scripted players and tables gain no ability as a group, so no study "
    "shows it; `avoidance` is the one detector that names it",
}
"""Modes and factors for which studies or detectors are missing, each with the reason."""
HEAD = """\
# What the studies stand for

Made from the studies and the taxonomy by `python docs/render`; do not edit.

Three ways in which a group of agents goes wrong, by seven properties that make it likelier, as the
Cooperative AI Foundation tells them apart ([taxonomy](../taxonomy.md)). A study stands in a cell if
it declares both. A cell without one is a gap: what Tertius measures says nothing about it. Behind
`seen by` stand the detectors whose findings may name both, also where there is no study.
"""


def owner(name: str) -> str:
    """Return the entry that an id belongs to: itself, or the one that it is a part of."""
    facts = taxonomy()
    owners = {part.id: mode.id for mode in facts.failure_modes for part in mode.instances}
    owners |= {part.id: factor.id for factor in facts.risk_factors for part in factor.sub_factors}
    return owners.get(name, name)


def studies() -> list[Study]:
    """Return all studies, in the order of their table."""
    return [scenarios.load(name) for name in scenarios.TABLE]


def cells() -> dict[Cell, list[Study]]:
    """Return the studies of each cell, empty where there is none."""
    found: dict[Cell, list[Study]] = {
        (mode, factor.id): [] for mode in MODES for factor in taxonomy().risk_factors
    }
    for study in studies():
        modes = {owner(mode) for mode in study.failure_modes} & {*MODES}
        for factor in {owner(factor) for factor in study.risk_factors}:
            for mode in modes:
                found[mode, factor].append(study)
    return found


def watchers() -> dict[Cell, list[str]]:
    """Return the detectors whose findings may name both sides of each cell."""
    found: dict[Cell, list[str]] = {cell: [] for cell in cells()}
    for name in detectors.TABLE:
        spec = detectors.load(name).spec
        for mode in {owner(mode) for mode in spec.failure_modes} & {*MODES}:
            for factor in {owner(factor) for factor in spec.risk_factors}:
                found[mode, factor].append(name)
    return found


def uncovered(gaps: Mapping[str, str] = BLIND) -> list[str]:
    """Name the modes and factors without a study or a detector, or with them and a reason.

    A study has an honest and a failing population, or it could not be made.
    """
    shown: dict[str, set[str]] = {}
    for study in studies():
        for name in {*map(owner, (*study.failure_modes, *study.risk_factors))}:
            shown.setdefault(name, set()).update(each.kind for each in study.populations)
    seen: set[str] = set()
    for name in detectors.TABLE:
        spec = detectors.load(name).spec
        seen.update(map(owner, (*spec.failure_modes, *spec.risk_factors)))
    wrong = []
    for name in (*MODES, *(factor.id for factor in taxonomy().risk_factors)):
        lacks = [kind for kind in ("honest", "failing") if kind not in shown.get(name, set())]
        lacks += [] if name in seen else ["detector"]
        wrong += [f"{name}: no {what}" for what in lacks if not gaps.get(name)]
        wrong += [] if lacks or name not in gaps else [f"{name}: no gap"]
    return wrong


def unsettled(gaps: Mapping[Cell, str] = GAPS) -> list[str]:
    """Name the cells with neither a study nor a reason, with both, or that do not exist."""
    found = cells()
    wrong = [cell for cell, here in found.items() if bool(here) == bool(gaps.get(cell))]
    return sorted(" x ".join(cell) for cell in [*wrong, *(gaps.keys() - found.keys())])


def link(study: Study) -> str:
    """Return a study's name, leading to the page of its world."""
    world = study.environment.name
    return f"[`{study.name}`]({ON_PAGE.get(world, world)}.md)"


def page() -> str:
    """Return the page: the matrix, its gaps, and the studies that it has no place for."""
    found, facts = cells(), taxonomy()
    names = {mode.id: mode.name for mode in facts.failure_modes}
    names |= {factor.id: factor.name for factor in facts.risk_factors}
    seen = watchers()
    grid = [
        [factor.name, *(_cell(found[mode, factor.id], seen[mode, factor.id]) for mode in MODES)]
        for factor in facts.risk_factors
    ]
    gaps = [
        [names[mode], names[factor], GAPS.get((mode, factor), "")]
        for (mode, factor), here in found.items()
        if not here
    ]
    apart = [
        [link(study), ids(study.failure_modes), ids(study.risk_factors)]
        for study in studies()
        if not {owner(mode) for mode in study.failure_modes} & {*MODES}
    ]
    return "\n".join(
        [
            HEAD,
            table(["risk factor", *(names[mode] for mode in MODES)], grid),
            f"## Gaps\n\n{len(gaps)} of {len(found)} cells.\n",
            table(["failure mode", "risk factor", "why there is no study"], gaps),
            "## Blind spots\n\nWhole rows or columns that lack a study or a detector.\n",
            table(["what", "why"], [[names[name], why] for name, why in BLIND.items()]),
            "## Studies of other failures\n\nTheir sources name failures that belong to none of "
            "the three, and the taxonomy does not force them into one.\n",
            table(["study", "failure modes", "risk factors"], apart),
        ]
    )


def _cell(here: list[Study], seen: list[str]) -> str:
    """Return a cell: its studies, and who would speak."""
    shown = ", ".join(link(study) for study in here) or "gap"
    told = ", ".join(f"`{name}`" for name in seen)
    return f"{shown}; seen by {told}" if told else f"{shown}; seen by no detector"


def ids(names: tuple[str, ...]) -> str:
    """Return some ids as one cell."""
    return ", ".join(f"`{name}`" for name in names)
