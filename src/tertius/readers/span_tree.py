"""The spans of one trace as a tree, and the order in which things happened in it.

Nothing here trusts the file: a second span of the same id, a parent that is missing, parents that
form a ring and clocks that disagree are counted, named once for each trace, and read as far as
they go.

A parent begins before its children and the clock of one machine may say otherwise, so the order
is that of the recorded times, held inside the tree: nothing begins before its parent. What has no
time stands where its place in the tree puts it. Recorded times themselves are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tertius.core.events import EARLIEST_TIME, LATEST_TIME
from tertius.readers.span import Span
from tertius.readers.span_context import Frame


class Node:
    """A span in its place: its parent, its children by time, the agent at work in it."""

    __slots__ = (
        "actor", "asked", "children", "frame", "leaves", "opens", "parent", "rank", "span", "who",
    )  # fmt: skip

    def __init__(self, span: Span) -> None:
        self.span = span
        self.parent: Node | None = None
        self.children: list[Node] = []
        self.actor: Node | None = None  # nearest agent around it, not itself
        self.who = ""  # whose span it is
        self.asked = False  # whether a model call was looked at for what it was asked
        self.opens = self.leaves = 0  # moments, held inside the tree
        self.rank = (0, 0)
        self.frame: Frame | None = None


class Tree:
    """The spans of a trace, and what was wrong with them.

    Parameters
    ----------
    spans
        In any order.

    Examples
    --------
    >>> tree = Tree([Span(trace="t", id="b", parent="a"), Span(trace="t", id="a")])
    >>> [(node.span.id, enters) for node, enters in tree.moments()]
    [('a', True), ('b', True), ('b', False), ('a', False)]
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self.faults: dict[str, int] = {}
        self.nodes = self._nodes(spans)
        self.tops = self._tops()
        self._order()

    def moments(self) -> Iterable[tuple[Node, bool]]:
        """Return every beginning (True) and end (False) of a span, in order."""
        marks = [(node.opens, node.rank[0], node, True) for node in self.nodes.values()]
        marks += [(node.leaves, node.rank[1], node, False) for node in self.nodes.values()]
        marks.sort(key=lambda mark: mark[:2])
        return [(node, enters) for _, _, node, enters in marks]

    def top(self) -> Node:
        """Return the span that holds the trace: the earliest that names no parent."""
        real = [node for node in self.tops if not node.span.parent]
        return min(real or self.tops, key=lambda node: (node.opens, node.rank))

    def _fault(self, what: str) -> None:
        self.faults[what] = self.faults.get(what, 0) + 1

    def _nodes(self, spans: Sequence[Span]) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for span in spans:
            for moment in ("start", "end"):
                time = getattr(span, moment)
                if time and not EARLIEST_TIME <= time <= LATEST_TIME:
                    self._fault("times outside 2000 to 2100, read as not known")
                    setattr(span, moment, 0)
            if span.end and span.end < span.start:
                self._fault("spans that end before they begin")
            known = nodes.get(span.id)
            if known is None:
                nodes[span.id] = Node(span)
                continue
            self._fault("spans with an id that was used before; the one that ended first is kept")
            if span.end and not known.span.end:
                known.span = span
        return nodes

    def _tops(self) -> list[Node]:
        """Hang every node under its parent; what has none is a top."""
        tops: list[Node] = []
        for node in self.nodes.values():
            parent = self.nodes.get(node.span.parent) if node.span.parent else None
            if parent is None or parent is node:
                if node.span.parent:
                    self._fault("spans whose parent is not in the trace, read as tops")
                tops.append(node)
            else:
                node.parent = parent
        for node in self._in_rings():
            self._fault("rings of parents, each cut at one span")
            node.parent = None
            tops.append(node)
        for node in self.nodes.values():
            if node.parent is not None:
                node.parent.children.append(node)
        return tops

    def _in_rings(self) -> list[Node]:
        """Return one node of each ring of parents: its earliest."""
        cuts: list[Node] = []
        seen: dict[str, int] = {}
        for number, start in enumerate(self.nodes.values()):
            node: Node | None = start
            while node is not None and node.span.id not in seen:
                seen[node.span.id] = number
                node = node.parent
            if node is not None and seen[node.span.id] == number:
                ring, step = [node], node.parent
                while step is not None and step is not node:
                    ring.append(step)
                    step = step.parent
                cuts.append(min(ring, key=lambda member: (member.span.start, member.span.id)))
        return cuts

    def _order(self) -> None:
        """Give each node its moments and its rank, parents first, without recursion."""
        by_time = _by_time(self.tops)
        count = 0
        stack: list[tuple[Node, bool]] = [(node, True) for node in reversed(by_time)]
        while stack:
            node, enters = stack.pop()
            count += 1
            if not enters:
                node.rank = (node.rank[0], count)
                held = () if node.span.end else (child.leaves for child in node.children)
                node.leaves = max(node.span.end, node.opens, *held)
                continue
            above = node.parent.opens if node.parent is not None else 0
            if node.span.start and node.span.start < above:
                self._fault("spans that begin before their parent; clocks disagree")
            node.opens = max(node.span.start, above)
            node.rank = (count, 0)
            stack.append((node, False))
            node.children = _by_time(node.children)
            stack.extend((child, True) for child in reversed(node.children))


def _by_time(nodes: list[Node]) -> list[Node]:
    """Return siblings by their beginning; those without one keep their place in the file."""
    if len(nodes) < 2 or not all(node.span.start for node in nodes):
        return nodes
    return sorted(nodes, key=lambda node: node.span.start)
