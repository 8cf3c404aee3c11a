"""What an adapter governs and what it does not: the first thing to know about an attachment."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from tertius.core.errors import CallerError
from tertius.core.events import Text
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names
from tertius.core.outcome import EnforcementLevel

SurfaceKind = Literal["agent", "message", "tool", "memory", "storage", "context", "model", "human"]


class CoverageError(NounError):
    """A coverage statement that contradicts itself."""


class UngovernedError(CallerError):
    """Something passes outside the gate, and nobody said that it may."""


class Surface(Noun, frozen=True, kw_only=True):
    """One path by which an agent can act or reach another.

    `rewritable` marks a hook after which the host may still change the arguments; `why` says,
    where it is not governed, what stands in the way.
    """

    kind: SurfaceKind
    name: ProperName
    rewritable: bool = False
    why: Text = ""

    def __post_init__(self) -> None:
        require_names(CoverageError, surface=self.name)

    @property
    def key(self) -> str:
        """Kind and name, such as ``tool:mail.send``: how configuration names it."""
        return f"{self.kind}:{self.name}"


class Coverage(Noun, frozen=True, kw_only=True):
    """What is governed, what is not, and where the gate stands.

    Raises
    ------
    CoverageError
        A surface appears twice, or an ungoverned one gives no reason.

    Notes
    -----
    It is the adapter's own statement: a path that the adapter does not know of is on neither
    list.

    Examples
    --------
    >>> coverage = Coverage(adapter="by-hand", level=EnforcementLevel.IN_PROCESS,
    ...     governed=(Surface(kind="tool", name="mail.send"),),
    ...     ungoverned=(Surface(kind="tool", name="shell", why="not wrapped"),))
    >>> coverage.require_named(["tool:shell"])
    >>> coverage.require_named([])
    Traceback (most recent call last):
    ...
    tertius.core.coverage.UngovernedError: ungoverned `tool:shell` (not wrapped); wrap it, or \
name it under `ungoverned`
    """

    adapter: ProperName
    level: EnforcementLevel
    governed: tuple[Surface, ...]
    ungoverned: tuple[Surface, ...] = ()

    def __post_init__(self) -> None:
        require_names(CoverageError, adapter=self.adapter)
        keys = tuple(surface.key for surface in (*self.governed, *self.ungoverned))
        require_distinct(CoverageError, coverage=keys)
        for surface in self.ungoverned:
            if not surface.why.strip():
                raise CoverageError(f"`{surface.key}` is ungoverned; say why")

    def require_named(self, named: Collection[str]) -> None:
        """Refuse to start while something is ungoverned that configuration does not name.

        Parameters
        ----------
        named
            Keys such as ``tool:shell`` that somebody accepted as ungoverned.

        Raises
        ------
        UngovernedError
            Names the first such surface.
        """
        known = {surface.key for surface in (*self.governed, *self.ungoverned)}
        for surface in self.ungoverned:
            if surface.key not in named:
                strange = next(
                    (f", where `{each}` is none" for each in named if each not in known), ""
                )
                raise UngovernedError(
                    f"ungoverned `{surface.key}` ({surface.why}); "
                    f"wrap it, or name it under `ungoverned`{strange}"
                )
