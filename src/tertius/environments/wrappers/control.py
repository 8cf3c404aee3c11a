"""Control: one player decides for the others, for some of them, or for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from msgspec.structs import replace

from tertius.core.events import TaskAssigned, Value
from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Move, StepResult
from tertius.environments.moves import MoveError
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale
from tertius.environments.wrappers.allowed import allowed
from tertius.environments.wrappers.beside import Beside, plain, played


class ControlSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    mode
        ``central``: the controller decides for all others; ``hybrid``: for `seats`, the rest
        decides for itself; ``decentral``: for nobody.
    controller
        Its seat; empty for the first.
    seats
        Who is decided for under ``hybrid``: ``a+b``.
    unordered
        What is played for a seat that got no order: its ``own`` move, or the ``idle`` one.
    """

    mode: Literal["central", "hybrid", "decentral"] = "central"
    controller: str = ""
    seats: str = ""
    unordered: Literal["own", "idle"] = "own"


class Control(Beside[ControlSettings]):
    """Lets the controller add ``"orders": {"ben": move}`` to its move, and plays them.

    Notes
    -----
    In worlds where all move at once an order holds for the same step; in turns, for the ordered
    seat's next one, named by text, if it is allowed then. The controller sees what those see for
    whom it decides, under ``team``. A controller that is down (`crash` laid around this) gives no
    orders. Orders are obeyed always and at once: a member that disobeys is not in here.

    References
    ----------
    Malone and Crowston, "The interdisciplinary study of coordination", ACM Computing Surveys 26
    (1994).
    """

    name = "control"
    Settings: ClassVar[type[Noun]] = ControlSettings
    neutral: ClassVar[Mapping[str, Value]] = {"mode": "decentral"}

    def declare(self) -> Facts:
        """Find the controller and those it decides for."""
        own = self.settings
        self._head = self.named(own.controller)[0] if own.controller else self.seats[0]
        if own.mode == "hybrid" and not own.seats:
            raise SettingsError("hybrid control of nobody; say whom with `seats`")
        everybody = {"central": "*", "hybrid": own.seats, "decentral": ""}[own.mode]
        self._led = tuple(name for name in self.named(everybody) if name != self._head)
        return self.inner.facts

    def begin(self) -> None:
        """No orders."""
        self.memory = {"orders": {}}

    def parts(self, agent: str) -> Mapping[str, Any]:
        """Orders, for the controller."""
        if agent != self._head or not self._led:
            return {}
        return {
            "orders": {
                "type": "object",
                "properties": {name: self._order(name) for name in self._now()},
                "additionalProperties": False,
            }
        }

    def check(self, agent: str, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Settle the orders."""
        orders = parts.get("orders", {})
        if not isinstance(orders, Mapping):
            raise MoveError(f"bad `orders` {ascii(orders)[:40]}; expected moves by name")
        for name, move in orders.items():
            if name not in self._now():
                hint = nearest(name, self._led) if isinstance(name, str) else ""
                raise MoveError(f"{ascii(name)[:40]} takes no orders of yours{hint}")
            now = name in self.acting
            if not (allowed(self.inner, name, move) if now else isinstance(move, str)):
                raise MoveError(f"the order {ascii(move)[:40]} for `{name}` is not allowed")
        return dict(orders)

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Play the orders."""
        moves = dict(super().before(actions))
        self._orders = {**self.memory["orders"], **self.taken.get(self._head, {})}
        self._obeyed: dict[str, Move] = {}
        for name in self._led:
            if name not in moves or name not in self.acting:
                continue
            order = self._orders.pop(name, None)
            if order is not None and allowed(self.inner, name, order):
                self._obeyed[name] = order
                moves[name] = played(moves[name], order) if plain(order) is order else order
            elif self.settings.unordered == "idle":
                moves[name] = played(moves[name], self.inner.idle(name))
        return moves

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Tell the orders."""
        self.memory["orders"] = self._orders
        for name in self.taken.get(self._head, {}):
            tale.say(TaskAssigned, agent=self._head, to=name)
        return replace(result, truth=self.revealed(result, {"obeyed": self._obeyed}))

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Show the controller what the others see."""
        if not self._led:
            return seen
        team = {name: seen[name] for name in self._led}
        return {**seen, self._head: {**seen[self._head], "team": team}}

    def words(self, agent: str) -> str:
        """Tell who decides."""
        if agent == self._head and self._led:
            told = [f"{name} sees: {self.inner.describe(name)}" for name in self._led]
            told.append('You decide for them: {"move": ..., "orders": {"name": move}}.')
            return "\n".join(told)
        return f"{self._head} decides for you." if agent in self._led else ""

    def _order(self, name: str) -> Mapping[str, Any]:
        if name in self.acting:
            return self.inner.legal(name)
        return {"type": "string", "minLength": 1}  # what will be allowed is not known yet

    def _now(self) -> list[str]:
        simultaneous = self.facts.timing == "simultaneous"
        return [name for name in self._led if not simultaneous or name in self.acting]
