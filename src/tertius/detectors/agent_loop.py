"""Two or more agents go round in circles: the same exchange of messages comes again and again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from msgspec import Struct

from tertius.core.events import MessageSent, RunEnded, RunStarted
from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, MAX_EVIDENCE, RUNS, PerRun, Run
from tertius.detectors.tally import severity

ROUNDS, MEDIUM, HIGH = 3, 4, 6  # times that the same round is gone through
LONGEST = 8  # messages in one round


class _Said(Struct, frozen=True, gc=False):
    """A message, without its content."""

    event: str
    agent: str
    recipients: tuple[str, ...]


class _Run(Run):
    __slots__ = ("going", "hashes", "length", "read", "recent", "rounds", "told", "unread")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.recent: deque[_Said] = deque(maxlen=MAX_EVIDENCE)
        self.hashes: deque[int] = deque(maxlen=LONGEST)  # of sender, recipients and content
        self.going = [0] * (LONGEST + 1)  # by length: messages in a row like the one that far back
        self.read = self.unread = 0
        self.length = 0  # of the round that is being gone through
        self.rounds = self.told = 0


class AgentLoop(PerRun[_Run]):
    """Sees a round of 2 to 8 messages, by two agents or more, gone through `rounds` times in a row.

    Each message of a round must be, byte for byte, the one a round before, from the same agent to
    the same recipients. One finding when the last of `rounds` is complete, and one at the end of
    the loop with their final number where it grew.

    Parameters
    ----------
    rounds : int
        At least 2. Three, since an exchange may have to be repeated once.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    Contents are compared by a 64-bit keyed hash. What it cannot see: rounds in other words each
    time; rounds of more than 8 messages; a loop with other messages in between; one agent that
    repeats itself (`step_repetition` does); whether the loop was asked for, as in a drill.

    References
    ----------
    Cemri et al. 2025, arXiv 2503.13657, mode FM-1.3. Hammond et al. 2025, arXiv 2502.14143 (cyclic
    behaviour).
    """

    SPEC = DetectorSpec(
        name="agent_loop",
        version="1",
        title="Agents going round in circles",
        plain="The same exchange between agents came again several times in a row without "
        "anything new. Without somebody who breaks it, such a loop only costs.",
        kinds=("run.started", "run.ended", "message.sent"),
        failure_modes=("gradient.communication",),
        mast_modes=("FM-1.3",),
        risk_factors=("caif.destabilising_dynamics.cyclic_behaviour",),
        source="arXiv 2503.13657 (MAST), mode FM-1.3; arXiv 2502.14143, cyclic behaviour",
        null="an exchange between agents does not come again and again in a row",
        assumptions=("the contents are recorded as they were sent",),
        guarantees=(GuaranteeCode.FACT,),
        blind="rounds in other words each time; rounds of more than 8 messages; a loop with other "
        "messages in between",
        memory=RUNS * 16 * KIB,
    )

    STATE = _Run

    def __init__(self, *, rounds: int = ROUNDS, runs: int = RUNS) -> None:
        super().__init__(rounds=rounds, runs=runs)
        self._rounds = rounds

    def on_run_started(
        self, run: _Run, event: RunStarted, content: bytes | None
    ) -> Sequence[Answer]:
        """End a loop: what follows a start is no round of what came before."""
        return self._break(run)

    def on_message_sent(
        self, run: _Run, event: MessageSent, content: bytes | None
    ) -> Sequence[Answer]:
        """Compare a message with those one round before it, for every length of a round."""
        if not event.agent or content is None:
            run.unread += 1
            return self._break(run)
        run.read += 1
        said = hash((event.agent, event.recipients, content))
        on = False
        if said in run.hashes:
            for length in range(2, len(run.hashes) + 1):
                if run.hashes[-length] == said:
                    run.going[length] += 1
                    on = True
                else:
                    run.going[length] = 0
        elif any(run.going):
            run.going = [0] * (LONGEST + 1)
        run.hashes.append(said)
        answers = self._end(run) if run.length and not run.going[run.length] else ()
        run.recent.append(_Said(event.id, event.agent, event.recipients))
        return (*answers, *self._look(run)) if on else answers

    def close(self, run: _Run, ended: RunEnded | None) -> list[Answer]:
        """End a loop that is still going on, or say that there was too little to read."""
        answers = [*self._end(run)] if run.length else []
        needed = 2 * self._rounds
        if run.unread > run.read:
            why = f"the sender or content of {run.unread} messages is not known"
            answers.append(self.silent(run, why))
        elif run.read < needed:
            answers.append(self.silent(run, "too few messages", n=run.read, needed=needed))
        return answers

    def _look(self, run: _Run) -> Sequence[Answer]:
        """Tell of the shortest round that was gone through often enough just now."""
        if run.length:
            run.rounds = run.going[run.length] // run.length + 1
            return ()
        for length in range(2, LONGEST + 1):
            if run.going[length] >= (self._rounds - 1) * length:
                if len({said.agent for said in list(run.recent)[-length:]}) < 2:
                    continue
                run.length, run.rounds = length, run.going[length] // length + 1
                run.told = run.rounds
                return (self._finding(run, list(run.recent)[-length * self._rounds :]),)
        return ()

    def _break(self, run: _Run) -> Sequence[Answer]:
        answers = self._end(run) if run.length else ()
        run.recent.clear()
        run.hashes.clear()
        run.going = [0] * (LONGEST + 1)
        return answers

    def _end(self, run: _Run) -> Sequence[Answer]:
        """End the loop, and tell of it again where it went on after the first finding."""
        answers: Sequence[Answer] = ()
        if run.rounds > run.told:
            answers = (self._finding(run, list(run.recent)),)
        run.length = run.rounds = run.told = 0
        return answers

    def _finding(self, run: _Run, said: list[_Said]) -> Finding:
        pairs = dict.fromkeys((each.agent, to) for each in said for to in each.recipients)
        return self.claim(
            run,
            agents=[each.agent for each in said],
            edges=[Edge(sender=sender, receiver=to, via="message") for sender, to in pairs],
            evidence=[each.event for each in said],
            effect=(run.rounds, f"rounds of {run.length} messages"),
            n=run.read,
            null=f"no round of messages is gone through {self._rounds} times in a row",
            severity=severity(run.rounds, MEDIUM, HIGH),
            aspect="said",
        )
