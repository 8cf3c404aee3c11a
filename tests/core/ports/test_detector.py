"""A detector declares everything that the port asks for."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import FINDING, SPEC

from tertius.core.ports.detector import Detector, DetectorSpec, DetectorSpecError
from tertius.core.taxonomy import UnknownTaxonomyIdError


@pytest.mark.parametrize(
    "field",
    [
        *("title", "plain", "kinds", "failure_modes", "assumptions", "guarantees", "memory"),
        *("source", "null", "blind"),
    ],
)
def test_nothing_may_be_left_empty(field: str) -> None:
    texts = ("title", "plain", "source", "null", "blind")
    empty: Any = {"memory": 0, **dict.fromkeys(texts, " ")}.get(field, ())
    with pytest.raises(DetectorSpecError, match=f"declares no `{field}`"):
        msgspec.structs.replace(SPEC, **{field: empty})


@pytest.mark.parametrize("field", ["failure_modes", "mast_modes", "risk_factors"])
def test_ids_are_held_against_the_taxonomy(field: str) -> None:
    with pytest.raises(UnknownTaxonomyIdError):
        msgspec.structs.replace(SPEC, **{field: ("partner_preference",)})


class Fires:
    """The least that is a detector, held to the port by the type checker."""

    @property
    def spec(self) -> DetectorSpec:
        return SPEC

    def update(self, event: object, content: bytes | None) -> tuple[Any, ...]:
        return (FINDING,)

    def finish(self) -> tuple[Any, ...]:
        return ()

    def clone(self) -> "Fires":
        return Fires()


def test_the_port_is_four_members() -> None:
    detector: Detector = Fires()
    assert detector.clone() is not detector
    assert not detector.finish()
    assert detector.update(None, None)[0].detector == detector.spec.name  # type: ignore[arg-type, union-attr]  # any event
