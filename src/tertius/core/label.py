"""Information-flow labels: how secret a value is, how far it can be trusted, where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec.structs import force_setattr

from tertius.core.noun import Noun, NounError, require_names

ALL_ORIGINS: Final = ("*",)
"""The set of every origin. The star is outside the alphabet of names."""

ORIGIN_CAP: Final = 64
"""A set of more origins than this is called all origins; it is never truncated."""


class LabelError(NounError):
    """A label that is not in canonical form."""


class Confidentiality(StrEnum):
    """Who may learn a value, from least to most restricted."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    SECRET = "secret"

    @property
    def rank(self) -> int:
        """Position in the order, 0 for public."""
        return _CONFIDENTIALITY.index(self)


class Integrity(StrEnum):
    """How far a value may steer effects, from least to most trusted."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Position in the order, 0 for low."""
        return _INTEGRITY.index(self)


_CONFIDENTIALITY: Final = tuple(Confidentiality)
_INTEGRITY: Final = tuple(Integrity)


class Label(Noun, frozen=True, kw_only=True):
    """What a value carries along when it flows.

    Parameters
    ----------
    confidentiality
        Joins upwards. Missing means ``secret``.
    integrity
        Joins downwards. Missing means ``low``.
    origins
        Names of the sources that the value was made from, sorted and distinct, at most
        `ORIGIN_CAP` of them, or `ALL_ORIGINS`. Missing means all.

    Raises
    ------
    LabelError
        Origins are unsorted, repeated, more than the cap, or mixed with ``*``.

    Notes
    -----
    `join` is commutative, associative and idempotent; `LEAST_RESTRICTED` changes nothing and
    `MOST_RESTRICTED` absorbs everything. A join only ever restricts: lowering a label is a logged
    act of a role that no agent holds, never a method here. A label says nothing about paths that
    no adapter reports.

    References
    ----------
    Denning 1976, "A lattice model of secure information flow".

    Examples
    --------
    >>> aid = Label(
    ...     confidentiality=Confidentiality.CONFIDENTIAL,
    ...     integrity=Integrity.HIGH,
    ...     origins=("sis/aid",),
    ... )
    >>> web = Label(confidentiality=Confidentiality.PUBLIC, origins=("web",))
    >>> aid.join(web).origins
    ('sis/aid', 'web')
    >>> aid.join(web).integrity
    <Integrity.LOW: 'low'>
    >>> Label() == MOST_RESTRICTED
    True
    """

    confidentiality: Confidentiality = Confidentiality.SECRET
    integrity: Integrity = Integrity.LOW
    origins: tuple[str, ...] = ALL_ORIGINS

    def __post_init__(self) -> None:
        if self.origins == ALL_ORIGINS:
            force_setattr(self, "origins", ALL_ORIGINS)  # one encoding of "all": left out
            return
        if len(self.origins) > ORIGIN_CAP:
            raise LabelError(
                f"a label with {len(self.origins)} origins; more than {ORIGIN_CAP} are written `*`"
            )
        require_names(LabelError, origin=self.origins)
        if any(a >= b for a, b in zip(self.origins, self.origins[1:], strict=False)):
            raise LabelError("origins of a label must be sorted and distinct")

    def join(self, other: Label) -> Label:
        """Return the label of a value made from both: the least that is as restricted as each."""
        return Label(
            confidentiality=max(self.confidentiality, other.confidentiality, key=_rank),
            integrity=min(self.integrity, other.integrity, key=_rank),
            origins=_union(self.origins, other.origins),
        )

    def flows_to(self, other: Label) -> bool:
        """Whether a value under this label may be called `other` without lowering anything."""
        return self.join(other) == other


MOST_RESTRICTED: Final = Label()
"""The label of a value that carries none."""

LEAST_RESTRICTED: Final = Label(
    confidentiality=Confidentiality.PUBLIC, integrity=Integrity.HIGH, origins=()
)
"""The label of nothing: neutral in every join."""


def join_all(labels: Iterable[Label | None]) -> Label:
    """Join any number of labels; a missing one restricts most, and no labels at all restrict least.

    Examples
    --------
    >>> join_all([LEAST_RESTRICTED, None]) == MOST_RESTRICTED
    True
    """
    joined = LEAST_RESTRICTED
    for label in labels:
        joined = joined.join(MOST_RESTRICTED if label is None else label)
    return joined


def _rank(level: Confidentiality | Integrity) -> int:
    return level.rank


def _union(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    if ALL_ORIGINS in (a, b):
        return ALL_ORIGINS
    union = tuple(sorted({*a, *b}))
    return union if len(union) <= ORIGIN_CAP else ALL_ORIGINS
