"""What happened: one frozen noun per kind of event, told apart by `kind`.

An event is what the log keeps. Every field is covered by the log's integrity. Content of any size
(message text, arguments, results, memory values) never lies in an event: `content` holds a salted
commitment, the bytes lie beside the log and can be erased by a logged act.

Here is what all events share, and what runs and agents do. What the third party did about it is in
`oversight_events`, what the record says about itself in `log_events`; `kinds` holds all of them as
one type, and their bytes.

Times are UTC nanoseconds since 1970; 0 means that the time is not known. An empty name means that
the name is not known. Neither is ever guessed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from tertius.core.label import Label

UNKNOWN_TIME = 0
EARLIEST_TIME = 946_684_800_000_000_000  # 2000-01-01, UTC nanoseconds
LATEST_TIME = 4_102_444_800_000_000_000  # 2100-01-01
MAX_ENTRY = 65_535  # bytes; an entry's length is written in 16 bits (C2SP tlog-tiles)

Time = Annotated[int, Meta(ge=0, le=LATEST_TIME)]
Id = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(max_length=128)]
Text = Annotated[str, Meta(max_length=1000)]
Digest = Annotated[str, Meta(max_length=64)]  # 64 hex digits, or empty for none
Count = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
Share = Annotated[float, Meta(ge=0, le=1)]
Number = int | float
Value = bool | int | float | Annotated[str, Meta(max_length=1000)]

Basis = Literal["declared", "observed", "inferred"]
Identity = Literal["asserted", "framework", "authenticated", "bound"]
ChannelKind = Literal[
    "unknown", "message", "tool", "memory", "storage", "context", "environment", "human"
]


class LogPosition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Where an event of another log stands: origin, index from 0, leaf hash (64 hex digits)."""

    origin: Name
    index: Count
    leaf: Digest


class Cause(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """An earlier event that this one rests on.

    `basis` says how the link is known: *declared* by the agent or framework, *observed* by an
    interposed adapter, or *inferred* from content with a `score` from 0 to 1. An event of another
    log is cited with its `log` position.
    """

    id: Id
    basis: Basis = "declared"
    score: Share | None = None
    log: LogPosition | None = None


class BaseEvent(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    gc=False,
):
    """What all events share.

    Parameters
    ----------
    id : str
        Name, unique in its log.
    time : int
        UTC nanoseconds; 0 when not known.
    run : str
        Name of the run.
    agent : str
        Who did it; empty when not known or nobody.
    task, party : str
        The task it belongs to; the principal or third party it was done for.
    causes : tuple of Cause
        Earlier events it rests on.
    label : Label or None
        Information-flow label; None means most restricted.
    identity : str
        How the agent's name is known, from `asserted` (somebody said so) to `bound`.
    """

    id: Id
    time: Time
    run: Name
    agent: Name = ""
    task: Name = ""
    party: Name = ""
    causes: tuple[Cause, ...] = ()
    label: Label | None = None
    identity: Identity = "asserted"


# -- runs and members ------------------------------------------------------------------------------


class RunStarted(BaseEvent, frozen=True, tag="run.started"):
    """A run began; `source` is where the record came from, such as a format's name."""

    title: Text = ""
    source: Name = ""
    seed: int | None = None
    settings: Digest = ""


class RunEnded(BaseEvent, frozen=True, tag="run.ended"):
    """A run ended, as the operator saw it at that time."""

    outcome: Literal["unknown", "completed", "failed", "aborted"] = "unknown"
    reason: Text = ""


class RunSummarised(BaseEvent, frozen=True, tag="run.summarised"):
    """Steps played without the gate (a learning run), summed up in one event."""

    steps: Count
    seed: int
    state: Digest


class AgentJoined(BaseEvent, frozen=True, tag="agent.joined"):
    """An agent joined; `title` keeps a foreign name that is no legal name here."""

    title: Text = ""
    role: Text = ""
    operator: Name = ""
    principal: Name = ""
    model: Name = ""


class AgentLeft(BaseEvent, frozen=True, tag="agent.left"):
    """An agent left, or was removed."""

    reason: Text = ""


class ModelCalled(BaseEvent, frozen=True, tag="model.called"):
    """A language model was called; `content` commits to what it wrote."""

    model: Name = ""
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    content: Digest = ""


# -- messages: sent, delivered, consumed are three records -----------------------------------------


class MessageSent(BaseEvent, frozen=True, tag="message.sent"):
    """`agent` sent content to `recipients` over `channel`; no recipients means not known."""

    recipients: tuple[Name, ...] = ()
    channel: Name = ""
    via: ChannelKind = "message"
    content: Digest = ""


class MessageDelivered(BaseEvent, frozen=True, tag="message.delivered"):
    """A message reached `agent`; `message` is the id of the sending event."""

    sender: Name = ""
    message: Name = ""
    channel: Name = ""
    content: Digest = ""


class MessageConsumed(BaseEvent, frozen=True, tag="message.consumed"):
    """A delivered message entered the context that `agent` acts on."""

    sender: Name = ""
    message: Name = ""
    channel: Name = ""


# -- tools, memory, resources ----------------------------------------------------------------------


class ToolCalled(BaseEvent, frozen=True, tag="tool.called"):
    """A tool was called; `content` commits to the arguments, `call` pairs it with its return."""

    tool: Name
    call: Name = ""
    content: Digest = ""


class ToolReturned(BaseEvent, frozen=True, tag="tool.returned"):
    """A tool returned to `agent`; `ok` is None when the record does not tell."""

    tool: Name
    call: Name = ""
    ok: bool | None = None
    content: Digest = ""


class MemoryWritten(BaseEvent, frozen=True, tag="memory.written"):
    """A value was written to a store under a key."""

    store: Name
    key: Name = ""
    content: Digest = ""


class MemoryRead(BaseEvent, frozen=True, tag="memory.read"):
    """A value was read from a store; the writing event belongs in `causes`."""

    store: Name
    key: Name = ""
    content: Digest = ""


class ResourceClaimed(BaseEvent, frozen=True, tag="resource.claimed"):
    """An agent claimed an amount of a shared resource, in `unit`."""

    resource: Name
    amount: Number = 1
    unit: Name = ""


class ResourceReleased(BaseEvent, frozen=True, tag="resource.released"):
    """An agent gave back an amount of a shared resource, in `unit`."""

    resource: Name
    amount: Number = 1
    unit: Name = ""


# -- work between agents ---------------------------------------------------------------------------


class HandedOff(BaseEvent, frozen=True, tag="handed.off"):
    """Control passed from `agent` to `to`."""

    to: Name
    content: Digest = ""


class Delegated(BaseEvent, frozen=True, tag="delegated"):
    """`agent` gave `to` authority over `scope`, until `expires` (UTC ns; 0: with the task)."""

    to: Name
    scope: Text = ""
    expires: Time = 0


class TaskAssigned(BaseEvent, frozen=True, tag="task.assigned"):
    """`agent` assigned `task` to `to`."""

    to: Name
    content: Digest = ""


class TaskCompleted(BaseEvent, frozen=True, tag="task.completed"):
    """`agent` completed `task`; `ok` is None when the record does not tell."""

    ok: bool | None = None
    content: Digest = ""


class Offered(BaseEvent, frozen=True, tag="offered"):
    """An offer to `to`."""

    to: tuple[Name, ...] = ()
    content: Digest = ""


class Accepted(BaseEvent, frozen=True, tag="accepted"):
    """`agent` accepted `subject`, the id of an offer, result or assertion."""

    subject: Name
    content: Digest = ""


class Promised(BaseEvent, frozen=True, tag="promised"):
    """A promise to `to`, due at `due` (UTC ns; 0: no date)."""

    to: tuple[Name, ...] = ()
    due: Time = 0
    content: Digest = ""


class Claimed(BaseEvent, frozen=True, tag="claimed"):
    """A statement of fact about `about`."""

    about: Name = ""
    value: Value | None = None
    content: Digest = ""


class Rated(BaseEvent, frozen=True, tag="rated"):
    """`agent` rated the peer `ratee`: `score` between `low` and `high`."""

    ratee: Name
    score: Number
    low: Number = 0
    high: Number = 1
    item: Name = ""
    evidence: tuple[Name, ...] = ()


class Asserted(BaseEvent, frozen=True, tag="asserted"):
    """A recommendation, assessment or vote, with the ids of the evidence that was read."""

    act: Literal["recommendation", "assessment", "vote"] = "assessment"
    about: Name = ""
    value: Value | None = None
    confidence: Share | None = None
    evidence: tuple[Name, ...] = ()
    content: Digest = ""


class Verified(BaseEvent, frozen=True, tag="verified"):
    """`agent` checked `subject`, an event's id."""

    subject: Name
    result: Literal["confirmed", "contradicted", "unclear"]
    evidence: tuple[Name, ...] = ()
    content: Digest = ""


class Flagged(BaseEvent, frozen=True, tag="flagged"):
    """`agent` raised a concern about `subject`, an event's id or an agent."""

    subject: Name
    reason: Text = ""
    content: Digest = ""


class OutcomeObserved(BaseEvent, frozen=True, tag="outcome.observed"):
    """What came out, as an operator would see it too; never a hidden label."""

    about: Name
    value: Value | None = None
    content: Digest = ""


class Acted(BaseEvent, frozen=True, tag="acted"):
    """A move in an environment at `step`."""

    step: Count
    action: Value | None = None
    content: Digest = ""


class Paid(BaseEvent, frozen=True, tag="paid"):
    """A reward for `agent` at `step`, in the environment's unit."""

    step: Count
    amount: Number
