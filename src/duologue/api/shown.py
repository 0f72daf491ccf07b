"""How does a booking look to one of its people?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from duologue.accounts.models import User
from duologue.api import schemas
from duologue.api.hosts import absolute
from duologue.bookings import proposals
from duologue.bookings.models import Booking, Party, Proposal
from duologue.bookings.policy import JoinWindow
from duologue.bookings.states import Status
from duologue.calls import door
from duologue.payments import given_back
from duologue.payments.given_back import GivenBack
from duologue.usecases.join import JoinTarget, peek_all
from duologue.video.places import Place, places_of


def booking(one: Booking, user: User, *, now: datetime) -> schemas.Booking:
    """One booking; needs its people loaded."""
    return bookings([one], user, now=now)[0]


def made(one: Booking, user: User, checkout_url: str | None, *, now: datetime) -> schemas.BookingMade:
    """A new booking with its payment page."""
    return schemas.BookingMade(**booking(one, user, now=now).model_dump(), checkout_url=checkout_url)


def bookings(found: Sequence[Booking], user: User, *, now: datetime) -> list[schemas.Booking]:
    """The same for a list, in five queries more than the list itself."""
    windows = door.windows(found)
    mine = [one for one in found if one.party_of(user.pk) is not None]
    rooms = peek_all(mine, windows, now=now)
    backs = given_back.of_bookings(one.pk for one in found)
    places = places_of(found)
    offered = proposals.standing_of(mine, now=now)
    return [
        schemas.Booking(
            **_facts(one),
            **_times(one, windows[one.pk], now),
            **_place(places.get(one.pk)),
            **_room(rooms.get(one.pk)),
            **_yours(one, one.party_of(user.pk)),
            **_refund(backs.get(one.pk)),
            proposal=proposal(offered[one.pk], one) if one.pk in offered else None,
        )
        for one in found
    ]


def proposal(one: Proposal, about: Booking) -> schemas.Proposal:
    until = proposals.answer_until(one, about)
    return schemas.Proposal(id=one.pk, starts_at=one.times, answer_until=until)


def _yours(one: Booking, party: Party | None) -> dict[str, Any]:
    if party is None:
        return {"role": "operator", "note": None, "cancellation_words": None}
    return {"role": party.value, "note": one.note, "cancellation_words": one.cancellation_words or None}


def _refund(back: GivenBack | None) -> dict[str, Any]:
    if back is None:
        return {"refund_issued": False, "refund_amount": None, "refund_status": None}
    return {
        "refund_issued": back.is_issued,
        "refund_amount": schemas.Price(amount=back.amount.amount, currency=back.amount.currency),
        "refund_status": back.state.value,
    }


def _facts(one: Booking) -> dict[str, Any]:
    host, attendee = one.host_person, one.attendee_person
    return {
        "id": one.pk,
        "title": one.title,
        "event_type_id": one.event_type_id,
        "follows": one.follows_id,
        "duration_minutes": one.minutes,
        "host": schemas.Someone(slug=one.host.slug, name=host.name, photo_url=absolute(host.photo_url)),
        "attendee": schemas.Attendee(
            name=attendee.name, email=attendee.email, photo_url=absolute(attendee.photo_url)
        ),
        "price": schemas.Price(amount=one.price_amount, currency=one.currency),
        "cancelled_by": one.cancelled_by or None,
        "cancellation_reason": one.cancellation_reason or None,
    }


def _times(one: Booking, window: JoinWindow, now: datetime) -> dict[str, Any]:
    status = one.status_at(now)
    return {
        "status": status,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "created_at": one.created_at,
        "hold_expires_at": one.hold_expires_at if status is Status.PENDING_PAYMENT else None,
        "confirmed_at": one.confirmed_at,
        "refund_until": one.refund_until,
        "cancelled_at": one.cancelled_at,
        "join_opens_at": window.opens_at,
        "join_closes_at": window.closes_at,
    }


def _place(place: Place | None) -> dict[str, Any]:
    return {"platform": (place.platform or None) if place is not None else None}


def _room(target: JoinTarget | None) -> dict[str, Any]:
    if target is None:
        return {"video_call_url": None, "video_call_room_id": None}
    return {"video_call_url": absolute(target.url), "video_call_room_id": target.room_id}
