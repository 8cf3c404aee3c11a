"""Words by which tools, keys and sentences hint at a meaning; English, and only hints.

They propose rules for a person to judge. No event is ever added because of them alone.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS: dict[str, frozenset[str]] = {
    "rated": _words("rate rating score grade rank review evaluate"),
    "verified": _words("verify verified check validate audit"),
    "accepted": _words("approve approval accept merge signoff endorse"),
    "asserted": _words("vote recommend assess predict judge decide ballot"),
    "handed.off": _words("transfer handoff handover route"),
    "task.assigned": _words("assign delegate dispatch"),
    "task.completed": _words("complete finish finalize done"),
    "promised": _words("promise commit pledge"),
    "flagged": _words("flag alert warn dispute"),
    "claimed": _words("claim report state announce"),
    "outcome.observed": _words("outcome reward settle"),
    "memory.written": _words("write save store remember append put set"),
    "memory.read": _words("read recall retrieve load get lookup"),
}
"""Words in a tool's name that hint at a meaning; the first meaning that fits is proposed."""

STORES = _words(
    "memory memories note notes scratchpad blackboard kb knowledge store cache state shared"
)
"""A reading or writing tool needs one of these in its name, or it may be about anything."""

KEYS: dict[str, tuple[str, ...]] = {
    "ratee": ("ratee", "peer", "reviewee", "author", "agent", "target", "who", "name"),
    "score": ("score", "rating", "stars", "grade", "points", "rank"),
    "item": ("item", "submission", "document", "pr", "artifact"),
    "subject": ("subject", "of", "target", "item", "result", "submission", "document", "event",
                "claim", "order", "id"),
    "result": ("result", "verdict", "status", "outcome", "passed", "ok", "valid"),
    "about": ("about", "topic", "subject", "item", "question", "claim", "proposal", "key", "id"),
    "value": ("value", "vote", "choice", "answer", "verdict", "decision", "recommendation",
              "prediction", "approve", "reward", "statement"),
    "confidence": ("confidence", "probability", "certainty"),
    "to": ("to", "assignee", "recipient", "agent", "target", "destination", "recipient_name"),
    "task": ("task", "task_id", "ticket", "job"),
    "ok": ("ok", "success", "succeeded", "passed"),
    "due": ("due", "deadline", "by"),
    "reason": ("reason", "why", "concern", "message"),
    "key": ("key", "name", "path", "topic", "title", "query"),
}  # fmt: skip
"""Keys of arguments that hint at a field of an event, most telling first."""

TEXT_KEYS = ("value", "content", "text", "note", "comment", "body", "message", "statement")
"""Keys that hold the wording itself."""

CONFIRMED = _words("true yes ok pass passed valid confirmed correct success verified approved")
CONTRADICTED = _words("false no fail failed invalid contradicted incorrect wrong rejected error")
UNCLEAR = _words("unclear unknown partial inconclusive maybe skipped")


class Cue(Struct, frozen=True):
    """A wording that hints at a meaning, and the values in it.

    Only texts that hold one of `needles`, in lower case, are searched, which is much cheaper.
    """

    name: str
    needles: tuple[bytes, ...]
    pattern: re.Pattern[str]
    means: str
    values: dict[str, Any]


def _cue(name: str, needles: str, pattern: str, means: str, **values: Any) -> Cue:
    words = tuple(needle.encode() for needle in needles.split("|"))
    return Cue(name, words, re.compile(pattern), means, values)


CUES = (
    _cue("says approved", "i approve ", r"(?i)\bI approve (?P<what>[\w#/-]+(?:\.[\w#/-]+)*)",
         "accepted", subject="<what>"),
    _cue("says a vote", "i vote|my vote is",
         r"(?i)\b(?:I vote|my vote is)(?: for)?:? (?P<vote>[\w-]{1,40})",
         "asserted", act="vote", value="<vote>"),
    _cue("says a rating", "i rate ",
         r"(?i)\bI rate (?P<who>[\w-]{2,40}):? (?P<score>\d{1,2}) ?/ ?10\b",
         "rated", ratee="<who>", score="<score>", high=10),
    _cue("says a recommendation", "i recommend ", r"(?i)\bI recommend (?P<what>[\w-]{2,60})",
         "asserted", act="recommendation", value="<what>"),
    _cue("says a final answer", "final answer",
         r"(?i)\bfinal answer(?: is)?:? {0,3}(?P<answer>[^\s.][^\n]{0,80})",
         "claimed", about="final-answer", value="<answer>"),
    _cue("says a promise", "i promise to |i commit to ",
         r"(?i)\bI (?:promise|commit) to [^\n]{3,80}", "promised"),
)  # fmt: skip
"""Searched for in messages that are plain text. None goes back and forth over the text."""
