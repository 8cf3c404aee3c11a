"""What other tools for governing agents were found to get wrong, each as a test of ours.

The rest of that list is tested where it belongs; `docs/reference/security-tests.md` names it all.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.house import AID, NOW, SECOND, ask, build, decisions, opened, put

from tertius.core.events import ToolCalled
from tertius.core.outcome import Outcome
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.verify import verify
from tertius.log.writer import Writer

PAY: dict[str, Any] = {"resource": "ledger.pay"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A log with a permit and a denial in it, and its public key."""
    folder = build(tmp_path_factory.mktemp("kept") / "house")
    with opened(folder) as governed:
        ask(governed, {"amount": 50}, **PAY)
        ask(governed, {"amount": 450}, **PAY)
    return folder / "log", governed.key


def entries(log: Path) -> Path:
    """Return the newest bundle of entries."""
    found = [each for each in (log / "writers" / "gate" / "tile" / "entries").rglob("*")
             if each.is_file()]  # fmt: skip
    return max(found, key=lambda path: path.stat().st_size)


EDITS = {
    "decision": (b'"outcome":"forbid"', b'"outcome":"permit"'),
    "rule": (b"constitution forbid k1", b"constitution forbid k9"),
    "target": (b"on `ledger.pay`", b"on `ledger.buy`"),
    "trace": (b'"run":"r","agent":"aid"', b'"run":"x","agent":"aid"'),
    "session": (b'"task":"t"', b'"task":"x"'),
    "who": (b'"agent":"aid"', b'"agent":"bob"'),
    "identity": (b'"identity":"bound"', b'"identity":"bounD"'),
}


def spoil(log: Path, old: bytes, new: bytes) -> None:
    assert len(old) == len(new)
    path = entries(log)
    raw = path.read_bytes()
    assert old in raw, old
    path.chmod(0o600)
    path.write_bytes(raw.replace(old, new, 1))


def digests(log: Path) -> dict[str, bytes]:
    """The fields of a decision that are digests: of the request, and of what was in force."""
    raw = entries(log).read_bytes()
    start = raw.rindex(b'{"kind":"decided"')
    tree, _ = json.JSONDecoder().raw_decode(raw[start:].decode(errors="replace"))
    return {name: tree[name].encode() for name in ("request", "manifest", "constitution")}


@pytest.mark.parametrize("field", [*EDITS, "request", "manifest", "constitution"])
def test_no_field_of_a_decision_can_be_rewritten(
    field: str, kept: tuple[Path, str], tmp_path: Path
) -> None:
    """A peer's audit hash leaves eight of these out, so that rewriting them still verifies."""
    original, key = kept
    log = tmp_path / "log"
    shutil.copytree(original, log)
    assert verify(log, now=NOW // SECOND, keys=(key,)).exit_code == 0
    if field in EDITS:
        spoil(log, *EDITS[field])
    else:
        old = digests(log)[field]
        spoil(log, old, old[:-1] + (b"0" if old[-1:] != b"0" else b"1"))
    assert verify(log, now=NOW // SECOND, keys=(key,)).exit_code == 4


def test_nothing_is_left_out_behind_the_ten_thousandth_entry(tmp_path: Path) -> None:
    """A peer's export stops there in silence."""
    many = 10_100
    key = SigningKey("tertius/test", bytes(32))
    with Writer(tmp_path / "log", key=key, clock=lambda: NOW) as writer:
        for start in range(0, many, 100):
            writer.extend(
                [
                    (ToolCalled(id=f"e{n}", time=NOW, run="r", agent="a", tool="t"), None)
                    for n in range(start, start + 100)
                ]
            )
    found = [event for event in LogReader(tmp_path / "log").events() if event.run == "r"]
    assert len(found) == many


def test_limits_and_labels_never_come_from_the_call(tmp_path: Path) -> None:
    """A flow layer elsewhere took them from the payload that it was to judge."""
    with opened(build(tmp_path / "house")) as governed:
        for more in ({"limit": 10**9}, {"max": 10**9}, {"label": "public"}, {"approved": True}):
            asked = ask(governed, {"amount": 450, **more}, **PAY)
            assert asked.decision.outcome is Outcome.FORBID
            assert asked.request is not None and asked.request.label is None
    assert all(
        "constitution forbid k1" in str(each.rules) for each in decisions(tmp_path / "house")
    )


def test_nobody_registers_a_manifest_of_their_own(tmp_path: Path) -> None:
    """A peer's registry takes what an agent signed itself when it registered."""
    folder = build(tmp_path / "house")
    put(folder, AID, ("mallory",))
    with opened(folder) as governed:
        assert ask(governed).decision.outcome is Outcome.FORBID
