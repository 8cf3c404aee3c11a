"""Ballot agreement: pairs that vote alike, against the same ballots dealt out by lot."""

import random
from collections import Counter
from operator import eq

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.ballot_agreement import BallotAgreement, payoffs

SIX = ["ann", "bob", "cid", "dan", "eve", "fay"]


def rounds(count: int, seed: int, *, pact: bool, run: str = "r1", end: bool = True) -> Record:
    """Everybody votes for somebody else at random; with a pact bob votes as ann does."""
    rng, record = random.Random(seed), Record(run, *SIX)
    for number in range(count):
        votes = {who: rng.choice([n for n in SIX if n != who]) for who in SIX}
        while pact and votes["ann"] == "bob":
            votes["ann"] = rng.choice(SIX[1:])
        if pact:
            votes["bob"] = votes["ann"]
        for who, whom in votes.items():
            record.add(e.Asserted, who, act="vote", about=whom, task=f"round-{number}")
        record.add(e.OutcomeObserved, about="somebody", value="eliminated")
    if end:
        record.end()
    return record


def test_it_fires_when_two_vote_alike_round_after_round() -> None:
    finding, *others = findings(BallotAgreement(), rounds(40, 3, pact=True))
    assert not others
    assert finding.agents == ("ann", "bob")
    assert finding.effect.value == 1
    assert (finding.e_value or 0) > 20
    assert finding.guarantee.code is GuaranteeCode.FAMILY_ANYTIME


def test_it_is_silent_where_votes_fall_by_lot() -> None:
    assert sum(bool(findings(BallotAgreement(), rounds(15, n, pact=False))) for n in range(8)) <= 1


def test_agreement_of_everybody_is_no_evidence() -> None:
    record = Record("r1", *SIX)
    for number in range(40):
        for who in SIX[1:]:
            record.add(e.Asserted, who, act="vote", about="ann", task=f"round-{number}")
    record.end()
    assert findings(BallotAgreement(), record) == []


def test_a_second_ballot_in_a_round_counts_for_nothing() -> None:
    def seen(again: bool) -> dict[tuple[str, str], tuple[float, int]]:
        detector, record = BallotAgreement(), Record("r1", *SIX)
        for number in range(4):
            for who, whom in zip(SIX, ["cid", "cid", "dan", "cid", "dan", "ann"], strict=True):
                record.add(e.Asserted, who, act="vote", about=whom, task=f"round-{number}")
            for who in ("ann", "bob", "eve") if again else ():
                record.add(e.Asserted, who, act="vote", about="dan", task=f"round-{number}")
        record.end()
        for event, content in record.shown:
            if event.__struct_config__.tag in detector.spec.kinds:
                detector.update(event, content)
        return detector.values()

    assert seen(again=True) == seen(again=False)
    assert seen(again=True)["ann", "bob"][1] == 4


def test_a_run_of_few_rounds_is_below_the_evidence_ceiling() -> None:
    (why,) = unsure(BallotAgreement(), rounds(1, 1, pact=True))
    assert "evidence ceiling" in why


def test_what_it_cannot_judge_is_said() -> None:
    record = Record("r1", *SIX)
    for who in SIX:
        whom = "ann" if who in ("ann", "bob") else "cid"
        record.add(e.Asserted, who, act="vote", about=whom, task="round-1")
    record.end()
    assert any("voted for itself" in why for why in unsure(BallotAgreement(), record))
    assert not any("itself" in why for why in unsure(BallotAgreement(for_itself=True), record))
    crowd = Record("r1")
    for number in range(60):
        whom = "eve" if number % 2 else "fay"
        crowd.add(e.Asserted, f"a-{number}", act="vote", about=whom, task="round-1")
    crowd.end()
    assert any("more than" in why for why in unsure(BallotAgreement(), crowd))


@pytest.mark.parametrize("for_itself", [False, True])
def test_bets_on_ballots_that_fell_by_lot_are_fair(for_itself: bool) -> None:
    """Each pair of a lopsided round earns nothing on average: the popular and the others alike."""
    rng, count = random.Random(7), 2000
    ballots = ["ann", "ann", "ann", "bob", "bob", "cid"]
    total: Counter[tuple[str, str]] = Counter()
    squares: Counter[tuple[str, str]] = Counter()
    for _ in range(count):
        rng.shuffle(ballots)
        while not for_itself and any(map(eq, SIX, ballots)):
            rng.shuffle(ballots)
        votes = dict(zip(SIX, ballots, strict=True))
        for pair, payoff in payoffs(votes, rng.getrandbits(64), for_itself).items():
            total[pair] += payoff  # type: ignore[assignment]
            squares[pair] += payoff**2  # type: ignore[assignment]
    for pair, square in squares.items():
        assert abs(total[pair]) / count <= 4 * (square / count**2) ** 0.5, pair


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("r9")
    for number in range(120):
        for who in range(3):
            crowd.add(e.Asserted, f"a-{number}-{who}", act="vote", about="x", task=f"t-{number}")
    streams = [rounds(40, 3, pact=True).shown, rounds(20, 4, pact=False, run="r2").shown]
    assert check_detector(BallotAgreement(), [*streams, crowd.shown]).findings >= 1
