"""Information: something that was hidden is made public, for everybody or for some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from tertius.core.events import Value
from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, StepResult
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale
from tertius.environments.wrappers.around import Around


class InformationSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    show
        Names in the world's truth, ``load+dirty``; ``harm`` and ``rewards`` are there, too. Empty
        for nothing.
    seats
        Who sees it: ``a+b``, ``*`` for all.
    late
        How many steps later it is told, 0 to 1,000.
    """

    show: str = "harm"
    seats: str = "*"
    late: Annotated[int, Meta(ge=0, le=1000)] = 0


class Information(Around[InformationSettings]):
    """Adds part of what is true of the last step to what players see, under ``public``.

    Notes
    -----
    More to know is no good in itself: a crowd told of a shortcut takes it. Scripted players look
    at ``public`` only where they were written to. Whoever sees it must be free to: nothing here is
    secret any more once it was shown.

    References
    ----------
    Acemoglu, Makhdoumi, Malekian and Ozdaglar, "Informational Braess' paradox", Operations
    Research 66 (2018).
    """

    name = "information"
    Settings: ClassVar[type[Noun]] = InformationSettings
    neutral: ClassVar[Mapping[str, Value]] = {"show": ""}

    def declare(self) -> Facts:
        """Find who sees it."""
        self._readers = self.named(self.settings.seats)
        self._wanted = self.settings.show.split("+") if self.settings.show else []
        return self.inner.facts

    def begin(self) -> None:
        """Nothing happened yet."""
        self.memory = {"past": []}

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Keep what will be public."""
        known = {"harm": result.harm, "rewards": result.rewards, **result.truth}
        for name in self._wanted:
            if name not in known:
                shown = ascii(name)[1:-1][:40]
                raise SettingsError(f"the truth has no `{shown}`{nearest(name, known)}")
        public = msgspec.to_builtins({name: known[name] for name in self._wanted})
        self.memory["past"] = [*self.memory["past"], public][-1 - self.settings.late :]
        return replace(result, truth=self.revealed(result, {"readers": list(self._readers)}))

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Show it."""
        if not self._wanted:
            return seen
        public = self._public()
        return {
            name: {**one, "public": public} if name in self._readers else one
            for name, one in seen.items()
        }

    def words(self, agent: str) -> str:
        """Tell it."""
        public = self._public() if self._wanted and agent in self._readers else {}
        lines = [f"{name}: {msgspec.json.encode(one).decode()}" for name, one in public.items()]
        return "Public of the last step: " + "; ".join(lines) + "." if lines else ""

    def _public(self) -> dict[str, Any]:
        past = self.memory.get("past", [])
        return past[0] if len(past) > self.settings.late else {}
