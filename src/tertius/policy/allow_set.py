"""The `manifest` layer: what a verified manifest grants is permitted, anything else is forbidden.

Every manifest is compiled once. A decision is then a few look-ups by exact name, as quick for
10,000 grants as for 100. Whether a manifest is in force, and not revoked, is asked every time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from tertius.core.decision import DenialCode, Layer, Vote
from tertius.core.manifest import PROPOSERS
from tertius.core.names import nearest
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Action, Request
from tertius.policy.ceiling import exceeds
from tertius.policy.document import said_day
from tertius.policy.granted import PEERLESS, Grant, Granted
from tertius.policy.manifests import Held, Refusal
from tertius.policy.revocation import NOTHING_REVOKED, Revoked

_CODES: Final[Mapping[str, DenialCode]] = {
    "not-granted": "not-granted",
    "bad-argument": "bad-argument",
    "denied": "denied",
}
_NOBODY: Final[tuple[Granted | None, int, int]] = (None, 0, 0)
_NEAR = 64  # grants among which a name is compared with a wrong one, so that denials stay cheap

Answer = Grant | Vote


class AllowSet:
    """The manifests in force, compiled.

    Parameters
    ----------
    held
        Verified manifests, one for each agent.
    level
        Where the gate stands; what demands more is not granted.
    revoked
        What was revoked, and until when that is known.
    refusals
        Files that were refused, so that the log can say why an agent has nothing.

    Raises
    ------
    ManifestError
        A constraint that cannot be compiled.

    Notes
    -----
    Judging takes 2 to 5 us and changes nothing. It sees the request alone: rates, order, quorum,
    labels, the constitution, and what authority the chain leaves are other layers' to judge. An
    edge counts where both its ends grant it, unless its channel leads to a person or a world.

    Examples
    --------
    >>> from tertius.core.request import Request
    >>> allowed = AllowSet([], level=EnforcementLevel.IN_PROCESS)
    >>> allowed.layer, list(allowed.grants())
    ('manifest', [])
    """

    layer: Final[Layer] = "manifest"

    def __init__(
        self,
        held: Iterable[Held],
        *,
        level: EnforcementLevel,
        revoked: Revoked = NOTHING_REVOKED,
        refusals: Iterable[Refusal] = (),
    ) -> None:
        self._agents = {
            each.manifest.agent: Granted(each.manifest, each.digest, level=level) for each in held
        }
        self._refusals = tuple(refusals)
        self._revoke(revoked)

    def under(self, revoked: Revoked) -> AllowSet:
        """Return the same grants under a newer revocation list; nothing is compiled again."""
        newer = AllowSet.__new__(AllowSet)
        newer._agents, newer._refusals = self._agents, self._refusals
        newer._revoke(revoked)
        return newer

    def _revoke(self, revoked: Revoked) -> None:
        self._revoked = revoked
        self._in_force = {
            agent: (own, own.not_before, min(own.not_after, revoked.fresh_until))
            for agent, own in self._agents.items()
            if own.level_held
            and own.digest not in revoked.manifests
            and own.agent not in revoked.agents
        }

    def grants(self) -> Iterator[Grant]:
        """Yield every grant, for whoever asks in advance what a rule makes of it."""
        for granted in self._agents.values():
            yield from granted.grants()

    def digest_of(self, agent: str) -> str | None:
        """Return the digest of an agent's manifest, for the decision's record."""
        granted = self._agents.get(agent)
        return None if granted is None else granted.digest

    def schema_of(self, agent: str, tool: str) -> str | None:
        """Return the digest of the input schema under which a tool was granted."""
        granted = self._agents.get(agent)
        return None if granted is None else granted.schemas.get(tool)

    def judge(self, request: Request) -> Vote:
        """Permit what is granted, forbid anything else; `policy.propose` is left to a person."""
        own, since, until = self._in_force.get(request.agent, _NOBODY)
        if own is not None and since <= request.time <= until and request.peer is None:
            thing = own.things.get((request.action, request.resource))  # what is asked most
            if thing is not None:
                arguments = thing.arguments
                if arguments is None or arguments.problem(request.decoded()) is None:
                    return thing.vote
        answer = self.find(request)
        return answer.vote if isinstance(answer, Grant) else answer

    def find(self, request: Request) -> Answer:
        """Return the grant that covers a request, or the vote that says why none does."""
        if request.agent in PROPOSERS and request.action == "policy.propose":
            return _PROPOSES
        own, since, until = self._in_force.get(request.agent, _NOBODY)
        if own is None or not since <= request.time <= until:
            return self._refused(request.agent, request.time)
        on = _ON.get(request.action)
        if on is None:
            return self._edge(own, request)
        found = on(own, request)
        if request.peer is None or isinstance(found, Vote):
            return found
        edge = self._edge(own, request)
        return edge if isinstance(edge, Vote) else found

    def _refused(self, agent: str, time: int) -> Vote:
        own = self._agents.get(agent)
        refused = None if own is None else self._not_in_force(own, time)
        return refused or self._stranger(agent)

    def _not_in_force(self, own: Granted, time: int) -> Vote | None:
        if not own.not_before <= time <= own.not_after:
            when = f"has expired on {said_day(own.not_after)}; sign a new version"
            if time < own.not_before:
                when = f"is not yet in force, and begins on {said_day(own.not_before)}"
            return own.deny("denied", "validity", when)
        if own.digest in self._revoked.manifests or own.agent in self._revoked.agents:
            return own.deny("denied", "revoked", "was revoked")
        if time > self._revoked.fresh_until:
            return own.deny("denied", "stale", f"cannot be used: {self._revoked.stale}")
        if not own.level_held:
            return own.deny("denied", "level", "demands a higher enforcement level than this gate")
        return None

    def _edge(self, own: Granted, request: Request) -> Answer:
        """Ask both ends of an edge: a peer that is granted here, and that accepts there."""
        peer, action, via = request.peer, request.action, request.via
        if peer is None:
            return own.deny("not-granted", "peers", f"does not grant `{action}` without a peer")
        grant = own.to.get((peer, action, via, None))
        if grant is None and request.channel is not None:
            grant = own.to.get((peer, action, via, request.channel))
        if grant is None:
            known = {key[0] for key in own.to} if len(own.to) <= _NEAR else set()
            known = set() if peer in known else known  # the name is right, the act is not
            return _not_granted(own, "peers", f"`{action}` to", peer, known)
        refused = None if via in PEERLESS else self._accepted(own, request, peer)
        if refused is None and action == "delegate":
            refused = _over_ceiling(own, request)
        return refused or grant

    def _accepted(self, own: Granted, request: Request, peer: str) -> Vote | None:
        other = self._agents.get(peer)
        if other is None:
            return own.deny(
                "denied", "peer", f"names peer `{peer}`, which has no manifest in force"
            )
        if self._not_in_force(other, request.time) is not None:
            return own.deny(
                "denied", "peer", f"names peer `{peer}`, whose manifest is not in force"
            )
        key = (own.agent, request.action, request.via, None)
        if key in other.accepts or (*key[:3], request.channel) in other.accepts:
            return None
        return own.deny("not-granted", "peer", f"names peer `{peer}`, which does not accept it")

    def _stranger(self, agent: str) -> Vote:
        why = next(
            (f"; {r.file} was refused: {r.problem}" for r in self._refusals if r.agent == agent), ""
        )
        reason = f"agent `{agent}` has no manifest in force{why}"[:1000]
        return Vote(
            layer="manifest", outcome=Outcome.FORBID, rule="denied:no-manifest", reason=reason
        )


def denial_code(vote: Vote) -> DenialCode:
    """Return what an agent may be told of this layer's denial.

    Examples
    --------
    >>> denial_code(Vote(layer="manifest", outcome=Outcome.FORBID, rule="bad-argument:tools/0",
    ...     reason="argument `amount` is missing"))
    'bad-argument'
    """
    return _CODES.get(vote.rule.partition(":")[0], "denied")


def _thing(own: Granted, request: Request) -> Answer:
    grant = own.things.get((request.action, request.resource))
    if grant is None:
        return _no_thing(own, request)
    problem = None if grant.arguments is None else grant.arguments.problem(request.decoded())
    if problem is None:
        return grant
    said = f"refuses a call of `{request.resource}`: {problem}"
    return own.deny("bad-argument", grant.vote.rule, said)


def _no_thing(own: Granted, request: Request) -> Vote:
    name = request.resource or ""
    section, what = _NAMED[request.action]
    least = own.weak_tools.get(name) if section == "tools" else None
    if least is not None:
        return own.deny("denied", "level", f"grants `{name}` only at level `{least}` or above")
    return _not_granted(own, section, what, name, own.names(request.action, _NEAR))


def _memory(own: Granted, request: Request) -> Answer:
    name = request.resource or ""
    store = own.stores.get(name)
    if store is None:
        return _not_granted(own, "memory", "store", name, own.stores)
    reads = request.action == "memory.read"
    grant = store.read if reads else store.write
    if grant is None:
        verb = "reading" if reads else "writing"
        return own.deny("not-granted", "memory", f"does not grant {verb} store `{name}`")
    if store.covers(request.key):
        return grant
    return own.deny("not-granted", "memory", f"does not grant that key of store `{name}`")


def _never(own: Granted, request: Request) -> Answer:
    said = f"cannot grant `{request.action}`; lowering a label is for a role that no agent holds"
    return own.deny("not-granted", "labels", said)


def _propose(own: Granted, request: Request) -> Answer:
    return own.vote(Outcome.ABSTAIN, "policy.propose", "leaves proposals to a person")


def _over_ceiling(own: Granted, request: Request) -> Vote | None:
    excess = exceeds(own.delegation, request.peer, request.decoded())
    if excess is None:
        return None
    code: DenialCode = "bad-argument" if excess.argument else "not-granted"
    return own.deny(code, "delegation", excess.said)


def _not_granted(own: Granted, rule: str, what: str, name: str, known: Collection[str]) -> Vote:
    hint = nearest(name, known) if 0 < len(known) <= _NEAR else ""
    return own.deny("not-granted", rule, f"does not grant {what} `{name}`{hint}")


_PROPOSES: Final = Vote(
    layer="manifest",
    outcome=Outcome.ABSTAIN,
    rule="policy.propose",
    reason="such proposals are left to a person",
)
_NAMED: Final[Mapping[Action, tuple[str, str]]] = {
    "tool.call": ("tools", "tool"),
    "act": ("tools", "act"),
    "resource.claim": ("resources", "resource"),
    "resource.release": ("resources", "resource"),
    "model.call": ("resources", "model"),
    "determine": ("owns", "determination"),
}
_ON: Final[Mapping[Action, Callable[[Granted, Request], Answer]]] = {
    **dict.fromkeys(_NAMED, _thing),
    "memory.read": _memory,
    "memory.write": _memory,
    "declassify": _never,
    "endorse": _never,
    "policy.propose": _propose,
}
"""Acts on a thing. Any other act is on a peer, and a peer named beside a thing must be granted."""
