"""The older way to trace a dialogue: each message an event of its own, beside the span.

Up to version 1.36 of the GenAI conventions a message was an event named ``gen_ai.user.message``,
``gen_ai.system.message``, ``gen_ai.assistant.message``, ``gen_ai.tool.message`` or
``gen_ai.choice``, with its content in a body (as a log record) or in attributes (as an event of
the span); still older are ``gen_ai.content.prompt`` and ``gen_ai.content.completion``. Some
libraries write the same events as JSON into the span's attribute ``events``. The newer
``gen_ai.client.inference.operation.details`` holds what spans hold, and
``gen_ai.evaluation.result`` a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tertius.readers.span_text import parsed

ROLES = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant", "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
}  # fmt: skip
CONTENT = ("gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion")
DETAILS = "gen_ai.client.inference.operation.details"
VERDICT = "gen_ai.evaluation.result"


def gathered(events: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the attributes that say what these events, name and fields, say.

    Examples
    --------
    >>> gathered([("gen_ai.user.message", {"content": "go"}), ("exception", {})])
    {'gen_ai.input.messages': [{'content': 'go', 'role': 'user'}]}
    """
    asked: list[Any] = []
    answers: list[Any] = []
    found: dict[str, Any] = {}
    for name, fields in events:
        if name in ROLES:
            message = _message(name, fields)
            (answers if name == "gen_ai.choice" else asked).append(message)
        elif name == "gen_ai.content.prompt":
            asked.append(parsed(fields.get("gen_ai.prompt")))
        elif name == "gen_ai.content.completion":
            answers.append(parsed(fields.get("gen_ai.completion")))
        elif name == DETAILS:
            found.update(fields)
        elif name == VERDICT:
            found[f"gen_ai.evaluation.{len(found)}"] = dict(fields)
    if asked:
        found["gen_ai.input.messages"] = asked
    if answers:
        found["gen_ai.output.messages"] = answers
    return found


def listed(value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the events in an attribute that holds them as JSON; empty where it holds none."""
    items = parsed(value)
    if not isinstance(items, list):
        return []
    named = [(item.get("event.name"), item) for item in items if isinstance(item, dict)]
    return [(name, item) for name, item in named if isinstance(name, str)]


def _message(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    held = dict(fields)
    for key in CONTENT:
        inner = parsed(held.pop(key, None))
        if isinstance(inner, dict):
            held.update(inner)
    inner = parsed(held.get("message"))
    if isinstance(inner, dict):
        held.update(inner)
        del held["message"]
    held.setdefault("role", ROLES[name])
    if isinstance(held.get("content"), str):
        return held
    held["content"] = held.get("content", "")
    return held
