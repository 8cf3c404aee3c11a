"""The words for what policy answers, and where it stands while it answers. Spelled once, here."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a policy says about a request.

    Notes
    -----
    A single policy may say any of the four; a decision is never ``abstain``. Forbid beats
    escalate beats permit, and nothing said is forbid.
    """

    PERMIT = "permit"
    FORBID = "forbid"
    ESCALATE = "escalate"
    ABSTAIN = "abstain"


class EnforcementLevel(StrEnum):
    """Where the gate stands. Ordered: each level holds against what the one before holds against.

    Notes
    -----
    ``in_process`` holds against what a model chooses, not against code in the same interpreter.
    ``sidecar`` adds another OS user: record and rulings are out of reach, yet the agent can still
    go round the gate. ``gateway`` alone is complete mediation: the tool's credential and network
    route exist only there.

    Examples
    --------
    >>> EnforcementLevel.SIDECAR.meets(EnforcementLevel.GATEWAY)
    False
    """

    IN_PROCESS = "in_process"
    SIDECAR = "sidecar"
    GATEWAY = "gateway"

    def meets(self, minimum: EnforcementLevel) -> bool:
        """Whether this level is at least `minimum`."""
        levels = list(EnforcementLevel)
        return levels.index(self) >= levels.index(minimum)
