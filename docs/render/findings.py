"""Render docs/reference/structural-findings.md from what the detectors declare."""

import inspect

from tables import table
from tertius.core.ports.detector import Detector, DetectorSpec
from tertius.detectors.table import load

STRUCTURAL = (
    "step_repetition",
    "conversation_restart",
    "agent_loop",
    "handoff_pingpong",
    "premature_end",
    "no_end",
    "unanswered_request",
    "unknown_recipient",
    "unreturned_result",
    "dropped_fact",
    "inconsistent_view",
)
"""Detectors of this page; the others have a datasheet each."""

HEAD = """\
# Structural findings

Made from the detectors in `src/tertius/detectors/` by `python docs/render`; do not edit.

What Tertius sees in the structure of a run, without a model: who did what, to whom, in which order,
and whether texts are the same. Each detector reads the record once, one event at a time, and says
either what it found or that it could not tell; neither is a verdict on anybody. A *fact* follows
from the record if the record is complete. A *heuristic* has no error bound; its alarm rate on
honest runs is not measured yet, so look at the evidence before you act on it.
"""
READ = """\
## What they read

An event kind that a record does not hold leaves a detector blind: then it says that it could not
tell, and why. What one cannot see in any record stands in the last column.
"""
SET = """\
## Parameters

Keyword arguments of `tertius.detectors.table.load(name, ...)`. Every finding carries the digest of
the parameters it was made with. All detectors take `runs`, the number of runs they watch at the
same time; the thresholds come from reasoning and from the cited papers, not from a fit to data.
"""


def page() -> str:
    """Return the page: what each finding means, what each detector reads, its parameters."""
    detectors = [load(name) for name in STRUCTURAL]
    meaning = [[told(each.spec), ids(each.spec), guarantees(each.spec)] for each in detectors]
    reading = [[f"`{each.spec.name}`", kinds(each.spec), each.spec.blind] for each in detectors]
    return "\n".join(
        [
            HEAD,
            table(["what is found", "taxonomy", "guarantee"], meaning),
            READ,
            table(["detector", "reads", "cannot see"], reading),
            SET,
            table(["detector", "parameters with their defaults"], map(parameters, detectors)),
        ]
    )


def told(spec: DetectorSpec) -> str:
    """Title and explanation, and the name that the code knows it by."""
    return f"**{spec.title}.** {spec.plain} `{spec.name}`"


def ids(spec: DetectorSpec) -> str:
    """Taxonomy ids: failure modes, MAST modes, risk factors."""
    all_of = (*spec.failure_modes, *spec.mast_modes, *spec.risk_factors)
    return ", ".join(f"`{id}`" for id in all_of)


def guarantees(spec: DetectorSpec) -> str:
    """Codes, and what they are given."""
    return f"{' or '.join(spec.guarantees)}; given: {'; '.join(spec.assumptions)}"


def kinds(spec: DetectorSpec) -> str:
    """Kinds of events that it is shown."""
    return ", ".join(f"`{kind}`" for kind in spec.kinds)


def parameters(detector: Detector) -> list[str]:
    """Name of a detector, and its parameters but `runs`."""
    given = inspect.signature(type(detector)).parameters.values()
    own = [f"`{each.name}={each.default!r}`" for each in given if each.name != "runs"]
    return [f"`{detector.spec.name}`", ", ".join(own) or "none"]
