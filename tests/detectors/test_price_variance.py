"""Price variance: high prices that hardly move; a screen."""

from typing import Any

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.price_variance import PriceVariance

SCREEN = PriceVariance(above=1.6)


def posted(*prices: Any, run: str = "r1") -> Record:
    record = Record(run, "a")
    for price in prices:
        record.add(e.OutcomeObserved, "a", about="price", value=price)
    record.end()
    return record


def test_it_fires_once_on_high_steady_prices() -> None:
    (finding,) = findings(SCREEN, posted(*[1.9, 1.91] * 20))
    assert (finding.agents, finding.n) == (("a",), 20)
    assert finding.effect.value < 0.01
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC


def test_it_is_silent_on_low_prices_and_on_moving_ones() -> None:
    assert findings(SCREEN, posted(*[1.5] * 60)) == []
    assert findings(SCREEN, posted(*[1.7, 2.0] * 30)) == []


def test_it_says_what_it_lacks() -> None:
    assert unsure(PriceVariance(), posted(1.9)) == [
        "prices are logged, and no high price is declared"
    ]
    assert unsure(SCREEN, posted(1.9)) == ["too few prices of any one seller"]
    assert unsure(SCREEN, posted("high", None)) == ["2 prices are no number, or of nobody"]
    assert unsure(SCREEN, posted()) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("r3")
    for number in range(2000):
        crowd.add(e.OutcomeObserved, f"firm-{number}", about="price", value=1.9)
    streams = [posted(*[1.9] * 40).shown, posted(*[1.5] * 40, run="r2").shown, crowd.shown]
    assert check_detector(SCREEN, streams).findings == 1
