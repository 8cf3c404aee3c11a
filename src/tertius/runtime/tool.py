"""A function as a tool: its name, the arguments it takes, and the schema that reviewers pin."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, get_type_hints

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.names import check_name
from tertius.policy.canonical import schema_digest

MASK: Final = "(secret)"
_KINDS: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    dict: "object",
    list: "array",
}
_TAKEN: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class ToolError(CallerError):
    """A function that cannot be a tool, or a tool that is not the one that was reviewed."""


class Tool(Struct, frozen=True, kw_only=True):
    """A function that agents may be permitted to call.

    Attributes
    ----------
    name, function
        Under which name manifests grant it, and what runs.
    schema
        Digest of its input schema; a manifest pins it, and another schema is another tool.
    secret
        Arguments that are masked wherever they are recorded.
    """

    name: str
    function: Callable[..., Any]
    schema: str
    secret: frozenset[str] = frozenset()

    @property
    def awaited(self) -> bool:
        """Whether its result must be awaited."""
        return inspect.iscoroutinefunction(self.function)

    def arguments(self, *given: Any, **named: Any) -> dict[str, Any]:
        """Return a call's arguments by name, defaults filled in, so that the whole is judged.

        Raises
        ------
        TypeError
            The function does not take them.
        """
        bound = inspect.signature(self.function).bind(*given, **named)
        bound.apply_defaults()
        return dict(bound.arguments)

    def shown(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as they may be recorded."""
        return {n: MASK if n in self.secret else value for n, value in arguments.items()}


def tool_of(name: str, function: Callable[..., Any], *, secret: tuple[str, ...] = ()) -> Tool:
    """Return a function as a tool.

    Parameters
    ----------
    name
        Under which manifests grant it.
    function
        Plain or async; every parameter has a name of its own.
    secret
        Parameters to be masked wherever they are recorded.

    Raises
    ------
    ToolError, BadNameError
        The name is none, the function takes arguments without names, or a secret is no parameter.

    Examples
    --------
    >>> def look(student: str, term: int = 1) -> float: ...
    >>> tool_of("sis.look", look).arguments("s-1")
    {'student': 's-1', 'term': 1}
    """
    check_name(name, "tool")
    schema = input_schema(function)
    for each in secret:
        if each not in schema["properties"]:
            raise ToolError(f"`{each}` is secret and no parameter of tool `{name}`")
    digest = schema_digest(schema)
    return Tool(name=name, function=function, schema=digest, secret=frozenset(secret))


def input_schema(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the JSON schema of a function's arguments, from its signature.

    Raises
    ------
    ToolError
        It takes arguments without names.

    Examples
    --------
    >>> def look(student: str, term: int = 1) -> float: ...
    >>> input_schema(look)["properties"]
    {'student': {'type': 'string'}, 'term': {'type': 'integer'}}
    """
    parameters = inspect.signature(function).parameters
    hints = get_type_hints(function)
    for each in parameters.values():
        if each.kind not in _TAKEN:
            raise ToolError(
                f"parameter `{each.name}` of a tool takes arguments without names; name them all"
            )
    kinds = {name: _KINDS.get(hints.get(name), "") for name in parameters}
    return {
        "type": "object",
        "properties": {name: {"type": kind} if kind else {} for name, kind in kinds.items()},
        "required": [n for n, each in parameters.items() if each.default is each.empty],
        "additionalProperties": False,
    }
