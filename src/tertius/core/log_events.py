"""The record about itself."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tertius.core.events import BaseEvent, Count, Digest, LogPosition, Name, Text


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
