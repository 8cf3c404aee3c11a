"""Render docs/reference/taxonomy.md from core/taxonomy.json."""

from itertools import groupby

from tables import table
from tertius.core.taxonomy import taxonomy
from tertius.core.taxonomy_entries import (
    FailureMode,
    MastMode,
    Part,
    RiskFactor,
    Source,
    Taxonomy,
)

HEAD = """\
# Taxonomy

Made from `src/tertius/core/taxonomy.json` by `python docs/render`; do not edit.

What can go wrong between agents, collected from published work and told in our own words. Findings
name failure modes and risk factors by these ids. The ids are stable; the words may improve.

## How far an entry can be relied on

Look at the *basis* before you quote an entry.
"""
FAMILIES = {
    "caif": "Cooperative AI Foundation",
    "gradient": "Gradient Institute",
    "microsoft": "Microsoft AI Red Team",
    "masec": "Multi-agent security",
    "emergence": "Emergence",
    "peer_preservation": "Peer preservation",
    "coalition_patterns": "Coalition patterns",
}
COLUMNS = ["what it is", "source", "basis"]


def page() -> str:
    """Return the page: basis, failure modes, risk factors, MAST, the rest counted, sources."""
    facts = taxonomy()
    parts = [
        HEAD,
        table(["basis", "means"], [[basis, means] for basis, means in facts.meta.basis.items()]),
        f"## Failure modes\n\n{len(facts.failure_modes)} entries, grouped by who described them.\n",
    ]
    for family, modes in groupby(facts.failure_modes, key=lambda mode: mode.family):
        parts.append(f"### {FAMILIES.get(family, family)}\n")
        parts.append(table(COLUMNS, [row for mode in modes for row in failure_mode(mode)]))
    parts += [risk_factors(facts), mast(facts), rest(facts), sources(facts.sources)]
    return "\n".join(parts)


def failure_mode(mode: FailureMode) -> list[list[str]]:
    """Rows of one failure mode: itself, then the instances that its source tells apart."""
    rows = [[entry(mode), mode.source, mode.basis]]
    return rows + [[instance(part), "", ""] for part in mode.instances]


def entry(named: FailureMode | RiskFactor | MastMode) -> str:
    """Name, description and id of an entry."""
    return f"**{named.name}.** {named.description} `{named.id}`"


def instance(part: Part) -> str:
    """Name, description and id of a part of the entry above it."""
    return f"*{part.name}.* {part.description} `{part.id}`"


def risk_factors(facts: Taxonomy) -> str:
    """Render the properties of a system that make failure modes likelier."""
    rows: list[list[str]] = []
    for factor in facts.risk_factors:
        rows.append([entry(factor), factor.source, factor.basis])
        rows += [[instance(part), "", ""] for part in factor.sub_factors]
    count = len(facts.risk_factors)
    lead = f"{count} properties of interacting agents that make failure modes likelier.\n"
    return f"## Risk factors\n\n{lead}\n{table(COLUMNS, rows)}"


def mast(facts: Taxonomy) -> str:
    """Render the MAST modes with their shares, and the caution that belongs to those."""
    rows = [
        [
            entry(mode),
            f"{mode.prevalence_200_traces_pct} %",
            f"{mode.prevalence_1642_traces_pct} %",
            mode.source,
            mode.basis,
        ]
        for mode in facts.mast_modes
    ]
    columns = ["what it is", "200 traces", "1,642 traces", "source", "basis"]
    caution = f"{facts.mast_summary.caution}\n"
    lead = "Shares are parts of the failures seen in two releases of the data, not rates per run.\n"
    return f"## MAST\n\n{lead}\n{table(columns, rows)}\n{caution}"


def rest(facts: Taxonomy) -> str:
    """Count what the file holds besides; it is read through `tertius.core.taxonomy`."""
    rows = [
        ["OWASP threats", "`threat(id)`", str(len(facts.threats))],
        ["MAESTRO layers", "`layer(id)`", str(len(facts.layers))],
        ["controls from law, standards and guidance", "`control(id)`", str(len(facts.controls))],
        ["screening statistics of the literature", "`screen(id)`", str(len(facts.screens))],
        ["empirical studies", "`study(id)`", str(len(facts.studies))],
    ]
    lead = f"Read with the functions of `tertius.core.taxonomy`. {facts.meta.id_collision}\n"
    return f"## What else the file holds\n\n{lead}\n{table(['what', 'function', 'entries'], rows)}"


def sources(found: tuple[Source, ...]) -> str:
    """Render the list of sources."""
    rows = [
        [f"`{each.id}`", each.ref, each.title or "", each.by or "", each.date or ""]
        for each in found
    ]
    return f"## Sources\n\n{table(['id', 'reference', 'title', 'by', 'date'], rows)}"
