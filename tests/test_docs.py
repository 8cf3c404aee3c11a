"""The README and the docs say only what runs.

In every page, fenced blocks marked ``console`` and ``python`` are executed, top to bottom, in one
empty folder per page that sees the checkout's `examples/`. Lines of a ``console`` block that start
with ``$ `` are commands and must end with status 0 (a page that shows another status prints it:
``; echo $?``); the lines below are the output, where ``...`` stands for anything. ``make`` targets
are only resolved (`make -n`): the targets themselves run these tests. Blocks marked ``json`` must
parse; ``text`` is for what cannot run here. No other mark is allowed. Every command has a terminal,
at which somebody types the same passphrase whenever one is asked for.
"""

import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in page.parts),
]
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARKS = {"console", "python", "json", "text"}


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[tuple[str, str]]:
    """Fenced blocks of a page as (mark, body), without MyST directives such as `{toctree}`."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [(mark.strip(), body) for mark, body in found if not mark.startswith("{")]


def steps(body: str) -> list[tuple[str, str]]:
    """Split a console block into (command, expected output)."""
    made: list[tuple[str, str]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            made.append((line[2:], ""))
        else:
            assert made, f"a console block starts with output: `{line}`"
            made[-1] = (made[-1][0], made[-1][1] + line.rstrip() + "\n")
    return made


def matches(expected: str, actual: str) -> bool:
    """Compare output line ends apart, `...` standing for anything (also for whole lines)."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    text = "\n".join(line.rstrip() for line in actual.strip().splitlines())
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def environment(home: Path) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("LANG", "LC_ALL", "TMPDIR") if key in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return kept | {"PATH": path, "HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1"}


def sit_down(far: int) -> None:
    """Make a terminal this process's own; what it leaves running may outlive it."""
    fcntl.ioctl(far, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def type_passphrases(near: int) -> None:
    """Sit at a terminal, and type the passphrase at every prompt until it is gone."""
    shown = b""
    with suppress(OSError):  # how a terminal tells that nobody is at its other end
        while more := os.read(near, 1024):
            shown += more
            if shown.endswith(b": "):
                os.write(near, b"correct horse battery\n")
                shown = b""


def run(command: list[str], where: Path, home: Path) -> str:
    near, far = pty.openpty()
    with subprocess.Popen(
        command,
        cwd=where,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: sit_down(far),
    ) as child:
        typist = threading.Thread(target=type_passphrases, args=(near,))
        typist.start()
        try:
            shown, _ = child.communicate(timeout=120)
        finally:
            child.kill()
            os.close(far)
            typist.join()
            os.close(near)
    assert child.returncode == 0, f"`{command[-1]}` ended with {child.returncode}:\n{shown}"
    return shown


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    where = tmp_path / "here"
    home.mkdir()
    where.mkdir()
    if (ROOT / "examples").is_dir():
        (where / "examples").symlink_to(ROOT / "examples")
    for mark, body in blocks(page):
        if mark == "python":
            run([sys.executable, "-c", body], where, home)
        elif mark == "json":
            json.loads(body)
        elif mark == "console":
            for command, expected in steps(body):
                if command.startswith("make "):
                    run(["make", "-n", *command.split()[1:]], ROOT, home)
                    continue
                shown = run(["bash", "-c", command], where, home)
                assert not expected.strip() or matches(expected, shown), (
                    f"`{command}` printed:\n{shown}\ninstead of:\n{expected}"
                )


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_is_marked_as_something_that_is_checked(page: Path) -> None:
    assert {mark for mark, _ in blocks(page)} <= MARKS


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    near = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in near if not (page.parent / link).exists()] == []


def test_the_checker_itself_can_fail() -> None:
    assert matches("a ... c", "a b c")
    assert matches("first\n...\nlast", "first\n1\n2\nlast\n")
    assert not matches("a b", "a c")
    assert steps("$ x\n1\n$ y\n") == [("x", "1\n"), ("y", "")]


def rendered(call: str) -> str:
    """What `bench/render.py` makes of the stored results."""
    code = f"import render; print({call}, end='')"
    return run([sys.executable, "-c", code], ROOT / "bench", ROOT)


def test_the_figures_page_is_what_the_stored_results_render_to() -> None:
    fresh = rendered("render.page(render.scripts(), render.stored())")
    assert fresh == (ROOT / "docs/reference/figures.md").read_text(encoding="utf-8"), (
        "docs/reference/figures.md is stale; run `python bench/render.py`"
    )


def test_the_figures_in_the_readme_are_the_stored_ones() -> None:
    call = "render.readme(render.README.read_text(), render.scripts(), render.stored())"
    assert rendered(call) == (ROOT / "README.md").read_text(encoding="utf-8"), (
        "the README's count is stale; run `python bench/render.py`"
    )


def test_pages_made_from_the_source_are_fresh(tmp_path: Path) -> None:
    code = "import made; print(*made.stale())"
    assert run([sys.executable, "-c", code], ROOT / "docs/render", tmp_path).strip() == "", (
        "stale; run `python docs/render` and review the difference like code"
    )


def test_every_cell_of_the_matrix_has_a_study_or_a_reason_and_not_both(tmp_path: Path) -> None:
    def unsettled(gaps: str) -> list[str]:
        code = f"import matrix; print(*matrix.unsettled({gaps}), sep='\\n')"
        shown = run([sys.executable, "-c", code], ROOT / "docs/render", tmp_path)
        return [line for line in shown.splitlines() if line]

    both = ("caif.collusion", "caif.commitment_and_trust")
    assert unsettled("") == [], "mend GAPS in docs/render/matrix.py, or the study"
    assert unsettled(f"{{**matrix.GAPS, {both}: 'why'}}") == [" x ".join(both)]
    assert len(unsettled("{}")) > 0


def test_every_mode_and_factor_has_studies_and_a_detector_or_a_reason(tmp_path: Path) -> None:
    def uncovered(gaps: str, before: str = "pass") -> list[str]:
        code = f"import matrix; {before}; print(*matrix.uncovered({gaps}), sep='\\n')"
        shown = run([sys.executable, "-c", code], ROOT / "docs/render", tmp_path)
        return [line for line in shown.splitlines() if line]

    emergent = "caif.emergent_agency"
    assert uncovered("") == [], "mend BLIND in docs/render/matrix.py, or a study or detector"
    assert uncovered("{}") == [f"{emergent}: no honest", f"{emergent}: no failing"]
    assert uncovered("{**matrix.BLIND, 'caif.collusion': 'why'}") == ["caif.collusion: no gap"]
    blinded = "matrix.detectors.TABLE = {'avoidance': matrix.detectors.TABLE['avoidance']}"
    assert "caif.conflict: no detector" in uncovered("", blinded)
    assert "caif.network_effects: no failing" in uncovered("", "matrix.studies = lambda: []")


def test_every_problem_that_the_verifier_names_is_documented() -> None:
    page = (ROOT / "docs/reference/verifier.md").read_text(encoding="utf-8")
    calls = r"""(?:problem|remark|told|BadFileError)\(\s*"(\w+)"|code="(\w+)"|^ +\("(\w+_\w+)","""
    codes = {
        name
        for source in (ROOT / "src/tertius/log").glob("verify*.py")
        for found in re.findall(calls, source.read_text(encoding="utf-8"), re.MULTILINE)
        for name in found
        if name
    }
    assert len(codes) > 50
    assert {code for code in codes if f"`{code}`" not in page} == set()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    documented = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert documented - codes - {"verified", "not_evaluated", "broken"} == set()


def test_every_stored_result_has_its_script() -> None:
    results = {file.stem for file in (ROOT / "docs/reference/figures").glob("*.json")}
    assert results <= {file.stem for file in (ROOT / "bench").glob("*.py")}
