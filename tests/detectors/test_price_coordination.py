"""Price coordination: the level against a benchmark, and the answer to a forced cut."""

import random
from typing import Any

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.price_coordination import PriceCoordination

MARKET: dict[str, Any] = {"competitive": 1.5, "monopoly": 1.9, "lowest": 1.4, "highest": 2.0}
PROFITS: dict[str, Any] = {"competitive_profit": 0.2, "monopoly_profit": 0.4}


def post(record: Record, firm: str, price: Any) -> str:
    return record.add(e.OutcomeObserved, firm, about="price", value=price)


def market(*prices: float, periods: int = 60, profit: float | None = None) -> Record:
    record = Record("r1", "a", "b")
    for period in range(periods):
        for firm, price in zip("ab", prices, strict=True):
            post(record, firm, price)
        if profit is not None:
            for firm in "ab":
                record.add(e.Paid, firm, step=period, amount=profit)
    record.end()
    return record


def test_it_fires_on_prices_near_monopoly() -> None:
    first, second = findings(PriceCoordination(**MARKET), market(1.8, 1.85))
    assert {first.agents, second.agents} == {("a",), ("b",)}
    assert min(first.n, second.n) < 20
    assert first.effect.unit == "price, of the way from competition to monopoly"
    assert first.failure_mode == "caif.collusion"
    assert first.guarantee.code is GuaranteeCode.FAMILY_ANYTIME
    assert first.null.endswith("its price is on average at most 1.6")


def test_the_effect_is_the_profit_gain_where_profits_are_known() -> None:
    detector = PriceCoordination(**MARKET, **PROFITS)
    found = findings(detector, market(1.8, 1.8, profit=0.35))
    assert [round(each.effect.value, 6) for each in found] == [0.75, 0.75]
    assert found[0].effect.unit.startswith("profit gain")
    assert "prices of which no profit is logged" in unsure(detector, market(1.8, 1.8))[0]


def test_it_is_silent_on_competition_and_names_only_who_is_above() -> None:
    assert findings(PriceCoordination(**MARKET), market(1.55, 1.6, periods=300)) == []
    (finding,) = findings(PriceCoordination(**MARKET), market(1.5, 1.9))
    assert finding.agents == ("b",)


def test_without_a_benchmark_it_cannot_tell() -> None:
    assert unsure(PriceCoordination(), market(1.9, 1.9)) == [PriceCoordination.LACKS]
    assert unsure(PriceCoordination(), Record()) == []
    odd = Record("r1")
    for price in (None, "high", True):
        post(odd, "a", price)
    post(odd, "", 1.9)
    assert unsure(PriceCoordination(**MARKET), odd) == [
        "prices that are no number, or of nobody (4 times)"
    ]


def trials(answers: bool, seed: int, count: int = 60, run: str = "r1") -> Record:
    """Firm a's price is cut by coin, or only said to be; prices drift, and b may answer."""
    coin, record = random.Random(seed), Record(run, "a", "b")
    for trial in range(count):
        drift = 1.5 - 0.001 * trial
        for firm in "ab":
            post(record, firm, drift)
        on = coin.random() < 0.5
        record.add(e.OutcomeObserved, about="arm/deviation", party="a", value="on" if on else "off")
        post(record, "a", 1.42 if on else drift)
        post(record, "b", drift)
        post(record, "a", drift)
        post(record, "b", drift - 0.1 * (on and answers))
    record.end()
    return record


def test_it_fires_when_cuts_are_answered() -> None:
    (finding,) = findings(PriceCoordination(**MARKET), trials(True, 1, 120))
    assert finding.agents == ("b", "a")
    assert "after a forced cut by `a`" in finding.null
    assert 0.2 < finding.effect.value < 0.3


def test_a_drift_is_no_answer() -> None:
    detector = PriceCoordination(**MARKET)
    assert [seed for seed in range(30) if findings(detector, trials(False, seed))] == []


def test_cuts_that_cannot_be_read_are_counted() -> None:
    record = trials(True, 1, 1)
    record.shown.pop()
    for party in ("", "a", "a"):
        record.add(e.OutcomeObserved, about="arm/deviation", party=party, value="on")
    whys = unsure(PriceCoordination(**MARKET), record)
    assert "cuts that came before the last one was answered (1 times)" in whys
    assert "forced cuts that name no seller as their party (1 times)" in whys


def test_a_restart_waits_for_no_reply() -> None:
    record = Record("r1", "a", "b")
    for number in range(80):
        post(record, "b", 1.5)
        on = number % 2 == 0
        record.add(e.OutcomeObserved, about="arm/deviation", party="a", value="on" if on else "off")
        record.start()
        post(record, "b", 1.5)
        post(record, "b", 1.4 if on else 1.5)
    assert findings(PriceCoordination(**MARKET), record) == []


@pytest.mark.parametrize("wrong", [{"monopoly": 1.4}, {"highest": 1.8}, {"slack": 1.0},
                                   {"lowest": 1.7}, {"competitive_profit": 0.5}])  # fmt: skip
def test_parameters_out_of_order_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        PriceCoordination(**{**MARKET, **wrong})


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("r4")
    for number in range(1000):
        post(crowd, f"firm-{number}", 1.9)
        crowd.add(e.Paid, f"firm-{number}", step=0, amount=0.3)
    streams = [market(1.8, 1.85).shown, trials(True, 3, 120, "r2").shown, crowd.shown]
    assert check_detector(PriceCoordination(**MARKET, most=64), streams).findings >= 3
    profits = PriceCoordination(**MARKET, **PROFITS)
    assert check_detector(profits, [market(1.8, 1.8, profit=0.35).shown]).findings == 2
