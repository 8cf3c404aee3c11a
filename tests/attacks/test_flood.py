"""Floods at the gate beside the agents: the flooder is refused first, and only the flooder.

References
----------
Project security contract, sections 2 (flooder), 3 (invariant 10) and 10.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.server.beside import AID, CHAIN, TUTOR, Beside, Grants, beside

from tertius.core.decision import DenialCode
from tertius.core.events import Flagged, ToolCalled
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided
from tertius.runtime.gate import Asked
from tertius.server import gate as server_module
from tertius.server.gate_client import SidecarGate
from tertius.server.gate_rates import Rate, Rates
from tertius.server.gate_wire import Hello, Line, Welcome, answer

BURST, FLOOD = 20, 200
GRANTED = {"tutor": ("mail.send",), "aid": ("ledger.pay",)}
UNLIMITED = Rate(per_second=1e9, burst=1e9)


def ask(gate: SidecarGate, agent: str, resource: str) -> Asked:
    return gate.ask(agent, "tool.call", {}, run="r", chain=CHAIN, resource=resource)


def standing(folder: Path, rates: Rates, **options: Any) -> Any:
    return beside(folder, Grants(**GRANTED), rates=rates, **options)


class Shared(Rates):
    """The defence half removed: one bucket for all users."""

    def take(self, uid: int, size: int = 0) -> float:
        return super().take(0, size)

    def refused(self, uid: int) -> int:
        return super().refused(0)


def flood(each: Beside) -> list[Asked]:
    """One user asks far more than it may, over several connections, and then stops."""
    with ExitStack() as stack:
        gates = [stack.enter_context(closing(each.as_user(AID))) for _ in range(4)]
        return [ask(gates[n % 4], "aid", "ledger.pay") for n in range(FLOOD)]


def served(each: Beside) -> bool:
    with closing(each.as_user(TUTOR)) as gate:
        return ask(gate, "tutor", "mail.send").decision.obeyed is Outcome.PERMIT


def test_a_flood_of_questions(tmp_path: Path) -> None:
    frozen = Rates(Rate(per_second=1, burst=BURST), ticks=lambda: 0.0)
    waits: list[float] = []
    with standing(tmp_path / "a", frozen, pause=waits.append) as each:
        asked = flood(each)
        assert served(each)
        judged = [event for event in each.told(Decided) if event.agent == "aid"]
        (flag,) = each.told(Flagged)  # the record of a flood is no flood
    refused = [one for one in asked if one.decision.obeyed is Outcome.FORBID]
    assert len(asked) - len(refused) == len(judged) <= BURST
    assert {one.decision.code for one in refused} == {"denied"} <= set(get_args(DenialCode))
    assert len(waits) == len(refused)  # each refusal slows the flooder
    assert flag.subject == "user:5002"
    with standing(tmp_path / "b", Rates(UNLIMITED)) as each:  # without the defence
        assert all(one.decision.obeyed is Outcome.PERMIT for one in flood(each))


def test_a_flood_by_one_user_starves_another(tmp_path: Path) -> None:
    for kind, serves in ((Rates, True), (Shared, False)):
        rates = kind(Rate(per_second=1, burst=BURST), ticks=lambda: 0.0)
        with standing(tmp_path / kind.__name__, rates) as each:
            flood(each)
            assert served(each) is serves


def test_what_was_permitted_can_still_be_told_during_a_flood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    rates = Rates(Rate(per_second=1, burst=2), ticks=lambda: now[0])
    with standing(tmp_path, rates, pause=pause) as each, closing(each.as_user(TUTOR)) as gate:
        request = ask(gate, "tutor", "mail.send").request
        assert request is not None
        while ask(gate, "tutor", "mail.send").decision.obeyed is Outcome.PERMIT:
            pass
        gate.observe(
            ToolCalled(id=f"{request.id}/c", time=1, run="r", agent="tutor", tool="mail.send")
        )  # it waited for its turn, and was not refused
        gate.ended(request.id, ok=True)
        assert len(each.told(ToolCalled)) == 1
        assert request.id not in [one.id for one in each.gate.running()]


@pytest.fixture
def connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 3)
    with standing(tmp_path, Rates()) as each:
        yield each


def welcomed(each: Beside, uid: int, count: int, stack: ExitStack) -> int:
    """Open that many connections of a user; return how many are listened to."""
    heard = 0
    for _ in range(count):
        connection = stack.enter_context(each.raw(uid))
        line = Line(connection)
        try:
            line.write(Hello(7))
            heard += isinstance(answer(line.read() or b"", 7), Welcome)
        except (OSError, server_module.FrameError):
            continue
    return heard


def test_a_flood_of_connections(connections: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        assert welcomed(connections, AID, 10, stack) == 3
        assert served(connections)
        monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 1_000)
        assert welcomed(connections, AID, 10, stack) == 10
