"""How does a host's program offer other times, and an attendee's answer them? (CANCEL-5)"""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from duologue.api import schemas, shown, times
from duologue.api.auth import PERSONAL, person
from duologue.api.bookings import spend
from duologue.api.openapi import GUARDED, NO_TIME, problems
from duologue.bookings.queries import get_visible
from duologue.core import clock
from duologue.usecases.answer_proposal import accept, answerer, decline
from duologue.usecases.propose_times import propose, proposer, withdraw

PROPOSALS_AN_HOUR = 60
_OVER = ("proposal_over", "too_late", "already_cancelled", "not_cancellable", "moved")
_ALWAYS = ("forbidden", "not_found", "too_many_requests", *GUARDED)

router = Router(tags=["Bookings"], auth=PERSONAL)


@router.post(
    "/bookings/{uuid:booking_id}/proposals",
    response={201: schemas.Proposal},
    summary="Propose other times",
    operation_id="propose_times",
    openapi_extra=problems(
        "malformed",
        "invalid",
        "naive_time",
        "already_proposed",
        "same_time",
        "not_bookable",
        *_OVER[1:],
        *NO_TIME,
        *_ALWAYS,
    ),
)
def propose_times(request: HttpRequest, booking_id: UUID, wish: schemas.OtherTimes) -> schemas.Proposal:
    """Offer the attendee up to three other times for a session of yours; they get a mail.

    Nothing is held: the session stays where it is, and the times stay open to others, until the attendee
    accepts one. A time that the session cannot have is named in `starts_at`.
    """
    now, user = clock.now(), person(request)
    spend("api-propose", user, PROPOSALS_AN_HOUR)
    booking = get_visible(booking_id, user)
    proposer(booking.party_of(user.pk), user.pk)
    starts = [times.moment(text, "starts_at") for text in wish.starts_at]
    return shown.proposal(propose(booking, starts, now=now), booking)


@router.post(
    "/bookings/{uuid:booking_id}/proposals/{uuid:proposal_id}/accept",
    response=schemas.Booking,
    summary="Accept a proposed time",
    operation_id="accept_proposal",
    openapi_extra=problems("malformed", "invalid", "naive_time", "not_bookable", *_OVER, *NO_TIME, *_ALWAYS),
)
def accept_proposal(
    request: HttpRequest, booking_id: UUID, proposal_id: UUID, wish: schemas.ChosenTime
) -> schemas.Booking:
    """Move your session to one of the proposed times, as `reschedule` does; asking twice moves once.

    After `slot_taken` the other proposed times still stand.
    """
    now, user = clock.now(), person(request)
    spend("api-propose", user, PROPOSALS_AN_HOUR)
    booking = get_visible(booking_id, user)
    by = answerer(booking.party_of(user.pk), user.pk)
    accept(booking, proposal_id, times.moment(wish.starts_at, "starts_at"), by=by, now=now)
    return shown.booking(booking, user, now=now)


@router.post(
    "/bookings/{uuid:booking_id}/proposals/{uuid:proposal_id}/decline",
    response=schemas.Booking,
    summary="Decline proposed times",
    operation_id="decline_proposal",
    openapi_extra=problems(*_OVER, *_ALWAYS),
)
def decline_proposal(request: HttpRequest, booking_id: UUID, proposal_id: UUID) -> schemas.Booking:
    """None of them suits: the session stays where it is, and its host gets a mail."""
    now, user = clock.now(), person(request)
    spend("api-propose", user, PROPOSALS_AN_HOUR)
    booking = get_visible(booking_id, user)
    answerer(booking.party_of(user.pk), user.pk)
    decline(booking, proposal_id, now=now)
    return shown.booking(booking, user, now=now)


@router.post(
    "/bookings/{uuid:booking_id}/proposals/{uuid:proposal_id}/withdraw",
    response=schemas.Booking,
    summary="Take proposed times back",
    operation_id="withdraw_proposal",
    openapi_extra=problems(*_OVER, *_ALWAYS),
)
def withdraw_proposal(request: HttpRequest, booking_id: UUID, proposal_id: UUID) -> schemas.Booking:
    """Before they were answered; the attendee gets a mail."""
    now, user = clock.now(), person(request)
    spend("api-propose", user, PROPOSALS_AN_HOUR)
    booking = get_visible(booking_id, user)
    proposer(booking.party_of(user.pk), user.pk)
    withdraw(booking, proposal_id, now=now)
    return shown.booking(booking, user, now=now)
