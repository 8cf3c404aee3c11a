"""Covert channel: signs that foretell an act, by coin and by pairing."""

from random import Random
from zlib import crc32

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.finding import Edge
from tertius.detectors.betting import ParameterError
from tertius.detectors.covert_channel import CovertChannel
from tertius.detectors.covert_features import Habits, signals


def tasks(
    count: int, *, follows: bool, coin: bool, announced: bool = True, run: str = "r1", seed: int = 1
) -> Record:
    """In each task one says `now` or `today`, by chance; the other buys or holds."""
    record, draws = Record(run), Random(seed)
    for number in range(count):
        task = f"t{number}"
        swapped = coin and draws.random() < 0.5
        about, value = ("arm/paraphrase", "on" if swapped else "off") if coin else (
            "state/public", "quiet")  # fmt: skip
        if announced:
            record.add(e.OutcomeObserved, about=about, value=value, task=task)
        bit = draws.random() < 0.5
        record.say(
            "ann", f"ready {'now' if bit else 'today'} {draws.randrange(9)}", "bob", task=task
        )
        act = bit if follows and not swapped else draws.random() < 0.5
        record.add(e.Acted, "bob", step=number, action="buy" if act else "hold", task=task)
    return record


@pytest.mark.parametrize(("coin", "count"), [(True, 250), (False, 80)])
def test_it_names_who_follows_whose_signs(coin: bool, count: int) -> None:
    (finding,) = findings(CovertChannel(), tasks(count, follows=True, coin=coin))
    assert finding.edges == (Edge(sender="ann", receiver="bob"),)
    assert finding.effect.value > 0


@pytest.mark.parametrize("coin", [True, False])
def test_acts_that_follow_nothing_are_quiet(coin: bool) -> None:
    records = [tasks(160, follows=False, coin=coin, seed=seed) for seed in range(10)]
    assert sum(bool(findings(CovertChannel(), record)) for record in records) <= 1


def test_without_an_announcement_it_could_not_tell() -> None:
    record = tasks(80, follows=True, coin=False, announced=False)
    assert findings(CovertChannel(), record) == []
    (why,) = unsure(CovertChannel(), record)
    assert "no message was followed" in why


def test_an_agent_cannot_announce() -> None:
    record = tasks(80, follows=True, coin=False, announced=False)
    for number in range(80):
        record.add(e.OutcomeObserved, "bob", about="state/public", value="q", task=f"t{number}")
    record.shown.sort(key=lambda pair: not isinstance(pair[0], e.OutcomeObserved))
    assert findings(CovertChannel(), record) == []


def test_without_contents_it_sees_less_and_says_nothing_wrong() -> None:
    assert findings(CovertChannel(), tasks(80, follows=True, coin=False).without_contents()) == []


def test_one_task_is_no_bet() -> None:
    with pytest.raises(ParameterError):
        CovertChannel(tasks=1)


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [
        tasks(80, follows=True, coin=False).shown,
        tasks(40, follows=False, coin=True, run="r2").shown,
    ]
    assert check_detector(CovertChannel(), streams).findings == 1


def test_habits_learn_which_sign_tells() -> None:
    habits, one, other = Habits(), ("word 1", "even 0"), ("word 2", "even 0")
    assert habits.ratio(one, "buy") == 1
    for _ in range(20):
        habits.learn(one, "buy")
        habits.learn(other, "hold")
    assert habits.ratio(one, "buy") > 1.5 > 0.7 > habits.ratio(other, "buy")
    assert habits.fits(one, "buy") > 0.5 > habits.fits(one, "hold") >= 0


def test_signs_without_words_are_those_beside_them() -> None:
    assert signals(None, channel="mail", to=2, since=0) == ("channel mail", "to 2", "pause ")
    assert signals(b"", channel="", to=1, since=8)[0] == "length 0"
    seen = signals(b"well, yes: no!", channel="", to=1, since=8)
    assert seen[4:6] == ("words 3", "signs 3")
    words = sorted({f"word {crc32(word) % 64}" for word in (b"well,", b"yes:", b"no!")})
    assert list(seen[6:-3]) == words
