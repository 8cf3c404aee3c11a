"""What wrappers share that let players do something beside their move."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.core.ports.environment import Move
from tertius.environments.moves import MoveError
from tertius.environments.wrappers.around import Around

S = TypeVar("S", bound=Noun)


class Beside(Around[S]):
    """A wrapper under which a move may be ``{"move": ..., "say": ...}``, or plain as before.

    Notes
    -----
    A subclass gives `parts` and `check`; from `before` on, `moved` names whose move it was and
    `taken` holds what each of them did beside it. Several such wrappers lie around each other: each
    takes its own parts. A world whose own moves have a part called ``move`` is not supported.
    """

    taken: dict[str, dict[str, Any]]
    moved: tuple[str, ...]

    @abstractmethod
    def parts(self, agent: str) -> Mapping[str, Any]:
        """Return the JSON Schema of each part that `agent` may add now, by name."""

    @abstractmethod
    def check(self, agent: str, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts that `agent` added, settled; raise `MoveError` for bad ones."""

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Take the own parts out."""
        moves: dict[str, Move] = {}
        self.taken, self.moved = {}, tuple(actions)
        for agent, action in actions.items():
            moves[agent] = action
            if agent in self.acting and isinstance(action, Mapping) and "move" in action:
                moves[agent] = self._split(agent, action)
        return moves

    def legal(self, agent: str) -> Mapping[str, Any]:
        """Return the world's schema, or a form with the parts beside it."""
        inner = self.inner.legal(agent)
        parts = self.parts(agent) if agent in self.acting else {}
        if not parts:
            return inner
        plain, others = _unfolded(inner)
        form = {
            "type": "object",
            "properties": {"move": plain, **others, **parts},
            "required": ["move"],
            "additionalProperties": False,
        }
        return {"anyOf": [plain, form]}

    def _split(self, agent: str, action: Mapping[str, Any]) -> Move:
        own = self.parts(agent)
        mine = {key: value for key, value in action.items() if key in own}
        rest = {key: value for key, value in action.items() if key not in own}
        unknown = next((key for key in rest if key != "move"), None)
        if unknown is not None:
            known = _unfolded(self.inner.legal(agent))[1]
            if unknown not in known:
                shown = ascii(unknown)[1:-1][:40]
                hint = nearest(unknown, [*own, *known])
                raise MoveError(f"{agent}: nothing called `{shown}` goes beside a move now{hint}")
        try:
            self.taken[agent] = self.check(agent, mine)
        except MoveError as error:
            raise MoveError(f"{agent}: {error}") from None
        move: Move = rest["move"] if len(rest) == 1 else rest
        return move


def plain(action: Move) -> Move:
    """Return the move alone, without what goes beside it.

    Examples
    --------
    >>> plain({"move": "stay", "say": {"text": "hello"}}), plain("stay")
    ('stay', 'stay')
    """
    if isinstance(action, Mapping) and "move" in action:
        move: Move = action["move"]
        return move
    return action


def played(action: Move, move: Move) -> Move:
    """Return an action with another move, what goes beside it kept."""
    if isinstance(action, Mapping) and "move" in action:
        return {**action, "move": move}
    return move


def text_of(value: Any, what: str, longest: int) -> str:
    """Return a text that somebody put beside a move.

    Raises
    ------
    MoveError
        No text, or one that is too long.
    """
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        shown = ascii(value)[:40]
        raise MoveError(f"bad {what} {shown}; expected a text of 1 to {longest} characters")
    return value


def _unfolded(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    if "anyOf" not in schema:
        return schema, {}
    bare, form = schema["anyOf"]
    return bare, {name: part for name, part in form["properties"].items() if name != "move"}
