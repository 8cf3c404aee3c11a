"""Every bit of a log counts, and no bytes make the verifier do anything but report."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.tampered.valid_log import (
    ANCHOR,
    NOW,
    START,
    make_deployment,
    make_log,
    put,
    sha256,
    signer,
)

from tertius.core.errors import CallerError
from tertius.core.log_events import LogRecovered
from tertius.log.verify import verify
from tertius.log.verify_report import Report, render

WITNESS = signer("witness/one", kind=4)
POLICY = f"witness w {WITNESS.vkey}\nquorum w\n".encode()
FLIPS = 400  # sampled, on top of every byte of every checkpoint
INPUTS = 500  # per seed
REBUILT = ("index/", ".tmp", "lock")  # may change without being noticed: nothing depends on them


def check(folder: Path) -> Report:
    return verify(folder, now=NOW, keys=[ANCHOR.vkey], policy=POLICY, processes=1)


def build(folder: Path) -> Path:
    """A small deployment in which every kind of file occurs."""
    torn = b"a torn block, kept"
    digest = sha256(torn).hex()
    recovered = LogRecovered(
        id="r", time=START, run="r", digest=digest, length=len(torn), kept_as=f"aside/{digest}"
    )
    alice = make_log(290, signer("tertius/alice"), extra=(recovered,))
    bob = make_log(40, signer("tertius/bob"), tail=9)
    made = make_deployment({"alice": alice, "bob": bob})
    replace(made, anchor=replace(made.anchor, witnesses=(WITNESS,))).write(folder)
    put(folder / "writers/alice/aside" / digest, torn)
    put(folder / "index/search.sqlite", b"rebuilt from the log")
    put(folder / "writers/bob/checkpoint.tmp", b"half a note")
    return folder


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def places(folder: Path) -> Iterator[tuple[Path, int, int]]:
    rng = random.Random(7)
    paths = [path for path in files(folder) if path.stat().st_size]
    for path in paths:
        if path.name == "checkpoint":
            yield from ((path, at, rng.randrange(8)) for at in range(path.stat().st_size))
    for _ in range(FLIPS):
        path = rng.choice(paths)
        yield path, rng.randrange(path.stat().st_size), rng.randrange(8)


def test_any_flipped_bit_is_noticed_or_the_file_can_be_rebuilt(tmp_path: Path) -> None:
    folder = build(tmp_path / "all")
    clean = check(folder)
    assert clean.exit_code == 0, render(clean)
    unnoticed, tried = [], 0
    for path, at, bit in places(folder):
        raw = bytearray(path.read_bytes())
        raw[at] ^= 1 << bit
        path.write_bytes(raw)
        if check(folder) == clean:
            unnoticed.append(str(path.relative_to(folder)))
        tried += 1
        raw[at] ^= 1 << bit
        path.write_bytes(raw)
    assert check(folder) == clean
    assert tried > 1000
    assert {name for name in unnoticed if not any(part in name for part in REBUILT)} == set()
    assert unnoticed, "the files that can be rebuilt were never tried"


def test_any_file_taken_away_is_noticed_or_can_be_rebuilt(tmp_path: Path) -> None:
    folder = build(tmp_path / "all")
    clean = check(folder)
    for path in files(folder):
        raw = path.read_bytes()
        path.unlink()
        report = check(folder)
        name = str(path.relative_to(folder))
        if any(part in name for part in REBUILT):
            assert report.exit_code == 0, name
        else:
            assert report.logs != clean.logs or report.exit_code == 4, name
        path.write_bytes(raw)


def mutate(raw: bytes, rng: random.Random) -> bytes:
    """Random bytes, or the real ones cut, repeated, overwritten or followed by others."""
    noise = rng.randbytes(rng.choice((0, 1, 7, 40, 300)))
    at = rng.randrange(len(raw) + 1)
    return rng.choice(
        (
            noise,
            raw[:at],
            raw[:at] + noise + raw[at:],
            raw[:at] + noise + raw[at + len(noise) :],
            raw + noise,
            raw + raw,
            raw[:at] + b"\xff" * 8 + raw[at + 8 :],
            b"",
        )
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_hostile_bytes_in_any_file_end_in_a_report_and_in_nothing_else(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    folder = build(tmp_path / "all")
    clean = check(folder)
    paths = files(folder)
    for _ in range(INPUTS):
        path = rng.choice(paths)
        raw = path.read_bytes()
        path.write_bytes(mutate(raw, rng))
        report = check(folder)
        text = render(report)
        assert text.isascii() and text.replace("\n", "").isprintable()
        same = path.read_bytes() == raw or any(part in str(path) for part in REBUILT)
        assert same or report != clean, path
        path.write_bytes(raw)
    assert check(folder) == clean


def test_hostile_names_end_in_a_report_and_in_nothing_else(tmp_path: Path) -> None:
    rng = random.Random(3)
    folder = build(tmp_path / "all")
    below = sorted(path for path in folder.rglob("*") if path.is_dir())
    alphabet = b"x0123456789.p/entriestilepayload\x1b\n\x80\xff \\'\"<&"
    made = 0
    for _ in range(300):
        name = bytes(rng.choice(alphabet) for _ in range(rng.randrange(1, 12)))
        target = bytes(rng.choice(below)) + b"/" + name.replace(b"/", b"")
        try:
            with open(target, "xb") as file:
                file.write(rng.randbytes(20))
        except OSError:
            continue  # the name is taken, `.` or `..`
        made += 1
    report = check(folder)
    assert made > 100
    assert report.exit_code == 4
    assert render(report).isascii() and "\x1b" not in render(report)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_hostile_policies_keys_and_checkpoints_end_in_a_named_error(tmp_path: Path) -> None:
    rng = random.Random(4)
    folder = build(tmp_path / "all")
    note = (folder / "anchor/checkpoint").read_bytes()
    refused = 0
    for _ in range(400):
        key = mutate(ANCHOR.vkey.encode(), rng).decode("latin-1")
        brought = {
            "policy": {"policy": mutate(POLICY, rng)},
            "keys": {"keys": [key]},
            "checkpoint": {"checkpoint": mutate(note, rng), "keys": [ANCHOR.vkey]},
        }[rng.choice(("policy", "keys", "checkpoint"))]
        try:
            verify(folder / "anchor", now=NOW, **brought)
        except CallerError as error:
            assert "\n" not in str(error) and str(error).isascii()
            refused += 1
    assert refused > 200
