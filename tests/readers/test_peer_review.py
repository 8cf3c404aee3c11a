"""Peer review: contexts side by side, and whose words stand in whose."""

from tertius.core.events import BaseEvent, MessageDelivered, MessageSent
from tertius.readers.peer_review import LONG_ENOUGH, MAX_ITEMS, events

FIRST = "The ferry leaves at noon because the tide is high enough by then."
SECOND = "The ferry leaves at two because the ramp is far too steep at noon."


def told(contexts: dict[str, object]) -> dict[str, BaseEvent]:
    """Events by the part of the id that follows the run."""
    found = [r.event for r in events("r", "mast_traces", contexts)]
    return {event.id.removeprefix("r/"): event for event in found}


def context(*words: str) -> list[dict[str, str]]:
    """Turn about, what was put into a context and what its agent said."""
    return [{"role": ("user", "assistant")[n % 2], "content": w} for n, w in enumerate(words)]


def test_words_that_stand_whole_in_a_later_context_went_there() -> None:
    found = told({
        "0": context("When?", FIRST, f"Another says: {SECOND} What do you think?"),
        "1": context("When?", SECOND, "Think again."),
    })  # fmt: skip
    said, heard = found["1/1"], found["0/2"]
    assert isinstance(said, MessageSent) and isinstance(heard, MessageDelivered)
    assert (said.agent, said.recipients) == ("1", ("0",))
    assert (heard.agent, heard.sender) == ("0", "1")
    assert [(c.id, c.basis, c.score) for c in heard.causes] == [
        ("r/0/1", "declared", None), ("r/1/1", "inferred", 1.0),
    ]  # fmt: skip
    other = found["0/1"]
    assert isinstance(other, MessageSent) and other.recipients == ()


def test_words_of_two_have_no_one_sender() -> None:
    found = told({
        "0": context("When?", FIRST), "1": context("When?", SECOND),
        "2": context("When?", "I do not know.", f"{FIRST}\n\n{SECOND}"),
    })  # fmt: skip
    heard = found["2/2"]
    assert isinstance(heard, MessageDelivered)
    assert (heard.sender, len(heard.causes)) == ("", 3)


def test_short_words_stand_in_other_texts_by_chance() -> None:
    short = "x" * (LONG_ENOUGH - 1)
    found = told({"0": context("When?", short), "1": context("When?", "Soon.", short)})
    heard = found["1/2"]
    assert isinstance(heard, MessageDelivered) and heard.sender == ""


def test_in_a_very_long_run_words_are_not_looked_for() -> None:
    filler = ["q", "a"] * (MAX_ITEMS // 2)
    found = told({"0": context(*filler, "q", FIRST), "1": context(*filler, "q", "a", FIRST)})
    heard = found[f"1/{MAX_ITEMS + 2}"]
    assert isinstance(heard, MessageDelivered) and heard.sender == ""
