"""What the watch is worth in one world: nobody there, recorded, gated, watched, contained."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tertius.core.events import Acted
from tertius.core.guarantee import GuaranteeCode
from tertius.core.oversight_events import PolicyChanged
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import PerRun, Run
from tertius.evaluation.contained import Outcome, played
from tertius.evaluation.scoped import scope_of
from tertius.log.read import LogReader
from tertius.scenarios.table import load

STUDY = load("unchecked_merge")  # the orchestrator merges unseen, the workers work
HONEST = STUDY.of_kind("honest").name
FAILING = next(each.name for each in STUDY.populations if each.kind == "failing")


class Names(PerRun[Run]):
    """Names one agent after its tenth move."""

    SPEC = DetectorSpec(
        name="names", version="1", title="Names", plain="It names.", kinds=("acted",),
        failure_modes=("caif.conflict",), source="a test", null="at most nine moves",
        assumptions=("the record is complete",),
        guarantees=(GuaranteeCode.FACT, GuaranteeCode.HEURISTIC), blind="all else", memory=100_000,
    )  # fmt: skip

    def __init__(self, *, agent: str, code: str = "fact") -> None:
        super().__init__(agent=agent, code=code, runs=8)
        self._agent, self._code, self._moves = agent, GuaranteeCode(code), 0

    def clone(self) -> "Names":
        return Names(agent=self._agent, code=self._code)

    def on_acted(self, run: Run, event: Acted, content: bytes | None) -> Sequence[Answer]:
        self._moves += event.agent == self._agent
        if event.agent != self._agent or self._moves != 10:
            return ()
        return (
            self.claim(
                run, agents=(event.agent,), evidence=(event.id,), effect=(10, "moves"), n=10,
                null="at most nine moves", severity="high", code=self._code,
            ),
        )  # fmt: skip


@pytest.fixture
def play(tmp_path: Path) -> Any:
    made: dict[tuple[Any, ...], Outcome] = {}

    def one(population: str, condition: Any, **options: Any) -> Outcome:
        room = tmp_path / f"log-{len(made)}"
        found = played(STUDY, population, 1, condition, room=room, **options)
        made[population, condition, len(made)] = found
        return found

    return one


def test_to_record_changes_nothing(play: Any) -> None:
    bare, recorded = play(FAILING, "nothing"), play(FAILING, "record")
    assert bare == recorded
    assert len(bare.losses) == STUDY.steps and bare.losses[-1] == bare.harm > 0
    assert (bare.measures, bare.denied) == (0, 0)


def test_the_seat_of_one_who_is_cut_off_is_played_by_the_reserve(play: Any, tmp_path: Path) -> None:
    bare, honest = play(FAILING, "nothing"), play(HONEST, "nothing")
    room = tmp_path / "watched"
    seen = played(
        STUDY, FAILING, 1, "watch", room=room, detectors=[Names(agent="orchestrator")]
    )  # fmt: skip
    assert seen.measures == 1
    assert seen.denied == STUDY.steps - 10  # every later move of its own
    assert seen.losses[:10] == bare.losses[:10]
    late = STUDY.steps // 2  # what was merged before the cut is over by then
    lost = [each.losses[-1] - each.losses[late] for each in (bare, seen, honest)]
    assert lost[0] > lost[1] == lost[2]  # as if somebody honest sat there
    (cut,) = (e for e in LogReader(room).events() if isinstance(e, PolicyChanged))
    assert (cut.change, cut.subject) == ("quarantine", "orchestrator")


def test_to_name_somebody_honest_helps_nobody_and_costs_nothing(play: Any) -> None:
    bare = play(FAILING, "nothing")
    seen = play(FAILING, "watch", detectors=[Names(agent="worker-2")])
    assert (seen.measures, seen.harm) == (1, bare.harm)


def test_what_only_suspects_takes_no_measure(play: Any) -> None:
    seen = play(FAILING, "watch", detectors=[Names(agent="orchestrator", code="heuristic")])
    assert (seen.measures, seen.denied) == (0, 0)
    assert seen == play(FAILING, "record")


def test_detectors_have_a_say_only_where_somebody_watches(play: Any) -> None:
    detectors = [Names(agent="orchestrator")]
    for condition in ("record", "gate"):
        assert play(FAILING, condition, detectors=detectors).measures == 0


def test_scope_denies_what_no_honest_player_did_and_spares_the_honest(play: Any) -> None:
    scope = scope_of(STUDY, range(50, 53))
    bare, honest = play(FAILING, "nothing"), play(HONEST, "nothing")
    gated = play(FAILING, "gate", scope=scope)
    assert gated.denied > 0
    assert honest.harm <= gated.harm < bare.harm
    contained = play(FAILING, "contain", scope=scope)
    assert (contained.denied, contained.harm) == (gated.denied, gated.harm)
    assert play(FAILING, "scoped", scope=scope).denied > 0
    assert play(HONEST, "gate", scope=scope).paid == honest.paid
