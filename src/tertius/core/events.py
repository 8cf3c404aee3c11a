"""What happened: one frozen noun per kind of event, told apart by `kind`.

An event is what the log keeps. Every field is covered by the log's integrity. Content of any size
(message text, arguments, results, memory values) never lies in an event: `content` holds a salted
commitment, the bytes lie beside the log and can be erased by a logged act.

The canonical form of an event is `encode(event)`: UTF-8 JSON without white space, fields in the
declared order, defaults left out. Decoding and encoding again gives the same bytes.

Times are UTC nanoseconds since 1970; 0 means that the time is not known. An empty name means that
the name is not known. Neither is ever guessed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder

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


# -- what the third party did ----------------------------------------------------------------------


class Decided(BaseEvent, frozen=True, tag="decided"):
    """The gate's answer to a request, with its reasons.

    `action` is what was asked for, such as ``tool.call``, on `resource`, towards `peer`, over
    `channel`; all empty where what came in was no request at all.
    """

    request: Digest
    outcome: Literal["permit", "forbid", "escalate"]
    action: Name = ""
    resource: Name = ""
    peer: Name = ""
    channel: Name = ""
    rules: tuple[Text, ...] = ()
    errors: tuple[Text, ...] = ()
    level: Literal["in_process", "sidecar", "gateway"] = "in_process"
    shadow: bool = False
    manifest: Digest = ""
    constitution: Digest = ""


class Found(BaseEvent, frozen=True, tag="found"):
    """A detector's finding; `content` commits to the whole of it."""

    finding: Digest
    detector: Name
    version: Name
    severity: Literal["low", "medium", "high"]
    evidence: tuple[Name, ...] = ()
    content: Digest = ""


class Escalated(BaseEvent, frozen=True, tag="escalated"):
    """A question to a human about `request`, open until `deadline` (UTC ns)."""

    escalation: Name
    request: Digest
    deadline: Time
    content: Digest = ""


class Ruled(BaseEvent, frozen=True, tag="ruled"):
    """A step of an escalation after its opening; only `approved` and `denied` are a person's."""

    escalation: Name
    ruling: Literal[
        "approved", "denied", "expired", "withdrawn", "void", "lapsed", "late",
        "started", "succeeded", "failed", "unknown",
    ]  # fmt: skip
    approver: Name = ""
    view: Digest = ""
    signature: Annotated[str, Meta(max_length=8192)] = ""
    reason: Text = ""


class Declassified(BaseEvent, frozen=True, tag="declassified"):
    """One exact value's label was lowered for one receiver, by a role that no agent holds."""

    value: Digest
    receiver: Name
    before: Label | None = None
    after: Label | None = None


class PolicyChanged(BaseEvent, frozen=True, tag="policy.changed"):
    """Manifest, constitution, circuit or quarantine state changed.

    `subject` is the `what` that it is about; an edge goes from `subject` to `peer`. `pause` is in
    nanoseconds: of a throttle between two starts, of a break until a probe may pass; None: for
    good.
    """

    subject: Name
    change: Literal[
        "narrow", "widen", "load", "revoke", "throttle", "break", "quarantine", "resume", "kill"
    ]
    what: Literal["policy", "agent", "tool", "channel", "edge"] = "policy"
    peer: Name = ""
    pause: Count | None = None
    version: Count | None = None
    digest: Digest = ""
    reason: Text = ""


class Gap(BaseEvent, frozen=True, tag="gap"):
    """Something was not recorded: since `since` (UTC ns), `count` events if known."""

    since: Time = 0
    count: Count | None = None
    reason: Text = ""


# -- the record about itself -----------------------------------------------------------------------


class Erased(BaseEvent, frozen=True, tag="erased"):
    """Salt and bytes of the content of entry `index` were destroyed by a privacy role."""

    index: Count
    content: Digest
    reason: Text = ""


class LogOpened(BaseEvent, frozen=True, tag="log.opened"):
    """First entry of a log; after a key rotation it commits to the log it continues."""

    origin: Name
    previous: LogPosition | None = None
    previous_root: Digest = ""


class LogClosed(BaseEvent, frozen=True, tag="log.closed"):
    """Last entry of a log that is continued under another key and origin."""

    next_key: Annotated[str, Meta(max_length=512)] = ""
    reason: Text = ""


class LogRecovered(BaseEvent, frozen=True, tag="log.recovered"):
    """A torn, never acknowledged tail was set aside; its digest and length in bytes."""

    digest: Digest
    length: Count
    kept_as: Name = ""


class WriterEnrolled(BaseEvent, frozen=True, tag="writer.enrolled"):
    """A writer joined the roster of a deployment: its origin and verification key."""

    writer: Name
    origin: Name
    key: Annotated[str, Meta(max_length=512)]


class WriterRetired(BaseEvent, frozen=True, tag="writer.retired"):
    """A writer left the roster; its log ends at `size` entries."""

    writer: Name
    origin: Name
    size: Count
    reason: Text = ""


class CheckpointAnchored(BaseEvent, frozen=True, tag="checkpoint.anchored"):
    """A writer's signed state, kept in the anchor log."""

    origin: Name
    size: Count
    root: Digest


Event = (
    RunStarted | RunEnded | RunSummarised | AgentJoined | AgentLeft | ModelCalled
    | MessageSent | MessageDelivered | MessageConsumed
    | ToolCalled | ToolReturned | MemoryWritten | MemoryRead | ResourceClaimed | ResourceReleased
    | HandedOff | Delegated | TaskAssigned | TaskCompleted
    | Offered | Accepted | Promised | Claimed
    | Rated | Asserted | Verified | Flagged | OutcomeObserved | Acted | Paid
    | Decided | Found | Escalated | Ruled | Declassified | PolicyChanged | Gap
    | Erased | LogOpened | LogClosed | LogRecovered
    | WriterEnrolled | WriterRetired | CheckpointAnchored
)  # fmt: skip

KINDS: dict[str, type[BaseEvent]] = {str(cls.__struct_config__.tag): cls for cls in Event.__args__}

_encoder = Encoder()
_decoder = Decoder(Event)

encode = _encoder.encode
"""Canonical bytes of an event."""

decode = _decoder.decode
"""Typed event from bytes; raises `msgspec.ValidationError`. For foreign input use `core.decode`."""

encode_lines = _encoder.encode_lines
"""Canonical bytes of several events, each ended by a line feed, which no event's bytes hold."""

decode_lines = _decoder.decode_lines
"""Typed events from such lines."""
