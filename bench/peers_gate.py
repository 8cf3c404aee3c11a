"""The gate of Microsoft's agent-governance-toolkit and ours, on equivalent rules.

Speed: the same calls under 1, 100 and 1,000 rules that each name agent, tool and resource, through
`govern()` and through our gate, each run in a fresh process, alternating. Both keep their record:
theirs in memory, ours in a log that is synced while the calls go on. The clock covers one call,
from plain arguments to the answer. Correctness: what must be stopped, and beside each what must not
be, shown to both. The peer runs in a virtual environment of its own (``--venv DIR``), made when
absent; if it cannot be installed, the figure is null.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from harness import arguments, emit, figure, machine, number, progress, sentence
from peers_audit import PEERS, ROOT, Row, half, peer_python, table

PAGE = ROOT / "docs" / "reference" / "peers-gate.md"
TEXT = PEERS / "page_gate.md"
CALLS = {1: 5000, 100: 2000, 1000: 300}  # of theirs for each number of rules: many take long
OUR_CALLS = 5000
CASES = {
    "not": "A rule that denies whatever is *not* reading",
    "not in": "A rule that denies what is *not in* a list",
    "parentheses": "A rule in parentheses that denies deleting",
    "garbage": "A rule that denies, and whose text means nothing",
    "missing": "Paying above a limit is denied, and no amount is given",
    "bogus, giver unknown": "A bogus delegation, by somebody who is not known",
    "bogus, giver known": "A bogus delegation, by somebody who is known",
    "late, queue": "Approved after it was over (their queue)",
    "late, coordinator": "Approved after it was over (their coordinator)",
    "other arguments": "Approved, then run with other arguments",
    "quorum, one": "Two must approve, and one does",
    "quorum, twice": "Two must approve, and one does twice",
    "quorum, stages": "Two must approve, and one does twice (their stages)",
    "two names": "Two must approve, and one does under two ids, with one key",
}


def main() -> None:
    parser = arguments(str(__doc__))
    parser.add_argument("--venv", type=Path, default=ROOT / ".bench" / "agt-venv")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--page", action="store_true", help="write docs/reference/peers-gate.md")
    options = parser.parse_args()
    options.venv.parent.mkdir(parents=True, exist_ok=True)
    peer = peer_python(options.venv)
    with tempfile.TemporaryDirectory(dir=options.venv.parent) as scratch:
        runs = [measured(peer, Path(scratch)) for _ in range(options.runs)]
        ours = half([sys.executable, str(PEERS / "own_gate.py"), "cases", scratch])["cases"]
    theirs = half(theirs_by(peer, "cases")) if peer else {"cases": {}}
    rows = [case_row(name, theirs["cases"].get(name), ours[name]) for name in CASES]
    report: Row = {
        "peer": f"agent-governance-toolkit-core {theirs['version']}" if peer else "not installed",
        "cases": rows,
        "ours right, of all cases": f"{right(rows, 'ours')} of {len(rows)}",
        "speed": [speed_row(who, rules, runs) for rules in CALLS for who in runs[0][rules]],
    }
    figures = {"speed_ratio_100_rules": figure(None, ">=", 20)}
    if peer:
        report["theirs right, of all cases"] = f"{right(rows, 'theirs')} of {len(rows)}"
        figures["speed_ratio_100_rules"] = ratio(runs, 100)
        for rules in (1, 1000):
            report[f"speed_ratio, {rules:,} rules"] = ratio(runs, rules)["value"]
    emit("peers_gate", figures, report, options.json)
    if options.page and peer:
        PAGE.write_text(page(figures, report), encoding="utf-8")


# -- speed -----------------------------------------------------------------------------------------


def measured(peer: str | None, scratch: Path) -> dict[int, dict[str, Row]]:
    """Time both under each number of rules, one after the other."""
    return {
        rules: {
            who: timed(f"{who}, {rules:,} rules", command)
            for who, command in (
                ("theirs", theirs_by(peer, "speed", rules, calls)),
                ("ours", ours_by(rules, OUR_CALLS, scratch)),
            )
            if peer or who == "ours"
        }
        for rules, calls in CALLS.items()
    }


def theirs_by(peer: str | None, *given: object) -> list[str]:
    return [str(peer), "-W", "ignore", str(PEERS / "agt_gate.py"), *map(str, given)]


def ours_by(rules: int, calls: int, scratch: Path) -> list[str]:
    folder = tempfile.mkdtemp(dir=scratch)
    return [sys.executable, str(PEERS / "own_gate.py"), "speed", str(rules), str(calls), folder]


def timed(name: str, command: Sequence[str]) -> Row:
    """Run one half; what answers or records wrongly measures nothing."""
    made = half(command)
    times = sorted(made["us"])
    if not made["right"] or made["recorded"] < len(times):
        raise SystemExit(f"{name}: wrong answers, or decisions not recorded")
    p99 = times[int(len(times) * 0.99)]
    row = {"calls": len(times), "p50": median(times), "p99": p99, "mean": mean(times)}
    progress(f"{name}: p50 {row['p50']:.1f} us")
    return row


def speed_row(who: str, rules: int, runs: Sequence[dict[int, dict[str, Row]]]) -> Row:
    rows = [run[rules][who] for run in runs]

    def middle(name: str) -> float:
        return median(float(row[name]) for row in rows)

    return {
        "gate": who,
        "rules": rules,
        "p50 µs": middle("p50"),
        "p99 µs": middle("p99"),
        "calls/s": 1e6 / middle("mean"),
        "calls": rows[0]["calls"],
    }


def ratio(runs: Sequence[dict[int, dict[str, Row]]], rules: int) -> dict[str, Any]:
    """Median over the runs of how many times faster, with the smallest and the largest."""
    ratios = [run[rules]["theirs"]["p50"] / run[rules]["ours"]["p50"] for run in runs]
    return figure(median(ratios), ">=", 20, n=len(ratios), interval=(min(ratios), max(ratios)))


# -- correctness -----------------------------------------------------------------------------------


def case_row(name: str, theirs: dict[str, bool] | None, ours: dict[str, bool]) -> Row:
    return {"case": CASES[name], "theirs": said(theirs), "ours": said(ours)}


def said(ran: dict[str, bool] | None) -> str:
    """Say what happened; `ran` tells of what must not run and, where there is one, of what must."""
    if ran is None:
        return "not measured"
    if ran["must not"]:
        return "**lets it through**"
    return "stops it" if ran.get("must", True) else "**stops everything**"


def right(rows: Sequence[Row], who: str) -> int:
    return sum(row[who] == "stops it" for row in rows)


def page(figures: Row, report: Row) -> str:
    """Fill the page's text with what was measured."""
    described = ", ".join(f"{name} {value}" for name, value in machine().items())
    return TEXT.read_text(encoding="utf-8").format(
        peer=report["peer"],
        machine=described,
        speed=table(report["speed"]),
        ratio=sentence(figures["speed_ratio_100_rules"]),
        ratio_1=number(report["speed_ratio, 1 rules"]),
        ratio_1000=number(report["speed_ratio, 1,000 rules"]),
        cases=table(report["cases"]),
        ours=report["ours right, of all cases"],
        theirs=report["theirs right, of all cases"],
    )


if __name__ == "__main__":
    main()
