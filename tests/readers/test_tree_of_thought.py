"""The text of a tree-of-thought run: branches, verdicts on them, and what the vote came to."""

from tertius.core.events import BaseEvent, MessageSent, OutcomeObserved, Verified
from tertius.core.names import alias
from tertius.readers.tree_of_thought import events

STARS = "*" * 50
ROUND = [
    " ########## Round 1 ########## ",
    "***** Reasoner 1 output: *****", "Noon.", STARS,
    "***** Reasoner 2 output: ***** ", "Two.", STARS,
    "Reasoner 1: Answer: noon, Verified: True", "Verifier response:", "Sound.", STARS,
    "Reasoner 2: Answer: two, Verified: False", "Verifier response:", "No.", STARS,
    "No agreement among verified answers. Continuing to next round.", "",
]  # fmt: skip


def told(lines: list[str]) -> dict[str, BaseEvent]:
    """Events by the part of the id that follows the run."""
    return {r.event.id.removeprefix("r/"): r.event for r in events("r", "mast_traces", lines)}


def causes(event: BaseEvent) -> list[str]:
    return [cause.id.removeprefix("r/") for cause in event.causes]


def test_a_branch_goes_to_the_verifier_in_its_round() -> None:
    branch = told(ROUND)["0"]
    assert isinstance(branch, MessageSent)
    assert (branch.agent, branch.recipients, branch.task) == (
        alias("Reasoner 1"), ("Verifier",), "round-1",
    )  # fmt: skip


def test_a_verdict_names_the_branch_and_how_it_went() -> None:
    found = told(ROUND)
    good, bad = found["2"], found["3"]
    assert isinstance(good, Verified) and isinstance(bad, Verified)
    assert (good.agent, good.subject, good.result) == ("Verifier", "r/0", "confirmed")
    assert (bad.subject, bad.result, causes(bad)) == ("r/1", "contradicted", ["1"])


def test_the_vote_rests_on_the_verdicts_and_opens_the_next_round() -> None:
    again = [" ########## Round 2 ########## ", "***** Reasoner 1 output: *****", "Noon.", STARS]
    found = told([*ROUND, *again])
    vote, branch = found["4"], found["5"]
    assert isinstance(vote, OutcomeObserved) and causes(vote) == ["2", "3"]
    assert (causes(branch), branch.task) == (["4"], "round-2")
    assert causes(found["end"]) == ["5"]


def test_a_verdict_about_nobody_who_spoke_keeps_the_name() -> None:
    verdict = told(["Reasoner 9: Answer: 1, Verified: True"])["0"]
    assert isinstance(verdict, Verified)
    assert (verdict.subject, verdict.causes) == (alias("Reasoner 9"), ())
