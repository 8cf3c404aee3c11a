"""Who owns a determination: nobody else makes, changes or contradicts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from tertius.core.decision import Layer, Vote
from tertius.core.events import BaseEvent, Claimed, RunEnded
from tertius.core.manifest import Manifest
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.roles_document import Determination, RolesError

MAX_SETTLED: Final = 65_536
_CARRIES: Final = b"determination"


class Roles:
    """The layer of role boundaries.

    Parameters
    ----------
    manifests
        All in force; each says what its agent owns.
    determinations
        Where they are kept. In every store the key of a determination's own name, and all below
        it, is kept for its owner even when nothing is said here.

    Raises
    ------
    RolesError
        Two agents own one determination, or one tool changes two.

    Notes
    -----
    One whose owner has no manifest in force is nobody's to change; that an owner was forgotten is
    for the lint to say. The owner's ``determine`` is permitted: its signed manifest says so.
    Arguments may name a determination in a field ``determination``; from anybody but the owner
    this counts only with ``determined_by``, the event in which the owner made it in that task, and
    if there is a ``value``, with the owner's. Cannot see a determination that is told in free
    text, or under another name.
    """

    layer: Final[Layer] = "roles"

    def __init__(
        self, manifests: Iterable[Manifest], determinations: Iterable[Determination] = ()
    ) -> None:
        self._owners: dict[str, str] = {}
        for manifest in manifests:
            for name in manifest.owns:
                other = self._owners.setdefault(name, manifest.agent)
                if other != manifest.agent:
                    raise RolesError(f"`{name}` is owned by `{other}` and by `{manifest.agent}`")
        self._tools: dict[str, str] = {}
        self._keys: list[tuple[str, str, str]] = []
        for each in determinations:
            for tool in each.tools:
                if self._tools.setdefault(tool, each.name) != each.name:
                    raise RolesError(f"tool `{tool}` changes two determinations")
            self._keys.extend((store, key, each.name) for store, key in each.keys)
        self._settled: dict[tuple[str, str, str], Claimed] = {}

    def observe(self, event: BaseEvent) -> None:
        """Remember what an owner determined; what is merely asserted is passed over."""
        if isinstance(event, RunEnded):
            for topic in [topic for topic in self._settled if topic[0] == event.run]:
                del self._settled[topic]
        elif (
            isinstance(event, Claimed)
            and event.identity != "asserted"
            and self._owners.get(event.about) == event.agent
            and len(self._settled) < MAX_SETTLED
        ):
            self._settled[event.run, event.task, event.about] = event

    def judge(self, request: Request) -> Vote:
        """Say whether the request stays within the agent's role."""
        if request.action == "determine":
            return self._determines(request)
        for name in self._changed(request):
            owner = self._owners.get(name)
            if owner is None:
                return self._forbid(f"it would change `{name}`, which nobody in force owns")
            if owner != request.agent:
                return self._forbid(f"it would change `{name}`, which `{owner}` owns")
        if request.resource in self._owners and self._owners[request.resource] != request.agent:
            why = self._contradicts(request, request.resource)
            if why:
                return self._forbid(why)
        for carried in _carried(request):
            why = self._misstated(request, carried)
            if why:
                return self._forbid(why)
        return Vote(
            layer=self.layer, outcome=Outcome.ABSTAIN, rule="roles", reason="no role is touched"
        )

    def _determines(self, request: Request) -> Vote:
        name = request.resource or ""
        owner = self._owners.get(name)
        if owner == request.agent:
            return Vote(
                layer=self.layer,
                outcome=Outcome.PERMIT,
                rule="owner",
                reason=f"`{name}` is this agent's own to determine",
            )
        if owner is None:
            return self._forbid("nobody owns what it would determine")
        return self._forbid(f"`{name}` is for `{owner}` to determine")

    def _changed(self, request: Request) -> Iterator[str]:
        """Yield the determinations that an act would write."""
        if request.action == "tool.call" and request.resource in self._tools:
            yield self._tools[request.resource]
        if request.action != "memory.write":
            return
        key = request.key or ""
        for store, kept, name in self._keys:
            if store == request.resource and _within(key, kept):
                yield name
        for name in self._owners:
            if _within(key, name):
                yield name

    def _contradicts(self, request: Request, name: str) -> str:
        if request.action in ("policy.propose", "endorse", "declassify"):
            return f"`{name}` is `{self._owners[name]}`'s, and nobody else changes it"
        settled = (request.run, request.task or "", name) in self._settled
        if request.action == "assert" and settled:
            return f"`{self._owners[name]}` has determined `{name}` in this task"
        return ""

    def _misstated(self, request: Request, carried: dict[str, Any]) -> str:
        name, source = carried["determination"], carried.get("determined_by")
        if not isinstance(name, str) or name not in self._owners:
            return "it names a determination that nobody owns"
        if self._owners[name] == request.agent:
            return ""
        made = self._settled.get((request.run, request.task or "", name))
        if made is None or made.id != source:
            return f"it states `{name}` without the event in which its owner determined it"
        value = carried.get("value", made.value)
        if type(value) is not type(made.value) or value != made.value:
            return f"it states `{name}` with another value than its owner determined"
        return ""

    def _forbid(self, reason: str) -> Vote:
        return Vote(layer=self.layer, outcome=Outcome.FORBID, rule="owner", reason=reason)


def _within(key: str, kept: str) -> bool:
    return key == kept or key.startswith(f"{kept}/")


def _carried(request: Request) -> Iterator[dict[str, Any]]:
    """Yield every part of the arguments that names a determination."""
    if _CARRIES not in request.arguments and b"\\" not in request.arguments:
        return
    stack = [msgspec.json.decode(request.arguments)]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if "determination" in value:
                yield value
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
