"""How long does the slot engine alone take for a month of a host with 1,000 bookings? Median in ms."""

import random
import statistics
import time
from datetime import UTC, datetime

from duologue.scheduling.intervals import epoch
from duologue.scheduling.slots import Question, SlotRules, open_slots
from duologue.scheduling.windows import Schedule, WallWindow
from duologue.scheduling.zones import zone

HOUR = 3600
DAY = 24 * HOUR
ROUNDS = 500


def question(now: int) -> Question:
    """Mon-Fri 9-17 in a zone whose clocks change within the month; sessions booked over a year to come."""
    dice = random.Random(1)
    days = dice.choices(range(360), k=1000)
    starts = sorted(now - now % DAY + day * DAY + dice.randrange(7, 15) * HOUR for day in days)
    return Question(
        schedule=Schedule(
            {weekday: [WallWindow(540, 1020)] for weekday in range(5)}, {}, zone("Europe/Berlin")
        ),
        rules=SlotRules(
            duration=HOUR,
            slot_step=HOUR // 2,
            buffer_before=0,
            buffer_after=0,
            minimum_notice=HOUR,
            horizon=60 * DAY,
            daily_limit=None,
        ),
        busy=[(start, start + HOUR) for start in starts],
        booked_days={},
        now=now,
        earliest=now,
    )


def main() -> None:
    now = epoch(datetime(2026, 10, 5, 6, 30, tzinfo=UTC))
    asked = question(now)
    took: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        slots = open_slots(asked, now, now + 30 * DAY)
        took.append((time.perf_counter() - began) * 1000)
    print(f"engine: {len(slots)} slots of 30 days, 1,000 bookings: median {statistics.median(took):.3f} ms")


if __name__ == "__main__":
    main()
