"""What the gate decided: permits, denials and their rules, questions and how they were settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from html import escape
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field

from tertius.core.kinds import Event
from tertius.core.oversight_events import Decided, Escalated, PolicyChanged, Ruled
from tertius.report.words import counted, line

MOST_LINES: Final = 40  # denials, questions and rulings told one by one; more are counted
_OPENING: Final = "break-glass/"  # how the id of an opening begins
_LIFTED: Final = "break-glass by "
_RULED: Final = {
    "approved": "approved by {who}", "denied": "denied by {who}",
    "expired": "nobody answered in time",
    "withdrawn": "withdrawn", "void": "void", "lapsed": "approved, and not used in time",
    "late": "answered too late by {who}", "started": "the approved act began",
    "succeeded": "the approved act succeeded", "failed": "the approved act failed",
    "unknown": "nobody knows whether the approved act happened",
}  # fmt: skip


class Line(Struct, frozen=True):
    """One thing that is told, and the event to read; like ones are told once."""

    run: str
    said: str


class Decisions(Struct):
    """What was heard of a gate, and where the event of each line is."""

    outcomes: Counter[str] = field(default_factory=Counter)
    shadow: int = 0
    lifted: int = 0
    rulings: Counter[str] = field(default_factory=Counter)
    questions: set[str] = field(default_factory=set)
    denied: dict[Line, list[str]] = field(default_factory=dict)
    others: dict[Line, list[str]] = field(default_factory=dict)

    def hear(self, event: Event) -> None:
        """Take one event into account."""
        if isinstance(event, Decided):
            self._decided(event)
        elif isinstance(event, Escalated):
            self.questions.add(event.escalation)
            self._tell(event, f"a question about {event.agent or 'somebody'} went to a person")
        elif isinstance(event, Ruled):
            self.rulings[event.ruling] += 1
            self._tell(event, _RULED[event.ruling].format(who=event.approver or "somebody"))
        elif isinstance(event, PolicyChanged) and event.id.startswith(_OPENING):
            self._tell(event, f"the emergency door (break-glass) was {event.reason}")

    def _decided(self, event: Decided) -> None:
        self.outcomes[event.outcome] += 1
        self.shadow += event.shadow
        self.lifted += any(_LIFTED in rule for rule in event.rules)
        if event.outcome == "forbid":
            on = event.resource or event.peer
            act = f"{event.action or 'a malformed request'}{f' on {on}' if on else ''}"
            why = next((rule for rule in event.rules if " forbid " in rule), "")
            why = why or next(iter(event.errors), "no rule is recorded")
            said = f"{event.agent or 'somebody'} was denied {act}: {why}"
            self.denied.setdefault(Line(event.run, said), []).append(event.id)

    def _tell(self, event: Event, said: str) -> None:
        self.others.setdefault(Line(event.run, said), []).append(event.id)


def block(heard: Decisions, numbers: Mapping[str, int], drawn: Collection[str]) -> str:
    """Return the block as escaped HTML; empty where no gate decided anything.

    Parameters
    ----------
    numbers
        Numbers of the events on the page, by their ids.
    drawn
        Names of the runs that can be opened.
    """
    if not heard.outcomes and not heard.others:
        return ""
    items = [*_lines(heard.denied, numbers, drawn), *_lines(heard.others, numbers, drawn)]
    rest = len(items) - MOST_LINES
    more = f"<li>and {rest:,} more</li>" if rest > 0 else ""
    told = f"<ul>\n{''.join(items[:MOST_LINES])}{more}</ul>\n" if items else ""
    return (
        '<section id="gate" aria-labelledby="gate-title">\n'
        '<h2 id="gate-title">What the gate decided</h2>\n'
        f"<p>{escape(_summary(heard))}</p>\n{told}</section>\n"
    )


def _summary(heard: Decisions) -> str:
    total = heard.outcomes.total()
    said = (
        f"{counted(total, 'decision')}: {heard.outcomes['permit']:,} permitted, "
        f"{heard.outcomes['forbid']:,} denied, {heard.outcomes['escalate']:,} left to a person."
    )
    if heard.questions or heard.rulings:
        said += (
            f" {counted(len(heard.questions), 'question')}, with "
            f"{counted(heard.rulings['approved'], 'approval')} and "
            f"{counted(heard.rulings['denied'], 'denial')} by people."
        )
    if heard.shadow:
        said += (
            f" {counted(heard.shadow, 'decision')} in shadow mode: only the constitution was "
            "enforced, and what else was denied went ahead."
        )
    if heard.lifted:
        said += f" Break-glass turned {counted(heard.lifted, 'decision')}."
    return said


def _lines(
    told: Mapping[Line, list[str]], numbers: Mapping[str, int], drawn: Collection[str]
) -> Iterator[str]:
    for each, ids in told.items():
        text = escape(line(each.said, 240))
        number = numbers.get(ids[0])
        if number is not None and each.run in drawn:
            link = f"#run={quote(each.run, safe='/:')}&event={number}"
            text = f'<a href="{escape(link)}">{text}</a>'
        often = f" ({len(ids):,} times)" if len(ids) > 1 else ""
        yield f"<li>{text}{often}</li>\n"
