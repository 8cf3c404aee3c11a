"""What a user's own tools and messages mean, as events: rules in, further events out.

A rule of `events:` in `tertius.yaml` says that an event of some kind, tool, sender or wording is an
assertion, a rating, an approval, evidence, an outcome. For each event that fits, an event of that
kind stands right behind it, with the same run, agent and time, and the event as its declared cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from msgspec import Struct, field

from tertius.core.kinds import Event
from tertius.core.names import alias
from tertius.core.ports.reader import Recorded
from tertius.runtime.derive import UnfitError, made
from tertius.runtime.pick import MISSING, Scope, read_json, take
from tertius.runtime.rule_parts import Condition, Scalar
from tertius.runtime.rules import EventRule, receivers

MAX_EACH = 100  # items of one event that a rule looks at
KEPT = 5  # misfits of a rule that are kept word for word; all are counted


class Misfit(Struct, frozen=True, kw_only=True):
    """A rule fitted an event, and a value did not fit: nothing was added for it."""

    rule: str
    event: str
    field: str
    why: str


class Meant(Struct, frozen=True, kw_only=True):
    """What the rules make of one event."""

    records: tuple[Recorded, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    rules: tuple[str, ...] = ()


class RuleTally(Struct, kw_only=True):
    """What one rule did: events added, events whose values did not fit, the first such."""

    added: int = 0
    misfits: int = 0
    examples: list[Misfit] = field(default_factory=list)


class MappingTally(Struct, kw_only=True):
    """What all rules did, by the name of the rule, and how often an event was there already."""

    rules: dict[str, RuleTally] = field(default_factory=dict)
    already: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def count(self, meant: Meant) -> None:
        """Count what was made of one event."""
        for name in meant.rules:
            self.rules.setdefault(name, RuleTally()).added += 1
        for record in meant.records:
            self.kinds[str(record.event.__struct_config__.tag)] += 1
        for misfit in meant.misfits:
            tally = self.rules.setdefault(misfit.rule, RuleTally())
            tally.misfits += 1
            if len(tally.examples) < KEPT:
                tally.examples.append(misfit)

    @property
    def silent(self) -> list[str]:
        """Names of the rules that added nothing and met no misfit: perhaps misspelt."""
        return [name for name, rule in self.rules.items() if not rule.added + rule.misfits]


class Mapping:
    """The rules of a configuration, ready to be asked what an event means.

    Parameters
    ----------
    rules
        In the order of the file; it is the order of the events that they add.

    Notes
    -----
    Keeps no state: the same event and content always give the same answer, live and in replay.
    An event costs one dictionary lookup where no rule is about its kind; where one is, the content
    is read as JSON once, and a pattern looks at 4,000 characters at most. It cannot see what the
    rules do not name, nor whether a tool's author meant what the rule says.

    Examples
    --------
    >>> from tertius.core.events import ToolCalled
    >>> rule = EventRule.model_validate({"event": "tool.called", "tool": "review", "means": "rated",
    ...     "with": {"ratee": "$.author", "score": "$.stars", "high": 5}})
    >>> call = ToolCalled(id="r/7", time=0, run="r", agent="ann", tool="review")
    >>> (made,) = Mapping([rule]).means(call, b'{"author": "bob", "stars": 4}').records
    >>> made.event.id, made.event.agent, made.event.ratee, made.event.score
    ('r/7/means-1', 'ann', 'bob', 4)
    """

    def __init__(self, rules: Sequence[EventRule]) -> None:
        self.names = tuple(rule.name or f"rule-{n}" for n, rule in enumerate(rules, 1))
        self._rules: dict[str, list[tuple[str, EventRule]]] = {}
        for name, rule in zip(self.names, rules, strict=True):
            self._rules.setdefault(rule.event, []).append((name, rule))

    def means(self, event: Event, content: bytes | None) -> Meant:
        """Return what `event` means.

        Parameters
        ----------
        event
            Any event.
        content
            Its content; None where it has none or it is not at hand.
        """
        rules = self._rules.get(str(event.__struct_config__.tag))
        if rules is None:
            return _NOTHING
        seen = _Seen(event, content)
        records: list[Recorded] = []
        misfits: list[Misfit] = []
        fitted: list[str] = []
        for name, rule in rules:
            for count, scope in enumerate(seen.scopes(rule)):
                if count == MAX_EACH:
                    why = f"more than {MAX_EACH} items; the rest is left out"
                    misfits.append(Misfit(rule=name, event=event.id, field="each", why=why))
                    break
                try:
                    records.append(made(rule, scope, len(records) + 1))
                    fitted.append(name)
                except UnfitError as error:
                    misfits.append(
                        Misfit(rule=name, event=event.id, field=error.field, why=str(error))
                    )
        return Meant(records=tuple(records), misfits=tuple(misfits), rules=tuple(fitted))


_NOTHING = Meant()
_Other = TypeVar("_Other")


def mapped(
    records: Iterable[Recorded | _Other], mapping: Mapping, tally: MappingTally
) -> Iterator[Recorded | _Other]:
    """Give `records` on, each event followed by what it means.

    Parameters
    ----------
    records
        As `tertius.runtime.ingest.Ingest` gives them; what is no event passes as it is.
    mapping
        The rules.
    tally
        Is told what the rules did.

    Notes
    -----
    A record that went through the same rules before holds the added events already, each right
    behind its source; they are told by their ids and not added twice.
    """
    for name in mapping.names:
        tally.rules.setdefault(name, RuleTally())
    behind: set[str] = set()
    for record in records:
        if not isinstance(record, Recorded):
            yield record
            continue
        if record.event.id in behind:
            tally.already += 1
            continue
        yield record
        meant = mapping.means(record.event, record.contents[0] if record.contents else None)
        tally.count(meant)
        if meant.records:
            behind = {each.event.id for each in meant.records}
            yield from meant.records


class _Seen:
    """One event and its content, read once however many rules look at it."""

    def __init__(self, event: Event, content: bytes | None) -> None:
        self.event = event
        self._text = None if content is None else content.decode("utf-8", "replace")
        self._whole: Any = None

    def scopes(self, rule: EventRule) -> Iterator[Scope]:
        """Yield what the rule's values are looked up in: nothing where it does not fit."""
        event = self.event
        if not (
            _named(rule.agent, (event.agent,))
            and _named(rule.tool, (getattr(event, "tool", ""),))
            and _named(rule.channel, (getattr(event, "channel", ""),))
            and (not rule.to or _named(rule.to, _listed(getattr(event, receivers(type(event))))))
        ):
            return
        groups: dict[str, str] = {}
        if rule.matches is not None:
            found = None if self._text is None else rule.matches.search(self._text)
            if found is None:
                return
            groups = found
        whole = self._json()
        items = [whole] if rule.each is None else take(rule.each, self._scope(whole, {}))
        for item in items if isinstance(items, list) else []:
            scope = self._scope(item, dict(groups))
            if all(_holds(condition, scope) for condition in rule.where):
                yield scope

    def _scope(self, item: Any, groups: dict[str, str]) -> Scope:
        return Scope(
            event=self.event, text=self._text, whole=self._json(), item=item, groups=groups
        )

    def _json(self) -> Any:
        if self._whole is None:
            self._whole = MISSING if self._text is None else read_json(self._text)
        return self._whole


def _named(patterns: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether one of the names is, or is written as, one of the patterns; no pattern takes all."""
    return not patterns or any(_like(each, name) for each in patterns for name in names)


def _like(pattern: str, name: str) -> bool:
    """Compare exactly, `*` standing for anything, without going back over the name."""
    if "*" not in pattern:
        return name in (pattern, alias(pattern) if pattern else "")
    first, *middle, last = pattern.split("*")
    if not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return at <= end


def _holds(condition: Condition, scope: Scope) -> bool:
    found = take(condition.pick, scope)
    if found is MISSING:
        return False
    if condition.pattern is None:
        return any(_same(found, each) for each in condition.values)
    groups = condition.pattern.search(found) if isinstance(found, str) else None
    scope.groups.update(groups or {})
    return groups is not None


def _same(found: Any, wanted: Scalar) -> bool:
    """Compare as JSON does: `true` is not 1, and 1.0 is."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    return bool(found == wanted)


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
