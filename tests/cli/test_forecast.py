"""`tertius forecast fit` and `tertius watch --forecast`."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from tests.detectors.record import Record
from tests.runtime.merging import merged, watchers, years

from tertius.cli.main import run
from tertius.cli.watch_screen import screen
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime.forecast import Forecasting
from tertius.runtime.forecast_model import load_model
from tertius.runtime.watch import Watch
from tertius.runtime.watch_rules import WatchRules

CONFIG = "detectors: {run: [unverified_agreement]}"


def kept(folder: Path, records: list[Record]) -> str:
    with Writer(folder, key=SigningKey("tertius/test", bytes(32))) as log:
        log.extend([(event, None) for record in records for event, _ in record.shown])
    return str(folder)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tertius.yaml").write_text(CONFIG)
    return tmp_path


def test_past_runs_teach_and_each_run_that_ends_has_its_line(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forecast", "fit", kept(here / "past", years()), "--out", "m.json"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("30 past runs, 15 ended in harm (50%)\n")
    assert "better than the base rate" in told
    open_run = merged("open", 0.0, "unknown")
    open_run.shown.pop()
    now = kept(here / "now", [merged("bad", 1.0, "failed"), open_run])
    assert run(["watch", now, "--once", "--forecast", "m.json"]) == 0
    lines = [x for x in capsys.readouterr().out.splitlines() if x.startswith("forecast: ")]
    assert lines[0].startswith("forecast: run bad ended: harm 9")
    assert "base rate 50% of 30 past runs; held-out runs at 75%: Brier 0.0" in lines[0]
    assert lines[1].startswith("forecast: run open goes on: harm ")


def test_programs_get_the_same_with_what_to_hold_it_against(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    past = kept(here / "past", years())
    assert run(["forecast", "fit", past, "--out", "m.json", "--json"]) == 0
    fitted = json.loads(capsys.readouterr().out)
    assert (fitted["runs"], fitted["harmed"], len(fitted["held_out"])) == (30, 15, 4)
    now = kept(here / "now", [merged("bad", 1.0, "failed")])
    assert run(["watch", now, "--once", "--json", "--forecast", "m.json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (told,) = [row["forecast"] for row in rows if "forecast" in row]
    assert (told["run"], told["ended"], told["base_rate"]) == ("bad", True, 0.5)
    assert told["chance"] > 0.9
    assert told["held_out"]["better"] is True
    assert told["model"] == fitted["model"]
    assert "like those it was fitted on" in told["given"]


def test_a_restart_does_not_say_it_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["forecast", "fit", kept(here / "past", years()), "--out", "m.json"])
    now = kept(here / "now", [merged("bad", 1.0, "failed")])
    watch = ["watch", now, "--once", "--forecast", "m.json", "--state", "s"]
    counts = []
    for _ in range(2):
        capsys.readouterr()
        assert run(watch) == 0
        counts.append(capsys.readouterr().out.count("forecast: run"))
    assert counts == [1, 0]


def test_what_cannot_be_told_is_not_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = kept(here / "few", years(4))
    assert run(["forecast", "fit", few, "--out", "m.json"]) == 3
    assert "a forecast needs 10 of each" in capsys.readouterr().err
    assert not (here / "m.json").exists()
    run(["forecast", "fit", kept(here / "past", years()), "--out", "m.json"])
    (here / "tertius.yaml").write_text("detectors: {run: [agent_loop]}")
    assert run(["watch", few, "--once", "--forecast", "m.json"]) == 2
    assert "other detectors" in capsys.readouterr().err


def test_the_screen_shows_the_runs_that_go_on_and_still_fits(here: Path) -> None:
    past = kept(here / "past", years())
    assert run(["forecast", "fit", past, "--out", "m.json"]) == 0
    records = [merged("bad", 1.0, "unknown"), merged("good", 0.0, "unknown")]
    for record in records:
        record.shown.pop()
    kept(here / "now", records)
    forecasting = Forecasting(load_model(here / "m.json"), watchers())
    console = Console(file=StringIO(), width=120, height=36, record=True)
    with Watch(here / "now", watchers(), forecast=forecasting) as watching:
        watching.look()
        console.print(screen(watching, 36, WatchRules()))
    shown = console.export_text()
    assert "forecast: chance that a run ends in harm" in shown
    assert shown.index("bad  ") < shown.index("good  ")
    assert "base rate 50% of 30 past runs; held-out runs at" in shown
    assert len(shown.splitlines()) <= 36
