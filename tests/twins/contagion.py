"""One step of contagion, agent by agent, as one would tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tertius.environments.contagion import ContagionSettings
from tertius.stats.draws import Stream

POISON = -1


@dataclass
class Village:
    """Who knows whom, and who holds what."""

    settings: ContagionSettings
    neighbours: Sequence[Sequence[int]]
    notes: list[list[int]]
    key: int
    now: int = 0
    fresh: set[tuple[int, int]] = field(default_factory=set)
    unchecked: list[int] = field(default_factory=list)

    def luck(self, agent: int, purpose: str, number: int) -> float:
        """Return the agent's number for a purpose."""
        return Stream(self.key, player=agent, step=number).unit(purpose)

    def own(self, agent: int, serial: int) -> int:
        """Return the number of a note of the agent's own."""
        return 1 + agent + serial * len(self.notes)

    def step(self, moves: Sequence[str]) -> list[float]:
        """Play one step; return what each earned."""
        own, agents = self.settings, range(len(self.notes))
        count, held, attacker = len(self.notes), own.memories, own.attacker - 1
        self.fresh = set()
        if self.now == own.removed:
            for agent in agents if own.arm == "purge" else [attacker]:
                self.notes[agent] = [self.own(agent, self.now)] * held
                self.unchecked[agent] = 0
        here = [a for a in agents if not (a == attacker and 0 <= own.removed <= self.now)]
        if attacker in here and (self.now == own.planted or moves[attacker] == "plant"):
            self.notes[attacker][0] = POISON
            self.fresh.add((attacker, 0))
        earned, said = [0.0] * count, dict[int, int]()
        for agent in here:
            if moves[agent] == "check":
                earned[agent] = -own.check_cost
                self.unchecked[agent] = 0
                for slot in range(held):
                    drawn = self.luck(agent, "find", self.now * (held + count) + slot)
                    if self.notes[agent][slot] == POISON and drawn < own.finds:
                        self.notes[agent][slot] = self.own(agent, self.now + 1)
            elif moves[agent] != "hold":
                earned[agent] = 1.0
                if self.now != own.removed or own.arm != "restart":
                    slots = self.retrieved(agent) if moves[agent] == "pass_on" else [0]
                    notes = [self.notes[agent][slot] for slot in slots]
                    said[agent] = POISON if POISON in notes else notes[0]
        for sender, note in said.items():
            for taker in self.neighbours[sender]:
                reached = self.luck(sender, "contact", self.now * count + taker) < own.beta
                if taker in here and reached:
                    self.deliver(note, sender, taker, checks=moves[taker] == "check")
        self.forget(here)
        self.now += 1
        return earned

    def retrieved(self, agent: int) -> list[int]:
        """Draw the slots that an agent retrieves, without putting back."""
        slots, held = list(range(self.settings.memories)), self.settings.memories
        for turn in range(self.settings.retrieved):
            drawn = self.luck(agent, "retrieve", self.now * held + turn)
            other = turn + int(drawn * (held - turn))
            slots[turn], slots[other] = slots[other], slots[turn]
        return slots[: self.settings.retrieved]

    def deliver(self, note: int, sender: int, taker: int, *, checks: bool) -> None:
        """Let a note that came through take the place of a harmless one."""
        count, held = len(self.notes), self.settings.memories
        number = self.now * (held + count) + held + sender
        if checks and note == POISON and self.luck(taker, "find", number) < self.settings.finds:
            return
        free = [slot for slot in range(held) if self.notes[taker][slot] != POISON]
        if free:
            drawn = self.luck(taker, "place of a new note", self.now * count + sender)
            slot = free[int(drawn * len(free))]
            self.notes[taker][slot] = note
            self.fresh.add((taker, slot))
            self.unchecked[taker] += not checks

    def forget(self, here: Sequence[int]) -> None:
        """Forget poisoned notes by chance, those of this step not yet."""
        for agent in here:
            for slot, note in enumerate(self.notes[agent]):
                if note == POISON and (agent, slot) not in self.fresh:
                    drawn = self.luck(agent, "forget", self.now * self.settings.memories + slot)
                    if drawn < self.settings.gamma:
                        self.notes[agent][slot] = self.own(agent, self.now + 1)

    @property
    def holders(self) -> int:
        """How many hold poison."""
        return sum(POISON in notes for notes in self.notes)


def settled(chosen: Mapping[str, object]) -> ContagionSettings:
    """Return settings for a small village."""
    return ContagionSettings(**{"agents": 5, "degree": 2, **chosen})  # type: ignore[arg-type]
