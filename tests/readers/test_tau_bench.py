"""tau-bench histories, on trials made by hand in their shape."""

import json
from pathlib import Path
from typing import Any

import pytest

from tertius.conformance.reader import check_reader
from tertius.core.events import BaseEvent, MemoryRead, MessageSent, ToolCalled, ToolReturned
from tertius.core.names import alias
from tertius.core.ports.reader import ReadProblem, Recorded, TruthRecord
from tertius.readers.tau_bench import TauBench

SAMPLE = Path(__file__).parent / "samples" / "tau_bench.json"
RUN = "tau-bench/tau_bench/3-0"


def events(path: Path = SAMPLE, run: str = RUN) -> dict[str, BaseEvent]:
    """Events of one run, by the part of the id that follows it."""
    found = [r.event for r in TauBench().read(path) if isinstance(r, Recorded)]
    return {e.id.removeprefix(run + "/"): e for e in found if e.run == run}


def causes(event: BaseEvent) -> list[str]:
    return [cause.id.removeprefix(event.run + "/") for cause in event.causes]


def write(tmp_path: Path, tree: Any) -> Path:
    path = tmp_path / "tau_bench.json"
    path.write_text(json.dumps(tree))
    return path


def test_the_reader_keeps_the_port_and_hides_rewards_and_instructions() -> None:
    hidden = ["hidden-instruction-0", "hidden-action-0", "hidden-instruction-1", "hidden-action-1"]
    report = check_reader(TauBench(), [SAMPLE], hidden={SAMPLE: hidden}, mutants=500)
    assert report.truths == 2


def test_two_parties_talk_and_the_policy_stands_in_the_agents_context() -> None:
    found = events()
    policy, asked, answer = found["0"], found["1"], found["7"]
    assert isinstance(policy, MemoryRead) and policy.agent == "assistant"
    assert isinstance(asked, MessageSent) and isinstance(answer, MessageSent)
    assert (asked.agent, asked.recipients) == ("user", ("assistant",))
    assert (answer.agent, answer.recipients) == ("assistant", ("user",))


def test_a_return_is_paired_with_its_call_in_whatever_order() -> None:
    found = events()
    called = [e for e in found.values() if isinstance(e, ToolCalled)]
    assert [(e.id.removeprefix(RUN + "/"), e.tool) for e in called] == [
        ("2/call-0", "find_order"), ("4/call-0", "find_order"), ("4/call-1", alias("list colours")),
    ]  # fmt: skip
    colours = found["5"]
    assert isinstance(colours, ToolReturned)
    assert (colours.agent, colours.tool, colours.call) == (
        "assistant", alias("list colours"), "call_c",
    )  # fmt: skip
    assert causes(colours) == ["4/call-1"]
    assert causes(found["6"]) == ["4/call-0"]
    assert causes(found["7"]) == ["6"]


def test_only_the_benchmarks_own_word_says_that_a_call_failed() -> None:
    found = events()
    failed, fine = found["3"], found["6"]
    assert isinstance(failed, ToolReturned) and isinstance(fine, ToolReturned)
    assert (failed.ok, fine.ok) == (False, None)


def test_words_beside_a_call_are_a_message() -> None:
    said = events()["4"]
    assert isinstance(said, MessageSent) and said.recipients == ("user",)


def test_reward_and_info_are_truth() -> None:
    truths = [r for r in TauBench().read(SAMPLE) if isinstance(r, TruthRecord)]
    assert [truth.run for truth in truths] == [RUN, "tau-bench/tau_bench/3-1"]
    assert truths[0].data["reward"] == 0.0 and "traj" not in truths[0].data


def test_the_same_task_and_trial_twice_are_two_runs(tmp_path: Path) -> None:
    trial = json.loads(SAMPLE.read_text())[0]
    path = write(tmp_path, [trial, trial])
    assert events(path, f"{RUN}/row-1")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"role": 5}, "expected a message with `role`"),
        ({"role": "user", "content": 7}, "expected text `content`"),
        ({"role": "assistant", "tool_calls": 7}, "expected a list `tool_calls`"),
        ({"role": "assistant", "tool_calls": [{}]}, "expected a call with `function.name`"),
    ],
)
def test_a_broken_message_is_named_and_the_others_are_read(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    trial = json.loads(SAMPLE.read_text())[0]
    trial["traj"][1] = change
    path = write(tmp_path, [trial, {"task_id": 4}])
    first, second = [r for r in TauBench().read(path) if isinstance(r, ReadProblem)]
    assert (first.message, first.field) == (message, "$[0].traj[1]")
    assert (second.record, second.message) == (2, "expected a trial with a list `traj`")
    assert "7" in events(path)
