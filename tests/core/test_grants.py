"""Grants that contradict themselves are refused; what is left out is the strict choice."""

from typing import Any

import pytest
from tests.core.examples import DIGEST

from tertius.core.constraints import AnyValue
from tertius.core.grants import (
    DelegationCeiling,
    ManifestError,
    PeerGrant,
    Protocol,
    ResourceBudget,
    Step,
    StoreGrant,
    ToolGrant,
)
from tertius.core.label import Confidentiality, Integrity


def test_what_a_tool_grant_leaves_out_is_the_strict_choice() -> None:
    tool = ToolGrant(tool="t", schema=DIGEST, effects=("read",))
    assert tool.irreversible
    assert tool.arguments == ()
    assert tool.integrity is Integrity.HIGH
    assert tool.clearance is Confidentiality.PUBLIC
    assert DelegationCeiling().depth == 0


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        (ToolGrant, {"tool": "t", "schema": "00", "effects": ("read",)}, "bad schema"),
        (ToolGrant, {"tool": "a b", "schema": DIGEST, "effects": ("read",)}, "bad tool"),
        (ToolGrant, {"tool": "t", "schema": DIGEST, "effects": ()}, "names no effect"),
        (
            ToolGrant,
            {
                "tool": "t",
                "schema": DIGEST,
                "effects": ("read",),
                "arguments": (AnyValue(argument="a"), AnyValue(argument="a")),
            },
            "arguments names `a` twice",
        ),
        (PeerGrant, {"peer": "b", "direction": "to", "kinds": ()}, "no kind of act"),
        (PeerGrant, {"peer": "", "direction": "to", "kinds": ("rate",)}, "bad peer"),
        (Protocol, {"name": "p", "steps": ()}, "no steps"),
        (
            Protocol,
            {"name": "p", "steps": (Step(type="a", sender="x", after=("a",)),)},
            "no earlier step",
        ),
        (
            Protocol,
            {"name": "p", "steps": (Step(type="a", sender="x"), Step(type="a", sender="y"))},
            "twice",
        ),
        (StoreGrant, {"store": "s", "keys": ("k",)}, "neither read nor written"),
        (StoreGrant, {"store": "s", "read": True}, "names no key"),
        (
            ResourceBudget,
            {"resource": "r", "kind": "rate", "amount": 1, "unit": "u"},
            "a rate has a window",
        ),
        (
            ResourceBudget,
            {"resource": "r", "kind": "held", "amount": 1, "unit": "u", "window": 1.0},
            "a rate has a window",
        ),
        (
            ResourceBudget,
            {"resource": "r", "kind": "held", "amount": -1, "unit": "u"},
            "expected 0 or more",
        ),
        (
            ResourceBudget,
            {"resource": "r", "kind": "held", "amount": float("nan"), "unit": "u"},
            "expected 0 or more",
        ),
        (DelegationCeiling, {"depth": 1}, "receivers and a lifetime"),
        (DelegationCeiling, {"depth": 1, "to": ("b",)}, "receivers and a lifetime"),
        (DelegationCeiling, {"to": ("b",)}, "passes nothing on"),
    ],
)
def test_a_grant_that_contradicts_itself(
    kind: type[Any], settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ManifestError, match=said):
        kind(**settings)
