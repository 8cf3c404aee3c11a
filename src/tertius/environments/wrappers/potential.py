"""Potential-based shaping: an extra reward on the way that leaves the best policy what it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import StepResult
from tertius.environments.settings import SettingsError
from tertius.environments.wrappers.rewards import Rewards


class PotentialSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    number
        Where the potential stands in what each player sees: ``stock``, or ``own.stock`` for a
        number under a name.
    weight
        What one unit of it is worth; 0 for no shaping.
    discount
        Gamma, 0 to 1: the one that the learner uses.
    low, high
        The number is cut to this range, so that rewards have one.
    """

    number: str = ""
    weight: float = 1.0
    discount: Annotated[float, Meta(ge=0, le=1)] = 0.99
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not -1e12 < self.low < self.high < 1e12 or not abs(self.weight) < 1e12:
            raise SettingsError("bad potential; expected finite numbers, `low` below `high`")
        if not self.number and self.weight:
            raise SettingsError("a potential of nothing; give `number`, what players see it under")


class Potential(Rewards[PotentialSettings]):
    """Pays each ``discount * phi(s') - phi(s)`` more, phi being a number that it sees.

    Notes
    -----
    Added up and discounted it comes to minus the first potential, whatever is done in between: the
    best policies of a single learner, and the Nash equilibria of several, stay what they were. At
    the end phi is 0, as the proof needs. Holds for the states that the world goes through, not for
    what is seen in part; learning may still end in another equilibrium.

    References
    ----------
    Ng, Harada and Russell, "Policy invariance under reward transformations", ICML 1999; Devlin and
    Kudenko, "Theoretical considerations of potential-based reward shaping for multi-agent
    systems", AAMAS 2011.
    """

    name = "potential"
    Settings: ClassVar[type[Noun]] = PotentialSettings
    neutral: ClassVar[Mapping[str, Value]] = {"weight": 0.0}

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep the potentials of what is seen."""
        if self.settings.weight:
            self.memory["phi"] = {name: self._phi(one) for name, one in seen.items()}
        return seen

    def pay(self, rewards: Mapping[str, float], result: StepResult) -> dict[str, float]:
        """Add the shaping."""
        if not self.settings.weight:
            return dict(rewards)
        paid = {}
        for name, one in rewards.items():
            over = result.terminated[name] or result.truncated[name]
            after = 0.0 if over else self._phi(result.observations[name])
            paid[name] = one + self.settings.discount * after - self.memory["phi"][name]
        return paid

    def reach(self, low: float, high: float, others: int) -> tuple[float, float]:
        """Both potentials at their ends, or 0 at the end."""
        own = self.settings
        ends = (own.weight * own.low, own.weight * own.high, 0.0)
        most = own.discount * max(ends) - min(ends)
        least = own.discount * min(ends) - max(ends)
        return low + least, high + most

    def _phi(self, seen: Any) -> float:
        own, found = self.settings, seen
        for name in own.number.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise SettingsError(f"potential: players see no number under `{own.number}`")
        return own.weight * min(max(float(found), own.low), own.high)
