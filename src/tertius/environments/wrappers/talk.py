"""Talk: players may say something with a move; what is said is heard one step later, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from msgspec import Meta
from msgspec.structs import replace

from tertius.core.events import Cause, MessageDelivered, MessageSent, Value
from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, StepResult
from tertius.environments.moves import MoveError
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale
from tertius.environments.wrappers.beside import Beside, text_of
from tertius.stats.draws import Stream

Chance = Annotated[float, Meta(ge=0, le=1)]
CHANNEL = "talk"


class TalkSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen; each fault alone, or several together.

    Parameters
    ----------
    on
        Off: what is said arrives nowhere, and everybody is told so.
    longest
        Characters of a text, 1 to 4,000.
    delay
        Steps that a message takes beyond the one, 0 to 10,000.
    loss, duplicate, misread
        Chance of each delivery to be lost, to arrive twice, to be misread.
    """

    on: bool = True
    longest: Annotated[int, Meta(ge=1, le=4000)] = 1000
    delay: Annotated[int, Meta(ge=0, le=10_000)] = 0
    loss: Chance = 0.0
    duplicate: Chance = 0.0
    misread: Chance = 0.0


S = TypeVar("S", bound=TalkSettings)


class TalkAround(Beside[S]):
    """What `Talk` does; other wrappers that deliver messages are made of it."""

    def declare(self) -> Facts:
        """Say that players talk."""
        if self.inner.facts.talks:
            raise SettingsError(
                f"in `{self.inner.facts.name}` players already talk; leave `{self.name}` out"
            )
        return replace(self.inner.facts, talks=self.settings.on)

    def begin(self) -> None:
        """Nothing is under way."""
        self.memory = {"waiting": [], "heard": {name: [] for name in self.seats}}

    def parts(self, agent: str) -> Mapping[str, Any]:
        """Something to say, to some of the others or, without `to`, to all."""
        others = [name for name in self.seats if name != agent]
        return {
            "say": {
                "type": "object",
                "properties": {
                    "to": {"type": "array", "items": {"enum": others}, "minItems": 1},
                    "text": {"type": "string", "minLength": 1, "maxLength": self.settings.longest},
                },
                "required": ["text"],
                "additionalProperties": False,
            }
        }

    def check(self, agent: str, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Settle to whom."""
        if "say" not in parts:
            return {}
        say = parts["say"]
        if not isinstance(say, Mapping) or not {"text"} <= say.keys() <= {"to", "text"}:
            raise MoveError(f'bad `say` {ascii(say)[:40]}; expected {{"to": [...], "text": ...}}')
        others = [name for name in self.seats if name != agent]
        to = say.get("to", others)
        if not isinstance(to, list | tuple) or (not to and others):
            raise MoveError(f"bad `to` {ascii(to)[:40]}; expected a list of names")
        for name in to:
            if name not in others:
                hint = nearest(name, others) if isinstance(name, str) else ""
                raise MoveError(f"nobody to hear it is called {ascii(name)[:40]}{hint}")
        text = text_of(say["text"], "`text`", self.settings.longest)
        return {"to": list(dict.fromkeys(to)), "text": text}

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Send what was said and deliver what is due."""
        step = self.steps_taken - 1
        truth: dict[str, Any] = {"said": 0, "silenced": 0, "lost": [], "doubled": [], "misread": []}
        self._acted()
        for agent, say in self.taken.items():
            if say:
                self._send(agent, say, step, tale, truth)
        self._deliver(step, tale)
        return replace(result, truth=self.revealed(result, truth))

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add what was heard since the own last move."""
        heard = self.memory["heard"]
        return {
            name: {**one, "talk": self.settings.on, "heard": list(heard[name])}
            for name, one in seen.items()
        }

    def words(self, agent: str) -> str:
        """Tell what was heard, and how to speak."""
        if not self.settings.on:
            return "Communication is off: nothing that you say arrives."
        lines = [self._line(one) for one in self.memory["heard"].get(agent, ())]
        lines.append('You may speak: {"move": ..., "say": {"to": [...], "text": "..."}}.')
        return "\n".join(lines)

    def own(self, agent: str, text: str) -> bool:
        """Tell whether `agent` says this of its own knowledge, as far as can be known here."""
        return True

    def arrived(self, agent: str, message: dict[str, Any], own: bool) -> dict[str, Any] | None:
        """Return a message as `agent` hears it; None where it does not."""
        return message

    def _line(self, message: Mapping[str, Any]) -> str:
        return f"{message['from']} said: {message['text']}"

    def _acted(self) -> None:
        """Forget what those have heard who made their move."""
        for agent in self.moved:
            self.memory["heard"][agent] = []

    def _send(
        self, agent: str, say: Mapping[str, Any], step: int, tale: Tale, truth: dict[str, Any]
    ) -> None:
        truth["said"] += 1
        sent = tale.say(
            MessageSent, agent=agent, recipients=tuple(say["to"]), channel=CHANNEL,
            content=say["text"].encode(),
        )  # fmt: skip
        if not self.settings.on:
            truth["silenced"] += 1
            return
        draws = self.draws(self.seats.index(agent), step=step)
        for to in say["to"]:
            if draws.unit(f"loss/{to}") < self.settings.loss:
                truth["lost"].append([agent, to])
                continue
            text, times = say["text"], 1
            if draws.unit(f"misread/{to}") < self.settings.misread:
                text = misread(text, draws)
                truth["misread"].append([agent, to])
            if draws.unit(f"duplicate/{to}") < self.settings.duplicate:
                times = 2
                truth["doubled"].append([agent, to])
            message = {"from": agent, "text": text, "step": step}
            due, own = step + self.settings.delay, self.own(agent, say["text"])
            waiting = {"due": due, "to": to, "sent": sent, "own": own, **message}
            self.memory["waiting"] += [waiting] * times

    def _deliver(self, step: int, tale: Tale) -> None:
        waiting = self.memory["waiting"]
        if not waiting:
            return
        arriving = Tale(self, f"{self.label}.heard")
        for one in waiting:
            if one["due"] > step:
                continue
            message = {key: one[key] for key in ("from", "text", "step")}
            heard = self.arrived(one["to"], message, one["own"])
            if heard is None:
                continue
            self.memory["heard"][one["to"]].append(heard)
            arriving.say(
                MessageDelivered, agent=one["to"], sender=one["from"], message=one["sent"],
                channel=CHANNEL, content=one["text"].encode(),
                causes=(Cause(id=one["sent"], basis="observed"),),
            )  # fmt: skip
        self.memory["waiting"] = [one for one in waiting if one["due"] > step]
        tale.events += arriving.events
        tale.contents.update(arriving.contents)


class Talk(TalkAround[TalkSettings]):
    """Lets players of any world talk, over a channel as good or bad as it is set.

    Notes
    -----
    A message is heard in the observation after the step in which it was sent (`delay` steps later
    than that), under ``heard``; in worlds played in turns it stays there until its reader moved.
    Sending and arriving are events with their contents; which message was lost, doubled or misread
    is truth, though an operator may see it by comparing the two. A misread text has one of its
    digits changed, or, where it has none, one of its words left out: it cannot say what a real
    reader would have made of it. Worlds in which players already talk are refused.

    References
    ----------
    Loss, delay and duplication of messages as independent faults: Lynch, "Distributed Algorithms"
    (1996), chapter 14.
    """

    name = "talk"
    Settings: ClassVar[type[Noun]] = TalkSettings
    neutral: ClassVar[Mapping[str, Value]] = {}


def misread(text: str, draws: Stream) -> str:
    """Return a text with one digit changed, or one word left out where it has none.

    Examples
    --------
    >>> from tertius.stats.draws import root
    >>> misread("price 7", Stream(root(1), player=0, step=0)) != "price 7"
    True
    """
    digits = [at for at, letter in enumerate(text) if letter in "0123456789"]
    if digits:
        at = digits[draws.below(len(digits), "which digit")]
        other = (int(text[at]) + 1 + draws.below(9, "digit")) % 10
        return f"{text[:at]}{other}{text[at + 1 :]}"
    words = text.split()
    if len(words) > 1:
        del words[draws.below(len(words), "which word")]
        return " ".join(words)
    return "..."
