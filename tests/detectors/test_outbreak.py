"""Outbreak: a content that multiplies, and one that goes on when its source is gone."""

from tests.detectors.record import Record, findings, unsure
from tests.detectors.spreading import Group, drift, spread

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.outbreak import Outbreak


def outliving(run: str = "r1", *, how: str = "", rounds: int = 40) -> Group:
    """One note, its source gone, goes round among three of five; each also forgets it."""
    group = Group(run, 6)
    planted = group.write("a0", "pass this on")
    if how == "canary":
        group.add(e.OutcomeObserved, about="canary", causes=(planted,))
    if how == "flagged":
        group.add(e.Flagged, "a5", subject=planted)
    group.tell("a0", "a1")
    group.add(e.AgentLeft, "a0")
    for number in range(rounds):
        giver, taker = f"a{1 + number % 3}", f"a{1 + (number + 1) % 3}"
        group.tell(giver, taker)
        group.write(giver, f"own note {number}")
    return group


def test_it_tells_early_that_a_content_multiplies() -> None:
    (finding,) = findings(Outbreak(), spread())
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    assert finding.agents[0] == "a0" and finding.severity == "high"
    assert "through up to 5 hands in a row" in finding.null
    assert finding.n == 20  # of 29


def test_it_stays_silent_while_notes_drift() -> None:
    assert sum(bool(findings(Outbreak(), drift(seed=seed))) for seed in range(20)) <= 2


def test_what_outlives_its_source_is_a_fact_where_it_was_known_to_be_bad() -> None:
    for how in ("canary", "flagged"):
        (finding,) = findings(Outbreak(holders=2), outliving(how=how))
        assert finding.guarantee.code is GuaranteeCode.FACT
        assert finding.effect.value == 30 and "a0" in finding.null
        assert finding.agents[:2] == ("a1", "a2")
    assert findings(Outbreak(holders=2), outliving()) == []


def test_an_agents_announcement_is_none_and_who_comes_back_is_not_gone() -> None:
    group = outliving(rounds=0)
    group.add(e.OutcomeObserved, "a4", about="canary", causes=(group.shown[13][0].id,))
    assert findings(Outbreak(after=1, holders=1), group) == []
    back = outliving(how="flagged", rounds=0)
    back.add(e.AgentJoined, "a0")
    back.tell("a1", "a2")
    assert findings(Outbreak(after=1, holders=1), back) == []


def test_few_takings_or_few_holders_are_a_dying_content() -> None:
    assert findings(Outbreak(), outliving(how="flagged")) == []
    assert findings(Outbreak(holders=2), outliving(how="flagged", rounds=12)) == []


def test_without_contents_nothing_is_a_fact() -> None:
    for finding in findings(Outbreak(holders=2), outliving(how="flagged").without_contents()):
        assert finding.guarantee.code is GuaranteeCode.HEURISTIC


def test_it_says_when_nothing_can_be_followed() -> None:
    record = Record()
    record.end()
    assert unsure(Outbreak(), record) == [
        "no content is recorded to pass from one place to another"
    ]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [spread().shown, outliving("r2", how="canary").shown, drift("r3", steps=60).shown]
    assert check_detector(Outbreak(holders=2), streams).findings == 2
