"""Find events that are among their own ancestors; only a bad or forged record has any."""

from __future__ import annotations

from tertius.graphs.spines import Ints


def cyclic_groups(effects: Ints, causes: Ints, events: int) -> list[list[int]]:
    """Return the strongly connected groups of more than one event, and self-causing events.

    Parameters
    ----------
    effects, causes : array of int32
        Edges, sorted by effect.
    events : int
        Nodes from this number on have no causes and are left out.

    Notes
    -----
    Every cycle uses an edge whose cause was recorded no earlier than its effect, and stays within
    the span of such edges; a record without any is done in one comparison.

    References
    ----------
    Tarjan 1972, "Depth-first search and linear graph algorithms", section 4.

    Examples
    --------
    >>> import numpy as np
    >>> cyclic_groups(np.array([0, 1, 2, 3]), np.array([1, 0, 1, 3]), 4)
    [[0, 1], [3]]
    """
    back = (causes >= effects) & (causes < events)
    if not back.any():
        return []
    low, high = int(effects[back].min()), int(causes[back].max())
    inside = (effects >= low) & (effects <= high) & (causes >= low) & (causes <= high)
    reaches: dict[int, list[int]] = {}
    for effect, cause in zip(effects[inside].tolist(), causes[inside].tolist(), strict=True):
        reaches.setdefault(effect, []).append(cause)
    loops = {node for node, found in reaches.items() if node in found}
    groups = [sorted(group) for group in _components(reaches) if len(group) > 1]
    grouped = {node for group in groups for node in group}
    return sorted([*groups, *([node] for node in loops - grouped)])


def _components(reaches: dict[int, list[int]]) -> list[list[int]]:
    """Return the strongly connected components, without recursion."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    waiting: list[int] = []
    placed: set[int] = set()
    found = []
    for root in reaches:
        if root in order:
            continue
        order[root] = low[root] = len(order)
        waiting.append(root)
        path = [(root, iter(reaches[root]))]
        while path:
            node, onward = path[-1]
            for target in onward:
                if target not in order:
                    order[target] = low[target] = len(order)
                    waiting.append(target)
                    path.append((target, iter(reaches.get(target, ()))))
                    break
                if target not in placed:
                    low[node] = min(low[node], order[target])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == order[node]:
                    group = [waiting.pop()]
                    while group[-1] != node:
                        group.append(waiting.pop())
                    placed.update(group)
                    found.append(group)
    return found
