"""What comes to a watch in disorder: it goes on, says what a replay says, and what it lacked."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from tertius.core import events as e
from tertius.core.events import LATEST_TIME, BaseEvent
from tertius.core.finding import CouldNotTell, Finding
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime import standing, vouched
from tertius.runtime.blind import sights
from tertius.runtime.detect import battery, detect_log
from tertius.runtime.mapping import Mapping
from tertius.runtime.rules import EventRule
from tertius.runtime.watch import Watch

KEY = SigningKey("tertius/test", bytes(32))
DAY = 1_772_355_600_000_000_000


def approvals(count: int, agents: Sequence[str] = ("bob",), **fields: Any) -> list[BaseEvent]:
    """Work that is approved although nobody read it, by these agents in turn."""
    told: list[BaseEvent] = [
        e.ToolReturned(id="look", time=DAY, run="r", agent=agents[0], tool="t", task="earlier")
    ]
    for n in range(count):
        done = {"time": DAY + n, "run": "r", "task": f"t{n}"}
        told.append(e.TaskCompleted(id=f"w{n}", agent="ann", **done))
        told.append(e.Accepted(id=f"a{n}", agent=agents[n % len(agents)], subject=f"w{n}", **done))
    return [replace(each, **fields) for each in told]


def write(folder: Path, events: Iterable[BaseEvent]) -> None:
    with Writer(folder, key=KEY) as log:
        log.extend([(event, None) for event in events])


def watched(log: Path, *names: str, **options: Any) -> tuple[list[Finding], list[CouldNotTell]]:
    """Follow a log to its end, and return what was found and what could not be told."""
    found: list[Finding] = []
    with Watch(log, battery(names or None), **options) as watch:
        position = -1
        while watch.position != position:
            position = watch.position
            found += [told.finding for told in watch.look()]
        last = [answer for each in watch.detectors for answer in each.finish()]
    return found, [answer for answer in last if isinstance(answer, CouldNotTell)]


def shuffled(events: list[BaseEvent]) -> list[BaseEvent]:
    return Random(1).sample(events, len(events))


def timed(events: list[BaseEvent], *times: int) -> list[BaseEvent]:
    return [replace(each, time=times[n % len(times)]) for n, each in enumerate(events)]


DISORDER = {
    "in reverse": lambda events: events[::-1],
    "out of order": shuffled,
    "from the future": lambda events: timed(events, LATEST_TIME, DAY),
    "without a time": lambda events: timed(events, 0),
    "time that runs back": lambda events: timed(events, *range(DAY + 99, DAY, -1)),
    "each twice": lambda events: [each for each in events for _ in range(2)],
    "all twice": lambda events: events + events,
    "without an agent": lambda events: [replace(each, agent="") for each in events],
    "without a run": lambda events: [replace(each, run="") for each in events],
    "without a task": lambda events: [replace(each, task="") for each in events],
}


@pytest.mark.parametrize("disorder", DISORDER)
def test_disorder_stops_nothing_and_a_replay_says_the_same(
    tmp_path: Path, disorder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertius.runtime.follow.BATCH", 17)
    write(tmp_path / "log", DISORDER[disorder](approvals(40)))
    found, _ = watched(tmp_path / "log", state=tmp_path / "state")
    replay = list(detect_log(tmp_path / "log", battery()))
    last = {each.id for each in replay if isinstance(each, Finding)} - {each.id for each in found}
    said = [each for each in replay if isinstance(each, Finding) and each.id not in last]
    assert found == said  # what a replay says beside comes with the end of the record
    assert watched(tmp_path / "log", state=tmp_path / "state")[0] == []


def test_what_comes_twice_counts_once(tmp_path: Path) -> None:
    names = ("unverified_agreement",)
    for name, events in (("once", approvals(40)), ("twice", approvals(40) * 2)):
        write(tmp_path / name, events)
    once, twice = (watched(tmp_path / name, *names)[0] for name in ("once", "twice"))
    assert once == twice and [each.agents for each in once] == [("bob",)]


def test_of_one_agent_under_many_names_it_could_not_tell(tmp_path: Path) -> None:
    names = [f"bob-{number}" for number in range(20)]
    for name, agents in (("one", ["bob"]), ("many", names)):
        write(tmp_path / name, approvals(40, agents))
    assert watched(tmp_path / "one", "unverified_agreement")[0]
    found, (unsure,) = watched(tmp_path / "many", "unverified_agreement")
    assert found == []
    assert "the evidence ceiling" in unsure.why
    assert unsure.n is not None and unsure.needed is not None and unsure.n < unsure.needed


def test_without_a_mapping_it_says_what_the_record_lacks(tmp_path: Path) -> None:
    calls = [
        e.ToolCalled(id=f"c{n}", time=DAY + n, run="r", agent="bob", tool="approve", task=f"t{n}")
        for n in range(40)
    ]
    write(tmp_path / "log", [*approvals(0), *calls])
    rule = {
        "event": "tool.called",
        "tool": "approve",
        "means": "accepted",
        "with": {"subject": "w"},
    }
    mapping = Mapping([EventRule.model_validate(rule)])
    for meaning, lacking in ((None, True), (mapping, False)):
        with Watch(tmp_path / "log", battery(["unverified_agreement"]), meaning=meaning) as watch:
            assert watch.look() == []
            (sight,) = sights(watch.kinds, [each.spec for each in watch.detectors])
        assert ("accepted" in sight.missing) == ("accepted" in sight.mappable) == lacking


def test_erased_content_is_no_evidence_and_no_error(tmp_path: Path) -> None:
    texts = (
        b"Please count the boxes in the second hall and tell me.",
        b"I looked for the second hall and could not find it at all.",
    )
    with Writer(tmp_path / "log", key=KEY) as log:
        for number in range(12):
            sealed = log.seal(texts[number % 2])
            pair = ("ann", "bob") if number % 2 else ("bob", "ann")
            said = e.MessageSent(
                id=f"m{number}", time=DAY + number, run="r", agent=pair[0],
                recipients=(pair[1],), content=sealed.digest,
            )  # fmt: skip
            log.wait(log.append(said, sealed))
        assert watched(tmp_path / "log", "step_repetition", "agent_loop")[0]
        for index in range(1, 13):
            log.erase(index, role="privacy")
        found, unsure = watched(tmp_path / "log", "step_repetition", "agent_loop")
        assert found == [] and unsure


def test_of_agents_without_end_what_is_held_stays_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each detector is held to its own bound by `check_detector`; this is the watch beside them."""
    for module in (standing, vouched):
        monkeypatch.setattr(module, "MOST", 64)
    strangers = [
        e.MessageSent(
            id=f"m{n}", time=DAY, run=f"r{n}", agent=f"a{n}", recipients=(f"b{n}",),
            identity="bound" if n % 2 else "asserted",
        )
        for n in range(2000)
    ]  # fmt: skip
    write(tmp_path / "log", strangers)
    with Watch(tmp_path / "log", battery(["no_end"]), act=lambda finding: "") as watch:
        watch.look()
        assert watch.position == 2001
        held = watch._vouched
        assert held is not None
        assert len(watch.standing.agents) == len(watch.standing.edges) == 64
        assert len(held._asserted) == len(held._verified) == 64
        assert watch.standing.others > 0
