"""Too little is given: an agent, or all together, does its part less often than was declared."""

from __future__ import annotations

from tertius.core.events import Acted, OutcomeObserved, RunEnded, RunStarted
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors.betting import LEVEL, MOST, Betting, ParameterError
from tertius.detectors.per_run import KIB, MAX_EVIDENCE
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Claim, Standing
from tertius.stats.payoffs import floor

RUNS = 256
AGENTS = 256  # of one run
EVERYBODY = ""


class _Window:
    """The window that a run is in, and who did how much in it."""

    __slots__ = ("cut", "done", "start", "there")

    def __init__(self, start: int) -> None:
        self.start, self.cut = start, False
        self.there: dict[str, str] = {}  # who moved, and with which event last
        self.done: dict[str, float] = {}


class CooperationFloor(Betting[str]):
    """Bets, for each agent, that its share of windows in which it does its part is below `least`.

    Its part is a move named in `moves`, or work that somebody observed of it:
    ``outcome.observed(about=<work>, agent=<who>)``, where a number counts by its size. A window is
    so many steps of a run; in each, the part done is what was given over what was `due`, at most 1.

    Parameters
    ----------
    moves : str
        Names of moves that do one's part, apart by spaces.
    work : str
        What observed work is about, such as ``river``; empty: none counts.
    least : float
        Declared share, above 0, below 1.
    window : int
        Steps that belong together, 1 or more.
    due : float
        What is to be given in a window, above 0.
    together : bool
        Whether one part is due from all together; a finding then names those who gave nothing.
    level : float
        Chance that any agent is ever named wrongly.
    most : int
        Agents watched at the same time.

    Notes
    -----
    A window is judged when the next begins; one that the end of the run or the beginning of the
    record cuts short is not. An agent that makes no move in a window has no part in it.

    What it cannot see: why somebody gives nothing, such as having stopped because others did; and
    whether the part that is due is enough.

    References
    ----------
    Ostrom, "Governing the Commons" (1990), chapter 3, on monitored contribution. Statistical
    contract, section 6, avoidance: a rate per logged opportunity against a declared floor.
    """

    SPEC = DetectorSpec(
        name="cooperation_floor",
        version="1",
        title="Too little is given for what is common",
        plain="An agent, or all of them together, did their part for something common less often "
        "than was declared. What nobody keeps up is lost for all.",
        kinds=("run.started", "run.ended", "acted", "outcome.observed"),
        failure_modes=("caif.conflict",),
        risk_factors=("caif.commitment_and_trust",),
        source="Ostrom, Governing the Commons (1990), chapter 3; statistical contract, section 6",
        null="given what came before, the part that is done in a window is on average at least the "
        "declared share",
        assumptions=("every move is logged", "the share and what is due were declared beforehand"),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="why somebody gives nothing: having come late, having stopped because others did, or "
        "because they left nothing to do; whether what is due is enough",
        memory=RUNS * 64 * KIB,
        scope="log",
    )
    LACKS = "no window of moves is complete"

    def __init__(
        self,
        *,
        moves: str = "",
        work: str = "",
        least: float = 0.5,
        window: int = 1,
        due: float = 1.0,
        together: bool = False,
        level: float = LEVEL,
        most: int = MOST,
    ) -> None:
        if not 0 < least < 1:
            raise ParameterError(f"least {least}; expected a share between 0 and 1, such as 0.5")
        if window < 1 or not due > 0:
            raise ParameterError(f"{due} due in {window} steps; expected more than nothing in 1")
        super().__init__(
            level=level, most=most, moves=moves, work=work, least=least, window=window, due=due,
            together=together,
        )  # fmt: skip
        self._moves, self._work = frozenset(moves.split()), work
        self._least, self._window, self._due, self._together = least, window, due, together
        self.LARGEST = least / (1 - least)
        if not (self._moves or work):
            self.idle = frozenset({"acted", "outcome.observed"})
        self._windows = Recent[str, _Window](RUNS)
        self._judged = 0
        self._seen: dict[str, int] = {}  # the window in which each was first there
        self._gave: dict[str, int] = {}  # and in which it first gave something

    def on_run_started(self, event: RunStarted, content: bytes | None) -> None:
        """Begin the first window anew."""
        self._windows.pop(event.run, None)

    def on_run_ended(self, event: RunEnded, content: bytes | None) -> None:
        """Let the last window go; it was cut short unless it is full."""
        self._windows.pop(event.run, None)

    def on_acted(self, event: Acted, content: bytes | None) -> None:
        """Close the window where a new one begins, and count the move."""
        if not (self._moves or self._work) or not event.agent:
            return
        now = self._windows.get(event.run)
        if now is None:
            now = self._windows[event.run] = _Window(event.step - event.step % self._window)
            now.cut = event.step > now.start
        elif event.step >= now.start + self._window:
            if not now.cut:
                self._judge(now, event)
            now = self._windows[event.run] = _Window(event.step - event.step % self._window)
        elif event.step < now.start:
            self.lacked("moves came out of order")
            return
        if len(now.there) >= AGENTS and event.agent not in now.there:
            self.lacked(f"moves of more than {AGENTS} agents in one window")
            return
        now.there[event.agent] = event.id
        if event.action in self._moves:
            _give(now, event.agent, 1.0)

    def on_outcome_observed(self, event: OutcomeObserved, content: bytes | None) -> None:
        """Count work that was observed."""
        now = self._windows.get(event.run)
        if not self._work or event.about != self._work or not event.agent or now is None:
            return
        value = event.value
        number = isinstance(value, int | float) and not isinstance(value, bool)
        amount = abs(float(value)) if number else 1.0  # type: ignore[arg-type]  # it is a number
        if event.agent in now.there or len(now.done) < AGENTS:
            _give(now, event.agent, amount)

    def claim(self, key: str, standing: Standing) -> Claim:
        """Name the agent; of all together those who gave nothing, or everybody."""
        null = (
            f"given what came before, on average at least {self._least:g} of what is due is given"
        )
        if key != EVERYBODY:
            return Claim(agents=(key,), null=null, unit="share of what is due")
        last = standing.n
        there = [name for name, since in self._seen.items() if since <= last]
        idle = [name for name in there if self._gave.get(name, last + 1) > last]
        agents = tuple((idle or there)[:MAX_EVIDENCE])
        return Claim(agents=agents, null=f"{null} by all together", unit="share of what is due")

    def _judge(self, now: _Window, event: Event) -> None:
        """Bet once for each who was there, or once for all."""
        if not self._together:
            for agent, move in now.there.items():
                part = min(1.0, now.done.get(agent, 0.0) / self._due)
                self.bet(agent, floor(part, self._least), seen=part, event=event, evidence=(move,))
            return
        self._judged += 1
        for agent in now.there:
            if len(self._seen) < AGENTS:
                self._seen.setdefault(agent, self._judged)
            if now.done.get(agent) and len(self._gave) < AGENTS:
                self._gave.setdefault(agent, self._judged)
        part = min(1.0, sum(now.done.values()) / self._due)
        cited = tuple(list(now.there.values())[: MAX_EVIDENCE // 4])
        self.bet(EVERYBODY, floor(part, self._least), seen=part, event=event, evidence=cited)


def _give(now: _Window, agent: str, amount: float) -> None:
    now.done[agent] = now.done.get(agent, 0.0) + amount
