"""Stories of those detectors that state facts or estimates: a plain scenario for each.

An effect is the share of rounds in which the thing happens; the rest is ordinary work.
"""

from __future__ import annotations

from collections.abc import Callable

from tertius.core import events as e
from tertius.core.oversight_events import Decided
from watch.tape import Play, Tape, story

CREW = ("ann", "bob", "cy")
SHARES = (0.1, 0.3, 1.0)
TEXT = (
    "the report of last week says that costs rise while orders from abroad fall so we should look "
    "at each region again and compare what was planned with what came in before we write to them"
)
WORDS = TEXT.split()


def told(
    detector: str, what: str, *involved: str, quiet: int = 20, **settings: object
) -> Callable[[Play], Play]:
    """Enter a story of a detector that does not bet."""
    return story(detector, what, SHARES, *involved, agents=CREW, quiet=quiet, loud=40, honest=60,
                 streams=100, end=True, **settings)  # fmt: skip


def talk(tape: Tape) -> None:
    """Write ordinary talk: a request and its answer, in words that differ each time."""
    one, other = tape.chance.sample(CREW, 2)
    tape.add(e.MessageSent, one, words(tape) + b"?", recipients=(other,))
    tape.add(e.MessageSent, other, words(tape) + b".", recipients=(one,))


def words(tape: Tape, count: int = 14) -> bytes:
    """Draw a sentence."""
    return " ".join(tape.chance.choices(WORDS, k=count)).encode()


def trade(tape: Tape) -> None:
    """Write ordinary use of something shared: taken and given back."""
    agent = tape.chance.choice(CREW)
    tape.add(e.ResourceClaimed, agent, resource="lock", amount=1)
    tape.add(e.ResourceReleased, agent, resource="lock", amount=1)


@told("step_repetition", "share of rounds with the same step again")
def the_same_step(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann sends one long instruction again and again."""
    talk(tape)
    if tape.happens(excess):
        tape.add(e.MessageSent, "ann", " ".join(WORDS * 2).encode(), recipients=("bob",))


@told("conversation_restart", "share of rounds at which the run starts again")
def begins_again(tape: Tape, excess: float, nuisance: float) -> None:
    """The run is started once more in the middle of work."""
    if tape.happens(excess):
        tape.add(e.RunStarted)
    for _ in range(3):
        talk(tape)


@told("agent_loop", "share of rounds with the same exchange three times")
def in_a_circle(tape: Tape, excess: float, nuisance: float) -> None:
    """Two agents say the same to each other, three times in a row."""
    talk(tape)
    for _ in range(3 if tape.happens(excess) else 0):
        tape.add(e.MessageSent, "ann", b"Is it done?", recipients=("bob",))
        tape.add(e.MessageSent, "bob", b"Ask me later.", recipients=("ann",))


@told("handoff_pingpong", "share of rounds with six hand-overs and no work")
def back_and_forth(tape: Tape, excess: float, nuisance: float) -> None:
    """Control goes to and fro."""
    tape.add(e.HandedOff, "ann", to="bob")
    tape.add(e.ToolCalled, "bob", b"{}", tool="search")
    for number in range(6 if tape.happens(excess) else 0):
        one, other = ("bob", "ann") if number % 2 == 0 else ("ann", "bob")
        tape.add(e.HandedOff, one, to=other)


@told("premature_end", "share of tasks that are open when the run ends")
def leaves_tasks_open(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann is given a task, and completes it or not."""
    task = f"t{tape.round}"
    tape.add(e.TaskAssigned, "bob", b"do it", task=task, to="ann")
    if not tape.happens(excess):
        tape.add(e.TaskCompleted, "ann", task=task)


@told("no_end", "chance of each round that the run is left without an end")
def never_ends(tape: Tape, excess: float, nuisance: float) -> None:
    """Talk, and a run whose record breaks off."""
    talk(tape)
    if tape.happens(excess):
        tape.memo["open"] = True


@told("unanswered_request", "share of rounds with a request that nobody answers")
def no_answer(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann asks Cy, who says nothing while the others go on."""
    if tape.happens(excess):
        tape.add(e.MessageSent, "ann", words(tape) + b"?", recipients=("cy",))
    for _ in range(4):
        tape.add(e.MessageSent, "ann", words(tape) + b"?", recipients=("bob",))
        tape.add(e.MessageSent, "bob", words(tape) + b".", recipients=("ann",))


@told("unknown_recipient", "share of rounds with a message to nobody")
def to_nobody(tape: Tape, excess: float, nuisance: float) -> None:
    """A name is misspelt."""
    talk(tape)
    if tape.happens(excess):
        tape.add(e.MessageSent, "ann", b"please look", recipients=("bobb",))


@told("unreturned_result", "share of rounds with a claim from a call that never returned")
def claims_too_soon(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann claims what a call says, before it returned."""
    name = f"c{tape.round}"
    call = tape.add(e.ToolCalled, "ann", b"{}", tool="price", call=name)
    if not tape.happens(excess):
        tape.add(e.ToolReturned, "ann", b"3", tool="price", call=name, ok=True)
    tape.add(e.Claimed, "ann", about="price", value=3, causes=[call])


@told("dropped_fact", "share of hand-overs without what was ordered")
def drops_what_matters(tape: Tape, excess: float, nuisance: float) -> None:
    """An order with a number, a date and an amount is handed over, whole or without them."""
    number = 100 + tape.round
    order = f"Move order A-{number} for m{number}@example.org to 2026-11-30, at most {number} kg."
    tape.add(e.MessageSent, "ann", order.encode(), recipients=("bob",))
    passed = "Please move it." if tape.happens(excess) else order
    tape.add(e.HandedOff, "bob", passed.encode(), to="cy")
    tape.add(e.ToolCalled, "cy", b'{"order": "latest"}', tool="move")


@told("inconsistent_view", "share of rounds in which two act on different values")
def two_views(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann and Bob each act on what they hold a price to be."""
    price = tape.round
    one = tape.add(e.Claimed, "ann", about=f"price-{price}", value=price)
    differs = tape.happens(excess)
    other = tape.add(e.Claimed, "bob", about=f"price-{price}", value=price + differs)
    tape.add(e.ToolCalled, "ann", b"{}", tool="buy", causes=[one])
    tape.add(e.ToolCalled, "bob", b"{}", tool="sell", causes=[other])


@told("resource_overuse", "share of rounds with more than the quota held", quotas="lock=2")
def beyond_its_quota(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann takes three where two are hers."""
    trade(tape)
    if tape.happens(excess):
        tape.add(e.ResourceClaimed, "ann", resource="lock", amount=3)
        tape.add(e.ResourceReleased, "ann", resource="lock", amount=3)


@told("resource_depletion", "share of rounds with a reading below the limit", floors="lake=10")
def runs_dry(tape: Tape, excess: float, nuisance: float) -> None:
    """The lake is read after each round of claims."""
    for agent in CREW:
        tape.add(e.ResourceClaimed, agent, resource="lake", amount=1)
    value = 9 if tape.happens(excess) else 10 + tape.chance.randrange(5)
    tape.add(e.OutcomeObserved, about="lake", value=value)


@told("resource_deadlock", "share of rounds in which two wait for each other")
def wait_in_a_ring(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann and Bob hold one lock each; both may want the other's."""
    ring = tape.happens(excess)
    for agent, held in (("ann", "left"), ("bob", "right")):
        tape.add(e.ResourceClaimed, agent, resource=held, amount=1)
    tape.add(e.OutcomeObserved, "ann", about="wait/right", value=True)
    if ring:
        tape.add(e.OutcomeObserved, "bob", about="wait/left", value=True)
    for agent, held in (("ann", "left"), ("bob", "right")):
        tape.add(e.ResourceReleased, agent, resource=held, amount=1)
    tape.add(e.OutcomeObserved, "ann", about="wait/right", value=False)
    tape.add(e.OutcomeObserved, "bob", about="wait/left", value=False)


@told("starvation", "share of rounds in which others pass a wait too often", passes=3)
def always_the_others(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann waits, and is served after one other, or after six."""
    tape.add(e.OutcomeObserved, "ann", about="wait/lock", value=True)
    for _ in range(6 if tape.happens(excess) else 1):
        tape.add(e.ResourceClaimed, "bob", resource="lock", amount=1)
    tape.add(e.ResourceClaimed, "ann", resource="lock", amount=1)


@told("retaliation", "share of steps at which the blow is answered")
def blow_for_blow(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann strikes now and then by mistake; Bob answers, and Ann answers Bob."""
    for agent in CREW:
        tape.add(e.Acted, agent, step=tape.round, action="stay")
    struck = tape.memo.get("struck", "")
    tape.memo["struck"] = ""
    if struck and tape.happens(excess):
        other = "bob" if struck == "ann" else "ann"
        tape.add(e.OutcomeObserved, struck, about=other, value="zapped")
        tape.memo["struck"] = other
    elif tape.happens(0.1):
        tape.add(e.OutcomeObserved, "ann", about="bob", value="zapped")
        tape.memo["struck"] = "bob"


@told("price_variance", "chance that a price repeats the one before, high as it is", above=1.6)
def prices_stand_still(tape: Tape, excess: float, nuisance: float) -> None:
    """Prices above what is declared as high, which move or do not."""
    price = tape.memo.get("price", 1.8)
    if not tape.happens(excess):
        price = 1.8 + 0.4 * (tape.chance.random() - 0.5)
    tape.memo["price"] = price
    tape.add(e.OutcomeObserved, "ann", about="price", value=price)


@told("breakdown", "chance that all stop at the same step", moves="help", steps=3)
def all_stop(tape: Tape, excess: float, nuisance: float) -> None:
    """Everybody does its part mostly; or nobody does any more, three steps on end."""
    if tape.happens(excess / 3):
        tape.memo["until"] = tape.round + 3
    stopped = tape.round < tape.memo.get("until", 0)
    for agent in CREW:
        move = "rest" if stopped or tape.happens(0.2) else "help"
        tape.add(e.Acted, agent, step=tape.round, action=move)


@told("collusion_on_paper", "share of rounds with a word of a pact")
def speak_of_a_pact(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann tells Bob to keep something between them."""
    talk(tape)
    if tape.happens(excess):
        tape.add(e.MessageSent, "ann", b"Let us keep this between us.", recipients=("bob",))


@told("acceptance_onset", "share of acceptances unread", logged=True)
def stop_looking(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann and Bob accept each other's work, read or not."""
    for worker, checker in (("ann", "bob"), ("bob", "ann")):
        done = tape.add(e.TaskCompleted, worker, task=f"{worker}-{tape.round}")
        if not tape.happens(excess):
            tape.add(e.MemoryRead, checker, store="work", causes=[done])
        tape.add(e.Accepted, checker, subject=done)


@told("rating_bias", "of the scale, by which a friend is rated above what others rate")
def another_measure(tape: Tape, excess: float, nuisance: float) -> None:
    """Three rate Dee's work; one is a friend."""
    item, worth = f"dee-{tape.round}", 0.3 + 0.3 * tape.chance.random()
    for rater in CREW:
        bonus = excess if rater == "ann" else 0.0
        score = min(1.0, max(0.0, worth + bonus + tape.chance.gauss(0, 0.05)))
        tape.add(e.Rated, rater, ratee="dee", item=item, score=score)


@told("joint_errors", "share of items on which two err as one")
def err_alike(tape: Tape, excess: float, nuisance: float) -> None:
    """Two agents and a panel of two answer an item of four choices."""
    if tape.round == 0:
        for agent in ("p1", "p2"):
            tape.add(e.AgentJoined, agent, role="panel")
    item, agents = f"item-{tape.round}", ("ann", "bob", "p1", "p2")
    said = {name: tape.chance.choice("bcd") if tape.happens(0.4) else "a" for name in agents}
    if tape.happens(excess):
        said["ann"] = said["bob"] = tape.chance.choice("bcd")
    for name in agents:
        tape.add(e.Asserted, name, act="vote", about=item, value=said[name])
    tape.add(e.OutcomeObserved, about=item, value="a")


@told("echo_chamber", "share of items on which all come to agree", quiet=5)
def come_to_agree(tape: Tape, excess: float, nuisance: float) -> None:
    """Three disagree at first; in the end they may all say the same."""
    item, agree = f"item-{tape.round}", tape.happens(excess)
    for name, vote in zip(CREW, ("yes", "yes", "no"), strict=True):
        tape.add(e.Asserted, name, act="vote", about=item, value=vote)
    tape.add(e.Asserted, "cy", act="vote", about=item, value="yes" if agree else "no")
    tape.add(e.OutcomeObserved, about=item, value=tape.chance.choice(("yes", "no")))


@told("outbreak", "chance that a holder hands a note on, beyond as often as one is lost")
def multiplies(tape: Tape, excess: float, nuisance: float) -> None:
    """A note is taken over from a holder, or lost, as often; or taken over more often."""
    held: list[tuple[str, str]] = tape.memo.setdefault("held", [])
    while len(held) < 3:
        agent = f"a{tape.round}-{len(held)}"
        held.append((agent, tape.add(e.MemoryWritten, agent, b"it", store="own", key="k")))
    if tape.happens(0.5 + excess / 2):
        taker, giver = f"b{tape.round}", tape.chance.choice(held)[1]
        own = f"own {tape.round}".encode()
        tape.add(e.MemoryWritten, taker, own, store="own", key="k")
        copy = tape.add(e.MemoryWritten, taker, b"it", store="own", key="k", causes=[giver])
        held.append((taker, copy))
        return
    loser, _ = held.pop(tape.chance.randrange(len(held)))
    tape.add(e.MemoryWritten, loser, f"new {tape.round}".encode(), store="own", key="k")


@told("runaway_feedback", "failures that a failure calls forth, of 0.95")
def calls_forth_others(tape: Tape, excess: float, nuisance: float) -> None:
    """In every minute a failure comes out of nothing or not; each may call forth another."""
    tape.wait(60)
    tape.add(e.ToolReturned, "ann", tool="sum", ok=True)
    for _ in range(3):
        failed = tape.happens(0.3)
        while failed:
            tape.add(e.ToolReturned, "ann", tool="sum", ok=False)
            failed = tape.happens(0.95 * excess)


@told("unowned_work", "share of parts that nobody does")
def nobodys_part(tape: Tape, excess: float, nuisance: float) -> None:
    """A whole of two parts is reported done."""
    whole = f"job-{tape.round}"
    for number, part in enumerate((f"{whole}/one", f"{whole}/two")):
        tape.add(e.TaskAssigned, "ann", task=part, to="bob")
        if number == 0 or not tape.happens(excess):
            tape.add(e.TaskCompleted, "bob", task=part)
    tape.add(e.TaskCompleted, "ann", task=whole)


@told("repeated_falsehood", "share of refuted claims that are said again")
def says_it_again(tape: Tape, excess: float, nuisance: float) -> None:
    """Bob refutes what Ann claims; Ann may say it again."""
    claim = tape.add(e.Claimed, "ann", about=f"fact-{tape.round}", value=True)
    tape.add(e.Verified, "bob", subject=claim, result="contradicted")
    if tape.happens(excess):
        tape.add(e.MessageSent, "ann", words(tape), recipients=("cy",), causes=[claim])


@told("broken_promise", "share of promises that are not kept in time")
def does_not_keep_it(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann promises a task to Bob, and completes it or not."""
    task = f"t{tape.round}"
    tape.add(e.Promised, "ann", to=("bob",), due=tape.now + 30 * 10**9, task=task)
    if not tape.happens(excess):
        tape.add(e.TaskCompleted, "ann", task=task)
    tape.wait(60)
    tape.add(e.TaskCompleted, "cy", task=f"own-{tape.round}")


@told("ungoverned_action", "share of calls without a decision")
def past_the_gate(tape: Tape, excess: float, nuisance: float) -> None:
    """Ann calls a tool, with the gate's permit or without."""
    permit = tape.add(
        Decided, "ann", request="0" * 64, outcome="permit", action="tool.call", resource="pay"
    )
    causes = [] if tape.happens(excess) else [permit]
    tape.add(e.ToolCalled, "ann", b"{}", tool="pay", causes=causes)
