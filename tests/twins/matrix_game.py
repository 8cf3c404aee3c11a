"""One round of a matrix game, read from the printed table."""

from collections.abc import Mapping, Sequence

from tertius.stats.draws import WORLD, Stream

BIMATRIX: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "prisoners_dilemma": {"00": (3, 3), "01": (0, 5), "10": (5, 0), "11": (1, 1)},
    "stag_hunt": {"00": (4, 4), "01": (0, 3), "10": (3, 0), "11": (3, 3)},
    "chicken": {"00": (3, 3), "01": (1, 5), "10": (5, 1), "11": (0, 0)},
    "battle_of_the_sexes": {"00": (3, 2), "01": (0, 0), "10": (0, 0), "11": (2, 3)},
}
"""By the two moves' numbers: what the first and what the second player get."""


def pay(game: str, played: list[int], factor: float) -> list[float]:
    """Return what everybody gets."""
    if game != "public_goods":
        return list(BIMATRIX[game]["".join(map(str, played))])
    share = factor / len(played)
    pot = played.count(0)
    return [1 + share * pot if move else share * pot for move in played]


def come_out(key: int, step: int, meant: Sequence[int], noise: float) -> list[int]:
    """Return the moves as they come out."""
    return [
        1 - move if Stream(key, player=seat, step=step).unit("tremble") < noise else move
        for seat, move in enumerate(meant)
    ]


def ends(key: int, step: int, ending: float) -> bool:
    """Return whether that was the last round."""
    return Stream(key, player=WORLD, step=step).unit("ending") < ending
