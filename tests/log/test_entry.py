"""Events become entries that read back as what was handed in."""

import pytest

from tertius.core.decode import EventError
from tertius.core.events import Asserted, Cause, MessageSent
from tertius.core.kinds import decode, encode
from tertius.log.content import ContentError, SeededSalts, seal
from tertius.log.entry import canonical, entries_of


def said(**fields: object) -> MessageSent:
    return MessageSent(**{"id": "m", "time": 0, "run": "r", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "event",
    [
        said(causes=(Cause(id="c", basis="inferred", score=1),)),
        Asserted(id="a", time=0, run="r", confidence=1),
        Asserted(id="a", time=0, run="r", confidence=0.5, value=1),
    ],
)
def test_a_whole_number_for_a_fraction_still_gives_one_form(event: Asserted) -> None:
    entry = canonical(event)
    assert encode(decode(entry)) == entry


def test_what_would_not_read_back_is_refused() -> None:
    with pytest.raises(EventError):
        canonical(said(agent=7))
    with pytest.raises(EventError):
        canonical(Asserted(id="a", time=0, run="r", value=float("nan")))


@pytest.mark.parametrize("checked", [True, False])
def test_content_and_event_must_belong_together(checked: bool) -> None:
    text = seal(b"hello", salts=SeededSalts(1))
    assert (
        len(entries_of([(said(content=text.digest), text), (said(), None)], checked=checked)) == 2
    )
    for event, content in [(said(), text), (said(content=text.digest), None)]:
        with pytest.raises(ContentError):
            entries_of([(said(), None), (event, content)], checked=checked)


@pytest.mark.parametrize("name", ["on call", "#ops", "caf\u00e9", "a" * 129])
def test_names_outside_the_alphabet_are_refused(name: str) -> None:
    for event in (said(agent=name), said(recipients=("b", name)), said(channel=name)):
        with pytest.raises(EventError):
            canonical(event)


@pytest.mark.parametrize("count", [1, 2, 40])
def test_many_give_the_entries_that_each_gives_alone(count: int) -> None:
    text = seal(b"hello", salts=SeededSalts(1))
    score = Cause(id="c", basis="inferred", score=1)  # is written 1.0 once it was read back
    pairs = [(said(id=f"m{n}", causes=(score,), content=text.digest), text) for n in range(count)]
    assert entries_of(pairs, checked=True) == [canonical(event) for event, _ in pairs]


@pytest.mark.parametrize(
    "bad",
    [said(agent="on call"), said(agent=7), said(recipients=["b"]), said(channel="\ud800")],
)
def test_one_bad_event_among_many_refuses_them_all(bad: MessageSent) -> None:
    good = [(said(id=f"m{n}"), None) for n in range(20)]
    with pytest.raises(EventError):
        entries_of([*good, (bad, None)], checked=True)
