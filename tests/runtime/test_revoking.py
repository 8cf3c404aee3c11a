"""What is taken back while the gate stands holds from the next look on, and doubt closes."""

import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.runtime.test_governed import AWARD, SECOND, ask, events, opened, reads, rule

from tertius.cli.demo_scenes.university.campus import NOW
from tertius.cli.demo_scenes.university.founding import REVIEWERS, found, publish
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided, PolicyChanged
from tertius.escalation.desk import NotStartedError
from tertius.policy.allow_set import AllowSet
from tertius.policy.envelope import statement
from tertius.policy.revocation import KIND as REVOCATIONS
from tertius.policy.revocation import Revocations, Revoked
from tertius.policy.versions import VersionsFileError
from tertius.runtime import revoking
from tertius.runtime.governed import Governed
from tertius.runtime.layers import Layers

LIST = Path("policy") / "revocations.signed.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found(tmp_path / "u")
    return tmp_path / "u"


def public(person: str) -> str:
    """Return a reviewer's public key; the university's keys come from fixed seeds."""
    seed = sha256(f"tertius/v1/university\0{person}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def stands(folder: Path, start: str = "a") -> Governed:
    return opened(folder, start=start, revoked_every=None)


def revoke(
    folder: Path,
    *agents: str,
    version: int = 1,
    keys: tuple[str, ...] = (),
    people: Iterable[str] = REVIEWERS,
) -> None:
    listed = Revocations(
        version=version, agents=agents, keys=keys, not_before=0, not_after=NOW + SECOND
    )
    publish(folder / LIST, statement(REVOCATIONS, "revocations", listed, source=b""), people)


def changes(folder: Path) -> list[PolicyChanged]:
    return [
        event
        for event in events(folder)
        if isinstance(event, PolicyChanged) and event.subject == "revocations"
    ]


def test_a_newer_list_holds_from_the_next_look_on(folder: Path) -> None:
    with stands(folder) as governed:
        before = ask(governed, "retention", "sis.attendance", {"student": "s-07"}).decision
        assert before.outcome is Outcome.PERMIT
        assert not governed.look(), "nothing changed"
        revoke(folder, "retention")
        assert governed.look() and not governed.look()
        after = ask(governed, "retention", "sis.attendance", {"student": "s-07"}).decision
        assert (after.outcome, after.code) == (Outcome.FORBID, "denied")
        assert after.epoch > before.epoch
        assert reads(governed, "advising") is Outcome.FORBID  # it never was granted that
        assert ask(governed, "advising", "sis.grades", {"student": "s-07"}).decision.obeyed
    (change,) = changes(folder)
    assert (change.change, change.version) == ("load", 1) and change.digest
    rules = [event.rules for event in events(folder) if isinstance(event, Decided)]
    assert any("was revoked" in rule for rule in rules[-3])


def test_it_is_remembered_over_a_restart(folder: Path) -> None:
    with stands(folder) as governed:
        revoke(folder, "retention", version=3)
        assert governed.look()
    with stands(folder, "b") as governed:
        assert reads(governed) is Outcome.FORBID
        assert not governed.look()
        revoke(folder, "retention", "advising", version=4)
        assert governed.look()
    assert [change.version for change in changes(folder)] == [3, 4]


def test_a_gate_looks_by_itself(folder: Path) -> None:
    with opened(folder, revoked_every=0.01) as governed:
        assert reads(governed) is Outcome.PERMIT
        revoke(folder, "retention")
        ends = time.monotonic() + 20
        while reads(governed) is Outcome.PERMIT:
            assert time.monotonic() < ends, "nobody looked"


def test_what_was_approved_does_not_begin_once_its_agent_is_revoked(folder: Path) -> None:
    with stands(folder) as governed:
        asked = ask(governed, "financial-aid", "aid.award", AWARD)
        rule(governed, asked.request.id)
        opened_by = governed.gate.granted(asked.request.id)
        assert opened_by is not None
        revoke(folder, "financial-aid")
        assert governed.look()
        with pytest.raises(NotStartedError):
            governed.gate.resume(*opened_by)


def garbage(folder: Path) -> None:
    (folder / LIST).write_bytes(b"{")


def by_one_person(folder: Path) -> None:
    revoke(folder, "tutoring", version=3, people=REVIEWERS[:1])


def older(folder: Path) -> None:
    revoke(folder, version=1)


def gone(folder: Path) -> None:
    (folder / LIST).unlink()


def leaves_out(folder: Path) -> None:
    revoke(folder, "retention", version=3)


def a_link(folder: Path) -> None:
    (folder / LIST).rename(folder / "elsewhere")
    (folder / LIST).symlink_to(folder / "elsewhere")


def a_key_that_conditions_need(folder: Path) -> None:
    revoke(folder, "tutoring", version=3, keys=(public(REVIEWERS[0]),))


@pytest.mark.parametrize(
    "spoil",
    [garbage, by_one_person, older, gone, leaves_out, a_link, a_key_that_conditions_need],
)
def test_a_list_that_does_not_hold_closes_until_one_does(
    spoil: Callable[[Path], None], folder: Path
) -> None:
    revoke(folder, "tutoring", version=2)
    with stands(folder) as governed:
        assert reads(governed) is Outcome.PERMIT
        spoil(folder)
        assert governed.look() and not governed.look()
        assert reads(governed) is Outcome.FORBID
        (folder / LIST).unlink(missing_ok=True)
        revoke(folder, "tutoring", version=4)
        assert governed.look()
        assert reads(governed) is Outcome.PERMIT
    refused, again = changes(folder)
    assert refused.change == "revoke" and refused.reason.startswith("refused: ")
    assert (again.change, again.version) == ("load", 4)


def until(governed: Governed, outcome: Outcome) -> None:
    """Ask until the answer is that; the gate looks by itself meanwhile."""
    ends = time.monotonic() + 20
    while reads(governed) is not outcome:
        assert time.monotonic() < ends, f"never {outcome}"


def test_a_list_that_cannot_be_remembered_closes_and_is_told_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **options: object) -> None:
        raise VersionsFileError("cannot write the remembered versions: no space left")

    with stands(folder) as governed:
        revoke(folder, "tutoring")
        with monkeypatch.context() as broken:
            broken.setattr(revoking, "remember", full)
            assert governed.look()
            assert [governed.look() for _ in range(3)] == [False] * 3
            assert reads(governed) is Outcome.FORBID
        assert governed.look() and not governed.look()
        assert reads(governed) is Outcome.PERMIT
    refused, put = changes(folder)
    assert refused.change == "revoke" and "no space left" in refused.reason
    assert (put.change, put.version) == ("load", 1)


def no_new_list(monkeypatch: pytest.MonkeyPatch, shut: list[bool]) -> None:
    """A fault in what compiles a list, as long as `shut` holds something; the closed one passes."""
    under = AllowSet.under

    def fails(allowed: AllowSet, revoked: Revoked) -> AllowSet:
        if shut and revoked.fresh_until > revoking.CLOSED.fresh_until:
            raise RuntimeError("a fault of ours")
        return under(allowed, revoked)

    monkeypatch.setattr(AllowSet, "under", fails)


def no_list_at_all(monkeypatch: pytest.MonkeyPatch, shut: list[bool]) -> None:
    """A fault in what the layers come to, so that not even they can be closed."""
    policies = Layers.policies

    def fails(layers: Layers, *, epoch: int) -> object:
        if shut:
            raise RuntimeError("a fault of ours")
        return policies(layers, epoch=epoch)

    monkeypatch.setattr(Layers, "policies", fails)


@pytest.mark.parametrize("fault", [no_new_list, no_list_at_all])
def test_any_fault_closes_and_the_gate_looks_on(
    fault: Callable[[pytest.MonkeyPatch, list[bool]], None],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shut: list[bool] = []
    fault(monkeypatch, shut)
    with opened(folder, revoked_every=0.001) as governed:
        assert reads(governed) is Outcome.PERMIT
        shut.append(True)
        revoke(folder, "tutoring")
        until(governed, Outcome.FORBID)
        shut.clear()
        until(governed, Outcome.PERMIT)
    refused, put = changes(folder)
    assert refused.change == "revoke" and "RuntimeError" in refused.reason
    assert (put.change, put.version) == ("load", 1)


def test_a_gate_that_closes_and_opens_again_says_so_aloud(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with stands(folder) as governed:
        revoke(folder, "retention", "tutorin")
        assert governed.look()
        assert "no manifest of agent `tutorin`; did you mean `tutoring`" in caplog.text
        caplog.clear()
        revoke(folder, "retention", version=2)
        assert governed.look() and not governed.look()
        (said,) = (each.getMessage() for each in caplog.records)
        assert said.startswith("the gate is closed, nothing is permitted until a list of ")
        assert "leaves out agent `tutorin`" in said
        caplog.clear()
        revoke(folder, "retention", "tutorin", version=3)
        assert governed.look()
        assert "the gate is open again" in caplog.text


@pytest.mark.parametrize("fault", [lambda monkeypatch, shut: None, no_list_at_all])
def test_a_list_that_cannot_be_read_has_one_reason_everywhere(
    fault: Callable[[pytest.MonkeyPatch, list[bool]], None],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    why = f"{folder / LIST}: no signed envelope: offset 0: "
    with stands(folder) as governed:
        (folder / LIST).write_bytes(b"not a list")
        fault(monkeypatch, [True])
        assert governed.look()
        denied = ask(governed, "retention", "sis.attendance", {"student": "s-07"}).decision
    assert denied.outcome is Outcome.FORBID and why in caplog.text
    (change,) = changes(folder)
    (decided,) = (each for each in events(folder) if isinstance(each, Decided))
    assert why in change.reason and "put the file back from a copy" in change.reason
    assert why in " ".join(decided.rules)
    assert "too old" not in str(decided)
