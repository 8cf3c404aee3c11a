"""The manifest layer as a loop over clauses: nothing is compiled, and nothing is looked up."""

import json
import math
import re

from tertius.core.constraints import (
    AnyValue,
    ArgumentConstraint,
    HasLength,
    InRange,
    Matches,
    OneOf,
)
from tertius.core.manifest import Manifest
from tertius.core.request import Request


def permits(manifests: list[Manifest], request: Request) -> bool:
    """Tell whether the manifests permit a request on a tool, a store or a peer."""
    for manifest in manifests:
        if manifest.agent != request.agent:
            continue
        if not manifest.not_before <= request.time <= manifest.not_after:
            return False
        if request.action == "tool.call":
            return any(
                tool.tool == request.resource and fits(tool.arguments, request)
                for tool in manifest.tools
            )
        if request.action in ("memory.read", "memory.write"):
            return any(
                store.store == request.resource
                and (store.read if request.action == "memory.read" else store.write)
                and (
                    request.key in store.keys
                    or any((request.key or "").startswith(prefix) for prefix in store.prefixes)
                )
                for store in manifest.memory
            )
        other = [each for each in manifests if each.agent == request.peer]
        return (
            bool(other) and granted(manifest, request, "to") and granted(other[0], request, "from")
        )
    return False


def granted(manifest: Manifest, request: Request, direction: str) -> bool:
    """Tell whether one end of an edge grants it."""
    partner = request.peer if direction == "to" else request.agent
    return any(
        peer.peer == partner
        and peer.direction in (direction, "both")
        and request.action in peer.kinds
        and peer.via == request.via
        and peer.channel in (None, request.channel)
        for peer in manifest.peers
    )


def fits(constraints: tuple[ArgumentConstraint, ...], request: Request) -> bool:
    """Tell whether flat arguments meet all constraints, and hold nothing else."""
    given = json.loads(request.arguments)
    if set(given) - {each.argument for each in constraints}:
        return False
    return all(
        each.optional if each.argument not in given else meets(each, given[each.argument])
        for each in constraints
    )


def meets(constraint: ArgumentConstraint, value: object) -> bool:
    """Tell whether a value meets a constraint, compared as JSON text."""
    text = json.dumps(value)
    if isinstance(constraint, OneOf):
        return any(text == json.dumps(whole(each)) for each in constraint.values)
    if isinstance(constraint, InRange):
        number = text not in ("true", "false", "null") and text[0] in "-0123456789"
        inside = number and constraint.low <= float(text) <= constraint.high
        return inside and (not constraint.whole or "." not in text)
    if isinstance(constraint, Matches):
        found = isinstance(value, str) and re.fullmatch(constraint.pattern, value, re.ASCII)
        return bool(found) and len(str(value)) <= constraint.max_length
    if isinstance(constraint, HasLength):
        size = len(value) if isinstance(value, str | list) else math.inf
        return constraint.low <= size <= constraint.high
    return isinstance(constraint, AnyValue)


def whole(value: object) -> object:
    """Return 1 for 1.0, as canonical JSON does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
