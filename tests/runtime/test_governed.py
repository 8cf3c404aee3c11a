"""From a folder to a gate that stands, and everything for which it does not."""

import asyncio
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tertius.adapters.by_hand import ByHand, Crew
from tertius.cli.demo_scenes.university import founding
from tertius.cli.demo_scenes.university.campus import NOW, REGISTRAR
from tertius.cli.demo_scenes.university.founding import (
    MANIFESTS,
    REVIEWERS,
    SENATE,
    approver,
    found,
    publish,
)
from tertius.cli.signable import SIGNABLE
from tertius.core.digest import digest as content_digest
from tertius.core.errors import TertiusError
from tertius.core.events import Cause, ToolCalled
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided, Escalated, PolicyChanged, Ruled
from tertius.escalation.approvers import sign
from tertius.escalation.card import view_digest
from tertius.escalation.desk import NotStartedError
from tertius.escalation.transaction import StoreBusyError
from tertius.escalation.triggers import Trigger
from tertius.log import commit
from tertius.log.clock import Ratchet
from tertius.log.lock import LogInUseError
from tertius.log.read import LogReader
from tertius.log.verify import verify
from tertius.log.verify_report import render
from tertius.policy.envelope import TooFewSignaturesError, parse_envelope, statement
from tertius.policy.manifests import UnsignedError
from tertius.policy.revocation import KIND as REVOCATIONS
from tertius.policy.revocation import Revocations
from tertius.policy.roots import NoRootError
from tertius.policy.strict_yaml import parse_yaml
from tertius.policy.versions import RolledBackError
from tertius.runtime.denied import NeedsHumanError, NotPermittedError
from tertius.runtime.gate import Asked
from tertius.runtime.governed import Governed, NoManifestError, open_gate
from tertius.runtime.in_force import PolicyFlawError
from tertius.runtime.layers import Layers
from tertius.runtime.ledger import UnknownEventError
from tertius.runtime.log_remembered import LogGoneError
from tertius.runtime.soundness import NobodyAnswersError

POLICY = Path(founding.__file__).parent / "policy"
SECOND = 1_000_000_000
AWARD = {"student": "s-07", "amount": 1500, "approved_by": "dean"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found(tmp_path / "u")
    return tmp_path / "u"


def opened(folder: Path, **options: Any) -> Governed:
    numbers = itertools.count()
    start = options.pop("start", "a")
    settings: dict[str, Any] = {
        "clock": lambda: NOW, "checkpoint_every": None,
        "names": lambda: f"{start}{next(numbers)}", **options,
    }  # fmt: skip
    return open_gate(folder, **settings)


def ask(governed: Governed, agent: str, tool: str, arguments: Any, **more: Any) -> Asked:
    given: dict[str, Any] = {"run": "r", "task": "s-07", "identity": "bound", **more}
    return governed.gate.ask(agent, "tool.call", arguments, chain=REGISTRAR, resource=tool, **given)


def reads(governed: Governed, agent: str = "retention") -> Outcome:
    return ask(governed, agent, "sis.attendance", {"student": "s-07"}).decision.outcome


def rewrite(folder: Path, name: str, *changes: tuple[str, str], kind: str = "manifest") -> None:
    """Sign a document anew, changed."""
    text = (POLICY / f"{name}.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    _, payload = SIGNABLE[kind].payload(parse_yaml(text.encode(), file=name))
    people = SENATE if kind == "constitution" else REVIEWERS
    place = folder / "policy" / ("manifests" if kind == "manifest" else ".")
    publish(place / f"{name}.signed.json", payload, people)


def events(folder: Path) -> list[Any]:
    return list(LogReader(folder / "log" / "writers" / "gate").events())


# -- it stands -------------------------------------------------------------------------------------


def test_it_permits_what_is_granted_and_nothing_else(folder: Path) -> None:
    with opened(folder) as governed:
        assert reads(governed) is Outcome.PERMIT
        assert reads(governed, "advising") is Outcome.FORBID
        assert reads(governed, "stranger") is Outcome.FORBID
        decision = ask(governed, "retention", "sis.attendance", {"student": "s-07"}).decision
        assert decision.constitution == governed.policy.constitution_digest
        assert decision.manifest == governed.policy.manifests.held[2].digest
        assert governed.chain_of("tutoring") == REGISTRAR
        with pytest.raises(NoManifestError):
            governed.chain_of("stranger")
    report = verify(folder / "log", now=NOW // SECOND, keys=(governed.key,))
    assert report.exit_code == 0


def test_a_crash_right_after_the_start_leaves_a_log_that_tells_its_rules(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "GATHER", 3600)
    with opened(folder) as governed:
        found = shutil.copytree(folder / "log", tmp_path / "after")
        loads = [
            event for event in LogReader(found / "writers" / "gate").events()
            if isinstance(event, PolicyChanged)
        ]  # fmt: skip
        assert len(loads) == 7
        report = verify(found, now=NOW // SECOND, keys=(governed.key,))
    assert (report.status, report.problems) == ("not_evaluated", ())
    assert "open the log once more" in render(report)


def test_what_is_put_in_force_is_in_the_log_and_remembered(folder: Path) -> None:
    for start in "ab":
        opened(folder, start=start).close()
    loads = [event for event in events(folder) if isinstance(event, PolicyChanged)]
    assert len({event.id for event in loads}) == len(loads) == 2 * 7
    assert {event.subject for event in loads} >= {"constitution", "conditions", "manifest:advising"}
    seen = json.loads((folder / "private" / "versions.json").read_bytes())["seen"]
    assert seen["manifest tutoring"]["version"] == 2


def test_with_the_clock_of_the_machine(folder: Path) -> None:
    with open_gate(folder) as governed:
        assert isinstance(governed.clock, Ratchet)
        decided = ask(governed, "retention", "sis.attendance", {"student": "s-07"}).decision
        assert decided.time >= governed.clock() - 60 * SECOND


# -- it does not start -----------------------------------------------------------------------------


def gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def by_one_person(folder: Path) -> None:
    _, payload = SIGNABLE["constitution"].payload(
        parse_yaml((POLICY / "constitution.yaml").read_bytes(), file="c")
    )
    publish(folder / "policy" / "constitution.signed.json", payload, ["reviewer-1"])


def an_agent_answers(folder: Path) -> None:
    rewrite(folder, "tutoring", ("accountable: dean", "accountable: advising"))


def two_owners(folder: Path) -> None:
    rewrite(folder, "tutoring", ("tools:", "owns: [risk-level]\ntools:"))


def a_demand_that_nobody_can_meet(folder: Path) -> None:
    rewrite(folder, "conditions", ("quorum: 2", "quorum: 9"), kind="conditions")


def a_determination_that_nobody_owns(folder: Path) -> None:
    rewrite(folder, "roles", ("name: risk-level", "name: risk-levels"), kind="roles")


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (gone("policy/constitution.signed.json"), TertiusError),
        (gone("roots/constitution.1.signed.json"), NoRootError),
        (gone("roots/manifests.1.signed.json"), NoRootError),
        (by_one_person, TooFewSignaturesError),
        (an_agent_answers, NobodyAnswersError),
        (two_owners, PolicyFlawError),
        (a_demand_that_nobody_can_meet, PolicyFlawError),
        (lambda folder: (folder / "kill").write_bytes(b"A"), TertiusError),
        (gone("roots/approvers.1.signed.json"), NoRootError),
        (a_determination_that_nobody_owns, PolicyFlawError),
        (lambda folder: shutil.rmtree(folder / "policy" / "manifests"), TertiusError),
    ],
)
def test_what_is_not_sound_stops_the_start(
    spoil: Callable[[Path], None], error: type[Exception], folder: Path
) -> None:
    whole = folder.with_name("whole")
    shutil.copytree(folder, whole)
    spoil(folder)
    with pytest.raises(error):
        opened(folder)
    opened(whole).close()  # it is the spoiling that stops it


def test_a_start_that_failed_leaves_nothing_locked(folder: Path) -> None:
    opened(folder).close()
    versions = folder / "private" / "versions.json"
    kept = versions.read_bytes()
    versions.write_bytes(b"no json")
    with pytest.raises(TertiusError):
        opened(folder)
    versions.write_bytes(kept)
    opened(folder, start="b").close()


def test_one_gate_at_a_time(folder: Path) -> None:
    with opened(folder), pytest.raises((LogInUseError, StoreBusyError)):
        opened(folder, start="b")


@pytest.mark.parametrize("name", ["constitution", "conditions"])
def test_what_was_in_force_cannot_be_put_back(name: str, folder: Path) -> None:
    old = folder / "policy" / f"{name}.signed.json"
    kept = old.read_bytes()
    rewrite(folder, name, ("version: 1", "version: 2"), kind=name)
    opened(folder).close()
    old.write_bytes(kept)
    with pytest.raises(RolledBackError):
        opened(folder, start="b")
    if name == "conditions":
        old.unlink()
        with pytest.raises(RolledBackError):
            opened(folder, start="b")


# -- one manifest is bad ---------------------------------------------------------------------------


def unsigned(folder: Path) -> None:
    manifests = folder / "policy" / "manifests"
    (manifests / "tutoring.signed.json").unlink()
    shutil.copy(POLICY / "tutoring.yaml", manifests)


def half_written(folder: Path) -> None:
    path = folder / "policy" / "manifests" / "tutoring.signed.json"
    path.write_bytes(path.read_bytes()[:400])


def garbage_after_the_signature(folder: Path) -> None:
    with (folder / "policy" / "manifests" / "tutoring.signed.json").open("ab") as file:
        file.write(b"garbage")


def rolled_back(folder: Path) -> None:
    path = folder / "policy" / "manifests" / "tutoring.signed.json"
    kept = path.read_bytes()
    version = next(
        line for line in (POLICY / "tutoring.yaml").read_text().splitlines() if "version:" in line
    )
    rewrite(folder, "tutoring", (version, "version: 9"))
    opened(folder, start="before").close()
    path.write_bytes(kept)


def twice(folder: Path) -> None:
    manifests = folder / "policy" / "manifests"
    shutil.copy(manifests / "tutoring.signed.json", manifests / "tutoring.old.signed.json")


def signed_by_a_stranger(folder: Path) -> None:
    _, payload = SIGNABLE["manifest"].payload(
        parse_yaml((POLICY / "tutoring.yaml").read_bytes(), file="t")
    )
    target = folder / "policy" / "manifests" / "tutoring.signed.json"
    publish(target, payload, ["mallory", "mallet"])


@pytest.mark.parametrize(
    "spoil",
    [
        unsigned, half_written, garbage_after_the_signature, signed_by_a_stranger, rolled_back,
        twice,
    ],
)  # fmt: skip
def test_its_agent_has_nothing_and_the_others_go_on(
    spoil: Callable[[Path], None], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(folder)
    with opened(folder) as governed:
        assert "`tutoring` may do nothing: tutoring." in caplog.text
        asked = ask(governed, "tutoring", "tutoring.referrals", {})
        assert (asked.decision.outcome, asked.decision.code) == (Outcome.FORBID, "denied")
        assert reads(governed) is Outcome.PERMIT
        with pytest.raises(NoManifestError, match=r"tutoring\."):
            governed.chain_of("tutoring")
    refused = [e for e in events(folder) if isinstance(e, PolicyChanged) and "refused" in e.reason]
    assert {event.subject for event in refused} == {"manifest:tutoring"}


def test_one_whose_manifest_is_gone_has_nothing_and_its_peers_go_on(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder / "policy" / "manifests" / "tutoring.signed.json"
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(PolicyFlawError, match="no manifest of peer `tutoring`"):
        opened(folder)  # nobody of that name ever was: it may be a typing mistake
    path.write_bytes(kept)
    opened(folder).close()
    path.unlink()
    with opened(folder, start="b") as governed:
        assert "no manifest of peer `tutoring`, which had one before" in caplog.text
        asked = ask(governed, "tutoring", "tutoring.referrals", {})
        assert asked.decision.outcome is Outcome.FORBID
        assert reads(governed) is Outcome.PERMIT


def ended(folder: Path) -> None:
    rewrite(folder, "tutoring", ("not_after: 2027-09-01", "not_after: 2026-09-02"))


def forbidden_altogether(folder: Path) -> None:
    emergency = """rules:
  - id: emergency
    why: the tutor is looked into
    cedar: |
      forbid (principal == Agent::"tutoring", action, resource);
"""
    rewrite(folder, "constitution", ("rules:\n", emergency), kind="constitution")
    digest = read_digest(folder / "policy" / "constitution.signed.json")
    for name in MANIFESTS:
        text = (POLICY / f"{name}.yaml").read_text()
        old = next(line for line in text.splitlines() if line.startswith("constitution:"))
        rewrite(folder, name, (old, f"constitution: {digest}"))


def read_digest(path: Path) -> str:
    return content_digest("document", parse_envelope(path.read_bytes()).body)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (ended, "expired on 2026-09-02; sign a new version"),
        (forbidden_altogether, "it forbids all"),
    ],
)
def test_a_manifest_that_does_nothing_stops_nobody_else(
    spoil: Callable[[Path], None], said: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(folder)
    with opened(folder) as governed:
        assert any(said in warning for warning in governed.policy.warnings)
        asked = ask(governed, "tutoring", "tutoring.referrals", {})
        assert (asked.decision.outcome, asked.decision.code) == (Outcome.FORBID, "denied")
        assert reads(governed) is Outcome.PERMIT
    assert said in caplog.text
    reasons = " ".join(" ".join(e.rules) for e in events(folder) if isinstance(e, Decided))
    assert ("has expired on 2026-09-02; sign" in reasons) or ("emergency" in reasons)


@pytest.mark.parametrize(
    "kind", ["constitution", "conditions", "roles", "approvers", "revocations"]
)
def test_what_somebody_wrote_and_nobody_signed_is_named(kind: str, folder: Path) -> None:
    (folder / "policy" / f"{kind}.signed.json").unlink(missing_ok=True)
    draft = folder / "policy" / f"{kind}.yaml"
    draft.write_text("version: 1\n")
    with pytest.raises(
        UnsignedError, match=f"nobody signed `{draft}`; run `tertius sign {draft} --key KEY`"
    ):
        opened(folder)


# -- what is remembered ----------------------------------------------------------------------------


def revoke(folder: Path, version: int, *agents: str) -> None:
    listed = Revocations(version=version, agents=agents, not_before=0, not_after=NOW + SECOND)
    payload = statement(REVOCATIONS, "revocations", listed, source=b"")
    publish(folder / "policy" / "revocations.signed.json", payload, REVIEWERS)


def test_an_agent_once_revoked_never_comes_back(folder: Path) -> None:
    revoke(folder, 1, "retention")
    with opened(folder) as governed:
        assert reads(governed) is Outcome.FORBID
    for agents in ((), ("retension",)):
        revoke(folder, 2, *agents)
        with pytest.raises(RolledBackError, match="leaves out agent `retention`"):
            opened(folder, start="b")
    revoke(folder, 2, "retention", "tutorin")
    with opened(folder, start="b") as governed:
        assert reads(governed) is Outcome.FORBID
        (warning,) = governed.policy.warnings
        assert "no manifest of agent `tutorin`; did you mean `tutoring`" in warning


def test_a_log_that_is_gone_is_missed(folder: Path) -> None:
    opened(folder).close()
    shutil.move(folder / "log", folder / "kept")
    shutil.move(folder / "escalations.db", folder / "kept.db")
    with pytest.raises(LogGoneError, match="is missing; restore it, or, to begin a new history"):
        opened(folder, start="b")
    assert not (folder / "log").exists(), "nothing begins anew by itself"
    remembered = folder / "private" / "log.json"
    shutil.move(remembered, folder / "kept.json")
    opened(folder, start="b").close()
    shutil.move(folder / "kept.json", remembered)
    with pytest.raises(LogGoneError, match="holds log"):
        opened(folder, start="c")


def test_a_cut_and_a_kill_outlive_a_restart(folder: Path) -> None:
    with opened(folder) as governed:
        governed.gate.observe(
            PolicyChanged(id="c1", time=NOW, run="ops", subject="sis.attendance", what="tool",
                          change="break", reason="odd")
        )  # fmt: skip
        assert reads(governed) is Outcome.FORBID
    with opened(folder, start="b") as governed:
        assert reads(governed) is Outcome.FORBID
        assert ask(governed, "tutoring", "tutoring.referrals", {}).decision.code is None
        governed.kill.throw()
    with opened(folder, start="c") as governed:
        assert ask(governed, "tutoring", "tutoring.referrals", {}).decision.code == "denied"


def test_counters_outlive_a_restart(folder: Path) -> None:
    limit = """
rules:
  - id: twice
    why: twice an hour is enough
    cedar: |
      forbid (principal, action == Action::"tool.call", resource == Resource::"sis.attendance")
      when { context.counts.resource_hour > 2 };
"""
    rewrite(folder, "conditions", ("consensus:", limit + "consensus:"), kind="conditions")
    with opened(folder) as governed:
        for number in range(2):
            asked = ask(governed, "retention", "sis.attendance", {"student": "s-07"})
            assert asked.decision.outcome is Outcome.PERMIT and asked.request is not None
            governed.gate.observe(
                ToolCalled(id=f"t{number}", time=NOW, run="r", agent="retention", identity="bound",
                           tool="sis.attendance")
            )  # fmt: skip
        assert reads(governed) is Outcome.FORBID
    with opened(folder, start="b") as governed:
        assert reads(governed) is Outcome.FORBID


# -- people ----------------------------------------------------------------------------------------


def test_what_happened_before_a_restart_may_be_cited_and_nothing_else(folder: Path) -> None:
    def called(id: str, cause: str) -> ToolCalled:
        cited = (Cause(id=cause),) if cause else ()
        return ToolCalled(id=id, time=5, run="r", tool="sis.look", causes=cited)

    with opened(folder) as governed:
        governed.gate.observe(called("e1", ""))
    with opened(folder) as governed:
        governed.gate.observe(called("e2", "e1"))
        with pytest.raises(UnknownEventError):
            governed.gate.observe(called("e3", "e9"))


def rule(governed: Governed, question: str, person: str = "dean") -> None:
    desk = governed.desk
    assert desk is not None
    row = desk.show(question, now=NOW)
    assert row.card is not None
    desk.rule(
        sign(approver(person), desk.origin, row.question.escalation, person=person,
             choice="approve", view=view_digest(row.card), time=NOW),
        now=NOW,
    )  # fmt: skip


def test_an_approved_act_runs_once_also_after_a_restart(folder: Path) -> None:
    with opened(folder) as governed:
        asked = ask(governed, "financial-aid", "aid.award", AWARD)
        assert asked.decision.code == "needs-human" and asked.request is not None
        question = asked.request.id
        assert governed.gate.granted(question) is None
    with opened(folder, start="b") as governed:
        rule(governed, question)
        granted = governed.gate.granted(question)
        assert granted is not None
        token, request = granted
        assert request.decoded() == AWARD
        governed.gate.resume(token, request)
        governed.gate.ended(question, ok=True)
        with pytest.raises(NotStartedError):
            governed.gate.resume(token, request)
    told = [e.ruling for e in events(folder) if isinstance(e, Ruled)]
    assert told == ["approved", "started", "succeeded", "late"]
    assert sum(isinstance(e, Escalated) for e in events(folder)) == 1


def test_an_approved_act_is_judged_by_the_time_it_runs(folder: Path) -> None:
    now = [NOW]
    with opened(folder, clock=lambda: now[0]) as governed:
        asked = ask(governed, "financial-aid", "aid.award", AWARD)
        assert asked.request is not None
        rule(governed, asked.request.id)
        assert not governed.gate.forbids(asked.request)
        now[0] = founding.END + SECOND  # meanwhile the manifest has ended
        with pytest.raises(TertiusError):
            governed.gate.forbids(asked.request)  # and the constitution too


def test_without_approvers_whoever_needs_a_person_is_denied(folder: Path) -> None:
    (folder / "policy" / "approvers.signed.json").unlink()
    with pytest.raises(PolicyFlawError, match="large-awards"):
        opened(folder)  # a rule that asks for people where nobody may answer is gridlock


def test_a_trigger_asks_about_what_is_granted(folder: Path) -> None:
    trigger = Trigger(name="t1", why="somebody looks", resources=("sis.attendance",))
    with opened(folder, triggers=(trigger,)) as governed:
        assert reads(governed) is Outcome.ESCALATE


def test_approvers_stand_under_a_root_of_their_own(folder: Path) -> None:
    opened(folder).close()
    path = folder / "policy" / "approvers.signed.json"
    kept = path.read_bytes()
    founding.enrol(folder, ["dean"], version=2)
    opened(folder, start="b").close()
    path.write_bytes(kept)
    with pytest.raises(RolledBackError, match="version 2 was in force"):
        opened(folder, start="c")
    path.unlink()
    with pytest.raises(RolledBackError, match="no signed approvers at"):
        opened(folder, start="d")


def test_an_agent_resumes_its_approved_act_and_no_other(folder: Path) -> None:
    paid: list[int] = []

    async def award(student: str, amount: int, approved_by: str = "") -> int:
        paid.append(amount)
        return amount

    with opened(folder) as governed:
        hands = ByHand(clock=governed.clock)
        hands.attach(Crew(tools={"aid.award": award}), governed.gate)
        who = {"run": "r", "chain": governed.chain_of("financial-aid"), "task": "s-07"}
        with hands.agent("financial-aid", **who) as me, hands.agent("advising", **who) as other:
            with pytest.raises(NeedsHumanError) as asked:
                asyncio.run(me.acall("aid.award", **AWARD))
            question = asked.value.escalation
            with pytest.raises(NeedsHumanError):
                asyncio.run(me.aresume(question))
            rule(governed, question)
            with pytest.raises(NotPermittedError, match="denied"):
                asyncio.run(other.aresume(question))
            assert asyncio.run(me.aresume(question)) == 1500
            with pytest.raises(NotPermittedError):
                asyncio.run(me.aresume(question))
    assert paid == [1500]
    called = next(e for e in events(folder) if isinstance(e, ToolCalled))
    assert [each.id for each in called.causes] == [f"{question}/decided", f"{question}/started"]
    told = [e.ruling for e in events(folder) if isinstance(e, Ruled)]
    assert told == ["approved", "started", "succeeded"]


@pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])
def test_what_the_manifest_marks_secret_is_shown_to_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    marked = ("effects: [pay]", "effects: [pay]\n    secret: [approved_by]")
    rewrite(folder, "financial-aid", marked)
    if not defended:
        monkeypatch.setattr(Layers, "secret", lambda self, agent, tool: ())
    with opened(folder) as governed:
        hidden = {**AWARD, "approved_by": "pin-4711"}
        asked = ask(governed, "financial-aid", "aid.award", hidden)
        assert asked.request is not None and asked.decision.code == "needs-human"
        rule(governed, asked.request.id)  # over the true digest, of the bytes with the mask
        granted = governed.gate.granted(asked.request.id)
        assert granted is not None and granted[1].decoded() == hidden
        governed.gate.resume(*granted)
        called = ToolCalled(
            id=f"{asked.request.id}/called", time=NOW, run="r", agent="financial-aid",
            task="s-07", tool="aid.award",
        )  # fmt: skip
        governed.gate.observe(called, (granted[1].arguments,))
    recorded = b"".join(
        path.read_bytes() for path in sorted((folder / "log").rglob("*")) if path.is_file()
    )
    assert b"approved_by = " in recorded and b'"student":"s-07"' in recorded
    assert (b"pin-4711" not in recorded) is defended
