from typing import Any

import msgspec
import pytest

from tertius.core.grants import ResourceBudget, ToolGrant
from tertius.core.label import Confidentiality
from tertius.core.manifest import Manifest
from tertius.policy import tightening as module
from tertius.policy.tightening import Answer, ProposalError, Tightening

TOOL = ToolGrant(tool="ledger.pay", schema="0" * 64, effects=("pay",))
OTHER = ToolGrant(tool="sis.read", schema="0" * 64, effects=("read",))

SHARED = ResourceBudget(resource="gpu", kind="held", amount=1, unit="card")


def manifest(agent: str = "aid", **more: Any) -> Manifest:
    given: dict[str, Any] = {
        "version": 1,
        "role": "helps",
        "operator": "campus",
        "principal": "dean",
        "accountable": "p-1",
        "model_family": "f",
        "tools": (TOOL, OTHER),
        "owns": ("risk",),
        "not_before": 0,
        "not_after": 9,
        "constitution": "0" * 64,
        **more,
    }
    return Manifest(agent=agent, **given)


def narrows(before: Manifest, after: Manifest) -> bool:
    """The whole of narrowing that these tests need: fewer tools, and nothing else."""
    same = msgspec.structs.replace(after, tools=before.tools, version=before.version)
    return same == before and set(after.tools) <= set(before.tools)


def tightening() -> Tightening:
    return Tightening([manifest(), manifest("tutor")], narrows)


def propose(held: Tightening, by: str = "aid", **more: Any) -> Answer:
    identity = more.pop("identity", "bound")
    id = more.pop("id", "q1")
    after = manifest(**{"version": 2, **more})
    return held.propose(id, by, after, identity=identity)


def test_an_agents_narrowing_of_itself_applies_at_once() -> None:
    held = tightening()
    assert propose(held, tools=(OTHER,)).state == "applied"
    assert held.in_force("aid").tools == (OTHER,)
    assert held.waiting == ()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"agent": "tutor", "tools": (OTHER,)}, "about somebody else"),
        ({"tools": (OTHER,), "identity": "asserted"}, "only asserted"),
        ({"tools": (TOOL, OTHER), "clearance": Confidentiality.SECRET}, "not provably narrow"),
        ({"owns": ()}, "`owns`"),
        ({"resources": (SHARED,)}, "`resources`"),
        ({"tools": (OTHER,), "model_family": "g"}, "`model_family`"),
        ({"tools": (OTHER,), "accountable": "p-2"}, "`accountable`"),
        ({"tools": (OTHER,), "version": 1}, "version does not rise"),
    ],
)
def test_anything_else_waits_for_a_person(more: dict[str, Any], why: str) -> None:
    held = tightening()
    answer = propose(held, **more)
    assert (answer.state, why in answer.reason) == ("waiting", True)
    assert held.in_force("aid") == manifest() and held.in_force("tutor") == manifest("tutor")


def test_a_ruling_names_exactly_what_was_proposed() -> None:
    held = tightening()
    answer = propose(held, clearance=Confidentiality.SECRET)
    with pytest.raises(ProposalError):
        held.rule("0" * 64, approved=True)
    assert held.rule(answer.proposal.digest, approved=True).state == "applied"
    assert held.in_force("aid").clearance is Confidentiality.SECRET
    with pytest.raises(ProposalError):
        held.rule(answer.proposal.digest, approved=True)


def test_a_denied_proposal_changes_nothing() -> None:
    held = tightening()
    answer = propose(held, clearance=Confidentiality.SECRET)
    assert held.rule(answer.proposal.digest, approved=False).state == "refused"
    assert held.in_force("aid") == manifest()


def test_an_approval_is_void_once_the_manifest_has_changed() -> None:
    held = tightening()
    answer = propose(held, clearance=Confidentiality.SECRET)
    propose(held, id="q2", tools=(OTHER,))
    assert held.rule(answer.proposal.digest, approved=True).state == "void"
    assert held.in_force("aid").clearance is Confidentiality.PUBLIC


def test_who_floods_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_PER_AGENT", 1)
    held = tightening()
    assert propose(held, owns=()).state == "waiting"
    assert propose(held, id="q2", owns=()).state == "refused"
    assert propose(held, by="tutor", id="q3", owns=()).state == "waiting"


def test_an_unknown_agent_has_nothing_to_narrow() -> None:
    with pytest.raises(ProposalError, match="`nobody` has no manifest"):
        propose(tightening(), agent="nobody")


def test_what_narrows_is_told_by_the_difference_of_the_manifests() -> None:
    held = Tightening([manifest()])
    assert propose(held, clearance=Confidentiality.SECRET).state == "waiting"
    assert propose(held, id="q2", tools=(OTHER,)).state == "applied"
