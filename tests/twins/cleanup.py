"""Both Cleanups, step by step as one would play them with counters on a board."""

from dataclasses import dataclass, field

from tertius.stats.draws import WORLD, Stream

Cell = tuple[int, int]
AHEAD = ((-1, 0), (0, 1), (1, 0), (0, -1))


def draw(key: int, player: int, purpose: str, number: int) -> float:
    return Stream(key, player=player, step=number).unit(purpose)


def pick(key: int, player: int, purpose: str, number: int, bound: int) -> int:
    return int(draw(key, player, purpose, number) * bound)


def shuffled(key: int, purpose: str, step: int, count: int) -> list[int]:
    order = list(range(count))
    for place in range(count - 1, 0, -1):
        other = pick(key, WORLD, purpose, step * count + place, place + 1)
        order[place], order[other] = order[other], order[place]
    return order


@dataclass
class Walker:
    cell: Cell
    facing: int
    away: int = 0
    zap_rests: int = 0
    clean_rests: int = 0

    def cell_at(self, forward: int, right: int) -> Cell:
        down, across = AHEAD[self.facing]
        right_down, right_across = AHEAD[(self.facing + 1) % 4]
        return (
            self.cell[0] + forward * down + right * right_down,
            self.cell[1] + forward * across + right * right_across,
        )

    def lanes(self) -> list[list[Cell]]:
        """Left, right, middle: the outer ones begin beside the player."""
        left = [self.cell_at(n, -1) for n in (0, 1, 2)]
        right = [self.cell_at(n, 1) for n in (0, 1, 2)]
        return [left, right, [self.cell_at(n, 0) for n in (1, 2, 3)]]


@dataclass
class Coast:
    """The full-size world; the map is kept as a dictionary of symbols."""

    text: str
    key: int
    players: int
    denominator: int = 0
    step: int = 0
    map: dict[Cell, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = self.text.strip().split("\n")
        self.map = {(r, c): s for r, row in enumerate(rows) for c, s in enumerate(row)}
        self.starts = [cell for cell, symbol in self.map.items() if symbol == "P"]
        self.map.update(dict.fromkeys(self.starts, "."))
        self.river = [cell for cell, symbol in self.map.items() if symbol in "%~"]
        self.trees = [cell for cell, symbol in self.map.items() if symbol == ","]
        self.denominator = self.denominator or len(self.river)
        order = shuffled(self.key, "start", 0, len(self.starts))
        self.walkers = [
            Walker(self.starts[order[n]], pick(self.key, n, "facing", 0, 4))
            for n in range(self.players)
        ]

    def standing(self) -> dict[Cell, int]:
        return {w.cell: n for n, w in enumerate(self.walkers) if not w.away}

    def dirty(self) -> int:
        return sum(self.map[cell] == "%" for cell in self.river)

    def play(self, moves: list[str]) -> tuple[list[float], list[float]]:
        """Return rewards, and harm to each player and then to the orchard."""
        step, self.step = self.step, self.step + 1
        rewards = [0.0] * self.players
        harm = [float(w.away > 0) for w in self.walkers]
        order = shuffled(self.key, "order", step, self.players)
        for n in order:
            if not self.walkers[n].away:
                self.walk(self.walkers[n], moves[n])
        for cell, n in self.standing().items():
            if self.map[cell] == "@":
                self.map[cell] = ","
                rewards[n] = 1.0
        zapped = set()
        for n in order:
            walker = self.walkers[n]
            if walker.away:
                continue
            if walker.zap_rests:
                walker.zap_rests -= 1
            elif moves[n] == "zap":
                walker.zap_rests = 10
                zapped |= self.zap(walker)
            if walker.clean_rests:
                walker.clean_rests -= 1
            elif moves[n] == "clean":
                walker.clean_rests = 2
                self.wash(walker)
        self.soil(step)
        harm.append(self.grow(step))
        for n, walker in enumerate(self.walkers):
            if walker.away and n not in zapped:
                walker.away -= 1
                if not walker.away:
                    taken = {w.cell for w in self.walkers if not w.away and w is not walker}
                    free = [cell for cell in self.starts if cell not in taken]
                    walker.cell = free[pick(self.key, n, "back", step, len(free))]
                    walker.facing = pick(self.key, n, "back-facing", step, 4)
        return rewards, harm

    def walk(self, walker: Walker, move: str) -> None:
        turns = {"turn-left": 3, "turn-right": 1}
        if move in turns:
            walker.facing = (walker.facing + turns[move]) % 4
        ways = {"forward": (1, 0), "backward": (-1, 0), "step-left": (0, -1), "step-right": (0, 1)}
        if move in ways:
            to = walker.cell_at(*ways[move])
            if self.map[to] != "#" and to not in self.standing():
                walker.cell = to

    def zap(self, walker: Walker) -> set[int]:
        hit = set()
        for lane in walker.lanes():
            for cell in lane:
                if cell in self.standing():
                    hit.add(self.standing()[cell])
                    self.walkers[self.standing()[cell]].away = 50
                    break
                if self.map.get(cell, "#") == "#":
                    break
        return hit

    def wash(self, walker: Walker) -> None:
        for lane in walker.lanes():
            for cell in lane:
                if self.map.get(cell, "#") in "%#":
                    if self.map.get(cell) == "%":
                        self.map[cell] = "~"
                    break

    def soil(self, step: int) -> None:
        clean = [cell for cell in self.river if self.map[cell] == "~"]
        if step >= 50 and draw(self.key, WORLD, "dirt", step) < 0.5 and clean:
            self.map[clean[pick(self.key, WORLD, "where", step, len(clean))]] = "%"

    def grow(self, step: int) -> float:
        foul, missing = self.dirty() / self.denominator, 0.0
        chance = 0.05 * ((0.4 - foul) / 0.4) if foul < 0.4 else 0.0
        for n, cell in enumerate(self.trees):
            if self.map[cell] == ",":
                number = draw(self.key, WORLD, "grow", step * len(self.trees) + n)
                if number < chance:
                    self.map[cell] = "@"
                elif number < 0.05:
                    missing += 1.0
        return missing

    def view(self, n: int) -> list[list[int]]:
        """Return what a player sees, by number."""
        walker, standing = self.walkers[n], self.standing()
        if walker.away:
            return [[0] * 11 for _ in range(11)]
        seen = []
        for forward in range(9, -2, -1):
            row = []
            for right in range(-5, 6):
                cell = walker.cell_at(forward, right)
                if cell in standing:
                    other = standing[cell]
                    row.append(8 + 4 * other + (self.walkers[other].facing - walker.facing) % 4)
                else:
                    row.append("_#.=~%,@".index(self.map.get(cell, "_")))
            seen.append(row)
        return seen


@dataclass
class Small:
    """The small grid."""

    key: int
    players: int = 4
    step: int = 0

    def __post_init__(self) -> None:
        cells = [(r, c) for r in range(5) for c in range(6)]
        self.river = [cell for cell in cells if cell[1] in (2, 3)]
        self.trees = [cell for cell in cells if cell[1] not in (2, 3)]
        self.polluted = {self.river[pick(self.key, WORLD, "first", 0, 10)]}
        self.apples: set[Cell] = set()
        corners = [(0, 0), (0, 5), (4, 0), (4, 5)]
        self.at = [corners[n % 4] for n in range(self.players)]
        self.frozen = [0] * self.players
        self.grow(0)

    def grow(self, turn: int) -> float:
        ripe = {
            cell
            for n, cell in enumerate(self.trees)
            if cell not in self.apples and draw(self.key, WORLD, "grow", turn * 20 + n) < 0.2
        }
        if len(self.polluted) < 6:
            self.apples |= ripe
            return 0.0
        return float(len(ripe))

    def play(self, moves: list[str]) -> tuple[list[float], list[float]]:
        """Return rewards, and harm to each player and then to the orchard."""
        step, self.step = self.step, self.step + 1
        everybody = range(self.players)
        self.frozen = [max(0, left - 1) for left in self.frozen]
        harm = [float(left > 0) for left in self.frozen]
        ways = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}

        def beside(n: int, way: str) -> Cell:
            return (self.at[n][0] + ways[way][0], self.at[n][1] + ways[way][1])

        for n in everybody:
            if not self.frozen[n] and moves[n] in ways:
                to = beside(n, moves[n])
                if to in self.river or to in self.trees:
                    self.at[n] = to
        order = shuffled(self.key, "order", step, self.players)
        for n in order:
            if not self.frozen[n] and moves[n].startswith("zap-"):
                hit = beside(n, moves[n].removeprefix("zap-"))
                self.frozen = [5 if self.at[m] == hit else self.frozen[m] for m in everybody]
        rewards = [0.0] * self.players
        for n in order:
            if not self.frozen[n] and self.at[n] in self.apples:
                self.apples.remove(self.at[n])
                rewards[n] = 1.0
        for n in everybody:
            if not self.frozen[n] and moves[n] == "clean":
                self.polluted.discard(self.at[n])
        clean = [cell for cell in self.river if cell not in self.polluted]
        if step % 5 == 0 and clean:
            self.polluted.add(clean[pick(self.key, WORLD, "where", step, len(clean))])
        return rewards, [*harm, self.grow(step + 1)]
