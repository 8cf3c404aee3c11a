"""What a request looks like to a Cedar rule: one schema for every deployment.

The schema is fixed, so that every rule reads the same words. An author adds one thing: the type
``Arguments``, which names the arguments that rules look at. Every field of it is optional, because
a request for another tool has none of them.

For a decision the schema is cut down to what the rules for its action read, and the context with
it: what is left out can be read by no rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, get_args

from msgspec import Struct

from tertius.core.names import nearest
from tertius.core.request import Action
from tertius.policy.declared_arguments import Type, declared_arguments

Path = tuple[str, ...]

ACTIONS: Final[tuple[str, ...]] = get_args(Action)

EDGES: Final = frozenset(
    {
        "message.send",
        "hand_off",
        "delegate",
        "task.assign",
        "assert",
        "accept",
        "rate",
        "verify",
    }
)
"""Acts on a peer: where one is named, it is what rules see as `resource`."""

AGENT: Final[dict[str, Type]] = {
    "operator": "String",
    "principal": "String",
    "family": "String",
    "owns": "Set<String>",
    "clearance": "Long",
}
"""What is known of an agent from its signed manifest; `clearance` runs from 0 (public) to 3."""

FIELDS: Final[dict[str, Type]] = {
    "run": "String",
    "task?": "String",
    "time": "Long",
    "identity": "String",
    "root": "String",
    "chain": "Set<String>",
    "hops": "Long",
    "chain_identity": "String",
    "channel?": "String",
    "via": "String",
    "key?": "String",
    "peer?": "Agent",
    "subject?": "String",
    "confidentiality": "Long",
    "integrity": "Long",
    "origins": "Set<String>",
    "all_origins": "Bool",
    "votes": "Long",
    "families": "Long",
    "verified": "Bool",
    "contradicted": "Bool",
}
"""What is known of every request. `time` is the decision time in UTC nanoseconds, `root` the
person or organisation at the top of the `chain`, `hops` its length. `subject` is the name of what
is acted on, also where the peer is what rules see as `resource`. `confidentiality` (0 public to 3
secret), `integrity` (0 low to 2 high) and the origins are those of the label. `votes` to
`contradicted` are about the subject within its task, asserted events left out. Beside these stand
the records `counts` and `arguments`."""


class Shape(Struct, frozen=True, kw_only=True):
    """The fields that rules may read: the fixed ones, declared arguments, named counters."""

    fields: dict[str, Type]

    @property
    def text(self) -> str:
        """The whole of it as a Cedar schema."""
        return self.cut(None, ACTIONS)

    def cut(self, reads: frozenset[Path] | None, actions: Iterable[str]) -> str:
        """Return a Cedar schema with only the fields that `reads` names; None keeps all."""
        fields = self.fields if reads is None else narrowed(self.fields, reads)
        names = ", ".join(f'"{action}"' for action in actions)
        return (
            f"entity Agent {rendered(AGENT)};\nentity Resource;\n"
            f"action {names} appliesTo {{ principal: Agent, resource: [Resource, Agent], "
            f"context: {rendered(fields)} }};\n"
        )

    def type_at(self, path: Path) -> Type | None:
        """Return the type of a context field, None where there is no such field."""
        here: Type = self.fields
        for step in path:
            if here == "Agent":
                here = AGENT
            if not isinstance(here, dict):
                return None
            found = here.get(step, here.get(f"{step}?"))
            if found is None:
                return None
            here = found
        return here

    def optional(self, path: Path) -> bool:
        """Whether a field may be missing."""
        above = self.type_at(path[:-1])
        return isinstance(above, dict) and f"{path[-1]}?" in above

    def hint(self, path: Path) -> str:
        """Return the nearest field, as the end of a message."""
        above = self.type_at(path[:-1])
        return nearest(path[-1], [k.rstrip("?") for k in above] if isinstance(above, dict) else ())


def shape(declared: str = "", counters: Iterable[str] = ()) -> Shape:
    """Make the schema of a deployment.

    Parameters
    ----------
    declared
        Cedar text with at most ``type Arguments = { ... };``.
    counters
        Names of the counters that rules may read as ``context.counts.<name>``.

    Raises
    ------
    ShapeError
        The text declares anything else, a field that is not optional, or an unknown type.

    Examples
    --------
    >>> shape("type Arguments = { amount?: Long };").type_at(("arguments", "amount"))
    'Long'
    """
    return Shape(
        fields={
            **FIELDS,
            "counts": dict.fromkeys(sorted(counters), "Long"),
            "arguments": declared_arguments(declared),
        }
    )


def narrowed(fields: dict[str, Type], reads: frozenset[Path]) -> dict[str, Type]:
    """Return the fields that `reads` names; reading a record reads all of it."""
    kept: dict[str, Type] = {}
    for field, kind in fields.items():
        name = field.rstrip("?")
        below = frozenset(path[1:] for path in reads if path[0] == name)
        if not below:
            continue
        whole = () in below or not isinstance(kind, dict)
        kept[field] = kind if whole or not isinstance(kind, dict) else narrowed(kind, below)
    return kept


def rendered(kind: Type) -> str:
    """Return a type as Cedar text."""
    if isinstance(kind, str):
        return kind
    fields = (
        f'"{name.rstrip("?")}"{"?" * name.endswith("?")}: {rendered(k)}' for name, k in kind.items()
    )
    return "{ " + ", ".join(fields) + " }"


def merged(one: dict[str, Type], other: dict[str, Type]) -> dict[str, Type] | None:
    """Return the fields of both, None where they declare one differently."""
    fields = dict(one)
    for name, kind in other.items():
        here = fields.get(name, kind)
        if isinstance(here, dict) and isinstance(kind, dict):
            inner = merged(here, kind)
            if inner is None:
                return None
            fields[name] = inner
        elif here != kind:
            return None
        else:
            fields[name] = kind
    return fields
