"""The smallest world in which a question can go wrong, and all of its states.

One question that two of three people must approve; two executors that look at the store and then
write to it; a store that is durable, compares before it sets, and keeps the latest time it has
seen; a wall clock that goes both ways; a crash at any moment; policy, kill switch and enrolment
that change at any moment; and somebody who writes a grant into the database by hand.

The world counts what really happened beside the machine: who truly approved in time, and how often
the effect ran with which arguments. The properties compare the two.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from tertius.core.escalation import Escalation, EscalationState, Ruling
from tertius.escalation import machine
from tertius.escalation.question import (
    Answer,
    Cancel,
    Consume,
    Effect,
    Finish,
    Input,
    Late,
    Look,
    Lose,
    Moved,
    Question,
    Recount,
    Refused,
    Withdraw,
)

S = EscalationState
SHOWN, CHANGED = "a" * 64, "b" * 64
DEADLINE, LIFETIME, LAST = 2, 1, 3

ASKED = Escalation(
    id="x1",
    run="r1",
    agent="aid",
    request=SHOWN,
    view=SHOWN,
    opened=0,
    deadline=DEADLINE,
    quorum=2,
    approvers=("p-1", "p-2", "owner"),
    asks="pay",
    reason="above 400",
)
QUESTION = Question(escalation=ASKED, barred=("aid", "owner"), lifetime=LIFETIME, nonce=bytes(16))


class Said(NamedTuple):
    """An answer, and whether it truly is an eligible person's yes or no to what was asked."""

    ruling: Ruling
    signed: bool
    honest: bool


def said(
    person: str, choice: Any, number: int, *, key: str = SHOWN, **wrong: Any
) -> tuple[int, Said]:
    fields = {"request": SHOWN, "view": SHOWN, **wrong}
    signed = fields.pop("signed", True)
    ruling = Ruling(
        escalation="x1",
        person=person,
        key=key,
        choice=choice,
        time=0,
        signature=bytes([number] * 64),
        **fields,
    )
    return number, Said(ruling, signed, honest=signed and not wrong and person != "owner")


ANSWERS = dict(
    [
        said("p-1", "approve", 1),
        said("p-1", "approve", 2, key=CHANGED),  # the same person's second key
        said("p-2", "approve", 3),
        said("owner", "approve", 4),  # for whom the agent acts
        said("p-2", "approve", 5, signed=False),
        said("p-2", "approve", 6, request=CHANGED),
        said("p-2", "approve", 7, view=CHANGED),
        said("p-2", "deny", 8),
        said("p-2", "deny", 9, signed=False),
    ]
)


class Executor(NamedTuple):
    """One that runs effects: idle, looked, started, or ran."""

    at: str = "idle"
    seen: Question | None = None
    runs: str = SHOWN


class World(NamedTuple):
    """Everything that decides what can happen next, and the true account of what did."""

    question: Question = QUESTION
    clock: int = 0  # latest time that the store has seen
    wall: int = 0
    forbidden: bool = False
    killed: bool = False
    revoked: bool = False  # the second person's key
    first: Executor = Executor()
    second: Executor = Executor()
    approved: frozenset[str] = frozenset()  # who truly approved in time
    ran: tuple[str, ...] = ()


class Step(NamedTuple):
    """One thing that happened."""

    name: str
    before: World
    after: World
    effects: tuple[Effect, ...] = ()
    ran: bool = False


class Store:
    """What the SQLite store does, in four lines; the mutants take one away."""

    ratchets = True
    compares = True
    commits_before_effect = True
    crash_leaves = "unknown"

    def now(self, world: World) -> int:
        return max(world.clock, world.wall) if self.ratchets else world.wall


def short(q: Question | None) -> tuple[Any, ...] | None:
    return q and (q.state, q.expires, *(r.signature[0] for r in q.rulings))


def key(world: World) -> tuple[Any, ...]:
    """Return what tells two worlds apart, small."""
    first, second = ((e.at, short(e.seen), e.runs) for e in (world.first, world.second))
    hands = (first, second) if hash(first) <= hash(second) else (second, first)  # alike
    return (short(world.question), *world[1:6], *hands, world.approved, world.ran)


def explore(
    store: Store, check: Callable[[Step], str], *, limit: int = 10**6
) -> tuple[int, int, str, list[str]]:
    """Visit every world once; return how many, how many steps, and the first property broken."""
    start = World()
    came: dict[tuple[Any, ...], tuple[tuple[Any, ...], str] | None] = {key(start): None}
    waiting, steps = deque([start]), 0
    while waiting:
        world = waiting.popleft()
        for found in happenings(world, store):
            steps += 1
            after = key(found.after)
            if broken := check(found):
                return len(came), steps, broken, [*path(came, key(world)), found.name]
            if after not in came:
                assert len(came) < limit
                came[after] = (key(world), found.name)
                waiting.append(found.after)
    return len(came), steps, "", []


def path(came: dict[Any, Any], at: Any) -> list[str]:
    names = []
    while came[at] is not None:
        at, name = came[at]
        names.append(name)
    return names[::-1]


# -- what can happen -------------------------------------------------------------------------------


def happenings(world: World, store: Store) -> Iterator[Step]:
    yield from clocks(world, store)
    yield from outsiders(world, store)
    for hand in ("first", "second"):
        yield from executor(world, store, hand)
    yield crash(world, store)


def clocks(world: World, store: Store) -> Iterator[Step]:
    if world.wall < LAST:
        yield Step("later", world, world._replace(wall=world.wall + 1))
    if world.wall > 0:
        yield Step("clock set back", world, world._replace(wall=world.wall - 1))
    if (now := store.now(world)) != world.clock:
        yield Step("another question is looked at", world, world._replace(clock=now))
    yield feed("look", world, store, Look())


def feed(name: str, world: World, store: Store, given: Input) -> Step:
    """Load, step and save in one transaction."""
    now = store.now(world)
    question, effects = machine.step(world.question, given, now)
    return Step(name, world, world._replace(question=question, clock=now), effects)


def holding(world: World) -> frozenset[bytes]:
    """Return the signatures that hold: a forged one never does, whatever the database says."""
    return frozenset(
        each.ruling.signature
        for each in ANSWERS.values()
        if each.signed and not (world.revoked and each.ruling.person == "p-2")
    )


def outsiders(world: World, store: Store) -> Iterator[Step]:
    for number, each in ANSWERS.items():
        signed = each.signed and each.ruling.signature in holding(world)
        found = feed(f"answer {number}", world, store, Answer(each.ruling, signed))
        yes = each.honest and signed and each.ruling.choice == "approve"
        if yes and store.now(world) < DEADLINE and world.question.state is S.OPEN:
            approved = world.approved | {each.ruling.person}
            found = found._replace(after=found.after._replace(approved=approved))
        yield found
    yield feed("task ends", world, store, Withdraw("task ended"))
    if not world.forbidden:
        yield Step("a rule forbids", world, world._replace(forbidden=True))
    if not world.killed:
        killed = feed("kill", world, store, Cancel("kill"))
        yield killed._replace(after=killed.after._replace(killed=True))
        # the switch works while the database is locked: latched, and nothing else done
        yield Step("kill, store locked", world, world._replace(killed=True))
    if not world.revoked:
        gone = world._replace(revoked=True)
        recounted = feed("revoke", world, store, Recount(holding(gone)))
        yield recounted._replace(after=recounted.after._replace(revoked=True))
        yield Step("revoke, store locked", world, gone)
    if world.question.state is S.OPEN and not world.question.rulings:
        forged = replace(world.question, state=S.GRANTED, expires=LAST + 1)
        yield Step("forged row", world, world._replace(question=forged))


def executor(world: World, store: Store, hand: str) -> Iterator[Step]:
    me: Executor = getattr(world, hand)

    def stand(after: World, at: str, **changes: Any) -> World:
        return after._replace(**{hand: Executor(at, **changes)})

    match me.at:
        case "idle" if world.question.state in (S.GRANTED, S.STARTED):
            yield Step("look", world, stand(world, "looked", seen=world.question))
        case "looked":
            for runs in (SHOWN, CHANGED):
                yield consume(world, store, hand, runs)
        case "started":
            yield run(world, stand(world, "ran", runs=me.runs), me.runs)
            lost = feed("answer lost", world, store, Lose("no answer"))
            yield lost._replace(after=stand(lost.after, "idle"))
        case "ran":
            for ok in (True, False):
                done = feed(f"finish {ok}", world, store, Finish(ok))
                yield done._replace(after=stand(done.after, "idle"))
            yield feed("answer lost", world, store, Lose("no answer"))


def run(before: World, after: World, runs: str) -> Step:
    return Step("run", before, after._replace(ran=(*before.ran, runs)[:2]), ran=True)


def consume(world: World, store: Store, hand: str, runs: str) -> Step:
    me: Executor = getattr(world, hand)
    assert me.seen is not None
    now = store.now(world)
    given = Consume(
        request=runs,
        view=runs,
        holding=holding(world),
        forbidden=world.forbidden,
        halted=world.killed,
    )
    question, effects = machine.step(me.seen, given, now)
    idle = world._replace(**{hand: Executor()}, clock=now)
    if store.compares and me.seen != world.question:
        return Step("store has changed", world, idle)
    after = idle._replace(question=question)
    started = any(isinstance(e, Moved) and e.after is S.STARTED for e in effects)
    if started and not store.commits_before_effect:
        early = idle._replace(clock=world.clock, **{hand: Executor("ran", runs=runs)})
        return run(world, early, runs)
    if started:
        after = after._replace(**{hand: Executor("started", runs=runs)})
    return Step(f"consume {runs[0]}", world, after, effects)


def crash(world: World, store: Store) -> Step:
    """Both executors vanish; on reopening, whatever was running is settled."""
    bare = world._replace(first=Executor(), second=Executor())
    if world.question.state is not S.STARTED:
        return Step("crash", world, bare)
    if store.crash_leaves == "granted":
        again = replace(world.question, state=S.GRANTED, expires=LAST + 1)
        return Step("crash", world, bare._replace(question=again))
    now = store.now(world)
    question, effects = machine.step(world.question, Lose("crash"), now)
    return Step("crash", world, bare._replace(question=question, clock=now), effects)


# -- what must hold --------------------------------------------------------------------------------


def broken(step: Step) -> str:
    """Return the name of a property that a step breaks, empty if it breaks none."""
    before, after = step.before, step.after
    old, new = before.question, after.question
    moved = [e for e in step.effects if isinstance(e, Moved)]
    starts = any(e.after is S.STARTED for e in moved)
    if starts:
        alive = before.approved - ({"p-2"} if before.revoked else frozenset())
        if len(alive) < ASKED.quorum:
            return "P1 only with enough distinct eligible timely approvals"
        if before.killed or old.state.terminal:
            return "P3 no start after a closing state or kill"
        if before.forbidden:
            return "P10 forbid is never lifted"
        if max(before.clock, before.wall) >= old.expires:
            return "P7 a clock set back revives nothing"
    if step.ran and len(after.ran) > 1:
        return "P2 at most once"
    if step.ran and after.ran[-1] != SHOWN:
        return "P4 what runs is what was shown"
    if step.ran and new.state in (S.OPEN, S.GRANTED):
        return "P8 a crash leads to a crash-free state or to unknown"
    if old.state.terminal and new != old:
        return "P5 ends absorb"
    if old.state.terminal and not step.ran and told_nothing(step):
        return "P5 later input is late"
    for each in moved:
        person = each.ruling is not None
        if each.after is S.DENIED and not (person and honest_no(each.ruling)):
            return "P6 only a person says no"
        if each.after is S.GRANTED and before.clock >= DEADLINE:
            return "P7 a clock set back revives nothing"
    if step.name == "crash" and (old.state, new.state) != (S.STARTED, S.UNKNOWN) and old != new:
        return "P8 a crash leads to a crash-free state or to unknown"
    if new.state is S.STARTED and {before.first.at, before.second.at} <= {"idle"} and not starts:
        return "P8 a crash leads to a crash-free state or to unknown"
    return ""


def told_nothing(step: Step) -> bool:
    """Whether an answer or an order came after the end and left no trace."""
    fed = step.name.startswith(("answer", "task", "finish")) or step.name == "kill"
    return fed and not any(isinstance(e, Late | Refused) for e in step.effects)


def honest_no(ruling: Ruling | None) -> bool:
    return ruling is not None and any(
        each.honest and each.ruling == ruling and ruling.choice == "deny"
        for each in ANSWERS.values()
    )
