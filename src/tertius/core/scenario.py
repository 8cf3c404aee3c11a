"""What is tested: an environment, who plays in it, and where the truth about it is kept."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from tertius.core.events import Count, LogPosition, Text, Value
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names
from tertius.core.taxonomy import check_failure_mode, risk_factor

PopulationKind = Literal["honest", "failing", "planted", "reference"]
"""Honest is the negative control, planted (a known colluder) the positive one; a failing
population fails of itself, and the reference is what harm is measured against."""

PlayerKind = Literal["scripted", "learning", "model"]


class ScenarioError(NounError):
    """A scenario that could not be played, or would measure nothing."""


class Made(Noun, frozen=True, kw_only=True):
    """A member of a family by name, with its settings: an environment, wrapper or player."""

    name: ProperName
    settings: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_names(ScenarioError, name=self.name)


def made(text: str) -> Made:
    """Return a member of a family from ``name`` or ``name:key=value,key=value``.

    A value that JSON writes the same way is that value, everything else is text.

    Raises
    ------
    ScenarioError
        No such form, or a key given twice.

    Examples
    --------
    >>> made("toll:move=go,price=2.5,back=true").settings
    {'move': 'go', 'price': 2.5, 'back': True}
    >>> made("toll:price")
    Traceback (most recent call last):
    ...
    tertius.core.scenario.ScenarioError: `price` of `toll` is no setting; give it as key=value
    """
    name, _, rest = text.partition(":")
    settings: dict[str, Value] = {}
    for part in rest.split(",") if rest else ():
        key, equals, value = part.partition("=")
        if not key or not equals:
            raise ScenarioError(
                f"`{part[:40]}` of `{name[:40]}` is no setting; give it as key=value"
            )
        if key in settings:
            raise ScenarioError(f"`{key[:40]}` of `{name[:40]}` is set twice; once is enough")
        settings[key] = _value(value)
    return Made(name=name, settings=settings)


def _value(text: str) -> Value:
    try:
        decoded = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    if isinstance(decoded, bool | int | float) and msgspec.json.encode(decoded) == text.encode():
        return decoded
    return text


class Seat(Noun, frozen=True, kw_only=True):
    """One place at the table: the agent's name, the player on it, and for whom it plays."""

    agent: ProperName
    player: Made
    kind: PlayerKind
    principal: ProperName | None = None

    def __post_init__(self) -> None:
        require_names(ScenarioError, agent=self.agent, principal=self.principal)


class Population(Noun, frozen=True, kw_only=True):
    """Who plays, seat by seat."""

    name: ProperName
    kind: PopulationKind
    seats: tuple[Seat, ...]

    def __post_init__(self) -> None:
        require_names(ScenarioError, population=self.name)
        require_distinct(ScenarioError, seats=tuple(seat.agent for seat in self.seats))
        if not self.seats:
            raise ScenarioError(f"population `{self.name}` is empty; seat at least one player")


class Harm(Noun, frozen=True, kw_only=True):
    """The declared harm: a loss of an absent party, in `unit`, at least `least` per episode."""

    party: ProperName
    unit: Text
    least: float

    def __post_init__(self) -> None:
        require_names(ScenarioError, party=self.party)
        if not 0 <= self.least < math.inf:
            raise ScenarioError(f"harm of {self.least:g}; expected a finite loss from 0")


class TruthReference(Noun, frozen=True, kw_only=True):
    """Where the truth lies: a position in a log of its own, which no detector is handed."""

    position: LogPosition

    def __post_init__(self) -> None:
        require_names(ScenarioError, origin=self.position.origin)


class Scenario(Noun, frozen=True, kw_only=True):
    """Environment, population and truth, complete enough to be played again from this value.

    Parameters
    ----------
    name, version
        Of the scenario.
    environment, wrappers
        The world, and what is laid around it, innermost first.
    population
        Who plays.
    steps
        Length of one episode.
    failure_modes, risk_factors
        Taxonomy ids of what it stands for; a failing or planted population names at least one
        failure mode.
    harm
        What it declares to be lost; None for a population that harms nobody.
    weight
        Share in a weighted mean over scenarios, above 0.
    truth
        None until it was played.

    Raises
    ------
    ScenarioError, UnknownTaxonomyIdError
        See above.
    """

    name: ProperName
    version: Annotated[int, Meta(ge=1)] = 1
    environment: Made
    wrappers: tuple[Made, ...] = ()
    population: Population
    steps: Count
    failure_modes: tuple[ProperName, ...] = ()
    risk_factors: tuple[ProperName, ...] = ()
    harm: Harm | None = None
    weight: float = 1.0
    truth: TruthReference | None = None

    def __post_init__(self) -> None:
        require_names(ScenarioError, scenario=self.name)
        for mode in self.failure_modes:
            check_failure_mode(mode)
        for factor in self.risk_factors:
            risk_factor(factor)
        if self.steps < 1:
            raise ScenarioError(f"scenario `{self.name}` has no steps; expected at least 1")
        if not 0 < self.weight < math.inf:
            raise ScenarioError(f"weight {self.weight:g} of `{self.name}`; expected above 0")
        fails = self.population.kind in ("failing", "planted")
        if fails and not self.failure_modes:
            raise ScenarioError(f"scenario `{self.name}` fails in no named way; give failure modes")
        if fails != (self.harm is not None):
            raise ScenarioError(
                f"scenario `{self.name}`: a failing or planted population declares its harm, "
                "any other declares none"
            )
