"""Many keys' e-processes in one table: played in order, named by the family rule, never too many.

Same bits as one `EProcess` per key, however the updates are cut into batches.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tertius.core.errors import CallerError
from tertius.stats.payoffs import PayoffError
from tertius.stats.wealth import (
    CLOCK,
    COUNT,
    ENTRY,
    GONE,
    NAMED,
    NOW,
    RUNNING,
    SEEN,
    SLOT,
    STATE,
    TAIL,
    WEIGHT,
    WORTH,
    first_bad,
    play_batch,
    play_update,
    value_of,
    values_of,
)

Floats = NDArray[np.float64]


class TableError(CallerError):
    """Settings, rows or a snapshot that do not fit a table."""


class Played(NamedTuple):
    """What a batch came to.

    Parameters
    ----------
    values
        Value of the updated key after each update, in order.
    named
        Places in the batch at which the family rule named the updated key, each key once in its
        life.
    """

    values: Floats
    named: list[int]


class Keyed:
    """A table of start-mixture e-processes, one per key, and the family-anytime rule over them.

    Parameters
    ----------
    level
        Alpha of the whole table, between 0 and 1: the chance that any key is ever named wrongly.
    most
        Keys held at once, 2 or more.
    slots
        Processes per key, averaged with equal weights: 2 for a bet upwards and one downwards.
    declared
        How many keys are declared before the data, below `most`: the first that enter. They share
        half of the level and are never evicted.

    Raises
    ------
    TableError
        Settings out of range.

    Notes
    -----
    **Weights** are fixed as a key enters and sum to at most 1: 1 / (2 * declared) for declared
    keys, 3 / (pi * j) ** 2 for the j-th later one; without declared keys 6 / (pi * j) ** 2.

    **Naming.** With bar = 1 / level, a key is named at the end of an event that updated it, if
    ``weight * (value - bar)`` reaches the sum of ``weight * max(0, bar - value)`` over all other
    keys, where weight not yet handed out counts as a key at 1. A name is given once
    and stays; `family.named` says what that covers.

    **Eviction.** When a new key comes to a full table, a quarter of the undeclared keys goes: those
    never named first, among them those of the smallest value, and of equals the one longest without
    update. Its term stays in the family's sum as it stood. From then on whoever enters, new or
    back, starts at 1 / (T + 1), T being the table's clock at the latest eviction: at most what an
    evicted key had not yet staked, so that no key gains by going and coming.

    Memory: 80 bytes per key and slot, 32 more per key, and the key itself. Time: about 0.05 us per
    update in a batch, 0.8 us alone. An update near the naming bar costs one pass over the table.

    References
    ----------
    The contract's sections 3 to 5; Vovk and Wang, "E-values: calibration, combination and
    applications", Annals of Statistics 49 (2021), for the average as the way to merge e-values
    under any dependence, which closed testing turns into the family rule.

    Examples
    --------
    >>> table = Keyed(0.05)
    >>> played = table.play([table.row("a"), table.row("b"), table.row("a")], 0, [1.0, -1.0, 1.0])
    >>> [round(value, 3) for value in played.values.tolist()], played.named
    ([1.176, 0.824, 1.519], [])
    >>> rounds = [table.play_one(table.row("a"), 0, 1.0) for _ in range(18)]
    >>> [name for _, name in rounds].index(True), table.named(), table.value("b") < 1
    (6, ['a'], True)
    """

    def __init__(
        self, level: float, *, most: int = 4096, slots: int = 1, declared: int = 0
    ) -> None:
        if not 0.0 < level < 1.0:
            raise TableError(f"level {level!r}; expected between 0 and 1")
        if most < 2 or slots < 1 or not 0 <= declared < most:
            raise TableError(
                f"most {most}, slots {slots}, declared {declared}; expected at least 2, at least 1,"
                " and from 0 to below `most`"
            )
        self.level, self.most, self.slots, self.declared = level, most, slots, declared
        self._bar = 1.0 / level
        self._tail = slots * SLOT
        self._table: Floats = np.zeros((0, self._tail + TAIL))
        self._state: Floats = np.zeros(STATE)
        self._state[RUNNING] = self._bar - 1.0
        self._rows: dict[Hashable, int] = {}
        self._arrivals = 0

    # ---- keys ------------------------------------------------------------------------------------

    @property
    def held(self) -> int:
        """How many keys the table holds."""
        return len(self._rows)

    @property
    def arrivals(self) -> int:
        """How many keys ever entered; one that came back counts again."""
        return self._arrivals

    @property
    def clock(self) -> int:
        """How many updates were played in all."""
        return int(self._state[NOW])

    def room(self) -> int:
        """Return how many new keys fit before an eviction."""
        return self.most - len(self._rows)

    def row(self, key: Hashable) -> int:
        """Return the key's row, entering it if it is new; good until the next eviction.

        Notes
        -----
        A new key in a full table makes room first, which moves rows. So gather a batch only
        while `room` lasts, and play it before the key that finds none: then a batch cut anywhere
        gives the same bytes.
        """
        found = self._rows.get(key)
        return self._enter(key) if found is None else found

    def keys(self) -> list[Hashable]:
        """Return the keys held, in order of arrival: the key of row 0 first."""
        return list(self._rows)

    def value(self, key: Hashable) -> float:
        """Return the key's e-value; of a key not held, what it would enter with."""
        row = self._rows.get(key)
        if row is None:
            return 1.0 / (self._state.item(ENTRY) + 1.0)
        if self.slots == 1:
            return self._table.item(row, WORTH)
        return float(value_of(self._table, row, self.slots))

    def count(self, key: Hashable) -> int:
        """Return how many updates the key has had since it entered; 0 for one not held."""
        row = self._rows.get(key)
        return 0 if row is None else int(self._table[row, self._tail + COUNT])

    def weight(self, key: Hashable) -> float:
        """Return the key's share of the level; of a key not held, what it would enter with."""
        row = self._rows.get(key)
        return self._next() if row is None else float(self._table[row, self._tail + WEIGHT])

    def named(self) -> list[Hashable]:
        """Return the keys held that were named, in order of arrival."""
        marks = self._table[: self.held, self._tail + NAMED]
        return [key for key, mark in zip(self._rows, marks.tolist(), strict=True) if mark]

    def standing(self) -> list[tuple[Hashable, float]]:
        """Return the keys held with their values, the largest first; equals by arrival."""
        values = self.values().tolist()
        return sorted(zip(self._rows, values, strict=True), key=lambda each: -each[1])

    def values(self) -> Floats:
        """Return the e-values of the keys held, in order of arrival."""
        found: Floats = values_of(self._table[: self.held], self.slots)
        return found

    def weights(self) -> Floats:
        """Return the weights of the keys held, in order of arrival."""
        return self._table[: self.held, self._tail + WEIGHT].copy()

    # ---- play ------------------------------------------------------------------------------------

    def play(
        self,
        rows: Sequence[int] | ArrayLike,
        slots: int | ArrayLike,
        payoffs: ArrayLike,
        ends: ArrayLike = True,
    ) -> Played:
        """Play updates one after the other, in order.

        Parameters
        ----------
        rows
            Of the keys, from `row`, none older than the last eviction.
        slots
            Of the processes, 0 to `slots` - 1; one number serves all updates.
        payoffs
            Of one unit of stake, -1 or more; all fixed before the first of them is known.
        ends
            Whether an update is the last of its event, after which keys may be named; one value
            serves all updates. What one outcome decides is paid as a whole before anybody is named
            by it: half of it foretells the rest, and the bound would not hold.

        Raises
        ------
        TableError
            A row or slot that is none; nothing is played.
        PayoffError
            A payoff below -1, or no number; nothing is played.
        """
        # copies, so that whatever was handed in runs the one compiled form
        where = np.array(rows, np.int64)
        which = _each(slots, where, np.int64)
        stakes = np.array(payoffs, np.float64)
        last = _each(ends, where, np.bool_)
        if where.ndim != 1 or not where.shape == which.shape == stakes.shape == last.shape:
            raise TableError(f"{where.size} rows and {stakes.size} payoffs; expected as many each")
        bad = first_bad(where, which, stakes, self.held, self.slots)
        if bad >= 0:
            raise _refusal(int(where[bad]), int(which[bad]), float(stakes[bad]), self)
        values = np.empty(where.size)
        names = np.empty(where.size, np.bool_)
        play_batch(
            self._table, self._state, where, which, stakes, last,
            self.held, self.slots, self._bar, values, names,
        )  # fmt: skip
        return Played(values, names.nonzero()[0].tolist())

    def play_one(self, row: int, slot: int, payoff: float) -> tuple[float, bool]:
        """Play one update; return the key's value after it and whether that named the key.

        Raises
        ------
        TableError
            A row or slot that is none.
        PayoffError
            A payoff below -1, or no number.
        """
        held = len(self._rows)
        if not (0 <= row < held and 0 <= slot < self.slots and -1.0 <= payoff < math.inf):
            raise _refusal(row, slot, payoff, self)
        return play_update(self._table, self._state, row, slot, payoff, held, self.slots, self._bar)

    # ---- coming and going ------------------------------------------------------------------------

    def _next(self) -> float:
        """Return the weight of the next key to enter."""
        later = self._arrivals - self.declared
        if later < 0:
            return 0.5 / self.declared
        return (3.0 if self.declared else 6.0) / (math.pi * (later + 1)) ** 2

    def _enter(self, key: Hashable) -> int:
        if len(self._rows) >= self.most:
            self.make_room()
        row, entry = len(self._rows), float(self._state[ENTRY])
        if row == len(self._table):
            fresh = min(self.most, max(32, 2 * row)) - row  # most tables stay small
            self._table = np.vstack((self._table, np.zeros((fresh, self._tail + TAIL))))
        line = self._table[row]
        line[:] = 0.0
        line[CLOCK : self._tail : SLOT] = entry
        line[WORTH : self._tail : SLOT] = 1.0 / (entry + 1.0)
        line[self._tail + WEIGHT] = self._next()
        self._rows[key] = row
        self._arrivals += 1
        return row

    def make_room(self) -> None:
        """Evict a quarter of the undeclared keys, at least one; every row moves."""
        held = self.held
        if held <= self.declared:
            return
        lines = self._table[:held]
        tail, values = lines[:, self._tail :], self.values()
        order = np.lexsort((tail[:, SEEN], values, tail[:, NAMED]))
        order = order[order >= self.declared]
        going = np.zeros(held, np.bool_)
        going[order[: max(1, len(order) // 4)]] = True
        for row in np.flatnonzero(going & (tail[:, COUNT] > 0)).tolist():
            self._state[GONE] += tail[row, WEIGHT] * max(0.0, self._bar - float(values[row]))
        self._state[ENTRY] = max(1.0, float(self._state[NOW]))
        kept = lines[~going]
        lines[: len(kept)] = kept
        stays = [key for key, gone in zip(self._rows, going.tolist(), strict=True) if not gone]
        self._rows = {key: row for row, key in enumerate(stays)}

    # ---- keeping ---------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Return the table as bytes, from which `restore` goes on with the same bits.

        Raises
        ------
        TableError
            A key that is not made of text, whole numbers, booleans, None and tuples of these.
        """
        keys = self.keys()
        if not all(map(_plain, keys)):
            raise TableError("a key cannot be kept; expected text, whole numbers, tuples of these")
        kept = _Kept(
            settings=(self.level, self.most, self.slots, self.declared),
            arrivals=self._arrivals,
            keys=keys,
            state=self._state.astype("<f8").tobytes(),
            table=self._table[: self.held].astype("<f8").tobytes(),
        )
        return msgspec.msgpack.encode(kept)

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot of a table with the same settings.

        Raises
        ------
        TableError
            Not a snapshot, or one of a table with other settings.
        """
        try:
            kept = msgspec.msgpack.decode(data, type=_Kept)
        except msgspec.DecodeError as error:
            raise TableError("these bytes are no snapshot of a table") from error
        settings = (self.level, self.most, self.slots, self.declared)
        keys = [_tupled(key) for key in kept.keys]
        width = self._table.shape[1]
        if kept.settings != settings:
            raise TableError(
                f"a snapshot of a table with other settings: {kept.settings}, not {settings}"
            )
        sizes = len(kept.state), len(kept.table)
        if len(set(keys)) > self.most or sizes != (8 * STATE, 8 * width * len(set(keys))):
            raise TableError("a snapshot whose parts do not fit together; take a new one")
        self._arrivals = kept.arrivals
        self._rows = {key: row for row, key in enumerate(keys)}
        self._state[:] = np.frombuffer(kept.state, "<f8")
        self._table = np.frombuffer(kept.table, "<f8").astype(float).reshape(len(keys), width)


def _each(given: ArrayLike, where: NDArray[np.int64], kind: type) -> NDArray[Any]:
    """Return an array of a value for each update; one value serves all."""
    made: NDArray[Any] = np.array(given, kind)
    return np.full(where.shape, made) if made.ndim == 0 else made


class _Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    settings: tuple[float, int, int, int]
    arrivals: int
    keys: list[Any]
    state: bytes
    table: bytes


def _plain(key: object) -> bool:
    if isinstance(key, tuple):
        return all(map(_plain, key))
    return key is None or isinstance(key, (str, int))


def _tupled(key: Any) -> Any:
    return tuple(map(_tupled, key)) if isinstance(key, list) else key


def _refusal(row: int, slot: int, payoff: float, table: Keyed) -> CallerError:
    if not 0 <= row < table.held:
        return TableError(f"row {row}; expected 0 to {table.held - 1}, as `row` returned")
    if not 0 <= slot < table.slots:
        return TableError(f"slot {slot}; expected 0 to {table.slots - 1}")
    return PayoffError(f"payoff {payoff!r}; expected a number of -1 or more")
