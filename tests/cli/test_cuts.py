"""`tertius cuts`: a person cuts and lifts at a gate, beside one that stands and without one."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.test_beside import Calls, calls, rules
from tests.runtime.test_governed import events, reads

from tertius.cli.demo_scenes.university.founding import approver, found
from tertius.cli.main import run
from tertius.core.escalation import EscalationState
from tertius.core.manifest import BY_HAND
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.escalation.approver_key import write_key
from tertius.escalation.asking import NotAskedError, require_room
from tertius.escalation.queue import Limits
from tertius.escalation.triggers import Terms
from tertius.runtime.beside import Beside
from tertius.runtime.governed import Governed, open_gate
from tertius.runtime.watch_rules import WatchRules

PASSPHRASE = "correct horse battery"
Told = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A signed folder and the dean's key, with a passphrase that is typed."""
    keys = tmp_path / "XDG_CONFIG_HOME" / "tertius" / "private"
    keys.mkdir(parents=True, mode=0o700, exist_ok=True)
    seed = approver("dean").private_bytes_raw()
    write_key(keys / "dean.approver", "dean", PASSPHRASE, entropy=lambda n: seed[:n], cost=10)
    monkeypatch.setattr("tertius.cli.escalations_rule.ask_passphrase", lambda prompt: PASSPHRASE)
    monkeypatch.setattr("tertius.cli.cuts.PATIENCE", 20.0)
    found(tmp_path / "u")
    yield tmp_path / "u"


def stands(folder: Path, watch: WatchRules | None = None) -> Governed:
    return open_gate(folder, rules=watch, checkpoint_every=None, revoked_every=0.01)


def cuts(folder: Path, *words: str) -> int:
    verb, *rest = words
    signed = [] if verb == "list" else ["--as", "dean", "--why", "it asks for odd things"]
    return run(["cuts", verb, *rest, *signed, "--gate", str(folder)])


def changes(folder: Path) -> list[tuple[str, str, str]]:
    found = (each for each in events(folder) if isinstance(each, PolicyChanged))
    return [(each.what, each.change, each.subject) for each in found if each.what != "policy"]


def test_beside_a_gate_that_stands_a_cut_holds_at_once_and_is_lifted(
    folder: Path, capsys: Told
) -> None:
    with stands(folder) as governed:
        assert reads(governed) is Outcome.PERMIT
        assert cuts(folder, "make", "retention") == 0
        said = capsys.readouterr().out
        assert "wants to quarantine agent retention; YES does it, " in " ".join(said.split())
        assert said.endswith("agent retention is quarantined\n")
        assert reads(governed) is Outcome.FORBID
        governed.flush()
        assert cuts(folder, "list") == 0
        assert "agent retention: quarantined since " in capsys.readouterr().out
        assert cuts(folder, "lift", "retention") == 0
        assert capsys.readouterr().out.endswith("agent retention passes again\n")
        assert reads(governed) is Outcome.PERMIT
    kept = [each for each in events(folder) if isinstance(each, PolicyChanged)]
    assert kept[-1].reason == "by hand: it asks for odd things"
    assert changes(folder) == [
        ("agent", "quarantine", "retention"),
        ("agent", "resume", "retention"),
    ]


def test_where_no_gate_stands_it_stands_one_for_that_long(folder: Path, capsys: Told) -> None:
    stands(folder).close()
    assert cuts(folder, "make", "tutoring", "--to", "advising", "--json") == 0
    assert json.loads(capsys.readouterr().out)["approved"] == ["dean"]
    assert cuts(folder, "list", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["what"], told["subject"], told["peer"]) == ("edge", "tutoring", "advising")
    assert cuts(folder, "lift", "tutoring", "--to", "advising") == 0
    with stands(folder) as governed:
        assert governed.gate.circuit.cuts() == {}
    capsys.readouterr()
    assert cuts(folder, "list") == 0
    assert capsys.readouterr().out == "nothing is cut\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["make", "retentoin"], "no agent `retentoin`; did you mean `retention`"),
        (["make", "sis.grade", "--what", "tool"], "no tool `sis.grade`; did you mean `sis.grades`"),
        (["make", "sis.grades"], "no agent `sis.grades`; it is a tool: add `--what tool`"),
        (["make", "tutoring", "--what", "tool"], "it is an agent: leave out `--what tool`"),
        (["make", "mial", "--what", "channel"], "no channel `mial`; did you mean `mail`"),
        (["make", "tutorin", "--to", "advising"], "no agent `tutorin`; did you mean `tutoring`"),
        (["lift", "retention"], "agent retention is not cut; `tertius cuts list` tells what is"),
        (
            ["make", "x", "--what", "tool", "--to", "y"],
            "leave out `--what tool` to mean the edge, or `--to y` to mean the tool",
        ),
        (["make", "retention", "--what", "edge"], "an edge has a receiver; add `--to RECEIVER`"),
        (["make", "retention", "--what", "agnt"], "expected one of `agent`, `tool`, `channel`"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nobody_is_asked(
    words: list[str], why: str, folder: Path, capsys: Told
) -> None:
    with stands(folder) as governed:
        assert cuts(folder, *words) == 2
        assert why in capsys.readouterr().err
        assert governed.desk is not None and governed.desk.list(now=0, states=()) == ()
    assert changes(folder) == []


@pytest.mark.parametrize(
    ("cut", "lifted", "hint"),
    [
        (["sis.grades", "--what", "tool"], ["sis.grades"], "sis.grades --what tool"),
        (["tutoring", "--to", "advising"], ["tutoring"], "tutoring --to advising"),
        (["tutoring", "--to", "advising"], ["advising"], "tutoring --to advising"),
        (["tutoring"], ["tutorin"], "tutoring"),
        (["mail", "--what", "channel"], ["mail", "--what", "tool"], "mail --what channel"),
    ],
)
def test_a_lift_of_what_is_not_cut_tells_the_command_that_lifts_what_is(
    cut: list[str], lifted: list[str], hint: str, folder: Path, capsys: Told
) -> None:
    what, peer = ("edge", cut[2]) if "--to" in cut else (cut[2] if cut[2:] else "agent", "")
    with stands(folder) as governed:
        made: Any = {"what": what, "peer": peer, "change": "quarantine", "reason": "w"}
        governed.gate.observe(PolicyChanged(id="c", time=1, run="ops", subject=cut[0], **made))
        assert cuts(folder, "lift", *lifted) == 2
        assert f"is not cut; did you mean `tertius cuts lift {hint}`\n" in capsys.readouterr().err
        assert cuts(folder, "make", *cut) == 2
        assert f"`tertius cuts lift {hint}` lifts that\n" in capsys.readouterr().err
        assert cuts(folder, "lift", *hint.split()) == 0, "the hint does it"


def test_a_reason_says_something(folder: Path, capsys: Told) -> None:
    for verb in ("make", "lift"):
        for why in ("", " \t"):
            words = ["cuts", verb, "retention", "--as", "dean", "--why", why]
            assert run([*words, "--gate", str(folder)]) == 2
            assert "for `--why`; expected the reason, in words" in capsys.readouterr().err


def test_a_folder_in_which_no_gate_ever_stood(folder: Path, capsys: Told) -> None:
    assert cuts(folder, "list") == 2
    said = capsys.readouterr().err
    assert f"no gate has stood in `{folder}` yet" in said and "`tertius cuts make`" in said
    assert cuts(folder, "make", "retention") == 0
    assert cuts(folder, "list") == 0


def test_a_folder_that_is_no_gates_is_told_with_the_one_that_was_meant(
    folder: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "empty").mkdir()
    monkeypatch.chdir(folder.parent / "empty")
    for verb in (["list"], ["make", "retention"], ["lift", "retention"]):
        assert cuts(folder / "policy", *verb) == 2
        said = capsys.readouterr().err
        assert "is no gate's folder; expected one that holds `roots`" in said
        assert f"did you mean `{folder}`" in said
        assert cuts(folder.parent / "nowhere", *verb) == 2
        assert "name the gate's, the one that holds `roots`" in capsys.readouterr().err
        assert cuts(Path(), *verb) == 2
        assert "is no gate's folder" in capsys.readouterr().err
    assert run(["cuts", "list"]) == 2
    said = capsys.readouterr().err
    assert "no gate's folder is named: neither this one nor `" in said
    assert "name it with `--gate`; `tertius init` makes one" in said


def test_an_unknown_verb_is_told_the_verbs_there_are(capsys: Told) -> None:
    assert run(["cuts", "lft"]) == 2
    assert "unknown command `lft`; did you mean `lift`" in capsys.readouterr().err


def test_whoever_is_not_enrolled_or_has_another_key_changes_nothing(
    folder: Path, capsys: Told
) -> None:
    words = ["--why", "w", "--gate", str(folder)]
    with stands(folder) as governed:
        assert run(["cuts", "make", "retention", "--as", "mallory", *words]) == 2
        assert "`mallory` is not enrolled" in capsys.readouterr().err
        key = folder.parent / "stolen.approver"
        write_key(key, "dean", PASSPHRASE, entropy=os.urandom, cost=10)
        assert run(["cuts", "make", "retention", "--as", "dean", "--key", str(key), *words]) == 2
        assert reads(governed) is Outcome.PERMIT
    assert changes(folder) == []


def test_whoever_mistypes_a_passphrase_answers_the_same_question_again(
    folder: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["wrong", "wronger", "wrongest", "still wrong", PASSPHRASE])
    monkeypatch.setattr("tertius.cli.escalations_rule.ask_passphrase", lambda prompt: next(typed))
    with stands(folder) as governed:
        for _ in range(4):
            assert cuts(folder, "make", "retention") == 2
            assert "check the passphrase" in capsys.readouterr().err
        assert cuts(folder, "make", "retention") == 0
        assert reads(governed) is Outcome.FORBID
        assert governed.desk is not None
        assert len(governed.desk.list(now=0, states=tuple(EscalationState))) == 1


def test_a_key_that_cannot_be_used_is_told_before_anything_is_asked(
    folder: Path, capsys: Told
) -> None:
    with stands(folder) as governed:
        assert cuts(folder, "make", "retention", "--key", str(folder / "no.approver")) == 2
        assert "no.approver" in capsys.readouterr().err
        assert governed.desk is not None
        assert governed.desk.list(now=0, states=tuple(EscalationState)) == ()


def test_people_are_not_held_up_by_what_holds_agents_up() -> None:
    class Busy:
        now = 0

        def count(self, agent: str, *states: object, since: int = 0) -> int:
            return 10_000

    busy: Any = Busy()
    with pytest.raises(NotAskedError, match="questions open"):
        require_room(busy, "retention", Limits())
    require_room(busy, BY_HAND, Limits())


def test_what_a_rule_cut_is_lifted_on_its_terms_and_on_no_others(
    folder: Path, capsys: Told
) -> None:
    two = rules(terms=Terms(quorum=2, blocking=False))
    with stands(folder, two) as governed, Beside(governed, [Calls()]) as watch:
        calls(governed)
        governed.flush()
        watch.look()
        assert reads(governed) is Outcome.FORBID
        assert cuts(folder, "lift", "retention") == 0
        said = capsys.readouterr().out
        assert "1 of 2 approve (dean)" in said
        assert "nothing happens yet: provost must approve, until " in said
        assert "they approve with `tertius escalations approve " in said
        assert said.endswith(f" --as WHO --gate {folder}`\n")
        assert reads(governed) is Outcome.FORBID, "one of two is not enough"
