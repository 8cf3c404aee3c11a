"""kill -9 at every moment of a question's life: at most once, and nothing promised is lost."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.escalation.office import Office, S, a_request

from tertius.escalation.desk import NotStartedError
from tertius.escalation.transaction import NoSuchQuestionError

ROOT = Path(__file__).parents[2]


def test_killed_at_any_moment_it_runs_at_most_once(tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    found = subprocess.run(
        [sys.executable, "-m", "tests.escalation.killed", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    moments = int(found.stdout)
    assert moments > 60
    ends = [what_is_left(tmp_path / str(moment)) for moment in range(1, moments + 1)]
    assert {S.GRANTED, S.UNKNOWN, S.SUCCEEDED} <= {end for end in ends if end}


def what_is_left(room: Path) -> S | None:
    """Start the gate again after the kill, try once more, and return where the question stands."""
    said = (room / "said").read_text().split() if (room / "said").exists() else []
    office = Office(room)
    try:
        state = office.state("x-q1")
    except NoSuchQuestionError:
        assert said == []  # the kill came before anybody was promised anything
        return None
    assert state in (S.OPEN, S.GRANTED, S.UNKNOWN, S.SUCCEEDED)
    if "granted" in said:
        assert state is not S.OPEN
    if "finished" in said:
        assert state is S.SUCCEEDED
    ran = said.count("effect")
    assert ran == 0 or state in (S.UNKNOWN, S.SUCCEEDED)
    token = office.desk.token("x-q1", now=office.now)
    if token is not None:
        with suppress(NotStartedError):
            office.desk.consume(token, a_request(), now=office.now)
            ran += 1
    assert ran <= 1
    office.desk.flush()
    told = office.told("x-q1")
    assert len({event.id for event, _ in office.log}) == len(office.log) == len(told)
    whole = ["opened", "approved", "approved", "started"]
    assert told[:4] == whole[: len(told)]  # nothing is missing, nothing out of order
    assert told.count("started") <= 1 and (ran == 0 or "started" in told)
    office.store.close()
    return state
