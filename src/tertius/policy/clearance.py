"""Clearance and integrity: what a request declares of its arguments, held against who gets them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tertius.core.decision import Layer, Vote
from tertius.core.label import MOST_RESTRICTED, Confidentiality, Label
from tertius.core.manifest import Manifest
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.granted import PEERLESS

_ON_TOOLS: Final = ("tool.call", "act")


class Clearances:
    """The layer of information flow, as far as a request declares its label.

    Parameters
    ----------
    manifests
        All in force.
    missing
        What a request without a label counts as. None leaves it unjudged: for as long as nobody
        computes labels, edges and store grants alone say what may flow.

    Notes
    -----
    Confidentiality may not exceed the clearance of the agent itself, of the tool it calls, or of
    the peer it reaches; a person or a world has no manifest, and so only what is public passes.
    Integrity may not lie below the floor of the tool. Cannot see whether a label is true: who reads
    and writes what is not followed here.

    References
    ----------
    Project security contract, section 3, labels.

    Examples
    --------
    >>> Clearances([]).layer
    'flow'
    """

    layer: Final[Layer] = "flow"

    def __init__(
        self, manifests: Iterable[Manifest], *, missing: Label | None = MOST_RESTRICTED
    ) -> None:
        self._missing = missing
        held = tuple(manifests)
        self._agents = {each.agent: each.clearance for each in held}
        self._tools = {
            (each.agent, tool.tool): (tool.clearance, tool.integrity)
            for each in held
            for tool in each.tools
        }

    def judge(self, request: Request) -> Vote:
        """Forbid what the label does not let pass; abstain otherwise."""
        label = request.label if request.label is not None else self._missing
        if label is None:
            return _UNLABELLED
        why = self._objection(request, label)
        if not why:
            return _CLEARED
        return Vote(layer=self.layer, outcome=Outcome.FORBID, rule="clearance", reason=why[:1000])

    def _objection(self, request: Request, label: Label) -> str:
        secret = label.confidentiality
        why = _above(secret, self._cleared(request.agent), f"agent `{request.agent}`")
        if not why and request.peer is not None:
            cleared = _PUBLIC if request.via in PEERLESS else self._cleared(request.peer)
            why = _above(secret, cleared, f"peer `{request.peer}`")
        tool = None
        if request.action in _ON_TOOLS:
            tool = self._tools.get((request.agent, request.resource or ""))
        if why or tool is None:
            return why
        cleared, floor = tool
        if label.integrity.rank < floor.rank:
            return f"`{request.resource}` needs integrity `{floor}`; it is `{label.integrity}`"
        return _above(secret, cleared, f"tool `{request.resource}`")

    def _cleared(self, agent: str) -> Confidentiality:
        return self._agents.get(agent, _PUBLIC)


def _above(secret: Confidentiality, cleared: Confidentiality, who: str) -> str:
    if secret.rank <= cleared.rank:
        return ""
    return f"it is `{secret}`, and {who} is cleared for `{cleared}`"


def _abstain(reason: str) -> Vote:
    return Vote(layer="flow", outcome=Outcome.ABSTAIN, rule="clearance", reason=reason)


_PUBLIC: Final = Confidentiality.PUBLIC
_UNLABELLED: Final = _abstain("no label was declared")
_CLEARED: Final = _abstain("within every clearance")
