"""`tertius demo`: scenes in fixed order, then a page. No key, no network."""

from __future__ import annotations

import shutil
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text

from tertius.cli.demo_page import page
from tertius.cli.demo_scenes.do_not_trust_us import play as do_not_trust_us
from tertius.cli.demo_scenes.eleven_attacks import play as eleven_attacks
from tertius.cli.demo_scenes.poison_and_cascade import play as poison_and_cascade
from tertius.cli.demo_scenes.scene import LATER, TONES, Check, Scene, Tone
from tertius.cli.demo_scenes.team_that_covers import play as team_that_covers
from tertius.cli.demo_scenes.two_learners import play as two_learners
from tertius.cli.screen import Flag, console, counted, print_json, safe
from tertius.core.errors import EXIT_NOT_EVALUATED, EXIT_PASS, CallerError

SCENES: tuple[Callable[[Path], Scene], ...] = (
    two_learners,
    team_that_covers,
    eleven_attacks,
    poison_and_cascade,
    do_not_trust_us,
)
"""The scenes in their order; each is given a new folder of its own."""

MARK = "made-by-tertius-demo"
_COLOURS: dict[Tone, str] = {"good": "green", "open": "yellow", "bad": "red"}


class NotOurFolderError(CallerError):
    """The folder for the demo holds something else."""


def demo(
    *,
    out: Path = Path("tertius-demo"),
    no_open: Flag = False,
    json: Flag = False,
) -> int:
    """See what Tertius finds: no key, no network, about a minute.

    Parameters
    ----------
    out
        Folder for the page, the log and the tampered copies; an earlier demo there is replaced.
    no_open
        Do not open the page in a browser.
    json
        Print one JSON object.
    """
    _clear(out)
    scenes = []
    for play in SCENES:
        folder = out / play.__module__.rpartition(".")[2].replace("_", "-")
        folder.mkdir()
        scenes.append(play(folder))
        if not json:
            _show(scenes[-1])
    path = out / "index.html"
    path.write_text(page(scenes), encoding="utf-8")
    held = all(scene.held for scene in scenes)
    if json:
        print_json(_as_dict(scenes, path, held))
    else:
        _farewell(path, held)
        if not no_open and sys.stdout.isatty():
            webbrowser.open(path.resolve().as_uri())
    return EXIT_PASS if held else EXIT_NOT_EVALUATED


def _clear(out: Path) -> None:
    """Make the folder new and empty, if it is missing, empty, or an earlier demo's."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise NotOurFolderError(f"`{out}` is no folder; name a new one with --out")
    try:
        if out.is_dir() and any(out.iterdir()):
            if not (out / MARK).is_file():
                raise NotOurFolderError(
                    f"`{out}` holds something else than an earlier demo; name a new one with --out"
                )
            shutil.rmtree(out)
        out.mkdir(parents=True, exist_ok=True)
        (out / MARK).write_text("`tertius demo` made this folder and replaces it.\n")
    except OSError as error:
        raise NotOurFolderError(
            f"cannot write to `{out}`: {error.strerror}; name another folder with --out"
        ) from error


def _show(scene: Scene) -> None:
    out = console()
    out.print(f"\nScene {scene.number}: {scene.title}", style="bold")
    out.print(scene.lead)
    out.print(f"Players: {scene.players}.\n", style="dim")
    table = Table(box=None, pad_edge=False)
    table.add_column("what was done", ratio=3)
    table.add_column("checked with", ratio=2)
    table.add_column("answer", min_width=13)
    table.add_column(f"the {scene.judge} says, and what it means", ratio=4, overflow="fold")
    for case in scene.cases:
        done = Text.assemble(f"{case.title}. ", (case.did, "dim"))
        for check in case.checks:
            answer = case.answer(check)
            told = Text(safe(check.said))
            if not check.held:
                told.append(f"\nEXPECTED {_wanted(check)}", style="bold red")
            if check.promise:
                told.append(f"\nguaranteed: {check.promise}", style="dim")
            told.append(f"\n{check.lesson}\n", style="italic")
            code = "" if check.word else f"\nexit {check.got}"
            word = Text(f"{answer}{code}", style=_COLOURS[TONES[answer]])
            table.add_row(done, check.given, word, told)
            done = Text()
    out.print(table)
    for name, value in scene.facts:
        out.print(f"{name}: {value}", style="dim", soft_wrap=True)
    for command in scene.next:
        out.print(f"next: {command}", soft_wrap=True)
    checks = [check for case in scene.cases for check in case.checks]
    held = sum(check.held for check in checks)
    summary = f"{held} of {counted(len(checks), 'check')} gave the answer they had to"
    out.print(summary, style="bold")


def _wanted(check: Check) -> str:
    return f"exit {check.expected}" + (f", {check.wanted}" if check.wanted else "")


def _farewell(path: Path, held: bool) -> None:
    out = console()
    for number, title in LATER.items():
        out.print(f"\nScene {number}, {title}, comes with a later version.", style="dim")
    if not held:
        out.print("a control failed: this demo proves nothing", style="bold")
    out.print(f"page: {path.resolve()}", soft_wrap=True)


def _as_dict(scenes: list[Scene], path: Path, held: bool) -> dict[str, Any]:
    return {
        "held": held,
        "page": str(path),
        "scenes": [
            {
                "number": scene.number,
                "title": scene.title,
                "held": scene.held,
                "facts": dict(scene.facts),
                "next": list(scene.next),
                "cases": [
                    {
                        "title": case.title,
                        "did": case.did,
                        "checks": [
                            {
                                **msgspec.to_builtins(check),
                                "answer": case.answer(check),
                                "held": check.held,
                            }
                            for check in case.checks
                        ],
                    }
                    for case in scene.cases
                ],
            }
            for scene in scenes
        ],
    }
