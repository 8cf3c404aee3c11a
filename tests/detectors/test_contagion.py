"""Contagion: contents that gain holders faster than they lose them; drift stays quiet."""

from tests.detectors.record import Record, findings, unsure
from tests.detectors.spreading import drift, spread

from tertius.conformance.detector import check_detector
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.contagion import Contagion


def test_it_names_a_note_that_everybody_takes_over() -> None:
    (finding,) = findings(Contagion(), spread())
    assert finding.agents[0] == "a0"
    assert {("a0", "a1"), ("a1", "a2")} <= {(edge.sender, edge.receiver) for edge in finding.edges}
    assert finding.guarantee.code is GuaranteeCode.FAMILY_ANYTIME
    assert finding.guarantee.level == 0.05
    assert finding.effect.value == 1 and finding.e_value is not None and finding.e_value > 20
    assert len(finding.agents) < 20  # told while it spreads, not when it is over


def test_it_stays_silent_while_notes_drift() -> None:
    assert sum(bool(findings(Contagion(), drift(seed=seed))) for seed in range(20)) <= 1


def test_the_same_words_from_a_common_source_are_no_contagion() -> None:
    assert findings(Contagion(), spread(linked=False)) == []


def test_it_counts_over_runs() -> None:
    small = [spread(f"r{number}", 10) for number in range(4)]
    assert findings(Contagion(), small[0]) == []
    assert len(findings(Contagion(), *small)) == 1


def test_a_smaller_level_takes_more() -> None:
    early, late = (findings(Contagion(level=level), spread(count=40)) for level in (0.05, 0.001))
    assert early[0].n < late[0].n


def test_it_says_what_it_lacks() -> None:
    record = Record()
    record.say("ann", "hello", "bob")
    assert findings(Contagion(), record) == []
    assert unsure(Contagion(), spread(count=6))[0].startswith("too few observations")
    assert "taken over" in unsure(Contagion(), spread(count=3))[0]


def test_it_keeps_the_promises_of_the_port() -> None:
    report = check_detector(Contagion(), [spread().shown, drift("r2", steps=60).shown])
    assert report.findings == 1
