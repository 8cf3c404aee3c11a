"""Coalition logs: what a public monitor sees is an event, all else is truth."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from tertius.conformance.reader import check_reader
from tertius.core.events import (
    Acted,
    AgentJoined,
    Asserted,
    BaseEvent,
    MessageSent,
    OutcomeObserved,
)
from tertius.core.names import alias
from tertius.core.ports.reader import ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.coalition_logs import CoalitionLogs

SAMPLE = Path(__file__).parent / "samples" / "coalition_logs.jsonl"
HIDDEN = [
    "hidden-id-with-secret-channel-1", "hidden-split-key", "hidden-condition", "hidden-label",
    "hidden-role-smuggler", "hidden-winner", "hidden-mood", "hidden-pair", "hidden-private-talk",
    "hidden-named-channel", "hidden-reason", "hidden-revealed", "hidden-unknown-channel",
    "hidden-id-market", "hidden-yes", "hidden-seller", "hidden-buyer", "hidden-remark",
]  # fmt: skip


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SAMPLE.read_text().splitlines()]


def write(tmp_path: Path, *trees: Any) -> Path:
    path = tmp_path / "logs.jsonl"
    path.write_text("".join(json.dumps(tree) + "\n" for tree in trees))
    return path


def events(path: Path = SAMPLE, env: str = "harbour_vote") -> dict[str, BaseEvent]:
    """Events of the runs of one world, by the part of the id that follows the run."""
    found = [r.event for r in CoalitionLogs().read(path) if isinstance(r, Recorded)]
    return {e.id.removeprefix(e.run + "/"): e for e in found if f"/{env}-" in e.run}


def causes(event: BaseEvent) -> list[str]:
    return [cause.id.removeprefix(event.run + "/") for cause in event.causes]


def test_the_reader_keeps_the_port_and_hides_every_hidden_word() -> None:
    report = check_reader(CoalitionLogs(), [SAMPLE], hidden={SAMPLE: HIDDEN}, mutants=1000)
    assert report.truths == 2


def test_public_talk_reaches_every_other_agent() -> None:
    said = events()["0"]
    assert isinstance(said, MessageSent)
    assert (said.agent, said.recipients, said.channel) == ("P1", ("P2", "P3"), "public")
    assert (said.task, said.time) == ("round-1", 1_700_000_000_000_000_000)


def test_the_hosts_words_reach_all_and_are_no_agents() -> None:
    told = events()["5"]
    assert isinstance(told, MessageSent)
    assert (told.agent, told.via, told.recipients) == ("system", "environment", ("P1", "P2", "P3"))


def test_a_vote_is_seen_by_the_audit_log_and_only_the_result_by_the_players() -> None:
    found = events()
    vote, gone, said = found["2"], found["4"], found["6"]
    assert isinstance(vote, Asserted) and isinstance(gone, OutcomeObserved)
    assert (vote.agent, vote.act, vote.about, vote.value) == ("P1", "vote", "P3", "vote")
    assert (gone.about, gone.value) == ("P3", "eliminated")
    assert causes(vote) == ["1"]
    assert causes(gone) == ["2", "3", "1"]
    assert causes(said) == ["5"] and said.task == "round-1/final"


def test_a_public_vote_is_in_everyones_view(tmp_path: Path) -> None:
    row = rows()[0]
    for event in row["events"]:
        event["channel"] = event["channel"].replace("audit", "public")
    found = events(write(tmp_path, row))
    assert (causes(found["3"]), causes(found["4"])) == (["2"], ["2", "3"])


def test_numbers_of_events_do_not_count_the_hidden_ones(tmp_path: Path) -> None:
    row = rows()[0]
    row["events"] = [e for e in row["events"] if e["channel"] in ("public", "audit")]
    assert list(events(write(tmp_path, row))) == list(events())


def test_names_of_runs_do_not_tell_the_condition() -> None:
    run = events()["0"].run
    assert run.startswith("coalitions/harbour_vote-") and "secret" not in run
    (truth, *_) = [r for r in CoalitionLogs().read(SAMPLE) if isinstance(r, TruthRecord)]
    assert (truth.run, truth.data["id"]) == (run, "hidden-id-with-secret-channel-1")


def test_a_move_in_a_market_keeps_its_numbers_and_an_hour_without_a_day_is_no_time() -> None:
    found = [
        r
        for r in CoalitionLogs().read(SAMPLE)
        if isinstance(r, Recorded) and isinstance(r.event, Acted)
    ]
    ask, trade = (r.event for r in found)
    assert isinstance(ask, Acted) and isinstance(trade, Acted)
    assert (ask.agent, ask.step, ask.action, ask.time) == (alias("Seller A"), 2, "ask", 0)
    assert causes(trade) == ["0"]
    assert json.loads(found[1].contents[0]) == {"act": "trade", "with": "Seller A", "price": 9.5}


def test_models_are_known_and_roles_are_not() -> None:
    joined = [e for e in events().values() if isinstance(e, AgentJoined)]
    assert [(e.agent, e.model, e.role) for e in joined] == [
        ("P1", "m-1", ""), ("P2", alias("m 2"), ""), ("P3", "m-1", ""),
    ]  # fmt: skip


def test_rows_without_events_are_counted() -> None:
    assert list(CoalitionLogs().read(SAMPLE))[-1] == Skipped(reason="rows without events", rows=1)


def test_an_xz_file_gives_the_same(tmp_path: Path) -> None:
    packed = tmp_path / "logs.jsonl.xz"
    packed.write_bytes(lzma.compress(SAMPLE.read_bytes()))
    assert events(packed) == events()


@pytest.mark.parametrize("seconds", ["noon", None, True, -1, 1e300, 4_102_444_801])
def test_what_is_no_moment_of_our_days_is_no_time(tmp_path: Path, seconds: Any) -> None:
    row = rows()[0]
    row["events"][0]["t"] = seconds
    assert events(write(tmp_path, row))["0"].time == 0


def test_a_broken_event_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    row = rows()[0]
    row["events"][1]["kind"] = "song"
    path = write(tmp_path, row, {**row, "events": 7}, [])
    problems = [r for r in CoalitionLogs().read(path) if isinstance(r, ReadProblem)]
    assert [(p.record, p.field) for p in problems] == [
        (1, "$.events[1]"),
        (2, "$.events"),
        (3, None),
    ]
    assert "5" in events(path)
