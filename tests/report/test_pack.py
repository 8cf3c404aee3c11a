"""How much of a log fits on the page."""

import base64
import json
import random
import zlib
from typing import Any

from tests.report.small import finding

from tertius.core.events import MessageSent
from tertius.report.entry import Entry
from tertius.report.pack import QUOTED, READABLE, pack
from tertius.report.run import Picture, picture


def run(name: str, events: int, *, quoted: bool = False) -> Picture:
    """A run whose texts hardly shrink when packed."""
    rng = random.Random(name)
    texts = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=3000)) for _ in range(events)
    ]
    entries = [
        Entry(MessageSent(id=f"{name}/{n}", time=0, run=name, agent="a"), "kept", text, len(text))
        for n, text in enumerate(texts)
    ]
    return picture(name, entries, [finding((f"{name}/0",), run=name)] if quoted else [], ())


def lengths(block: str) -> list[int]:
    data: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(block)))
    return [len(text) for text in data["texts"]]


def test_with_room_nothing_is_cut() -> None:
    blocks = pack([run("x", 3), run("y", 2)], 1_000_000)
    assert {name: lengths(block) for name, block in blocks.items()} == {
        "x": [3000] * 3,
        "y": [3000] * 2,
    }


def test_texts_are_cut_alike_and_quoted_ones_less() -> None:
    blocks = pack([run("x", 20, quoted=True), run("y", 20)], 30_000)
    assert sum(map(len, blocks.values())) <= 30_000
    first, *rest = lengths(blocks["x"])
    (limit,) = {*rest, *lengths(blocks["y"])}
    assert READABLE <= limit < 3000
    assert first >= QUOTED


def test_rather_than_unreadable_texts_there_are_fewer_runs() -> None:
    blocks = pack([run("x", 20), run("y", 30), run("z", 2)], 9_000)
    assert list(blocks) == ["x", "z"]
    assert set(lengths(blocks["x"])) == {READABLE}


def test_the_first_run_is_there_even_if_nothing_fits() -> None:
    blocks = pack([run("x", 20, quoted=True), run("y", 1)], 0)
    assert list(blocks) == ["x"]
    assert lengths(blocks["x"]) == [QUOTED, *[0] * 19]
