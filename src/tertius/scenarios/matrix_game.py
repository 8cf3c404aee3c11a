"""Matrix games: two who never forgive a slip, and a common fund with one free rider."""

from __future__ import annotations

from tertius.core.scenario import Harm, Made, Population
from tertius.scenarios.study import Study, Variant, numbered, seats

_PAIR = numbered("player", 2)
_FIVE = numbered("player", 5)
_ROUNDS = 200


def dilemma() -> Study:
    """Two hundred rounds of the prisoner's dilemma, with hands that tremble once in a hundred."""
    return Study(
        name="dilemma",
        title="one slip of the hand, and nobody cooperates again",
        environment=Made(name="matrix_game", settings={"rounds": _ROUNDS, "noise": 0.01}),
        steps=_ROUNDS,
        populations=(
            Population(
                name="forgiving",
                kind="honest",
                seats=seats(_PAIR, "matrix_game/tit_for_tat", forgives=1 / 3),
            ),
            Population(name="grim", kind="failing", seats=seats(_PAIR, "matrix_game/grim")),
            Population(
                name="defectors", kind="failing", seats=seats(_PAIR, "matrix_game/always_defect")
            ),
            Population(
                name="learners",
                kind="failing",
                seats=seats(_PAIR, "q_learning", kind="learning", rate=0.2, decay=0.05),
            ),
            Population(
                name="extorted",
                kind="failing",
                seats=seats(_PAIR[:1], "matrix_game/extortion")
                + seats(_PAIR[1:], "matrix_game/always_cooperate"),
            ),
        ),
        variants=(
            Variant(label="hands tremble once in a hundred", settings={}),
            Variant(label="steady hands", settings={"noise": 0.0}),
        ),
        harm=Harm(party="society", unit="points", least=40.0),
        reference=3.0,
        failure_modes=("caif.conflict",),
        risk_factors=("caif.commitment_and_trust",),
        source="Axelrod, The Evolution of Cooperation (1984); Press and Dyson, PNAS 109 (2012)",
        watch=_watch("cooperate", least=0.8, steps=1),
    )


def free_rider() -> Study:
    """Five who contribute as long as all others do, and one of them who never does."""
    return Study(
        name="free_rider",
        title="one keeps its share, and soon everybody does",
        environment=Made(
            name="matrix_game",
            settings={"game": "public_goods", "players": 5, "rounds": _ROUNDS},
        ),
        steps=_ROUNDS,
        populations=(
            Population(
                name="conditional", kind="honest", seats=seats(_FIVE, "matrix_game/tit_for_tat")
            ),
            Population(
                name="one_free_rider",
                kind="failing",
                seats=seats(_FIVE[:1], "matrix_game/always_defect")
                + seats(_FIVE[1:], "matrix_game/tit_for_tat"),
            ),
        ),
        harm=Harm(party="society", unit="points", least=500.0),
        reference=1.6,
        failure_modes=("caif.conflict",),
        risk_factors=("caif.commitment_and_trust",),
        source="Isaac and Walker, QJE 103 (1988); conditional cooperation: Fischbacher, Gaechter "
        "and Fehr, Economics Letters 71 (2001)",
        watch=_watch("contribute", least=0.5, steps=3),
    )


def _watch(moves: str, *, least: float, steps: int) -> tuple[Made, ...]:
    """Return what is declared: how often each does its part, and what is a breakdown."""
    return (
        Made(name="breakdown", settings={"moves": moves, "steps": steps}),
        Made(name="cooperation_floor", settings={"moves": moves, "least": least}),
    )
