"""Our half of bench/peers_audit.py: the same commands and answers as agt_audit.py beside it.

``speed ours RECORDS FOLDER`` keeps each record whole, one entry for each as theirs does: a
`tool.called` event whose content is the record. ``speed ours-acts`` takes it apart as our gate
would: a `tool.called` event whose content commits to resource, target and arguments; where somebody
approved, a `ruled` event; and a `decided` event with outcome, rule and the digests of the policies
in force, caused by the others.
``tamper FOLDER`` is in own_tamper.py.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from os import times
from pathlib import Path
from typing import Any

import msgspec
import own_tamper

from tertius.core.events import Cause, ToolCalled
from tertius.core.kinds import Event
from tertius.core.oversight_events import Decided, PolicyChanged, Ruled
from tertius.log.content import Sealed
from tertius.log.writer import Writer

CONSTITUTION = sha256(b"constitution").hexdigest()
OUTCOMES = {"allow": "permit", "deny": "forbid"}
Record = dict[str, Any]
Maker = Callable[[Writer, int, Record, str], Iterator[tuple[Event, Sealed | None]]]
encode = msgspec.json.encode


def act(
    log: Writer, number: int, record: Record, policy: str
) -> Iterator[tuple[Event, Sealed | None]]:
    """Everything the record says."""
    now = time.time_ns()
    run, agent, task = record["session"], record["agent"], record["trace"]
    content = log.seal(encode([record["resource"], record["target"], record["arguments"]]))
    call = f"{run}/{number}/call"
    causes: tuple[Cause, ...] = (Cause(id=call, basis="observed"),)
    tool = record["action"]
    yield (
        ToolCalled(
            id=call, time=now, run=run, agent=agent, task=task, tool=tool, content=content.digest
        ),
        content,
    )
    if record["approver"]:
        ruling = f"{run}/{number}/ruling"
        causes = (*causes, Cause(id=ruling, basis="observed"))
        yield (
            Ruled(
                id=ruling,
                time=now,
                run=run,
                agent=agent,
                task=task,
                escalation=call,
                ruling="approved",
                approver=record["approver"],
                view=content.digest,
            ),
            None,
        )
    yield decided(number, record, now, causes, content.digest, policy), None


def whole(
    log: Writer, number: int, record: Record, policy: str
) -> Iterator[tuple[Event, Sealed | None]]:
    """The record as it is."""
    content = log.seal(encode(record))
    run = record["session"]
    yield (
        ToolCalled(
            id=f"{run}/{number}",
            time=time.time_ns(),
            run=run,
            agent=record["agent"],
            task=record["trace"],
            tool=record["action"],
            content=content.digest,
        ),
        content,
    )


def decided(
    number: int, record: Record, now: int, causes: tuple[Cause, ...], request: str, policy: str
) -> Decided:
    return Decided(
        id=f"{record['session']}/{number}",
        time=now,
        run=record["session"],
        agent=record["agent"],
        task=record["trace"],
        causes=causes,
        request=request,
        outcome=OUTCOMES[record["decision"]],  # type: ignore[arg-type]  # the table holds both
        rules=(record["rule"],),
        manifest=policy,
        constitution=CONSTITUTION,
    )


def speed(mode: str, source: Path, folder: Path) -> dict[str, Any]:
    make: Maker = {"ours": whole, "ours-acts": act}[mode]
    records = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    gc.freeze()  # the waiting records are the bench's burden, not the log's
    wall, cpu = time.perf_counter(), sum(times()[:4])
    with Writer(folder / "log", key=own_tamper.KEY, sealer="process") as log:
        version = records[0]["policy_version"]
        policy = sha256(version.encode()).hexdigest()
        loaded = PolicyChanged(
            id="policy",
            time=time.time_ns(),
            run="bench",
            subject="manifest",
            change="load",
            digest=policy,
            reason=f"version {version}",
        )
        log.append(loaded)
        for number, record in enumerate(records):
            if make is whole:
                log.append(*next(make(log, number, record, policy)))
            else:
                log.extend(make(log, number, record, policy))
    wall, cpu = time.perf_counter() - wall, sum(times()[:4]) - cpu
    begun = time.perf_counter()
    verified = own_tamper.said(folder / "log") == "not found"
    return {
        "records": len(records),
        "seconds": wall,
        "cpu_seconds": cpu,
        "verified": verified,
        "verify_seconds": time.perf_counter() - begun,
        "bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "speed":
        print(json.dumps(speed(rest[0], Path(rest[1]), Path(rest[2]))))
    else:
        print(json.dumps(own_tamper.tamper(Path(rest[0]))))
