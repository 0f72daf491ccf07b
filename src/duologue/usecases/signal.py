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


@dataclass(frozen=True, slots=True)
class Answer:
    """What the mailbox says: my own stay, the other's, and their signals to me as (seq, JSON text)."""

    mine: Presence
    is_current: bool
    theirs: Presence | None
    signals: list[tuple[int, str]]

    @property
    def i_came_later(self) -> bool:
        """Whoever came later begins to talk: the other cannot know yet that there is somebody."""
        return self.theirs is not None and self.theirs.pk < self.mine.pk


def exchange(booking: Booking, party: Party, message: Exchange, *, now: datetime) -> Answer:
    """Be seen, leave my signals, take the other's.

    Raises Forbidden when the door is closed for this person, Refused `too_many_signals` (429) when a page
    sends without end. Signals for an epoch of the other that is over are dropped: nobody reads them.
    """
    door.check_stay(booking, party, now=now)
    mine = be_seen(booking, party, message, now=now)
    newest = presence.latest(booking, party)
    is_current = newest is not None and newest.pk == mine.pk and mine.left_at is None
    theirs = presence.latest(booking, other(party))
    if theirs is None or not is_current or message.to != theirs.epoch:
        return Answer(mine, is_current, theirs, [])
    if message.signals:
        _leave_signals(booking, party, message, now)
    return Answer(mine, is_current, theirs, _fetch(booking, party, message))


def other(party: Party) -> Party:
    return Party.ATTENDEE if party is Party.HOST else Party.HOST


def words_of(answer: Answer, now: datetime) -> dict[str, Any]:
    """The other's stay as the page may know it: in seconds, so that no browser's clock has to be right."""
    began = presence.since(answer.theirs, now)
    return {
        "epoch": answer.theirs.epoch if answer.theirs else "",
        "state": presence.state(answer.theirs, now).value,
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
        party=other(party).value,
        epoch=message.to,
        to_epoch=message.epoch,
        seq__gt=message.since,
    )
    return list(theirs.order_by("seq").values_list("seq", "body")[:MOST_SIGNALS])
