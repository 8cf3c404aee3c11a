"""The text of messages, in the many shapes in which tools write them down.

===================================================  ==========================================
shape                                                written by
===================================================  ==========================================
``[{"role", "parts": [{"type", "content"}]}]``       OpenTelemetry GenAI, from 1.37 on
``[{"role", "content": text or parts}]``             OpenAI, Anthropic, most others
``{"messages": ...}``, also a list inside a list     LangChain, LangGraph, LangSmith
``{"type": "human", "data": {"content"}}``           LangChain, dumped
``{"id": [..., "HumanMessage"], "kwargs": {...}}``   LangChain, serialised
``{"message.role", "message.content"}``              OpenInference, one message
any of these as JSON inside a text                   all of them, where attributes hold only text
===================================================  ==========================================

What is in no known shape is its own text, as JSON.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

MAX_INSIDE = 6  # wrappings that are looked into
WRAPPERS = ("messages", "message", "input", "inputs", "output", "outputs", "generations", "choices")
ROLES = {
    "human": "user", "ai": "assistant", "HumanMessage": "user", "AIMessage": "assistant",
    "SystemMessage": "system", "ToolMessage": "tool", "FunctionMessage": "tool",
    "AIMessageChunk": "assistant", "developer": "system", "instruction": "system",
}  # fmt: skip


class Message(NamedTuple):
    """One message: whose role, whose name where one is given, and its text."""

    role: str
    name: str
    text: str


def plain(value: Any) -> str | None:
    """Return a value as text: text as it is, nothing as None, anything else as JSON.

    Examples
    --------
    >>> plain("hello"), plain({"a": [1, 2]}), plain(None)
    ('hello', '{"a":[1,2]}', None)
    """
    if value is None or isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def parsed(value: Any) -> Any:
    """Return what a text holds, if it is JSON of an object or a list; else the value itself."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return value


def messages(value: Any) -> list[Message]:
    """Return the messages in `value`, in order; what is no message is none.

    Examples
    --------
    >>> messages('[{"role": "user", "parts": [{"type": "text", "content": "go"}]}]')
    [Message(role='user', name='', text='go')]
    >>> messages({"messages": [[{"id": ["x", "AIMessage"], "kwargs": {"content": "done"}}]]})
    [Message(role='assistant', name='', text='done')]
    >>> messages({"question": "why?"})
    []
    """
    found: list[Message] = []
    _collect(parsed(value), found, 0)
    return found


def asked(value: Any) -> str | None:
    """Return what an agent was last asked in `value`, or `value` itself where it is no dialogue.

    Examples
    --------
    >>> asked([{"role": "system", "content": "be brief"}, {"role": "user", "content": "go"}])
    'go'
    >>> asked({"question": "why?"})
    '{"question":"why?"}'
    """
    found = [message for message in messages(value) if message.role != "system"]
    from_outside = [message for message in found if message.role != "assistant"]
    if from_outside or found:
        return (from_outside or found)[-1].text
    return plain(value)


def answered(value: Any) -> str | None:
    """Return what was said last in `value`, or `value` itself where it is no dialogue.

    Examples
    --------
    >>> answered('[{"role": "user", "content": "go"}, {"role": "assistant", "content": "ok"}]')
    'ok'
    """
    found = messages(value)
    return found[-1].text if found else plain(value)


def _collect(value: Any, found: list[Message], depth: int) -> None:
    if depth > MAX_INSIDE:
        return
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                _collect(item, found, depth + 1)
        return
    if not isinstance(value, dict):
        return
    message = _message(value)
    if message is not None:
        found.append(message)
        return
    for key in WRAPPERS:
        if isinstance(value.get(key), list | dict):
            _collect(value[key], found, depth + 1)
            return


def _message(value: dict[str, Any]) -> Message | None:
    """Return the message that `value` is, or None if it is none."""
    role, inner = _role(value), value
    for key in ("kwargs", "data"):
        if isinstance(value.get(key), dict) and role:
            inner = value[key]
            break
    if "message.role" in value or "message.content" in value:
        inner = {key.removeprefix("message."): item for key, item in value.items()}
        role = _role(inner)
    if not role or not ({"content", "parts", "contents", "tool_calls"} & inner.keys()):
        return None
    name = inner.get("name")
    return Message(ROLES.get(role, role), name if isinstance(name, str) else "", _text(inner))


def _role(value: dict[str, Any]) -> str:
    role = value.get("role")
    if isinstance(role, str):
        return role
    kind, path = value.get("type"), value.get("id")
    if isinstance(path, list) and path and path[-1] in ROLES and isinstance(path[-1], str):
        return path[-1]
    return kind if isinstance(kind, str) and kind in (*ROLES, "system", "tool") else ""


def _text(message: dict[str, Any]) -> str:
    """Return texts as they are, one a line, and everything else as JSON."""
    parts: list[str] = []
    for key in ("content", "parts", "contents"):
        value = message.get(key)
        for part in value if isinstance(value, list) else [value]:
            text = _part(part)
            if text:
                parts.append(text)
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        parts.extend(filter(None, map(plain, calls)))
    return "\n".join(parts)


def _part(part: Any) -> str | None:
    if isinstance(part, dict) and part.get("type") in ("text", "output_text", "input_text"):
        inner = part.get("content", part.get("text"))
        if isinstance(inner, str):
            return inner
    if isinstance(part, dict) and isinstance(part.get("message_content.text"), str):
        return str(part["message_content.text"])
    return plain(part)
