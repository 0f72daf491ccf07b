"""How is the ledger tried for hours? Random runs at full speed, and a shortest story for what fails."""

import random
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.ledger.balance import bring_to_an_end, check_always, check_ledger
from tests.ledger.deck import NAMES, PICKS, POINTS, STATEMENTS
from tests.ledger.figures import figures, told
from tests.ledger.machine import forget_all
from tests.ledger.world import BEGINS, VirtualClock, World

Step = tuple[str, int, tuple[Any, ...]]
TELLS_EVERY = 60.0


@dataclass
class Tally:
    """What was tried, and what was found: the shortest story for each complaint."""

    steps: int = 0
    runs: int = 0
    seconds: float = 0.0
    counted: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[Step]] = field(default_factory=dict)

    def __str__(self) -> str:
        speed = self.steps / max(self.seconds, 0.001)
        done = f"{self.steps} steps in {self.runs} runs, {self.seconds:.0f} seconds, {speed:.0f} a second"
        return f"{done}: {told(self.counted)}."


def chance_step(chance: random.Random) -> Step:
    return chance.choice(NAMES), chance.randrange(PICKS), _twist(chance)


def _twist(chance: random.Random) -> tuple[Any, ...]:
    match chance.randrange(8):
        case 0:
            return "statement", chance.randrange(STATEMENTS)
        case 1:
            return "call", chance.choice(POINTS)
        case 2:
            return "meanwhile", chance.choice(POINTS), chance.choice(NAMES), chance.randrange(PICKS)
    return ()


def play(till: Any, clock: VirtualClock, story: list[Step], tally: Tally | None = None) -> str:
    """Let a story happen in an empty world; the complaint, or nothing."""
    random.seed(0)
    forget_all()
    clock.at = BEGINS
    world = World(till, clock)
    try:
        for step in story:
            world.do(*step)
            check_always(world)
        bring_to_an_end(world)
        check_ledger(world)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {last.filename.rsplit('/', 1)[-1]}:{last.lineno}: {error}"
    finally:
        if tally is not None:
            tally.counted.update(figures(world))
    return ""


def shorten(till: Any, clock: VirtualClock, story: list[Step], until: float) -> list[Step]:
    """Leave out what does not matter, as long as something still fails."""
    size = max(1, len(story) // 2)
    while time.monotonic() < until:
        for start in range(0, len(story), size):
            shorter = story[:start] + story[start + size :]
            if play(till, clock, shorter):
                story = shorter
                break
        else:
            if size == 1:
                return _untwisted(till, clock, story)
            size //= 2
    return story


def _untwisted(till: Any, clock: VirtualClock, story: list[Step]) -> list[Step]:
    for place, (action, pick, twist) in enumerate(story):
        simpler = [*story[:place], (action, pick, ()), *story[place + 1 :]]
        if twist and play(till, clock, simpler):
            story = simpler
    return story


def drive(
    till: Any, clock: VirtualClock, *, steps: int, minutes: float, seed: int, length: int
) -> Iterator[Tally]:
    """Random stories until so many steps, minutes or three different complaints; tells now and then."""
    chance, tally, began = random.Random(seed), Tally(), time.monotonic()
    told_at = began
    while tally.steps < steps and tally.seconds < minutes * 60 and len(tally.found) < 3:
        story = [chance_step(chance) for _ in range(min(length, steps - tally.steps))]
        complaint = play(till, clock, story, tally)
        tally.steps, tally.runs = tally.steps + len(story), tally.runs + 1
        if complaint and _place(complaint) not in map(_place, tally.found):
            short = shorten(till, clock, story, time.monotonic() + 120)
            tally.found[play(till, clock, short) or complaint] = short
        tally.seconds = time.monotonic() - began
        if began + tally.seconds - told_at > TELLS_EVERY:
            told_at = began + tally.seconds
            yield tally
    yield tally


def _place(complaint: str) -> str:
    return complaint.split(":")[1]
