"""`tertius list`: the studies, environments and players there are."""

from __future__ import annotations

from rich.table import Table

from tertius.cli.screen import Flag, console, print_json
from tertius.core.errors import EXIT_PASS
from tertius.environments import table as environments
from tertius.environments.wrappers import table as wrappers
from tertius.players import table as players
from tertius.scenarios import table as scenarios


def list_(*, json: Flag = False) -> int:
    """List the studies there are, and the worlds, wrappers and players they are made of.

    Parameters
    ----------
    json
        Print one JSON object.
    """
    studies = [scenarios.load(name) for name in scenarios.TABLE]
    if json:
        print_json(
            {
                "studies": [
                    {
                        "name": study.name,
                        "title": study.title,
                        "environment": study.environment.name,
                        "populations": [one.name for one in study.populations],
                    }
                    for study in studies
                ],
                "environments": list(environments.TABLE),
                "wrappers": list(wrappers.TABLE),
                "players": list(players.TABLE),
            }
        )
        return EXIT_PASS
    out = console()
    table = Table(box=None, pad_edge=False)
    for heading in ("study", "world", "populations", "what it shows"):
        table.add_column(heading)
    for study in studies:
        names = ", ".join(f"{one.name} ({one.kind})" for one in study.populations)
        table.add_row(study.name, study.environment.name, names, study.title)
    out.print(table)
    out.print(f"\nworlds: {', '.join(environments.TABLE)}")
    out.print(f"wrappers: {', '.join(wrappers.TABLE)}")
    out.print(f"players: {', '.join(players.TABLE)}")
    out.print("\nnext: tertius run braess", style="dim")
    return EXIT_PASS
