"""The checks of wrappers: one that keeps its promises passes, and each broken promise is found."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from tertius.conformance.wrapper import WrapperConformanceError, check_wrapper
from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import Move, StepResult
from tertius.environments.matrix_game import MatrixGame
from tertius.environments.world import Tale
from tertius.environments.wrappers.around import Around


class KindSettings(Noun, frozen=True, kw_only=True):
    bonus: float = 1.0


class Kind(Around[KindSettings]):
    """Pays a bonus that nobody sees."""

    name = "kind"
    Settings: ClassVar[type[Noun]] = KindSettings
    neutral: ClassVar[Mapping[str, Value]] = {"bonus": 0.0}

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        return replace(result, truth=self.revealed(result, {"bonus": self.settings.bonus}))


class Silent(Kind):
    def after(self, result: StepResult, tale: Tale) -> StepResult:
        return result


class Meddling(Kind):
    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        return dict.fromkeys(actions, "defect")


class Generous(Kind):
    def after(self, result: StepResult, tale: Tale) -> StepResult:
        more = {name: one + 0.5 for name, one in result.rewards.items()}
        return super().after(replace(result, rewards=more), tale)


class Forgetful(Kind):
    def restore(self, state: bytes) -> None:
        try:
            super().restore(state)
        except Exception:
            self.inner.reset(0)


def check(kind: type[Around[Any]]) -> int:
    return check_wrapper(kind, MatrixGame, settings={"bonus": 2.0}, seeds=(1,), steps=10).steps


def test_one_that_keeps_its_promises_passes() -> None:
    assert check(Kind) == 10


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Silent, "truth says nothing of `kind`"),
        (Meddling, "the world parts"),
        (Generous, "rewards differ"),
        (Forgetful, "under other settings was taken"),
    ],
)
def test_each_broken_promise_is_found(kind: type[Around[Any]], why: str) -> None:
    with pytest.raises(WrapperConformanceError, match=why):
        check(kind)
