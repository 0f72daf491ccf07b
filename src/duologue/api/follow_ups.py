"""How does a host's program book the next session for an attendee?"""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from duologue.api import schemas, shown, times
from duologue.api.auth import PERSONAL, person
from duologue.api.bookings import spend
from duologue.api.openapi import GUARDED, NO_TIME, problems
from duologue.bookings.queries import get_visible
from duologue.core import clock
from duologue.usecases.book_follow_up import NextTime, book_follow_up, booker, withdraw_follow_up

FOLLOW_UPS_AN_HOUR = 60

router = Router(tags=["Bookings"], auth=PERSONAL)


@router.post(
    "/bookings/{uuid:booking_id}/follow-ups",
    response={201: schemas.Booking},
    summary="Book the next session",
    operation_id="book_follow_up",
    openapi_extra=problems(
        "malformed",
        "invalid",
        "naive_time",
        "forbidden",
        "not_found",
        "not_begun",
        *NO_TIME,
        "own_session",
        "not_bookable",
        "too_many_holds",
        "payments_off",
        "too_many_requests",
        *GUARDED,
    ),
)
def create_follow_up(request: HttpRequest, booking_id: UUID, wish: schemas.FollowUp) -> schemas.Booking:
    """For the attendee of a session that you give, once it has begun.

    What is free is confirmed at once. What is to be paid is held until `hold_expires_at`, for days where
    there is time; the attendee gets a mail with a link to pay, and both of you are told if nobody does.
    """
    now, user = clock.now(), person(request)
    spend("api-follow-up", user, FOLLOW_UPS_AN_HOUR)
    after = get_visible(booking_id, user)
    by = booker(after.party_of(user.pk), user.pk)
    at = times.moment(wish.starts_at, "starts_at")
    booking = book_follow_up(after, NextTime(wish.event_type_id, at, is_free=wish.is_free), by=by, now=now)
    return shown.booking(get_visible(booking.pk, user), user, now=now)


@router.post(
    "/bookings/{uuid:booking_id}/withdraw",
    response=schemas.Booking,
    summary="Take a next session back",
    operation_id="withdraw_follow_up",
    openapi_extra=problems(
        "not_held", "already_paid", "forbidden", "not_found", "too_many_requests", *GUARDED
    ),
)
def withdraw(request: HttpRequest, booking_id: UUID) -> schemas.Booking:
    """That you booked for an attendee and that nobody has paid yet; they get a mail.

    The time is free again, and its payment page closed. Asking twice takes it back once.
    """
    now, user = clock.now(), person(request)
    spend("api-follow-up", user, FOLLOW_UPS_AN_HOUR)
    booking = get_visible(booking_id, user)
    by = booker(booking.party_of(user.pk), user.pk)
    withdraw_follow_up(booking, by=by, now=now)
    return shown.booking(get_visible(booking.pk, user), user, now=now)
