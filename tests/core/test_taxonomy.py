"""The fact base is whole, every entry says where it is from, and a wrong id is named."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tertius.core import taxonomy as lookup
from tertius.core.taxonomy import (
    UnknownTaxonomyIdError,
    check_failure_mode,
    control,
    failure_mode,
    layer,
    mast_mode,
    risk_factor,
    screen,
    source,
    study,
    taxonomy,
    threat,
)
from tertius.core.taxonomy_entries import Basis, Entry, RiskFactor

LISTS = (
    "failure_modes",
    "risk_factors",
    "mast_modes",
    "layers",
    "cross_layer_threats",
    "cross_layer_chains",
    "patterns",
    "threats",
    "controls",
    "legal_dates",
    "screens",
    "studies",
)


def entries() -> Iterator[Entry]:
    for name in LISTS:
        yield from getattr(taxonomy(), name)


def test_counts_of_the_published_lists() -> None:
    facts = taxonomy()
    assert len(facts.failure_modes) == 59
    assert [m.id for m in facts.failure_modes if m.family == "caif"] == [
        "caif.miscoordination",
        "caif.conflict",
        "caif.collusion",
    ]
    assert len(facts.risk_factors) == 7
    assert sum(len(f.sub_factors) for f in facts.risk_factors) == 25
    assert len(facts.mast_modes) == 14
    assert [x.id for x in facts.layers] == [f"L{n}" for n in range(1, 8)]
    by_list = {p: sum(t.id.startswith(p) for t in facts.threats) for p in ("tm.", "masg", "ASI")}
    assert by_list == {"tm.": 17, "masg": 30, "ASI": 10}
    assert len(facts.controls) == 79
    assert len(facts.screens) == 15
    assert len(facts.studies) == 10


def test_every_entry_has_a_source_that_resolves_and_a_basis() -> None:
    for entry in entries():
        assert source(entry.source).ref, entry.id
        assert entry.basis in Basis, entry.id
    for facts in (taxonomy().mast_summary, taxonomy().maestro_method):
        assert source(facts.source).ref
        assert facts.caution
    assert set(taxonomy().meta.basis) == set(Basis)


def test_ids_are_unique_in_each_list_and_among_what_findings_cite() -> None:
    for name in (*LISTS, "sources"):
        ids = [entry.id for entry in getattr(taxonomy(), name)]
        assert len(set(ids)) == len(ids), name
    cited = [
        *(m.id for m in taxonomy().failure_modes),
        *(part.id for m in taxonomy().failure_modes for part in m.instances),
        *(m.id for m in taxonomy().mast_modes),
        *(f.id for f in taxonomy().risk_factors),
        *(part.id for f in taxonomy().risk_factors for part in f.sub_factors),
        *(t.id for t in taxonomy().threats),
    ]
    assert len(set(cited)) == len(cited)


def test_references_between_entries_resolve() -> None:
    for t in taxonomy().threats:
        assert all(threat(other).id == other for other in t.maps_to)
        assert all(layer(name).id == name for name in t.layers)
    for chain in taxonomy().cross_layer_chains:
        assert all(layer(name).id == name for name in chain.layers)
    for found in keys_named("source", taxonomy().studies):
        assert source(found).ref


def keys_named(key: str, studies: Any) -> Iterator[str]:
    for entry in studies:
        for value in entry.facts.values():
            if isinstance(value, dict) and key in value:
                yield value[key]


def test_mast_shares_come_with_their_trace_counts_and_add_up_to_the_categories() -> None:
    categories = taxonomy().mast_summary.figures["categories"]
    for name, figures in categories.items():
        modes = [m for m in taxonomy().mast_modes if m.category == name]
        total = sum(m.prevalence_200_traces_pct for m in modes)
        assert total == pytest.approx(figures["pct_200_traces"], abs=0.05)


@pytest.mark.parametrize("bare", ["T1", "T16", "T17", "T47"])
def test_a_bare_owasp_number_is_refused(bare: str) -> None:
    with pytest.raises(UnknownTaxonomyIdError, match=r"does not say which document .*`\w+\.T"):
        threat(bare)


def test_t16_and_t17_mean_two_things() -> None:
    for number in ("T16", "T17"):
        assert threat(f"tm.{number}").name != threat(f"masguide.{number}").name


def test_lookups_find_what_they_name() -> None:
    assert failure_mode("peer.refusal").basis is Basis.SECONDARY
    assert failure_mode("caif.collusion").instances[1].id == "caif.collusion.steganography"
    assert isinstance(risk_factor("caif.emergent_agency"), RiskFactor)
    assert risk_factor("caif.destabilising_dynamics.chaos").name == "Chaos"
    assert mast_mode("FM-2.6").prevalence_1642_traces_pct == 13.2
    assert control("COM-01").basis is Basis.RECALL
    assert study("colosseum").source == "colosseum"
    assert screen("cascade").null_or_baseline
    assert source("caif").ref == "arXiv:2502.14143"


@pytest.mark.parametrize(
    ("find", "wrong", "right"),
    [
        ("failure_mode", "caif.colusion", "caif.collusion"),
        ("risk_factor", "caif.network_effect", "caif.network_effects"),
        ("risk_factor", "caif.network_effects.homogenity", "caif.network_effects.homogeneity"),
        ("mast_mode", "FM-3.9", "FM-3."),
        ("threat", "tm:T16", "tm.T16"),
        ("control", "COM-1", "COM-1"),
        ("layer", "L8", "L"),
        ("source", "maest", "mas"),
        ("study", "colluseum", "colosseum"),
        ("screen", "herdin", "herding"),
        ("check_failure_mode", "FM-3.22", "FM-3.2"),
        ("check_failure_mode", "caif.conflicts", "caif.conflict"),
    ],
)
def test_an_unknown_id_names_the_nearest(find: str, wrong: str, right: str) -> None:
    with pytest.raises(UnknownTaxonomyIdError) as raised:
        getattr(lookup, find)(wrong)
    assert f"`{wrong}`" in str(raised.value)
    assert f"`{right}" in str(raised.value).split(";", 1)[1]
    assert raised.value.exit_code == 2


def test_a_finding_may_cite_a_failure_mode_or_a_mast_mode() -> None:
    check_failure_mode("caif.conflict")
    check_failure_mode("FM-1.1")


def test_the_file_is_read_once() -> None:
    assert taxonomy() is taxonomy()


def test_the_file_holds_nothing_that_the_types_leave_out() -> None:
    path = Path(lookup.__file__).with_name("taxonomy.json")
    assert set(json.loads(path.read_bytes())) == set(taxonomy().__struct_fields__)


def test_a_risk_factor_or_threat_is_no_failure_mode() -> None:
    for other in ("caif.network_effects", "tm.T1", "L1", ""):
        with pytest.raises(UnknownTaxonomyIdError):
            check_failure_mode(other)
