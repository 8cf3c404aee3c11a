"""A gate that stands tells people that a question waits; also those of the gate before it."""

from pathlib import Path
from typing import Any

from msgspec import json
from tests.escalation.receiver import TEXT, Receiver, receiving

from tertius.cli.demo_scenes.university.campus import NOW, REGISTRAR
from tertius.cli.demo_scenes.university.founding import found
from tertius.runtime.governed import Governed, open_gate

AWARD = {"student": "s-07", "amount": 1500, "approved_by": "dean"}


def opened(folder: Path, start: str) -> Governed:
    numbers = iter(range(9))
    return open_gate(
        folder, clock=lambda: NOW, names=lambda: f"{start}{next(numbers)}", checkpoint_every=None
    )


def asks(governed: Governed) -> None:
    fields: dict[str, Any] = {"run": "r", "chain": REGISTRAR, "task": "s-07"}
    asked = governed.gate.ask("financial-aid", "tool.call", AWARD, resource="aid.award", **fields)
    assert asked.decision.code == "needs-human"


def tell(folder: Path, receiver: Receiver) -> None:
    path = folder / "private" / "webhook.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(json.encode({"url": receiver.url, "secret": TEXT}))
    path.chmod(0o600)


def test_a_question_is_told_at_once_and_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "u"
    found(folder)
    with opened(folder, "a") as governed:
        asks(governed)  # nobody is to be told yet, and then the gate ends
    with receiving() as receiver:
        tell(folder, receiver)
        with opened(folder, "b") as governed:
            assert receiver.came.acquire(timeout=20)
            asks(governed)
            assert receiver.came.acquire(timeout=20)
    asked = [json.decode(body)["data"]["escalation"] for _, body in receiver.got]
    assert asked == ["a0", "b0"]
    assert b"s-07" not in b"".join(body for _, body in receiver.got)
