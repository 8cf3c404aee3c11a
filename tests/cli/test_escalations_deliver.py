"""`tertius escalations deliver`: what a gate that ended left behind is sent."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.escalation.office import NOW, SECOND, Office
from tests.escalation.receiver import TEXT, Receiver, receiving

from tertius.cli.main import run


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A gate that asked `x-q1`, told nobody, and ended."""
    state, private = tmp_path / "XDG_STATE_HOME/tertius", tmp_path / "XDG_CONFIG_HOME/tertius"
    (state / "roots").mkdir(parents=True)
    (private / "private").mkdir(parents=True, mode=0o700)
    made = Office(state)
    made.ask()
    made.store.close()
    yield made


def deliver(tmp_path: Path, receiver: Receiver, *words: str) -> int:
    path = tmp_path / "webhook"
    path.write_text(json.dumps({"url": receiver.url, "secret": TEXT}))
    path.chmod(0o600)
    return run(["escalations", "deliver", "--webhook", str(path), *words])


def test_it_arrives_once(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with receiving() as receiver:
        assert deliver(tmp_path, receiver) == 0
        assert capsys.readouterr().out == "1 notice delivered\n"
        assert deliver(tmp_path, receiver, "--json") == 0
        found = json.loads(capsys.readouterr().out)
    assert found == {"delivered": 0, "next": None, "given_up": 0}
    assert len(receiver.got) == 1


def test_what_does_not_arrive_is_told_and_tried_again(
    office: Office,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [NOW]
    monkeypatch.setattr("time.time_ns", lambda: now[0])
    with receiving(503, 410) as receiver:
        assert deliver(tmp_path, receiver) == 3
        assert "0 notices delivered\nthe next is due at 2026-09-21 14:13:25 UTC" in (
            capsys.readouterr().out
        )
        now[0] += 5 * SECOND
        assert deliver(tmp_path, receiver) == 3
        assert "1 notice given up; `--again`" in capsys.readouterr().out
        assert deliver(tmp_path, receiver) == 3
        assert deliver(tmp_path, receiver, "--again") == 0
    assert len(receiver.got) == 3 and len(set(receiver.ids)) == 1


def test_without_an_address_it_says_where_one_belongs(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["escalations", "deliver"]) == 2
    assert "tertius/private/webhook.json`" in capsys.readouterr().err
