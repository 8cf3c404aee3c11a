"""Coalition logs: games and markets of agents with a hidden channel, one run on a line.

A line is a JSON object: `id`, `env`, `agents`, `events`, and `condition`, `label`, `outcomes`,
`split`, `split_key`. Run: ``coalitions/<env>-<12 hex digits of SHA-256 of the id>``, because ids
name the condition. Event ``n``, counted from 0 over the visible ones, is ``<run>/<n>``: counting
the hidden ones too would tell how much was said in secret.

**Visible is what stands on the channel** ``public`` (every agent sees it) **or** ``audit`` (an
action that an audit log sees). Everything else is truth: ``private`` and ``private:...`` (talk that
outsiders do not see), ``meta`` (who was paired for it), ``self`` (reasons an agent keeps to
itself), and any channel not named here. Truth are also condition, label, outcomes, roles of agents,
a role that an event reveals, and any key not named here. `seq` of a visible event is dropped: it
counts the hidden ones too.

=============================  ===================  ==============================================
visible event                  event here           known from
=============================  ===================  ==============================================
``message``, ``tool`` (a word  message.sent         sender: file; recipients: the file, or the
of the game's host)                                 rule: public is seen by every other agent
``action``: vote, revote       asserted (vote)      voter and target: file; the word is its value
``action``: eliminated         outcome.observed     who went: file
``action``: anything else      acted                who and what: file; content: the numbers
=============================  ===================  ==============================================

`round` becomes the task (``round-3``; a special stage adds its name) and the step of a move.

Causes are *declared*: what is public is in everyone's view, so every event rests on the public one
before it. A vote on the audit channel is not shown, only who went, which rests on the votes since
the last time.

What it cannot see: who was still in the game when something was said; times that are not of a day
(unknown, 0); how long after an order its trade was struck.

References
----------
Elimination Game: github lechmazur/elimination_game. Double auction: arXiv 2507.01413. Mafia:
arXiv 2506.05309. The lines are those of a converted collection, described in its `SOURCE.txt`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from tertius.core import names
from tertius.core.events import (
    EARLIEST_TIME,
    LATEST_TIME,
    UNKNOWN_TIME,
    Acted,
    AgentJoined,
    Asserted,
    Cause,
    MessageSent,
    OutcomeObserved,
    RunEnded,
    RunStarted,
)
from tertius.core.ports.reader import ReaderRecord, ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.glance import glance
from tertius.readers.rows import Row, rows, text
from tertius.readers.turns import MAX_MEMBERS, short

KEYS = frozenset({"env", "events", "label", "condition"})
VISIBLE = ("public", "audit")
SHOWN = frozenset({"env", "agents", "events"})  # of a run; all other keys are truth
EVENT = frozenset(
    {"t", "seq", "round", "kind", "sender", "recipients", "channel", "stage", "text", "content"}
)
CONTENT = frozenset({"act", "price", "amount", "with", "target"})
VOTES = frozenset({"vote", "revote"})
MAX_CAUSES = 256
MAX_STEP = 2**53 - 1

_alias = lru_cache(maxsize=4096)(names.alias)  # the same few names come again and again
_encode = msgspec.json.Encoder().encode


class CoalitionLogs:
    """Games and markets with a hidden channel, as JSON Lines.

    Notes
    -----
    Holds one line of at most 16 MiB, and the names of the runs so far.
    """

    name = "coalition_logs"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a run with its condition and label starts here."""
        return glance(head).keys >= KEYS

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield each run and its truth, line by line; at the end, how many rows had no events."""
        runs: set[str] = set()
        empty = 0
        for row in rows(path):
            if isinstance(row, ReadProblem):
                yield row
            elif not isinstance(row.tree.get("events"), list):
                yield _problem(path, row, "expected a list `events`", "$.events")
            elif not row.tree["events"]:
                empty += 1
            else:
                game = _Game(path, row, runs)
                yield from game.records()
        if empty:
            yield Skipped(reason="rows without events", rows=empty)


class _Game:
    """One run; remembers the last public event and the votes since somebody went."""

    def __init__(self, path: Path, row: Row, runs: set[str]) -> None:
        self.path, self.row, self.tree = path, row, row.tree
        self.env = text(row.tree, "env") or "unknown"
        digest = sha256((text(row.tree, "id") or f"row {row.number}").encode()).hexdigest()[:12]
        self.run = f"coalitions/{short(self.env)}-{digest}"
        if self.run in runs:
            self.run = f"{self.run}/row-{row.number}"
        runs.add(self.run)
        agents = row.tree.get("agents")
        self.agents = agents if isinstance(agents, list) else []
        named = [name for each in self.agents if (name := _name(each))]
        self.players = {name: _alias(name) for name in dict.fromkeys(named)}
        self.others: dict[str, tuple[str, ...]] = {}
        self.hidden: list[Any] = []
        self.extra: dict[str, Any] = {}  # of visible events, what is truth all the same
        self.public = ""
        self.before: tuple[Cause, ...] = ()  # the same, as a cause
        self.votes: list[str] = []

    def records(self) -> Iterator[ReaderRecord]:
        """Yield start and members, visible events, end, truth."""
        if len(self.players) > MAX_MEMBERS:
            message = f"{len(self.players)} agents; expected at most {MAX_MEMBERS}"
            yield _problem(self.path, self.row, message, "$.agents")
            return
        run, time = self.run, UNKNOWN_TIME
        title = self.env[:1000]
        yield Recorded(
            event=RunStarted(
                id=f"{run}/start", time=time, run=run, title=title, source=CoalitionLogs.name
            )
        )
        yield from self._joined()
        number = 0
        for place, item in enumerate(self.tree["events"]):
            if not isinstance(item, dict) or item.get("channel") not in VISIBLE:
                self.hidden.append(item)
            elif (made := self._event(number, item)) is None:
                field = f"$.events[{place}]"
                yield _problem(self.path, self.row, "expected a message, tool or action", field)
            else:
                yield made
                number += 1
        causes, reason = self.before, "the record stops here"
        yield Recorded(
            event=RunEnded(id=f"{run}/end", time=time, run=run, causes=causes, reason=reason)
        )
        yield TruthRecord(run=run, data=self._truth())

    def _joined(self) -> Iterator[Recorded]:
        models = {
            name: model
            for each in self.agents
            if (name := _name(each)) and (model := text(each, "model"))
        }
        for number, (name, legal) in enumerate(self.players.items()):
            yield Recorded(
                event=AgentJoined(
                    id=f"{self.run}/agent-{number}",
                    time=UNKNOWN_TIME,
                    run=self.run,
                    agent=legal,
                    title="" if legal == name else name[:1000],
                    model=_alias(models[name]) if name in models else "",
                )
            )

    def _event(self, number: int, item: dict[str, Any]) -> Recorded | None:
        """Return the event of one visible item, None where it is none of the kinds."""
        kind, content = item.get("kind"), item.get("content")
        if not item.keys() <= EVENT:
            self._keep(number, {key: item[key] for key in item.keys() - EVENT})
        sender = item.get("sender")
        shared: dict[str, Any] = {
            "id": f"{self.run}/{number}",
            "time": _time(item.get("t")),
            "run": self.run,
            "agent": _alias(sender) if isinstance(sender, str) and sender else "",
            "task": _task(item.get("round"), item.get("stage")),
            "causes": self.before,
        }
        if kind == "action" and isinstance(content, dict):
            return self._action(number, item, content, shared)
        if kind not in ("message", "tool"):
            return None
        said = item.get("text")
        event = MessageSent(
            **shared,
            recipients=self._recipients(item, sender),
            channel=item["channel"],
            via="environment" if kind == "tool" or not self._plays(sender) else "message",
        )
        if item["channel"] == "public":
            self._goes_public(event.id)
        if content is not None:
            self._keep(number, {"content": content})
        return Recorded(event=event, contents=(said.encode(),) if isinstance(said, str) else ())

    def _action(
        self, number: int, item: dict[str, Any], content: dict[str, Any], shared: dict[str, Any]
    ) -> Recorded:
        act, target = content.get("act"), content.get("target")
        about = _alias(target) if isinstance(target, str) and target else ""
        word = act[:1000] if isinstance(act, str) else None
        if not content.keys() <= CONTENT:
            extra = {key: content[key] for key in content.keys() - CONTENT}
            content = {key: content[key] for key in content if key in CONTENT}
            self._keep(number, {"content": extra})
        public = item["channel"] == "public"
        if word in VOTES:
            self.votes.append(shared["id"])
            if public:
                self._goes_public(shared["id"])
            return Recorded(event=Asserted(**shared, act="vote", about=about, value=word))
        if word == "eliminated":
            causes = dict.fromkeys([*self.votes[-MAX_CAUSES:], self.public])
            shared["causes"] = tuple(Cause(id=cause) for cause in causes if cause)
            self.votes = []
            self._goes_public(shared["id"])
            return Recorded(event=OutcomeObserved(**shared, about=about or self.run, value=word))
        step = item.get("round")
        if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step <= MAX_STEP:
            step = number
        if public:
            self._goes_public(shared["id"])
        event = Acted(**shared, step=step, action=word)
        return Recorded(event=event, contents=(_encode(content),))

    def _plays(self, sender: Any) -> bool:
        """Whether a player speaks, and not the game itself."""
        return not isinstance(sender, str) or sender in self.players

    def _recipients(self, item: dict[str, Any], sender: Any) -> tuple[str, ...]:
        named = item.get("recipients")
        if isinstance(named, list) and len(named) <= MAX_MEMBERS:
            return tuple(_alias(name) for name in named if isinstance(name, str) and name)
        if item["channel"] != "public" or not isinstance(sender, str):
            return ()
        if sender not in self.others:
            others = (legal for name, legal in self.players.items() if name != sender)
            self.others[sender] = tuple(others)
        return self.others[sender]

    def _goes_public(self, event: str) -> None:
        self.public, self.before = event, (Cause(id=event),)

    def _keep(self, number: int, extra: dict[str, Any]) -> None:
        """Keep as truth what stands in a visible event without being a part of it."""
        self.extra.setdefault(str(number), {}).update(extra)

    def _truth(self) -> dict[str, Any]:
        data = {key: value for key, value in self.tree.items() if key not in SHOWN}
        return {
            **data, "agents": self.agents, "hidden_events": self.hidden, "hidden_in": self.extra
        }  # fmt: skip


def _name(agent: Any) -> str:
    return (text(agent, "name") or "") if isinstance(agent, dict) else ""


def _task(number: Any, stage: Any) -> str:
    """Return the name of the round, with its stage where that is a special one."""
    if not isinstance(number, int) or isinstance(number, bool):
        return ""
    if not isinstance(stage, str) or stage in ("", "public"):
        return f"round-{number}"
    return _alias(f"round-{number}/{stage}")


def _time(seconds: Any) -> int:
    """Return UTC nanoseconds, or 0 where the value is no moment of our days."""
    if not isinstance(seconds, int | float) or not 0 < seconds < LATEST_TIME // 10**9:
        return UNKNOWN_TIME
    moment = round(seconds * 1_000_000) * 1000
    return moment if moment >= EARLIEST_TIME else UNKNOWN_TIME


def _problem(path: Path, row: Row, message: str, field: str) -> ReadProblem:
    return ReadProblem(
        path=str(path), record=row.number, offset=row.offset, field=field, message=message
    )
