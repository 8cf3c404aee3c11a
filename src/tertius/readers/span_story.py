"""One trace told as events: the mapper that every span format shares.

=======================  ======================  ===============================================
span                     event                   known from
=======================  ======================  ===============================================
agent, begins            message.sent            the agent around it calls it: sender, receiver
                                                 from nesting; else from a hand-off, a task, a
                                                 named caller, a graph's parent step or a link;
                                                 else the sender stays unknown
agent, ends              message.sent            its result, back to the agent around it; after a
                                                 hand-off that is over, or with nobody around
                                                 it, to whom is unknown
model                    model.called            text out, model, tokens
model, first of an       memory.read             the system prompt in its history; also what the
agent                                            agent was asked, if its own span does not say
tool                     tool.called, returned   arguments, result; ok only where the span says so
handoff                  handed.off              from, to
assign                   task.assigned           from, to
message                  message.sent            from, to
read, write              memory.read, written    store and key
create                   agent.joined            name, model
judge                    truth                   verdicts are answers, never events
plain                    none                    it only holds others
=======================  ======================  ===============================================

Channels: the tool's name where an agent is called as a tool; ``agent-call``, ``handoff``,
``graph`` or ``link`` by how the edge is known; otherwise not known.

Causes. *Declared*, by parent span, hand-off or link: a call rests on the model call before it, a
return on its call and on what happened inside it, a model call on what came back since the last.
*Inferred*: steps side by side rest on the steps that had ended when they began (no score: only
the clock says so), and an agent's input that repeats an earlier output word for word rests on it
(score: the share of the input that it is).

What it cannot see: who started the first agent; who reads a result that goes to nobody around;
content that was not recorded, which is the default of most tracers; spans that were sampled away
or dropped. A span proves nothing: every identity is *asserted*, and a span that says "blocked"
does not show that anything was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tertius.core.events import Cause, MessageSent, RunEnded, RunStarted
from tertius.core.ports.reader import ReaderRecord, Recorded, TruthRecord
from tertius.readers.span import Span
from tertius.readers.span_agents import settle
from tertius.readers.span_context import Context, Frame, named
from tertius.readers.span_steps import (
    model_called,
    modelled,
    passed,
    prompted,
    stored,
    tool_called,
    tool_returned,
)
from tertius.readers.span_teller import Teller
from tertius.readers.span_tree import Node, Tree
from tertius.readers.span_words import VERSION


class Part(Struct, frozen=True, kw_only=True):
    """Which part of a trace a story tells, where a trace is too long to be held whole."""

    first: bool = True
    last: bool = True


class Story:
    """One trace on its way to events.

    Parameters
    ----------
    run : str
        Name of the run, which begins every id.
    source : str
        Name of the format; ``run.started`` keeps it with the version of this mapper.
    context
        What was told before, for links between traces.
    """

    def __init__(self, spans: list[Span], *, run: str, source: str, context: Context) -> None:
        self.tree = Tree(spans)
        settle(self.tree)
        task = named(next((span.conversation for span in spans if span.conversation), ""))
        self.teller = Teller(self.tree, run=run, task=task, context=context)
        self.run, self.source = run, source
        self.judged: dict[str, Any] = {}

    @property
    def tells(self) -> bool:
        """Whether anything in the trace is more than glue."""
        return any(node.span.kind not in ("plain", "judge") for node in self.tree.nodes.values())

    def records(self, part: Part, truth: dict[str, Any]) -> Iterator[ReaderRecord]:
        """Yield the events in order, and last the truth, with what is known of it already."""
        top = self.tree.top().span
        if part.first:
            base = self.teller.base("start", top.start)
            source = f"{self.source}:{VERSION}"
            yield Recorded(event=RunStarted(**base, source=source, title=top.name[:1000]))
        for node, enters in self.tree.moments():
            yield from self._begins(node) if enters else self._ends(node)
        if part.last:
            yield from self.end(top)
        if self.judged:
            truth = {**truth, "spans": self.judged}
        if truth:
            yield TruthRecord(run=self.run, data=truth)

    def end(self, top: Span) -> Iterator[Recorded]:
        """Yield the run's end, as its first span tells it."""
        whole = top.end > 0 and not top.parent
        outcome = {True: "completed", False: "failed", None: "unknown"}[top.ok if whole else None]
        reason = top.error or "the first span ended"
        event = RunEnded(
            **self.teller.base("end", top.end if whole else 0, causes=self.teller.root.held()),
            outcome=outcome,  # type: ignore[arg-type]  # the table's words are the field's
            reason=reason[:1000] if whole else "the record stops here",
        )
        yield Recorded(event=event)

    # -- spans that hold others ----------------------------------------------------------------

    def _begins(self, node: Node) -> Iterator[ReaderRecord]:
        kind = node.span.kind
        if kind == "agent":
            yield from self._called(node)
        elif kind == "tool":
            yield from tool_called(self.teller, node)
        elif kind == "model":
            yield from prompted(self.teller, node)
        elif kind in ("handoff", "assign", "message"):
            yield from passed(self.teller, node)
        elif kind == "create":
            yield from self.teller.join(node, node.who, model=node.span.model)

    def _ends(self, node: Node) -> Iterator[ReaderRecord]:
        span = node.span
        if span.kind == "agent":
            yield from self._answered(node)
        elif span.kind == "tool":
            yield from tool_returned(self.teller, node)
        elif span.kind == "model":
            yield from modelled(self.teller, node)
        elif span.kind in ("read", "write"):
            yield from stored(self.teller, node)
        if span.kind == "judge":
            found = {"input": span.input, "output": span.output, **span.truth}
            span.truth = {key: value for key, value in found.items() if value is not None}
        if span.truth:
            self.judged[span.id] = span.truth

    def _called(self, node: Node) -> Iterator[ReaderRecord]:
        """Yield the message that sets an agent to work, as far as the trace tells it."""
        span, around = node.span, self.teller.frame(node)
        causes, taken = around.step()
        sender, channel, reason = self._caller(node)
        causes += [Cause(id=reason)] if reason else []
        causes += self.teller.context.links(span)
        node.frame = frame = Frame(owned=True, taken=taken)
        frame.handed = channel == "handoff" and not _inside_handoff(node)
        called = node.actor is not None and channel != "handoff"
        if span.input is None and not called:
            frame.pending = causes
            yield from self.teller.join(node, node.who)
            return
        if node.actor is None and span.input:
            causes += self.teller.context.echoes(span.input)
        base = self.teller.base("in", span.start, node, who=sender, causes=causes)
        via = "tool" if around.tool else "message" if sender else "unknown"
        event = MessageSent(
            **base,
            recipients=(named(node.who),) if node.who else (),
            channel=named(channel),
            via=via,  # type: ignore[arg-type]
        )
        yield from self.teller.tell(node, event, span.input, sender, node.who)
        frame.base = event.id

    def _caller(self, node: Node) -> tuple[str, str, str]:
        """Return who set an agent to work, over which channel, and the event that says so."""
        sender, event, channel = self.teller.expected.pop(node.who, ("", "", ""))
        if event:
            return sender, channel, event
        if node.actor is not None:
            return node.actor.who, self.teller.frame(node).tool or "agent-call", ""
        if node.span.sender:
            return node.span.sender, "", ""
        sender, event = self.teller.acted.get(node.span.node_parent, ("", ""))
        if sender and sender != node.who:
            return sender, "graph", event
        sender = self.teller.context.linked(node.span)
        return (sender, "link", "") if sender and sender != node.who else ("", "", "")

    def _answered(self, node: Node) -> Iterator[ReaderRecord]:
        """Yield what an agent gave back."""
        span, frame = node.span, node.frame
        assert frame is not None
        if span.output_tokens is not None and not frame.prompted:
            yield from model_called(self.teller, node, frame, None)
        text = span.error or None if span.output is None else span.output
        around, back = self.teller.frame(node), node.actor is not None and not frame.handed
        held = frame.all()
        if text is not None or back:
            receiver = node.actor.who if back and node.actor is not None else ""
            base = self.teller.base("out", span.end, node, causes=held)
            event = MessageSent(
                **base,
                recipients=(named(receiver),) if receiver else (),
                channel=named(around.tool or "agent-call") if back else "",
                via="tool" if back and around.tool else "message",
            )
            yield from self.teller.tell(node, event, text, node.who, receiver)
            held = [Cause(id=event.id)]
        around.returns(frame.taken, held)
        if span.node and held:
            self.teller.acted[span.node] = (node.who, held[-1].id)


def _inside_handoff(node: Node) -> bool:
    """Whether an agent works inside the very span that handed over to it: control comes back."""
    above = node.parent
    while above is not None and above is not node.actor:
        if above.span.kind == "handoff":
            return True
        above = above.parent
    return False
