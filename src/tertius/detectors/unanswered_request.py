"""A request to one agent stays without any answer, while the run goes on."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import (
    Accepted,
    AgentJoined,
    BaseEvent,
    HandedOff,
    MessageSent,
    Offered,
    RunEnded,
    TaskAssigned,
    TaskCompleted,
)
from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run
from tertius.detectors.tally import severity

TAIL = 64  # bytes in which the question mark is looked for
PATIENCE = 5  # acts in the run after the request
OPEN = 1024  # pairs of agents with an open request, in one run
EVENTS = 8  # kept for each pair
MEDIUM, HIGH = 2, 4  # requests of one agent to another


class _Open:
    """What one agent asked another and has had no answer to."""

    __slots__ = ("asked", "first", "told")

    def __init__(self, first: int) -> None:
        self.first = first  # acts in the run when the oldest of them was made
        self.asked: list[str] = []
        self.told: list[str] = []  # those that are requests by what they are


class _Run(Run):
    __slots__ = ("acts", "known", "open", "people", "requests", "unread")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.open: dict[tuple[str, str], _Open] = {}  # (who asked, whom)
        self.known: dict[str, None] = {}
        self.people: set[str] = set()
        self.acts = self.requests = self.unread = 0


class UnansweredRequest(PerRun[_Run]):
    """Tells, at the end of a run, of requests to a single agent that it never answered.

    A request is an assigned task, an offer, or a message to exactly one agent that ends with a
    question mark: what is asked for stands last. Any later message of that agent to the asker, to
    all, or to recipients not known is an answer, and so is a completed task, an acceptance, or a
    hand-over back. Only requests after which at least `patience` acts came count: what is asked at
    the very end is not ignored. The agent must appear in the run (else `unknown_recipient`).

    Parameters
    ----------
    patience : int
        Acts in the run after the request, at least 1.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    Of tasks and offers it is a fact that nothing came back; that a question mark asks for an
    answer is a heuristic. What it cannot see: requests that do not end with one; whether an answer
    answers; requests in a group chat, where nobody in particular is asked; answers by a channel
    that is not recorded; people, who may answer elsewhere.

    References
    ----------
    Cemri et al. 2025, arXiv 2503.13657, mode FM-2.5.
    """

    SPEC = DetectorSpec(
        name="unanswered_request",
        version="2",
        title="A request without an answer",
        plain="One agent asked another for something, the run went on, and nothing ever came "
        "back. What was asked for is missing, or somebody went on without it.",
        kinds=(
            *("run.ended", "message.sent", "task.assigned", "task.completed", "offered"),
            *("accepted", "handed.off", "agent.joined", "gap"),
        ),
        failure_modes=("gradient.communication",),
        mast_modes=("FM-2.5",),
        risk_factors=("caif.information_asymmetries.communication_constraints",),
        source="arXiv 2503.13657 (MAST), mode FM-2.5",
        null="a request to one agent is followed by something from it to the asker",
        assumptions=("the record is complete", "agents answer by recorded events"),
        guarantees=(GuaranteeCode.FACT, GuaranteeCode.HEURISTIC),
        blind="requests that do not end with a question mark; whether an answer answers; requests "
        "in a group chat; people, who may answer elsewhere",
        memory=RUNS * 2048 * KIB,
    )
    STATE = _Run

    def __init__(self, *, patience: int = PATIENCE, runs: int = RUNS) -> None:
        super().__init__(patience=patience, runs=runs)
        self._patience = patience

    def on_agent_joined(
        self, run: _Run, event: AgentJoined, content: bytes | None
    ) -> Sequence[Answer]:
        """Take note of a member, and of people."""
        self._known(run, event.agent)
        if event.role.lower() in ("human", "user") and len(run.people) < OPEN:
            run.people.add(event.agent)
        return ()

    def on_message_sent(
        self, run: _Run, event: MessageSent, content: bytes | None
    ) -> Sequence[Answer]:
        """Take it as an answer to whom it reaches, and as a request if it is one."""
        self._answered(run, event, event.recipients)
        if event.via not in ("message", "unknown"):
            return ()
        if len(event.recipients) == 1:
            if content is None:
                run.unread += 1
            elif asks(content):
                self._asked(run, event, event.recipients[0], told=False)
        return ()

    def on_task_assigned(
        self, run: _Run, event: TaskAssigned, content: bytes | None
    ) -> Sequence[Answer]:
        """Take it as a request."""
        self._answered(run, event, (event.to,))
        self._asked(run, event, event.to, told=True)
        return ()

    def on_offered(self, run: _Run, event: Offered, content: bytes | None) -> Sequence[Answer]:
        """Take it as a request if it goes to one agent."""
        self._answered(run, event, event.to)
        if len(event.to) == 1:
            self._asked(run, event, event.to[0], told=True)
        return ()

    def on_handed_off(self, run: _Run, event: HandedOff, content: bytes | None) -> Sequence[Answer]:
        """Take it as an answer to whom control goes."""
        self._answered(run, event, (event.to,))
        return ()

    def _for_all(
        self, run: _Run, event: TaskCompleted | Accepted, content: bytes | None
    ) -> Sequence[Answer]:
        self._answered(run, event, ())
        return ()

    on_task_completed = on_accepted = _for_all

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Tell, for each asker and asked, of what stayed open for long enough."""
        late = {
            pair: each
            for pair, each in run.open.items()
            if pair[1] in run.known and run.acts - each.first >= self._patience
        }
        if late and ended is not None and ended.outcome == "aborted":
            return (self.silent(run, "somebody stopped the run; the answers may have come later"),)
        if late and run.gaps:
            return (self.silent(run, "the answers may lie in a gap of the record"),)
        if late:
            return [self._finding(run, pair, each) for pair, each in late.items()]
        if not run.requests and run.unread:
            why = f"the content of {run.unread} messages to one agent is not at hand"
            return (self.silent(run, why),)
        if not run.requests:
            why = "no agent ended a message to a single other agent with a question mark, "
            why += "or gave one a task or an offer"
            return (self.silent(run, why),)
        return ()

    def _known(self, run: _Run, agent: str) -> None:
        if agent not in run.known and len(run.known) < OPEN:
            run.known[agent] = None

    def _asked(self, run: _Run, event: BaseEvent, to: str, *, told: bool) -> None:
        if not to or not event.agent or to == event.agent or to in run.people:
            return
        run.requests += 1
        each = run.open.get((event.agent, to))
        if each is None:
            if len(run.open) >= OPEN:
                return
            each = run.open[event.agent, to] = _Open(run.acts)
        if len(each.asked) < EVENTS:
            each.asked.append(event.id)
            if told:
                each.told.append(event.id)

    def _answered(self, run: _Run, event: BaseEvent, to: tuple[str, ...]) -> None:
        """Count an act, and close what its agent was asked; `to` is empty for everybody."""
        agent = event.agent
        run.acts += 1
        if agent not in run.known:
            self._known(run, agent)
        if not run.open:
            return
        if len(to) == 1:
            run.open.pop((to[0], agent), None)
            return
        for pair in [p for p in run.open if p[1] == agent and (not to or p[0] in to)]:
            del run.open[pair]

    def _finding(self, run: _Run, pair: tuple[str, str], each: _Open) -> Finding:
        fact = bool(each.told)
        asked = each.told or each.asked
        return self.claim(
            run,
            agents=pair,
            edges=(Edge(sender=pair[0], receiver=pair[1]),),
            evidence=asked,
            effect=(len(asked), "requests without an answer"),
            n=run.requests,
            null="a request to one agent is followed by something from it to the asker",
            severity=severity(len(asked), MEDIUM, HIGH),
            code=GuaranteeCode.FACT if fact else GuaranteeCode.HEURISTIC,
            aspect="done" if fact else "said",
        )


def asks(content: bytes) -> bool:
    """Whether a text ends with a question mark, quotes and brackets aside.

    Examples
    --------
    >>> asks(b"Which page?"), asks(b"See https://example.org/?page=2"), asks(b"Why? I know.")
    (True, False, False)
    """
    return content[-TAIL:].rstrip(b" \t\r\n\"')*_").endswith(b"?")
