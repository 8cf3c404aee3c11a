"""A group of agents behind a gate whose one layer says what the test wants."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tertius.core.decision import Layer, Vote
from tertius.core.events import BaseEvent
from tertius.core.outcome import Outcome
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.runtime.commons import Commons
from tertius.runtime.gate import Gate, Policies
from tertius.runtime.member import Member
from tertius.runtime.tool import tool_of

KEY = SigningKey("tertius/test", bytes(32))
CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person", identity="bound"),))
NOW = 1_800_000_000_000_000_000


class Rule:
    """Permits, unless the test says otherwise of an act or a target."""

    layer: Layer = "manifest"

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.seen: list[Request] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def judge(self, request: Request) -> Vote:
        self.seen.append(request)
        self.meanwhile()
        keys = (request.action, request.resource or "", request.peer or "")
        outcome = next((self.outcomes[k] for k in keys if k in self.outcomes), Outcome.PERMIT)
        return Vote(layer=self.layer, outcome=outcome, rule="not-granted:x", reason="because")


class Group:
    """The gate, its log, its one rule, and what the agents share."""

    def __init__(self, writer: Writer, **options: Any) -> None:
        self.writer, self.rule = writer, Rule()
        numbers = itertools.count(1)
        self.gate = Gate(
            writer,
            Policies(layers=(self.rule,), irreversible=lambda request: False,
                     **options.pop("policies", {})),
            clock=lambda: NOW, names=lambda: f"q{next(numbers)}", **options.pop("gate", {}),
        )  # fmt: skip
        tools = options.pop("tools", {})
        self.stores: dict[str, dict[str, Any]] = {"notes": {}}
        self.commons = Commons(
            self.gate, tools=[tool_of(n, f) for n, f in tools.items()], stores=self.stores,
            clock=lambda: NOW + 1,
        )  # fmt: skip

    def member(self, name: str = "coder", **more: Any) -> Member:
        return Member(self.commons, name, **{"run": "r", "chain": CHAIN, "task": "t1", **more})

    def events(self) -> list[tuple[BaseEvent, bytes | None]]:
        self.writer.checkpoint()
        reader = LogReader(self.writer.folder)
        return [(event, reader.content(i)) for i, event in enumerate(reader.events())][1:]

    def event(self, id: str) -> tuple[Any, bytes | None]:
        return next(each for each in self.events() if each[0].id == id)


@contextmanager
def group(folder: Path, **options: Any) -> Iterator[Group]:
    with Writer(folder / "log", key=KEY, clock=lambda: NOW) as writer:
        yield Group(writer, **options)


def counting(into: list[Any]) -> Callable[..., Any]:
    """Return a tool that notes how it was called."""

    def pay(to: str, amount: int = 5) -> dict[str, Any]:
        into.append((to, amount))
        return {"paid": amount}

    return pay
