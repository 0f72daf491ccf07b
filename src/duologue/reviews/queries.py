"""Which reviews may be read, how do a host's add up, and which sessions still want one?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import AGREED, Status
from duologue.core.cursors import Cursor
from duologue.core.errors import NotFound
from duologue.reviews.models import Review
from duologue.reviews.rules import MOST_STARS, mean_in_tenths, write_refusal
from duologue.reviews.writers import writes

PEOPLE = ("booking__host__user", "booking__attendee")
_TOOK_PLACE = [Status.COMPLETED.value, *(status.value for status in AGREED)]
"""A review is written of what is completed, whether or not that was written down; a session that was
corrected to a no-show afterwards takes its reviews along."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many people gave a host 1, 2, … 5."""

    stars: tuple[int, ...] = (0,) * MOST_STARS

    @property
    def count(self) -> int:
        return sum(self.stars)

    @property
    def mean_in_tenths(self) -> int | None:
        """None while they are too few for a mean."""
        return mean_in_tenths(self.stars)

    @property
    def by_stars(self) -> list[tuple[int, int]]:
        """5 first."""
        return [(value, self.stars[value - 1]) for value in range(MOST_STARS, 0, -1)]


@dataclass(frozen=True, slots=True)
class Page:
    reviews: list[Review]
    following: Cursor | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands beside a session in somebody's list: the stars they gave, or that they may give some."""

    stars: int | None
    is_wanted: bool


def readable(now: datetime) -> QuerySet[Review]:
    """What is neither blind any more nor hidden, of sessions that took place."""
    return Review.objects.filter(visible_at__lte=now, hidden_at=None, booking__status__in=_TOOK_PLACE)


def summaries(host_ids: Iterable[int], *, now: datetime) -> dict[int, Summary]:
    """The summary of each host who has one, in one query."""
    rows = (
        readable(now)
        .filter(host__in=list(host_ids), by=Party.ATTENDEE)
        .order_by()
        .values_list("host_id", "stars")
        .annotate(often=Count("pk"))
    )
    counted: dict[int, list[int]] = {}
    for host_id, stars, often in rows:
        counted.setdefault(host_id, [0] * MOST_STARS)[stars - 1] = often
    return {host_id: Summary(tuple(each)) for host_id, each in counted.items()}


def summary(host_id: int, *, now: datetime) -> Summary:
    return summaries([host_id], now=now).get(host_id, Summary())


def of_host(host_id: int, *, now: datetime, limit: int, after: Cursor | None = None) -> Page:
    """What attendees wrote about a host, the newest first, with the people of each."""
    query = readable(now).filter(host=host_id, by=Party.ATTENDEE).select_related(*PEOPLE)
    if after is not None:
        query = query.filter(
            Q(visible_at__lt=after.at) | Q(visible_at=after.at, pk__lt=after.id),
            visible_at__lte=after.at,
        )
    found = list(query.order_by("-visible_at", "-pk")[: limit + 1])
    shown = found[:limit]
    return Page(shown, Cursor(shown[-1].visible_at, shown[-1].pk) if len(found) > limit else None)


def about_attendee(user_id: int, *, now: datetime) -> QuerySet[Review]:
    """What hosts wrote about somebody, the newest first. Only a proved address has such a past."""
    found = readable(now).filter(booking__attendee=user_id, by=Party.HOST)
    return found.select_related(*PEOPLE).order_by("-visible_at", "-pk")


def of_booking(booking: Booking) -> dict[Party, Review]:
    """What was written about a session, whether or not it may be read yet."""
    return {Party(review.by): review for review in Review.objects.filter(booking=booking)}


def refusal(booking: Booking, by: Party, written: Mapping[Party, Review], *, now: datetime) -> str | None:
    """Why a side does not write about a session now: `reviews_off`, or as `rules.write_refusal` says."""
    if not writes(by):
        return "reviews_off"
    other = written.get(by.other)
    return write_refusal(
        booking.status_at(now),
        has_written=by in written,
        other_visible_at=other.visible_at if other is not None else None,
        now=now,
    )


def marks(sides: Iterable[tuple[Booking, Party]], *, now: datetime) -> dict[UUID, Mark]:
    """For a page of sessions, each with the viewer's side: what they gave, or may give. One query at most."""
    mine = [(booking, by) for booking, by in sides if booking.status_at(now) is Status.COMPLETED]
    if not mine:
        return {}
    written: dict[UUID, dict[Party, Review]] = {}
    for review in Review.objects.filter(booking__in=[booking.pk for booking, _ in mine]).defer(
        "words", "private_note", "reply"
    ):
        written.setdefault(review.booking_id, {})[Party(review.by)] = review
    return {booking.pk: _mark(booking, by, written.get(booking.pk, {}), now) for booking, by in mine}


def _mark(booking: Booking, by: Party, written: Mapping[Party, Review], now: datetime) -> Mark:
    own = written.get(by)
    return Mark(own.stars if own is not None else None, refusal(booking, by, written, now=now) is None)


def get_readable(review_id: UUID, user: User | None, *, now: datetime) -> Review:
    """A review that somebody may read, with its people; raises NotFound for all others.

    An attendee's is public. A host's is for that attendee, and for hosts who are about to meet them.
    """
    review = readable(now).select_related(*PEOPLE).filter(pk=review_id).first()
    if review is None or not (review.by == Party.ATTENDEE or _may_read_about(review, user, now)):
        raise NotFound("There is no such review.")
    return review


def hidden_of_host(review_id: UUID, user: User | None, *, now: datetime) -> Review | None:
    """What an attendee wrote about this host, who may have read it, and an operator hid since."""
    if user is None:
        return None
    own = Review.objects.filter(by=Party.ATTENDEE.value, booking__host__user=user)
    hidden = own.filter(hidden_at__isnull=False, visible_at__lte=now)
    return hidden.select_related(*PEOPLE).filter(pk=review_id).first()


def _may_read_about(review: Review, user: User | None, now: datetime) -> bool:
    attendee_id = review.booking.attendee_id
    if user is None or attendee_id is None:
        return False
    if user.is_operator or user.pk == attendee_id:
        return True
    met = Booking.objects.filter(
        host__user=user, attendee=attendee_id, status__in=[status.value for status in AGREED]
    )
    return any(booking.status_at(now) in AGREED for booking in met)
