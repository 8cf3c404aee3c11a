"""The command as a whole: its verbs, its exit codes, and errors of one line."""

import ast
import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from tertius.cli.main import LOG_VERBS, SECTIONS, SERVE_VERBS, VERBS, run

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "three_agents.jsonl"
# `rich.table` is not among these: the help itself is drawn with it.
HEAVY = {
    "cryptography",
    "msgspec",
    "networkx",
    "numpy",
    "pydantic",
    "rich.progress",
    "sqlite3",
    "starlette",
    "uvicorn",
}


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and memory of these tests stay in their own folder."""
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.delenv("TERTIUS_LOG", raising=False)


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    """What stands on standard error, which must be one printable line."""
    printed = capsys.readouterr()
    assert printed.err.startswith("tertius: ") and printed.err.count("\n") == 1
    assert printed.err.rstrip("\n").isprintable()
    return printed.err


def in_a_process(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )


@pytest.mark.parametrize("words", [["--help"], [], ["log", "--help"], ["serve", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    program = (
        f"import sys; from tertius.cli.main import run; code = run({words!r});"
        "print('code', code); print(sorted(sys.modules))"
    )
    done = in_a_process(program)
    assert "code 0" in done.stdout, done.stderr
    loaded = set(ast.literal_eval(done.stdout.splitlines()[-1]))
    assert not loaded & HEAVY
    assert not {each for each in loaded if each.startswith(("tertius.log.", "tertius.runtime"))}


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(verb in printed for verb in (*VERBS, "log", "serve"))


def test_every_verb_stands_in_one_section_of_the_help() -> None:
    told = [verb for verbs in SECTIONS.values() for verb in verbs]
    assert sorted(told) == sorted(
        [*VERBS, "log", "outcomes", "forecast", "escalations", "serve", "cuts"]
    )


@pytest.mark.parametrize(
    "words",
    [[verb] for verb in VERBS]
    + [["log", verb] for verb in LOG_VERBS]
    + [["serve", verb] for verb in SERVE_VERBS],
    ids=" ".join,
)
def test_every_verb_is_there_and_explains_itself(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--help"]) == 0
    printed = capsys.readouterr().out
    assert " ".join(["tertius", *words]) in printed
    place, _ = {**VERBS, **LOG_VERBS, **SERVE_VERBS}[words[-1]]
    module, _, name = place.partition(":")
    documented = getattr(import_module(f"tertius.cli.{module}"), name).__doc__
    assert documented and documented.split("\n")[0].split(",")[0] in " ".join(printed.split())


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"tertius {version('tertius')}"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["analyse"], "`analyze`"),
        (["verfy", "x"], "`verify`"),
        (["log", "shw", "x"], "`show`"),
        (["serve", "witnes"], "`witness`"),
    ],
    ids=" ".join,
)
def test_an_unknown_verb_names_the_nearest(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    assert f"did you mean {hint}" in error_of(capsys)


def test_an_unknown_option_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--no-opne"]) == 2
    message = error_of(capsys)
    assert "unknown option `--no-opne`" in message and "`--no-open`" in message


@pytest.mark.parametrize(
    "words",
    [
        ["analyze"],
        ["analyze", "no-such-file.jsonl"],
        ["verify", "no-such-folder"],
        ["verify", "x", "--max-age", "soon"],
        ["trace", "order"],
        ["log", "show", "no-such-folder"],
        ["demo", "--out"],
        ["keygen", "two words"],
    ],
    ids=" ".join,
)
def test_the_caller_s_mistakes_are_one_line_and_exit_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    error_of(capsys)


def test_exit_codes_of_a_log_s_life(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written and verified is 0, without the key is 3, altered is 4; --json changes none."""
    log = tmp_path / "log"
    pins = tmp_path / "XDG_CONFIG_HOME" / "tertius" / "keys"
    ours, nobodys = tmp_path / "ours.vkey", tmp_path / "nobodys.vkey"
    assert run(["analyze", str(EXAMPLE), "--log", str(log)]) == 0
    capsys.readouterr()
    assert run(["keygen", "tertius/other"]) == 0
    nobodys.write_text(capsys.readouterr().out.splitlines()[0] + "\n")
    check = ["verify", str(log), "--no-memory", "--processes", "1"]
    assert run(check) == 0, "the key was pinned when the log was made"
    pins.rename(ours)
    for json in ([], ["--json"]):
        assert run([*check, *json]) == 3
        assert run([*check, *json, "--key", str(ours)]) == 0
        assert run([*check, *json, "--key", str(nobodys)]) == 4
    (bundle,) = (path for path in (log / "writers").rglob("entries/**/*") if path.is_file())
    bundle.write_bytes(bundle.read_bytes().replace(b'"amount":4280', b'"amount":4281'))
    for json in ([], ["--json"]):
        assert run([*check, *json, "--key", str(ours)]) == 4


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("a\nb"), 3),
        (OSError(28, "No space left on device", "x"), 2),
        (KeyboardInterrupt(), 130),
    ],
    ids=["internal", "disk full", "interrupted"],
)
@pytest.mark.parametrize("debug", [False, True])
def test_a_traceback_only_when_asked_for(
    error: BaseException,
    code: int,
    debug: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("tertius.cli.keygen.new_key", fails)
    assert run(["keygen", "tertius/x", *(["--debug"] if debug else [])]) == code
    printed = capsys.readouterr().err
    assert ("Traceback" in printed) == debug
    assert printed.startswith("tertius: ") and (debug or printed.count("\n") == 1)


def test_control_characters_never_reach_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for hostile in ("\x1b[2Jgone", "line\nbreak", "right\u202eleft", "bell\x07"):
        for words in (["verify", hostile], [hostile], ["demo", f"--{hostile}"], ["trace", hostile]):
            assert run(words) == 2
            error_of(capsys)


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys;"
        "p = subprocess.Popen([sys.executable, '-m', 'tertius.cli.main', 'analyze', '--json',"
        f" {str(EXAMPLE)!r}], stdout=subprocess.PIPE, stderr=subprocess.PIPE);"
        "p.stdout.close(); print(p.wait(), p.stderr.read())"
    )
    assert in_a_process(program).stdout.strip() == "0 b''"


@pytest.mark.parametrize("absent", ["scipy", "numba"])
def test_a_smaller_installation_names_the_extra_that_is_missing(absent: str) -> None:
    program = (
        f"import sys; sys.modules[{absent!r}] = None;"
        "from tertius.cli.main import run;"
        "sys.exit(run(['watch', 'nowhere']))"
    )
    done = in_a_process(program)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    told = "pip install 'tertius[watch]'" if absent == "scipy" else "no log in `nowhere`"
    assert told in done.stderr  # without numba all is slower and the same


def test_the_gate_and_the_verifier_need_no_extra() -> None:
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['scipy', 'numba', 'starlette', 'altair']));"
        "import tertius.cli.init, tertius.cli.sign, tertius.cli.serve_gate, tertius.cli.kill;"
        "import tertius.cli.escalations_rule, tertius.cli.verify, tertius.cli.log;"
        "import tertius.runtime.configured, tertius.adapters.by_hand, tertius.server.gate_client"
    )
    done = in_a_process(program)
    assert done.returncode == 0, done.stderr


def test_serve_names_the_extra_that_is_missing(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['uvicorn'] = None;"
        "from tertius.cli.main import run;"
        "sys.exit(run(['serve', 'witness', '--key', 'k', '--log', 'l', '--state', 's']))"
    )
    done = in_a_process(program)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "pip install 'tertius[server]'" in done.stderr
