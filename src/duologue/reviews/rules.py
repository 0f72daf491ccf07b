"""Who may write about a session, until when can it be changed, and from when is it read? Pure rules.

A review is blind: it is hidden until both have written, or until two weeks after the session. So nobody
writes or changes a word after having read the other's.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from duologue.bookings.states import Status

BLIND_FOR = timedelta(days=14)
MOST_STARS = 5
FEWEST_FOR_A_MEAN = 3
"""One or two people are no average: the mean of fewer would pass one person's word for a figure."""

ASKED_AT = time(10)
DAY_BEGINS, DAY_ENDS = time(9), time(20)
"""Between these hours of their own clock people hear of reviews, which are never urgent."""


def blind_until(ends_at: datetime) -> datetime:
    return ends_at + BLIND_FOR


def visible_at(*, ends_at: datetime, written_at: datetime, other_written_at: datetime | None) -> datetime:
    """From when a review is read. Who writes after the two weeks is read at once."""
    until = blind_until(ends_at)
    if other_written_at is not None:
        until = min(until, other_written_at)
    return max(until, written_at)


def write_refusal(
    status: Status, *, has_written: bool, other_visible_at: datetime | None, now: datetime
) -> str | None:
    """Why nobody writes now: `not_completed`, `already_reviewed`, `review_closed`; None when they may.

    `status` is the one that holds at `now`. After the two weeks one may still write while there is nothing
    of the other's to read.
    """
    if status is not Status.COMPLETED:
        return "not_completed"
    if has_written:
        return "already_reviewed"
    if other_visible_at is not None and other_visible_at <= now:
        return "review_closed"
    return None


def is_editable(*, visible_at: datetime, other_has_written: bool, now: datetime) -> bool:
    """Until it is read, never after."""
    return not other_has_written and now < visible_at


def mean_in_tenths(stars: tuple[int, ...]) -> int | None:
    """The mean of how often 1, 2, … were given, rounded down; None where they are too few for one."""
    count = sum(stars)
    if count < FEWEST_FOR_A_MEAN:
        return None
    return 10 * sum(value * often for value, often in enumerate(stars, 1)) // count


def ask_at(ends_at: datetime, zone: ZoneInfo, *, now: datetime) -> datetime | None:
    """When somebody is asked for a review: in the morning after, by their own clock.

    Later where nobody got round to it then, and not at all once the two weeks are over.
    """
    day = ends_at.astimezone(zone).date() + timedelta(days=1)
    morning = datetime.combine(day, ASKED_AT, zone).astimezone(ends_at.tzinfo)
    at = morning if morning > now else by_day(now, zone)
    return at if at < blind_until(ends_at) else None


def by_day(at: datetime, zone: ZoneInfo) -> datetime:
    """The same instant by day; at night the next morning of that zone."""
    local = at.astimezone(zone)
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return at
    day = local.date() if local.time() < DAY_BEGINS else local.date() + timedelta(days=1)
    return datetime.combine(day, DAY_BEGINS, zone).astimezone(at.tzinfo)
