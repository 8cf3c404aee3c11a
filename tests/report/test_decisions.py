"""What the gate decided, told beside the run: counts, and a line for each denial and ruling."""

from pathlib import Path
from typing import Any

from tests.report.small import KEY, MARKUP, SPECS, START, verdict

from tertius.core.events import RunStarted
from tertius.core.kinds import Event
from tertius.core.oversight_events import Decided, Escalated, PolicyChanged, Ruled
from tertius.log.content import SeededSalts
from tertius.log.writer import Writer
from tertius.report.decisions import Decisions, block
from tertius.report.page import write_report


def decided(id: str, outcome: str, rule: str, **more: Any) -> Decided:
    fields: dict[str, Any] = {
        "id": id, "time": START, "run": "r", "agent": "support", "request": "ab" * 32,
        "outcome": outcome, "action": "tool.call", "resource": "refunds.pay", "rules": (rule,),
    }  # fmt: skip
    return Decided(**{**fields, **more})


FORBID = "constitution forbid one-agent-pays: money leaves through the cashier alone"
EVENTS: tuple[Event, ...] = (
    RunStarted(id="s", time=START, run="r", title="A day"),
    decided("a/decided", "permit", "manifest permit tools/0: granted"),
    decided("b/decided", "forbid", FORBID),
    decided("c/decided", "forbid", FORBID, shadow=True),
    decided("d/decided", "escalate", "conditions escalate large: above 100 euros"),
    Escalated(id="d", time=START, run="r", agent="cashier", escalation="d", request="ab" * 32,
              deadline=START + 9),
    Ruled(id="d/1", time=START, run="r", escalation="d", ruling="approved", approver="ann"),
    decided("e/decided", "permit", "manifest permit x: break-glass by p-7, p-8 lifts y: z"),
    PolicyChanged(id="break-glass/1", time=START, run="r", subject="break-glass", change="widen",
                  reason=f"opened by p-7, p-8 for sis: {MARKUP}"),
)  # fmt: skip


def test_denials_questions_and_rulings_are_told_with_links_to_their_events(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Writer(log, key=KEY, salts=SeededSalts(1), clock=lambda: START) as writer:
        for event in EVENTS:
            writer.append(event)
    out = tmp_path / "report.html"
    write_report(log, (), SPECS, verdict(log), out)
    page = out.read_text()
    assert "5 decisions: 2 permitted, 2 denied, 1 left to a person." in page
    assert "1 question, with 1 approval and 0 denials by people." in page
    assert "1 decision in shadow mode" in page and "Break-glass turned 1 decision." in page
    said = f"support was denied tool.call on refunds.pay: {FORBID}"
    assert f'<a href="#run=r&amp;event=3">{said}</a> (2 times)' in page
    assert '<a href="#run=r&amp;event=7">approved by ann</a>' in page
    assert "the emergency door (break-glass) was opened by p-7, p-8 for sis" in page
    assert "<img" not in page and '<a href="#gate">The gate</a>' in page


def test_without_a_gate_there_is_no_block() -> None:
    heard = Decisions()
    heard.hear(EVENTS[0])
    assert block(heard, {}, ()) == ""


def test_many_lines_are_counted_and_an_event_that_is_not_drawn_has_no_link() -> None:
    heard = Decisions()
    for number in range(50):
        heard.hear(decided(f"{number}", "forbid", FORBID, resource=f"t{number}"))
    told = block(heard, {"0": 1}, ())
    assert "<li>and 10 more</li>" in told and "<a" not in told
