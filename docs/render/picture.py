"""Make the README's picture: a terminal session that really ran, in the reader's own fonts."""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parent.parent.parent
WIDTH = 110  # columns
ENTRIES = "out/writers/analyze/tile/entries/000.p/36"
COMMANDS = (
    "tertius analyze examples/three_agents.jsonl --log out",
    "tertius trace order --log out --depth 1",
    f"""sed -i 's/"amount":4280/"amount":5280/' {ENTRIES}""",  # digests may hold 4280, too
    "tertius verify out",
)
THEME = TerminalTheme(
    (250, 250, 248),
    (35, 35, 35),
    [(35, 35, 35), (170, 30, 30), (20, 105, 50), (120, 85, 0), (20, 70, 150), (110, 40, 120),
     (0, 95, 105), (90, 90, 90)],
)  # fmt: skip
FRAME = """\
<svg role="img" aria-label="A terminal session" viewBox="0 0 {width} {height}"
 xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px/{line_height}px ui-monospace, 'DejaVu Sans Mono', Menlo, monospace;
}}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture() -> str:
    """Run the commands in a folder of their own and return what a person would have seen."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory(prefix="tertius-") as room:
        (Path(room) / "examples").symlink_to(ROOT / "examples")
        for command in COMMANDS:
            console.print(Text(f"$ {command}", style="bold blue"))
            console.print(Text.from_ansi(run(command, Path(room))))
    svg = console.export_svg(title="tertius", theme=THEME, code_format=FRAME, unique_id="tertius")
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def run(command: str, where: Path) -> str:
    """Run a command with a terminal as its standard output and return what it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, WIDTH, 0, 0))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    child = subprocess.Popen(
        ["bash", "-c", command],
        cwd=where,
        env={"PATH": path, "HOME": str(where), "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # Linux: the other end is closed
        pass
    os.close(ours)
    child.wait()
    return shown.decode().replace("\r\n", "\n")


def same(one: str, other: str) -> bool:
    """Say whether two pictures differ in nothing but what differs from one run to the next.

    That is random names of logs and keys, and how often the anchor log took a checkpoint down.
    """
    varying = r"[0-9a-f]{8,}|\d+(?=&#160;entries&#160;intact)"
    return re.sub(varying, "#", one) == re.sub(varying, "#", other)
