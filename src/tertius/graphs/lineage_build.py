"""Build a lineage index from events and their causes, in log order, in batches."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from tertius.core.errors import CallerError
from tertius.core.events import Basis
from tertius.core.names import check_name, nearest
from tertius.graphs.lineage_cycles import cyclic_groups
from tertius.graphs.lineage_file import CODE, Counts, Table
from tertius.graphs.lineage_layout import Edges, arrange, without_repeats
from tertius.graphs.spines import Ints

Link = tuple[str, Basis, float | None]

_NOT_SEEN = -1
_NAMES = re.compile(r"[A-Za-z0-9._:/-]*")
_LIMIT = 2**31 - 2


class BadCauseError(CallerError):
    """A cause has an unknown basis or a score outside 0 to 1."""


class LineageBuilder:
    """Collects events; `finish` makes the index.

    Notes
    -----
    Memory: about 200 bytes for each event and 13 for each cause until `finish`, and about as
    much again while it runs. An id that comes twice is one event: its causes are joined and the
    repetition is counted. A cause may be named before its event comes; one whose event never
    comes becomes an external node that has a name and no causes.

    Examples
    --------
    >>> builder = LineageBuilder()
    >>> builder.add("a", [])
    >>> builder.add_batch([("b", [("a", "observed", None)]), ("c", [("x", "inferred", 0.5)])])
    >>> table, counts = builder.finish()
    >>> counts.events, counts.causes, counts.unresolved
    (3, 2, 1)
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._records = 0
        self._first_record = array("i")
        self._effects = array("i")
        self._causes = array("i")
        self._codes = bytearray()
        self._scores = array("f")
        self._unseen: list[str] = []

    def add(self, event_id: str, causes: Sequence[Link] = ()) -> None:
        """Add one event: its id and its causes as (id, basis, score or None)."""
        self.add_batch(((event_id, causes),))

    def add_batch(self, events: Iterable[tuple[str, Sequence[Link]]]) -> None:
        """Add events in log order.

        Raises
        ------
        BadCauseError
            If a basis is unknown or a score lies outside 0 to 1; the builder is then of no use.
        """
        numbers, unseen = self._numbers, self._unseen
        add_effect, add_cause = self._effects.append, self._causes.append
        add_code, add_score = self._codes.append, self._scores.append
        for event_id, causes in events:
            fresh = len(numbers)
            node = numbers.setdefault(event_id, fresh)
            if node == fresh:
                self._first_record.append(self._records)
            self._records += 1
            for cause_id, basis, score in causes:
                cause = numbers.get(cause_id, _NOT_SEEN)
                if cause == _NOT_SEEN:
                    unseen.append(cause_id)
                if score is None:
                    score = np.nan
                elif not 0.0 <= score <= 1.0:
                    raise BadCauseError(f"bad score `{score}` of a cause of `{event_id}`; "
                                        "expected a number from 0 to 1")  # fmt: skip
                code = CODE.get(basis)
                if code is None:
                    hint = nearest(str(basis), CODE)
                    raise BadCauseError(f"unknown basis `{basis}` of a cause of `{event_id}`{hint}")
                add_effect(node)
                add_cause(cause)
                add_code(code)
                add_score(score)

    def finish(self) -> tuple[Table, Counts]:
        """Return the index; the builder must not be used again."""
        events = len(self._numbers)
        edges, duplicates, unresolved = self._edges(events)
        nodes = len(self._numbers)
        if max(nodes, len(self._effects)) > _LIMIT:
            raise CallerError(f"too many events or causes; an index holds at most {_LIMIT}")
        groups = cyclic_groups(edges.effects, edges.causes, events)
        layout = arrange(edges, nodes, CODE["inferred"])
        id_bytes, id_starts, id_order = _pack(list(self._numbers))
        table = Table(
            **{name: getattr(layout, name) for name in layout.__struct_fields__},
            record=np.array(self._first_record, dtype=np.int32),
            id_bytes=id_bytes,
            id_starts=id_starts,
            id_order=id_order,
            cycle_nodes=np.array([node for group in groups for node in group], dtype=np.int32),
            cycle_starts=np.cumsum([0, *map(len, groups)]).astype(np.int32),
        )
        of_code = np.bincount(edges.codes, minlength=len(CODE) + 1)
        counts = Counts(
            by_basis={basis: int(of_code[code]) for basis, code in CODE.items()},
            records=self._records,
            events=events,
            causes=len(edges.effects),
            duplicate_records=self._records - events,
            duplicate_causes=duplicates,
            unresolved=unresolved,
            externals=nodes - events,
            backward=int(
                np.count_nonzero((edges.causes >= edges.effects) & (edges.causes < events))
            ),
            cyclic=len(table.cycle_nodes),
        )
        return table, counts

    def _edges(self, events: int) -> tuple[Edges, int, int]:
        """Resolve causes named before their event; return edges, repeats and unresolved causes."""
        causes = np.array(self._causes, dtype=np.int32)
        numbers = self._numbers
        late = [numbers.setdefault(cause_id, len(numbers)) for cause_id in self._unseen]
        causes[causes == _NOT_SEEN] = late
        given = Edges(
            effects=np.array(self._effects, dtype=np.int32),
            causes=causes,
            codes=np.array(self._codes, dtype=np.uint8),
            scores=np.array(self._scores, dtype=np.float32),
        )
        edges = without_repeats(given, len(numbers))
        unresolved = int(np.count_nonzero(edges.causes >= events))
        return edges, len(causes) - len(edges.causes), unresolved


def _pack(ids: list[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], Ints]:
    """Return all ids as one run of bytes, where each begins, and their alphabetical order."""
    joined = "".join(ids)
    lengths = np.fromiter(map(len, ids), dtype=np.int64, count=len(ids))
    if not _NAMES.fullmatch(joined) or (
        len(ids) and not 1 <= lengths.min() <= lengths.max() <= 128
    ):
        for text in ids:
            check_name(text, "event id")
    starts = np.zeros(len(ids) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int32)
    return np.array(bytearray(joined, "ascii"), dtype=np.uint8), starts, order
