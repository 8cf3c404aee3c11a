"""One step of contagion in every copy: plant, check, say, deliver, forget."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tertius.stats.compiled import compiled
from tertius.stats.draws import below, fold, number_of, unit

MOVES = ("hold", "pass_on", "check", "plant")
HOLD, PASS_ON, CHECK, PLANT = 0, 1, 2, 3
LEAVE, PURGE, RESTART = 0, 1, 2
POISON = -1
"""The note that asks to be kept and passed on; others are numbered from 1 by author and step."""

DELIVERED, REFUSED, WRITTEN = 1, 2, 3
"""What became of a message on an edge; 0 where nothing came through."""

CONTACT = number_of("contact")
RETRIEVE = number_of("retrieve")
PLACE = number_of("place of a new note")
FORGET = number_of("forget")
FIND = number_of("find")
EVENTS = 2**24
"""More events than a step can have: an origin is step x EVENTS + number of the event."""


def origin_of(origin: int) -> tuple[int, int]:
    """Return the step of a note's writing, and the number of the event that told of it."""
    return divmod(origin, EVENTS)


@compiled
def step(
    moves: NDArray[np.float64],
    keys: NDArray[np.uint64],
    steps: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    retrieved: int,
    beta: float,
    gamma: float,
    check_cost: float,
    finds: float,
    attacker: int,
    planted: int,
    removed: int,
    arm: int,
    notes: NDArray[np.int64],
    origins: NDArray[np.int64],
    unchecked: NDArray[np.int64],
    infected: NDArray[np.int64],
    at_removal: NDArray[np.int64],
    wrote: NDArray[np.int64],
    said: NDArray[np.int64],
    said_origin: NDArray[np.int64],
    found: NDArray[np.int64],
    crossed: NDArray[np.int64],
    rewards: NDArray[np.float64],
    harm: NDArray[np.float64],
) -> None:
    """Play one step in every copy; all that is retrieved is from before the step's deliveries."""
    copies, agents = moves.shape
    order = np.zeros(notes.shape[2], np.int64)
    for copy in range(copies):
        now, key = steps[copy], keys[copy]
        out = attacker if 0 <= removed <= now else -1
        if now == removed:
            _clean(attacker, now, notes[copy], origins[copy], unchecked[copy])
            at_removal[copy] = _holders(notes[copy])
            if arm == PURGE:
                for agent in range(agents):
                    _clean(agent, now, notes[copy], origins[copy], unchecked[copy])
        events = agents
        wrote[copy] = 0
        if out < 0 and (now == planted or moves[copy, attacker] == PLANT):
            wrote[copy] = 1
            notes[copy, attacker, 0] = POISON
            origins[copy, attacker, 0] = now * EVENTS + events
            events += 1
        for agent in range(agents):
            said[copy, agent] = 0
            said_origin[copy, agent] = -1
            found[copy, agent] = 0
            if agent == out:
                continue
            move = int(moves[copy, agent])
            if move == CHECK:
                rewards[copy, agent] = -check_cost
                drawn = fold(fold(key, agent), FIND)
                found[copy, agent] = _check(
                    drawn, agent, now, finds, agents, notes[copy], origins[copy]
                )
                unchecked[copy, agent] = 0
            elif move != HOLD:
                rewards[copy, agent] = 1.0
                if now == removed and arm == RESTART:
                    continue
                slot = 0
                if move == PASS_ON:
                    drawn = fold(fold(key, agent), RETRIEVE)
                    slot = _retrieve(drawn, now, retrieved, notes[copy, agent], order)
                said[copy, agent] = notes[copy, agent, slot]
                said_origin[copy, agent] = origins[copy, agent, slot]
                events += 1
        _deliver(
            moves[copy], key, now, starts, ends, beta, finds, out, events, notes[copy],
            origins[copy], unchecked[copy], said[copy], crossed[copy],
        )  # fmt: skip
        _forget(key, now, gamma, out, notes[copy], origins[copy])
        infected[copy] = _holders(notes[copy])
        harm[copy, agents] = infected[copy]


@compiled
def _clean(
    agent: int,
    now: int,
    notes: NDArray[np.int64],
    origins: NDArray[np.int64],
    unchecked: NDArray[np.int64],
) -> None:
    unchecked[agent] = 0
    for slot in range(notes.shape[1]):
        notes[agent, slot] = 1 + agent + notes.shape[0] * now
        origins[agent, slot] = -1


@compiled
def _holders(notes: NDArray[np.int64]) -> int:
    count = 0
    for agent in range(notes.shape[0]):
        for slot in range(notes.shape[1]):
            if notes[agent, slot] == POISON:
                count += 1
                break
    return count


@compiled
def _check(
    drawn: np.uint64,
    agent: int,
    now: int,
    finds: float,
    agents: int,
    notes: NDArray[np.int64],
    origins: NDArray[np.int64],
) -> int:
    memories = notes.shape[1]
    first = 0
    for slot in range(memories):
        if notes[agent, slot] == POISON and unit(drawn, now * (memories + agents) + slot) < finds:
            if first == 0:
                first = origins[agent, slot]
            notes[agent, slot] = 1 + agent + agents * (now + 1)
            origins[agent, slot] = -1
    return first


@compiled
def _retrieve(
    drawn: np.uint64,
    now: int,
    retrieved: int,
    notes: NDArray[np.int64],
    order: NDArray[np.int64],
) -> int:
    memories = len(notes)
    for slot in range(memories):
        order[slot] = slot
    for turn in range(retrieved):
        other = turn + below(drawn, now * memories + turn, memories - turn)
        order[turn], order[other] = order[other], order[turn]
        if notes[order[turn]] == POISON:
            return int(order[turn])
    return int(order[0])


@compiled
def _deliver(
    moves: NDArray[np.float64],
    key: np.uint64,
    now: int,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    beta: float,
    finds: float,
    out: int,
    events: int,
    notes: NDArray[np.int64],
    origins: NDArray[np.int64],
    unchecked: NDArray[np.int64],
    said: NDArray[np.int64],
    crossed: NDArray[np.int64],
) -> None:
    agents, memories = notes.shape
    for sender in range(agents):
        for edge in range(starts[sender], starts[sender + 1]):
            crossed[edge] = 0
        if said[sender] == 0:
            continue
        contact = fold(fold(key, sender), CONTACT)
        for edge in range(starts[sender], starts[sender + 1]):
            taker = ends[edge]
            if taker == out or unit(contact, now * agents + taker) >= beta:
                continue
            events += 1
            crossed[edge] = DELIVERED
            checks = int(moves[taker]) == CHECK
            if checks and said[sender] == POISON:
                drawn = fold(fold(key, taker), FIND)
                if unit(drawn, now * (memories + agents) + memories + sender) < finds:
                    crossed[edge] = REFUSED
                    continue
            free = 0
            for slot in range(memories):
                free += notes[taker, slot] != POISON
            if free == 0:
                continue
            which = below(fold(fold(key, taker), PLACE), now * agents + sender, free)
            for slot in range(memories):
                if notes[taker, slot] != POISON:
                    if which == 0:
                        notes[taker, slot] = said[sender]
                        origins[taker, slot] = now * EVENTS + events
                        break
                    which -= 1
            events += 1
            crossed[edge] = WRITTEN
            unchecked[taker] += not checks


@compiled
def _forget(
    key: np.uint64,
    now: int,
    gamma: float,
    out: int,
    notes: NDArray[np.int64],
    origins: NDArray[np.int64],
) -> None:
    agents, memories = notes.shape
    for agent in range(agents):
        for slot in range(memories):
            old = notes[agent, slot] == POISON and origins[agent, slot] < now * EVENTS
            if not old:
                continue
            drawn = fold(fold(key, agent), FORGET)
            if unit(drawn, now * memories + slot) < gamma:
                notes[agent, slot] = 1 + agent + agents * (now + 1)
                origins[agent, slot] = -1
