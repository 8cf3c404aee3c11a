"""Who is at work in each span of a tree: the nearest agent around it, unless it names another.

A framework that names no agents may name the steps of a graph (``graph.node.id``,
``langgraph_node``). Where a model is called with no agent around it, the outermost span of the
nearest step is taken for the agent, under the step's name. Two agent spans of one name, one
directly inside the other, are one agent at work: its client's view and its own.
"""

from __future__ import annotations

from tertius.readers.span_text import messages
from tertius.readers.span_tree import Node, Tree


def settle(tree: Tree) -> None:
    """Fill in `actor` and `who` of every node, and the kinds that follow from them."""
    order = sorted(tree.nodes.values(), key=lambda node: node.rank)
    _nearest(order)
    steps = [_step(node) for node in order if node.span.kind == "model" and node.actor is None]
    promoted = [step for step in steps if step is not None and step.span.kind == "plain"]
    for step in promoted:
        step.span.kind, step.span.agent = "agent", step.span.agent or step.span.node
    if promoted:
        _nearest(order)
    for node in order:
        own = node.span.agent or (node.span.node if node.actor is None else "")
        if node.span.kind == "agent" or own:
            node.who = own
        elif node.actor is not None:
            node.who = node.actor.who
        if node.span.kind == "model" and node.actor is not None:
            _ask(node, node.actor)


def _nearest(order: list[Node]) -> None:
    """Find the agent around each node; parents come first in `order`."""
    for node in order:
        above = node.parent
        if above is None:
            continue
        node.actor = above if above.span.kind == "agent" else above.actor
        if above.span.kind == "judge":
            node.span.kind = "judge"
        elif node.span.kind == "agent" and above.span.kind in ("agent", "plain"):
            _absorb(node)


def _ask(node: Node, actor: Node) -> None:
    """Take what an agent was asked from its first model call, if its own span does not say."""
    if actor.asked:
        return
    actor.asked = True
    above = node.parent
    while above is not actor and above is not None:
        if above.span.kind == "tool":
            return
        above = above.parent
    if actor.span.input is None:
        asked = [message for message in messages(node.span.history) if message.role == "user"]
        if asked:
            actor.span.input = asked[-1].text
            actor.span.sender = actor.span.sender or asked[-1].name


def _absorb(node: Node) -> None:
    """Make one agent at work of `node` and the agent around it, if they are the same."""
    around = node.actor
    if around is None or not node.span.agent or node.span.agent != around.span.agent:
        return
    above = node.parent
    while above is not around and above is not None:
        if above.span.kind != "plain":
            return
        above = above.parent
    inner, outer = node.span, around.span
    outer.input = inner.input if outer.input is None else outer.input
    outer.output = inner.output if outer.output is None else outer.output
    outer.model = outer.model or inner.model
    inner.kind = "plain"


def _step(node: Node) -> Node | None:
    """Return the outermost span of the graph's step that `node` belongs to."""
    inside: Node | None = node
    while inside is not None and not inside.span.node:
        inside = inside.parent
    while inside is not None and inside.parent and inside.parent.span.node == inside.span.node:
        inside = inside.parent
    return inside
