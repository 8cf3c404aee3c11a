"""The lineage index at rest: a folder of memory-mapped arrays and a header that vouches for them.

The index is derived from the log and can always be rebuilt; nothing here is evidence. The header
names the logs it was built from, so that an index older than its log is noticed, and the length
and SHA-256 of every file, so that a damaged one is. It is unsigned: whoever can write the folder
can forge it, and only the log itself, verified, proves a cause.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from tertius.core.errors import NotEvaluatedError
from tertius.core.events import Basis
from tertius.graphs.spines import Codes, Ints, Scores

# Strongest first: an interposed adapter saw it; a party said so; somebody guessed it from content.
STRENGTH: tuple[Basis, ...] = ("observed", "declared", "inferred")
CODE: dict[Basis, int] = {basis: place + 1 for place, basis in enumerate(STRENGTH)}

_HEADER = "header.json"
_REBUILD = "run `tertius log rebuild-index`"


class LineageIndexError(NotEvaluatedError):
    """The lineage index is missing, damaged or of another version; rebuild it."""


class StaleLineageError(LineageIndexError):
    """The lineage index was built from another state of the log; rebuild it."""


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state of one log that went into an index: origin, tree size and root (hex)."""

    origin: str
    size: int
    root: str


class Counts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What went into an index, and what was odd about it.

    Parameters
    ----------
    records, events : int
        Records read; distinct event ids among them.
    causes : int
        Distinct pairs of effect and cause.
    by_basis : dict of str to int
        How many of them stand on each basis.
    duplicate_records, duplicate_causes : int
        Records whose id came before (their causes were joined); causes named twice.
    unresolved, externals : int
        Causes that no record of this index carries; distinct ids among them.
    backward : int
        Causes recorded at or after their own effect.
    cyclic : int
        Events that are among their own ancestors, over causes of every basis.
    """

    records: int
    events: int
    causes: int
    by_basis: dict[Basis, int]
    duplicate_records: int
    duplicate_causes: int
    unresolved: int
    externals: int
    backward: int
    cyclic: int


class Table(Struct, frozen=True, kw_only=True):
    """Every array of an index. Node numbers are events in log order, then externals.

    `position` and `node` translate between node numbers and spine positions. The `down` arrays
    count positions from the other end, so that effects, too, lie before their causes there.
    """

    position: Ints
    node: Ints
    record: Ints
    link: Codes
    link_scores: Scores
    up_indptr: Ints
    up_targets: Ints
    up_codes: Codes
    up_scores: Scores
    down_indptr: Ints
    down_targets: Ints
    down_codes: Codes
    down_scores: Scores
    id_bytes: npt.NDArray[np.uint8]
    id_starts: npt.NDArray[np.int64]
    id_order: Ints
    cycle_nodes: Ints
    cycle_starts: Ints


class _Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """Length and digest of one file."""

    bytes: int
    sha256: str


class _Header(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `header.json` holds; `check` is the SHA-256 of the rest of it."""

    format: Literal["tertius/lineage/1"] = "tertius/lineage/1"
    counts: Counts
    sources: tuple[Source, ...]
    files: dict[str, _Mark]
    check: str = ""

    def digest(self) -> str:
        bare = msgspec.structs.replace(self, check="")
        return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


def save(folder: Path, table: Table, counts: Counts, sources: tuple[Source, ...]) -> None:
    """Write an index to `folder`, replacing the one that is there.

    Raises
    ------
    LineageIndexError
        If it cannot be written; the old index stays, unless the very last rename fails.

    Notes
    -----
    Written beside its place and renamed; a crash leaves the old index, the new one or none, never
    a mixture. Keeping two writers apart is the caller's part. Nothing is synced: after a power
    cut the digests tell whether the files are whole.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".lineage-", dir=folder.parent) as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            _write(fresh, table, counts, sources)
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            fresh.rename(folder)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LineageIndexError(f"cannot write lineage index `{folder}`: {reason}") from error


def _write(folder: Path, table: Table, counts: Counts, sources: tuple[Source, ...]) -> None:
    """Write every array, and the header last."""
    files = {}
    for name in Table.__struct_fields__:
        path = folder / f"{name}.npy"
        np.save(path, getattr(table, name), allow_pickle=False)
        files[name] = _mark(path)
    header = _Header(counts=counts, sources=sources, files=files)
    header = msgspec.structs.replace(header, check=header.digest())
    (folder / _HEADER).write_bytes(msgspec.json.encode(header))


def load(
    folder: Path, *, expect: tuple[Source, ...] | None = None, check_contents: bool = True
) -> tuple[Table, Counts, tuple[Source, ...]]:
    """Map an index into memory.

    Parameters
    ----------
    folder : Path
        Where `save` wrote it.
    expect : tuple of Source, optional
        The state of the logs now; in any order.
    check_contents : bool
        Whether to read every file once and compare its digest (about 1 ms for each 1.5 MB), or to
        compare lengths only.

    Raises
    ------
    StaleLineageError
        If the index was built from anything but `expect`.
    LineageIndexError
        If it is missing, damaged, or of a version that this code does not read.
    """
    header = _read_header(folder)
    if expect is not None and _by_origin(expect) != _by_origin(header.sources):
        raise StaleLineageError(
            f"lineage index `{folder}` was built from another state of the log; {_REBUILD}"
        )
    arrays: dict[str, Any] = {}
    for name in Table.__struct_fields__:
        path = folder / f"{name}.npy"
        try:
            mark = header.files[name]
            whole = _is_file(path, mark.bytes)
            if whole and check_contents:
                whole = _mark(path) == mark
            arrays[name] = np.load(path, mmap_mode="r", allow_pickle=False) if whole else None
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise _damaged(path) from error
        if arrays[name] is None:
            raise _damaged(path)
    table = Table(**arrays)
    _check_shapes(folder, table, header.counts)
    return table, header.counts, header.sources


def _read_header(folder: Path) -> _Header:
    """Read the header and hold it against its own digest."""
    path = folder / _HEADER
    try:
        if not _is_file(path, None):
            raise _damaged(path)
        header = msgspec.json.decode(path.read_bytes(), type=_Header)
    except FileNotFoundError as error:
        raise LineageIndexError(f"no lineage index at `{folder}`; {_REBUILD}") from error
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
        raise _damaged(path) from error
    if header.digest() != header.check:
        raise _damaged(path)
    return header


def _check_shapes(folder: Path, table: Table, counts: Counts) -> None:
    """Refuse arrays of another type or length than the counts call for."""
    nodes = counts.events + counts.externals
    edges = len(table.up_targets)
    expected = dict.fromkeys(("position", "node", "id_order"), nodes)
    expected |= dict.fromkeys(("link", "link_scores", "id_starts"), nodes + 1)
    expected |= dict.fromkeys(("up_indptr", "down_indptr"), nodes + 1)
    expected |= dict.fromkeys(("up_codes", "up_scores"), edges)
    expected |= dict.fromkeys(("down_targets", "down_codes", "down_scores"), edges)
    expected |= {"record": counts.events, "cycle_nodes": counts.cyclic}
    kinds: dict[str, Any] = {"id_bytes": np.uint8, "id_starts": np.int64, "link": np.uint8}
    kinds |= dict.fromkeys(("up_codes", "down_codes"), np.uint8)
    kinds |= dict.fromkeys(("link_scores", "up_scores", "down_scores"), np.float32)
    for name in Table.__struct_fields__:
        array = getattr(table, name)
        if (
            array.ndim != 1
            or array.dtype != kinds.get(name, np.int32)
            or len(array) != expected.get(name, len(array))
        ):
            raise _damaged(folder / f"{name}.npy")


def _is_file(path: Path, length: int | None) -> bool:
    """Tell whether `path` itself is a regular file, of `length` bytes if that is given."""
    found = os.lstat(path)
    return stat.S_ISREG(found.st_mode) and length in (None, found.st_size)


def _mark(path: Path) -> _Mark:
    with path.open("rb") as file:
        return _Mark(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _by_origin(sources: tuple[Source, ...]) -> list[tuple[str, int, str]]:
    return sorted((source.origin, source.size, source.root) for source in sources)


def _damaged(path: Path) -> LineageIndexError:
    return LineageIndexError(f"lineage index file `{path}` is damaged or missing; {_REBUILD}")
