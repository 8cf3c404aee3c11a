"""Herding: flips to the majority with peers' votes shown and hidden at random."""

from random import Random

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.detectors.herding import Herding

PEERS = ("bob", "cy", "dee")


def panel(
    items: int,
    flips: float,
    *,
    alone: float = 0.1,
    arms: bool = True,
    by: str = "",
    seed: int = 1,
    run: str = "r1",
) -> Record:
    """Ann stands alone on every item and votes again, with her peers' votes shown or not."""
    record, draw = Record(run, "ann", *PEERS), Random(seed)
    for number in range(items):
        task, shown = f"item-{number}", draw.random() < 0.5
        if arms:
            record.add(e.OutcomeObserved, by, about="arm/votes-shown",
                       value="on" if shown else "off", task=task)  # fmt: skip
        for peer in PEERS:
            record.add(e.Asserted, peer, act="vote", about=task, value="A", task=task)
        record.add(e.Asserted, "ann", act="vote", about=task, value="B", task=task)
        change = draw.random() < (flips if shown else alone)
        again = "a" if change else "B"
        record.add(e.Asserted, "ann", act="vote", about=task, value=again, task=task)
        for peer in PEERS:
            record.add(e.Asserted, peer, act="vote", about=task, value="A", task=task)
    record.end()
    return record


def test_it_names_who_follows_what_she_sees() -> None:
    (finding,) = findings(Herding(), panel(120, 0.95))
    assert finding.agents == ("ann",)
    assert finding.failure_mode == "gradient.conformity"
    assert finding.guarantee.title == "family-anytime(0.05)"
    assert finding.effect.value > 0.4
    assert "peers' votes shown as with them hidden" in finding.null


def test_a_fickle_agent_and_a_stubborn_one_are_not_named() -> None:
    for rate in (0.0, 0.5, 0.9):
        for seed in range(8):
            assert findings(Herding(), panel(150, rate, alone=rate, seed=seed)) == []


def test_without_the_arm_or_with_an_agents_own_it_could_not_tell() -> None:
    why = ["a second vote on an item with no word whether votes were shown (60 times)"]
    assert unsure(Herding(), panel(60, 0.9, arms=False)) == why
    assert unsure(Herding(), panel(60, 0.9, by="ann")) == why
    assert unsure(Herding(factor="peers"), panel(60, 0.9)) == why


def test_few_items_are_below_the_evidence_ceiling() -> None:
    (why,) = unsure(Herding(), panel(6, 0.9))
    assert "evidence ceiling" in why


def test_votes_twice_or_without_fields_count_for_nothing() -> None:
    record = panel(6, 1.0, alone=0.0)
    record.shown = [each for each in record.shown for _ in range(20)]
    record.add(e.Asserted, "ann", act="vote", value="A")
    record.add(e.Asserted, "", act="vote", about="item-1", value="A")
    record.add(e.Asserted, "ann", act="vote", about="item-1")
    assert findings(Herding(), record) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [panel(120, 0.95).shown, panel(60, 0.1, run="r2").shown]
    assert check_detector(Herding(), streams).findings == 1
