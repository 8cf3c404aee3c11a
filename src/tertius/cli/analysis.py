"""What `tertius analyze` holds when it is done: what was read, and what was found in it."""

from __future__ import annotations

from msgspec import Struct, field

from tertius.core.finding import SEVERITIES, CouldNotTell, Finding
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.report.claims import fold
from tertius.runtime.mapping import Mapping, MappingTally
from tertius.runtime.sketch import Sketch
from tertius.runtime.tally import IngestSummary


class Analysis(Struct, kw_only=True):
    """Everything that one call learned.

    Attributes
    ----------
    summary
        What was read.
    sketch, mapping, tally
        What the events looked like, what the configuration makes of them, and what it made.
    specs
        Of the detectors that ran.
    answers
        What they said, in order; a finding that grows is said again with more evidence.
    """

    summary: IngestSummary
    sketch: Sketch
    mapping: Mapping
    tally: MappingTally
    specs: list[DetectorSpec]
    answers: list[Answer] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """Findings, the most severe first; of those that say the same, the last."""
        found, _ = fold([answer for answer in self.answers if isinstance(answer, Finding)])
        return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))

    @property
    def unsure(self) -> list[CouldNotTell]:
        """What detectors looked at and could not tell."""
        return [answer for answer in self.answers if isinstance(answer, CouldNotTell)]

    @property
    def kinds(self) -> set[str]:
        """Kinds of events that the detectors were shown."""
        return {*self.summary.kinds, *self.tally.kinds}
