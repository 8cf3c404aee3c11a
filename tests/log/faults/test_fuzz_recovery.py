"""Any bytes where the writer's files should be: a log that opens, or a named error; never more."""

import shutil
from pathlib import Path
from random import Random

from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import message, open_log, say, twin_of

from tertius.core.errors import TertiusError
from tertius.log import journal
from tertius.log.content import PayloadError, frames
from tertius.log.read import LogReader

READER_INPUTS = 20_000
FOLDERS = 400
SEED = 23


def mutated(raw: bytes, rng: Random, others: list[bytes]) -> bytes:
    """A few of the usual ways to spoil bytes."""
    data = bytearray(raw)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(8):
            case 0 if data:
                data[at % len(data)] ^= 1 << rng.randrange(8)
            case 1:
                del data[at:]
            case 2:
                del data[at : at + rng.randrange(1, 200)]
            case 3:
                data[at:at] = rng.randbytes(rng.randrange(1, 200))
            case 4:
                data[at : at + 8] = rng.choice([bytes(8), b"\xff" * 8, b"TERTIUSJ"])
            case 5:
                data[at:at] = data[: rng.randrange(len(data) + 1)]
            case 6:
                other = rng.choice(others)
                data[at : at + len(other)] = other
            case 7:
                data[at:] = bytes(len(data) - at)
    return bytes(data)


def test_block_and_frame_readers_take_any_bytes() -> None:
    rng = Random(SEED)
    link, raws = journal.FIRST_LINK, []
    for number in range(4):
        payload = (number).to_bytes(8, "big") + (5).to_bytes(4, "big") + bytes(32) + b"hello"
        raws.append(journal.pack(number, [b"entry %d" % number], payload, 1, link))
        link = journal.digest_of(raws[-1])
    whole = b"".join(raws)
    told = 0
    for _ in range(READER_INPUTS):
        raw = mutated(whole, rng, raws) if rng.random() < 0.8 else rng.randbytes(rng.randrange(400))
        found = list(journal.blocks(raw, journal.FIRST_LINK))
        for block, _ in found:
            assert block.entries == [b"entry %d" % block.first], "a block is whole or none"
        tail = journal.tail(raw, found[-1][1] if found else 0, None)
        assert tail.offset + tail.length == len(raw)
        try:
            assert sum(44 + len(sealed.data) for _, sealed in frames(raw)) == len(raw)
        except PayloadError as error:
            told += 1
            assert error.exit_code == 4
    assert told > READER_INPUTS // 2


def story(folder: Path) -> dict[Path, bytes]:
    """Files of a killed writer: full and partial tiles, payload, a journal of several blocks."""
    log = open_log(folder, disk=QuickDisk())
    log.extend((message(f"m{i}"), None) for i in range(300))
    say(log, "content", b"content")
    log.checkpoint()
    for number in range(3):
        log.wait(say(log, f"late{number}", b"late %d" % number))
    files = {}
    for path in folder.rglob("*"):
        if path.is_file():
            files[path] = path.read_bytes()
    log.close()
    return files


def test_recovery_takes_any_folder(memory: Path) -> None:
    rng, folder = Random(SEED), memory / "log"
    files = story(folder)
    opened = refused = 0
    victims = [p for p in files if p.name != "lock"]
    for _ in range(FOLDERS):
        shutil.rmtree(folder)
        for path, raw in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        victim = rng.choice(victims)
        victim.write_bytes(mutated(files[victim], rng, list(files.values())))
        try:
            with open_log(folder, disk=QuickDisk()) as log:
                log.wait(say(log, "goes-on", b"goes on"))
            opened += 1
        except TertiusError as error:
            refused += 1
            assert str(error) and "\n" not in str(error)
            continue
        reader = LogReader(folder)
        assert reader.event(len(reader) - 1).id == "goes-on"
        if victim.parent.name == "journal":
            twin_of(folder)  # what was spoiled there must not reach the sealed log
    assert opened > 20 and refused > 20


def test_reading_takes_any_folder(memory: Path) -> None:
    rng, folder = Random(SEED + 1), memory / "log"
    files = story(folder)
    for _ in range(FOLDERS):
        shutil.rmtree(folder)
        for path, raw in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        victim = rng.choice(list(files))
        victim.write_bytes(mutated(files[victim], rng, list(files.values())))
        try:
            reader = LogReader(folder)
            for index, _ in enumerate(reader.entries()):
                reader.content(index)
        except TertiusError as error:
            assert str(error) and "\n" not in str(error)
