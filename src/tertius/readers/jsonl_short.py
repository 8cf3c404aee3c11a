"""The short form of our JSON Lines: a message as a person would write it by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, get_args

from tertius.core.decode import (
    BadTimeError,
    MissingFieldError,
    TooLongError,
    UnknownFieldError,
    WrongTypeError,
)
from tertius.core.events import (
    EARLIEST_TIME,
    LATEST_TIME,
    UNKNOWN_TIME,
    Basis,
    Cause,
    MessageSent,
)
from tertius.core.names import alias, nearest

KEYS = ("from", "to", "text", "run", "id", "time", "causes", "channel", "task")
CAUSE_KEYS = ("id", "basis", "score")
MAX_LIST = 256  # names or causes in one line

_alias = lru_cache(maxsize=4096)(alias)  # the same few names come again and again
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def message(tree: dict[str, Any], run: str, number: int) -> MessageSent:
    """Return the message of line `number`, of `run` where the line names none.

    Raises
    ------
    EventError
        One of its subclasses, naming the field.

    Examples
    --------
    >>> sent = message({"from": "planner", "to": "coder", "text": "go"}, "r1", 7)
    >>> sent.id, sent.agent, sent.recipients
    ('r1/7', 'planner', ('coder',))
    """
    _known(tree, KEYS, "$")
    if "from" not in tree and "text" not in tree:
        raise MissingFieldError("missing `from` and `text`, or `kind`", field="$.from")
    get = tree.get
    run = _name(get("run", ""), "run") or run
    causes = [_cause(cause, n) for n, cause in enumerate(listed(tree, "causes"))]
    recipients = [_name(name, "to") for name in listed(tree, "to")]
    return MessageSent(
        id=_name(get("id", ""), "id") or alias(f"{run}/{number}"),
        time=_time(get("time", UNKNOWN_TIME)),
        run=run,
        agent=_name(get("from", ""), "from"),
        task=_name(get("task", ""), "task"),
        causes=tuple(causes),
        recipients=tuple(name for name in recipients if name),
        channel=_name(get("channel", ""), "channel"),
    )


def _known(tree: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in tree:
        if key not in keys:
            shown = ascii(key)[1:-1][:60]
            raise UnknownFieldError(
                f"unknown key `{shown}`{nearest(key, keys)}", field=f"{where}.{shown}"
            )


def _name(value: Any, key: str) -> str:
    """Return the legal name for a foreign one; an empty one stays empty, for not known."""
    if not isinstance(value, str):
        raise WrongTypeError("expected a name", field=f"$.{key}")
    return _alias(value) if value else ""


def listed(tree: dict[str, Any], key: str) -> list[Any]:
    """Return the value under `key` as a list; one thing stands for a list of one."""
    value = tree.get(key, [])
    found = value if isinstance(value, list) else [value]
    if len(found) > MAX_LIST:
        raise TooLongError(f"{len(found)} items; expected at most {MAX_LIST}", field=f"$.{key}")
    return found


def _cause(value: Any, number: int) -> Cause:
    field = f"$.causes[{number}]"
    if isinstance(value, str) and value:
        return Cause(id=alias(value))
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"]:
        raise WrongTypeError("expected an id, or an object with `id`", field=field)
    _known(value, CAUSE_KEYS, field)
    basis, score = value.get("basis", "declared"), value.get("score")
    if basis not in get_args(Basis):
        hint = nearest(str(basis)[:60], get_args(Basis))
        raise WrongTypeError(f"unknown basis{hint}", field=f"{field}.basis")
    number_like = isinstance(score, int | float) and not isinstance(score, bool)
    if score is not None and not (number_like and 0 <= score <= 1):
        raise WrongTypeError("expected a score from 0 to 1", field=f"{field}.score")
    return Cause(id=alias(value["id"]), basis=basis, score=None if score is None else float(score))


def _time(value: Any) -> int:
    """Return UTC nanoseconds from ISO 8601 text with a zone, or from nanoseconds."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise BadTimeError("a time without a zone; add `Z` or an offset", field="$.time")
            value = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
        except (ValueError, OverflowError) as error:
            raise BadTimeError("expected ISO 8601 or UTC nanoseconds", field="$.time") from error
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadTimeError("expected ISO 8601 or UTC nanoseconds", field="$.time")
    if value != UNKNOWN_TIME and not EARLIEST_TIME <= value <= LATEST_TIME:
        raise BadTimeError("absurd time; expected a moment from 2000 to 2100", field="$.time")
    return value
