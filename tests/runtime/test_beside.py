"""From a finding to a measure, a question, a ruling and back, through the gate that stands."""

from collections.abc import Sequence
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from tests.runtime.test_governed import NOW, ask, folder, opened, rule

from tertius.cli.demo_scenes.university.campus import REGISTRAR
from tertius.core.events import ToolCalled
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.manifest import WATCH
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Found, PolicyChanged
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.core.request import Principal, PrincipalChain
from tertius.detectors.per_run import PerRun, Run
from tertius.log.read import LogReader
from tertius.runtime.beside import Beside
from tertius.runtime.governed import Governed
from tertius.runtime.watch_rules import WatchRule, WatchRules
from tertius.runtime.watch_state import Told

__all__ = ["folder"]


class Calls(PerRun[Run]):
    """Fires when an agent calls a tool three times in a run."""

    SPEC = DetectorSpec(
        name="calls", version="1", title="Calls", plain="It calls.", kinds=("tool.called",),
        failure_modes=("caif.miscoordination",), source="a test", null="at most two calls",
        assumptions=("the record is complete",),
        guarantees=(GuaranteeCode.FACT, GuaranteeCode.HEURISTIC), blind="all else", memory=100_000,
    )  # fmt: skip

    def __init__(self, *, code: str = "fact", runs: int = 8) -> None:
        super().__init__(code=code, runs=runs)
        self.code = GuaranteeCode(code)
        self.seen: list[str] = []

    def on_tool_called(
        self, run: Run, event: ToolCalled, content: bytes | None
    ) -> Sequence[Answer]:
        self.seen.append(event.id)
        if len(self.seen) != 3:
            return ()
        claim = self.claim(
            run, agents=(event.agent,), evidence=self.seen, effect=(3, "calls"), n=3,
            null="at most two calls", severity="high", code=self.code,
        )  # fmt: skip
        return (claim,)


def rules(**options: Any) -> WatchRules:
    given = {"name": "calls-often", "why": "it calls too often", "detectors": ("calls",)}
    return WatchRules([WatchRule(**{**given, "measure": "quarantine", **options})])


def calls(governed: Governed, identity: Any = "bound") -> None:
    for number in range(3):
        event: Event = ToolCalled(
            id=f"c{number}", time=NOW, run="r", agent="retention", tool="x", identity=identity
        )
        governed.gate.observe(event)


def may(governed: Governed) -> Outcome:
    return ask(governed, "retention", "sis.attendance", {"student": "s-07"}).decision.outcome


def events(folder: Path) -> list[Event]:
    return list(LogReader(folder / "log" / "writers" / "gate").events())


def test_a_fact_narrows_at_once_and_a_ruling_undoes_it(folder: Path) -> None:
    with opened(folder, rules=rules()) as governed, Beside(governed, [Calls()]) as watch:
        assert may(governed) is Outcome.PERMIT
        calls(governed)
        governed.flush()
        (told,), _ = watch.look()
        assert may(governed) is Outcome.FORBID
        assert told.escalation in watch.containment.waiting()
        rule(governed, told.escalation)
        _, (undone,) = watch.look()
        assert (undone.change, undone.subject) == ("resume", "retention")
        assert may(governed) is Outcome.PERMIT
        assert watch.containment.waiting() == ()
    kept = events(folder)
    changes = [e.change for e in kept if isinstance(e, PolicyChanged) and e.run == "watch"]
    assert changes == ["quarantine", "resume"]
    (found,) = (e for e in kept if isinstance(e, Found))
    assert found.evidence == ("c0", "c1", "c2")


def test_a_measure_that_nobody_is_asked_about_is_told_aloud(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(folder, rules=rules()) as governed, Beside(governed, [Calls()]) as watch:
        calls(governed)
        governed.flush()
        governed.kill.throw()  # nothing is asked while it is thrown
        (told,), _ = watch.look()
        governed.kill.reset()
        assert told.escalation == "" and may(governed) is Outcome.FORBID
    (said,) = (each.getMessage() for each in caplog.records if each.levelname == "ERROR")
    assert "asked nobody: the kill switch is thrown; " in said
    assert "quarantine of retention holds until `tertius cuts lift` lifts it" in said


def test_without_an_answer_the_measure_stays_also_after_a_restart(
    folder: Path, tmp_path: Path
) -> None:
    state = tmp_path / "watch.db"
    with opened(folder, rules=rules()) as governed, Beside(governed, [Calls()], state=state) as w:
        calls(governed)
        governed.flush()
        (told,), _ = w.look()
    with (
        opened(folder, rules=rules(), start="b") as governed,
        Beside(governed, [Calls()], state=state) as watch,
    ):
        assert watch.look() == ([], ())
        assert may(governed) is Outcome.FORBID
        rule(governed, told.escalation)
        _, (undone,) = watch.look()
        assert undone.change == "resume"
    assert sum(isinstance(e, Found) for e in events(folder)) == 1


def test_a_heuristic_asks_before_anything_is_narrowed(folder: Path) -> None:
    with (
        opened(folder, rules=rules()) as governed,
        Beside(governed, [Calls(code="heuristic")]) as watch,
    ):
        calls(governed)
        governed.flush()
        (told,), _ = watch.look()
        assert may(governed) is Outcome.PERMIT
        rule(governed, told.escalation)
        _, (done,) = watch.look()
        assert (done.change, done.subject) == ("quarantine", "retention")
        assert may(governed) is Outcome.FORBID


def test_what_was_only_asserted_never_narrows_at_once(folder: Path) -> None:
    with opened(folder, rules=rules()) as governed, Beside(governed, [Calls()]) as watch:
        calls(governed, identity="asserted")
        governed.flush()
        (told,), _ = watch.look()
        assert told.escalation
        assert may(governed) is Outcome.PERMIT


def test_a_finding_that_no_rule_names_is_recorded_and_nothing_more(folder: Path) -> None:
    with opened(folder) as governed, Beside(governed, [Calls()]) as watch:
        calls(governed)
        governed.flush()
        (told,), _ = watch.look()
        assert told.escalation == ""
        assert may(governed) is Outcome.PERMIT
    assert sum(isinstance(e, Found) for e in events(folder)) == 1


def test_who_must_show_evidence_may_not_approve_without(folder: Path) -> None:
    with (
        opened(folder, rules=rules(measure="verify")) as governed,
        Beside(governed, [Calls()]) as watch,
    ):
        calls(governed)
        governed.flush()
        watch.look()
        cut = governed.gate.circuit.cuts()[("agent", "retention", "")]
        assert cut.state == "narrowed"
        assert may(governed) is Outcome.PERMIT  # reading needs no evidence
        said = {"value": "low", "evidence": []}
        asked = governed.gate.ask(
            "retention", "assert", said, run="r", chain=REGISTRAR, resource="risk-level",
            peer="advising",
        )  # fmt: skip
        why = [v.reason for v in asked.decision.votes if v.layer == "circuit"]
        assert "must give the `evidence` that was read" in why[0]


def test_a_thread_of_its_own_finds_narrows_and_carries_out_rulings(
    folder: Path, tmp_path: Path
) -> None:
    told: Queue[Told] = Queue()
    with opened(folder, rules=rules()) as governed:
        watch = Beside(governed, [Calls()], state=tmp_path / "watch.db", heard=told.put)
        watch.start(every=0.01)
        calls(governed)
        rule(governed, told.get(timeout=60).escalation)
        watch.close()  # it looks one last time, and finds the ruling
        assert may(governed) is Outcome.PERMIT
    changes = [
        e.change for e in events(folder) if isinstance(e, PolicyChanged) and e.run == "watch"
    ]
    assert changes == ["quarantine", "resume"]


def test_a_watch_that_fails_says_so_and_the_gate_goes_on(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Calls):
        def on_tool_called(
            self, run: Run, event: ToolCalled, content: bytes | None
        ) -> Sequence[Answer]:
            raise ZeroDivisionError("a detector of one's own")

    with opened(folder, rules=rules()) as governed:
        watch = Beside(governed, [Broken()])
        watch.start(every=0.01)
        calls(governed)
        governed.flush()
        watch.close()
        assert may(governed) is Outcome.PERMIT
    assert "the watch stopped: ZeroDivisionError: a detector of one's own" in caplog.text


@pytest.mark.parametrize("action", ["policy.propose", "tool.call"])
def test_the_watchs_name_proposes_under_its_rules_and_does_nothing_else(
    folder: Path, action: Any
) -> None:
    chain = PrincipalChain(links=(Principal(name=WATCH, kind="organisation", identity="bound"),))
    with opened(folder) as governed:
        asked = governed.gate.ask(
            WATCH, action, {"rule": "no-such-rule"}, run="r", chain=chain, resource="circuit"
        )
        assert asked.decision.outcome is Outcome.FORBID
