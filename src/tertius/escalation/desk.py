"""The desk: questions are asked, answered, consumed and settled here, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from tertius.core.decision import Decision
from tertius.core.errors import CallerError
from tertius.core.escalation import Escalation, EscalationState, Ruling, Token
from tertius.core.request import Request
from tertius.escalation.approvers import Register
from tertius.escalation.asked import Asked, require_asked
from tertius.escalation.asking import (
    NotAskedError,
    approvers,
    card_for,
    question_of,
    require_askable,
    require_room,
)
from tertius.escalation.attempt import attempt, holding
from tertius.escalation.card import render
from tertius.escalation.clerk import LIVE, Clerk, Emit, NotCountedError
from tertius.escalation.in_force import require_current, require_newer, require_origin
from tertius.escalation.question import (
    Answer,
    Cancel,
    Counted,
    Finish,
    Input,
    Late,
    Lose,
    Moved,
    Question,
    Recount,
    Refused,
    Withdraw,
)
from tertius.escalation.queue import Limits, Line, arrange, gists
from tertius.escalation.store import Store
from tertius.escalation.telling import opened
from tertius.escalation.token import is_ours, token_for
from tertius.escalation.transaction import Row, Transaction
from tertius.escalation.triggers import Terms
from tertius.escalation.wording import too_late

S = EscalationState


class NotStartedError(CallerError):
    """Nothing may run."""


class Desk:
    """One place where questions wait for people.

    Parameters
    ----------
    store
        Where they lie. Only the desk of an executor's store may consume, finish and recover.
    register
        Who may rule.
    origin
        Of the log; answers and tokens of another one do not count here.
    entropy
        Gives that many random bytes.
    emit
        Takes events into the log; None in a process that only rules, the executor's desk then
        tells the log.
    forbids
        Judges a request again: whether any layer forbids it now. What it raises counts as yes.
    halted
        Whether a kill switch outside this desk is on.
    asked
        What the log says was asked; a question that says anything else is not answered and not
        consumed. With None nobody sees that the store was rewritten, card and terms alike.
    limits
        How much one agent may ask.
    now
        UTC nanoseconds.

    Notes
    -----
    Thread-safe. Every method takes the time; the store uses the latest it has ever seen. Opening
    an executor's desk settles what was running when the last one ended: it becomes `unknown`, is
    shown to people, and is never run again. A desk cannot see whether an effect happened, only
    whether somebody told it so.
    """

    def __init__(
        self,
        store: Store,
        register: Register,
        *,
        origin: str,
        entropy: Callable[[int], bytes],
        now: int,
        emit: Emit | None = None,
        forbids: Callable[[Request], bool] = lambda request: True,
        halted: Callable[[], bool] = lambda: False,
        asked: Asked | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._store, self._origin, self._entropy = store, origin, entropy
        self._forbids, self._halted, self._asked = forbids, halted, asked
        self._limits = limits or Limits()
        self._clerk = Clerk(store, origin, emit, self._limits)
        self._register = register
        with store.transaction(now) as tx:
            require_origin(tx, origin)
        self._killed = False
        self.enrol(register, now=now)
        if store.executor:
            self._clerk.each(now, lambda row: Lose("the gate ended while it ran"), S.STARTED)
        self.expire(now=now)

    # -- asking ------------------------------------------------------------------------------------

    def open(
        self,
        request: Request,
        decision: Decision,
        terms: Terms,
        *,
        id: str,
        now: int,
        sure: str = "",
        secret: Sequence[str] = (),
        cause: str | None = None,
    ) -> Escalation:
        """Put a question to people; it is durable before this returns.

        Parameters
        ----------
        decision
            The answer to this very request; it must be `escalate`.
        terms
            How it is asked.
        id
            A new name of at most `MAX_ID` characters.
        sure
            How sure it is that a person is needed, in words.
        secret
            Arguments to be masked on the card.
        cause
            Id of the decision's event.

        Raises
        ------
        NotAskedError
            The agent asks too much, nobody could answer, or the switch is on. The request is then
            denied, not queued.
        """
        require_askable(request, decision, id)
        with self._store.transaction(now) as tx:
            if self._stopped(tx):
                raise NotAskedError("the kill switch is on; nothing is asked")
            require_current(tx, self._register)
            self._clerk.expire(tx, halted=False)
            require_room(tx, request.agent, self._limits)
            barred = self._register.barred(request)
            asked = approvers(self._register, terms, barred)
            card = card_for(
                request, decision, terms, asked, id=id, now=tx.now, sure=sure, secret=secret
            )
            question = question_of(card, barred, self._entropy)
            tx.add(question, card)
            tx.record(opened(card, question, cause), render(card))
            self._clerk.notify(tx, question)
        self._clerk.flush()
        return question.escalation

    # -- answering ---------------------------------------------------------------------------------

    def rule(self, ruling: Ruling, *, now: int) -> Question:
        """Take an answer and return where its question stands.

        Raises
        ------
        NotCountedError
            It is not signed by an enrolled, eligible person over these bytes, or it is late:
            after a grant too, which no single no takes back.
        NotWhatWasAskedError
            The question is not the one that the log holds.
        """
        found = self.show(ruling.escalation, now=now)
        if found.question.state in LIVE:  # what has ended takes nothing but a late answer
            self.require_asked(found)
        with self._store.transaction(now) as tx:
            require_current(tx, self._register)
            row = tx.load(ruling.escalation)
            signed = self._register.holds(self._origin, row.question.escalation, ruling)
            answer = Answer(replace(ruling, time=tx.now), signed)
            question, effects = self._clerk.feed(tx, row, answer)
        self._clerk.flush()
        for effect in effects:
            if isinstance(effect, Refused | Late):
                late = isinstance(effect, Late)
                left = late and too_late(question.state, ruling.choice, halted=self.killed)
                raise NotCountedError(f"not counted: {effect.why}{left or ''}")
        return question

    def enrol(self, register: Register, *, now: int) -> None:
        """Put a register in force; what rested on a key that is no longer enrolled is void.

        Raises
        ------
        RegisterRollbackError
            It is older than the one in force.
        """
        with self._store.transaction(now) as tx:
            require_newer(tx, register)
            self._register = register
            for row in tx.rows(S.OPEN, S.GRANTED):
                self._clerk.feed(tx, row, Recount(holding(register, self._origin, row)))
        self._clerk.flush()

    # -- running -----------------------------------------------------------------------------------

    def token(self, id: str, *, now: int) -> Token | None:
        """Return the token of a question, None while there is no grant to be consumed."""
        with self._store.transaction(now) as tx:
            row = tx.load(id)
            question = self._clerk.look(tx, row, halted=self._stopped(tx))
        self._clerk.flush()
        if question.state is not S.GRANTED or row.card is None:
            return None
        return token_for(self._origin, question, row.card.request)

    def consume(self, token: Token, request: Request, *, now: int) -> Question:
        """Take the one permission to run a request; afterwards run it, then call `finish`.

        Parameters
        ----------
        token
            As `token` gave it.
        request
            What is about to run, exactly.

        Raises
        ------
        NotStartedError
            It may not run, and why.
        RegisterRollbackError
            A newer register is in force; `enrol` it first.

        Notes
        -----
        In one transaction: granted, unexpired, digests made anew, approvals counted anew,
        policy judged anew, no kill switch. It returns once the transaction and the log are
        durable. If the log fails, the question ends as `failed` and nothing runs.
        """
        self._require_executor()
        self._clerk.flush()
        with self._store.transaction(now) as tx:
            require_current(tx, self._register)
            row = tx.load(token.escalation or "")
            if not is_ours(row.question, token):
                raise NotStartedError("that token was never opened here")
            given = attempt(
                row, token, request, origin=self._origin, register=self._register,
                forbids=self._forbids, require_asked=self.require_asked, halted=self._stopped(tx),
            )  # fmt: skip
            question, effects = self._clerk.feed(tx, row, given)
        started = any(isinstance(e, Moved) and e.after is S.STARTED for e in effects)
        try:
            self._clerk.flush()
        except BaseException:
            if started:
                self._clerk.note(question.escalation.id, Finish(ok=False), now)
            raise
        if not started:
            why = "; ".join(each.why for each in effects if not isinstance(each, Counted))
            raise NotStartedError(f"it may not run: {why}")
        return question

    def finish(self, id: str, *, ok: bool, now: int) -> Question:
        """Tell that the effect came back; after `unknown` this is recorded as late."""
        self._require_executor()
        return self._clerk.settle(id, Finish(ok), now)

    def lose(self, id: str, why: str, *, now: int) -> Question:
        """Tell that the effect's answer was lost: nobody knows whether it happened."""
        self._require_executor()
        return self._clerk.settle(id, Lose(why), now)

    # -- ending ------------------------------------------------------------------------------------

    def withdraw(self, id: str, why: str, *, now: int) -> Question:
        """Take a question back because nobody needs the answer any more."""
        return self._clerk.settle(id, Withdraw(why), now)

    def expire(self, *, now: int) -> None:
        """End what is due. Call it now and then; whoever looks at a question does so for it."""
        with self._store.transaction(now) as tx:
            self._clerk.expire(tx, halted=self._stopped(tx))
        self._clerk.flush()

    def void(self, why: str, *, now: int, agent: str | None = None, run: str | None = None) -> None:
        """Make open questions and grants void: a quarantine, or a rule that forbids from now on."""

        def concerned(row: Row) -> Input | None:
            asked = row.question.escalation
            named = agent in (None, asked.agent) and run in (None, asked.run)
            return Cancel(why) if named else None

        self._clerk.each(now, concerned, S.OPEN, S.GRANTED)

    def kill(self, why: str, *, now: int) -> tuple[Question, ...]:
        """Latch the switch, void everything that has not started, return what is running.

        It holds in this process before anything is written: a locked or full disk raises only
        afterwards.
        """
        self._killed = True
        with self._store.transaction(now) as tx:
            tx.put("killed", why or "kill")
        self.void(why or "the kill switch is on", now=now)
        return tuple(line.question for line in self.list(now=now, states=(S.STARTED,)))

    def resume(self, *, now: int) -> None:
        """Release the switch; what it made void stays void."""
        with self._store.transaction(now) as tx:
            tx.put("killed", "")
        self._killed = False

    @property
    def register(self) -> Register:
        """Who may rule now."""
        return self._register

    @property
    def origin(self) -> str:
        """Origin of the log that the questions belong to."""
        return self._origin

    @property
    def killed(self) -> bool:
        """Whether a switch of this process is on; one in the store counts just as much."""
        return self._killed or self._halted()

    # -- looking -----------------------------------------------------------------------------------

    def list(
        self, *, now: int, states: Sequence[EscalationState] = (*LIVE, S.UNKNOWN)
    ) -> tuple[Line, ...]:
        """Return the questions in these states as a person should see them; empty means all."""
        with self._store.transaction(now) as tx:
            self._clerk.expire(tx, halted=self._stopped(tx))
            rows = tx.rows(*states)
            found = arrange((row.question for row in rows), gists(rows))
        self._clerk.flush()
        return found

    def show(self, id: str, *, now: int) -> Row:
        """Return a question with its card.

        Raises
        ------
        NoSuchQuestionError
            There is none of that id.
        """
        with self._store.transaction(now) as tx:
            self._clerk.look(tx, tx.load(id), halted=self._stopped(tx))
            found = tx.load(id)
        self._clerk.flush()
        return found

    def require_asked(self, row: Row) -> bool:
        """Raise as `tertius.escalation.asked` does; tell whether there was a log to ask."""
        if self._asked is None:
            return False
        require_asked(row, self._asked)
        return True

    def erase(self, id: str, *, now: int) -> None:
        """Destroy the content of an ended question: request, arguments and salt."""
        with self._store.transaction(now) as tx:
            row = tx.load(id)
            if row.question.state in LIVE:
                raise CallerError(f"question `{id}` is {row.question.state}; erase it once ended")
            tx.erase(id)

    def flush(self) -> None:
        """Hand the log what it has not confirmed, in order. Call it now and then.

        What a person rules in another process reaches the log this way.
        """
        self._clerk.flush()

    # -- within ------------------------------------------------------------------------------------

    def _stopped(self, tx: Transaction) -> bool:
        return self.killed or tx.get("killed", "") != ""

    def _require_executor(self) -> None:
        if not self._store.executor:
            raise NotStartedError("this desk only rules; the gate's own desk runs things")
