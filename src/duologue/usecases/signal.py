"""Carry signaling between the two browsers of a call: one visit to the mailbox leaves, fetches and beats."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.calls import door, presence
from duologue.calls.models import Presence, Signal
from duologue.calls.wire import MOST_SIGNALS, Exchange
from duologue.core.errors import Refused
from duologue.usecases.presence import be_seen

MOST_A_MINUTE = 600
MOST_KEPT = 4000
TOLD, OUTSIDE = "told", "outside"
"""What one who waits at the door hears of the host: there, so told of it; or not there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the mailbox says: the other's stay, and their signals to me as (seq, JSON text).

    Whoever came later begins to talk: the other cannot know yet that there is somebody. Whoever is outside
    is told nothing of `theirs` but whether somebody is there.
    """

    is_current: bool
    i_came_later: bool
    theirs: Presence | None
    signals: list[tuple[int, str]]
    is_outside: bool = False


def exchange(
    booking: Booking, party: Party, message: Exchange, *, now: datetime, is_outside: bool = False
) -> Answer:
    """Be seen, leave my signals, take the other's. Who `is_outside` and is not in yet is only seen.

    Raises Forbidden when the door is closed for this person, Refused `too_many_signals` (429) when a page
    sends without end. Signals for an epoch of the other that is over are dropped: nobody reads them.
    """
    door.check_stay(booking, party, now=now)
    found = be_seen(booking, party, message, now=now, is_outside=is_outside)
    mine, theirs = found.newest(party), found.newest(party.other)
    is_current = mine is not None and mine.epoch == message.epoch and mine.left_at is None
    own = found.of_page(party, message.epoch)
    entered_at = own.entered_at if own else None
    if is_outside and (entered_at is None or entered_at < door.window(booking).opens_at):
        # A page that went in before the session was moved is over: another one waits at the door.
        return Answer(is_current and entered_at is None, False, theirs, [], is_outside=True)
    begins = theirs is not None and mine is not None and theirs.pk < mine.pk
    if theirs is None or not is_current or message.to != theirs.epoch:
        return Answer(is_current, begins, theirs, [])
    if message.signals:
        _leave_signals(booking, party, message, now)
    return Answer(is_current, begins, theirs, _fetch(booking, party, message))


def words_of(answer: Answer, now: datetime) -> dict[str, Any]:
    """The other's stay as the page may know it: in seconds, so that no browser's clock has to be right."""
    theirs = answer.theirs
    state = presence.state(theirs, now).value
    if answer.is_outside:
        # In the green room one reads already who waits, so the host was told.
        state = TOLD if state in {presence.State.WAITING, presence.State.HERE} else OUTSIDE
        theirs = None
    began = presence.since(theirs, now)
    return {
        "epoch": theirs.epoch if theirs else "",
        "state": state,
        "connected": theirs is not None and presence.is_connected(theirs),
        "camera": theirs.camera if theirs else "",
        "microphone": theirs.microphone if theirs else "",
        "for": max(0, int((now - began).total_seconds())) if began else 0,
    }


def _leave_signals(booking: Booking, party: Party, message: Exchange, now: datetime) -> None:
    mine = Signal.objects.filter(booking=booking, party=party.value)
    recent = mine.filter(created_at__gt=now - timedelta(minutes=1)).count()
    if recent > MOST_A_MINUTE or mine.count() > MOST_KEPT:
        refusal = Refused(_("This page sends too much."), code="too_many_signals")
        refusal.status = 429
        raise refusal
    rows = [
        Signal(
            booking=booking,
            party=party.value,
            epoch=message.epoch,
            to_epoch=message.to,
            seq=posted.seq,
            body=posted.body,
            created_at=now,
        )
        for posted in message.signals
    ]
    # A page repeats what it has no receipt for; the unique (epoch, to, seq) keeps the first.
    Signal.objects.bulk_create(rows, ignore_conflicts=True)


def _fetch(booking: Booking, party: Party, message: Exchange) -> list[tuple[int, str]]:
    theirs = Signal.objects.filter(
        booking=booking,
        party=party.other.value,
        epoch=message.to,
        to_epoch=message.epoch,
        seq__gt=message.since,
    )
    return list(theirs.order_by("seq").values_list("seq", "body")[:MOST_SIGNALS])
