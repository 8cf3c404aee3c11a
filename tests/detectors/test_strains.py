"""Strains: who holds which content, and from whom."""

from tests.detectors.record import Record
from tests.detectors.spreading import POISON, Group, spread

from tertius.core import events as e
from tertius.detectors.strains import CONTENTS, KINDS, Change, Strains


def changes(record: Record) -> list[Change]:
    strains = Strains()
    return [
        change
        for event, content in record.shown
        if event.__struct_config__.tag in KINDS
        for change in strains.take(event, content)
    ]


def test_a_note_taken_over_is_a_gain_and_what_it_replaced_a_loss() -> None:
    group = Group(count=2)
    group.tell("a0", "a1")
    loss, gain = changes(group)
    assert (loss.gained, loss.agent, loss.strain.source) == (False, "a1", "a1")
    assert (gain.gained, gain.agent, gain.giver, gain.contested) == (True, "a1", "a0", True)
    assert gain.strain.carriers == {"a1": "a0"} and gain.strain.holders == 2


def test_the_same_words_without_a_link_are_nobodys_gain() -> None:
    assert not [c for c in changes(spread(linked=False)) if c.gained]
    assert len([c for c in changes(spread()) if c.gained]) == 29


def test_lineage_tells_where_contents_are_erased() -> None:
    found = [c for c in changes(spread().without_contents()) if c.gained]
    assert len(found) == 29
    assert {c.strain.source for c in found} == {"a0"}


def test_who_keeps_no_memory_holds_what_it_said_last() -> None:
    record = Record()
    first = record.say("ann", POISON, "bob")
    record.say("bob", "something else", "ann")
    again = record.say("bob", POISON, "cid", causes=(first,))
    loss, gain = changes(record)
    assert gain.shown_by == (first, again) and gain.giver == "ann"
    assert loss.agent == "bob"


def test_who_leaves_holds_nothing() -> None:
    group = Group(count=2)
    group.add(e.AgentLeft, "a0")
    (loss,) = changes(group)
    assert not loss.gained and loss.strain.holders == 0


def test_the_same_note_again_is_no_news_nor_is_an_event_without_an_agent() -> None:
    group = Group(count=2)
    group.write("a0", "own note of a0")
    group.add(e.MemoryWritten, "", "somebody's note", store="notes")
    group.shown.append(group.shown[-2])
    assert changes(group) == []


def test_a_flood_of_contents_is_let_go() -> None:
    strains = Strains(events=64)
    for number in range(CONTENTS + 100):
        event = e.MemoryWritten(id=f"e{number}", time=0, run="r", agent=f"a{number}", store="s")
        strains.take(event, str(number).encode())
    assert strains.of("e0") is None
    assert strains.of(f"e{CONTENTS + 99}") is not None
