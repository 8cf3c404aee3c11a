"""How long the gate takes: a whole request, the look-up alone, both Cedar sets, durable decisions.

A request is what `Gate.ask` does with 400 bytes of plain arguments: strict validation, canonical
bytes, salted digest, frozen copy, budgets reserved, every layer asked, validity and revocation, the
decision recorded in order. The act is marked as one that can be taken back, so the answer does not
wait for the disk; the time until durable stands beside. Times are wall time of single calls; that
the act has ended is told between two of them. Through the socket, the gate is another process, and
the time that of the asking one, which asks again at once; beside it stands what an act takes after
a rest, when both have fallen asleep. Beside these stands what the machine needs by itself for an
empty message to another process and back.

Requests and durable decisions count while the core was all ours (`whole_core.py`), each number is
the worst by any of the bounds on that, and the same for all of them stands beside. Where a block of
the log became durable meanwhile, fewer groups count than elsewhere, so those that do weigh more: a
choice that left them out would hide what the disk costs.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from typing import Any

from harness import arguments, emit, figure, progress
from tertius.core.constitution import Constitution, ConstitutionRule
from tertius.core.constraints import AnyValue, InRange
from tertius.core.grants import ToolGrant
from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.ports.policy import Policy
from tertius.core.request import Principal, PrincipalChain
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.policy.allow_set import AllowSet
from tertius.policy.conditions import ConditionsLayer, condition_rules
from tertius.policy.conditions_document import ConditionRule, Conditions
from tertius.policy.constitution import ConstitutionLayer
from tertius.policy.counters import Counter
from tertius.policy.history import History
from tertius.policy.manifests import Held
from tertius.runtime.gate import Asked, Gate
from tertius.runtime.policies import Policies
from tertius.server.gate import GateServer
from tertius.server.gate_callers import Callers, Peer, peer_credentials
from tertius.server.gate_client import SidecarGate
from tertius.server.gate_rates import Rate, Rates
from tertius.server.gate_socket import bind
from whole_core import GROUP, SLACKS, Timed, on_whole_core, pace, worst

KEY = SigningKey("tertius/bench", bytes(32))
CHAIN = PrincipalChain(links=(Principal(name="registrar", kind="person"),))
ARGUMENTS = {"amount": 120, "note": "x" * 330, "to": "p-0017", "urgent": False}
GIVEN = [{**ARGUMENTS, "amount": amount} for amount in range(400)]
RESTED, REST = 300, 0.01  # so many acts, after so many seconds each
USER = 1000  # as whom the bench asks the gate beside it
LOT, BEHIND = 500, 5_000  # decisions between two waits, and how many may then await the disk
FAR = 4_000_000_000_000_000_000
HEAD = 'forbid (principal, action == Action::"tool.call", resource == Resource::"t/0")'
COUNTED = Counter(name="pays", per=("agent",), window=60)


def grants(count: int) -> AllowSet:
    """Return an allow-set with that many tools granted, 100 to an agent."""
    held = []
    for agent in range(max(1, count // 100)):
        tools = tuple(
            ToolGrant(
                tool=f"t/{number}",
                schema="0" * 64,
                effects=("write",),
                irreversible=False,
                arguments=(
                    InRange(argument="amount", low=0, high=500, whole=True),
                    AnyValue(argument="note"),
                    AnyValue(argument="to"),
                    AnyValue(argument="urgent"),
                ),
            )
            for number in range(min(count, 100))
        )
        manifest = Manifest(
            agent=f"a{agent}", version=1, role="pays", operator="campus-it", principal="dean",
            accountable="p-1", model_family="none", tools=tools, not_before=0, not_after=FAR,
            constitution="0" * 64,
        )  # fmt: skip
        held.append(Held(manifest=manifest, digest=f"{agent:064x}"))
    return AllowSet(held, level=EnforcementLevel.IN_PROCESS)


def cedar() -> tuple[list[Policy], History]:
    """Return a constitution and conditions that both speak of the tool, and their history."""
    conditions = Conditions(
        name="rates",
        version=1,
        schema="type Arguments = { amount?: Long };",
        counters=(COUNTED,),
        rules=(
            ConditionRule(
                id="r1", why="too often", cedar=f"{HEAD} when {{ context.counts.pays > 1000000 }};"
            ),
        ),
    )
    history = History(conditions, read=["pays"])
    constitution = Constitution(
        name="campus", version=1, accountable="p-1", not_before=0, not_after=FAR,
        schema="type Arguments = { amount?: Long };",
        rules=(
            ConstitutionRule(
                id="k1",
                why="no large sums",
                cedar=f"{HEAD} when {{ context.arguments has amount && "
                "context.arguments.amount > 1000 };",
            ),
            ConstitutionRule(
                id="k2", why="no long chains", cedar=f"{HEAD} when {{ context.hops > 3 }};"
            ),
        ),
    )  # fmt: skip
    layers: list[Policy] = [
        ConstitutionLayer(constitution, chronicle=history),
        ConditionsLayer(conditions, condition_rules(conditions), history),
    ]
    return layers, history


def gate_of(writer: Writer, allowed: AllowSet, *, both_sets: bool = False) -> Gate:
    """Return a gate with budgets; with both Cedar sets, or with the allow-set alone."""
    conditions = Conditions(name="budgets", version=1, counters=(COUNTED,))
    layers: list[Policy] = []
    history = History(conditions, read=["pays"])
    if both_sets:
        layers, history = cedar()
    policies = Policies(
        layers=(*layers, allowed), manifest_of=allowed.digest_of, irreversible=lambda request: False
    )
    return Gate(writer, policies, clock=time.time_ns, history=history)


def p99(times: Sequence[float]) -> float:
    """Return the time that all but one in a hundred sorted ones stay below."""
    return times[int(len(times) * 0.99)]


def timed(count: int, call: Callable[[], Any]) -> list[float]:
    """Return the microseconds of each of `count` calls, sorted."""
    found = []
    for _ in range(count):
        began = time.perf_counter_ns()
        call()
        found.append((time.perf_counter_ns() - began) / 1e3)
    return sorted(found)


def ask(gate: Gate, number: int = 0) -> float:
    """Ask once and return the microseconds; a bench of denials would measure something else."""
    given = GIVEN[number % len(GIVEN)]
    began = time.perf_counter_ns()
    asked = gate.ask("a0", "tool.call", given, run="r", chain=CHAIN, resource="t/0")
    took = (time.perf_counter_ns() - began) / 1e3
    end(gate, asked)
    return took


def end(gate: Gate | SidecarGate, asked: Asked) -> None:
    """Tell that the act has ended."""
    if asked.decision.outcome is not Outcome.PERMIT or asked.request is None:
        raise SystemExit(f"denied: {asked.decision}")
    gate.ended(asked.request.id, ok=True)


def requests(room: Path, allowed: AllowSet, count: int, *, both_sets: bool = False) -> Timed:
    """Make whole requests, so many on a whole core."""
    with Writer(room, key=KEY, sealer="process") as writer:
        gate = gate_of(writer, allowed, both_sets=both_sets)
        for number in range(1000):
            ask(gate, number)
        durable = []

        def before(number: int) -> None:
            keep_up(writer, number)
            durable.append(writer.status().durable)

        timed = on_whole_core(lambda number: ask(gate, number), count, before=before)
        durable.append(writer.status().durable)
    return timed._replace(beside=[start < stop for start, stop in pairwise(durable)])


def keep_up(writer: Writer, number: int) -> None:
    """Wait now and then, as a caller does whose disk is slow."""
    if number % LOT == 0:
        writer.wait(writer.status().accepted - BEHIND)


def durable(room: Path, allowed: AllowSet, count: int) -> tuple[Timed, float, float]:
    """Return what decisions took that became durable, their rate, and ms until one alone is.

    The times are each group's share, waits for the disk included; the rate is that of all together
    until the last is durable.
    """
    with Writer(room, key=KEY, sealer="process") as writer:
        gate = gate_of(writer, allowed)
        shares, blocks, paces = [], [], [pace()]
        start = time.perf_counter()
        for number in range(0, count, GROUP):
            before, began = writer.status().durable, time.perf_counter()
            keep_up(writer, number)
            for more in range(GROUP):
                given = GIVEN[(number + more) % len(GIVEN)]
                end(gate, gate.ask("a0", "tool.call", given, run="r", chain=CHAIN, resource="t/0"))
            shares.append([(time.perf_counter() - began) * 1e6 / GROUP] * GROUP)
            blocks.append(writer.status().durable > before)
            paces.append(pace())
        writer.wait(writer.status().accepted - 1)
        rate = count / (time.perf_counter() - start)

        def one() -> None:
            ask(gate)
            writer.wait(writer.status().accepted - 1)

        until = median(timed(200, one)) / 1e3
    return Timed(shares, paces, blocks), rate, until


def lookup(allowed: AllowSet, room: Path, count: int) -> list[float]:
    """Return the times of the manifest layer alone, on one ready request."""
    with Writer(room, key=KEY) as writer:
        asked = gate_of(writer, allowed).ask(
            "a0", "tool.call", ARGUMENTS, run="r", chain=CHAIN, resource="t/0"
        )
    assert asked.request is not None
    request = asked.request
    return timed(count, lambda: allowed.judge(request))


def stand(room: Path, ready: Event) -> None:
    """Be the gate beside the agents, until the parent ends this process."""
    with Writer(room, key=KEY, sealer="process") as writer:
        gate = gate_of(writer, grants(100))
        server = GateServer(
            gate,
            Callers({USER: ["a0"]}),
            clock=time.time_ns,
            rates=Rates(Rate(per_second=100_000, burst=100_000)),  # else it would make us wait
            credentials=lambda connection: Peer(peer_credentials(connection).pid, USER),
        )
        with bind(room.with_suffix(".socket")) as listening:
            signal.signal(signal.SIGTERM, lambda *given: server.stop())
            ready.set()
            server.serve(listening)


def beside(room: Path, count: int) -> tuple[Timed, list[float]]:
    """Return the times of whole requests through the socket of a gate in another process.

    The first are asked one after another, the second after a rest each.
    """
    children = multiprocessing.get_context("spawn")
    ready = children.Event()
    child = children.Process(target=stand, args=(room, ready))
    child.start()
    try:
        if not ready.wait(60):
            raise SystemExit("the gate beside us did not come up")
        with closing(SidecarGate(room.with_suffix(".socket"), gate_uid=os.geteuid())) as gate:
            for number in range(500):
                ask_beside(gate, number)
            found = on_whole_core(lambda number: ask_beside(gate, number), count)
            rested = [ask_beside(gate, number, rest=REST) for number in range(RESTED)]
            return found, rested
    finally:
        child.terminate()
        child.join(60)


def ask_beside(gate: SidecarGate, number: int, *, rest: float = 0) -> float:
    """Ask once and return the microseconds, perhaps after a rest."""
    given = GIVEN[number % len(GIVEN)]
    if rest:
        time.sleep(rest)
    began = time.perf_counter_ns()
    asked = gate.ask("a0", "tool.call", given, run="r", chain=CHAIN, resource="t/0")
    took = (time.perf_counter_ns() - began) / 1e3
    end(gate, asked)
    return took


def echo(line: Connection) -> None:
    """Send back what comes, until the other end has gone."""
    with suppress(EOFError):
        while True:
            line.send_bytes(line.recv_bytes())


def there_and_back(count: int) -> list[float]:
    """Return the times of an empty message to another process and back."""
    children = multiprocessing.get_context("spawn")
    ours, theirs = children.Pipe()
    child = children.Process(target=echo, args=(theirs,))
    child.start()
    theirs.close()
    with ours:
        found = [exchange(ours) for _ in range(500 + count)][500:]
    child.join(60)
    return sorted(found)


def exchange(line: Connection) -> float:
    began = time.perf_counter_ns()
    line.send_bytes(b"")
    line.recv_bytes()
    return (time.perf_counter_ns() - began) / 1e3


def over(one: float | None, other: float | None) -> float | None:
    """Return a ratio, or None where one side is not known."""
    return None if one is None or other is None else one / other


def main() -> None:
    parser = arguments(str(__doc__))
    parser.add_argument("--requests", type=int, default=100_000)
    options = parser.parse_args()
    count = options.requests
    small, large = grants(100), grants(10_000)
    with tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch)
        progress("whole requests, 100 and 10,000 grants")
        few = requests(room / "few", small, count)
        many = requests(room / "many", large, count)
        progress("with both Cedar sets")
        both = requests(room / "both", small, count, both_sets=True)
        progress("look-up alone, and durable decisions")
        alone = lookup(small, room / "lookup", count)
        recorded, rate_of_all, until = durable(room / "durable", small, 3 * count)
        progress("through the socket of a gate in another process")
        side, rested = beside(room / "beside", count // 20)
        message = there_and_back(count // 20)
    strict = min(SLACKS)
    figures = {
        "request_p50_us": figure(few.worst(0.5), "<=", 20, n=few.count(strict)),
        "request_p99_us": figure(few.worst(0.99), "<=", 60, n=few.count(strict)),
        "lookup_p50_us": figure(median(alone), "<=", 5, n=count),
        "both_cedar_sets_p50_us": figure(both.worst(0.5), "<=", 120, n=both.count(strict)),
        "p50_10000_over_100_grants": figure(
            worst(over(many.quantile(0.5, each), few.quantile(0.5, each)) for each in SLACKS),
            "<=",
            1.5,
            n=many.count(strict),
        ),
        "durable_decisions_per_s": figure(
            over(1e6, worst(map(recorded.mean, SLACKS))), ">=", 40_000, n=recorded.count(strict)
        ),
        "sidecar_p50_us": figure(side.worst(0.5), "<=", 150, n=side.count(strict)),
    }
    report: dict[str, object] = {"argument_bytes": 400}
    for slack in SLACKS:
        full = f"at up to {slack:g} times the best pace"
        report |= {
            f"request_p99_us, {full}": few.quantile(0.99, slack),
            f"share of groups, {full}": few.share(slack),
            f"share of groups where a block became durable, {full}": few.share(slack, beside=True),
        }
    report |= {
        "request_p50_us, all requests": median(few.all),
        "request_p99_us, all requests": p99(few.all),
        "durable_decisions_per_s, all": rate_of_all,
        "both_cedar_sets_p50_us, all requests": median(both.all),
        "both_cedar_sets_p99_us": both.worst(0.99),
        "sidecar_p50_us, all requests": median(side.all),
        "sidecar_p99_us, all requests": p99(side.all),
        f"sidecar, after {REST * 1000:g} ms of rest, p50_us": median(rested),
        "request_p50_us, 10,000 grants": many.worst(0.5),
        "ms until one decision is durable": until,
        "empty message to a process and back, p50_us": median(message),
    }
    told = {key: "not measured" if value is None else value for key, value in report.items()}
    emit("gate", figures, told, options.json)


if __name__ == "__main__":
    main()
