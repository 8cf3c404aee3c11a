"""Q-learning firms, one period at a time, as the paper's text says it."""

import numpy as np

from tertius.environments.pricing_sessions import EXPLORE, START, WHICH, SessionSettings
from tertius.stats.draws import part_of, root


def drawn(key: int, firm: int, purpose: int, step: int) -> float:
    """Return a firm's number, worked out without a kernel."""
    inner = part_of(part_of(key, firm % 2**64), purpose) if firm >= 0 else part_of(key, purpose)
    word = part_of_counter(inner, step)
    return (word >> 11) / 2**53


def part_of_counter(key: int, step: int) -> int:
    word = (key + 0x9E3779B97F4A7C15 * (step + 1)) % 2**64
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
    return word ^ (word >> 31)


def session(
    settings: SessionSettings, profits: list[list[float]], first: list[list[float]], seed: int
) -> tuple[int, bool, int, list[list[int]]]:
    """Return periods, converged, last state and policy."""
    firms, count = settings.firms, settings.prices
    joints = count**firms
    states = joints**settings.memory
    values = [[list(first[firm]) for _ in range(states)] for firm in range(firms)]
    policy = [[max(range(count), key=row.__getitem__) for row in rows] for rows in values]
    key = root(seed)
    state = int(drawn(key, -1, START, 0) * states)
    epsilon, unchanged, period = 1.0, 0, 0
    while period < settings.longest and unchanged < settings.stable:
        chosen = [
            int(drawn(key, firm, WHICH, period) * count)
            if drawn(key, firm, EXPLORE, period) < epsilon
            else policy[firm][state]
            for firm in range(firms)
        ]
        joint = 0
        for choice in chosen:
            joint = joint * count + choice
        after = [0, joint, (state % joints) * joints + joint][settings.memory]
        unchanged += 1
        following = [max(values[firm][after]) for firm in range(firms)]
        for firm in range(firms):
            row = values[firm][state]
            old = row[chosen[firm]]
            row[chosen[firm]] = old + settings.rate * (
                profits[joint][firm] + settings.discount * following[firm] - old
            )
            best = policy[firm][state]
            now = max(range(count), key=row.__getitem__)
            if row[now] > row[best]:
                policy[firm][state] = now
                unchanged = 0
        epsilon *= float(np.exp(-settings.decay))
        state = after
        period += 1
    return period, unchanged >= settings.stable, state, policy
