"""Render docs/reference/detectors.md: one datasheet for each detector that is no structural one."""

import inspect
import textwrap

from findings import STRUCTURAL, kinds
from tables import table
from tertius.core.ports.detector import Detector
from tertius.detectors.table import TABLE, load
from tertius.scenarios import table as scenarios

HEAD = """\
# Detectors

Made from the detectors in `src/tertius/detectors/` by `python docs/render`; do not edit.

One datasheet each: what a finding means and what it does not, the null hypothesis that it is held
against, what it assumes, which of the [six guarantees](statistics.md) it may state, what it reads
and what it cannot see. A finding says that a null is doubtful, never that anybody meant it. Those
with an error bound share one level among them, 0.05 unless `tertius.yaml` says otherwise. How often
each speaks, how early, and where it fails is under [figures](figures.md). The detectors of
structure have [a page of their own](structural-findings.md).
"""


def page() -> str:
    """Return the page: a table of all, then a sheet for each."""
    detectors = [load(name) for name in TABLE if name not in STRUCTURAL]
    rows = [
        [
            f"[`{each.spec.name}`](#{anchor(each)})",
            each.spec.title,
            " or ".join(each.spec.guarantees),
        ]
        for each in detectors
    ]
    return "\n".join(
        [
            HEAD,
            table(["detector", "what is found", "guarantee"], rows),
            *(sheet(each) for each in detectors),
        ]
    )


def anchor(detector: Detector) -> str:
    """Return the anchor of a detector's sheet."""
    return detector.spec.name.replace("_", "-")


def sheet(detector: Detector) -> str:
    """Return the datasheet of one detector."""
    spec = detector.spec
    rows = [
        ["null", spec.null],
        ["guarantee", " or ".join(spec.guarantees)],
        ["given", "; ".join(spec.assumptions)],
        ["cannot see", spec.blind],
        ["reads", kinds(spec)],
        ["evidence over", "the whole log" if spec.scope == "log" else "one run"],
        ["memory", f"at most {spec.memory / 2**20:.3g} MiB"],
        *(parameters(detector) or [["parameters", "none"]]),
        ["stands for", ", ".join(f"`{id}`" for id in (*spec.failure_modes, *spec.risk_factors))],
        ["studies", studies(spec.name) or "none declares it; it is tested on records only"],
        ["source", spec.source],
    ]
    told = textwrap.fill(f"**{spec.title}.** {spec.plain}", 100)
    return f"({anchor(detector)})=\n## `{spec.name}`\n\n{told}\n\n" + table(["", ""], rows)


def parameters(detector: Detector) -> list[list[str]]:
    """Return the parameters of a detector with their defaults, but those that all of them have.

    What each means is told by the docstring of the class.
    """
    given = inspect.signature(type(detector)).parameters.values()
    own = [
        each
        for each in given
        if each.kind is not each.VAR_KEYWORD and each.name not in ("level", "most", "runs")
    ]
    meant = meanings(type(detector))
    return [[f"`{each.name}={each.default!r}`", meant[each.name]] for each in own]


def meanings(kind: type[Detector]) -> dict[str, str]:
    """Return what each parameter means, read from the section of a class's docstring."""
    section = (inspect.getdoc(kind) or "").partition("Parameters\n----------\n")[2]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.split("\n\n")[0].splitlines():
        if line.startswith(" "):
            for name in names:
                found[name] = f"{found[name]} {line.strip()}".strip()
        else:
            names = line.partition(" : ")[0].split(", ")
            found.update(dict.fromkeys(names, ""))
    return found


def studies(name: str) -> str:
    """Return the studies whose operator sets this detector's parameters."""
    found = [
        study
        for study in scenarios.TABLE
        if name in {made.name for made in scenarios.load(study).watch}
    ]
    return ", ".join(f"`{study}`" for study in found)
