"""Partner preference: the same partner more often than an equal share of who was free."""

from random import Random

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.detectors.partner_preference import PartnerPreference

TEAM = ("ann", "bob", "cy", "dee", "eve", "fay")


def chosen(choices: int, odds: float, *, seed: int = 1, joined: bool = True) -> Record:
    """Record choices by ann, who prefers bob by `odds` to one; the others choose as it comes."""
    record, draw = Record("r1", *(TEAM if joined else ())), Random(seed)
    for _ in range(choices):
        for chooser in TEAM:
            others = [name for name in TEAM if name != chooser]
            weights = [odds if (chooser, name) == ("ann", "bob") else 1.0 for name in others]
            record.add(e.Offered, chooser, to=(draw.choices(others, weights)[0],))
    record.end()
    return record


def test_it_names_the_pair_and_nobody_else() -> None:
    (finding,) = findings(PartnerPreference(), chosen(60, 12))
    assert finding.agents == ("ann", "bob")
    assert 0.4 < finding.effect.value <= 1
    assert finding.failure_mode == "coalition.partner_preference"
    assert finding.guarantee.title == "family-anytime(0.05)"


@pytest.mark.parametrize("seed", range(5))
def test_equal_chances_are_no_preference(seed: int) -> None:
    assert not findings(PartnerPreference(), chosen(150, 1, seed=seed))


def test_who_was_busy_or_gone_or_of_another_role_could_not_be_chosen() -> None:
    record = Record("r1")
    for name in TEAM:
        record.add(e.AgentJoined, name, role="clerk" if name in ("bob", "cy") else "guard")
    record.add(e.OutcomeObserved, about="free/cy", value=False)
    for _ in range(20):
        record.hand("ann", "bob")
    assert not findings(PartnerPreference(), record)
    record.add(e.OutcomeObserved, about="free/cy", value=True)
    for _ in range(20):
        record.hand("ann", "bob")
    assert len(findings(PartnerPreference(), record)) == 1
    record = Record("r2", "ann", "bob", "cy")
    record.add(e.AgentLeft, "cy")
    for _ in range(20):
        record.hand("ann", "bob")
    assert not findings(PartnerPreference(), record)


def test_an_offer_to_all_and_one_recorded_twice_are_no_choices() -> None:
    record = Record("r1", *TEAM)
    for _ in range(20):
        record.add(e.Offered, "ann", to=("bob", "cy"))
        record.hand("ann", "ann")
    record.hand("ann", "bob")
    record.shown += record.shown[-1:] * 20
    assert not findings(PartnerPreference(), record)


def test_without_a_roster_it_could_not_tell() -> None:
    assert unsure(PartnerPreference(), chosen(20, 12, joined=False)) == [
        "who could have been chosen is not logged (120 times)"
    ]


def test_too_few_choices_are_no_answer() -> None:
    (why,) = unsure(PartnerPreference(), chosen(2, 1000))
    assert "evidence ceiling" in why


def test_it_conforms() -> None:
    report = check_detector(PartnerPreference(), [chosen(60, 12).shown, chosen(20, 1).shown])
    assert report.findings == 1
