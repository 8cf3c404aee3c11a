"""Write docs/reference/figures.md, and the README's count, from what the benchmarks printed.

``python bench/render.py`` renders the stored results in docs/reference/figures/;
``python bench/render.py --measure [NAME...]`` runs the scripts first and stores their last line.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from harness import number, progress

HERE = Path(__file__).parent
HELPERS = ("analyze_files", "harness", "message", "render", "whole_core")
PAGE = HERE.parent / "docs" / "reference" / "figures.md"
RESULTS = PAGE.parent / "figures"
README = HERE.parent / "README.md"
BEGIN, END = "<!-- figures: begin, written by bench/render.py -->\n", "<!-- figures: end -->\n"
HEAD = """\
# Figures

Every figure this project quotes, with its bar and the command that measures it. Written by
`make bench`; do not edit. Rates depend on the machine, so each table names the one it was made
on, with its load when the script ended; where a script measures a reference in the same run, the
ratio is the figure to trust. A missed bar is printed as missed.

The interpreter counts as well: CPython built without profile-guided optimisation, as some version
managers build it, is slower than a distribution's own. `call_ns` is what one method call and one
store in a dict took when the script ended; it scales with build, processor and moment.
`make bench PYTHON=/usr/bin/python3` measures with the system's interpreter (in a fresh clone: an
existing `.venv` keeps the interpreter that it was made with).

A rented core is often one of two threads of a real one, and takes up to twice as long while the
other thread works for somebody else, for milliseconds at a time: no bar of microseconds can be held
against that. So `gate` counts the requests that plain work on both sides shows to have had the core
to themselves, and each of its numbers is the worst by four bounds on what that means
(`bench/whole_core.py`; what a request took has no say in it). `watch_cost` counts for each batch in
each detector the least of its rounds, for the work is always the same. Both print the same figures
with nothing left out beside them, without a bar. Of several runs, the table of `gate` is that of
the median p99, and the one of `watch_cost` that of the median rate of the battery (of an even
number, the worse of the two in the middle).
"""


def scripts() -> list[str]:
    """Name every benchmark in this folder."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS)


def measure(names: Iterable[str]) -> None:
    """Run the scripts one after the other and keep the last line of each."""
    RESULTS.mkdir(exist_ok=True)
    for name in names:
        progress(f"measuring {name}")
        command = [sys.executable, str(HERE / f"{name}.py"), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        print(done.stdout, end="")
        result = json.loads(done.stdout.splitlines()[-1])
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def page(names: Iterable[str], results: Mapping[str, Mapping[str, Any]]) -> str:
    """Render all bars in one table, then one section per script; one not measured says so."""
    names = list(names)
    parts = [HEAD, f"## All bars\n\n{overview(names, results)}"]
    for name in names:
        parts.append(f"## {name}\n\n`python bench/{name}.py --json`\n")
        parts.append(section(results[name]) if name in results else "Not measured yet.\n")
    return "\n".join(parts)


def readme(text: str, names: Iterable[str], results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the README's text with its count of bars made anew between the two marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{count(list(names), results)}\n{END}{rest.split(END)[1]}"


def count(names: Sequence[str], results: Mapping[str, Mapping[str, Any]]) -> str:
    """Say how many bars are met, and name each that is not, by script."""
    bars, missed = 0, []
    for name in names:
        made = results.get(name, {"figures": {}})["figures"]
        bars += len(made)
        not_met = [key.replace("_", " ") for key, figure in made.items() if not figure["met"]]
        if not_met:
            missed.append((name.replace("_", " "), not_met))
    met = bars - sum(len(keys) for _, keys in missed)
    told = [f"**{met} of {bars} bars are met.**"]
    if missed:
        listed = "; ".join(f"*{name}* {len(keys)} ({', '.join(keys)})" for name, keys in missed)
        told.append(f"Missed: {listed}.")
    absent = ", ".join(f"*{name.replace('_', ' ')}*" for name in names if name not in results)
    if absent:
        told.append(f"Not measured yet: {absent}.")
    return fill(" ".join(told), 100, break_on_hyphens=False, break_long_words=False) + "\n"


def overview(names: Iterable[str], results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return every bar in one table, and the scripts that were not run yet."""
    rows = []
    for name in names:
        command = f"`bench/{name}.py`"
        made = results.get(name, {"figures": {}})["figures"]
        rows += [[key.replace("_", " "), *cells(figure), command] for key, figure in made.items()]
        if name not in results:
            rows.append([name.replace("_", " "), "not measured yet", "", "not shown", command])
    return table(["figure", "measured", "bar", "", "measured by"], rows)


def cells(made: Mapping[str, Any]) -> list[str]:
    """Return a figure's value, its bar, and whether the bar was met."""
    unknown = made["value"] is None
    above = f"{'≥' if made['op'] == '>=' else '≤'} {number(made['target'])}"
    return [
        "not measured" if unknown else number(made["value"]),
        "> 0" if made["op"] == ">=" and 0 < made["target"] < 1e-6 else above,
        "met" if made["met"] else "not shown" if unknown else "**missed**",
    ]


def section(result: Mapping[str, Any]) -> str:
    """Render one script's result: figures with bars, then numbers without, then the machine."""
    rows = []
    for key, made in result["figures"].items():
        value, bar, met = cells(made)
        interval = " to ".join(number(end) for end in made.get("interval", ()))
        rows.append([key, value, interval, number(made["n"]) if "n" in made else "", bar, met])
    parts = []
    if rows:
        parts.append(table(["figure", "value", "interval", "n", "bar", ""], rows))
    plain = {key: value for key, value in result["report"].items() if not nested(value)}
    if plain:
        rows = [row for key, value in plain.items() for row in lines(key, value)]
        parts.append(table(["without a bar", "value"], rows))
    for key, value in result["report"].items():
        if nested(value):
            columns = list(dict.fromkeys(column for row in value for column in row))
            rows = [[number(row.get(column, "")) for column in columns] for row in value]
            parts.append(f"{key}:\n\n" + table(columns, rows))
    machine = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    parts.append(f"Measured on: {machine}.\n")
    return "\n".join(parts)


def lines(key: str, value: object) -> list[list[str]]:
    """Return the rows of a number or a text; of several under names, one row each."""
    if not isinstance(value, dict):
        return [[key, number(value)]]
    return [[f"{key}: {name}", number(each)] for name, each in value.items()]


def nested(value: object) -> bool:
    """Say whether a report value is a table: a list of rows, each a mapping."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    table_rows = [head, ["---"] * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |\n" for row in table_rows
    )


def stored() -> dict[str, dict[str, Any]]:
    """Read the stored results."""
    files = sorted(RESULTS.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def main() -> None:
    """Measure if asked, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--measure", action="store_true", help="run the scripts first")
    parser.add_argument("names", nargs="*", help="only these scripts; default: all")
    options = parser.parse_args()
    if options.measure:
        measure(options.names or scripts())
    PAGE.write_text(page(scripts(), stored()), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    README.write_text(readme(text, scripts(), stored()), encoding="utf-8")
    progress(f"wrote {PAGE.name} and the count in {README.name}")


if __name__ == "__main__":
    main()
