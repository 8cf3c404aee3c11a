"""Pictures of gridworlds: well-formed, complete, the same every time."""

from pathlib import Path
from xml.etree import ElementTree

from tertius.environments.cleanup import Cleanup
from tertius.environments.cleanup_small import CleanupSmall
from tertius.environments.grid_picture import picture, svg

SVG = "{http://www.w3.org/2000/svg}"


def test_a_world_is_drawn_whole(tmp_path: Path) -> None:
    world = Cleanup()
    world.reset(1)
    picture(world, tmp_path / "coast.svg", title="the coast <at reset>")
    root = ElementTree.parse(tmp_path / "coast.svg").getroot()
    discs = [one.get("fill") for one in root.iter(f"{SVG}circle")]
    key = 2  # dirt and player in the key
    assert len(discs) == 79 + 7 + key
    assert root.findtext(f"{SVG}title") == "the coast <at reset>"
    assert {*"ABCDEFG"} <= {one.text for one in root.iter(f"{SVG}text")}
    drawn = sum(int(one.get("width", 0)) for one in root.iter(f"{SVG}rect") if one.get("x"))
    assert drawn == 16 * (21 * 30 + 7)


def test_the_same_state_gives_the_same_bytes() -> None:
    world = CleanupSmall()
    world.reset(4)
    assert svg(world.board(), title="t") == svg(world.board(), title="t")
