"""Attacks on the documents of a deployment, each beside the same one with no defence."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.test_emergency import break_glass, prepared
from tests.runtime.test_governed import ask, folder, opened, rewrite

from tertius.cli.demo_scenes.university.campus import NOW
from tertius.cli.demo_scenes.university.founding import (
    APPROVERS,
    REVIEWERS,
    SENATE,
    approver,
    publish,
)
from tertius.cli.demo_scenes.university.founding import _key as founding_key
from tertius.cli.signable import SIGNABLE
from tertius.core.decision import Decision, Vote
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy import break_glass as break_glass_module
from tertius.policy import roots, signed, versions
from tertius.policy.constitution import ConstitutionLayer
from tertius.policy.envelope import TooFewSignaturesError
from tertius.policy.roots import Opened, Role, Root, load_root
from tertius.policy.strict_yaml import parse_yaml
from tertius.policy.versions import RolledBackError, Versions
from tertius.runtime import emergency
from tertius.runtime.governed import Governed
from tertius.runtime.in_force import RevokedKeyError, read_policy
from tertius.runtime.places import Places

__all__ = ["folder", "prepared"]  # fixtures

SHADOW = """\
version: {version}
mode: {mode}
reason: a first look
not_before: 2026-09-01
not_after: {until}
"""


@contextmanager
def without(module: object, name: str, instead: object) -> Iterator[None]:
    """Take a defence away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, instead)
        yield


def shadow(
    folder: Path,
    *people: str,
    version: int = 1,
    until: str = "2026-11-01",
    mode: str = "shadow",
) -> None:
    """Sign a mode for a deployment."""
    text = SHADOW.format(version=version, until=until, mode=mode).encode()
    _, payload = SIGNABLE["mode"].payload(parse_yaml(text, file="mode"))
    publish(folder / "policy" / "mode.signed.json", payload, people or SENATE)


# -- a document takes another name so that its older version is not known --------------------------


@pytest.mark.parametrize("kind", ["constitution", "conditions"])
def test_a_document_is_put_back_under_another_name(kind: Any, folder: Path) -> None:
    own = "name: campus" if kind == "constitution" else "name: campus-conditions"
    rewrite(folder, kind, ("version: 1", "version: 2"), kind=kind)
    remember(folder)
    rewrite(folder, kind, (own, "name: another"), kind=kind)  # version 1: signed in its time
    with pytest.raises(RolledBackError, match=f"`{kind}`; version 2 was in force"):
        remember(folder)
    with without(versions, "_key", lambda kind, about: f"{kind} {time.monotonic_ns()}"):
        remember(folder)  # whoever remembers by what a document calls itself knows nothing of it


def remember(folder: Path) -> None:
    """Put in force what lies there, as far as its versions go."""
    places = Places(folder)
    found = read_policy(places, time=NOW).versions
    versions.remember(places.versions, found, outside=places.policy)


# -- roles are put aside ---------------------------------------------------------------------------


def test_roles_are_taken_away_or_put_back(folder: Path) -> None:
    path = folder / "policy" / "roles.signed.json"
    kept = path.read_bytes()
    change = ("keys: [[casefile, risk-level]]", "keys: [[casefile, risk-level], [casefile, risk]]")
    rewrite(folder, "roles", ("version: 1", "version: 2"), change, kind="roles")
    remember(folder)
    path.write_bytes(kept)
    with pytest.raises(RolledBackError, match="`roles`; version 2 was in force"):
        opened(folder)
    path.unlink()
    with pytest.raises(RolledBackError, match=r"no roles at .*; some were in force before"):
        opened(folder)
    (folder / "private" / "versions.json").unlink()  # what is remembered is the defence
    opened(folder, start="b").close()


# -- shadow mode without those who may grant it ----------------------------------------------------


def lets_pass(governed: Governed) -> bool:
    """Whether the adviser may read what only retention may."""
    return ask_attendance(governed).obeyed is Outcome.PERMIT


def ask_attendance(governed: Governed) -> Decision:
    return ask(governed, "advising", "sis.attendance", {"student": "s-07"}).decision


def test_whoever_starts_the_gate_cannot_ask_for_shadow_mode(folder: Path) -> None:
    with pytest.raises(TypeError):
        opened(folder, shadow=lambda time: True)
    with opened(folder) as governed:
        with pytest.raises(AttributeError):
            governed.gate.shadow = True  # type: ignore[misc]  # that is the attack
        assert not lets_pass(governed)


def test_reviewers_of_manifests_sign_a_shadow(folder: Path) -> None:
    shadow(folder, *REVIEWERS)
    with pytest.raises(TooFewSignaturesError):
        opened(folder)
    own = signed.opened_under

    def under_any(root: Root, role: Role, raw: bytes, kind: str) -> Opened:
        other, _ = load_root(folder / "roots", "manifests", versions=Versions(), time=NOW)
        return other.open(raw, kind) if "mode" in kind else own(root, role, raw, kind)

    with without(signed, "opened_under", under_any), opened(folder, start="b") as governed:
        assert lets_pass(governed)


def test_a_shadow_is_put_back_after_its_end(folder: Path) -> None:
    shadow(folder)
    path = folder / "policy" / "mode.signed.json"
    kept = path.read_bytes()
    with opened(folder) as governed:
        assert governed.mode == "shadow" and lets_pass(governed)
    shadow(folder, version=2, mode="enforce")
    with opened(folder, start="b") as governed:
        assert governed.mode == "enforce" and not lets_pass(governed)
    path.write_bytes(kept)
    with pytest.raises(RolledBackError, match="`mode`; version 2 was in force"):
        opened(folder, start="c")
    (folder / "private" / "versions.json").unlink()
    with opened(folder, start="d") as governed:
        assert lets_pass(governed)


def test_shadow_is_switched_at_runtime(folder: Path) -> None:
    with opened(folder) as governed:
        shadow(folder)
        assert not lets_pass(governed), "the document was read at the start, and not again"


# -- what a stolen key signed ----------------------------------------------------------------------

REVOKED = """\
version: 1
keys: [{key}]
not_before: 2026-09-01
not_after: 2027-09-01
"""


@pytest.mark.parametrize("kind", ["conditions", "roles"])
def test_what_a_stolen_key_signed_stays_in_force(kind: str, folder: Path) -> None:
    other = "roles" if kind == "conditions" else "conditions"
    (folder / "policy" / f"{other}.signed.json").unlink()
    key = founding_key(REVIEWERS[0]).verifier.public.hex()
    _, payload = SIGNABLE["revocations"].payload(
        parse_yaml(REVOKED.format(key=key).encode(), file="revocations")
    )
    publish(folder / "policy" / "revocations.signed.json", payload, REVIEWERS)
    with pytest.raises(RevokedKeyError, match=f"signed the {kind} with keys"):
        read_policy(Places(folder), time=NOW)
    with without(roots.Root, "suffices", lambda self, keys: True):
        read_policy(Places(folder), time=NOW)


# -- break-glass beyond what it may lift -----------------------------------------------------------


def test_break_glass_lifts_the_constitution(prepared: Path) -> None:
    break_glass(prepared, "dean", "provost", scope=["aid.record"])
    constitution = ConstitutionLayer.judge

    def judged(governed: Governed) -> Outcome:
        return ask(governed, "advising", "aid.record", {"student": "s-07"}).decision.outcome

    with opened(prepared) as governed:
        assert judged(governed) is Outcome.FORBID
        [door] = governed._emergency._doorway._doors

        def lifted(self: ConstitutionLayer, request: Request) -> Vote:
            return break_glass_module.lifted(door, constitution(self, request))

        everything = frozenset({"constitution", "manifest"})
        with (
            without(break_glass_module, "LIFTED", everything),
            without(break_glass_module, "_may_lift", lambda vote: True),
            without(ConstitutionLayer, "judge", lifted),
        ):
            assert judged(governed) is Outcome.PERMIT


def test_one_person_with_two_keys_breaks_glass(prepared: Path) -> None:
    break_glass(prepared, "dean", "provost")
    twice = {approver(name).public_key().public_bytes_raw(): "dean" for name in APPROVERS}
    with opened(prepared, start="a") as governed:
        assert lets_pass(governed)  # two people
    with (
        without(emergency, "_keys", lambda register: twice),
        opened(prepared, start="b") as governed,
    ):
        assert not lets_pass(governed)
        with without(break_glass_module, "PEOPLE", 1):
            governed.break_glass()
            assert lets_pass(governed)
