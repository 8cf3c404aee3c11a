"""Players that a user wrote: a class in a file of theirs, loaded because they named it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any, get_args

from tertius.core.errors import CallerError
from tertius.core.events import Value
from tertius.core.names import nearest
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws, Player
from tertius.core.scenario import PlayerKind, made

NEEDED = ("name", "kind", "sit", "act", "learn", "snapshot", "restore")
BASE = "derive it from `tertius.players.seated.Seated`"


class OwnPlayerError(CallerError):
    """A player of the user's own that cannot be had."""


def own(text: str) -> Callable[[], Player]:
    """Return what makes fresh players of a class in a file.

    Parameters
    ----------
    text
        ``FILE.py:CLASS`` or ``FILE.py:CLASS:key=value,key=value``. The file is run, once, with the
        rights of whoever names it; nothing else is looked for.

    Raises
    ------
    OwnPlayerError
        No such file, it fails, it has no such class, or the class is no `Player`.
    ScenarioError, PlayerSettingsError
        Settings that are none, or that the player does not know.
    """
    file, dot, rest = text.partition(".py:")
    if not dot or not rest:
        raise OwnPlayerError(f"`{_shown(text)}` names no class; give FILE.py:CLASS")
    path, chosen = Path(f"{file}.py"), made(rest)
    if not path.is_file():
        raise OwnPlayerError(f"no file `{_shown(path)}`; give the path of a Python file")
    kind = _class(_module(path.resolve()), chosen.name, path)
    make = partial(Own, kind, chosen.settings, path.resolve())
    make()
    return make


class Own:
    """A user's player; what it raises is told as its own failure, with the line.

    Parameters
    ----------
    kind, settings
        The class, and what it is made with.
    path
        The file it is in.

    Raises
    ------
    OwnPlayerError
        It cannot be made so, or is no `Player`; later, whatever goes wrong in it.
    """

    def __init__(self, kind: type[Any], settings: Mapping[str, Value], path: Path) -> None:
        self._kind, self._class, self._path = kind, kind.__name__, path
        self._player: Any = self._let(lambda: kind(**settings))
        _check(self._player, self._class)

    @property
    def name(self) -> str:
        """As the player says."""
        return str(self._player.name)

    @property
    def kind(self) -> PlayerKind:
        """As the player says."""
        said: PlayerKind = self._player.kind
        return said

    def sit(self, agent: str, setting: dict[str, Value]) -> None:
        """Take a seat for a new episode."""
        self._let(lambda: self._player.sit(agent, setting))

    def act(self, observation: Any, draws: Draws) -> Move:
        """Return a move."""
        move: Move = self._let(lambda: self._player.act(observation, draws))
        return move

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Be told what the move brought."""
        self._let(lambda: self._player.learn(reward, observation, done))

    def snapshot(self) -> bytes:
        """Return all state."""
        kept: bytes = self._let(lambda: self._player.snapshot())
        return kept

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot."""
        self._let(lambda: self._player.restore(state))

    def _let(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except CallerError:
            raise
        except (Exception, SystemExit) as error:  # anything may happen in a stranger's code
            where = _where(error, self._path, self._kind)
            raise OwnPlayerError(f"`{self._class}` fails{where}: {_told(error)}") from error


@cache
def _module(path: Path) -> ModuleType:
    name = f"tertius_own_{path.stem}_{abs(hash(path)):x}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OwnPlayerError(f"`{_shown(path.name)}` is no Python file; end it in .py")
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # anything may happen in a stranger's code
        del sys.modules[name]
        told = f"`{_shown(path.name)}` fails{_where(error, path)}: {_told(error)}"
        raise OwnPlayerError(told) from error
    return module


def _class(module: ModuleType, name: str, path: Path) -> type[Any]:
    found = getattr(module, name, None)
    if isinstance(found, type):
        return found
    classes = [
        key for key, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]  # fmt: skip
    hint = nearest(name, classes) if classes else "; there is none"
    raise OwnPlayerError(f"no class `{_shown(name)}` in `{_shown(path.name)}`{hint}")


def _check(player: object, name: str) -> None:
    lacking = [f"`{needed}`" for needed in NEEDED if not hasattr(player, needed)]
    if lacking:
        raise OwnPlayerError(f"`{name}` is no player, it lacks {', '.join(lacking)}; {BASE}")
    kinds, kind = get_args(PlayerKind), getattr(player, "kind", None)
    if kind not in kinds:
        raise OwnPlayerError(f"`{name}` is of kind {kind!r:.40}; expected one of {list(kinds)}")


def _where(error: BaseException, path: Path, kind: type[Any] | None = None) -> str:
    """Name the line: the last one of the file that ran, or that of the method called wrongly."""
    at = [line.lineno for line in extract_tb(error.__traceback__) if line.filename == str(path)]
    called = re.match(r"(?:\w+\.)*(\w+)\(\) ", str(error))
    if not at and called is not None and isinstance(error, TypeError):
        code = getattr(getattr(kind, called[1], None), "__code__", None)
        at = [code.co_firstlineno] if code and code.co_filename == str(path) else []
    return f" in line {at[-1]} of `{_shown(path.name)}`" if at else ""


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


def _shown(text: object) -> str:
    return ascii(str(text))[1:-1][:120]
