import pytest
from msgspec.structs import replace
from tests.policy.asked import asked
from tests.policy.documents import manifest, tool

from tertius.core.label import MOST_RESTRICTED, Confidentiality, Integrity, Label
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.clearance import Clearances

PUBLIC, INTERNAL, CONFIDENTIAL, SECRET = Confidentiality
TEAM = (
    manifest(
        "aid",
        clearance=CONFIDENTIAL,
        tools=(
            tool("ledger.pay", clearance=INTERNAL, integrity=Integrity.MEDIUM),
            tool("sis.read", clearance=CONFIDENTIAL, integrity=Integrity.LOW),
        ),
    ),
    manifest("tutor", clearance=INTERNAL),
)


def label(secret: Confidentiality = PUBLIC, trust: Integrity = Integrity.HIGH) -> Label:
    return Label(confidentiality=secret, integrity=trust, origins=("sis",))


def why(request: Request, layer: Clearances | None = None) -> str:
    vote = (layer or Clearances(TEAM)).judge(request)
    assert vote.layer == "flow" and vote.outcome is not Outcome.PERMIT
    return vote.reason if vote.outcome is Outcome.FORBID else ""


@pytest.mark.parametrize(
    ("secret", "peer", "said"),
    [
        (INTERNAL, "tutor", ""),
        (CONFIDENTIAL, "tutor", "`confidential`, and peer `tutor` is cleared for `internal`"),
        (SECRET, "tutor", "`secret`, and agent `aid` is cleared for `confidential`"),
        (INTERNAL, "stranger", "peer `stranger` is cleared for `public`"),
        (PUBLIC, "stranger", ""),
    ],
)
def test_a_peer_gets_what_both_are_cleared_for(
    secret: Confidentiality, peer: str, said: str
) -> None:
    told = why(asked("message.send", None, peer=peer, label=label(secret)))
    assert said in told and bool(said) == bool(told)


def test_a_person_or_a_world_gets_what_is_public() -> None:
    request = replace(asked("message.send", None, peer="tutor", label=label(INTERNAL)), via="human")
    assert "peer `tutor` is cleared for `public`" in why(request)
    assert why(replace(request, label=label())) == ""


@pytest.mark.parametrize(
    ("given", "tool_", "said"),
    [
        (label(INTERNAL, Integrity.MEDIUM), "ledger.pay", ""),
        (label(CONFIDENTIAL), "ledger.pay", "tool `ledger.pay` is cleared for `internal`"),
        (label(PUBLIC, Integrity.LOW), "ledger.pay", "needs integrity `medium`; it is `low`"),
        (label(CONFIDENTIAL, Integrity.LOW), "sis.read", ""),
    ],
)
def test_a_tool_has_a_clearance_and_a_floor(given: Label, tool_: str, said: str) -> None:
    for action in ("tool.call", "act"):
        told = why(asked(action, tool_, label=given))  # type: ignore[arg-type]
        assert said in told and bool(said) == bool(told)


def test_a_missing_label_restricts_most_unless_labels_are_not_computed() -> None:
    request = asked("memory.write", "notes", key="k")
    assert "it is `secret`" in why(request)
    assert why(request) == why(replace(request, label=MOST_RESTRICTED))
    assert why(request, Clearances(TEAM, missing=None)) == ""
    marked = replace(request, label=label(SECRET))
    assert why(marked, Clearances(TEAM, missing=None)), "one that is there is judged all the same"


def test_an_agent_without_a_manifest_is_cleared_for_nothing() -> None:
    request = asked("memory.write", "notes", key="k", agent="stranger", label=label(INTERNAL))
    assert "agent `stranger` is cleared for `public`" in why(request)
