"""Peer review among agents: what each agent had in its context, side by side, as one run.

The trajectory is an object: agent to its list of messages, ``user`` for what was put into its
context and ``assistant`` for what it said. Item ``n`` of agent ``a``, from 0, is ``<run>/<a>/<n>``;
items with the same number are told in the order of the agents.

==================  ====================  ==========================================================
item                event                 known from
==================  ====================  ==========================================================
``assistant``       message.sent          sender: file; recipients: every agent in whose later
                                          context the words stand whole
``user``            message.delivered     agent: file; sender: the one agent whose words it holds
==================  ====================  ==========================================================

Causes: an item rests on the one before it in the same context (*declared*), and a delivered one on
every earlier item of others whose words it holds whole (*inferred* from the text, score 1).

What it cannot see: times; channels; who spoke where words were passed on changed, or where a run
is so large (over 512 items) that they are not looked for.

References
----------
Xu et al. 2023, "Towards Reasoning in Large Language Models via Multi-Agent Peer Review
Collaboration", arXiv 2311.08152.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tertius.core.events import (
    AgentJoined,
    Cause,
    MessageDelivered,
    MessageSent,
    RunEnded,
    RunStarted,
)
from tertius.core.ports.reader import Recorded
from tertius.readers.rows import text
from tertius.readers.turns import MAX_MEMBERS, base, short

MAX_ITEMS = 512  # items among which the words of others are looked for
LONG_ENOUGH = 40  # characters; shorter words stand in other texts by chance
MAX_CAUSES = 64

Item = tuple[str, int, bool, str | None]  # agent, number, whether it spoke, its words


def items(contexts: Mapping[str, Any]) -> list[Item]:
    """Return the items of all agents: by number, and by agent among those of one number."""
    kept = {who: each for who, each in contexts.items() if isinstance(each, list)}
    longest = max((len(each) for each in kept.values()), default=0)
    return [
        (who, number, text(each[number], "role") == "assistant", text(each[number], "content"))
        for number in range(longest)
        for who, each in kept.items()
        if number < len(each) and isinstance(each[number], dict)
    ]


def events(run: str, source: str, contexts: Mapping[str, Any]) -> Iterator[Recorded]:
    """Yield start, agents, items and end; nothing of more agents than an event holds."""
    told = items(contexts)
    names = {
        who: short(who) if who else "unknown" for who in dict.fromkeys(who for who, *_ in told)
    }
    if len(names) > MAX_MEMBERS:
        return
    yield Recorded(event=RunStarted(**base(run, "start"), source=source))
    for number, (who, name) in enumerate(names.items()):
        title = "" if who == name else who[:1000]
        yield Recorded(event=AgentJoined(**base(run, f"agent-{number}", name), title=title))
    quoted = _quoted(told) if len(told) <= MAX_ITEMS else {}
    heard_by: dict[int, list[str]] = {}
    for place, sources in quoted.items():
        for each in sources:
            heard_by.setdefault(each, []).append(names[told[place][0]])
    last: dict[str, str] = {}
    ids: list[str] = []
    for place, (who, number, spoke, words) in enumerate(told):
        shared = base(run, f"{names[who]}/{number}", names[who], [last[who]] if who in last else [])
        ids.append(shared["id"])
        last[who] = shared["id"]
        content = () if words is None else (words.encode(),)
        if spoke:
            to = tuple(dict.fromkeys(heard_by.get(place, ())))
            yield Recorded(event=MessageSent(**shared, recipients=to), contents=content)
            continue
        held = quoted.get(place, [])[:MAX_CAUSES]
        senders = {told[each][0] for each in held}
        inferred = tuple(Cause(id=ids[each], basis="inferred", score=1.0) for each in held)
        shared["causes"] += inferred
        sender = names[senders.pop()] if len(senders) == 1 else ""
        yield Recorded(event=MessageDelivered(**shared, sender=sender), contents=content)
    causes = list(last.values())[:MAX_CAUSES]
    yield Recorded(
        event=RunEnded(**base(run, "end", causes=causes), reason="the record stops here")
    )


def _quoted(told: Sequence[Item]) -> dict[int, list[int]]:
    """Return for each delivered item the earlier spoken items of others that it holds whole."""
    spoken: list[tuple[int, str, str]] = []
    found: dict[int, list[int]] = {}
    for place, (who, _, spoke, words) in enumerate(told):
        if words is None:
            continue
        if spoke:
            if len(words.strip()) >= LONG_ENOUGH:
                spoken.append((place, who, words.strip()))
        elif held := [each for each, other, said in spoken if other != who and said in words]:
            found[place] = held
    return found
