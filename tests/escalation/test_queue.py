"""The order of the list, and what may be folded and put off."""

from msgspec import json
from msgspec.structs import replace
from tests.escalation.office import NOW, SECOND, Office, S, a_request

from tertius.escalation.notices import Courier, Secret
from tertius.escalation.queue import arrange
from tertius.escalation.triggers import Terms

QUIET = Terms(blocking=False)


def test_what_nobody_knows_comes_first_then_what_waits(office: Office) -> None:
    request = a_request("q0")
    office.desk.consume(office.granted(request), request, now=office.now)
    office.reopen()
    office.ask(a_request("q1"), terms=QUIET)
    office.ask(a_request("q2"), terms=Terms(seconds=900))
    office.ask(a_request("q3"), terms=Terms(seconds=300))
    found = [line.question.escalation.id for line in office.desk.list(now=office.now)]
    assert found == ["x-q0", "x-q3", "x-q2", "x-q1"]


def test_questions_alike_share_a_line_unless_a_run_waits(office: Office) -> None:
    for number in range(3):
        office.ask(a_request(f"q{number}"), terms=QUIET)
    [line] = office.desk.list(now=office.now)
    assert (line.question.escalation.id, line.like) == ("x-q0", ("x-q1", "x-q2"))
    asked = [
        replace(
            line.question, escalation=replace(line.question.escalation, id=f"b{n}", blocking=True)
        )
        for n in range(3)
    ]
    assert [each.like for each in arrange(asked)] == [(), (), ()]


def test_the_list_says_who_approved_so_far(office: Office) -> None:
    id = office.ask()
    office.says(id, "p-1")
    [line] = office.desk.list(now=office.now)
    assert line.approved == ("p-1",)


def test_what_has_ended_is_listed_on_demand(office: Office) -> None:
    office.says(office.ask(), "p-1", "deny")
    assert office.desk.list(now=office.now) == ()
    [line] = office.desk.list(now=office.now, states=())
    assert line.question.state is S.DENIED


class Sent:
    """Takes notices and keeps them."""

    def __init__(self) -> None:
        self.states: list[tuple[str, str]] = []

    def send(self, headers: object, body: bytes) -> int:
        data = json.decode(body)["data"]
        self.states.append((data["escalation"], data["state"]))
        return 204


def test_notices_nobody_waits_for_are_put_off_and_never_dropped(office: Office) -> None:
    for number in range(3):
        office.ask(a_request(f"q{number}"), terms=QUIET)
    office.ask(a_request("b", agent="tutor"))
    sent = Sent()
    courier = Courier(office.store, sent, Secret("whsec_" + "A" * 32))
    courier.deliver(now=NOW)
    assert sent.states == [("x-q0", "open"), ("x-b", "open")]  # two wait; what blocks does not
    courier.deliver(now=NOW + 60 * SECOND)
    courier.deliver(now=NOW + 120 * SECOND)
    assert [id for id, _ in sent.states] == ["x-q0", "x-b", "x-q1", "x-q2"]
