"""A span as the mapper sees it, whichever tool recorded it: who did what, inside which other span.

A *trace* is a tree of *spans*. A span has a beginning, an end, and a parent. What a tool's own
words mean is settled before a `Span` is made (`span_words` for OpenTelemetry, each reader for its
own export), so that one mapper serves them all.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

Kind = Literal[
    "plain",  # glue: a chain, a workflow, a request; it only holds others
    "agent",  # an agent at work
    "create",  # an agent was made
    "model",  # a call of a language model
    "tool",  # a call of a tool
    "handoff",  # control passes from one agent to another
    "assign",  # one agent gives another a task
    "message",  # one agent writes to another
    "read",  # something was read from a store
    "write",  # something was written to a store
    "judge",  # somebody's verdict about the run: truth, never an event
]


class Span(Struct, kw_only=True, gc=False):
    """One span, in words of ours.

    Parameters
    ----------
    trace, id, parent : str
        Foreign names, any text; an empty parent means the top of the trace.
    name : str
        The span's title.
    start, end : int
        UTC nanoseconds; 0 when not known or not yet ended.
    kind : str
        What happened.
    ok : bool or None
        Whether it succeeded; None when the record does not tell.
    error : str
        What went wrong.
    agent : str
        Whose span it is, where the span itself says so.
    sender, to : str
        The other agent: who called, or who is called, handed to, assigned or written to.
    node, node_parent : str
        Place in a graph of steps, for frameworks that name steps and not agents.
    tool, call, store, key, model
        What was called, read or written, and the id that pairs a call with its return.
    input_tokens, output_tokens : int or None
        As counted by the model's service.
    input, output : str or None
        What went in and came out; None when it was not recorded.
    history
        What a model was given, in any of the shapes that `span_text.messages` reads.
    conversation : str
        The conversation or session that the trace belongs to.
    links : tuple of (trace, span)
        Earlier spans that this one says it rests on.
    truth : dict
        Labels and verdicts found on the span.
    weight : int
        Bytes it was read from, so that memory can be bounded.
    """

    trace: str
    id: str
    parent: str = ""
    name: str = ""
    start: int = 0
    end: int = 0
    kind: Kind = "plain"
    ok: bool | None = None
    error: str = ""
    agent: str = ""
    sender: str = ""
    to: str = ""
    node: str = ""
    node_parent: str = ""
    tool: str = ""
    call: str = ""
    store: str = ""
    key: str = ""
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    input: str | None = None
    output: str | None = None
    history: Any = None
    conversation: str = ""
    links: tuple[tuple[str, str], ...] = ()
    truth: dict[str, Any] = {}
    weight: int = 0
