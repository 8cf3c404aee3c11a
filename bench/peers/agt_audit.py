"""The peer's half of bench/peers_audit.py: runs inside the peer's own virtual environment.

``speed MODE RECORDS FOLDER`` logs every record of a JSON Lines file through an audit log of
agent-governance-toolkit-core and checks it: `memory` and `file` are its `AuditLog`, alone and with
the signed file sink; `flight` is its flight recorder. ``tamper FOLDER`` is in agt_tamper.py.
Written against version 5.0.0.
"""

import gc
import json
import logging
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import agt_tamper

# Installed in the peer's virtual environment only.
from agent_control_plane.flight_recorder import FlightRecorder  # type: ignore[import-not-found]
from agentmesh.governance import (  # type: ignore[import-not-found]
    AuditLog,
    FileAuditSink,
)

Record = dict[str, Any]
Check = Callable[[], bool]


def speed(mode: str, source: Path, folder: Path) -> dict[str, Any]:
    records = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    gc.freeze()  # the waiting records are the bench's burden, not the log's
    write, check = {"memory": audit_log, "file": audit_log, "flight": flight}[mode](mode, folder)
    wall, cpu = time.perf_counter(), time.process_time()
    write(records)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    begun = time.perf_counter()
    verified = check()
    return {
        "records": len(records),
        "seconds": wall,
        "cpu_seconds": cpu,
        "verified": verified,
        "verify_seconds": time.perf_counter() - begun,
        "bytes": sum(path.stat().st_size for path in folder.iterdir()),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def audit_log(mode: str, folder: Path) -> tuple[Callable[[list[Record]], None], Check]:
    sink = FileAuditSink(folder / "audit.jsonl", agt_tamper.SECRET) if mode == "file" else None
    log = AuditLog(sink=sink)

    def write(records: list[Record]) -> None:
        for record in records:
            log.log(
                record["event"],
                record["agent"],
                record["action"],
                resource=record["resource"],
                data={
                    "target": record["target"],
                    "rule": record["rule"],
                    "session": record["session"],
                    "arguments": record["arguments"],
                },
                outcome=record["outcome"],
                policy_decision=record["decision"],
                trace_id=record["trace"],
                arguments_hash=record["arguments_hash"],
                approver_did=record["approver"],
                policy_version=record["policy_version"],
            )

    def check() -> bool:
        return bool(log.verify_integrity()[0] and (sink is None or sink.verify_integrity()[0]))

    return write, check


def flight(mode: str, folder: Path) -> tuple[Callable[[list[Record]], None], Check]:
    recorder = FlightRecorder(str(folder / f"{mode}.db"))
    logging.disable(logging.CRITICAL)  # it also tells the logging module of every record

    def write(records: list[Record]) -> None:
        for record in records:
            trace = recorder.start_trace(record["agent"], record["action"], record)
            if record["decision"] == "allow":
                recorder.log_success(trace, result=record["outcome"])
            else:
                recorder.log_violation(trace, record["rule"])
        recorder.flush()

    return write, lambda: bool(recorder.verify_integrity()["valid"])


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "speed":
        print(json.dumps(speed(rest[0], Path(rest[1]), Path(rest[2]))))
    else:
        print(json.dumps(agt_tamper.tamper(Path(rest[0]))))
