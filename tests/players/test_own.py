"""Players from a user's file: loaded, made anew for each episode, and refused in one line."""

from pathlib import Path

import pytest

from tertius.core.errors import CallerError
from tertius.environments.table import load as world
from tertius.players.own import OwnPlayerError, own
from tertius.runtime.episode import Episode

ROOT = Path(__file__).parent.parent.parent
HEAD = "from tertius.players.seated import Seated\n\n"
MINE = f"""{HEAD}
LOADED = []
LOADED.append(1)

class Mine(Seated):
    name = "mine"
    defaults = {{"route": 0}}

    def begin(self, setting):
        self.memory = {{"seen": 0}}

    def act(self, observation, draws):
        self.memory["seen"] += 1
        return observation["routes"][self.settings["route"]]

class Broken(Seated):
    name = "broken"

    def act(self, observation, draws):
        return 1 / 0

class Unfinished(Seated):
    name = "unfinished"

class Leaves(Seated):
    name = "leaves"

    def act(self, observation, draws):
        raise SystemExit(0)

class Deaf(Mine):
    def begin(self):
        pass

class Odd(Mine):
    kind = "divine"

class Plain:
    pass

NUMBER = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my players.py"
    path.write_text(MINE)
    return path


def test_a_class_in_a_file_plays(file: Path) -> None:
    made = own(f"{file}:Mine:route=1")
    game = world("routing", {"drivers": 2, "days": 4})
    players = {agent: made() for agent in game.seats}
    Episode(game, players, seed=1).play()
    assert game.truth()["load"][1] == 2
    assert made().snapshot() != players["driver-1"].snapshot()


def test_it_can_go_back_to_a_snapshot(file: Path) -> None:
    first, second = own(f"{file}:Mine")(), own(f"{file}:Mine")()
    first.sit("driver-1", {})
    before = first.snapshot()
    first.act({"routes": ["a"]}, None)  # type: ignore[arg-type]
    assert first.snapshot() != before
    second.restore(first.snapshot())
    assert second.snapshot() == first.snapshot()
    assert (second.name, second.kind) == ("mine", "scripted")


def test_a_file_is_run_once(file: Path) -> None:
    kinds = {own(f"{file}:{name}")()._player.act.__globals__["LOADED"].__len__()  # type: ignore[attr-defined]
             for name in ("Mine", "Broken", "Mine")}  # fmt: skip
    assert kinds == {1}


def test_what_it_raises_is_told_with_its_line(file: Path) -> None:
    broken = own(f"{file}:Broken")()
    line = MINE.splitlines().index("        return 1 / 0") + 1
    with pytest.raises(OwnPlayerError, match=rf"`Broken` fails in line {line} of `my players.py`"):
        broken.act({}, None)  # type: ignore[arg-type]


def test_one_that_ends_the_program_fails(file: Path) -> None:
    line = MINE.splitlines().index("        raise SystemExit(0)") + 1
    with pytest.raises(OwnPlayerError, match=rf"`Leaves` fails in line {line} .*: SystemExit: 0"):
        own(f"{file}:Leaves")().act({}, None)  # type: ignore[arg-type]


def test_one_called_otherwise_than_it_is_written_is_told_where_it_is(file: Path) -> None:
    line = MINE.splitlines().index("    def begin(self):") + 1
    with pytest.raises(OwnPlayerError, match=rf"`Deaf` fails in line {line} of .*: TypeError"):
        own(f"{file}:Deaf")().sit("driver-1", {})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{file}", "names no class"),
        ("{file}:", "names no class"),
        ("nowhere.py:Mine", "no file `nowhere.py`"),
        ("{file}:Mina", "no class `Mina` in `my players.py`; did you mean `Mine`"),
        ("{file}:NUMBER", "no class `NUMBER`"),
        ("{file}:Xyzzy", "expected one of `Broken`, `Deaf`, `Leaves`, `Mine`"),
        ("{file}:Plain", "is no player, it lacks `name`, `kind`, `sit`, `act`"),
        ("{file}:Plain:x=1", "`Plain` fails: TypeError"),
        ("{file}:Unfinished", "`Unfinished` fails: TypeError"),
        ("{file}:Odd", "is of kind 'divine'"),
        ("{file}:Mine:rout=1", "did you mean `route`"),
        ("{file}:Mine:route", "give it as key=value"),
    ],
)
def test_what_is_no_player_is_refused(file: Path, text: str, why: str) -> None:
    with pytest.raises(CallerError) as caught:
        own(text.format(file=file))
    assert why in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(OwnPlayerError, match=r"`bad\.py` fails in line 1 of `bad\.py`: ModuleN"):
        own(f"{tmp_path}/bad.py:Mine")
    (tmp_path / "worse.py").write_text("class Mine(:\n")
    with pytest.raises(OwnPlayerError, match=r"`worse\.py` fails: SyntaxError"):
        own(f"{tmp_path}/worse.py:Mine")


def test_a_file_that_ends_the_program_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone.py").write_text("import sys\nsys.exit(0)\n")
    with pytest.raises(OwnPlayerError, match=r"`gone\.py` fails in line 2"):
        own(f"{tmp_path}/gone.py:Mine")


def test_the_example_keeps_to_its_road() -> None:
    seen = {"routes": ["a", "b"], "route": "a", "all_minutes": {"a": 90.0, "b": 86.0},
            "all_tolls": {"a": 0.0, "b": 0.0}}  # fmt: skip
    path = f"{ROOT}/examples/my_player.py:Patient"
    assert own(path)().act(seen, None) == "a"  # type: ignore[arg-type]
    assert own(f"{path}:gain=1")().act(seen, None) == "b"  # type: ignore[arg-type]
