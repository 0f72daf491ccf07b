"""A host gives a session's link by hand, or has a new room made; the join links in mails stay the same."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED
from duologue.connections.own_links import check_link
from duologue.core import crypto
from duologue.core.errors import Refused
from duologue.jobs import queue
from duologue.usecases import make_link, take_room
from duologue.usecases.take_room import Made
from duologue.video.contract import CreatedMeeting
from duologue.video.models import BY_HAND


def give_link(booking: Booking, text: str, *, now: datetime) -> None:
    """Lead both people to this address. The caller has made sure that the host asks.

    Raises Invalid for an address that cannot serve, Refused `over` when the session is not to come any more,
    `link_changed` when another link was made in the same moment.
    """
    _need_agreed(booking, now)
    url = check_link(text)
    room = CreatedMeeting(room_id=crypto.fingerprint(url)[:32], join_url=url)
    seen = take_room.current(booking)
    if not take_room.take(booking, Made(BY_HAND, room), seen=seen, now=now, creator=take_room.HOST):
        raise Refused(_("The link was changed in the same moment. Please look again."), code="link_changed")


def make_new_link(booking: Booking, *, now: datetime) -> None:
    """Owe a new room at the platform that the host likes best; the present one serves until it is there."""
    _owe(booking, make_link.Wish.NEW, now)


def use_backup(booking: Booking, *, now: datetime) -> None:
    """Owe a room at the next platform of the order, however soon the one liked best would answer."""
    _owe(booking, make_link.Wish.BACKUP, now)


def _need_agreed(booking: Booking, now: datetime) -> None:
    refusal = refuse(booking, now=now)
    if refusal is not None:
        raise refusal


def _owe(booking: Booking, wish: make_link.Wish, now: datetime) -> None:
    _need_agreed(booking, now)
    with transaction.atomic():
        queue.enqueue(make_link.owed(booking, now=now, wish=wish), now=now)


def refuse(booking: Booking, *, now: datetime) -> Refused | None:
    """Why its link cannot change any more."""
    if booking.status_at(now) in AGREED:
        return None
    return Refused(_("This session is over, so its link cannot change any more."), code="over")
