"""Who said what about which question, who checked it, and who made which event.

What an agent merely asserts about itself or others never counts: an event whose identity is
`asserted` is passed over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from tertius.core.events import Asserted, BaseEvent, Verified
from tertius.core.request import Request

MAX_TOPICS: Final = 16_384
MAX_VOTES: Final = 256
MAX_AUTHORS: Final = 65_536

Topic = tuple[str, str, str]  # run, task, about


class Standing(Struct, frozen=True, kw_only=True):
    """How a question stands: agreeing agents and families, independent checks for and against."""

    votes: int = 0
    families: int = 0
    verified: bool = False
    contradicted: bool = False


class _Vote(Struct, frozen=True):
    event: str
    value: Any


class _Question(Struct):
    votes: dict[str, _Vote]
    checks: list[Verified]
    full: bool = False


class Evidence:
    """The votes and checks of the runs that are under way.

    Parameters
    ----------
    families
        Declared model family of each agent, from its signed manifest. An agent without one adds
        to the votes and to no family.

    Notes
    -----
    Bounded: `MAX_TOPICS` questions of `MAX_VOTES` votes and checks, and the authors of the last
    `MAX_AUTHORS` events. Beyond that nothing more counts, so that a quorum is missed rather than
    met; a question with more checks than that counts as contradicted.
    """

    def __init__(self, families: Mapping[str, str]) -> None:
        self._families = families
        self._questions: dict[Topic, _Question] = {}
        self._topics: dict[str, Topic] = {}
        self._authors: OrderedDict[str, str] = OrderedDict()
        self.author: Final[Callable[[str], str | None]] = self._authors.get
        """Returns who made an event, None when that is not known."""

    def observe(self, event: BaseEvent) -> None:
        """Take in one event of the log."""
        if event.identity == "asserted" or not event.agent:
            return
        self._authors[event.id] = event.agent
        if len(self._authors) > MAX_AUTHORS:
            self._authors.popitem(last=False)
        if isinstance(event, Asserted) and event.about:
            self._vote(event)
        elif isinstance(event, Verified):
            self._check(event)

    def standing(self, request: Request) -> Standing:
        """Return how the question behind a request stands.

        A request whose arguments carry ``value`` rests on the votes for that value. Without one,
        it rests on all votes, and on none when they differ.
        """
        topic = (request.run, request.task or "", request.resource or "")
        question = self._questions.get(topic)
        if question is None:
            return Standing()
        votes = _agreeing(question.votes, request)
        families = {self._families[agent] for agent in votes if agent in self._families}
        checks = [c for c in question.checks if self._independent(c, question, request.agent)]
        relied = {vote.event for vote in votes.values()}
        return Standing(
            votes=len(votes),
            families=len(families),
            verified=any(c.result == "confirmed" and c.subject in relied for c in checks),
            contradicted=question.full
            or any(c.result == "contradicted" and c.subject in relied for c in checks),
        )

    def forget(self, run: str) -> None:
        """Drop the questions of a run that ended."""
        for topic in [topic for topic in self._questions if topic[0] == run]:
            for vote in self._questions.pop(topic).votes.values():
                self._topics.pop(vote.event, None)

    def _vote(self, event: Asserted) -> None:
        topic = (event.run, event.task, event.about)
        question = self._questions.get(topic)
        if question is None:
            if len(self._questions) >= MAX_TOPICS:
                return
            question = self._questions[topic] = _Question({}, [])
        if event.agent not in question.votes and len(question.votes) >= MAX_VOTES:
            return
        before = question.votes.get(event.agent)
        if before is not None:
            self._topics.pop(before.event, None)
        question.votes[event.agent] = _Vote(event.id, event.value)
        self._topics[event.id] = topic

    def _check(self, event: Verified) -> None:
        topic = self._topics.get(event.subject)
        if topic is None:
            return
        question = self._questions[topic]
        if len(question.checks) >= MAX_VOTES:
            question.full = True
            return
        question.checks.append(event)

    def _independent(self, check: Verified, question: _Question, asker: str) -> bool:
        """Whether a check was made by an outsider, on evidence that no voter made."""
        if check.agent in question.votes or check.agent == asker:
            return False
        makers = {self._authors.get(each) for each in check.evidence} - {None}
        return bool(makers - question.votes.keys() - {asker})


def _agreeing(votes: dict[str, _Vote], request: Request) -> dict[str, _Vote]:
    arguments = request.decoded()
    if isinstance(arguments, dict) and "value" in arguments:
        wanted = arguments["value"]
        return {agent: vote for agent, vote in votes.items() if _same(vote.value, wanted)}
    values = [vote.value for vote in votes.values()]
    return votes if all(_same(value, values[0]) for value in values) else {}


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b)
