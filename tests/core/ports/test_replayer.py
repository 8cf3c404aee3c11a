"""An intervention changes something."""

import msgspec
import pytest
from tests.core.examples import INTERVENTION

from tertius.core.ports.replayer import InterventionError


def test_replacing_a_thing_by_itself_is_refused() -> None:
    with pytest.raises(InterventionError, match="nothing would change"):
        msgspec.structs.replace(INTERVENTION, replacement="a")
    with pytest.raises(InterventionError, match="did you mean `player`"):
        msgspec.structs.replace(INTERVENTION, swaps="plyer")
    with pytest.raises(InterventionError, match="bad target"):
        msgspec.structs.replace(INTERVENTION, target="")
    assert msgspec.structs.replace(INTERVENTION, replacement=None).replacement is None
