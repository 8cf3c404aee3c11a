"""The fact base: failure modes, risk factors, threats and controls, as data with their sources.

The entries lie in ``taxonomy.json`` beside this module. Descriptions are in the project's own
words; every entry names its `source` and its `basis`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from tertius.core.names import nearest
from tertius.core.noun import NounError
from tertius.core.taxonomy_entries import (
    Control,
    FailureMode,
    Layer,
    MastMode,
    Part,
    RiskFactor,
    Screen,
    Source,
    Study,
    Taxonomy,
    Threat,
)

_DATA = Path(__file__).with_name("taxonomy.json")


class UnknownTaxonomyIdError(NounError):
    """An id that the taxonomy does not hold, or one that means two things."""


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_E = TypeVar("_E", bound=_Named)


@cache
def taxonomy() -> Taxonomy:
    """Read the fact base; the file is parsed once per process.

    Examples
    --------
    >>> len(taxonomy().failure_modes), len(taxonomy().risk_factors)
    (59, 7)
    """
    return msgspec.json.decode(_DATA.read_bytes(), type=Taxonomy)


def source(id: str) -> Source:
    """Look up a publication.

    Raises
    ------
    UnknownTaxonomyIdError
        The id is not in the fact base; the message names the nearest one.

    Examples
    --------
    >>> source("caif").ref
    'arXiv:2502.14143'
    """
    return _find("source", id, _index("sources"), Source)


def failure_mode(id: str) -> FailureMode:
    """Look up one of the 59 failure modes; raises `UnknownTaxonomyIdError`.

    Examples
    --------
    >>> failure_mode("caif.collusion").basis
    <Basis.SECONDARY: 'secondary'>
    >>> failure_mode("caif.colusion")
    Traceback (most recent call last):
    ...
    tertius.core.taxonomy.UnknownTaxonomyIdError: unknown failure mode `caif.colusion`; \
did you mean `caif.collusion`
    """
    return _find("failure mode", id, _index("failure_modes"), FailureMode)


def risk_factor(id: str) -> RiskFactor | Part:
    """Look up a risk factor or one of its sub-factors; raises `UnknownTaxonomyIdError`.

    Examples
    --------
    >>> risk_factor("caif.network_effects.homogeneity").name
    'Homogeneity and correlated failures'
    """
    index = _index("risk_factors")
    if id in index:
        return _find("risk factor", id, index, RiskFactor)
    return _find("risk factor", id, {**index, **_sub_factors()}, Part)


def mast_mode(id: str) -> MastMode:
    """Look up a MAST mode such as ``FM-3.2``; raises `UnknownTaxonomyIdError`."""
    return _find("mast mode", id, _index("mast_modes"), MastMode)


def threat(id: str) -> Threat:
    """Look up an OWASP threat by its namespaced id; raises `UnknownTaxonomyIdError`.

    Examples
    --------
    >>> threat("tm.T16").name, threat("masguide.T16").name
    ('Insecure Inter-Agent Protocol Abuse', 'model inconsistency')
    >>> threat("T16")
    Traceback (most recent call last):
    ...
    tertius.core.taxonomy.UnknownTaxonomyIdError: `T16` does not say which document it means; \
write `tm.T16` or `masguide.T16`
    """
    index = _index("threats")
    homes = [name for name in (f"tm.{id}", f"masguide.{id}") if name in index]
    if homes:
        choice = " or ".join(f"`{name}`" for name in homes)
        raise UnknownTaxonomyIdError(f"`{id}` does not say which document it means; write {choice}")
    return _find("threat", id, index, Threat)


def layer(id: str) -> Layer:
    """Look up a MAESTRO layer, ``L1`` to ``L7``; raises `UnknownTaxonomyIdError`."""
    return _find("layer", id, _index("layers"), Layer)


def control(id: str) -> Control:
    """Look up a control such as ``COM-01``; raises `UnknownTaxonomyIdError`."""
    return _find("control", id, _index("controls"), Control)


def study(id: str) -> Study:
    """Look up an empirical study; raises `UnknownTaxonomyIdError`."""
    return _find("study", id, _index("studies"), Study)


def screen(id: str) -> Screen:
    """Look up a published screening statistic; raises `UnknownTaxonomyIdError`."""
    return _find("screen", id, _index("screens"), Screen)


def check_failure_mode(id: str) -> None:
    """Refuse an id that is neither one of the 59 failure modes nor a MAST mode.

    Raises
    ------
    UnknownTaxonomyIdError
        With the nearest id of either list.
    """
    known = {**_index("failure_modes"), **_index("mast_modes")}
    if id not in known:
        raise _unknown("failure mode", id, known)


@cache
def _index(field: str) -> Mapping[str, _Named]:
    return {entry.id: entry for entry in getattr(taxonomy(), field)}


@cache
def _sub_factors() -> Mapping[str, _Named]:
    return {part.id: part for factor in taxonomy().risk_factors for part in factor.sub_factors}


def _find(noun: str, id: str, index: Mapping[str, _Named], kind: type[_E]) -> _E:
    entry = index.get(id)
    if not isinstance(entry, kind):
        raise _unknown(noun, id, index)
    return entry


def _unknown(noun: str, id: str, known: Mapping[str, _Named]) -> UnknownTaxonomyIdError:
    return UnknownTaxonomyIdError(f"unknown {noun} `{ascii(id)[1:-1]}`{nearest(id, known)}")
