from typing import Any

import pytest
from tests.policy.asked import NOW, asked

from tertius.core.events import Claimed, RunEnded
from tertius.core.manifest import Manifest
from tertius.core.outcome import Outcome
from tertius.policy.roles import Roles
from tertius.policy.roles_document import Determination, RolesError


def manifest(agent: str, *owns: str) -> Manifest:
    return Manifest(
        agent=agent,
        version=1,
        role="helps",
        operator="campus",
        principal="dean",
        accountable="p-1",
        model_family="f",
        owns=owns,
        not_before=0,
        not_after=9,
        constitution="0" * 64,
    )


MANIFESTS = (manifest("aid", "aid.eligibility"), manifest("retention", "risk"), manifest("tutor"))
KEPT = Determination(name="aid.eligibility", tools=("aid.set",), keys=(("sis", "student/aid"),))


def roles() -> Roles:
    return Roles(MANIFESTS, (KEPT,))


def said(held: Roles, **more: Any) -> Outcome:
    return held.judge(asked(**more)).outcome


def test_only_the_owner_determines() -> None:
    held = roles()
    act = {"action": "determine", "resource": "aid.eligibility"}
    assert said(held, agent="aid", **act) is Outcome.PERMIT
    assert said(held, agent="tutor", **act) is Outcome.FORBID
    assert said(held, agent="aid", action="determine", resource="nobodys") is Outcome.FORBID


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        ({"resource": "aid.set"}, Outcome.FORBID),
        ({"resource": "aid.get"}, Outcome.ABSTAIN),
        ({"action": "memory.write", "resource": "sis", "key": "student/aid"}, Outcome.FORBID),
        ({"action": "memory.write", "resource": "sis", "key": "student/aid/7"}, Outcome.FORBID),
        ({"action": "memory.write", "resource": "sis", "key": "student/aide"}, Outcome.ABSTAIN),
        ({"action": "memory.write", "resource": "any", "key": "aid.eligibility/7"}, Outcome.FORBID),
        ({"action": "memory.read", "resource": "sis", "key": "student/aid"}, Outcome.ABSTAIN),
        ({"action": "policy.propose", "resource": "aid.eligibility"}, Outcome.FORBID),
        ({"action": "declassify", "resource": "aid.eligibility"}, Outcome.FORBID),
        ({"action": "assert", "resource": "aid.eligibility"}, Outcome.ABSTAIN),
        ({"action": "verify", "resource": "aid.eligibility"}, Outcome.ABSTAIN),
    ],
)
def test_nobody_else_writes_where_it_is_kept(act: dict[str, Any], outcome: Outcome) -> None:
    assert said(roles(), agent="tutor", **act) is outcome
    assert said(roles(), agent="aid", **act) is Outcome.ABSTAIN


def made(**more: Any) -> Claimed:
    given = {"id": "e9", "agent": "aid", "task": "t1", "identity": "bound", **more}
    return Claimed(time=NOW, run="r1", about="aid.eligibility", **given)


def test_once_made_it_is_not_contradicted() -> None:
    held = roles()
    act = {"action": "assert", "resource": "aid.eligibility", "agent": "tutor"}
    held.observe(made(identity="asserted"))
    held.observe(made(agent="tutor"))
    assert said(held, **act) is Outcome.ABSTAIN
    held.observe(made())
    assert said(held, **act) is Outcome.FORBID
    assert said(held, task="t2", **act) is Outcome.ABSTAIN
    held.observe(RunEnded(id="e10", time=NOW, run="r1"))
    assert said(held, **act) is Outcome.ABSTAIN


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        ({"text": "eligible"}, Outcome.ABSTAIN),
        ({"determination": "aid.eligibility", "determined_by": "e9"}, Outcome.ABSTAIN),
        ({"determination": "aid.eligibility", "determined_by": "e8"}, Outcome.FORBID),
        (
            {"determination": "aid.eligibility", "determined_by": "e9", "value": True},
            Outcome.ABSTAIN,
        ),
        ({"determination": "aid.eligibility", "determined_by": "e9", "value": 1}, Outcome.FORBID),
        (
            {"determination": "aid.eligibility", "determined_by": "e9", "value": False},
            Outcome.FORBID,
        ),
        ({"determination": "aid.eligibility"}, Outcome.FORBID),
        ({"list": [{"deep": {"determination": "risk", "determined_by": "e9"}}]}, Outcome.FORBID),
        ({"determination": "nobodys", "determined_by": "e9"}, Outcome.FORBID),
        ({"determination": 5}, Outcome.FORBID),
    ],
)
def test_a_forged_determination_does_not_travel(arguments: Any, outcome: Outcome) -> None:
    held = roles()
    held.observe(made(value=True))
    act = {"action": "message.send", "resource": None, "peer": "advisor", "arguments": arguments}
    assert said(held, agent="tutor", **act) is outcome


def test_two_owners_are_refused() -> None:
    with pytest.raises(RolesError, match="owned by `aid` and by `tutor`"):
        Roles([*MANIFESTS, manifest("tutor", "aid.eligibility")])
    with pytest.raises(RolesError, match="two determinations"):
        Roles(MANIFESTS, [KEPT, Determination(name="risk", tools=("aid.set",))])


def test_what_is_kept_of_an_owner_that_is_not_in_force_is_nobodys_to_change() -> None:
    held = Roles(MANIFESTS, [Determination(name="grades", tools=("sis.grade",))])
    vote = held.judge(asked(agent="tutor", resource="sis.grade"))
    assert vote.outcome is Outcome.FORBID and "which nobody in force owns" in vote.reason
