"""A run as turns: what somebody said or called, and what a tool gave back; each thing once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from tertius.core.events import (
    BaseEvent,
    HandedOff,
    MessageSent,
    ModelCalled,
    TaskAssigned,
    TaskCompleted,
    ToolCalled,
    ToolReturned,
)
from tertius.report.entry import Entry
from tertius.report.fences import FENCED, TEXT, is_block
from tertius.report.gist import IDLE
from tertius.report.words import line

_KINDS: tuple[type[BaseEvent], ...] = (
    MessageSent,
    ModelCalled,
    ToolCalled,
    ToolReturned,
    TaskAssigned,
    TaskCompleted,
    HandedOff,
)
_SHELL = frozenset({"sh", "bash", "shell", "console", "zsh"})
_NESTED = re.compile(r"<<|\b(?:then|do|esac)\b|[({]$", re.MULTILINE)  # lines of one command
_MARK = re.compile(r"[^\s\"'`(),;:=]{3,}")
_OVER = re.compile(r"[\s*`\"']*TERMINATE[\s*`\"'.]*")
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_FRAME = re.compile(r"^ {4}(\S.*)$", re.MULTILINE)
_COMMON = frozenset(
    {"import", "from", "print", "for", "def", "return", "the", "and", "with", "not"}
)
_ALIKE = 0.5  # share of the words of a piece of code that its repair uses again


class Turn(Struct, frozen=True, kw_only=True):
    """One event that says something; `code` is what it has run, `prose` the rest of its text.

    `commands` are the parts of the code that run one after the other, of which any can fail.
    """

    number: int
    agent: str
    text: str
    code: str = ""
    commands: tuple[str, ...] = ()
    prose: str = ""
    back: bool = False
    tool: tuple[str, str] = ("", "")
    call: str = ""
    causes: tuple[str, ...] = ()
    id: str = ""


def turns(entries: Sequence[Entry], returned: Mapping[int, bool]) -> list[Turn]:
    r"""Return the turns of a run; who passes on a result or has nothing to do takes none.

    Examples
    --------
    >>> said = MessageSent(id="1", time=0, run="r", agent="a")
    >>> (turn,) = turns([Entry(said, "kept", "Run it.\n```sh\nls\n```")], {})
    >>> turn.code, turn.prose.strip()
    ('ls', 'Run it.')
    """
    found = []
    for number, entry in enumerate(entries):
        event, text = entry.event, entry.text or ""
        if not isinstance(event, _KINDS) or returned.get(number) is False:
            continue
        if IDLE.match(text) or _OVER.fullmatch(text):
            continue
        back = number in returned
        if not text and not back and not isinstance(event, ToolCalled):
            continue
        code = text if isinstance(event, ToolCalled) else "" if back else _code(text)
        found.append(
            Turn(
                number=number,
                agent=event.agent,
                text=text,
                code="\n".join(each.strip() for each in code.splitlines() if each.strip()),
                commands=() if back or isinstance(event, ToolCalled) else _commands(text),
                prose="" if back or isinstance(event, ToolCalled) else _prose(text),
                back=back,
                tool=(event.agent, getattr(event, "tool", "")),
                call=getattr(event, "call", ""),
                causes=tuple(cause.id for cause in event.causes),
                id=event.id,
            )
        )
    return found


def _blocks(text: str) -> list[tuple[str, str]]:
    found = [each for each in FENCED.finditer(text) if is_block(each)]
    blocks = [((each["language"] or "").lower(), each["text"]) for each in found]
    return [(language, code) for language, code in blocks if language not in TEXT]


def _prose(text: str) -> str:
    """Return a text without its blocks; words between fences within a line stay."""
    return FENCED.sub(lambda each: "\n" if is_block(each) else each["text"], text)


def _code(text: str) -> str:
    return "\n".join(code for _, code in _blocks(text))


def _commands(text: str) -> tuple[str, ...]:
    """Return blocks of code one by one, and of a shell's each command."""
    found: list[str] = []
    for language, code in _blocks(text):
        kept = "\n".join(
            each.strip()
            for each in code.splitlines()
            if each.strip() and not each.lstrip().startswith("#")
        )
        lines = kept.replace("\\\n", " ").splitlines()
        found += lines if language in _SHELL and not _NESTED.search(kept) else [kept]
    return tuple(filter(None, found))


def author(told: Sequence[Turn], back: int) -> Turn | None:
    """Return the turn that wrote the call to which `told[back]` is the answer.

    Notes
    -----
    The call of the same id; else the latest code since the result before; else the cause, if it is
    somebody else's.
    """
    result = told[back]
    for turn in reversed(told[:back]):
        if result.call:
            if turn.call == result.call and not turn.back:
                return turn
        elif turn.back:
            break
        elif turn.code:
            return turn
    for turn in reversed(told[:back]):
        if turn.id in result.causes and turn.agent != result.agent and not turn.back:
            return turn
    return None


def alike(code: str, other: str) -> bool:
    """Whether `other` may be another try at `code`: it uses at least half of its words.

    Examples
    --------
    >>> failed = "table = read('a.csv')"
    >>> alike(failed, "table = read('b.csv')"), alike(failed, "ls")
    (True, False)
    """
    words = set(_WORD.findall(code)) - _COMMON
    return not words or len(words & set(_WORD.findall(other))) >= _ALIKE * len(words)


def called(turn: Turn, back: Turn | None, error: str = "") -> str:
    """Return the line of code that tells most: where it failed, else the last call in it.

    Of several commands it is taken from the one that the error names; empty if it names none.
    """
    lines = turn.code.splitlines()
    if not lines:
        return line(turn.text, 200)
    for frame in reversed(_FRAME.findall(back.text) if back else []):
        if frame.strip() in lines:
            return line(frame, 200)
    if back and len(turn.commands) > 1:
        lines = _meant(turn.commands, error).splitlines()
        if not lines:
            return ""
    bare = [each for each in lines if not each.startswith(("#", "import ", "from ", "//"))]
    calls = [each for each in bare if "(" in each and not each.startswith(("print", "def "))]
    return line((calls or bare or lines)[-1], 200)


def _meant(commands: Sequence[str], error: str) -> str:
    """Return the only command that holds words of an error which no other holds."""
    held = [set(_MARK.findall(each)) for each in commands]
    named = set()
    for mark in _MARK.findall(error):
        holds = [n for n, marks in enumerate(held) if mark in marks]
        named |= set(holds) if len(holds) == 1 else set()
    return commands[named.pop()] if len(named) == 1 else ""
