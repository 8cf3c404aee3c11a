"""A small log with all that a report shows, and texts that would like to be more than text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tertius.core.events import (
    AgentJoined,
    Cause,
    HandedOff,
    MemoryRead,
    MemoryWritten,
    MessageSent,
    RunEnded,
    RunStarted,
    ToolReturned,
)
from tertius.core.finding import CouldNotTell, Edge, Effect, Finding
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import DetectorSpec
from tertius.log.content import SeededSalts
from tertius.log.notekey import SigningKey
from tertius.log.verify import verify
from tertius.log.verify_report import Report
from tertius.log.writer import Writer

KEY = SigningKey("tertius/small", bytes(range(32)))
MARKUP = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'><!--"
HOSTILE = f"{MARKUP}\u2028window.broken = 3\u2029 pay \u202e001$ \u200b{{{{x}}}} ${{y}} & done"
LONG = "All work and no play. " * 400
MINUTE = 60 * 10**9
START = 1_767_225_600 * 10**9  # 2026-01-01

SPEC = DetectorSpec(
    name="echo",
    version="2",
    title=f"Said twice {MARKUP}",
    plain=f"The same thing was said again. {MARKUP}",
    kinds=("message.sent",),
    failure_modes=("caif.miscoordination",),
    source="hand-made",
    null="nobody says a thing twice",
    assumptions=("the record is complete",),
    guarantees=(GuaranteeCode.FACT,),
    blind="anything said once",
    memory=1024,
)
IDLE = DetectorSpec(
    name="votes",
    version="1",
    title="Votes bought",
    plain="Somebody was paid for a vote.",
    kinds=("asserted", "paid"),
    failure_modes=("caif.collusion",),
    source="hand-made",
    null="votes are free",
    assumptions=("the record is complete",),
    guarantees=(GuaranteeCode.FACT,),
    blind="unpaid favours",
    memory=1024,
)
SPECS = (SPEC, IDLE)


def finding(
    evidence: tuple[str, ...] = ("r/2", "r/4"),
    *,
    agents: tuple[str, ...] = ("coder",),
    severity: str = "high",
    run: str = "r",
) -> Finding:
    return Finding(
        detector="echo",
        version="2",
        parameters="0" * 64,
        run=run,
        failure_mode="caif.miscoordination",
        mast_mode="FM-1.3",
        risk_factors=("caif.network_effects",),
        aspect="said",
        agents=agents,
        edges=(Edge(sender="coder", receiver="planner", channel="chat", via="message"),),
        evidence=evidence,
        severity=severity,  # type: ignore[arg-type]  # checked by the noun
        effect=Effect(value=2, unit="times", low=2, high=2, level=1),
        n=5,
        null="nobody says a thing twice",
        guarantee=Guarantee(code=GuaranteeCode.FACT, given=("the record is complete",)),
    )


UNSURE = CouldNotTell(asked="votes", run="r", why=f"nobody voted {MARKUP}", n=0, needed=3)
ANSWERS = (finding(), UNSURE)


def story(run: str = "r") -> list[tuple[Event, str]]:
    """Ten events: #5 rests on all before it that matter, and #8 on #5 only by a guess."""
    base: dict[str, Any] = {"run": run}
    id, at = f"{run}/{{}}".format, (START + n * MINUTE for n in range(99)).__next__
    return [
        (RunStarted(id=id(0), time=at(), title=f"Run {HOSTILE}"[:900], source="test", **base), ""),
        (AgentJoined(id=id(1), time=at(), agent="planner", title=f"Plänner {MARKUP}", **base), ""),
        (
            MessageSent(id=id(2), time=at(), agent="coder", recipients=("planner",),
                        channel="chat", **base),
            HOSTILE,
        ),
        (
            MemoryWritten(id=id(3), time=at(), agent="planner", store="board", key="plan",
                          causes=(Cause(id=id(2)),), **base),
            "the plan",
        ),
        (
            MessageSent(id=id(4), time=at(), agent="coder", recipients=("planner", "tester"),
                        causes=(Cause(id=id(3), basis="observed"),), **base),
            LONG,
        ),
        (
            ToolReturned(id=id(5), time=at(), agent="coder", tool="shell", ok=False,
                         causes=(Cause(id=id(4)),), **base),
            "exit code 1",
        ),
        (
            MemoryRead(id=id(6), time=at(), agent="tester", store="board", key="plan",
                       causes=(Cause(id=id(3)), Cause(id="dull/1", basis="observed")), **base),
            "the secret plan",
        ),
        (HandedOff(id=id(7), time=at(), agent="coder", to="tester",
                   causes=(Cause(id=id(5)),), **base), ""),
        (
            MessageSent(id=id(8), time=at(), recipients=("coder",), channel="chat",
                        causes=(Cause(id=id(5), basis="inferred", score=0.5),), **base),
            "who said this",
        ),
        (RunEnded(id=id(9), time=at(), outcome="failed", reason="gave up", **base), ""),
    ]  # fmt: skip


def chat(run: str = "chat", rounds: int = 2) -> list[tuple[Event, str]]:
    """A group chat in which code fails, returns nothing, and is believed nevertheless.

    Each event rests on the one before; all are imported, so none has a time.
    """
    members = ("Data_Analysis_Expert", "Verification_Expert", "Computer_terminal")
    said: list[tuple[str, str]] = [
        (members[0], "You are given a plan.\n\n# General Task\nHow many stops?\n\n# Plan\nCount."),
        (members[2], "exitcode: 1 (execution failed)\nCode output: Traceback (most recent call "
         "last):\n  File 1\nIndentationError: unexpected indent"),
        (members[1], "That is an indentation mistake; here it is without."),
        *[(members[0], f"Round {number} of it.") for number in range(rounds)],
        (members[2], "exitcode: 0 (execution succeeded)\nCode output: []"),
        (members[1], "So there are 4711 stops.\n\nTERMINATE"),
        (members[1], "TERMINATE"),
    ]  # fmt: skip
    events: list[tuple[Event, str]] = [
        (RunStarted(id=f"{run}/start", time=0, run=run, source="who_and_when"), "")
    ]
    causes: tuple[Cause, ...] = ()
    for number, (agent, text) in enumerate(said):
        base: dict[str, Any] = {"time": 0, "run": run, "agent": agent}
        if text.startswith("exitcode"):
            ok, id = text.startswith("exitcode: 0"), f"{run}/{number}/result"
            back = ToolReturned(id=id, tool="code", ok=ok, causes=causes, **base)
            events.append((back, text))
            causes = (Cause(id=id),)
        others = tuple(member for member in members if member != agent)
        sent = MessageSent(
            id=f"{run}/{number}", recipients=others, channel="group-chat", causes=causes, **base
        )
        events.append((sent, text))
        causes = (Cause(id=sent.id),)
    events.append((RunEnded(id=f"{run}/end", time=0, run=run, causes=causes), ""))
    return events


def write(folder: Path, events: Sequence[tuple[Event, str]] | None = None) -> Path:
    """Write a log; without `events` a dull run and the story, with the content of one erased."""
    dull: list[tuple[Event, str]] = [
        (RunStarted(id="dull/0", time=0, run="dull"), ""),
        (MessageSent(id="dull/1", time=0, run="dull", agent="a", recipients=("b",)), "hello"),
    ]
    with Writer(
        folder, key=KEY, clock=lambda: START, salts=SeededSalts(1), checkpoint_every=None
    ) as log:
        for event, text in events if events is not None else [*dull, *story()]:
            if text:
                sealed = log.seal(text.encode())
                log.append(replace(event, content=sealed.digest), sealed)
            else:
                log.append(event)
        if events is None:
            log.erase(9, role="privacy", reason="asked to")
    return folder


def verdict(folder: Path) -> Report:
    return verify(folder, now=START // 10**9, keys=[KEY.verifier.vkey], processes=1)
