"""`tertius log`: show, export and rebuild-index."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.core.examples import FINDING

from tertius.cli.log import answer
from tertius.cli.main import run
from tertius.core.decode import decode_event
from tertius.core.events import UNKNOWN_TIME, MessageSent
from tertius.core.finding import Edge
from tertius.core.oversight_events import Escalated, Found, PolicyChanged
from tertius.log.content import seal
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer


def shown(capsys: pytest.CaptureFixture[str], log: Path, *options: str) -> list[dict[str, Any]]:
    assert run(["log", "show", str(log), "--json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_show_lists_events_in_order_with_their_text(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["log", "show", str(kept), "--run", "build-7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "ask  2026-03-01 09:00:00.000  message.sent  planner -> coder, tester: "
        "Write the parser, then its test."
    )
    assert [line.split()[0] for line in lines] == [
        "ask",
        "done",
        "build-7/call",
        "build-7/return",
        "build-7/joined/Test-Lead-47fdf1f2",
        "build-7/5",
    ]


def test_show_says_what_is_unknown(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["log", "show", str(kept), "--run", "build-8"]) == 0
    assert capsys.readouterr().out == "build-8/6  message.sent  (unknown): Who is on call?\n"


def test_show_narrows_by_run_agent_and_kind(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {each["run"] for each in shown(capsys, kept, "--run", "build-7")} == {"build-7"}
    assert [each["id"] for each in shown(capsys, kept, "--agent", "planner")] == ["ask"]
    called = shown(capsys, kept, "--kind", "tool.called")
    assert [(each["id"], each["text"]) for each in called] == [("build-7/call", '{"path":"tests"}')]


def test_a_finding_says_whom_it_is_about_and_is_found_by_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(FINDING, agents=(), edges=(Edge(sender="x-1", receiver="y-2"),))
    with Writer(tmp_path / "log", key=SigningKey("tertius/example", bytes(32))) as writer:
        for number, each in enumerate((FINDING, other)):
            content = seal(msgspec.json.encode(each), salts=lambda: bytes(32))
            event = Found(
                id=f"found/{number}", time=0, run="watch", finding=each.id, detector=each.detector,
                version=each.version, severity=each.severity, content=content.digest,
            )  # fmt: skip
            writer.wait(writer.append(event, content))
    log = str(tmp_path / "log")
    assert run(["log", "show", log, "--kind", "found"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"found/0  found  {FINDING.detector}: {FINDING.agents[0]}, ")
    assert FINDING.guarantee.title in first and "{" not in first and "unknown" not in first
    assert "x-1 to y-2" in second
    assert [each["id"] for each in shown(capsys, tmp_path / "log", "--kind", "found",
                                         "--agent", "y-2")] == ["found/1"]  # fmt: skip
    assert run(["log", "show", log, "--kind", "found", "--agent", "nobody"]) == 2


def test_show_gives_one_event_in_full(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["log", "show", str(kept), "ask"]) == 0
    fields, _, text = capsys.readouterr().out.partition("\n\n")
    assert text == "Write the parser, then its test.\n"
    named = dict(line.split(maxsplit=1) for line in fields.splitlines())
    assert named["recipients"] == '["coder","tester"]'
    assert named["time"] == "2026-03-01 09:00:00.000"
    assert shown(capsys, kept, "ask")[0]["text"] == text.strip()


def test_show_of_an_event_that_is_not_there(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["log", "show", str(kept), "asked"]) == 2
    assert "no event `asked` in this log" in capsys.readouterr().err


def test_runs_lists_every_run(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["log", "runs", str(kept), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"run": "build-8", "events": 1, "agents": 0} in rows
    assert sum(row["events"] for row in rows) == 44
    assert run(["log", "runs", str(kept)]) == 0
    assert "build-7" in capsys.readouterr().out


def test_show_says_that_more_follow(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["log", "show", str(kept), "--limit", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "the first 1 of 44 events; --last 1 the latest, --limit 44 shows all"
    ]


def test_the_last_events_are_shown_on_demand(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = shown(capsys, kept, "--limit", "44")
    assert shown(capsys, kept, "--last", "2") == everything[-2:]
    assert shown(capsys, kept, "--last", "99") == everything
    assert run(["log", "show", str(kept), "--last", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "the last 2 of 44 events; --limit 44 shows all"
    ]
    assert run(["log", "show", str(kept), "--last", "0"]) == 2
    assert "must be >= 1" in capsys.readouterr().err


def test_a_reason_is_not_cut_in_a_pipe_and_a_change_of_policy_is_nobodys_act(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "refused: " + "why " * 100
    with Writer(tmp_path / "log", key=SigningKey("t/1", bytes(32)), clock=lambda: 1) as writer:
        change = {"subject": "manifest:cashier", "change": "revoke", "reason": reason.strip()}
        writer.append(PolicyChanged(id="p", time=10**18, run="policy", **change))
        asked = {"escalation": "q", "request": "0" * 64, "deadline": 1_790_000_000_000_000_000}
        writer.append(Escalated(id="q/0", time=10**18, run="r", agent="cashier", **asked))
    assert run(["log", "show", str(tmp_path / "log")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("why why")
    assert "policy.changed  (policy) subject=manifest:cashier change=revoke" in first
    assert "deadline=2026-09-21 14:13:20.000 UTC" in second


@pytest.mark.parametrize("words", [["show"], ["show", "--json"], ["export"]])
def test_a_reader_that_has_seen_enough_is_no_error(words: list[str], kept: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    verb, *options = words
    done = subprocess.run(
        [sys.executable, "-m", "tertius.cli.main", "log", verb, str(kept), *options],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--run", "build-9"], "no run `build-9` in this log; did you mean `build-8`"),
        (["--agent", "plan"], "no agent `plan` in this log; did you mean `planner`"),
        (["--kind", "message.snet"], "unknown kind `message.snet`; did you mean `message.sent`"),
        (["--run", "build-8", "--agent", "coder"], "no event matches; drop one of"),
        (["--limit", "0"], "bad value `0` for `--limit`; must be >= 1"),
        (["--limit", "many"], "bad value `many` for `--limit`; expected a whole number"),
    ],
)
def test_what_matches_nothing_is_named(
    options: list[str], message: str, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["log", "show", str(kept), *options]) == 2
    assert message in capsys.readouterr().err


def test_a_log_without_a_checkpoint_says_how_it_gets_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = SigningKey("tertius/test", bytes(32))
    with Writer(tmp_path / "log", key=key, checkpoint_every=None) as log:
        log.wait(0)
        found = shutil.copytree(tmp_path / "log", tmp_path / "after")
    assert run(["log", "show", str(found)]) == 2
    assert "open the log once more" in capsys.readouterr().err


def test_export_and_analyze_again_give_the_same_events(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert run(["log", "export", str(kept), "--out", str(first)]) == 0
    assert run(["analyze", str(first), "--log", str(tmp_path / "again")]) == 0
    capsys.readouterr()
    assert run(["log", "export", str(tmp_path / "again"), "--out", str(second)]) == 0
    events = [json.loads(line) for line in first.read_bytes().splitlines()]
    again = [json.loads(line) for line in second.read_bytes().splitlines()]
    assert len(events) == 44
    assert again == events
    assert {event["text"] for event in events if "text" in event} >= {"Done, see parser.py."}


def test_export_goes_to_standard_output(kept: Path, capsysbinary: Any) -> None:
    assert run(["log", "export", str(kept)]) == 0
    lines = capsysbinary.readouterr().out.splitlines()
    assert json.loads(lines[0])["id"] == "ask"
    assert len(lines) == 44


def test_export_gives_back_what_a_crash_left_behind_the_checkpoint(
    tmp_path: Path, capsysbinary: Any
) -> None:
    key = SigningKey("tertius/crash", bytes(32))
    writer = Writer(tmp_path / "open", key=key, checkpoint_every=None)
    try:
        text = seal(b"not yet sealed", salts=lambda: bytes(32))
        event = MessageSent(id="m1", time=UNKNOWN_TIME, run="r", agent="a", content=text.digest)
        writer.wait(writer.append(event, text))
        shutil.copytree(tmp_path / "open", tmp_path / "crashed")
    finally:
        writer.close()
    assert run(["log", "export", str(tmp_path / "crashed")]) == 0
    exported = json.loads(capsysbinary.readouterr().out)
    assert (exported["id"], exported["text"]) == ("m1", "not yet sealed")


def test_export_overwrites_nothing(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("precious")
    assert run(["log", "export", str(kept), "--out", str(tmp_path / "mine")]) == 2
    assert "file exists; name a new file" in capsys.readouterr().err
    assert (tmp_path / "mine").read_text() == "precious"


def test_the_index_is_built_from_the_log_alone(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(log / "index")
    assert len(shown(capsys, log, "--run", "build-7")) == 6  # made anew where it can be written
    assert run(["log", "rebuild-index", str(log)]) == 0
    assert capsys.readouterr().out == "44 events indexed\n"
    assert run(["log", "rebuild-index", str(log), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"events": 44}
    assert sorted(path.name for path in (log / "index").iterdir()) == ["events.sqlite", "lineage"]
    assert len(shown(capsys, log, "--run", "build-7")) == 6


def test_a_damaged_index_is_not_believed(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = shown(capsys, log)
    (log / "index" / "events.sqlite").write_bytes(b"no database at all" * 100)
    assert shown(capsys, log) == whole


def test_an_index_that_cannot_be_made_anew_is_named_with_the_command_that_would(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(log / "index")
    (log / "index").write_text("no folder, and none can be made")
    assert run(["log", "show", str(log)]) == 3
    assert f"run `tertius log rebuild-index {log}`" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["show", "export", "rebuild-index"])
def test_a_folder_without_a_log_is_named(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["log", verb, str(tmp_path)]) == 2
    assert f"no log in `{tmp_path}`" in capsys.readouterr().err
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize("verb", ["show", "export", "rebuild-index"])
def test_an_altered_entry_breaks_integrity(
    verb: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle,) = (log / "writers" / "analyze" / "tile" / "entries").rglob("[0-9][0-9]")
    raw = bundle.read_bytes()
    bundle.write_bytes(raw.replace(b'"build-7/call"', b'"build-7"call"', 1))
    assert run(["log", verb, str(log)]) == 4
    assert "is no event; `tertius verify` tells where" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"kind": "decided", "outcome": "permit", "action": "tool.call", "resource": "pay",
          "rules": ["manifest permit tools/0: granted"]}, "permit tool.call on pay"),
        ({"kind": "decided", "outcome": "forbid", "action": "message.send", "peer": "bob",
          "rules": ["manifest permit peers/0: granted", "constitution forbid k1: never"]},
         "forbid message.send to bob; constitution forbid k1: never"),
        ({"kind": "decided", "outcome": "forbid", "errors": ["manifest: NaN is no number"]},
         "forbid; manifest: NaN is no number"),
        ({"kind": "decided", "outcome": "forbid", "action": "tool.call", "resource": "pay",
          "rules": ["manifest forbid not-granted:tools: no"], "shadow": True},
         "forbid tool.call on pay (shadow: only the constitution is enforced); "
         "manifest forbid not-granted:tools: no"),
        ({"kind": "decided", "outcome": "permit", "action": "tool.call", "resource": "pay",
          "rules": ["roles permit owner: own", "manifest permit break-glass: by p-1, p-2"]},
         "permit tool.call on pay; manifest permit break-glass: by p-1, p-2"),
        ({"kind": "ruled", "escalation": "q", "ruling": "approved", "approver": "ann"},
         "approved by ann"),
        ({"kind": "ruled", "escalation": "q", "ruling": "expired"}, "expired"),
        ({"kind": "message.sent"}, ""),
    ],
)  # fmt: skip
def test_an_answer_is_told_with_its_reason(event: dict[str, Any], told: str) -> None:
    common = {"id": "e1", "time": 0, "run": "r"}
    more = {"request": "0" * 64} if event["kind"] == "decided" else {}
    assert answer(decode_event(msgspec.json.encode(event | common | more))) == told
