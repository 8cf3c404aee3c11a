"""A conversation as events, under the rule of a group chat and around an orchestrator."""

from pathlib import Path

from tertius.core.events import BaseEvent, MessageSent, RunStarted
from tertius.core.ports.reader import Fingerprint, ReadProblem, Recorded
from tertius.readers.turns import MAX_MEMBERS, Talk, Turn

PATH = Path("a.json")
TURNS = [
    Turn(who="Orchestrator", to=("Coder",), text="write it"),
    Turn(who="Coder", text="done"),
    Turn(who="human", text="stop"),
]


def told(talk: Talk) -> dict[str, BaseEvent]:
    """Events by the part of the id that follows the run."""
    found = [r.event for r in talk.records() if isinstance(r, Recorded)]
    return {event.id.removeprefix("r/"): event for event in found}


def test_in_a_chat_everyone_hears_and_each_message_rests_on_the_one_before() -> None:
    found = told(Talk("r", "f", TURNS, chat=True, path=PATH, members=["Silent"], channel="room"))
    sent = found["1"]
    assert isinstance(sent, MessageSent)
    assert (sent.recipients, sent.channel) == (("Silent", "Orchestrator", "human"), "room")
    assert [cause.id for cause in sent.causes] == ["r/0"]


def test_around_an_orchestrator_only_it_hears_what_is_addressed_to_nobody() -> None:
    found = told(Talk("r", "f", TURNS, chat=False, path=PATH))
    answer, human = found["1"], found["2"]
    assert isinstance(answer, MessageSent) and isinstance(human, MessageSent)
    assert (answer.recipients, human.recipients) == (("Orchestrator",), ("Orchestrator",))
    assert human.via == "human"
    assert [cause.id for cause in answer.causes] == ["r/0"]


def test_further_fields_of_the_start_are_kept() -> None:
    start = told(Talk("r", "f", [], chat=True, path=PATH, start={"seed": 3}))["start"]
    assert isinstance(start, RunStarted) and (start.seed, start.source) == (3, "f")


def test_what_a_run_says_is_its_fingerprint_prompts_included() -> None:
    def digest(talk: Talk) -> str:
        (first, *_) = talk.records()
        assert isinstance(first, Fingerprint)
        return first.digest

    one = digest(Talk("r", "f", TURNS, chat=True, path=PATH))
    assert one == digest(Talk("s", "g", TURNS, chat=False, path=PATH))
    assert one != digest(Talk("r", "f", TURNS, chat=True, path=PATH, prompts={"Coder": "code"}))
    assert one != digest(Talk("r", "f", TURNS[:2], chat=True, path=PATH))


def test_a_run_that_says_nothing_has_no_fingerprint() -> None:
    records = Talk("r", "f", [], chat=True, path=PATH).records()
    assert not any(isinstance(record, Fingerprint) for record in records)


def test_more_members_than_an_event_holds_are_a_problem() -> None:
    turns = [Turn(who=f"a{n}", text="x") for n in range(MAX_MEMBERS + 1)]
    (problem,) = Talk("r", "f", turns, chat=True, path=PATH).records()
    assert isinstance(problem, ReadProblem) and problem.path == "a.json"
