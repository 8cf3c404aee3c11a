"""What the structural detectors share: a small state for each run, let go when the run ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar

from msgspec import json

from tertius.core.digest import digest
from tertius.core.events import RunEnded, RunStarted
from tertius.core.finding import Aspect, CouldNotTell, Edge, Effect, Finding, Severity
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.oversight_events import Gap
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.handlers import Handlers, handlers

RUNS = 128  # runs watched at the same time; of more, the one that began first is let go
OVER = 1024  # names of runs that are over, kept so that stragglers do not open them again
MAX_EVIDENCE = 24  # events cited by one finding, and at most as many agents
KIB = 1024


class Run:
    """What is known of one run; a detector's own state derives from it."""

    __slots__ = ("gaps", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.gaps = 0


R = TypeVar("R", bound=Run)


class PerRun(Generic[R]):
    """A detector that keeps a state for each run and handles each kind in a method of its own.

    A class declares `SPEC` and `STATE`, and for every kind in ``SPEC.kinds`` a method
    ``on_<kind>(run, event, content)``, such as ``on_message_sent``, or ``on_any`` for all that have
    none of their own; `close(run, ended)` says what the end of the run shows.

    Parameters
    ----------
    runs : int
        Runs watched at the same time, at least 1. One run more, and the oldest is let go with
        `CouldNotTell`.
    **parameters
        All other parameters of the detector; findings carry the digest of all of them.

    Attributes
    ----------
    idle : frozenset of str
        Declared kinds with which it does nothing as its parameters are; it need not be shown them.

    Notes
    -----
    Events without a run's name are passed over, and so are events after their run's end, unless
    the run is started again.
    """

    SPEC: ClassVar[DetectorSpec]
    STATE: ClassVar[type[Run]] = Run
    idle: frozenset[str] = frozenset()

    def __init__(self, *, runs: int = RUNS, **parameters: Any) -> None:
        self._given: dict[str, Any] = {"runs": runs, **parameters}
        self._limit = runs
        self._digest = digest("parameters", json.encode(self._given, order="sorted"))
        self._runs: dict[str, R] = {}
        self._over: set[str] = set()
        self._ended: deque[str] = deque()  # the same names, in the order of their ends
        self._handlers: Handlers[[R, Any, bytes | None], Sequence[Answer]] = handlers(
            self, self.SPEC.kinds
        )

    @property
    def spec(self) -> DetectorSpec:
        """What it declares about itself."""
        return self.SPEC

    @property
    def parameters(self) -> str:
        """Digest of its parameters."""
        return self._digest

    def update(self, event: Event, content: bytes | None) -> Sequence[Answer]:
        """Take one event and return what it shows."""
        try:
            run = self._runs[event.run]
        except KeyError:
            return self._first(event, content)
        return self._handlers[type(event)](run, event, content)

    def update_many(
        self, shown: Iterable[tuple[int, Event, bytes | None]]
    ) -> list[tuple[int, Answer]]:
        """Take several events of declared kinds, each with a number; answers carry its number."""
        runs, handlers = self._runs, self._handlers
        answers: list[tuple[int, Answer]] = []
        for number, event, content in shown:
            run = runs.get(event.run)
            if run is None:
                said = self._first(event, content)
            else:
                said = handlers[type(event)](run, event, content)
            if said:
                answers += [(number, answer) for answer in said]
        return answers

    def finish(self) -> Sequence[Answer]:
        """Say what the end of the record shows of the runs that have not ended, oldest first."""
        answers: list[Answer] = []
        for run in self._runs.values():
            answers += self.close(run, None)
        self._runs.clear()
        return answers

    def clone(self) -> Self:
        """Return a detector with the same parameters and no memory."""
        return type(self)(**self._given)

    def open(self, name: str) -> R:
        """Return the state of a new run; of class `STATE` unless a detector says otherwise."""
        return self.STATE(name)  # type: ignore[return-value]

    def close(self, run: R, ended: RunEnded | None) -> Sequence[Answer]:
        """Say what the end of a run shows; `ended` is None where only the record is over."""
        return ()

    def on_run_started(self, run: R, event: RunStarted, content: bytes | None) -> Sequence[Answer]:
        """Nothing: the state is there already."""
        return ()

    def on_run_ended(self, run: R, event: RunEnded, content: bytes | None) -> Sequence[Answer]:
        """Close the run and let its state go."""
        answers = self.close(run, event)
        self._forget(run.name)
        return answers

    def on_gap(self, run: R, event: Gap, content: bytes | None) -> Sequence[Answer]:
        """Remember that something of this run was not recorded."""
        run.gaps += 1
        return ()

    def claim(
        self,
        run: R,
        *,
        evidence: Iterable[str],
        effect: tuple[float, str],
        n: int,
        null: str,
        severity: Severity,
        onset: str | None = None,
        agents: Iterable[str] = (),
        edges: Iterable[Edge] = (),
        code: GuaranteeCode = GuaranteeCode.FACT,
        aspect: Aspect = "done",
    ) -> Finding:
        """Make a finding of this detector; `evidence` stands in the order of the record."""
        spec = self.SPEC
        value, unit = effect
        cited = _few(evidence)
        return Finding(
            detector=spec.name,
            version=spec.version,
            parameters=self._digest,
            run=run.name,
            failure_mode=spec.failure_modes[0],
            mast_mode=spec.mast_modes[0] if spec.mast_modes else None,
            risk_factors=spec.risk_factors,
            aspect=aspect,
            agents=_few(agents),
            edges=tuple(edges)[:MAX_EVIDENCE],
            evidence=cited,
            onset=onset if onset in cited else None,
            severity=severity,
            effect=Effect(value=value, unit=unit, low=value, high=value, level=1),
            n=n,
            null=null,
            guarantee=Guarantee(code=code, given=spec.assumptions),
        )

    def silent(
        self, run: R, why: str, *, n: int | None = None, needed: int | None = None
    ) -> CouldNotTell:
        """Say that this run did not show enough."""
        return CouldNotTell(asked=self.SPEC.name, run=run.name, why=why, n=n, needed=needed)

    def _first(self, event: Event, content: bytes | None) -> Sequence[Answer]:
        """Take the first event of a run, or one of a run that is over."""
        name = event.run
        if not name:
            if isinstance(event, Gap):  # of the whole log
                for run in self._runs.values():
                    run.gaps += 1
            return ()
        if name in self._over:
            if not isinstance(event, RunStarted):
                return ()
            self._over.discard(name)
            self._ended.remove(name)
        answers: list[Answer] = []
        if len(self._runs) >= self._limit:
            oldest = next(iter(self._runs.values()))
            self._forget(oldest.name)
            answers.append(self.silent(oldest, f"more than {self._limit} runs were open at once"))
        opened = self._runs[name] = self.open(name)
        said = self._handlers[type(event)](opened, event, content)
        return [*answers, *said] if answers else said

    def _forget(self, name: str) -> None:
        del self._runs[name]
        if len(self._ended) >= OVER:
            self._over.discard(self._ended.popleft())
        self._over.add(name)
        self._ended.append(name)


def _few(names: Iterable[str]) -> tuple[str, ...]:
    """Keep each name once, and of too many the first and the last ones."""
    kept = tuple(dict.fromkeys(name for name in names if name))
    half = MAX_EVIDENCE // 2
    return kept if len(kept) <= MAX_EVIDENCE else (*kept[:half], *kept[-half:])
