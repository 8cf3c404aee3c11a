"""The text of a tree-of-thought run, several reasoners and a verifier, split into who said what.

Sections end with a line of stars. Section ``n``, from 0, is the event ``<run>/<n>``; its round is
the task, ``round-<k>``.

====================================  =================  =========================================
section                               event              known from
====================================  =================  =========================================
``***** Reasoner k output: *****``    message.sent       sender: text; addressee: rule of the
                                                         system, each branch goes to the verifier
``Reasoner k: ..., Verified: True``   verified           who, about what and how: text
any other words                       outcome.observed   text: what the vote came to
====================================  =================  =========================================

Text without any such section is one message whose sender is not known.

Causes are *declared*: a verdict rests on the branch it judges, what the vote came to on the
verdicts of its round, and a branch of a later round on the vote that opened it.

What it cannot see: times; channels; what a reasoner was told of the round before.

References
----------
Haji et al. 2024, "Improving LLM Reasoning with Multi-Agent Tree-of-Thought Validator Agent",
arXiv 2409.11527.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tertius.core.events import (
    AgentJoined,
    MessageSent,
    OutcomeObserved,
    RunEnded,
    RunStarted,
    Verified,
)
from tertius.core.kinds import Event
from tertius.core.names import alias
from tertius.core.ports.reader import Recorded
from tertius.readers.turns import base

VERIFIER = "Verifier"

_ROUND = re.compile(r"\s*#{4,} Round ([0-9]{1,6}) #{4,}\s*")
_BRANCH = re.compile(r"\*{4,} (Reasoner [0-9]{1,6}) output: \*{4,}\s*")
_VERDICT = re.compile(r"(Reasoner [0-9]{1,6}): Answer: .{0,2000}, Verified: (True|False)\s*")
_STARS = re.compile(r"\*{20,}\s*")


def events(run: str, source: str, lines: Sequence[str]) -> Iterator[Recorded]:
    """Yield start, agents, sections and end."""
    yield from _Rounds(run, source, lines).records()


class _Rounds:
    """One run; remembers the branches and verdicts of the round at hand."""

    def __init__(self, run: str, source: str, lines: Sequence[str]) -> None:
        self.run, self.source = run, source
        self.sections = list(_sections(lines))
        self.branches: dict[str, str] = {}
        self.verdicts: list[str] = []
        self.opened: list[str] = []  # the vote that opened this round
        self.last = ""

    def records(self) -> Iterator[Recorded]:
        """Yield start, agents, sections and end."""
        yield Recorded(event=RunStarted(**base(self.run, "start"), source=self.source))
        names = dict.fromkeys(who for _, _, who, _, _ in self.sections if who)
        for number, name in enumerate([*names, *([VERIFIER] if names else [])]):
            title = "" if alias(name) == name else name
            shared = base(self.run, f"agent-{number}", alias(name))
            yield Recorded(event=AgentJoined(**shared, title=title))
        for number, (what, task, who, word, text) in enumerate(self.sections):
            event = getattr(self, f"_{what}")(number, task, who, word)
            yield Recorded(event=event, contents=(text.encode(),))
            self.last = event.id
        end = base(self.run, "end", causes=[self.last] if self.last else [])
        yield Recorded(event=RunEnded(**end, reason="the record stops here"))

    def _branch(self, number: int, task: str, who: str, word: str) -> Event:
        shared = self._base(number, task, who, self.opened)
        self.branches[who] = shared["id"]
        return MessageSent(**shared, recipients=(VERIFIER,))

    def _verdict(self, number: int, task: str, who: str, word: str) -> Event:
        branch = self.branches.get(who, "")
        shared = self._base(number, task, VERIFIER, [branch] if branch else [])
        self.verdicts.append(shared["id"])
        return Verified(
            **shared,
            subject=branch or alias(who),
            result="confirmed" if word == "True" else "contradicted",
            evidence=(branch,) if branch else (),
        )

    def _words(self, number: int, task: str, who: str, word: str) -> Event:
        if not self.branches and not self.verdicts:
            return MessageSent(**self._base(number, task, "", self.opened))
        shared = self._base(number, task, "", self.verdicts[:64] or [*self.branches.values()][:64])
        self.branches, self.verdicts, self.opened = {}, [], [shared["id"]]
        return OutcomeObserved(**shared, about=self.run)

    def _base(self, number: int, task: str, who: str, causes: Sequence[str]) -> dict[str, Any]:
        return {
            **base(self.run, str(number), alias(who) if who else "", causes),
            "task": task,
        }


def _sections(lines: Sequence[str]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield what each section is, its round, the reasoner it is about, its verdict, its text."""
    what, who, word, task, held = "words", "", "", "", list[str]()

    def closed() -> Iterator[tuple[str, str, str, str, str]]:
        text = "\n".join(held).strip("\n")
        if text.strip() or what == "branch":
            yield what, task, who, word, text

    for line in lines:
        if found := _BRANCH.fullmatch(line):
            yield from closed()
            what, who, word, held = "branch", found[1], "", []
        elif found := _VERDICT.fullmatch(line):
            yield from closed()
            what, who, word, held = "verdict", found[1], found[2], [line]
        elif _STARS.fullmatch(line):
            yield from closed()
            what, who, word, held = "words", "", "", []
        elif found := _ROUND.fullmatch(line):
            yield from closed()
            what, who, word, held, task = "words", "", "", [], f"round-{found[1]}"
        else:
            held.append(line)
    yield from closed()
