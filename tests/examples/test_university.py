"""The university: eleven attacks that work without the gate and are stopped with it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tertius.cli.demo_scenes.university import founding
from tertius.cli.demo_scenes.university.agents import CASES, retention
from tertius.cli.demo_scenes.university.attacks import ATTACKS, Attack
from tertius.cli.demo_scenes.university.campus import NOW, REGISTRAR, RUN, Gated, University
from tertius.cli.demo_scenes.university.day import ADVICE, called, ordinary_day, returned
from tertius.cli.demo_scenes.university.sis import ABSENT, COURSES, Sis, make_sis
from tertius.cli.main import run
from tertius.cli.signable import SIGNABLE
from tertius.core.digest import digest
from tertius.core.events import BaseEvent, Delegated, MessageSent, ToolReturned
from tertius.core.request import PrincipalChain
from tertius.log.verify import verify
from tertius.policy.document import read_document
from tertius.policy.manifest_file import read_manifest
from tertius.runtime.denied import NotPermittedError
from tertius.runtime.index import build_index, open_lineage
from tertius.runtime.member import Member
from tertius.runtime.tool import tool_of

ROOT = Path(__file__).parent.parent.parent
POLICY = Path(founding.__file__).parent / "policy"


def named(attack: Attack) -> str:
    return attack.attempt.__name__


# -- both halves of all eleven ---------------------------------------------------------------------


def test_there_are_eleven() -> None:
    assert len({named(attack) for attack in ATTACKS}) == len(ATTACKS) == 11
    assert all(attack.did.endswith(".") and attack.lesson for attack in ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=named)
def test_without_the_gate_it_works(attack: Attack, tmp_path: Path) -> None:
    assert attack.attempt(University(tmp_path / "u", gated=False))


@pytest.mark.parametrize("attack", ATTACKS, ids=named)
def test_with_the_gate_it_is_stopped_for_its_reason(attack: Attack, tmp_path: Path) -> None:
    university = University(tmp_path / "u", gated=True)
    assert not attack.attempt(university)
    assert attack.stopped_by in university.stopped_by()


def test_agents_are_told_codes_and_no_reasons(tmp_path: Path) -> None:
    codes = {"not-granted", "bad-argument", "needs-human", "denied"}
    for number, attack in enumerate(ATTACKS):
        university = University(tmp_path / str(number), gated=True)
        attack.attempt(university)
        assert university.told
        for told in university.told:
            word, _, code = told.partition(": ")
            assert word != "not permitted" or code in codes


def test_each_kind_of_attack_is_one_that_somebody_could_allow(tmp_path: Path) -> None:
    """The gate stops the attack and not the work: what is due goes through."""
    university = University(tmp_path / "u", gated=True)
    with university.open() as campus:
        office, advisor = campus.agent("financial-aid"), campus.agent("advising")
        question = campus.asked(
            office, "aid.award", student=ABSENT, amount=1500, approved_by="dean"
        )
        campus.approve(question)
        assert office.resume(question) == 1500
        with pytest.raises(NotPermittedError):
            office.resume(question)
        assert campus.sis.paid(ABSENT) == 1500
        chain = advisor.delegate(
            "tutoring", actions=["tool.call"], tools=["advice.send"], lifetime=600
        )
        assert isinstance(chain, PrincipalChain)
        helper = campus.agent("tutoring", chain=chain)
        assert helper.call("advice.send", student=ABSENT, text="nine o'clock, room 4")
        with pytest.raises(NotPermittedError, match="denied"):
            helper.call("tutoring.book", student=ABSENT, slot=9)  # its own, yet not passed on
    assert [e.expires for e in events(university) if isinstance(e, Delegated)] == [
        NOW + 600 * 1_000_000_000
    ]


def test_a_consensus_that_an_outsider_checked_counts(tmp_path: Path) -> None:
    university = University(tmp_path / "u", gated=True)
    with university.open() as campus:
        advisor, office = campus.agent("advising"), campus.agent("financial-aid")
        checker = campus.agent("retention")
        vote = advisor.state("sis.withdraw", "withdraw", to="retention", kind="vote")
        office.state("sis.withdraw", "withdraw", to="advising", kind="vote")
        assert isinstance(checker, Member)
        checker.call("sis.attendance", student=ABSENT)
        checker.verify(vote, "confirmed", of="advising", evidence=checker.seen)
        assert advisor.call("sis.withdraw", student=ABSENT, course="history")
        assert "history" not in campus.sis.grades(ABSENT)


def test_what_was_determined_outlives_a_restart(tmp_path: Path) -> None:
    university = University(tmp_path / "u", gated=True)
    with university.open() as campus:
        made = retention(campus.agent("retention"), ABSENT)
    with university.open() as campus:
        told = {"determination": "risk-level", "value": "high", "determined_by": made}
        assert campus.agent("tutoring").send("advising", told)
        with pytest.raises(NotPermittedError):
            campus.agent("tutoring").send("advising", {**told, "value": "low"})


def test_the_coverage_is_told(tmp_path: Path) -> None:
    with University(tmp_path / "u", gated=True).open() as campus:
        assert isinstance(campus, Gated)
        governed = {surface.key for surface in campus.coverage.governed}
        assert {"message:mail", "tool:aid.record", f"memory:{CASES}"} <= governed
        assert not campus.coverage.ungoverned


# -- an ordinary day -------------------------------------------------------------------------------


def events(university: University) -> list[BaseEvent]:
    return [each.event for each in university.record()]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> University:
    university = University(tmp_path_factory.mktemp("day") / "u", gated=True)
    assert "a tutor in history" in ordinary_day(university)
    build_index(university.folder / "log")
    return university


def test_the_advice_rests_on_the_risk_level_and_that_on_the_attendance(
    day: University, capsys: pytest.CaptureFixture[str]
) -> None:
    log = str(day.folder / "log")
    figure, advice = returned(day, "sis.attendance"), called(day, ADVICE)
    assert run(["trace", figure, "--to", advice, "--log", log]) == 0
    path = capsys.readouterr().out.splitlines()[0].split(" -> ")
    kinds = [str(e.__struct_config__.tag) for name in path for e in events(day) if e.id == name]
    assert kinds[:2] == ["tool.returned", "claimed"] and kinds[-1] == "tool.called"
    assert "message.consumed" in kinds
    assert run(["trace", advice, "--log", log, "--depth", "12"]) == 0
    printed = capsys.readouterr().out
    assert "0.58" in printed and "risk-level" in printed


def test_aid_data_never_reaches_the_tutor(day: University) -> None:
    record = returned(day, "aid.record")
    lineage = open_lineage(day.folder / "log", check_contents=False)
    reached = set(lineage.descendants(record).ids())
    tutors = [each for each in day.record() if each.event.agent == "tutoring"]
    assert tutors and not reached & {each.event.id for each in tutors}
    (figure,) = (e for e in day.record() if e.event.id == record)
    income = str(json.loads(figure.contents[0])["income"])
    assert not any(income in text.decode() for each in tutors for text in each.contents)
    sent = [e for e in events(day) if isinstance(e, MessageSent)]
    assert sent and not any("tutoring" in each.recipients for each in sent)


def test_every_act_stands_behind_its_permit(day: University) -> None:
    decided = {e.id for e in events(day) if e.id.endswith("/decided")}
    acts = [e for e in events(day) if e.agent and e.id not in decided]
    for event in acts:
        if not isinstance(event, ToolReturned) and "/delivered" not in event.id:
            assert decided & {cause.id for cause in event.causes}, event.id
        assert event.identity == "bound" and event.run == RUN


def test_the_log_verifies(day: University) -> None:
    report = verify(day.folder / "log", now=NOW // 1_000_000_000, keys=(day.key,))
    assert report.exit_code == 0


def test_the_same_day_gives_the_same_bytes(day: University, tmp_path: Path) -> None:
    again = University(tmp_path / "u", gated=True)
    ordinary_day(again)
    for part in ("anchor", "writers/gate"):
        one, other = (u.folder / "log" / part / "checkpoint" for u in (day, again))
        assert one.read_bytes() == other.read_bytes()


# -- its policy ------------------------------------------------------------------------------------


def test_the_manifests_pin_these_tools_and_this_constitution(tmp_path: Path) -> None:
    sis = make_sis(tmp_path / "sis.db", seed=1)
    schemas = {name: tool_of(name, tool).schema for name, tool in sis.tools().items()}
    _, payload = SIGNABLE["constitution"].payload(read_document(POLICY / "constitution.yaml"))
    files = [POLICY / f"{name}.yaml" for name in founding.MANIFESTS]
    for path in (*files, POLICY / "earlier" / "tutoring.yaml"):
        manifest, _ = read_manifest(path)
        assert manifest.constitution == digest("document", payload)
        for tool in manifest.tools:
            assert tool.schema == schemas[tool.tool], f"{path.name}: {tool.tool}"
    sis.close()


def test_the_manifests_have_no_flaw(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(POLICY / f"{name}.yaml") for name in founding.MANIFESTS]
    assert run(["lint", *files]) == 0, capsys.readouterr().out


def test_the_registrar_is_whom_they_act_for() -> None:
    for name in founding.MANIFESTS:
        manifest, _ = read_manifest(POLICY / f"{name}.yaml")
        assert REGISTRAR.names == (manifest.principal,)


# -- its students ----------------------------------------------------------------------------------


def test_a_seed_makes_the_same_students(tmp_path: Path) -> None:
    def all_of(sis: Sis) -> list[object]:
        students = [f"s-{n:02d}" for n in range(1, 13)]
        return [(sis.attendance(s), sis.grades(s), sis.aid_record(s)) for s in students]

    one, same, other = (make_sis(tmp_path / str(n), seed=s) for n, s in enumerate((4, 4, 5)))
    assert all_of(one) == all_of(same) != all_of(other)
    assert set(one.grades(ABSENT)) == set(COURSES)
    with pytest.raises(LookupError, match="s-99"):
        one.grades("s-99")
    for sis in (one, same, other):
        sis.close()


def test_the_example_runs_from_the_clone(tmp_path: Path) -> None:
    script = ROOT / "examples" / "university" / "run.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "out")],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("without the gate it works, with it it is stopped") == 11
