"""Who&When, both shapes, on runs made by hand in the shape of the benchmark."""

import json
from pathlib import Path
from typing import Any

import pytest

from tertius.core.events import (
    AgentJoined,
    BaseEvent,
    MemoryRead,
    MessageSent,
    ModelCalled,
    OutcomeObserved,
    RunEnded,
    RunStarted,
    ToolReturned,
)
from tertius.core.names import alias
from tertius.core.ports.reader import ReadProblem, Recorded, TruthRecord
from tertius.readers.who_when import MAX_MEMBERS, WhoAndWhen

SAMPLES = Path(__file__).parent / "samples"
CHAT, TEAM = SAMPLES / "who_when_chat.json", SAMPLES / "who_when_team.json"


def events(path: Path) -> dict[str, BaseEvent]:
    """Events by the part of the id that follows the run."""
    found = [r.event for r in WhoAndWhen().read(path) if isinstance(r, Recorded)]
    return {event.id.removeprefix(event.run + "/"): event for event in found}


def problems(path: Path) -> list[ReadProblem]:
    return [r for r in WhoAndWhen().read(path) if isinstance(r, ReadProblem)]


def causes(event: BaseEvent) -> list[str]:
    assert {cause.basis for cause in event.causes} <= {"declared"}
    return [cause.id.removeprefix(event.run + "/") for cause in event.causes]


def write(tmp_path: Path, tree: Any) -> Path:
    path = tmp_path / "1.json"
    path.write_text(json.dumps(tree))
    return path


def test_a_chat_names_its_speakers_and_reaches_every_other_member() -> None:
    found = events(CHAT)
    sent = [event for event in found.values() if isinstance(event, MessageSent)]
    assert [event.agent for event in sent] == [
        "Harbour_Expert", "Counting_Expert", "Computer_terminal", "CountingExpert",
        "Computer_terminal", "Harbour_Expert",
    ]  # fmt: skip
    first = found["0"]
    assert isinstance(first, MessageSent)
    assert first.run == "who-when/ag-who_when_chat"
    assert first.recipients == (
        "Counting_Expert", "Quiet_Expert", "Computer_terminal", "CountingExpert",
    )  # fmt: skip
    assert first.channel == "group-chat"
    assert first.time == 0


def test_near_duplicate_names_stay_two_agents() -> None:
    joined = [e.agent for e in events(CHAT).values() if isinstance(e, AgentJoined)]
    assert {"Counting_Expert", "CountingExpert"} < set(joined)
    assert len(joined) == len(set(joined)) == 5


def test_every_message_of_a_chat_rests_on_the_one_before_and_first_ones_on_the_prompt() -> None:
    found = events(CHAT)
    assert isinstance(found["prompt-1"], MemoryRead)
    assert causes(found["0"]) == ["prompt-0"]
    assert causes(found["1"]) == ["0", "prompt-1"]
    assert causes(found["5"]) == ["4"]
    assert causes(found["end"]) == ["5"]


def test_an_exit_code_line_of_the_executor_is_a_tools_return() -> None:
    found = events(CHAT)
    returned = found["2/result"]
    assert isinstance(returned, ToolReturned)
    assert (returned.agent, returned.ok) == ("Computer_terminal", False)
    assert causes(returned) == ["1"]
    assert causes(found["2"]) == ["2/result"]


def test_nobody_else_is_believed_about_exit_codes() -> None:
    returned = [e.id for e in events(CHAT).values() if isinstance(e, ToolReturned)]
    assert returned == ["who-when/ag-who_when_chat/2/result"]  # item 3 quotes one, 4 shows none


def test_a_team_hides_speaker_and_addressee_in_the_role() -> None:
    found = events(TEAM)
    sent = {
        part: (e.agent, e.recipients) for part, e in found.items() if isinstance(e, MessageSent)
    }
    assert sent == {
        "0": ("human", ("Orchestrator",)),
        "2": ("Orchestrator", ("WebSurfer",)),
        "4": ("WebSurfer", ("Orchestrator",)),
        "6": ("Orchestrator", ("Assistant",)),
        "8": ("Assistant", ("Orchestrator",)),
        "9": ("Orchestrator", ("ComputerTerminal",)),
        "10": ("ComputerTerminal", ("Orchestrator",)),
    }
    assert isinstance(found["3"], ModelCalled)
    assert isinstance(found["11"], OutcomeObserved)
    returned = found["10/result"]
    assert isinstance(returned, ToolReturned) and returned.ok is True


def test_a_reply_rests_on_what_was_asked_and_not_on_a_private_thought() -> None:
    found = events(TEAM)
    assert causes(found["4"]) == ["2"]
    assert causes(found["5"]) == ["3", "4"]
    assert causes(found["10/result"]) == ["9"]
    assert causes(found["11"]) == ["9", "10"]


def test_the_end_says_whether_the_record_shows_one(tmp_path: Path) -> None:
    end = events(TEAM)["end"]
    assert isinstance(end, RunEnded)
    assert (end.reason, end.outcome) == ("termination condition", "unknown")
    tree = json.loads(TEAM.read_text())
    tree["history"].pop()
    end = events(write(tmp_path, tree))["end"]
    assert isinstance(end, RunEnded) and end.reason == "the record stops here"


def test_labels_are_truth_whatever_their_name_and_place(tmp_path: Path) -> None:
    tree = json.loads(TEAM.read_text())
    tree["new_label"] = "hidden-new"
    tree["history"][4]["is_wrong"] = "hidden-in-message"
    records = list(WhoAndWhen().read(write(tmp_path, tree)))
    (truth,) = [record for record in records if isinstance(record, TruthRecord)]
    assert truth.run == "who-when/hc-1"
    assert truth.data["mistake_step"] == "hidden-step-8"
    assert truth.data["new_label"] == "hidden-new"
    assert truth.data["history"] == {"4": {"is_wrong": "hidden-in-message"}}
    assert "hidden" not in repr([r for r in records if isinstance(r, Recorded)])


def test_the_shape_is_told_by_content_not_by_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "hand_crafted"
    folder.mkdir()
    (folder / "7.json").write_bytes(CHAT.read_bytes())
    assert events(folder / "7.json")["0"].run == "who-when/ag-7"


@pytest.mark.parametrize(
    ("role", "agent", "recipients"),
    [
        ("Orchestrator (-> Web Surfer)", "Orchestrator", (alias("Web Surfer"),)),
        ("Orchestrator (error)", "Orchestrator", ()),
        ("Stranger", "Stranger", ()),
        ("", "", ()),
    ],
)
def test_what_a_role_does_not_tell_stays_unknown(
    tmp_path: Path, role: str, agent: str, recipients: tuple[str, ...]
) -> None:
    path = write(tmp_path, {"history": [{"content": "x", "role": role}]})
    sent = events(path)["0"]
    assert isinstance(sent, MessageSent)
    assert (sent.agent, sent.recipients) == (agent, recipients)


def test_a_foreign_name_is_kept_as_title(tmp_path: Path) -> None:
    joined = events(write(tmp_path, {"history": [{"content": "x", "name": "Web Surfer"}]}))
    agent = joined["agent-0"]
    assert isinstance(agent, AgentJoined)
    assert (agent.agent, agent.title) == (alias("Web Surfer"), "Web Surfer")


def test_a_broken_item_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    tree = json.loads(TEAM.read_text())
    tree["history"][4] = {"content": ["no", "text"], "role": "WebSurfer"}
    tree["history"][5] = 5
    path = write(tmp_path, tree)
    assert [(p.record, p.field) for p in problems(path)] == [
        (5, "$.history[4].content"), (6, "$.history[5].content"), (6, "$.history[5].role"),
    ]  # fmt: skip
    found = events(path)
    assert found["4"].agent == "WebSurfer" and found["5"].agent == ""
    assert "11" in found


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"history": [', "broken JSON"),
        (b'{"history": [], "history": []}', "duplicate key `history`"),
        (b'{"history": ["\xff"]}', "invalid UTF-8"),
        (b'{"history": 7}', "expected an object with a list `history`"),
        (b"[]", "expected an object with a list `history`"),
    ],
)
def test_what_is_no_document_is_one_named_problem(tmp_path: Path, raw: bytes, message: str) -> None:
    path = tmp_path / "1.json"
    path.write_bytes(raw)
    records = list(WhoAndWhen().read(path))
    (problem,) = records
    assert isinstance(problem, ReadProblem) and message in problem.message


def test_a_run_without_messages_still_is_a_run(tmp_path: Path) -> None:
    found = events(write(tmp_path, {"history": [], "question": "q"}))
    assert [type(event) for event in found.values()] == [RunStarted, RunEnded]


def test_more_members_than_an_event_holds_are_refused(tmp_path: Path) -> None:
    names = [{"content": "x", "name": f"a{n}"} for n in range(MAX_MEMBERS + 1)]
    (problem,) = WhoAndWhen().read(write(tmp_path, {"history": names}))
    assert isinstance(problem, ReadProblem) and "257 agents" in problem.message


def test_long_file_names_leave_room_for_ids(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 200 + ".json")
    path.write_bytes(TEAM.read_bytes())
    other = tmp_path / ("n" * 201 + ".json")
    other.write_bytes(TEAM.read_bytes())
    runs = {next(iter(events(each).values())).run for each in (path, other)}
    assert len(runs) == 2
    assert all(len(run) < 100 for run in runs)
