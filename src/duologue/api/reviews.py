"""What do people say of a host, and how does a program write, read and change one for its person?"""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from duologue.accounts.models import User
from duologue.accounts.throttle import allow
from duologue.api import paging, schemas
from duologue.api.auth import PERSONAL, person
from duologue.api.hosts import bookable_host
from duologue.api.openapi import GUARDED, problems
from duologue.api.problems import TooManyRequests
from duologue.bookings.models import Booking, Party
from duologue.bookings.queries import get_visible
from duologue.core import clock
from duologue.core.errors import Forbidden, NotFound
from duologue.reviews import queries, rules, writers
from duologue.reviews.models import Review
from duologue.usecases.write_review import Said, edit_review, write_review

REVIEWS_AN_HOUR = 60

router = Router(tags=["Reviews"])


@router.get(
    "/hosts/{slug:slug}/reviews",
    response=list[schemas.Review],
    summary="What people say of a host",
    operation_id="list_reviews",
    openapi_extra=problems("invalid", "not_found", paged=True),
)
def list_reviews(
    request: HttpRequest, response: HttpResponse, slug: str, asked: Query[schemas.Paged]
) -> list[schemas.Review]:
    """By attendees whose session took place, the newest first. How they add up stands with the host."""
    host = bookable_host(slug)
    found = queries.of_host(host.pk, now=clock.now(), limit=asked.limit, after=paging.place(asked.cursor))
    if found.following is not None:
        paging.link_next(request, response, paging.encode(str(found.following)))
    return [_public(review) for review in found.reviews]


@router.post(
    "/bookings/{uuid:booking_id}/review",
    response={201: schemas.OwnReview},
    auth=PERSONAL,
    summary="Review a session",
    operation_id="create_review",
    openapi_extra=problems(
        "malformed",
        "invalid",
        "forbidden",
        "not_found",
        "not_completed",
        "already_reviewed",
        "review_closed",
        "reviews_off",
        "too_large",
        "too_many_requests",
        *GUARDED,
    ),
)
def create_review(request: HttpRequest, booking_id: UUID, said: schemas.ReviewWish) -> schemas.OwnReview:
    """Your side's review of a completed session, once. The same body once more gives the same review.

    It is read from `visible_at` on: when both have written, or two weeks after the session. An attendee's
    then stands on the host's page; a host's is for that attendee, and for hosts who meet them next.
    """
    now, user = clock.now(), person(request)
    _count_writing(user)
    booking, party = _mine(booking_id, user)
    written = write_review(booking, party, _meant(said), now=now)
    return _own(written, queries.of_booking(booking), now)


@router.get(
    "/bookings/{uuid:booking_id}/review",
    response=schemas.OwnReview,
    auth=PERSONAL,
    summary="Read your review",
    operation_id="get_review",
    openapi_extra=problems("forbidden", "not_found", *GUARDED),
)
def get_review(request: HttpRequest, booking_id: UUID) -> schemas.OwnReview:
    """What your side wrote about a session; `not_found` while there is nothing."""
    booking, party = _mine(booking_id, person(request))
    written = queries.of_booking(booking)
    return _own(_written(written, party), written, clock.now())


@router.put(
    "/bookings/{uuid:booking_id}/review",
    response=schemas.OwnReview,
    auth=PERSONAL,
    summary="Change your review",
    operation_id="change_review",
    openapi_extra=problems(
        "malformed",
        "invalid",
        "forbidden",
        "not_found",
        "review_closed",
        "too_large",
        "too_many_requests",
        *GUARDED,
    ),
)
def change_review(request: HttpRequest, booking_id: UUID, said: schemas.ReviewWish) -> schemas.OwnReview:
    """Put other stars and words in place of yours, while nobody reads it (`can_be_changed`)."""
    now, user = clock.now(), person(request)
    _count_writing(user)
    booking, party = _mine(booking_id, user)
    own = _written(queries.of_booking(booking), party)
    own.booking = booking
    edit_review(own, _meant(said), now=now)
    return _own(own, queries.of_booking(booking), now)


def _count_writing(user: User) -> None:
    if not allow("api-review", str(user.pk), limit=REVIEWS_AN_HOUR, seconds=3600):
        raise TooManyRequests(_("That was many times in one hour. Please wait a while."), retry_after=3600)


def _mine(booking_id: UUID, user: User) -> tuple[Booking, Party]:
    booking = get_visible(booking_id, user)
    party = booking.party_of(user.pk)
    if party is None:
        raise Forbidden(_("Only the two people write about a session."))
    return booking, party


def _written(written: dict[Party, Review], party: Party) -> Review:
    own = written.get(party)
    if own is None:
        raise NotFound(_("You have written nothing about this yet."))
    return own


def _meant(said: schemas.ReviewWish) -> Said:
    return Said(said.stars, said.words, said.private_note)


def _public(review: Review) -> schemas.Review:
    is_answered = bool(review.replied_at) and review.reply_hidden_at is None
    return schemas.Review(
        id=review.pk,
        stars=review.stars,
        words=review.words,
        name=writers.attendee_name(review.booking),
        month=f"{review.booking.starts_at:%Y-%m}",
        reply=review.reply if is_answered else None,
    )


def _own(review: Review, written: dict[Party, Review], now: datetime) -> schemas.OwnReview:
    has_other = Party(review.by).other in written
    return schemas.OwnReview(
        id=review.pk,
        booking_id=review.booking_id,
        role="host" if review.by == Party.HOST else "attendee",
        stars=review.stars,
        words=review.words,
        private_note=review.private_note,
        written_at=review.written_at,
        edited_at=review.edited_at,
        visible_at=review.visible_at,
        can_be_changed=rules.is_editable(visible_at=review.visible_at, other_has_written=has_other, now=now),
    )
