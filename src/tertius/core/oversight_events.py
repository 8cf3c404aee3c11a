"""What the third party did."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tertius.core.events import BaseEvent, Count, Digest, Name, Text, Time
from tertius.core.label import Label


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
