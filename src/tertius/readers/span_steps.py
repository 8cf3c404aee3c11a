"""The steps inside an agent's work: models, tools, stores, and what passes from agent to agent."""

from __future__ import annotations

from collections.abc import Iterator

from tertius.core.events import (
    Cause,
    HandedOff,
    MemoryRead,
    MemoryWritten,
    MessageSent,
    ModelCalled,
    TaskAssigned,
    ToolCalled,
    ToolReturned,
)
from tertius.core.kinds import Event
from tertius.core.ports.reader import ReaderRecord
from tertius.readers.span_context import Frame, named
from tertius.readers.span_teller import Teller
from tertius.readers.span_text import messages
from tertius.readers.span_tree import Node


def tool_called(teller: Teller, node: Node) -> Iterator[ReaderRecord]:
    """Yield the call of a tool."""
    span = node.span
    causes, taken = teller.frame(node).step()
    base = teller.base("call", span.start, node, causes=causes + teller.context.links(span))
    event = ToolCalled(**base, tool=named(span.tool) or "tool", call=named(span.call))
    yield from teller.tell(node, event, span.input, node.who)
    node.frame = Frame(owned=True, base=event.id, taken=taken, tool=span.tool)


def tool_returned(teller: Teller, node: Node) -> Iterator[ReaderRecord]:
    """Yield what a tool gave back, its error where it gave nothing else."""
    span, frame = node.span, node.frame
    assert frame is not None
    text = span.error or None if span.output is None else span.output
    event = ToolReturned(
        **teller.base("return", span.end, node, causes=frame.all()),
        tool=named(span.tool) or "tool",
        call=named(span.call),
        ok=span.ok,
    )
    yield from teller.tell(node, event, text, node.who)
    teller.frame(node).returns(frame.taken, [Cause(id=event.id)])


def prompted(teller: Teller, node: Node) -> Iterator[ReaderRecord]:
    """Yield the system prompt that the first model call of an agent shows."""
    frame = teller.frame(node)
    if frame.prompted or not node.who:
        return
    frame.prompted = True
    history = messages(node.span.history)
    system = "\n".join(message.text for message in history if message.role == "system")
    if system:
        base = teller.base("prompt", node.span.start, node)
        event = MemoryRead(**base, store="system-prompt", key=named(node.who))
        yield from teller.tell(node, event, system, node.who)
        frame.pending.append(Cause(id=event.id))


def modelled(teller: Teller, node: Node) -> Iterator[ReaderRecord]:
    """Yield the call of a model."""
    yield from model_called(teller, node, teller.frame(node), node.span.output)


def model_called(
    teller: Teller, node: Node, frame: Frame, text: str | None
) -> Iterator[ReaderRecord]:
    """Yield the call of a model in `frame`, with what it wrote."""
    span = node.span
    event = ModelCalled(
        **teller.base("model", span.end, node, causes=frame.all() + teller.context.links(span)),
        model=named(span.model),
        input_tokens=span.input_tokens,
        output_tokens=span.output_tokens,
    )
    yield from teller.tell(node, event, text, node.who)
    frame.thinks(event.id)


def passed(teller: Teller, node: Node) -> Iterator[ReaderRecord]:
    """Yield a step from one agent to another: a hand-off, a task or a message."""
    span, frame = node.span, teller.frame(node)
    to = teller.known(span.to)
    causes, taken = frame.step()
    base = teller.base(span.kind, span.start, node, causes=causes + teller.context.links(span))
    event: Event
    if span.kind == "message":
        event = MessageSent(**base, recipients=(named(to),), channel="graph")
    elif span.kind == "assign":
        event = TaskAssigned(**base, to=named(to))
    else:
        event = HandedOff(**base, to=named(to))
    yield from teller.tell(node, event, span.input, node.who, to)
    channel = "graph" if span.kind == "message" else span.kind
    if to:
        teller.expected[to] = (node.who, event.id, channel)
    if not frame.owned:
        frame.returns(taken, [Cause(id=event.id)])


def stored(teller: Teller, node: Node) -> Iterator[ReaderRecord]:
    """Yield what was read from a store, or written to it."""
    span, frame = node.span, teller.frame(node)
    store, key = named(span.store) or "store", named(span.key)
    causes, taken = frame.step()
    if span.kind == "write":
        base = teller.base("write", span.end, node, causes=causes)
        event: Event = MemoryWritten(**base, store=store, key=key)
        teller.context.wrote(store, key, event.id)
    else:
        causes = causes + teller.context.written(store, key)
        base = teller.base("read", span.end, node, causes=causes)
        event = MemoryRead(**base, store=store, key=key)
    text = span.input if span.kind == "write" and span.output is None else span.output
    yield from teller.tell(node, event, text, node.who)
    frame.returns(taken, [Cause(id=event.id)])
