"""All kinds of events as one type, and the bytes that the log keeps of each.

The canonical form of an event is `encode(event)`: UTF-8 JSON without white space, fields in the
declared order, defaults left out. Decoding and encoding again gives the same bytes.
"""

from __future__ import annotations

from msgspec.json import Decoder, Encoder

from tertius.core.events import (
    Accepted,
    Acted,
    AgentJoined,
    AgentLeft,
    Asserted,
    BaseEvent,
    Claimed,
    Delegated,
    Flagged,
    HandedOff,
    MemoryRead,
    MemoryWritten,
    MessageConsumed,
    MessageDelivered,
    MessageSent,
    ModelCalled,
    Offered,
    OutcomeObserved,
    Paid,
    Promised,
    Rated,
    ResourceClaimed,
    ResourceReleased,
    RunEnded,
    RunStarted,
    RunSummarised,
    TaskAssigned,
    TaskCompleted,
    ToolCalled,
    ToolReturned,
    Verified,
)
from tertius.core.log_events import (
    CheckpointAnchored,
    Erased,
    LogClosed,
    LogOpened,
    LogRecovered,
    WriterEnrolled,
    WriterRetired,
)
from tertius.core.oversight_events import (
    Decided,
    Declassified,
    Escalated,
    Found,
    Gap,
    PolicyChanged,
    Ruled,
)

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
