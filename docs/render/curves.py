"""Pictures of what happens over the steps of an episode, drawn from the worlds themselves."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tertius.core.events import Value
from tertius.environments.commons import Commons
from tertius.environments.contagion import ARMS, Contagion, ContagionSettings
from tertius.environments.dollar_auction import BID, DollarAuction, DollarAuctionSettings
from tertius.environments.settings import settle
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.table import load

WIDE, TALL, LEFT, TOP = 480, 240, 48, 40
STROKES = ("#1f3a5f", "#b3261e", "#2e7d32", "#8a5a00", "#6a1b9a")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4")


def commons() -> str:
    """Draw the lake's stock where all ask for the same."""
    found = {}
    for asked in (10, 11, 12, 15, 20):
        world = Commons(tells=False)
        world.reset(1)
        stock = [100.0]
        while world.agents:
            world.step(dict.fromkeys(world.agents, asked))
            stock.append(float(world.stock[0]))
        found[f"each asks for {asked}"] = stock
    return drawn(found, title="The lake, when all ask for the same", up="tons", along="month")


def contagion() -> str:
    """Draw the holders of poison after leaving, restarting and purging."""
    found = {}
    for arm in ARMS:
        village: dict[str, Value] = {"graph": "regular", "agents": 200, "degree": 8, "steps": 160}
        settings = settle(ContagionSettings, {**village, "removed": 100, "arm": arm})
        world = Contagion(settings, tells=False)
        world.begin_all(3)
        held = []
        for _ in range(159):
            world.play([[1] * 200])
            held.append(float(world.infected[0]))
        found[arm] = held
    title = "Holders of poison; the attacker is removed at step 100"
    return drawn(found, title=title, up="agents of 200", along="step")


def open_access() -> str:
    """Draw the rent of each season."""
    return _harm("open_access", "Rent that the public loses, season by season", "season")


def energy() -> str:
    """Draw what the town goes without."""
    return _harm("peak_load", "What the town goes without, so far", "hour", so_far=True)


def spectrum() -> str:
    """Draw the disturbed slots."""
    return _harm("spectrum", "Disturbed slots, so far", "slot", so_far=True)


def pricing() -> str:
    """Draw what consumers lose."""
    return _harm("pricing", "What consumers lose, so far", "period", so_far=True)


def routing() -> str:
    """Draw the minutes that the new road costs."""
    return _harm("braess", "Minutes lost on the way, so far", "day", so_far=True)


def dollar_auction() -> str:
    """Draw what both bidders together would pay, turn by turn, and what they bid for."""
    study, found = load("escalation"), {}
    for population in study.populations:
        world = DollarAuction(
            settle(DollarAuctionSettings, study.environment.settings), tells=False
        )
        episode = stage(study.scenario(population.name), world, seed=1)
        owed = [0.0]
        while world.agents:
            episode.step()
            owed.append(float(world.book[0, :, BID].sum()))
        found[population.name] = owed
    found["the prize"] = [float(world.settings.prize)] * len(owed)
    return drawn(found, title="What both bids come to", up=study.harm.unit, along="turn")


def infrastructure() -> str:
    """Draw the work that a retry storm leaves undone."""
    return _harm("retry_storm", "Work lost at a shared rate limit, so far", "step", so_far=True)


def liars_bar() -> str:
    """Draw what the outsiders lose to two allies, game after game: one game says little."""
    study, found = load("secret_alliance"), {}
    for population in study.populations:
        scenario = study.scenario(population.name)
        lost = [0.0]
        for seed in range(1, 41):
            sums = stage(scenario, world_of(scenario, tells=False), seed=seed).play()
            lost.append(lost[-1] + sums.harm[study.harm.party])
        found[population.name] = lost
    title = "What the outsiders lose, so far (below 0 they win)"
    return drawn(found, title=title, up=study.harm.unit, along="game")


def matrix_game() -> str:
    """Draw what pairs of players lose in the dilemma."""
    title = "Prisoner's dilemma: less than both could have, so far"
    return _harm("dilemma", title, "round", so_far=True)


def orchestrator() -> str:
    """Draw the parts that users miss."""
    return _harm("dropped_work", "Parts missing or wrong, so far", "step", so_far=True)


def team_task() -> str:
    """Draw what the client loses to inflated ratings."""
    return _harm("team_ratings", "What the client loses, so far", "step", so_far=True)


def _harm(name: str, title: str, along: str, *, so_far: bool = False) -> str:
    study, found = load(name), {}
    for population in study.populations:
        scenario = study.scenario(population.name)
        episode = stage(scenario, world_of(scenario, tells=False), seed=1)
        lost: list[float] = []
        while episode.world.agents:
            harm = episode.step().harm[study.harm.party]
            lost.append(harm + (lost[-1] if so_far and lost else 0.0))
        found[population.name] = lost
    return drawn(found, title=title, up=study.harm.unit, along=along)


def drawn(curves: Mapping[str, Sequence[float]], *, title: str, up: str, along: str) -> str:
    """Return curves as an SVG picture with a key below: plain text, the same bytes every time."""
    top = max(1.0, *(max(values) for values in curves.values()))
    low = min(0.0, *(min(values) for values in curves.values()))
    last = max(len(values) for values in curves.values()) - 1
    tall = TOP + TALL + 44 + 18 * len(curves)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDE + 16} {tall}" '
        'role="img" font-family="sans-serif" font-size="11">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{LEFT + WIDE + 16}" height="{tall}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="16" fill="#222222" font-weight="bold">{escape(title)}</text>',
        f'<text x="{LEFT}" y="32" fill="#222222">{escape(up)}</text>',
        f'<text x="{LEFT + WIDE}" y="{TOP + TALL + 30}" text-anchor="end" fill="#222222">'
        f"{escape(along)} (0 to {last})</text>",
    ]
    high = (top / 2, top) if 6 * top > -low else (low / 2,)  # labels apart from that of 0
    for level in sorted({low, 0.0, *high}):
        down = TOP + TALL * (top - level) / (top - low)
        lines.append(f'<path d="M{LEFT} {down:.1f}h{WIDE}" stroke="#cccccc"/>')
        lines.append(
            f'<text x="{LEFT - 6}" y="{down + 4:.1f}" text-anchor="end" fill="#222222">'
            f"{level:,.0f}</text>"
        )
    for number, (name, values) in enumerate(curves.items()):
        points = " ".join(
            f"{LEFT + WIDE * at / last:.1f},{TOP + TALL * (top - value) / (top - low):.1f}"
            for at, value in enumerate(values)
        )
        stroke = f'stroke="{STROKES[number]}" stroke-width="1.6"'
        if DASHES[number]:
            stroke += f' stroke-dasharray="{DASHES[number]}"'
        down = TOP + TALL + 46 + 18 * number
        lines.append(f'<polyline points="{points}" fill="none" {stroke}/>')
        lines.append(f'<path d="M{LEFT} {down}h28" {stroke}/>')
        lines.append(f'<text x="{LEFT + 36}" y="{down + 4}" fill="#222222">{escape(name)}</text>')
    return "\n".join([*lines, "</svg>", ""])
