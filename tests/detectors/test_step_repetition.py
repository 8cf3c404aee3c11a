"""Step repetition: nearly the same step by the same agent, counted; a reason changes the step."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.step_repetition import StepRepetition

PLAN = (
    "I will look for the method that computes the matrix, and for every module that imports it.\n"
    "Then I compare the implementation with the documentation and summarise what differs.\n"
    "Command: search --name separability_matrix --from modeling --recursive\n"
    "After that I open the module at the line that was found and read some more of it.\n"
)
OTHER = "The tests of the time module pass now; somebody must still mend the summary of columns."


def repeated(times: int, run: str = "r1") -> Record:
    record = Record(run, "coder", "planner")
    for number in range(times):
        record.say("coder", PLAN, "planner")
        record.say(
            "planner", f"Thanks. Part {number} of the report comes next, as I said.", "coder"
        )
    record.end()
    return record


def test_it_fires_when_a_step_is_done_again_twice() -> None:
    record = repeated(3)
    (finding,) = findings(StepRepetition(), record)
    assert finding.agents == ("coder",)
    assert finding.evidence == ("r1/3", "r1/5", "r1/7")
    assert (finding.effect.value, finding.n, finding.severity) == (2, 3, "low")
    assert (finding.failure_mode, finding.mast_mode) == ("caif.miscoordination", "FM-1.3")
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    assert "not measured" in finding.guarantee.words


def test_it_tells_the_final_count_at_the_end() -> None:
    first, last = findings(StepRepetition(), repeated(9))
    assert (first.effect.value, first.severity) == (2, "low")
    assert (last.effect.value, last.severity) == (8, "high")


def test_it_stays_silent_on_one_retry_and_on_other_steps() -> None:
    assert findings(StepRepetition(), repeated(2)) == []
    assert unsure(StepRepetition(), repeated(2)) == []


def test_a_few_changed_words_make_no_new_step() -> None:
    record = Record()
    texts = (PLAN, PLAN.replace("documentation", "handbook"), PLAN.upper() + "OK.")
    for number, text in enumerate(texts):
        record.say("coder", text, "planner")
        record.say("planner", f"{number} of 3 seen", "coder")
    (finding,) = findings(StepRepetition(), record)
    assert finding.agents == ("coder",)


def test_another_recipient_is_another_step() -> None:
    record = Record()
    for number in range(5):
        record.say("lead", PLAN, f"worker-{number}")
    assert findings(StepRepetition(), record) == []


def test_short_words_are_no_steps() -> None:
    record = Record()
    for number in range(9):
        record.say("user", "Go on, please.", "coder")
        record.say("coder", f"The figure for year {number} is {number**9} and no more.", "user")
    assert findings(StepRepetition(), record) == []


def test_a_message_recorded_twice_in_a_row_is_one_step() -> None:
    record = Record()
    for _ in range(6):
        record.say("coder", PLAN, "planner")
    assert findings(StepRepetition(), record) == []


def test_calls_are_the_same_if_their_arguments_are() -> None:
    record = Record()
    for page in (1, 2, 3, 4):
        record.call("surfer", "open", f'{{"page": {page}}}')
    assert findings(StepRepetition(), record) == []
    for _ in range(2):
        record.call("surfer", "open", '{"page": 4}')
    (finding,) = findings(StepRepetition(), record)
    assert finding.evidence == ("r1/4", "r1/5", "r1/6")


def test_a_restart_gives_a_reason() -> None:
    record = Record()
    for number in range(4):
        record.say("coder", PLAN, "planner")
        record.say("planner", f"{number} {OTHER}", "coder")
        record.start()
    assert findings(StepRepetition(), record) == []


def test_missing_contents_are_no_silence() -> None:
    assert unsure(StepRepetition(), repeated(3).without_contents()) == [
        "the content of 6 of 6 steps is not at hand"
    ]
    assert unsure(StepRepetition(), Record()) == ["no steps of agents are recorded"]


def test_parameters_are_part_of_the_finding() -> None:
    strict = StepRepetition(least=1)
    (finding,) = findings(strict, repeated(2))
    (other,) = findings(StepRepetition(), repeated(3))
    assert finding.parameters != other.parameters
    assert findings(strict.clone(), repeated(2)) == [finding]


def test_it_keeps_the_promises_of_the_port() -> None:
    report = check_detector(StepRepetition(), [repeated(9).shown, repeated(40, "r2").shown])
    assert report.findings == 4


def test_it_forgets_what_lies_far_back() -> None:
    record = Record()
    record.say("coder", PLAN, "planner")
    for number in range(300):
        record.say("coder", f"The figure for year {number} is {number**9} and no more.", "planner")
    for _ in range(3):
        record.say("coder", PLAN, "planner")
        record.say("planner", "Yes.", "coder")
    (finding,) = findings(StepRepetition(), record)
    assert "r1/1" not in finding.evidence
