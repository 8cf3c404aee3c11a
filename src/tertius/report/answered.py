"""How many detectors found something, looked and found nothing, or could not tell, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from tertius.core.finding import CouldNotTell, Finding
from tertius.core.ports.detector import DetectorSpec
from tertius.report.words import counted, line

MOST_REASONS = 4  # told; the rest is counted


def answered(
    specs: Sequence[DetectorSpec],
    findings: Sequence[Finding],
    unsure: Sequence[CouldNotTell],
    kinds: Collection[str],
) -> str:
    """Say of one run what became of asking the detectors.

    Parameters
    ----------
    specs
        Of all that were asked.
    findings, unsure
        Their answers about this run.
    kinds
        Kinds of events that the record of the run holds.

    Notes
    -----
    Evaluated means: had something to read, and did not say that it could not tell. A detector
    that found something and could not tell the rest counts as having found something.

    Examples
    --------
    >>> answered((), (), (), ())
    'No detector was asked, so nothing was evaluated.'
    """
    if not specs:
        return "No detector was asked, so nothing was evaluated."
    found = {finding.detector for finding in findings}
    why = {answer.asked: line(answer.why.replace("; ", ", "), 160) for answer in reversed(unsure)}
    reasons: Counter[str] = Counter()
    for spec in specs:
        if spec.name in found:
            continue
        if spec.name in why:
            reasons[why[spec.name]] += 1
        elif not set(kinds) & set(spec.kinds):
            reasons["the record has no events of the kinds they read"] += 1
    silent = len(specs) - len(found) - reasons.total()
    parts = [f"{len(found)} found something"] if found else []
    parts.append(f"{silent} looked and found nothing")
    told = f"Of {counted(len(specs), 'detector')}, {', '.join(parts)}"
    if not reasons:
        return f"{told}, and none was left without an answer."
    listed = "; ".join(
        f"{reason}{f' ({times})' if times > 1 else ''}"
        for reason, times in reasons.most_common(MOST_REASONS)
    )
    rest = len(reasons) - MOST_REASONS
    more = f"; and {counted(rest, 'more reason')}" if rest > 0 else ""
    return f"{told}, and {reasons.total()} could not tell: {listed}{more}."
