"""No answer without a record: what the log, the desk or the circuit cannot take is a forbid."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.policy.asked import NOW, asked

from tertius.core.decision import Layer, Vote
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import Decided
from tertius.escalation.triggers import Terms
from tertius.log.commit import LogFullError
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.policy.circuit import Circuit
from tertius.runtime.acts import Known
from tertius.runtime.answering import Answering
from tertius.runtime.ledger import Ledger
from tertius.runtime.policies import Policies


class Desk:
    """Where a question can be put, or not."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def open(self, *given: object, **named: object) -> None:
        if self.error is not None:
            raise self.error


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    key = SigningKey("tertius/test", bytes(32))
    with Writer(tmp_path / "log", key=key, clock=lambda: NOW) as log:
        yield log


def vote(outcome: Outcome, layer: Layer = "manifest") -> Vote:
    return Vote(layer=layer, outcome=outcome, rule="m1", reason="because")


def answer(writer: Writer, *votes: Vote, desk: Any = None, shadow: bool = False) -> Any:
    answering = Answering(
        Ledger.of(writer), Circuit(), desk=desk, terms=lambda request, decision: Terms(),
        level=EnforcementLevel.IN_PROCESS,
    )  # fmt: skip
    return answering.anew(
        Known(asked()), asked(), NOW, list(votes), [], Policies(layers=()),
        shadow=shadow, bad_argument=False,
    )[0]  # fmt: skip


def recorded(writer: Writer) -> list[tuple[str, str]]:
    writer.checkpoint()
    events = LogReader(writer.folder).events()
    return [(event.id, event.outcome) for event in events if isinstance(event, Decided)]


def test_what_needs_a_person_is_a_forbid_where_nobody_can_be_asked(writer: Writer) -> None:
    ask = vote(Outcome.ESCALATE)
    assert answer(writer, ask).outcome is Outcome.FORBID
    assert recorded(writer) == [("q1/decided", "forbid")]


def test_a_question_that_cannot_be_put_is_a_forbid_and_both_are_recorded(writer: Writer) -> None:
    ask = vote(Outcome.ESCALATE)
    decision = answer(writer, ask, desk=Desk(RuntimeError("no disk")))
    assert (decision.outcome, decision.code) == (Outcome.FORBID, "denied")
    assert recorded(writer) == [("q1/decided", "escalate"), ("q1/unasked", "forbid")]


def test_a_question_that_is_put_is_the_answer(writer: Writer) -> None:
    assert answer(writer, vote(Outcome.ESCALATE), desk=Desk()).code == "needs-human"
    assert recorded(writer) == [("q1/decided", "escalate")]


@pytest.mark.parametrize("shadow", [False, True])
@pytest.mark.parametrize("outcome", [Outcome.PERMIT, Outcome.FORBID])
def test_without_a_record_nothing_runs_in_shadow_mode_either(
    outcome: Outcome, shadow: bool, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **named: object) -> int:
        raise LogFullError("no room")

    monkeypatch.setattr(writer, "append", full)
    decision = answer(writer, vote(outcome), shadow=shadow)
    assert decision.obeyed is Outcome.FORBID
    assert "not recorded: no room" in decision.faults[-1].message
