"""Which wrapper mends which failure by how much, over number and mix of players.

``--write`` puts the table into docs/reference/worlds/mitigations.md.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from harness import arguments, emit, figure, progress
from tertius.core.events import Value
from tertius.core.scenario import Population, made
from tertius.evaluation.repair import Repair, repair
from tertius.scenarios.mix import blended, resized
from tertius.scenarios.study import Study, numbered
from tertius.scenarios.table import load

PAGE = Path(__file__).parent.parent / "docs/reference/worlds/mitigations.md"
HEAD = """\
# Mitigations, measured

Made by `python bench/mitigations.py --write`; do not edit.

Each row plays one failing population {seeds} times as it is and {seeds} times under the wrapper, on
the same seeds, and tells what the absent party lost less: the mean of the pairs with a 99% interval
(Student). *Pay* is what a player got more in a step: what the repair costs, or brings, those who
play. It is a mean over the steps that were played, and tells nothing where the wrapper makes a run
end early: `fishery` under `speed` is over after 2 months of 12, and what those two paid a month is
no gain over the year. All players here are scripted, or play what they had learned before; they do
not adapt to the wrapper, and who knows of it may find a way around it. Rows in which a wrapper does
nothing, or harms, are kept: that is a result, too. [Wrappers](wrappers.md) says what each of them
does.
"""
BRIDGE = "home-north-south-work"
TOLL = f"toll:move={BRIDGE},price=13"
CAP = "quota:move=1.9314,most=0,instead=1.4665"
BREAKER = "circuit_breaker:bound=50,pause=10"

ROWS: list[tuple[str, str, str]] = [
    ("braess", "selfish", TOLL),
    ("braess", "selfish", f"{TOLL},back=true"),
    ("braess", "selfish", f"quota:move={BRIDGE},most=0,instead=home-north-work"),
    ("braess", "selfish", "stale:age=3"),
    ("fishery", "greedy", "quota:most=10"),
    ("fishery", "greedy", "quota:most=50,shared=true"),
    ("fishery", "greedy", "circuit_breaker:bound=20,pause=10"),
    ("fishery", "greedy", "speed:every=2"),
    ("peak_load", "greedy", "circuit_breaker:bound=20,pause=10"),
    ("contagion", "credulous", BREAKER),
    ("poisoner", "poisoned", BREAKER),
    ("poisoner", "poisoned", "crash:chance=0.05"),
    ("dilemma", "defectors", "quota:move=defect,most=1,every=4,instead=cooperate"),
    ("dilemma", "grim", "quota:move=defect,most=1,every=4,instead=cooperate"),
    ("pricing", "learned", CAP),
    ("pricing", "trigger", CAP),
    ("gpu_hoard", "hoarding", "speed:every=4"),
    ("connection_hoard", "hoarding", "crash:chance=0.05"),
    ("retry_storm", "storming", BREAKER),
    ("cleanup", "free-riding", "speed:every=2"),
]
"""Study, failing population, wrapper."""


class Line(Struct):
    """One row of a table: what is shown first, and what was found."""

    what: str
    found: Repair
    unit: str


def main() -> None:
    """Measure, print, and write the page."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--write", action="store_true", help="write the page in docs/")
    given = parser.parse_args()
    seeds = range(given.seeds)
    single = [measured(load(name), load(name).population(one), laid, seeds, f"`{name}` {one}")
              for name, one, laid in ROWS]  # fmt: skip
    swept = {"Braess, the toll": mixes("braess", "selfish", "assigned", TOLL, seeds),
             "Braess, the toll, more drivers": sizes(seeds),
             "Fishery, the quota": mixes("fishery", "greedy", "sustainable", ROWS[4][2], seeds),
             }  # fmt: skip
    mending = sum(line.found.mends for line in single)
    report = {f"{line.what} {wrapper(line)}": line.found.mended.value for line in single}
    figures = {"wrappers_that_surely_mend": figure(mending, ">=", 3, len(single))}
    emit("mitigations", figures, report, given.json)
    if given.write:
        parts = [HEAD.format(seeds=given.seeds), table("population", single)]
        for title, lines in swept.items():
            parts += [f"## {title}\n", table("who plays", lines)]
        PAGE.write_text("\n".join(parts), encoding="utf-8")


def measured(
    study: Study, population: Population, laid: str, seeds: range, what: str,
    changed: dict[str, Value] | None = None,
) -> Line:  # fmt: skip
    """Measure one row."""
    progress(f"{what} under {laid}")
    found = repair(study, population, [made(laid)], changed=changed, seeds=seeds)
    return Line(what, found, study.harm.unit)


def mixes(name: str, failing: str, honest: str, laid: str, seeds: range) -> list[Line]:
    """Sweep the share of honest players."""
    study, lines = load(name), []
    for share in (0.0, 0.25, 0.5, 0.75):
        population = blended(study, failing, honest, share=share, seed=1)
        lines.append(measured(study, population, laid, seeds, f"{share:.0%} {honest}"))
    return lines


def sizes(seeds: range) -> list[Line]:
    """Sweep the number of drivers."""
    study, lines = load("braess"), []
    for count in (4, 6, 8, 12):
        population = resized(study.population("selfish"), numbered("driver", count))
        changed: dict[str, Value] = {"drivers": count}
        lines.append(measured(study, population, TOLL, seeds, f"{count} drivers", changed))
    return lines


def table(first: str, lines: list[Line]) -> str:
    """Write rows as Markdown."""
    rows = [f"| {first} | wrapper | harm without | harm under it | mended | share | pay |",
            "|---|---|--:|--:|--:|--:|--:|"]  # fmt: skip
    for line in lines:
        found, gone = line.found, line.found.mended
        limits = f"{told(gone.value)} ({told(gone.low)} to {told(gone.high)}) {line.unit}"
        rows.append(
            f"| {line.what} | `{wrapper(line)}` | {told(found.without.value)} | "
            f"{told(found.under.value)} | {limits} | {found.share:.0%} | {found.paid.value:+.3g} |"
        )
    return "\n".join(rows) + "\n"


def told(loss: float) -> str:
    """Write a loss: whole where it is large."""
    return f"{loss:,.0f}" if abs(loss) >= 100 else f"{loss:.3g}"


def wrapper(line: Line) -> str:
    """Write the wrapper of a row as the command takes it."""
    (one,) = line.found.wrappers
    settings = ",".join(
        f"{k}={str(v).lower() if isinstance(v, bool) else v}" for k, v in one.settings.items()
    )
    return f"{one.name}:{settings}"


if __name__ == "__main__":
    main()
