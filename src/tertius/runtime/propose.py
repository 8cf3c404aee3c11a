"""Rules that `analyze` proposes from what it saw: suggestions with their evidence, for a person.

Each is tried on the kept examples before it is shown, and says how many of them it fits. Nothing is
ever applied because it was proposed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from tertius.core.kinds import KINDS
from tertius.runtime import mapping as mapping_module
from tertius.runtime.fields import fields_of, required_of
from tertius.runtime.rules import EventRule
from tertius.runtime.sketch import Key, Shape, Sketch
from tertius.runtime.vocabulary import (
    CONFIRMED,
    CONTRADICTED,
    CUES,
    KEYS,
    STORES,
    TEXT_KEYS,
    UNCLEAR,
    VERBS,
)

SCALES = (1, 5, 10, 100)  # highest scores that people use
EXAMPLES = 3
MAX_PROPOSALS = 40

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_HAND_OVER = re.compile(r"(?P<head>transfer_to_|transfer_back_to_|handoff_to_|hand_over_to_)(.+)")
_NUMBERS = {"int", "float"}
_PLAIN = re.compile(r"[A-Za-z$][\w.$/-]*", re.ASCII)
_RESERVED = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


class Proposal(Struct, frozen=True, kw_only=True):
    """A rule that may be meant.

    Parameters
    ----------
    rule
        As it would stand in `tertius.yaml`.
    why
        What it was seen in.
    count
        Events that look so.
    examples
        Ids of a few of them.
    fits, tried
        Of the examples tried, those that the rule makes an event of.
    """

    rule: dict[str, Any]
    why: str
    count: int
    examples: tuple[str, ...]
    fits: int
    tried: int


def proposals(sketch: Sketch, rules: mapping_module.Mapping | None = None) -> list[Proposal]:
    """Return rules that may be meant, the most frequent first.

    Parameters
    ----------
    sketch
        What was seen.
    rules
        Rules there are already; what they make something of is not proposed again.

    Notes
    -----
    It goes by English words in names and keys. A tool with another name is not proposed, and a
    proposed meaning may be wrong: somebody who knows the tool must say.
    """
    found: list[Proposal] = []
    for shape in sorted(sketch.shapes.values(), key=lambda each: (-each.count, each.name)):
        if rules is not None and any(rules.means(*each).records for each in shape.examples):
            continue
        for rule in _rules(shape):
            proposal = _tried(rule, shape)
            if proposal.fits:
                if all(rule != each.rule for each in found):
                    found.append(proposal)
                break
        if len(found) == MAX_PROPOSALS:
            break
    return found


def as_yaml(found: list[Proposal]) -> str:
    """Return proposals as a section `events:`, ready to be pasted into `tertius.yaml`."""
    lines = ["events:"] if found else []
    for each in found:
        ids = ", ".join(each.examples)
        lines.append(f"  # {each.why}, such as {ids}")
        lines.append(f"  # fits {each.fits} of {each.tried} looked at")
        lead = "  - "
        for key, value in each.rule.items():
            if isinstance(value, dict) and key == "with":
                lines.append(f"{lead}with:")
                lines += [f"      {_word(name)}: {_flow(item)}" for name, item in value.items()]
            else:
                lines.append(f"{lead}{key}: {_flow(value)}")
            lead = "    "
    return "\n".join(lines) + "\n" if lines else ""


def _tried(rule: dict[str, Any], shape: Shape) -> Proposal:
    asked = mapping_module.Mapping([EventRule.model_validate(rule)])
    examples = [each for each in shape.examples if each[1] is not None] or shape.examples
    fits = sum(bool(asked.means(event, content).records) for event, content in examples)
    told = {
        "tool.called": f"tool `{shape.name}` was called {shape.count:,} times",
        "tool.returned": f"tool `{shape.name}` returned {shape.count:,} times",
        "message.sent": f"{shape.count:,} messages",
    }[shape.kind]
    return Proposal(
        rule=rule,
        why=told,
        count=shape.count,
        examples=tuple(event.id for event, _ in examples[:EXAMPLES]),
        fits=fits,
        tried=len(examples),
    )


def _rules(shape: Shape) -> Iterator[dict[str, Any]]:
    """Yield what the shape may mean, the likeliest first."""
    if shape.kind == "message.sent":
        yield from _of_message(shape)
        return
    over = _HAND_OVER.fullmatch(shape.name)
    if over and shape.kind == "tool.called":
        pattern = f"^{over['head']}(?P<to>.+)$"
        yield {
            "event": "tool.called",
            "tool": f"{over['head']}*",
            "where": {"@tool": {"matches": pattern}},
            "means": "handed.off",
            "with": {"to": "<to>"},
        }
        return
    words = {word.lower() for word in _WORDS.findall(shape.name)}
    for means, verbs in VERBS.items():
        if not words & verbs or (means.startswith("memory.") and not words & STORES):
            continue
        wanted = "tool.returned" if means in ("memory.read", "outcome.observed") else "tool.called"
        values = _values(means, shape)
        if shape.kind == wanted and values is not None:
            rule = {"event": shape.kind, "tool": shape.name, "means": means, "with": values}
            yield _with_text(rule, shape)


def _of_message(shape: Shape) -> Iterator[dict[str, Any]]:
    cue = next((cue for cue in CUES if cue.name == shape.name), None)
    if cue is not None:
        rule: dict[str, Any] = {"event": shape.kind, "matches": cue.pattern.pattern}
        yield {**rule, "means": cue.means, **({"with": cue.values} if cue.values else {})}
        return
    keys = {key.lower() for key in shape.keys}
    for means, telling in (
        ("rated", {"score", "rating", "stars"}),
        ("asserted", {"vote", "recommendation", "assessment", "verdict", "decision"}),
        ("claimed", {"claim", "answer", "statement"}),
        ("flagged", {"concern", "flag"}),
    ):
        values = _values(means, shape)
        if keys & telling and values:
            yield _with_text({"event": shape.kind, "means": means, "with": values}, shape)


def _with_text(rule: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """Add where the wording stands, for kinds whose content detectors compare."""
    if rule["means"] == "memory.read":
        return {**rule, "text": "@content"}
    if rule["means"] == "memory.written":
        place = _place(shape, TEXT_KEYS, {"str"})
        return {**rule, "text": place} if place else rule
    return rule


def _values(means: str, shape: Shape) -> dict[str, Any] | None:
    """Return where the fields' values may stand; None if a required one stands nowhere."""
    found: dict[str, Any] = {}
    cls = KINDS[means]
    for field in fields_of(cls):
        value = _value(means, field, shape)
        if value is not None and value not in found.values():
            found[field] = value
    if means == "rated" and "score" in found:
        found |= _scale(shape, str(found["score"]))
    if means == "asserted" and found.get("value") in ("$.vote", "$.ballot"):
        found = {"act": "vote", **found}
    missing = [field for field in required_of(cls) if field not in found]
    return None if missing else found


def _value(means: str, field: str, shape: Shape) -> Any:
    if field == "store":
        words = [word.lower() for word in _WORDS.findall(shape.name)]
        return next((word for word in words if word in STORES), None)
    if field == "result":
        place = _place(shape, KEYS["result"], {"str", "bool"})
        table = _table(shape.keys[_key_at(place)]) if place else None
        return {"from": place, "map": table} if table else None
    types = {
        "score": _NUMBERS | {"str"}, "confidence": _NUMBERS, "ok": {"bool"},
        "value": _NUMBERS | {"str", "bool"},
    }.get(field, {"str", "int"})  # fmt: skip
    if field not in KEYS or (means.startswith("memory.") and field == "task"):
        return None
    return _place(shape, KEYS[field], types)


def _place(shape: Shape, words: tuple[str, ...], types: set[str]) -> str | None:
    """Return the place of the first key that is, or ends in, one of the words."""
    for word in words:
        for key, seen in shape.keys.items():
            fits = key.lower() == word or key.lower().endswith(f"_{word}")
            if fits and set(seen.types) <= types | {"NoneType"} and _PLAIN.fullmatch(key):
                always = seen.count == shape.parsed and "NoneType" not in seen.types
                return f"$.{key}" + ("" if always else "?")
    return None


def _key_at(place: str) -> str:
    return place.removeprefix("$.").removesuffix("?")


def _scale(shape: Shape, place: str) -> dict[str, Any]:
    """Return the ends of the scale that holds all scores seen."""
    key = shape.keys[_key_at(place)]
    if key.high is None or key.low is None:
        return {}
    high = next((end for end in SCALES if key.high is not None and key.high <= end), key.high)
    found: dict[str, Any] = {} if high == 1 else {"high": high}
    return found if key.low >= 0 else {"low": key.low, **found}


def _table(key: Key) -> dict[str, str] | None:
    """Return what each verdict that was seen means; None if one is not understood."""
    found = {}
    for word in key.values:
        for result, words in (
            ("confirmed", CONFIRMED),
            ("contradicted", CONTRADICTED),
            ("unclear", UNCLEAR),
        ):
            if word.lower() in words:
                found[word] = result
        if word not in found:
            return None
    return found or None


def _flow(value: Any) -> str:
    """Write a value into one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    return _word(value) if isinstance(value, str) else json.dumps(value)


def _word(text: str) -> str:
    """Write a text as plain as YAML allows."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _RESERVED
    return text if plain else json.dumps(text)
