"""What the bets on unread approvals share: the declared ceiling, and which approvals count."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from typing import TypeVar

from tertius.core.kinds import Event
from tertius.detectors.approvals import Approval, Approvals
from tertius.detectors.betting import LEVEL, MOST, ParameterError
from tertius.detectors.reader import Reads
from tertius.stats.payoffs import ceiling as above

CEILING = 0.2  # of approvals unread

K = TypeVar("K", bound=Hashable)


class Unread(Reads[K, Approval]):
    """Bets that approvals go unread more often than a declared ceiling.

    A class declares what a detector declares, and `keys(approval)`: against whom it is held.

    Parameters
    ----------
    ceiling : float
        Share of approvals that may go unread, above 0 and below 1.
    logged : bool
        Whether all reads are known to be logged. If not, nothing is told of approvals that came
        before anybody's first read.
    level : float
        Chance that any key is ever named wrongly.
    most : int
        Keys watched at the same time.
    """

    def __init__(
        self,
        *,
        ceiling: float = CEILING,
        logged: bool = False,
        level: float = LEVEL,
        most: int = MOST,
    ) -> None:
        if not 0 < ceiling < 1:
            raise ParameterError(f"ceiling {ceiling}; expected a share between 0 and 1")
        super().__init__(
            Approvals(logged=logged), ceiling=ceiling, logged=logged, level=level, most=most
        )
        self.LARGEST = (1 - ceiling) / ceiling
        self._ceiling = ceiling

    def on_found(self, found: Approval, event: Event) -> None:
        """Bet on an approval of which it can be told whether it was read."""
        if not self.concerns(found):
            return
        if found.why:
            self.lacked(found.why)
            return
        key = self.key(found)
        if key is not None:
            unread = float(found.unread)
            self.bet(key, above(unread, self._ceiling), seen=unread, event=event)

    def concerns(self, approval: Approval) -> bool:
        """Whether an approval is of the kind that is watched, told or not."""
        return True

    @abstractmethod
    def key(self, approval: Approval) -> K | None:
        """Return against whom an approval is held; None against nobody."""
