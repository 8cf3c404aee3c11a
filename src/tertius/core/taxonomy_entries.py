"""The shapes of the fact base: what each kind of entry says, and how far it can be relied on."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from tertius.core.noun import Noun


class Basis(StrEnum):
    """How the project knows an entry: the one thing to look at before quoting it.

    Notes
    -----
    ``stored``: read in a copy of the source or a close derivative. ``secondary``: read in a third
    party's note or summary. ``recall``: from general knowledge of the published text; check the
    clause or figure before relying on it. An entry whose basis nobody recorded is ``recall``.
    """

    STORED = "stored"
    SECONDARY = "secondary"
    RECALL = "recall"


class Entry(Noun, frozen=True, kw_only=True):
    """What every entry has: an id, the id of its source, and how far it can be relied on."""

    id: str
    source: str
    basis: Basis


class Source(Noun, frozen=True, kw_only=True):
    """A publication, by reference."""

    id: str
    ref: str
    title: str | None = None
    by: str | None = None
    date: str | None = None


class Part(Noun, frozen=True, kw_only=True):
    """A named piece of an entry; its id begins with the id of its owner."""

    id: str
    name: str
    description: str


class FailureMode(Entry, frozen=True, kw_only=True):
    """A way in which a group of agents goes wrong. `measured` keeps each source's own unit."""

    name: str
    family: str
    description: str
    objective_relation: str | None = None
    scope: str | None = None
    kind: str | None = None
    remedy: str | None = None
    note: str | None = None
    instances: tuple[Part, ...] = ()
    directions: tuple[str, ...] = ()
    measured: dict[str, str] = msgspec.field(default_factory=dict)


class RiskFactor(Entry, frozen=True, kw_only=True):
    """A property of interacting agents that makes failure modes likelier."""

    name: str
    description: str
    sub_factors: tuple[Part, ...]
    directions: tuple[str, ...] = ()


class MastMode(Entry, frozen=True, kw_only=True):
    """One of the fourteen MAST failure modes.

    Notes
    -----
    Prevalence is a share (percent) of the failures observed in that release's traces, not a rate
    per run; releases differ, so the trace count is part of the field's name.
    """

    name: str
    category: str
    stage: str
    description: str
    prevalence_200_traces_pct: float
    prevalence_1642_traces_pct: float


class Facts(Noun, frozen=True, kw_only=True):
    """Figures of one source that have no entry of their own, with the caution that goes along."""

    source: str
    basis: Basis
    caution: str
    stage_note: str | None = None
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    figures: dict[str, Any] = msgspec.field(default_factory=dict)


class LayerThreat(Noun, frozen=True, kw_only=True):
    """A threat inside one MAESTRO layer; source and basis are those of its layer."""

    id: str
    description: str


class Layer(Entry, frozen=True, kw_only=True):
    """One of the seven MAESTRO layers."""

    slug: str
    name: str
    description: str
    threats: tuple[LayerThreat, ...]


class CrossLayerThreat(Entry, frozen=True, kw_only=True):
    """A threat that needs more than one MAESTRO layer."""

    description: str


class CrossLayerChain(Entry, frozen=True, kw_only=True):
    """An attack told as a walk through MAESTRO layers."""

    layers: tuple[str, ...]
    chain: str


class Pattern(Entry, frozen=True, kw_only=True):
    """An architecture pattern with its typical threat and what helps."""

    threat: str
    mitigation: str


class Threat(Entry, frozen=True, kw_only=True):
    """An OWASP threat: ``tm.*``, ``masguide.*`` or a top-ten item ``ASI*``.

    Notes
    -----
    T16 and T17 mean different things in two OWASP documents, so a bare number is refused. The
    mapping `maps_to` is a navigation aid, not an equivalence.
    """

    name: str
    description: str | None = None
    layers: tuple[str, ...] = ()
    maps_to: tuple[str, ...] = ()


class Control(Entry, frozen=True, kw_only=True):
    """A duty from law, standard or guidance, the evidence it asks for and a check over it."""

    sector: str
    clause: str
    requirement: str
    evidence: tuple[str, ...]
    check: str


class LegalDate(Entry, frozen=True, kw_only=True):
    """When a law begins to apply."""

    description: str


class Screen(Entry, frozen=True, kw_only=True):
    """A statistic that the literature uses for a pattern: material, not one of our detectors.

    Notes
    -----
    ``null_or_baseline`` is the literature's; what a finding of ours may claim is set by
    `tertius.core.guarantee`.
    """

    pattern: str
    statistic: str
    null_or_baseline: str
    references: tuple[str, ...]
    libraries: tuple[str, ...]
    notes: str | None = None


class Study(Entry, frozen=True, kw_only=True):
    """An empirical study and its figures, each under the name and condition the source gives."""

    facts: dict[str, Any]


class Meta(Noun, frozen=True, kw_only=True):
    """When the fact base was compiled and the rules for reading it."""

    title: str
    compiled: str
    rule: str
    id_collision: str
    basis: dict[Basis, str]


class Taxonomy(Noun, frozen=True, kw_only=True):
    """The whole fact base, in the order of the file."""

    meta: Meta
    sources: tuple[Source, ...]
    failure_modes: tuple[FailureMode, ...]
    risk_factors: tuple[RiskFactor, ...]
    mast_modes: tuple[MastMode, ...]
    mast_summary: Facts
    layers: tuple[Layer, ...]
    cross_layer_threats: tuple[CrossLayerThreat, ...]
    cross_layer_chains: tuple[CrossLayerChain, ...]
    patterns: tuple[Pattern, ...]
    maestro_method: Facts
    threats: tuple[Threat, ...]
    top10_note: str
    controls: tuple[Control, ...]
    legal_dates: tuple[LegalDate, ...]
    screens: tuple[Screen, ...]
    studies: tuple[Study, ...]
