"""Several at once, within one another, in a forked child, and with a disk that is full.

Each attack stands beside the same one with its defence taken away.
"""

import asyncio
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.attacks.house import (
    AID,
    CHAIN,
    CLERK,
    NOW,
    SECOND,
    ask,
    build,
    decisions,
    opened,
    put,
)

from tertius.adapters.by_hand import ByHand, Crew
from tertius.core.decision import Decision
from tertius.core.escalation import Token
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.escalation.desk import NotStartedError
from tertius.log.commit import LogStoppedError
from tertius.log.verify import verify
from tertius.log.writer import Writer
from tertius.runtime.denied import NotPermittedError
from tertius.runtime.governed import Governed
from tertius.runtime.tool import tool_of

PAY: dict[str, Any] = {"resource": "ledger.pay"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path / "house")


def whole(folder: Path, governed: Governed) -> bool:
    """Whether the log verifies, once it is closed."""
    return verify(folder / "log", now=NOW // SECOND, keys=(governed.key,)).exit_code == 0


# -- the last unit of a budget ---------------------------------------------------------------------


def judged_together(governed: Governed, many: int) -> None:
    """Let nobody go on before all have been judged: the clock is asked after the layers."""
    together = threading.Barrier(many)

    def trusted() -> bool:
        together.wait(60)
        return True

    governed.gate._trusted = trusted


class Late:
    """The defence removed: an act counts once it is permitted, and not before."""

    def __init__(self, true: Any) -> None:
        self._true = true

    def __getattr__(self, name: str) -> Any:
        return getattr(self._true, name)

    def reserve(self, request: Request, time: int, place: object) -> None:
        pass

    def release(self, request: Request) -> None:
        pass

    def commit(self, request: Request) -> None:
        self._true.reserve(request, NOW)
        self._true.commit(request)


@pytest.mark.parametrize("defended", [True, False])
def test_parallel_calls_at_the_last_unit_of_a_budget(
    defended: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight ask for 30 of 100 at the same time."""
    said: list[Outcome] = []
    with opened(folder) as governed:
        judged_together(governed, 8)
        if not defended:
            monkeypatch.setattr(governed.gate, "_history", Late(governed.gate._history))
        threads = [
            threading.Thread(
                target=lambda: said.append(ask(governed, {"amount": 30}, **PAY).decision.outcome)
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert said.count(Outcome.PERMIT) == (3 if defended else 8)
    assert len(decisions(folder)) == 8


def test_the_budget_is_the_same_after_a_restart(folder: Path) -> None:
    """What was permitted and never told of counts until its window has passed."""
    with opened(folder) as governed:
        for _ in range(3):
            assert ask(governed, {"amount": 30}, **PAY).decision.outcome is Outcome.PERMIT
    with opened(folder) as governed:
        assert ask(governed, {"amount": 30}, **PAY).decision.outcome is Outcome.FORBID


# -- within one another ----------------------------------------------------------------------------


@contextmanager
def aid(folder: Path, **tools: Any) -> Iterator[Any]:
    """The agent `aid`, with tools of the test's own under the names that are granted."""
    named = {"ledger.pay" if name == "pay" else name: tool for name, tool in tools.items()}
    pins = {name: tool_of(name, tool).schema for name, tool in named.items()}
    for each in (AID, CLERK):
        kept = tuple(replace(t, schema=pins[t.tool]) for t in each.tools if t.tool in pins)
        put(folder, replace(each, tools=kept))
    with opened(folder) as governed:
        hands = ByHand(clock=lambda: NOW)
        hands.attach(Crew(tools=named), governed.gate)
        with hands.agent("aid", run="r", chain=CHAIN, task="t") as me:
            yield me
        assert not governed.gate.running()
    assert whole(folder, governed)


def test_a_tool_that_asks_the_gate_while_it_runs(folder: Path) -> None:
    """Neither a deadlock nor a way round the budget: what runs already counts."""
    done: list[str] = []

    def note(text: Any = None) -> None:
        done.append(f"note {text}")

    def pay(amount: int) -> str:
        done.append(f"pay {amount}")
        me.call("note", text="within")
        try:
            me.call("ledger.pay", amount=amount)
        except NotPermittedError as error:
            return str(error)
        return "all paid"

    with aid(folder, pay=pay, note=note) as me:
        assert me.call("ledger.pay", amount=40) == "all paid"
    assert done == ["pay 40", "note within", "pay 40", "note within"]  # and the third was refused
    assert [each.outcome for each in decisions(folder)][-1] == "forbid"


def test_async_calls_at_once_never_pass_the_budget_together(folder: Path) -> None:
    paid: list[int] = []

    async def pay(amount: int) -> None:
        await asyncio.sleep(0)
        paid.append(amount)

    async def everybody(me: Any) -> list[Any]:
        calls = [me.acall("ledger.pay", amount=30) for _ in range(8)]
        return await asyncio.gather(*calls, return_exceptions=True)

    with aid(folder, pay=pay) as me:
        answers = asyncio.run(everybody(me))
    assert paid == [30, 30, 30]
    assert sum(isinstance(each, NotPermittedError) for each in answers) == 5


def test_a_tool_that_changes_what_the_gate_decided_while_it_is_asked(folder: Path) -> None:
    """Arguments that another thread changes while they are judged run as they were judged."""
    ran: list[Any] = []
    given: dict[str, Any] = {"text": ["small"]}

    def note(text: Any = None) -> None:
        ran.append(text)

    def meanwhile() -> bool:
        given["text"][0] = "large"
        return True

    with aid(folder, note=note) as me:
        me.commons.gate._trusted = meanwhile
        me.call("note", **given)
    assert ran == [["small"]]


# -- a forked child --------------------------------------------------------------------------------


def in_child(work: Any) -> int:
    """Run something in a forked child; return what it came to, or the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = work()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def test_a_forked_child_is_refused_and_leaves_the_log_whole(folder: Path) -> None:
    with opened(folder) as governed:
        first = ask(governed)
        assert first.decision.outcome is Outcome.PERMIT

        def asks() -> int:
            said = [ask(governed).decision, ask(governed, {"amount": 1}, **PAY).decision]
            return sum(each.obeyed is not Outcome.FORBID for each in said)

        def resumes() -> int:
            try:
                governed.gate.resume(Token, first.request)  # type: ignore[arg-type]  # not looked at
            except NotStartedError as error:
                return int("forked" not in str(error))
            return 2

        assert in_child(asks) == 0
        assert in_child(resumes) == 0
        assert ask(governed).decision.outcome is Outcome.PERMIT
    assert len(decisions(folder)) == 2
    assert whole(folder, governed)


def test_a_forked_child_touches_nothing_that_could_wait_for_ever(folder: Path) -> None:
    """What another thread had locked at the fork stays locked in the child."""
    asked: list[int] = []

    def clock() -> int:
        asked.append(1)
        return NOW

    with opened(folder, clock=clock) as governed:

        def asks() -> int:
            asked.clear()
            said = ask(governed).decision
            return len(asked) if said.obeyed is Outcome.FORBID else 99

        def forgets_that_it_was_forked() -> int:
            governed.gate._is_fork = False
            return asks()

        assert in_child(asks) == 0
        assert 0 < in_child(forgets_that_it_was_forked) < 99  # only the log stops it then


# -- a full disk -----------------------------------------------------------------------------------


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow any more, as the operating system does it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("defended", [True, False])
def test_a_disk_that_is_full(defended: bool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, replace(AID, tools=tuple(replace(t, irreversible=True) for t in AID.tools)))
    said: list[Decision] = []
    with pytest.raises(LogStoppedError) if defended else nullcontext(), opened(folder) as governed:
        assert ask(governed).decision.outcome is Outcome.PERMIT
        if not defended:  # a log that says yes to everything
            monkeypatch.setattr(Writer, "append", lambda self, *event, **more: 1)
            monkeypatch.setattr(Writer, "append_entry", lambda self, entry, **more: 1)
            monkeypatch.setattr(Writer, "wait", lambda self, *given, **more: True)
        with full_disk():
            said += [ask(governed).decision for _ in range(3)]
        said += [ask(governed).decision]  # a log that failed once does not come back by itself
    outcomes = {each.obeyed for each in said}
    assert outcomes == ({Outcome.FORBID} if defended else {Outcome.PERMIT})
    assert {each.code for each in said} == ({"denied"} if defended else {None})
