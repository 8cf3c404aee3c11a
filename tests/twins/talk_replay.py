"""Whether a step of a conversation may be said, from everything that was said, each time anew."""

from dataclasses import dataclass, field

from tertius.core.grants import Protocol


@dataclass
class Spoken:
    """One step that was said, in the conversation `talk`."""

    talk: str
    type: str
    time: int
    received: bool = False


@dataclass
class Replay:
    """All that two agents said."""

    protocol: Protocol
    spoken: list[Spoken] = field(default_factory=list)

    def version(self, talk: str) -> int:
        return self.protocol.version + sum(each.talk == talk for each in self.spoken)

    def may(self, talk: str, type: str, sender: str, version: int, time: int) -> bool:
        own = [each for each in self.spoken if each.talk == talk]
        steps = {step.type: step for step in self.protocol.steps}
        if type not in steps or steps[type].sender != sender:
            return False
        if any(each.type == type for each in own) or version != self.version(talk):
            return False
        if any(steps[each.type].acknowledged and not each.received for each in own):
            return False
        times = [each.time for each in own if each.type in steps[type].after]
        if len(times) < len(steps[type].after):
            return False
        deadline = steps[type].deadline
        return not times or deadline is None or time - max(times) <= deadline * 1_000_000_000
