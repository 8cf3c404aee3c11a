"""Shared resources: what all agents together may draw in a window, hold at once, or use up.

A budget is the resource's, and everybody who names it shares it. An amount is taken before the act
is judged, so that two claims at once are never both the last one. What is used is rebuilt from the
log after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, Final, NamedTuple

from tertius.core.decision import Layer, Vote
from tertius.core.errors import CallerError
from tertius.core.events import (
    BaseEvent,
    ModelCalled,
    ResourceClaimed,
    ResourceReleased,
    RunEnded,
)
from tertius.core.manifest import Manifest
from tertius.core.outcome import Outcome
from tertius.core.request import Action, Request
from tertius.policy.meters import MAX_AMOUNT, Held, Meter, Used
from tertius.policy.starts import Start, Starts

MAX_UNHEARD: Final = 65_536

_DRAWING: Final[tuple[Action, ...]] = ("resource.claim", "model.call")
_ACTIONS: Final[tuple[Action, ...]] = (*_DRAWING, "resource.release")
_USES: Final = (ResourceClaimed, ResourceReleased, ModelCalled)


class BudgetError(CallerError):
    """A resource whose budgets are in two units."""


class _Draw(NamedTuple):
    """What one act takes or gives back; `refusal` is empty when it was reserved."""

    agent: str
    run: str
    amount: int
    time: int
    refusal: str


class Budgets:
    """The layer of shared budgets, as part of the conditions on an act.

    Parameters
    ----------
    manifests
        All in force. Where two of them declare a resource differently, every budget holds.

    Raises
    ------
    BudgetError
        A resource is counted in two units.

    Notes
    -----
    A claim takes its argument ``amount``, a whole number from 1, and 1 where it names none; a
    model call takes 1. A release gives back what the same agent claimed in the same run; the end of
    the run gives back the rest. A total counts from the earliest validity of the manifests that
    name the resource. Cannot see what an agent really uses, nor two names for one thing. After a
    restart, a claim that was permitted and never recorded counts as one for all there is.
    """

    layer: Final[Layer] = "conditions"

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self._meters: dict[str, list[Meter]] = {}
        self._units: dict[str, str] = {}
        declared = tuple(manifests)
        for manifest in declared:
            for budget in manifest.resources:
                if self._units.setdefault(budget.resource, budget.unit) != budget.unit:
                    raise BudgetError(
                        f"`{budget.resource}` is counted in `{self._units[budget.resource]}` and "
                        f"in `{budget.unit}`; give it one unit"
                    )
        for name in self._units:
            naming = [m for m in declared if any(b.resource == name for b in m.resources)]
            since = min(manifest.not_before for manifest in naming)
            budgets = {b: None for m in naming for b in m.resources if b.resource == name}
            self._meters[name] = [
                Held(budget) if budget.kind == "held" else Used(budget, since=since)
                for budget in budgets
            ]
        self._open: dict[tuple[str, str], _Draw] = {}
        self._starts = Starts()
        self._unheard: dict[str, Start] = {}  # by decision: started, and not yet on record
        self._lock = Lock()

    def __bool__(self) -> bool:
        """Whether any resource has a budget."""
        return bool(self._meters)

    # -- judging -----------------------------------------------------------------------------------

    def judge(self, request: Request) -> Vote:
        """Forbid what goes beyond a budget; abstain otherwise."""
        if request.action not in _ACTIONS or request.resource not in self._meters:
            return _NO_BUDGET
        with self._lock:
            kept = self._open.get((request.run, request.id))
            refusal = kept.refusal if kept else self._draw(request, request.time).refusal
        if not refusal:
            return _WITHIN
        reason = f"resource `{request.resource}`: {refusal}"[:1000]
        return Vote(layer=self.layer, outcome=Outcome.FORBID, rule="budget", reason=reason)

    def reserve(self, request: Request, time: int) -> None:
        """Take the amount of an act, if every budget has room for it."""
        if request.action not in _ACTIONS or request.resource not in self._meters:
            return
        with self._lock:
            draw = self._draw(request, time)
            self._open[request.run, request.id] = draw
            if not draw.refusal:
                self._take(request, draw)

    def commit(self, request: Request) -> None:
        """Keep what was taken, or give back what is released."""
        if request.action not in _ACTIONS:
            return
        with self._lock:
            draw = self._open.pop((request.run, request.id), None)
            if draw is None:
                return
            if draw.refusal:  # it happens nevertheless: the gate only watches
                self._take(request, draw)
            if request.action == "resource.release":
                for meter in self._meters[str(request.resource)]:
                    meter.leave(draw.agent, draw.run, draw.amount)

    def release(self, request: Request) -> None:
        """Undo what was reserved."""
        if request.action not in _ACTIONS:
            return
        with self._lock:
            draw = self._open.pop((request.run, request.id), None)
            if draw is None or draw.refusal:
                return
            for meter in self._meters[str(request.resource)]:
                if request.action == "resource.release":
                    meter.stay(draw.agent, draw.run, draw.amount)
                elif request.action in meter.drawn_by:
                    meter.give_back(draw.agent, draw.run, draw.amount, draw.time)

    # -- hearing -----------------------------------------------------------------------------------

    def observe(self, event: BaseEvent) -> None:
        """Hear the end of a run, which gives back what was held in it."""
        if isinstance(event, RunEnded):
            with self._lock:
                for meters in self._meters.values():
                    for meter in meters:
                        meter.forget(event.run)

    def rebuild(self, event: BaseEvent, arguments: Callable[[], Any], time: int) -> None:
        """Count an event of the log, after a restart."""
        start = self._starts.hear(event)
        if start is not None and start.act is not None:
            act = start.act
            if act.action in _DRAWING and act.resource in self._meters:
                self._unheard[start.decided] = start
                if len(self._unheard) > MAX_UNHEARD:
                    self._suppose(self._unheard.pop(next(iter(self._unheard))))
        elif isinstance(event, RunEnded):
            self.observe(event)
        elif isinstance(event, _USES) and event.identity != "asserted":
            decided = next((c.id for c in event.causes if c.id in self._unheard), "")
            self._unheard.pop(decided, None)  # one event tells of one act
            model = isinstance(event, ModelCalled)
            name = event.model if isinstance(event, ModelCalled) else event.resource
            amount = 1 if isinstance(event, ModelCalled) else _whole(event.amount)
            action: Action = "model.call" if model else "resource.claim"
            with self._lock:
                for meter in self._meters.get(name, ()):
                    if isinstance(event, ResourceReleased):
                        meter.leave(event.agent, event.run, amount)
                    elif action in meter.drawn_by:
                        meter.take(event.agent, event.run, amount, time)

    def rebuilt(self) -> None:
        """Count each claim that was started and never recorded: it may have been for all."""
        with self._lock:
            for start in self._unheard.values():
                self._suppose(start)
            self._unheard.clear()

    def _suppose(self, start: Start) -> None:
        if start.act is not None:
            for meter in self._meters[start.act.resource]:
                amount = 1 if start.act.action == "model.call" else meter.whole
                if start.act.action in meter.drawn_by:
                    meter.take(start.agent, start.act.run, amount, start.time)

    # -- amounts -----------------------------------------------------------------------------------

    def _draw(self, request: Request, time: int) -> _Draw:
        agent, run, name = request.agent, request.run, str(request.resource)
        amount, refusal = self._asked(request)
        meters = self._meters[name]
        if not refusal and request.action == "resource.release":
            refusal = next((why for m in meters if (why := m.keeps(agent, run, amount))), "")
        elif not refusal:
            drawn = [m for m in meters if request.action in m.drawn_by]
            refusal = next((why for m in drawn if (why := m.lacks(agent, run, amount, time))), "")
        return _Draw(agent, run, amount, time, refusal)

    def _asked(self, request: Request) -> tuple[int, str]:
        """Return how much an act asks for, and what is wrong with that."""
        if request.action == "model.call":
            return 1, ""
        arguments = request.decoded()
        if not isinstance(arguments, dict):
            return 0, "expected an object with `amount`"
        amount, unit = arguments.get("amount", 1), arguments.get("unit")
        if type(amount) is not int or not 1 <= amount <= MAX_AMOUNT:
            return 0, "`amount` is a whole number from 1"
        own = self._units[str(request.resource)]
        return (amount, "") if unit in (None, "", own) else (0, f"it is counted in `{own}`")

    def _take(self, request: Request, draw: _Draw) -> None:
        for meter in self._meters[str(request.resource)]:
            if request.action == "resource.release":
                meter.prepare(draw.agent, draw.run, draw.amount)
            elif request.action in meter.drawn_by:
                meter.take(draw.agent, draw.run, draw.amount, draw.time)


def _whole(amount: float) -> int:
    """Return a recorded amount as a whole number; what was a part counts as a whole."""
    if not 0 <= amount <= MAX_AMOUNT:
        return MAX_AMOUNT
    return -int(-amount // 1)


def _abstain(reason: str) -> Vote:
    return Vote(layer="conditions", outcome=Outcome.ABSTAIN, rule="budget", reason=reason)


_NO_BUDGET: Final = _abstain("nothing shared is drawn on")
_WITHIN: Final = _abstain("within every budget")
