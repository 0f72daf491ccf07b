"""Whose sessions are these, and how is one booked? For a person with a token, by the pages' use cases."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Body, HeaderEx, P, Query, Router

from duologue.accounts.models import Host, User
from duologue.accounts.throttle import allow
from duologue.api import idempotency, paging, schemas, shown, times
from duologue.api.auth import PERSONAL, person
from duologue.api.hosts import absolute
from duologue.api.openapi import GUARDED, NO_TIME, problems
from duologue.api.problems import TooManyRequests
from duologue.bookings.listing import Tab, page
from duologue.bookings.models import Booking, Party
from duologue.bookings.queries import get_visible
from duologue.bookings.reasons import Reason
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Forbidden, Invalid, Refused, SlotTaken
from duologue.scheduling.models import EventType
from duologue.usecases import find_slots, other_times
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.cancel import cancel, canceller
from duologue.usecases.join import join
from duologue.usecases.release_hold import release_hold
from duologue.usecases.reschedule import mover, reschedule

BOOKINGS_AN_HOUR = 60
CHECKOUTS_AN_HOUR = 120
JOINS_AN_HOUR = 300
CANCELS_AN_HOUR = 60
RESCHEDULES_AN_HOUR = 60
FRESH_SLOTS = 7
"""How many open starts come with the news that one is taken."""

_NO_WISH = schemas.CancelWish(reason=Reason.OTHER, words="")

router = Router(tags=["Bookings"], auth=PERSONAL)


@router.get(
    "/bookings",
    response=list[schemas.Booking],
    summary="Your bookings",
    operation_id="list_bookings",
    openapi_extra=problems("invalid", *GUARDED, paged=True),
)
def list_bookings(
    request: HttpRequest,
    response: HttpResponse,
    asked: Query[schemas.BookingList],
) -> list[schemas.Booking]:
    """All sessions you give or attend: upcoming (living holds among them), or past without expired holds."""
    now, user = clock.now(), person(request)
    found = page(
        user_id=user.pk,
        host_id=Host.objects.filter(user=user).values_list("pk", flat=True).first(),
        tab=Tab(asked.status),
        now=now,
        limit=asked.limit,
        after=paging.place(asked.cursor),
    )
    if found.following is not None:
        paging.link_next(request, response, paging.encode(str(found.following)))
    return shown.bookings(found.bookings, user, now=now)


@router.get(
    "/bookings/{uuid:booking_id}",
    response=schemas.Booking,
    summary="One booking",
    operation_id="get_booking",
    openapi_extra=problems("not_found", *GUARDED),
)
def get_booking(request: HttpRequest, booking_id: UUID) -> schemas.Booking:
    """A booking of yours; for operators any booking, without its room and its note."""
    now, user = clock.now(), person(request)
    return shown.booking(get_visible(booking_id, user), user, now=now)


@router.post(
    "/bookings",
    response={201: schemas.BookingMade},
    summary="Book a slot",
    operation_id="create_booking",
    openapi_extra=problems(
        "malformed",
        "invalid",
        "naive_time",
        "idempotency_key_reused",
        "not_found",
        *NO_TIME,
        "own_session",
        "not_bookable",
        "too_many_holds",
        "hold_over",
        "not_held",
        "payments_off",
        "too_large",
        "too_many_requests",
        *GUARDED,
    ),
)
def create_booking(
    request: HttpRequest,
    wish: schemas.Wish,
    idempotency_key: HeaderEx[
        str,
        P(
            max_length=idempotency.LONGEST,
            description="Any text of yours. The same key with the same body gives the same booking",
        ),
    ] = "",
) -> schemas.BookingMade:
    """Hold a slot for you and open its payment page; a free session is confirmed at once.

    `slot_taken` comes with fresh `slots`: the open starts nearest to the one that is gone.
    """
    now, user = clock.now(), person(request)
    spend("api-book", user, BOOKINGS_AN_HOUR)
    wanted = _understood(wish, user)
    booking = _book(wanted, user, idempotency_key, now)
    return shown.made(booking, user, _payment_page(booking, user, now), now=now)


@router.post(
    "/bookings/{uuid:booking_id}/checkout",
    response=schemas.Checkout,
    summary="Open the payment page",
    operation_id="begin_checkout",
    openapi_extra=problems(
        "forbidden",
        "not_found",
        "hold_over",
        "not_held",
        "details_missing",
        "payments_off",
        "gateway_down",
        "too_many_requests",
        *GUARDED,
    ),
)
def open_checkout(request: HttpRequest, booking_id: UUID) -> schemas.Checkout:
    """The payment page of a hold of yours: the open one again, or a new one when that has run out."""
    now, user = clock.now(), person(request)
    spend("api-checkout", user, CHECKOUTS_AN_HOUR)
    booking = get_visible(booking_id, user)
    if booking.party_of(user.pk) is not Party.ATTENDEE:
        raise Forbidden(_("Only the attendee pays."))
    following = begin_checkout(booking, now=now)
    return schemas.Checkout(step=following.step.value, url=following.url or None)


@router.post(
    "/bookings/{uuid:booking_id}/cancel",
    response=schemas.Booking,
    summary="Cancel a booking",
    operation_id="cancel_booking",
    openapi_extra=problems(
        "malformed",
        "invalid",
        "not_found",
        "too_late",
        "already_cancelled",
        "not_cancellable",
        "moved",
        "too_many_requests",
        *GUARDED,
    ),
)
def cancel_booking(
    request: HttpRequest, booking_id: UUID, wish: Body[schemas.CancelWish] = _NO_WISH
) -> schemas.Booking:
    """Free the time and give all of the money back; both people get a mail.

    Hosts and attendees can until a day before the start (`too_late` comes with `until`), operators until it
    is over. An attendee who cancels after `refund_until` gets nothing back: a session that was moved keeps
    the deadline of its first time. The answer has what goes back; `refund_issued` turns true once it has
    left.
    """
    now, user = clock.now(), person(request)
    spend("api-cancel", user, CANCELS_AN_HOUR)
    booking = get_visible(booking_id, user)
    by = canceller(booking, booking.party_of(user.pk), user, now=now)
    cancel(booking, by=by, reason=wish.reason, words=wish.words, now=now)
    return shown.booking(booking, user, now=now)


@router.post(
    "/bookings/{uuid:booking_id}/reschedule",
    response=schemas.Booking,
    summary="Move a booking",
    operation_id="reschedule_booking",
    openapi_extra=problems(
        "malformed",
        "invalid",
        "naive_time",
        "not_found",
        "too_late",
        "already_cancelled",
        "not_cancellable",
        "moved",
        *NO_TIME,
        "not_bookable",
        "too_many_requests",
        *GUARDED,
    ),
)
def reschedule_booking(request: HttpRequest, booking_id: UUID, wish: schemas.NewTime) -> schemas.Booking:
    """Free the time and take another open one; payment, links and the calendar entry stay.

    The two people can until a day before the start (`too_late` comes with `until`). The time it has already
    changes nothing, so asking twice moves once. With `expected_starts_at` nothing is moved once somebody
    else has: `moved` comes with the present `starts_at`. `slot_taken` comes with fresh `slots`.
    """
    now, user = clock.now(), person(request)
    spend("api-reschedule", user, RESCHEDULES_AN_HOUR)
    booking = get_visible(booking_id, user)
    by = mover(booking.party_of(user.pk), user.pk)
    to = times.moment(wish.starts_at, "starts_at")
    expected = wish.expected_starts_at
    seen = times.moment(expected, "expected_starts_at") if expected else None
    try:
        reschedule(booking, to, by=by, seen=seen, now=now)
    except SlotTaken as taken:
        slots = other_times.near(booking, to, now=now, count=FRESH_SLOTS)
        raise SlotTaken(taken.message, slots=slots) from taken
    return shown.booking(booking, user, now=now)


@router.get(
    "/bookings/{uuid:booking_id}/video-link",
    response=schemas.VideoLink,
    summary="Join the call",
    operation_id="get_video_link",
    openapi_extra=problems(
        "forbidden",
        "too_early",
        "expired",
        "cancelled",
        "not_found",
        "not_confirmed",
        "link_pending",
        "platform_silent",
        "too_many_requests",
        *GUARDED,
    ),
)
def get_video_link(request: HttpRequest, booking_id: UUID) -> schemas.VideoLink:
    """Where to go now. Asking is written down as joining; operators are never told.

    `too_early` comes with `opens_at`, `expired` with `closed_at`.
    """
    now, user = clock.now(), person(request)
    spend("api-join", user, JOINS_AN_HOUR)
    booking = get_visible(booking_id, user)
    party = booking.party_of(user.pk)
    if party is None:
        raise Forbidden(_("The room is for the two people only."))
    target = join(booking, party, now=now, way="api", user=user)
    return schemas.VideoLink(url=absolute(target.url) or "", platform=target.platform)


def spend(scope: str, user: User, limit: int) -> None:
    if not allow(scope, str(user.pk), limit=limit, seconds=3600):
        raise TooManyRequests(_("That was many times in one hour. Please wait a while."), retry_after=3600)


def _understood(wish: schemas.Wish, user: User) -> Wish:
    if not (user.name or wish.name):
        raise Invalid(_("Your account has no name, so send one."), field="name")
    return Wish(
        event_type_id=wish.event_type_id,
        starts_at=times.moment(wish.starts_at, "starts_at"),
        user=user,
        name=wish.name,
        time_zone=times.zone(wish.time_zone, "time_zone").key if wish.time_zone else user.time_zone,
        language=user.language,
        note=wish.note,
    )


def _book(wish: Wish, user: User, key: str, now: datetime) -> Booking:
    try:
        return idempotency.book_once(wish, user, key, now=now) if key else book(wish, now=now)
    except SlotTaken as taken:
        event_type = EventType.objects.select_related("host__user").get(pk=wish.event_type_id)
        slots = find_slots.near_slots(event_type, wish.starts_at, now=now, count=FRESH_SLOTS)
        raise SlotTaken(taken.message, slots=slots) from taken


def _payment_page(booking: Booking, user: User, now: datetime) -> str | None:
    """Where to pay for a new hold; a free session is confirmed instead."""
    if booking.status_at(now) is not Status.PENDING_PAYMENT:
        return None
    try:
        return begin_checkout(booking, now=now).url or None
    except Refused as refusal:
        if refusal.code == "payments_off":
            release_hold(booking, now=now, actor=Actor("attendee", user.pk))
        # A page that does not open now can be asked for again while the hold lives.
        if refusal.code == "gateway_down":
            return None
        raise
