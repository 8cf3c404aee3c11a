"""Texts that say nearly the same are found again, by a sketch of fixed size."""

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.detectors.texts import PIECES, STEPS, Earlier, alike, overlap, sketch

WORDS = b"some make them form time jam map mark room much name from home".split()


def text(seed: int, words: int = 200) -> bytes:
    rng = random.Random(seed)
    return b" ".join(rng.choice(WORDS) + str(rng.randrange(99)).encode() for _ in range(words))


def pieces(seed: int, words: int = 200) -> tuple[int, ...]:
    return sketch(text(seed, words))


@given(st.binary(max_size=5000))
def test_a_sketch_is_small_sorted_and_blind_to_case_and_spacing(raw: bytes) -> None:
    made = sketch(raw)
    assert len(made) <= PIECES
    assert list(made) == sorted(set(made))
    if len(raw) <= 2048:
        assert sketch(raw.upper().replace(b" ", b"  ")) == made or any(byte >= 0x80 for byte in raw)


def test_the_same_text_gives_the_same_sketch_in_another_process() -> None:
    code = f"from tertius.detectors.texts import sketch; print(sketch({text(1)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.stdout.strip() == str(pieces(1))


def test_one_changed_word_in_a_hundred_makes_no_other_text() -> None:
    changed = text(1).split()
    changed[50] = b"elsewhere"
    assert alike(pieces(1), sketch(b" ".join(changed)), 0.8)
    assert overlap(pieces(1), pieces(2)) < 3


def test_of_a_long_text_both_ends_count() -> None:
    long = text(1, 4000)
    assert sketch(long[:-300]) != sketch(long)
    assert sketch(long[300:]) != sketch(long)


def test_short_texts_must_be_equal() -> None:
    assert not alike((1, 2, 3, 4, 5), (1, 2, 3, 4, 6), 0.5)
    assert alike((1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 7), 0.5)
    assert not alike((1, 2, 3, 4, 5, 6), (1, 2, 7, 8, 9, 10), 0.5)


def test_earlier_texts_are_found_by_kind() -> None:
    earlier = Earlier[str]()
    assert earlier.meet("a", pieces(1), "first") == "first"
    assert earlier.meet("a", pieces(2), "second") == "second"
    assert earlier.meet("b", pieces(1), "third") == "third"
    assert earlier.meet("a", pieces(1), "fourth") == "first"
    earlier.clear()
    assert earlier.meet("a", pieces(1), "fifth") == "fifth"


def test_the_oldest_texts_are_let_go() -> None:
    earlier = Earlier[int](steps=3)
    for seed in range(4):
        earlier.meet("a", pieces(seed), seed)
    assert earlier.meet("a", pieces(1), 9) == 1
    assert earlier.meet("a", pieces(0), 9) == 9


@pytest.mark.parametrize("share", [0.5, 0.8, 1.0])
def test_it_agrees_with_comparing_everything(share: float) -> None:
    """A naive twin: where texts are alike or share nothing, prefix filtering misses none."""
    rng = random.Random(share)
    earlier, known = Earlier[int](share), dict[int, tuple[int, ...]]()
    for number in range(STEPS):
        if known and rng.random() < 0.5:
            base = set(known[rng.choice(list(known))])
            for piece in rng.sample(sorted(base), int((1 - share) * len(base) / 2)):
                base.remove(piece)
                base.add(rng.randrange(2**32))
            made = tuple(sorted(base))
        else:
            made = tuple(sorted(rng.sample(range(2**32), rng.randrange(7, 17))))
        naive = next((n for n, each in known.items() if alike(made, each, share)), number)
        met = earlier.meet("a", made, number)
        if met == number:
            known[number] = made
        assert met == naive
