"""Put the chunks of a log together: every id once, every cause before its effect.

Chunks hand over keyed hashes of their ids as sorted arrays. Ranges of equal hash values are
compared at a time, so that memory stays at 8 bytes for each entry. A hash that occurs twice, or a
cause whose hash occurs in no earlier chunk, is only a suspicion: its names are read again and
compared as text.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from tertius.log.verify_report import Problem, shown
from tertius.log.verify_scan import Chunk

_LOWEST, _HIGHEST = -float(2**63), float(2**63)
MOST_SUSPECTS = 100_000

Finder = Callable[[frozenset[float]], Iterable[tuple[int, str, bool]]]
"""Reads the log again, in order, for names by their hash: entry, name, whether it is a cause."""


def check_ids(chunks: Sequence[Chunk], find: Finder) -> list[Problem]:
    """Return a problem for every id that occurs twice and every cause that comes from nowhere.

    Notes
    -----
    About 0.15 us for each id. Duplicates and unresolved causes are confirmed as text; a cause of
    an earlier chunk counts as resolved by its keyed 53-bit hash, which a dangling one would meet
    by chance with a probability below 1e-9 in a log of five million entries, and nobody can aim
    at: the key is drawn afresh for each run.
    """
    suspects = _suspects([_floats(c.ids) for c in chunks], [_floats(c.far) for c in chunks])
    if not suspects:
        return []
    problems: list[Problem] = []
    if len(suspects) > MOST_SUSPECTS:
        what = f"{len(suspects):,} ids or causes do not resolve; the first {MOST_SUSPECTS:,} follow"
        problems.append(Problem(code="links_broken", what=what))
        suspects = set(sorted(suspects)[:MOST_SUSPECTS])
    first: dict[str, int] = {}
    loose: list[tuple[int, str]] = []
    for index, name, is_cause in find(frozenset(suspects)):
        if is_cause:
            if name not in first:
                loose.append((index, name))
        elif first.setdefault(name, index) != index:
            what = f"id `{shown(name)}` occurs again, after entry {first[name]}"
            problems.append(Problem(code="id_twice", what=what, entry=index))
    for index, name in loose:
        later = f", only a later entry {first[name]}" if name in first else ""
        what = f"cause `{shown(name)}` is no earlier entry{later}"
        problems.append(Problem(code="cause_unresolved", what=what, entry=index))
    return problems


def _suspects(ids: list[array[float]], far: list[array[float]]) -> set[float]:
    """Hashes that occur in two chunks, and those of causes that occur in no earlier chunk."""
    count = max(1, len(ids))
    step = (_HIGHEST - _LOWEST) / count
    edges = [_LOWEST + step * number for number in range(count)] + [float("inf")]
    found: set[float] = set()
    cuts = [[bisect_left(row, edge) for edge in edges] for row in ids]
    far_cuts = [[bisect_left(row, edge) for edge in edges] for row in far]
    for span in range(count):
        earliest: dict[float, int] = {}
        total = 0
        for number in range(len(ids) - 1, -1, -1):
            part = ids[number][cuts[number][span] : cuts[number][span + 1]]
            total += len(part)
            earliest.update(dict.fromkeys(part, number))
        if len(earliest) < total:
            found |= _repeated(ids, cuts, span)
        for number, row in enumerate(far):
            part = row[far_cuts[number][span] : far_cuts[number][span + 1]]
            found.update(h for h in part if earliest.get(h, number) >= number)
    return found


def _repeated(ids: list[array[float]], cuts: list[list[int]], span: int) -> set[float]:
    seen: set[float] = set()
    twice: set[float] = set()
    for row, cut in zip(ids, cuts, strict=True):
        for hashed in row[cut[span] : cut[span + 1]]:
            (twice if hashed in seen else seen).add(hashed)
    return twice


def _floats(raw: bytes) -> array[float]:
    row = array("d")
    row.frombytes(raw)
    return row
