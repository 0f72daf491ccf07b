"""Of fifty who want one slot at once, does exactly one get it, soon, however often it happens?"""

import os
import sys
from collections.abc import Iterator
from datetime import timedelta

from bench import world
from bench.crowd import Round, busy_worker, rush
from bench.processes import running, serving
from bench.report import Figure
from duologue.accounts.models import Throttle
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.scheduling.intervals import instant
from duologue.usecases import find_slots

CROWD = 50
ROUNDS = 100
MOST_SECONDS = 2


def figures(*, is_quick: bool) -> Iterator[Figure]:
    rounds = list(_rounds(10 if is_quick else ROUNDS))
    unfair = [one for one in rounds if not one.is_fair or one.sorry != CROWD - 1]
    for one in unfair:
        print(one, file=sys.stderr)
    slowest = max(one.seconds for one in rounds)
    middle = sorted(one.seconds for one in rounds)[len(rounds) // 2]
    yield Figure(
        f"rounds of {len(rounds)} without exactly one winner", len(unfair), "", 0, f"{CROWD} at once"
    )
    yield Figure("slowest round", slowest, "s", MOST_SECONDS, f"median {middle:.2f} s")


def _rounds(count: int) -> Iterator[Round]:
    offer, now = world.offer("wanted"), clock.now()
    people = world.crowd(CROWD)
    starts = find_slots.open_slots(offer.event_type, now, now + timedelta(days=60), now=now)[::2]
    environment = dict(os.environ)
    web = ["duologue", "web", "--workers", "2"]
    with running(["duologue", "worker"], environment), serving(web, environment) as port, busy_worker():
        for start in starts[:count]:
            yield rush(port, people, offer.event_type.pk, instant(start))
            # Nobody may be kept out of the next round by what they won, or by how often they asked.
            Booking.objects.filter(host=offer.host).update(status=Status.EXPIRED.value)
            Throttle.objects.all().delete()
