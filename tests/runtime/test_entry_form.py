"""An entry written from a form has the bytes that encoding its event would give, and reads back."""

from hypothesis import given
from hypothesis import strategies as st

from tertius.core.events import LATEST_TIME
from tertius.core.kinds import decode, encode
from tertius.core.names import NAME_PATTERN
from tertius.core.oversight_events import Decided
from tertius.runtime.entry_form import EntryForm

NAMES = st.from_regex(NAME_PATTERN, fullmatch=True)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
TIMES = st.integers(0, LATEST_TIME)
TEXTS = st.text(max_size=30) | st.sampled_from(
    ['"request":"', '","id":"q1","time":5,', '\\"id\\":\\"', "%s {0} {", '"}', "\\"]
)


@st.composite
def decisions(draw: st.DrawFn) -> Decided:
    return Decided(
        id=draw(NAMES),
        time=draw(TIMES),
        run=draw(NAMES),
        agent=draw(NAMES),
        task=draw(NAMES | st.just("")),
        identity=draw(st.sampled_from(["asserted", "framework", "bound"])),
        request=draw(DIGESTS),
        outcome=draw(st.sampled_from(["permit", "forbid"])),
        action="tool.call",
        resource=draw(NAMES | st.just("")),
        peer=draw(NAMES | st.just("")),
        rules=tuple(draw(st.lists(TEXTS, max_size=3))),
        errors=tuple(draw(st.lists(TEXTS, max_size=2))),
        shadow=draw(st.booleans()),
        manifest=draw(DIGESTS | st.just("")),
    )


@given(decisions(), NAMES, TIMES, DIGESTS)
def test_it_is_the_entry_of_the_event(first: Decided, id: str, time: int, request: str) -> None:
    values = {field: getattr(first, field) for field in first.__struct_fields__}
    second = Decided(**{**values, "id": id, "time": time, "request": request})
    entry = EntryForm(first).fill(id, str(time), request)
    assert entry == encode(second)
    assert decode(entry) == second


@given(decisions())
def test_the_first_one_is_written_as_it_was(first: Decided) -> None:
    assert EntryForm(first).fill(first.id, str(first.time), first.request) == encode(first)
