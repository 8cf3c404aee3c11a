"""The four agents: what each does with what it reads. None of them knows of a gate.

They are scripted, so that every run is the same; a model would stand where the few lines between
two acts stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from tertius.core.request import Action
from tertius.runtime.commons import Message

AT_RISK = 0.6  # share of classes below which a student is at risk
POOR = 30_000  # euros of income up to which a student is eligible for aid
CASES = "casefile"  # the store that all four share


class Acts(Protocol):
    """What an agent can do; the same with a gate and without."""

    def call(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool."""
        ...

    def send(self, to: str, content: Any) -> str:
        """Send a message."""
        ...

    def receive(self) -> Message | None:
        """Take the oldest message that waits."""
        ...

    def remember(self, store: str, key: str, value: Any) -> str:
        """Write a value to a store."""
        ...

    def recall(self, store: str, key: str) -> Any:
        """Return a value from a store."""
        ...

    def determine(self, name: str, value: Any, **more: Any) -> str:
        """Settle a question."""
        ...

    def state(
        self,
        about: str,
        value: Any,
        *,
        to: str,
        kind: Literal["recommendation", "assessment", "vote"] = "assessment",
        evidence: Sequence[str] = (),
    ) -> str:
        """Recommend, assess or vote."""
        ...

    def verify(self, subject: str, result: str, *, of: str, evidence: Sequence[str] = ()) -> str:
        """Say what checking a peer's event came to."""
        ...

    def accept(self, subject: str, *, of: str) -> str:
        """Approve of what a peer made."""
        ...

    def delegate(
        self,
        to: str,
        *,
        actions: Sequence[Action],
        tools: Sequence[str] = (),
        lifetime: float,
        depth: int = 0,
    ) -> Any:
        """Pass on authority."""
        ...

    def resume(self, escalation: str) -> Any:
        """Run an act that a person permitted."""
        ...


def retention(me: Acts, student: str) -> str:
    """Determine how much at risk a student is, tell the advisor, and return the event of it."""
    figure = me.call("sis.attendance", student=student)
    level = "high" if figure < AT_RISK else "low"
    made = me.determine("risk-level", level, student=student, attendance=figure)
    me.remember(CASES, f"risk-level/{student}", level)
    me.send("advising", determined("risk-level", student, level, made))
    return made


def financial_aid(me: Acts, student: str) -> None:
    """Determine whether a student is eligible for aid, and tell the advisor that and no more."""
    record = me.call("aid.record", student=student)
    eligible = record["income"] <= POOR
    made = me.determine("aid-eligibility", eligible, student=student)
    me.send("advising", determined("aid-eligibility", student, eligible, made))


def advising(me: Acts, student: str) -> str:
    """Advise a student on what others determined, and return the advice."""
    known: dict[str, Any] = {}
    while (message := me.receive()) is not None:
        content = message.content
        if content.get("student") == student and "determination" in content:
            known[content["determination"]] = content["value"]
    grades = me.call("sis.grades", student=student)
    rule = me.recall(CASES, "rules/advice")
    if rule is not None and known.get("risk-level") == "high":
        advice = str(rule)
    elif known.get("risk-level") == "high":
        course = max(grades, key=grades.__getitem__)  # 1.0 is the best grade
        me.call("tutoring.refer", student=student, course=course)
        advice = f"see me this week; a tutor in {course} will call you"
    else:
        advice = "all is well; carry on"
    if known.get("aid-eligibility"):
        advice += "; you may apply for aid"
    me.call("advice.send", student=student, text=advice)
    return advice


def tutoring(me: Acts) -> int:
    """Book a lesson for everybody who was referred, and return how many there were."""
    waiting = me.call("tutoring.referrals")
    for slot, each in enumerate(waiting, 9):
        me.call("tutoring.book", student=each["student"], slot=slot)
    return len(waiting)


def determined(name: str, student: str, value: Any, event: str) -> dict[str, Any]:
    """Return how a determination is told: what it is, and the event in which it was made."""
    return {
        "determination": name,
        "student": student,
        "value": value,
        "determined_by": event,
    }
