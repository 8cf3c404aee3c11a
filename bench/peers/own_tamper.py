"""Tamper with logs of ours one way at a time, and ask the verifier.

``ours, key`` is what somebody finds who holds nothing but the log's public key; ``ours, key and
checkpoint`` is what they find who also hold a checkpoint seen earlier, as the verifier's own
memory, an anchor log or a witness does. Edits of stored bytes are tried twice: alone, and with
every hash above them made anew. A tampering counts as found only if both are.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tertius.core.events import Cause, ToolCalled
from tertius.core.kinds import Event, encode
from tertius.core.label import Confidentiality, Integrity, Label
from tertius.core.oversight_events import Decided, Ruled
from tertius.log.content import FRAME, SeededSalts
from tertius.log.merkle import leaf_hashes
from tertius.log.notekey import SigningKey
from tertius.log.tiles import Tile, decode_bundle, encode_bundle
from tertius.log.verify import verify
from tertius.log.writer import Writer

ORIGIN = "tertius/bench-peers-audit"
KEY = SigningKey(ORIGIN, sha256(b"bench").digest())
STRANGER = SigningKey(ORIGIN, sha256(b"a guess").digest())
DIGEST = sha256(b"a document").hexdigest()
NOW = 1_785_600_000_000_000_000
ACT = (3, 4, 5)  # indexes of a call, the ruling on it and its decision; all fields filled
EDITED = 4  # index of the entry that is moved, repeated, removed; 0 is the log's opening entry
OTHER = {
    "permit": "forbid",
    "approved": "denied",
    "sidecar": "gateway",
    "bound": "asserted",
    "inferred": "declared",
    "confidential": "public",
    "high": "low",
    "tool.called": "tool.returned",
}
Row = dict[str, Any]
Entries = list[bytes]


def said(folder: Path, checkpoint: bytes | None = None) -> str:
    """What the verifier says, given the public key and perhaps a checkpoint seen earlier."""
    report = verify(folder, now=NOW // 10**9, keys=[KEY.verifier.vkey], checkpoint=checkpoint)
    words = {"verified": "not found", "broken": "found", "not_evaluated": "not evaluated"}
    return words[report.status]


def tamper(folder: Path) -> dict[str, Any]:
    true = folder / "true"
    write(true, ten())
    return {"fields": fields(folder, true), "attacks": attacks(folder, true)}


# -- a log of ten entries with every field filled --------------------------------------------------


def ten(note: str = "") -> list[Event]:
    """Ten events of four acts; the last two say what `note` says."""
    label = Label(
        confidentiality=Confidentiality.CONFIDENTIAL, integrity=Integrity.HIGH, origins=("sis",)
    )
    made: list[Event] = []
    for number in range(4):
        common: dict[str, Any] = {
            "time": NOW + number,
            "run": "session-1",
            "agent": "planner",
            "task": "trace-1",
            "party": "registrar",
            "label": label,
            "identity": "bound",
        }
        earlier = (Cause(id=made[-1].id, basis="inferred", score=0.5),) if made else ()
        call = ToolCalled(
            id=f"call-{number}", tool="send_email", call=f"c{number}", causes=earlier, **common
        )
        ruled = Ruled(
            id=f"ruling-{number}",
            escalation=f"ask-{number}",
            ruling="approved",
            approver="alice",
            view=DIGEST,
            signature="c2ln",
            causes=(Cause(id=call.id, basis="inferred", score=0.5),),
            **common,
        )
        decided = Decided(
            id=f"decision-{number}",
            request=DIGEST,
            outcome="permit",
            rules=(f"mail-inside-only{note if number == 3 else ''}",),
            errors=("late",),
            level="sidecar",
            shadow=True,
            manifest=DIGEST,
            constitution=DIGEST,
            causes=(Cause(id=call.id, basis="inferred", score=0.5),),
            **common,
        )
        made += [call, ruled, decided] if number in (1, 2) else [call, decided]
    return made


def write(folder: Path, events: Sequence[Event], key: SigningKey = KEY) -> Path:
    """Write a log as its writer does; the same events and key give the same bytes."""
    with Writer(folder, key=key, clock=lambda: NOW, salts=SeededSalts(1)) as log:
        for event in events:
            if isinstance(event, ToolCalled):
                content = log.seal(f"arguments of {event.id}".encode())
                log.append(replace(event, content=content.digest), content)
            else:
                log.append(event)
    return folder


def entries_of(folder: Path) -> Entries:
    (path,) = (folder / "tile" / "entries").glob("000.p/*")
    return decode_bundle(path.read_bytes(), int(path.name))


def store(folder: Path, entries: Entries, *, hashes: bool) -> None:
    """Put other entries into a log; with `hashes` the tile above them is made anew."""
    shutil.rmtree(folder / "tile" / "entries")
    bundle, tile = Tile(None, 0, len(entries)), Tile(0, 0, len(entries))
    if entries:
        put(folder / bundle.path, encode_bundle(entries))
    if hashes:
        shutil.rmtree(folder / "tile" / "0")
        if entries:
            put(folder / tile.path, b"".join(leaf_hashes(entries)))


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


# -- single fields ---------------------------------------------------------------------------------


def fields(folder: Path, true: Path) -> list[Row]:
    """Edit every stored value alone: each field of each kind of entry, and what lies beside."""
    whole = entries_of(true)
    rows = []
    for index in ACT:
        entry = json.loads(whole[index])
        for path in paths(entry):
            edited = [*whole[:index], json_bytes(edit(entry, path)), *whole[index + 1 :]]
            field = ".".join(map(str, path))
            rows.append({"entry": entry["kind"], "field": field, **stored(folder, true, edited)})
    for name, file, change in beside(true):
        rows.append({"entry": file, "field": name, **seen(altered(folder, true, file, change))})
    return rows


def paths(value: Any) -> Iterator[tuple[str | int, ...]]:
    """Give the way to every single value inside decoded JSON."""
    inside: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inside:
        if isinstance(item, dict | list):
            yield from ((key, *rest) for rest in paths(item))
        else:
            yield (key,)


def edit(value: Any, path: Sequence[str | int]) -> Any:
    copy = json.loads(json.dumps(value))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = changed(at[path[-1]])
    return copy


def changed(value: Any) -> Any:
    """Another value that, where there is one, could stand in its place."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + (1 if isinstance(value, int) else 0.25)
    if len(value) == 64:
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    return OTHER.get(value, value + "x")


def json_bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def beside(true: Path) -> Iterator[tuple[str, str, Callable[[bytes], bytes]]]:
    """What is stored that is no entry: hashes, checkpoint, contents and their salts."""
    tile = next(path for path in (true / "tile" / "0").rglob("*") if path.is_file())
    yield "a leaf hash", str(tile.relative_to(true)), lambda data: flipped(data, 70)
    for line, name in {0: "origin", 1: "size", 2: "root", 4: "signature"}.items():
        yield name, "checkpoint", partial(line_changed, number=line)
    payload = next((true / "payload").iterdir()).relative_to(true)
    yield "a salt", str(payload), lambda data: flipped(data, FRAME.size - 1)
    yield "content", str(payload), lambda data: flipped(data, FRAME.size)
    yield "all contents removed", str(payload), lambda data: b""


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def line_changed(data: bytes, *, number: int) -> bytes:
    lines = data.split(b"\n")
    line = lines[number]
    if line.isdigit():
        lines[number] = b"%d" % (int(line) - 1)
    else:
        at = max(0, len(line) - 8)
        lines[number] = line[:at] + (b"A" if line[at : at + 1] != b"A" else b"B") + line[at + 1 :]
    return b"\n".join(lines)


# -- whole logs ------------------------------------------------------------------------------------


def attacks(folder: Path, true: Path) -> list[Row]:
    whole, checkpoint = entries_of(true), (true / "checkpoint").read_bytes()
    events = ten()
    invented = encode(replace(events[1], id="decision-99"))
    unknown = json_bytes({**json.loads(whole[EDITED]), "approved_by": "mallory"})
    edited = [
        replace(event, outcome="forbid") if isinstance(event, Decided) else event
        for event in events
    ]

    def row(name: str, made: Row) -> Row:
        return {"attack": name, **made}

    def at_rest(name: str, entries: Entries) -> Row:
        return row(name, stored(folder, true, entries, checkpoint))

    def signed(name: str, events: Sequence[Event], key: SigningKey) -> Row:
        made = write(folder / name.replace(" ", "-"), events, key)
        return row(name, seen(made, checkpoint))

    at = EDITED
    return [
        row("none", seen(true, checkpoint)),
        at_rest("tail cut", whole[:-5]),
        at_rest("all removed", []),
        at_rest("middle deleted", whole[:at] + whole[at + 1 :]),
        at_rest("two swapped", [*whole[:at], whole[at + 1], whole[at], *whole[at + 2 :]]),
        at_rest("one repeated", whole[: at + 1] + whole[at:]),
        at_rest("one inserted", [*whole[:at], invented, *whole[at:]]),
        at_rest("field added", [*whole[:at], unknown, *whole[at + 1 :]]),
        signed("resealed, no key", edited, STRANGER),
        signed("resealed by a verifier", edited, STRANGER),
        signed("resealed by the writer", edited, KEY),
        signed("rolled back", events[:5], KEY),
        signed("forked", ten(" as told to another reader"), KEY),
    ]


def stored(
    folder: Path, true: Path, entries: Entries, checkpoint: bytes | None = None
) -> dict[str, str]:
    """What is found when entries were exchanged, with and without the hashes above them."""
    tries = []
    for hashes in (False, True):
        copy = fresh(folder, true)
        store(copy, entries, hashes=hashes)
        tries.append(seen(copy, checkpoint))
    return {name: min(tries, key=lambda row: row[name] == "found")[name] for name in tries[0]}


def altered(folder: Path, true: Path, file: str, change: Callable[[bytes], bytes]) -> Path:
    copy = fresh(folder, true)
    (copy / file).write_bytes(change((copy / file).read_bytes()))
    return copy


def fresh(folder: Path, true: Path) -> Path:
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    return shutil.copytree(true, copy)


def seen(folder: Path, checkpoint: bytes | None = None) -> dict[str, str]:
    """Ask the verifier with the key alone and, given a checkpoint, with both."""
    row = {"ours, key": said(folder)}
    if checkpoint is not None:
        row["ours, key and checkpoint"] = said(folder, checkpoint)
    return row
