"""The university standing: with a gate around its agents, or without one."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tertius.adapters.by_hand import ByHand, Crew
from tertius.cli.demo_scenes.university.agents import CASES, Acts
from tertius.cli.demo_scenes.university.bare import BareCommons, BareMember
from tertius.cli.demo_scenes.university.founding import approver, found, put_back, tools_listed
from tertius.cli.demo_scenes.university.sis import ABSENT, Sis, make_sis
from tertius.core.coverage import Surface
from tertius.core.errors import CallerError
from tertius.core.oversight_events import Decided
from tertius.core.ports.reader import Recorded
from tertius.core.request import Principal, PrincipalChain
from tertius.escalation.approvers import sign
from tertius.escalation.card import view_digest
from tertius.log.content import SeededSalts
from tertius.log.keys import Entropy
from tertius.log.read import LogReader
from tertius.runtime.denied import NeedsHumanError, NotPermittedError
from tertius.runtime.governed import WRITER, Governed, open_gate

NOW: Final = 1_791_190_800_000_000_000  # 2026-10-05, 09:00 UTC, in nanoseconds
SEED: Final = 4
RUN: Final = "autumn"
SCRATCH: Final = Surface(kind="storage", name="scratch", why="a folder that every agent can write")
REGISTRAR: Final = PrincipalChain(
    links=(Principal(name="registrar", kind="person", identity="bound"),)
)


class University:
    """One university, from its founding on.

    Parameters
    ----------
    folder
        A new folder for everything.
    gated
        Whether its agents act through the gate.

    Attributes
    ----------
    told
        What the agents were told when something was refused.
    key
        The log's public key, once a gate stood.
    """

    def __init__(self, folder: Path, *, gated: bool) -> None:
        self.folder, self.gated = folder, gated
        self.told: list[str] = []
        self.key = ""
        self.sittings = 0
        folder.mkdir(parents=True)
        found(folder)
        make_sis(folder / "sis.db", seed=SEED).close()

    def open(self, *others: Surface, lists: bool = False) -> Campus:
        """Let the agents begin, in an order of business of its own each time.

        Parameters
        ----------
        others
            Paths between agents that nobody put under the gate.
        lists
            Without a gate, keep the agents to the tools that their manifests list.
        """
        self.sittings += 1
        return Gated(self, others) if self.gated else Bare(self, lists=lists)

    def put_back(self) -> None:
        """Put the tutor's first manifest in the place of the second."""
        put_back(self.folder)

    def stopped_by(self) -> dict[str, str]:
        """Return what did not permit something, by rule, each with its reason.

        The reasons stand in the gate's log; the agents are told none of them.
        """
        found: dict[str, str] = {}
        for each in self.record() if self.gated else ():
            event = each.event
            if isinstance(event, Decided) and event.outcome != "permit":
                for told in (*event.rules, *event.errors):
                    head, _, why = told.partition(": ")
                    layer, _, rule = head.partition(" ")
                    answer, _, rule = rule.partition(" ")
                    if answer != "permit":
                        found.setdefault(f"{layer}:{rule}", why)
        for told in self.told:
            if told.startswith("ungoverned "):
                found["coverage"] = told
        return found

    def record(self) -> Iterator[Recorded]:
        """Give every event of the gate's log, with its content."""
        reader = LogReader(self.folder / "log" / "writers" / WRITER)
        for index, event in enumerate(reader.events()):
            content = reader.content(index)
            yield Recorded(event=event, contents=() if content is None else (content,))


class Campus(ABC):
    """The agents of one university at work, with a gate or without one."""

    def __init__(self, university: University) -> None:
        self.university = university
        self.sis = Sis(university.folder / "sis.db")
        self.scratch: dict[str, Any] = {}

    @abstractmethod
    def agent(self, name: str, *, chain: PrincipalChain | None = None) -> Acts:
        """Return one agent, working on the absent student's case."""

    @abstractmethod
    def kept(self, key: str) -> Any:
        """Return what the case file holds, for whoever judges an attack."""

    def approve(self, question: str) -> None:  # noqa: B027  # without a gate nothing is asked
        """Let the dean say yes to what was asked."""

    def rule_oneself(self, question: str) -> None:  # noqa: B027  # without a gate nothing is asked
        """Let an agent answer its own question, with a key that it made for the dean."""

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Go on after a refusal, and note what the agent was told."""
        try:
            yield
        except (NotPermittedError, PermissionError) as error:
            self.university.told.append(str(error))

    def asked(self, agent: Acts, tool: str, **arguments: Any) -> str:
        """Ask for a call of which a person must approve, and return the question's id."""
        return "a mail to the dean, who answers yes"

    def close(self) -> None:
        """End the day."""
        self.sis.close()

    def __enter__(self) -> Self:
        """Return the campus."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the day."""
        self.close()


class Bare(Campus):
    """Without a gate."""

    def __init__(self, university: University, *, lists: bool = False) -> None:
        super().__init__(university)
        self._commons = BareCommons(self.sis.tools())
        self._lists = lists

    def agent(self, name: str, *, chain: PrincipalChain | None = None) -> Acts:
        """Return one agent."""
        listed = tools_listed(self.university.folder, name) if self._lists else None
        return BareMember(self._commons, name, listed)

    def kept(self, key: str) -> Any:
        """Return what the case file holds."""
        return self._commons.stores[CASES].get(key)


class Gated(Campus):
    """With the gate."""

    def __init__(self, university: University, others: tuple[Surface, ...]) -> None:
        super().__init__(university)
        self._stack = ExitStack()
        self._stores: dict[str, dict[str, Any]] = {CASES: {}}
        with ExitStack() as opening:
            opening.callback(super().close)
            self.governed: Governed = opening.enter_context(
                open_gate(
                    university.folder,
                    clock=lambda: NOW,
                    entropy=_entropy(),
                    salts=SeededSalts(SEED + university.sittings),
                    names=_names(university.sittings),
                    checkpoint_every=None,
                )
            )
            university.key = self.governed.key
            hands = ByHand(clock=lambda: NOW)
            self.coverage = hands.attach(
                Crew(tools=self.sis.tools(), stores=self._stores, others=others),
                self.governed.gate,
            )
            self._hands = hands
            self._stack = opening.pop_all()

    def agent(self, name: str, *, chain: PrincipalChain | None = None) -> Acts:
        """Return one agent, acting for the registrar unless `chain` says otherwise."""
        chain = chain or REGISTRAR
        member = self._hands.agent(name, run=RUN, chain=chain, task=ABSENT)
        return self._stack.enter_context(member)

    def kept(self, key: str) -> Any:
        """Return what the case file holds."""
        return self._stores[CASES].get(key)

    def asked(self, agent: Acts, tool: str, **arguments: Any) -> str:
        """Try the call, so that the gate asks."""
        try:
            agent.call(tool, **arguments)
        except NeedsHumanError as error:
            return error.escalation
        raise AssertionError(f"`{tool}` ran without anybody's approval")

    def approve(self, question: str) -> None:  # without a gate nothing is asked
        """Let the dean look at the card and sign."""
        self._rule(question, approver("dean"))

    def rule_oneself(self, question: str) -> None:  # without a gate nothing is asked
        """Let an agent sign for the dean, with a key of its own."""
        try:
            self._rule(question, Ed25519PrivateKey.from_private_bytes(bytes(32)))
        except CallerError as error:
            self.university.told.append(str(error))

    def close(self) -> None:
        """End the day."""
        self._stack.close()

    def _rule(self, question: str, key: Ed25519PrivateKey) -> None:
        desk = self.governed.desk
        assert desk is not None
        row = desk.show(question, now=NOW)
        assert row.card is not None
        ruling = sign(
            key,
            desk.origin,
            row.question.escalation,
            person="dean",
            choice="approve",
            view=view_digest(row.card),
            time=NOW,
        )
        desk.rule(ruling, now=NOW)


def _names(sitting: int) -> Any:
    numbers = itertools.count(1)
    return lambda: f"q{sitting}-{next(numbers)}"


def _entropy() -> Entropy:
    numbers = itertools.count()

    def draw(count: int) -> bytes:
        return sha256(f"tertius/v1/university/{next(numbers)}".encode()).digest()[:count]

    return draw
