"""The clauses of a manifest: what one agent may use, whom it may reach, how much it may pass on."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tertius.core.constraints import ArgumentConstraint
from tertius.core.events import ChannelKind, Count, Number, Text
from tertius.core.label import Confidentiality, Integrity
from tertius.core.noun import (
    Hex64,
    Noun,
    NounError,
    ProperName,
    require_digests,
    require_distinct,
    require_names,
)
from tertius.core.outcome import EnforcementLevel
from tertius.core.request import Action

Effect = Literal["read", "write", "delete", "send", "pay", "execute", "grant"]
Direction = Literal["to", "from", "both"]
Seconds = Annotated[float, Meta(gt=0)]


class ManifestError(NounError):
    """A manifest that says something it cannot mean."""


class ToolGrant(Noun, frozen=True, kw_only=True):
    """Leave to call one tool.

    Parameters
    ----------
    tool
        Exact name.
    alias
        The tool's name at its host where that is no name here.
    schema
        SHA-256 of the input schema that was reviewed; another schema is another tool.
    arguments
        One constraint for each argument that may be given; others are refused.
    effects
        What a call may bring about.
    irreversible
        Whether it cannot be taken back. Unmarked counts as irreversible.
    secret
        Arguments to be masked before they are recorded, shown or exported.
    integrity
        Least integrity of the label under which it may be called.
    clearance
        Most confidential value that may be handed to it.
    minimum_level
        Where the gate must stand at least; None leaves it to the manifest.
    """

    tool: ProperName
    alias: Text | None = None
    schema: Hex64
    arguments: tuple[ArgumentConstraint, ...] = ()
    effects: tuple[Effect, ...]
    irreversible: bool = True
    secret: tuple[str, ...] = ()
    integrity: Integrity = Integrity.HIGH
    clearance: Confidentiality = Confidentiality.PUBLIC
    minimum_level: EnforcementLevel | None = None

    def __post_init__(self) -> None:
        require_names(ManifestError, tool=self.tool)
        require_digests(ManifestError, schema=self.schema)
        require_distinct(
            ManifestError,
            arguments=tuple(c.argument for c in self.arguments),
            effects=self.effects,
            secret=self.secret,
        )
        if not self.effects:
            raise ManifestError(f"tool `{self.tool}` names no effect; a pure look-up is `read`")


class PeerGrant(Noun, frozen=True, kw_only=True):
    """Leave to reach one peer, or be reached by it, by kind of act and channel."""

    peer: ProperName
    direction: Direction
    kinds: tuple[Action, ...]
    via: ChannelKind = "message"
    channel: ProperName | None = None
    protocol: ProperName | None = None

    def __post_init__(self) -> None:
        require_names(ManifestError, peer=self.peer, channel=self.channel, protocol=self.protocol)
        require_distinct(ManifestError, kinds=self.kinds)
        if not self.kinds:
            raise ManifestError(f"peer `{self.peer}` is granted no kind of act; name at least one")


class Step(Noun, frozen=True, kw_only=True):
    """One type of message in a conversation: who sends it, after what, by when.

    It is sent once. A message states its type in the field `type`; of another act, such as
    ``delegate``, the kind is the type.
    """

    type: ProperName
    sender: ProperName
    after: tuple[ProperName, ...] = ()
    deadline: Seconds | None = None
    acknowledged: bool = False

    def __post_init__(self) -> None:
        require_names(ManifestError, type=self.type, sender=self.sender, after=self.after)


class Protocol(Noun, frozen=True, kw_only=True):
    """The order of a conversation.

    Parameters
    ----------
    name
        Under which a `PeerGrant` refers to it.
    version
        Of the shared state when a conversation begins. It rises with every step, and a message
        states in its field `version` on which one it was written.
    steps
        Message types; `after` names the types that must have come before, `deadline` counts
        seconds since the last of them, `acknowledged` demands before the next step that the
        receiver has taken the message in.

    Raises
    ------
    ManifestError
        No steps, a type twice, or an `after` that names no earlier step.
    """

    name: ProperName
    version: Count = 1
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        require_names(ManifestError, protocol=self.name)
        if not self.steps:
            raise ManifestError(f"protocol `{self.name}` has no steps; nothing could be said")
        require_distinct(ManifestError, steps=tuple(step.type for step in self.steps))
        before: set[str] = set()
        for step in self.steps:
            for needed in step.after:
                if needed not in before:
                    raise ManifestError(
                        f"step `{step.type}` of `{self.name}` comes after `{needed}`, "
                        "which is no earlier step"
                    )
            before.add(step.type)


class StoreGrant(Noun, frozen=True, kw_only=True):
    """Leave to read or write keys of one memory store: exact keys, and prefixes of keys."""

    store: ProperName
    read: bool = False
    write: bool = False
    keys: tuple[Text, ...] = ()
    prefixes: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        require_names(ManifestError, store=self.store)
        require_distinct(ManifestError, keys=self.keys, prefixes=self.prefixes)
        if not (self.read or self.write):
            raise ManifestError(f"store `{self.store}` may be neither read nor written; drop it")
        if not (self.keys or self.prefixes):
            raise ManifestError(f"store `{self.store}` names no key; the prefix `` means all")


class ResourceBudget(Noun, frozen=True, kw_only=True):
    """How much of a shared resource all agents that name it may use together.

    Whoever names it declares the same budgets. `kind` is ``rate`` (per `window` seconds, such as a
    rate limit), ``held`` (at once, such as database connections) or ``total`` (over the manifest's
    validity, such as a GPU budget).
    """

    resource: ProperName
    kind: Literal["rate", "held", "total"]
    amount: Number
    unit: ProperName
    window: Seconds | None = None

    def __post_init__(self) -> None:
        require_names(ManifestError, resource=self.resource, unit=self.unit)
        if not 0 <= self.amount < float("inf"):
            raise ManifestError(f"budget of `{self.resource}` is {self.amount}; expected 0 or more")
        if (self.kind == "rate") != (self.window is not None):
            raise ManifestError(f"budget of `{self.resource}`: a rate has a window, others none")


class DelegationCeiling(Noun, frozen=True, kw_only=True):
    """How much authority an agent may pass on: to whom, how deep, which acts, for how long.

    The default passes on nothing. `depth` counts further hops; `lifetime` is in seconds.
    """

    depth: Annotated[int, Meta(ge=0, le=16)] = 0
    to: tuple[ProperName, ...] = ()
    actions: tuple[Action, ...] = ()
    tools: tuple[ProperName, ...] = ()
    lifetime: Seconds | None = None

    def __post_init__(self) -> None:
        require_names(ManifestError, to=self.to, tools=self.tools)
        require_distinct(ManifestError, to=self.to, actions=self.actions, tools=self.tools)
        if self.depth and not (self.to and self.lifetime):
            raise ManifestError("a delegation ceiling above 0 names receivers and a lifetime")
        if not self.depth and (self.to or self.actions or self.tools):
            raise ManifestError("a delegation ceiling of 0 passes nothing on; set `depth`")
