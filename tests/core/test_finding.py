"""A finding has evidence, a subject, a null and known ids; else it is "could not tell"."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import COULD_NOT_TELL, DIGEST, FINDING, GUARANTEE

from tertius.core.finding import CouldNotTell, Edge, Effect, Finding, FindingError
from tertius.core.taxonomy import UnknownTaxonomyIdError

replace = msgspec.structs.replace


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"evidence": ()}, "without evidence"),
        ({"evidence": ("e3", "e3")}, "twice"),
        ({"agents": (), "edges": ()}, "about nobody"),
        ({"null": " "}, "without a null"),
        ({"n": 0}, "could not tell"),
        ({"e_value": -1.0}, "e-value"),
        ({"e_value": float("inf")}, "e-value"),
        ({"parameters": "00"}, "bad parameters"),
        ({"detector": "a b"}, "bad detector"),
    ],
)
def test_a_claim_that_no_detector_may_make(change: dict[str, Any], said: str) -> None:
    with pytest.raises(FindingError, match=said):
        replace(FINDING, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"failure_mode": "collusion"},
        {"failure_mode": "caif.network_effects"},
        {"mast_mode": "caif.collusion"},
        {"risk_factors": ("caif.collusion",)},
    ],
)
def test_ids_are_held_against_the_taxonomy(change: dict[str, Any]) -> None:
    with pytest.raises(UnknownTaxonomyIdError):
        replace(FINDING, **change)


def test_the_id_depends_on_claim_and_evidence_and_on_nothing_else() -> None:
    changes: list[dict[str, Any]] = [
        {"detector": "other"},
        {"version": "1.1"},
        {"parameters": "00" * 32},
        {"run": "r2"},
        {"failure_mode": "coalition.avoidance"},
        {"aspect": "said"},
        {"agents": ("a",)},
        {"edges": ()},
        {"evidence": ("e9", "e3")},
    ]
    ids = {replace(FINDING, **change).id for change in changes}
    assert len(ids | {FINDING.id}) == len(changes) + 1
    same = replace(
        FINDING, severity="high", e_value=None, guarantee=GUARANTEE, n=9, mast_mode="FM-1.3"
    )
    assert same.id == FINDING.id


def test_the_id_survives_encoding() -> None:
    raw = msgspec.json.encode(FINDING)
    assert msgspec.json.decode(raw, type=Finding).id == FINDING.id
    assert len(FINDING.id) == len(DIGEST)


@pytest.mark.parametrize(
    "bad",
    [
        {"value": 0.5},
        {"low": 0.25},
        {"value": float("nan")},
        {"high": float("inf")},
        {"unit": " "},
        {"level": 0.0},
        {"level": 1.1},
    ],
)
def test_an_effect_has_a_unit_and_lies_inside_its_interval(bad: dict[str, Any]) -> None:
    good: dict[str, Any] = {"value": 0.2, "unit": "share", "low": 0.1, "high": 0.3, "level": 0.95}
    assert Effect(**good)
    with pytest.raises(FindingError):
        Effect(**{**good, **bad})


def test_an_edge_names_both_ends() -> None:
    assert Edge(sender="a", receiver="b").channel == ""
    for bad in ({"sender": ""}, {"receiver": "x y"}, {"channel": "x y"}):
        with pytest.raises(FindingError):
            Edge(**{"sender": "a", "receiver": "b", **bad})


def test_could_not_tell_is_told_apart_on_the_wire() -> None:
    both = msgspec.json.Decoder(Finding | CouldNotTell)
    assert both.decode(msgspec.json.encode(COULD_NOT_TELL)) == COULD_NOT_TELL
    assert both.decode(msgspec.json.encode(FINDING)) == FINDING


def test_could_not_tell_says_why_and_what_was_missing() -> None:
    with pytest.raises(FindingError, match="without a reason"):
        CouldNotTell(asked="d", why="")
    with pytest.raises(FindingError, match="could have told"):
        CouldNotTell(asked="d", why="short", n=40, needed=40)
