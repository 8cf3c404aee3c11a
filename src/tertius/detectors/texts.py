"""Tell cheaply whether two texts say nearly the same, without keeping either.

A text is normalised (lower case, no white space, quotes or markdown signs) and cut at anchors: the
letter ``m``, the end of a line and, beyond ASCII, one byte in 32. So a piece is some five words,
the text itself says where it begins, and a changed word changes the piece around it and no other.
A sketch keeps the 16 pieces with the smallest checksums, so that the overlap of two sketches
estimates the overlap of the texts; of texts with no more pieces than that (about 500 bytes) it is
the overlap itself.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import Generic, TypeVar
from zlib import crc32

PIECES = 16  # kept of one text
FEW = 6  # pieces; a text with fewer is only like one with the very same pieces
HALF = 1024  # bytes looked at from each end of a text
STEPS = 256  # texts remembered of one run
LATEST = 1024  # texts whose sketches are at hand: more than a batch of events holds
LIKE = 0.5  # share of pieces in common: "roughly the same" in Broder et al. 1997
NEARLY = 0.8  # the same but for a few words

_ANCHORS = b"mM\x80\x81"
_LOWER = bytes.maketrans(
    b"ABCDEFGHIJKLNOPQRSTUVWXYZ" + _ANCHORS,
    b"abcdefghijklnopqrstuvwxyz" + b"\n" * len(_ANCHORS),
)
_DROPPED = b" \t\r\x0b\x0c\"'`*#"

M = TypeVar("M")
Sketch = tuple[int, ...]


def sketch(content: bytes) -> Sketch:
    """Sketch a text: its sampled pieces, sorted.

    Notes
    -----
    About 5 µs for a text of 1 KB. Of texts over 2 KiB only both ends are seen. The latest texts'
    sketches are at hand, since detectors look at the same ones and agents say the same again.

    References
    ----------
    Manber 1994, "Finding similar files in a large file system" (anchors). Broder 1997, "On the
    resemblance and containment of documents" (sampling by smallest hashes). Broder et al. 1997,
    "Syntactic clustering of the Web" (resemblance of 0.5).

    Examples
    --------
    >>> one = sketch(b"Some more time, my man: open the form and make room for ten names.")
    >>> other = sketch(b"some more *time*, my man: open the form and make room for two names")
    >>> len(one), overlap(one, other)
    (10, 8)
    """
    if len(content) > 2 * HALF:
        content = content[:HALF] + b"\n" + content[-HALF:]
    return _sketch(content)


@lru_cache(maxsize=LATEST)
def _sketch(content: bytes) -> Sketch:
    pieces = content.translate(_LOWER, _DROPPED).split(b"\n")
    return tuple(sorted(set(map(crc32, pieces)))[:PIECES])


def overlap(one: Sketch, other: Sketch) -> int:
    """Return how many pieces two texts have in common."""
    return len(set(one).intersection(other))


def alike(one: Sketch, other: Sketch, share: float) -> bool:
    """Whether both hold at least `share` of the larger one's pieces; short ones must be equal."""
    if one == other:
        return True
    larger = max(len(one), len(other))
    return larger >= FEW and overlap(one, other) >= share * larger


class Earlier(Generic[M]):
    """The texts of one run by kind, found again by what they share.

    Parameters
    ----------
    share : float
        Share of the larger text's pieces that two must have in common to count as the same.
    steps : int
        Texts kept; the oldest are let go.

    Notes
    -----
    A text that is like an earlier one is not kept: all that are alike go by the first of them.
    Two texts that are alike share one of their first few pieces in sorted order (prefix
    filtering), so only these are indexed, each by the newest text that holds it; the same pieces
    are always found. About 2 KB per
    text.

    References
    ----------
    Chaudhuri, Ganti and Kaushik 2006, "A primitive operator for similarity joins in data
    cleaning" (prefix filtering).
    """

    __slots__ = ("_kept", "_limit", "_next", "_places", "_share")

    def __init__(self, share: float = LIKE, steps: int = STEPS) -> None:
        self._share = share
        self._limit = steps
        self._next = 0
        self._kept: dict[int, tuple[object, Sketch, M]] = {}  # by number, oldest first
        self._places: dict[object, dict[int | Sketch, int]] = {}

    def meet(self, kind: object, pieces: Sketch, mark: M) -> M:
        """Return the mark of the first text like this one: `mark` itself where it is new.

        Parameters
        ----------
        kind
            Texts of different kinds are never the same: who said it, to whom, by what means.
        pieces
            Its sketch.
        mark
            What to remember it by.
        """
        places = self._places.get(kind)
        if places is None:
            places = self._places[kind] = {}
        same = places.get(pieces)
        if same is not None:
            return self._kept[same][2]
        count = len(pieces)
        probes = pieces[: count - ceil(self._share * count) + 1] if count >= FEW else ()
        tried = -1
        for probe in probes:
            number = places.get(probe, tried)
            if number != tried:
                tried = number
                known = self._kept[number]
                if alike(pieces, known[1], self._share):
                    return known[2]
        number = self._next
        self._next += 1
        self._kept[number] = (kind, pieces, mark)
        places[pieces] = number
        places.update(dict.fromkeys(probes, number))
        if len(self._kept) > self._limit:
            self._let_go()
        return mark

    def clear(self) -> None:
        """Forget all texts."""
        self._kept.clear()
        self._places.clear()

    def _let_go(self) -> None:
        """Forget the oldest text."""
        number = next(iter(self._kept))
        kind, pieces, _ = self._kept.pop(number)
        places = self._places[kind]
        keys: list[int | Sketch] = [pieces, *pieces]
        for key in keys:
            if places.get(key) == number:
                del places[key]
        if not places:
            del self._places[kind]
