"""Answers: what agents said about an item before it was known what is right."""

from __future__ import annotations

from msgspec import Struct, field

from tertius.core.events import Asserted, OutcomeObserved, Value
from tertius.detectors.ballots import same
from tertius.detectors.recent import Recent

MOST = 1024  # items that wait for their outcome
VOICES = 64  # of one item


class Item(Struct):
    """An item, what each agent answered last, and, once it is known, what is right."""

    answers: dict[str, Value] = field(default_factory=dict)
    truth: Value | None = None

    def wrong(self, agent: str) -> bool:
        """Whether an agent's answer is not what is right."""
        return not same(self.answers[agent], self.truth)

    def together(self, one: str, other: str) -> bool:
        """Whether two agents gave the same wrong answer."""
        return self.wrong(one) and same(self.answers[one], self.answers[other])


class Answers:
    """Collects answers by item and returns an item when its outcome is observed, once.

    Votes and assessments are answers if they say true, false, a whole number or a text: of a share
    or a grade it is no matter of right or wrong. So is an outcome.
    """

    def __init__(self, most: int = MOST) -> None:
        self._items = Recent[tuple[str, str], Item](most)
        self._known = Recent[tuple[str, str], None](most)

    def take(self, event: Asserted) -> None:
        """Take an answer; after the outcome it is none."""
        key, value = (event.run, event.about), event.value
        if event.act == "recommendation" or not event.agent or not event.about:
            return
        if value is None or isinstance(value, float) or key in self._known:
            return
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = Item()
        if event.agent in item.answers or len(item.answers) < VOICES:
            item.answers[event.agent] = value

    def known(self, event: OutcomeObserved) -> Item | None:
        """Take an outcome; return the item with its answers, if there are any."""
        key = (event.run, event.about)
        item = self._items.get(key)
        if item is None or event.value is None or isinstance(event.value, float):
            return None
        del self._items[key]
        self._known[key] = None
        item.truth = event.value
        return item
