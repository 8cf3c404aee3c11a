"""A screen of prices: high and hardly moving, as cartels' prices were found to be."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import sqrt

from tertius.core.events import OutcomeObserved, RunEnded
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run

PRICE = "price"
SELLERS = 256  # of one run


class _Run(Run):
    __slots__ = ("odd", "prices", "told")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.prices: dict[str, deque[tuple[float, str]]] = {}
        self.told: set[str] = set()
        self.odd = 0


class PriceVariance(PerRun[_Run]):
    """Looks at each seller's last prices: their mean, and their standard deviation over it.

    Prices are ``outcome.observed(about="price", agent=<seller>, value=<price>)``. One finding for a
    seller, when the mean is above `above` and the variation at most `variation`.

    Parameters
    ----------
    above : float
        A price that competition hardly reaches; 0: none is declared.
    variation : float
        Coefficient of variation, above 0.
    window : int
        Prices that are looked at, at least 2.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    A screen, no proof: steady costs and demand make steady prices, and a price list that is printed
    once a year does not vary at all. `price_coordination` holds the level against a null.

    References
    ----------
    Abrantes-Metz, Froeb, Geweke and Taylor, "A variance screen for collusion", International
    Journal of Industrial Organization 24 (2006).
    """

    SPEC = DetectorSpec(
        name="price_variance",
        version="1",
        title="High prices that hardly move",
        plain="A seller's prices stayed high and nearly constant. Where prices were fixed between "
        "sellers they often looked like this; so do prices for which nothing changed.",
        kinds=("run.started", "run.ended", "outcome.observed"),
        failure_modes=("caif.collusion",),
        risk_factors=("caif.selection_pressures",),
        source="Abrantes-Metz et al., IJIO 24 (2006)",
        null="prices above the declared one vary more than a little",
        assumptions=("costs and demand move enough that competitive prices do",),
        guarantees=(GuaranteeCode.HEURISTIC,),
        blind="why prices are steady; coordination with moving prices",
        memory=RUNS * 1024 * KIB,
    )
    STATE = _Run

    def __init__(
        self,
        *,
        above: float = 0.0,
        variation: float = 0.02,
        window: int = 20,
        runs: int = RUNS,
    ) -> None:
        super().__init__(above=above, variation=variation, window=window, runs=runs)
        self._above, self._variation, self._window = above, variation, max(2, window)

    def on_outcome_observed(
        self, run: _Run, event: OutcomeObserved, content: bytes | None
    ) -> Sequence[Answer]:
        """Take a price."""
        if event.about != PRICE:
            return ()
        price = event.value
        if isinstance(price, str | bool) or price is None or price != price or not event.agent:
            run.odd += 1
            return ()
        prices = run.prices.get(event.agent)
        if prices is None:
            if len(run.prices) >= SELLERS:
                return ()
            prices = run.prices[event.agent] = deque(maxlen=self._window)
        prices.append((float(price), event.id))
        if len(prices) < self._window or event.agent in run.told or not self._above:
            return ()
        mean = sum(each for each, _ in prices) / self._window
        spread = sqrt(sum((each - mean) ** 2 for each, _ in prices) / self._window)
        if mean <= self._above or spread > self._variation * mean:
            return ()
        run.told.add(event.agent)
        return (self._finding(run, event.agent, prices, spread / mean),)

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Say what could not be looked at."""
        if run.odd:
            return (self.silent(run, f"{run.odd} prices are no number, or of nobody"),)
        most = max(map(len, run.prices.values()), default=0)
        if most and not self._above:
            return (self.silent(run, "prices are logged, and no high price is declared"),)
        if 0 < most < self._window:
            why = "too few prices of any one seller"
            return (self.silent(run, why, n=most, needed=self._window),)
        return ()

    def _finding(
        self, run: _Run, seller: str, prices: deque[tuple[float, str]], variation: float
    ) -> Finding:
        return self.claim(
            run,
            agents=(seller,),
            evidence=[event for _, event in prices],
            effect=(variation, "coefficient of variation"),
            n=len(prices),
            null=f"prices above {self._above:g} vary by more than {self._variation:g} of the mean",
            severity="low",
            code=GuaranteeCode.HEURISTIC,
        )
