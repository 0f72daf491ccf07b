"""Does the sessions page care how many sessions somebody has?"""

import os
from collections.abc import Iterator

from django.conf import settings

from bench import world
from bench.clockwork import Target, p50, times_of
from bench.processes import serving
from bench.report import Figure, ratio
from duologue.accounts.models import User

MOST = 1.5
MANY = 10_000
UPCOMING = 10


def figures(*, is_quick: bool) -> Iterator[Figure]:
    """Both have ten sessions to come, so both pages show the same; one has a long past as well."""
    few, many = world.offer("few"), world.offer("many")
    for offer in (few, many):
        world.fill(
            offer, UPCOMING, days=range(1, 12), attendee=world.person(f"attendee-of-{offer.host.slug}")
        )
    past = 1000 if is_quick else MANY - UPCOMING
    world.fill(many, past, days=range(-1 - past // 7, 0), attendee=world.person("regular"))
    with serving(["duologue", "web"], dict(os.environ)) as port:
        lean, full = (_headers(offer.host.user) for offer in (few, many))
        targets = [Target(port, "/sessions", full), Target(port, "/sessions", lean)]
        with_many, with_few = times_of(targets, 100 if is_quick else 500)
        [page_of_past] = times_of([Target(port, "/sessions?tab=past", full)], 50 if is_quick else 200)
    yield ratio(f"sessions page with {past + UPCOMING:,}, p50", p50(with_many), p50(with_few), MOST)
    yield Figure("a page of 20 past ones, p50", p50(page_of_past), "ms")


def _headers(user: User) -> dict[str, str]:
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={world.cookie_of(user)}"}
