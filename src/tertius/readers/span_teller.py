"""What every event of a trace needs: an id, a run, whose it is, its causes, and its content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tertius.core.events import AgentJoined, Cause
from tertius.core.kinds import Event
from tertius.core.ports.reader import ReaderRecord, Recorded
from tertius.readers.span_context import Context, Frame, named
from tertius.readers.span_tree import Node, Tree


class Teller:
    """The trace being told: its names, its frames, and what was expected of whom.

    Parameters
    ----------
    run : str
        Name of the run, which begins every id.
    task : str
        The conversation that the trace belongs to.
    context
        What was told before, for links between traces.
    """

    def __init__(self, tree: Tree, *, run: str, task: str, context: Context) -> None:
        self.tree, self.run, self.task, self.context = tree, run, task, context
        self.root = Frame(owned=False)
        self.joined: set[str] = set()
        self.expected: dict[str, tuple[str, str, str]] = {}  # agent: from whom, event, channel
        self.acted: dict[str, tuple[str, str]] = {}  # graph step: agent, its latest event
        self._known = {_letters(node.who): node.who for node in tree.nodes.values()
                       if node.span.kind == "agent"}  # fmt: skip

    def frame(self, node: Node) -> Frame:
        """Return the frame that `node` stands in: of the nearest agent or tool around it."""
        above = node.parent
        while above is not None:
            if above.frame is not None:
                return above.frame
            above = above.parent
        return self.root

    def known(self, name: str) -> str:
        """Return the agent of this trace that a tool's name such as ``refund_desk`` means."""
        return self._known.get(_letters(name), name)

    def tell(
        self, node: Node, event: Event, text: str | None, *agents: str
    ) -> Iterator[ReaderRecord]:
        """Yield an event with its content, and before it whoever it names for the first time."""
        for name in agents:
            yield from self.join(node, name)
        self.context.told(node.span, event.id, node.who, text)
        contents = () if text is None else (text.encode("utf-8", "replace"),)
        yield Recorded(event=event, contents=contents)

    def join(self, node: Node, name: str, model: str = "") -> Iterator[ReaderRecord]:
        """Yield that an agent joined, if it is new here."""
        if not name or name in self.joined:
            return
        self.joined.add(name)
        base = self.base(f"joined-{len(self.joined)}", node.span.start, node, who=name)
        title = "" if named(name) == name else name[:1000]
        yield Recorded(event=AgentJoined(**base, title=title, model=named(model)))

    def base(
        self,
        part: str,
        time: int,
        node: Node | None = None,
        *,
        who: str | None = None,
        causes: list[Cause] | None = None,
    ) -> dict[str, Any]:
        """Return the common fields of an event; `part` tells the events of one span apart."""
        if who is None:
            who = node.who if node is not None else ""
        place = f"{self.run}/{named(node.span.id, 40)}" if node is not None else self.run
        return {
            "id": f"{place}/{part}",
            "time": time,
            "run": self.run,
            "agent": named(who),
            "task": self.task,
            "causes": _once(causes) if causes else (),
        }


def _once(causes: list[Cause]) -> tuple[Cause, ...]:
    """Return each cause once: declared before inferred, with a score before without."""
    if len(causes) < 2:
        return tuple(causes)
    best: dict[str, Cause] = {}
    for cause in causes:
        known = best.get(cause.id)
        if known is None or _sureness(cause) > _sureness(known):
            best[cause.id] = cause
    return tuple(best.values())


def _sureness(cause: Cause) -> int:
    return 2 if cause.basis == "declared" else int(cause.score is not None)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
