"""From `tertius.yaml` to a gate that stands: what the file says holds, or nothing starts."""

from pathlib import Path

import pytest

from tertius.cli.demo_scenes.university.campus import REGISTRAR
from tertius.cli.demo_scenes.university.founding import found
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.runtime.config import ConfigError
from tertius.runtime.configured import WrongLevelError, from_config
from tertius.runtime.governed import Governed
from tertius.runtime.trigger_lint import TriggerFlawError

ASKS = """
gate:
  folder: deployed
  ungoverned: [storage:scratch]
escalation:
  triggers:
    - name: looks
      why: somebody looks
      resources: [sis.attendance]
      terms: {seconds: 60}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found(tmp_path / "deployed")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "tertius.yaml"
    path.write_text(text)
    return path


def reads(governed: Governed) -> Outcome:
    return governed.gate.ask(
        "retention", "tool.call", {"student": "s-07"}, run="r", chain=REGISTRAR, task="s-07",
        resource="sis.attendance", identity="bound",
    ).decision.outcome  # fmt: skip


@pytest.mark.parametrize("named", ["the file", "its folder"])
def test_what_the_file_says_holds(folder: Path, named: str) -> None:
    path = write(folder, ASKS)
    with from_config(path if named == "the file" else folder) as governed:
        assert governed.ungoverned == ("storage:scratch",)
        assert reads(governed) is Outcome.ESCALATE
        assert governed.log == folder / "deployed" / "log"


def test_a_file_that_says_nothing_is_a_gate_in_its_folder(folder: Path) -> None:
    write(folder / "deployed", "")
    with from_config(folder / "deployed") as governed:
        assert governed.ungoverned == ()
        assert reads(governed) is Outcome.PERMIT
        assert governed.gate.level is EnforcementLevel.IN_PROCESS


def test_a_level_that_is_not_the_callers_stops_the_start(folder: Path) -> None:
    path = write(folder, "gate: {folder: deployed, level: sidecar}")
    with pytest.raises(WrongLevelError, match="run `tertius serve gate`"):
        from_config(path)
    from_config(path, level=EnforcementLevel.SIDECAR).close()
    path = write(folder, "gate: {folder: deployed, level: in_process}")
    with pytest.raises(
        WrongLevelError, match="this would be `sidecar`; write `level: sidecar` under"
    ):
        from_config(path, level=EnforcementLevel.SIDECAR)


def test_a_file_that_is_missing_or_wrong_stops_the_start(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"tertius\.yaml: cannot be read, no such file"):
        from_config(folder)
    with pytest.raises(ConfigError, match="unknown key `gat`; did you mean `gate`"):
        from_config(write(folder, "gat: {}"))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("resources: [sis.atendance]", "unknown resource `sis.atendance`; did you mean `sis.at"),
        ("agents: [tutor]", "unknown agent `tutor`; did you mean `tutoring`"),
        ("peers: [advisin]", "unknown peer `advisin`; did you mean `advising`"),
        ("rules: [large-award]", "unknown rule `large-award`; did you mean `large-awards`"),
        ("actions: [tool.call], terms: {approvers: [deans]}", "unknown approver `deans`; did you"),
        (
            "actions: [tool.call], terms: {quorum: 3}",
            "wants 3 approvals, and 2 people are enrolled",
        ),
    ],
)
def test_a_trigger_that_could_never_ask_or_be_answered_stops_the_start(
    folder: Path, line: str, problem: str
) -> None:
    text = f"escalation: {{triggers: [{{name: t, why: w, {line}}}]}}\ngate: {{folder: deployed}}"
    with pytest.raises(TriggerFlawError, match=problem):
        from_config(write(folder, text))
