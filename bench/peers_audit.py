"""The audit log of Microsoft's agent-governance-toolkit and ours, on the same records.

Speed: the same 100,000 policy decisions, as plain records, through both, each run in a fresh
process, alternating. The clock covers what a caller waits for until the log is closed: making the
entries, hashing, signing, writing; ours also syncs to disk and ends with a signed checkpoint,
theirs does not sync. Tampering: ten records each, changed one way at a time, then shown to each
verifier. The peer runs in a virtual environment of its own (``--venv DIR``), made when absent;
if it cannot be installed, the figure is null.
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from harness import arguments, emit, figure, machine, number, progress, sentence

ROOT = Path(__file__).parent.parent
PEERS = Path(__file__).parent / "peers"
PAGE = ROOT / "docs" / "reference" / "peers-audit.md"
TEXT = PEERS / "page.md"
PACKAGE = "agent-governance-toolkit-core==5.0.0"
MODES = {
    "ours": "ours, each record whole as one event, synced",
    "ours-acts": "ours, each record as 2.1 typed events, synced",
    "file": "theirs, signed file, not synced",
    "memory": "theirs, in memory",
    "flight": "theirs, flight recorder (SQLite), not synced",
}
Row = dict[str, Any]


def main() -> None:
    parser = arguments(str(__doc__))
    parser.add_argument("--venv", type=Path, default=ROOT / ".bench" / "agt-venv")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--page", action="store_true", help="write docs/reference/peers-audit.md")
    options = parser.parse_args()
    options.venv.parent.mkdir(parents=True, exist_ok=True)
    peer = peer_python(options.venv)
    with tempfile.TemporaryDirectory(dir=options.venv.parent) as scratch:
        source = Path(scratch, "records.jsonl")
        write_records(source, options.records)
        runs = [
            {mode: speed(mode, peer, source, Path(scratch)) for mode in MODES if known(mode, peer)}
            for _ in range(options.runs)
        ]
        ours = half([sys.executable, str(PEERS / "own_audit.py"), "tamper", scratch])
        theirs = half([peer, str(PEERS / "agt_audit.py"), "tamper", scratch]) if peer else {}
    report = {
        "peer": f"agent-governance-toolkit-core {theirs['version']}" if theirs else "not installed",
        "records": options.records,
        "speed": [speed_row(mode, runs) for mode in MODES if known(mode, peer)],
        "attacks": joined("attack", ours["attacks"], theirs.get("attacks", [])),
        "our single-field edits": counted(ours["fields"]),
        "their single-field edits": counted(theirs.get("fields", [])),
    }
    figures = {"speed_ratio": ratio(runs, "file", "ours") if peer else figure(None, ">=", 15)}
    if peer:
        report["speed_ratio with 2.1 typed events"] = ratio(runs, "file", "ours-acts")["value"]
        report["speed_ratio to their log in memory"] = ratio(runs, "memory", "ours")["value"]
        report["speed_ratio to their flight recorder"] = ratio(runs, "flight", "ours")["value"]
    report["their Merkle roots that differ when rebuilt, of 39 sizes"] = theirs.get("roots")
    emit("peers_audit", figures, report, options.json)
    if options.page and peer:
        PAGE.write_text(page(figures, report, ours, theirs), encoding="utf-8")


# -- the peer --------------------------------------------------------------------------------------


def peer_python(folder: Path) -> str | None:
    """Return the peer's interpreter, installed if need be; None when it cannot be."""
    python = folder / "bin" / "python"
    if not installed(python):
        progress(f"installing {PACKAGE} into {folder}")
        try:
            venv.create(folder, with_pip=True)
            install = [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ]
            subprocess.run([*install, PACKAGE], check=False)
        except (OSError, subprocess.CalledProcessError) as error:
            progress(str(error))
    if installed(python):
        return str(python)
    progress(f"{PACKAGE} could not be installed; its half is left out")
    return None


def installed(python: Path) -> bool:
    ask = "from importlib.metadata import version; print(version('agent-governance-toolkit-core'))"
    if not python.is_file():
        return False
    said = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    return said.stdout.strip() == PACKAGE.partition("==")[2]


def known(mode: str, peer: str | None) -> bool:
    return peer is not None or mode.startswith("ours")


def half(command: Sequence[str]) -> dict[str, Any]:
    """Run one half and return what its last line says."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


# -- speed -----------------------------------------------------------------------------------------


def write_records(path: Path, count: int) -> None:
    """Policy decisions of eight planners, one in ten denied and one in ten approved by a person."""
    rng = random.Random(20260801)
    agent = "did:web:example.org/agent/"
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            asked = {
                "to": f"unit-{rng.randrange(40)}@example.org",
                "subject": f"report {number}",
                "attachments": rng.randrange(4),
            }
            allowed = rng.random() < 0.9
            record = {
                "event": "policy_evaluation",
                "agent": f"{agent}planner-{rng.randrange(8)}",
                "action": rng.choice(["send_email", "read_file", "query_table", "book_room"]),
                "resource": f"mailbox/{rng.randrange(20)}",
                "target": f"{agent}writer-{rng.randrange(8)}",
                "arguments": asked,
                "arguments_hash": sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest(),
                "outcome": "success" if allowed else "denied",
                "decision": "allow" if allowed else "deny",
                "rule": rng.choice(["mail-inside-only", "read-own-unit", "no-bulk-export"]),
                "approver": "did:web:example.org/people/alice" if rng.random() < 0.1 else None,
                "policy_version": "2026-08-01.3",
                "trace": f"trace-{number // 10}",
                "session": f"session-{number // 1000}",
            }
            out.write(json.dumps(record) + "\n")


def speed(mode: str, peer: str | None, source: Path, scratch: Path) -> Row:
    own = mode.startswith("ours")
    python, script = (sys.executable, "own_audit.py") if own else (str(peer), "agt_audit.py")
    folder = scratch / mode
    folder.mkdir()
    try:
        command = [python, "-W", "ignore", str(PEERS / script), "speed", mode, str(source)]
        row = half([*command, str(folder)])
    finally:
        shutil.rmtree(folder)
    progress(f"{MODES[mode]}: {row['records'] / row['seconds']:,.0f} records/s")
    if not row["verified"]:
        raise SystemExit(f"{mode}: the log just written does not verify")
    return row


def speed_row(mode: str, runs: Sequence[dict[str, Row]]) -> Row:
    rows = [run[mode] for run in runs]

    def middle(name: str) -> float:
        return median(float(row[name]) for row in rows)

    count = rows[0]["records"]
    return {
        "log": MODES[mode],
        "records/s": count / middle("seconds"),
        "records per CPU second": count / middle("cpu_seconds"),
        "verified records/s": count / middle("verify_seconds"),
        "bytes per record": middle("bytes") / count,
        "peak MiB": middle("peak_mib"),
    }


def ratio(runs: Sequence[dict[str, Row]], slow: str, fast: str) -> dict[str, Any]:
    """Median over the runs of how many times faster, with the smallest and the largest."""
    ratios = [run[slow]["seconds"] / run[fast]["seconds"] for run in runs]
    return figure(median(ratios), ">=", 15, n=len(ratios), interval=(min(ratios), max(ratios)))


# -- tables ----------------------------------------------------------------------------------------


def joined(key: str, ours: Sequence[Row], theirs: Sequence[Row]) -> list[Row]:
    """Put both halves' rows side by side; a refused control would make all of them worthless."""
    by_name = {row[key]: row for row in theirs}
    rows = [{**row, **by_name.get(row[key], {})} for row in ours]
    if any(said == "found" for said in rows[0].values()):
        raise SystemExit(f"a log that nobody touched was refused: {rows[0]}")
    return rows


def table(rows: Sequence[Row]) -> str:
    """Write a Markdown table."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines: Iterable[Sequence[object]] = [
        columns,
        ["---"] * len(columns),
        *([row.get(column, "") for column in columns] for row in rows),
    ]
    return "".join("| " + " | ".join(map(number, line)) + " |\n" for line in lines)


def counted(rows: Sequence[Row]) -> str:
    """Say in how many rows each column found what was stored there."""
    columns = [name for name in rows[0] if name not in ("entry", "field")] if rows else []
    counts = []
    for name in columns:
        said = [row[name] for row in rows if row.get(name, "not stored") != "not stored"]
        counts.append(f"{name} {said.count('found')} of {len(said)} found")
    return "; ".join(counts) or "not measured"


def page(figures: Row, report: Row, ours: Row, theirs: Row) -> str:
    """Fill the page's text with what was measured."""
    described = ", ".join(f"{name} {value}" for name, value in machine().items())
    return TEXT.read_text(encoding="utf-8").format(
        peer=report["peer"],
        records=number(report["records"]),
        machine=described,
        ratio=sentence(figures["speed_ratio"]),
        acts_ratio=number(report["speed_ratio with 2.1 typed events"]),
        memory_ratio=number(report["speed_ratio to their log in memory"]),
        flight_ratio=number(report["speed_ratio to their flight recorder"]),
        speed=table(report["speed"]),
        attacks=table(report["attacks"]),
        their_fields=table(theirs["fields"]),
        their_counts=report["their single-field edits"],
        our_fields=table(ours["fields"]),
        our_counts=report["our single-field edits"],
        roots=report["their Merkle roots that differ when rebuilt, of 39 sizes"],
    )


if __name__ == "__main__":
    main()
