"""The entry that the log is measured with: a message of a three-agent run, 455 bytes."""

from tertius.core.events import Cause, MessageSent

NOW = 1_760_000_000_000_000_000  # UTC nanoseconds of the first one


def message(number: int, *, far: int, content: str) -> MessageSent:
    """Make a message that rests on the one before it and on number `far`; the first few on none."""
    return MessageSent(
        id=f"evt-0000000000-{number:012d}",
        time=NOW + number * 1000,
        run="run-2026-11-21-000017",
        agent="orchestrator-7",
        task="task-000000421",
        party="customer-000017",
        causes=(
            Cause(id=f"evt-0000000000-{number - 1:012d}"),
            Cause(id=f"evt-0000000000-{far:012d}", basis="observed"),
        )
        if number > 7
        else (),
        recipients=("web-surfer-3",),
        channel="team-chat/planning",
        content=content,
        identity="framework",
    )
