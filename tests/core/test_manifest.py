"""A manifest denies by default and never contradicts itself."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import DIGEST, MANIFEST, NOW

from tertius.core.grants import ManifestError, PeerGrant, ResourceBudget, ToolGrant
from tertius.core.label import Confidentiality
from tertius.core.manifest import WATCH, Manifest
from tertius.core.outcome import EnforcementLevel

TOOL = ToolGrant(tool="t", schema=DIGEST, effects=("read",))
BUDGET = ResourceBudget(resource="db", kind="held", amount=1, unit="connections")


def test_an_empty_manifest_grants_nothing() -> None:
    bare = Manifest(
        agent="tutor",
        version=1,
        role="answers questions",
        operator="it",
        principal="dean",
        accountable="p-17",
        model_family="none",
        not_before=0,
        not_after=1,
        constitution=DIGEST,
    )
    granted = (bare.tools, bare.peers, bare.memory, bare.resources, bare.owns, bare.protocols)
    assert not any(granted)
    assert bare.clearance is Confidentiality.PUBLIC
    assert bare.delegation.depth == 0
    assert bare.minimum_level is EnforcementLevel.IN_PROCESS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agent": "two words"}, "bad agent"),
        ({"agent": WATCH}, "begin"),
        ({"agent": "tertius/anything"}, "begin"),
        ({"accountable": ""}, "bad accountable"),
        ({"role": "  "}, "names no role"),
        ({"version": 0}, "versions begin at 1"),
        ({"not_after": NOW}, "ends before it begins"),
        ({"constitution": "ff"}, "bad constitution"),
        ({"tools": (TOOL, TOOL)}, "tools names `t` twice"),
        ({"resources": (BUDGET, BUDGET)}, "twice"),
        ({"owns": ("x", "x")}, "twice"),
        ({"protocols": ()}, "unknown protocol `advice`"),
        (
            {"peers": (PeerGrant(peer="aid", direction="to", kinds=("rate",)),)},
            "its own peer",
        ),
    ],
)
def test_a_manifest_that_cannot_be_meant(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        msgspec.structs.replace(MANIFEST, **change)


def test_what_the_schema_refuses_the_decoder_refuses() -> None:
    tree = msgspec.to_builtins(MANIFEST)
    for path, value in ((("tools", 0, "effects"), ["fly"]), (("clearance",), "top")):
        bad: Any = msgspec.json.decode(msgspec.json.encode(tree))
        node = bad
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(msgspec.json.encode(bad), type=Manifest)
