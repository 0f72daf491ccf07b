"""Write down who is at the room: arriving, going in, being seen, leaving. Evidence, so kept true."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.calls.models import JoinDevice, Presence, Signal
from duologue.calls.presence import Around, around
from duologue.calls.wire import Exchange
from duologue.core import statements
from duologue.core.errors import Refused

WRITTEN_EVERY = timedelta(seconds=5)
"""Pages ask several times a second while they connect; not every question needs a write."""
MOST_STAYS = 500
SIGNALS_KEPT = timedelta(days=1)
STAYS_KEPT = timedelta(days=400)
DEVICES_KEPT = timedelta(days=180)


def be_seen(
    booking: Booking, party: Party, exchange: Exchange, *, now: datetime, is_outside: bool = False
) -> Around:
    """Begin the stay that this exchange belongs to, or keep it alive; one that was left is never revived.

    Whoever is outside does not go in: that they want to is written down. Gives all that is known of who is
    there, this stay included.
    """
    found = around(booking, exchange.epoch)
    mine = found.of_page(party, exchange.epoch)
    if mine is None:
        _begin(booking, party, exchange, now, is_outside=is_outside)
        return around(booking, exchange.epoch)
    changed = _changes(mine, exchange, now, is_outside=is_outside)
    if changed and mine.left_at is None:
        statements.update(Presence, changed, id=mine.pk, left_at=None)
        for name, value in changed.items():
            setattr(mine, name, value)
    return found


def _changes(
    presence: Presence, exchange: Exchange, now: datetime, *, is_outside: bool
) -> dict[str, datetime | str]:
    wants_in = exchange.entered and presence.entered_at is None
    first_entry = wants_in and not is_outside
    first_knock = wants_in and is_outside and presence.knocked_at is None
    # Nobody is connected who is not in, whatever their page says.
    connected = exchange.connected and (first_entry or presence.entered_at is not None)
    first_connection = connected and presence.connected_at is None
    # The connection came or went since the last beat.
    turned = connected != (presence.connected_seen_at == presence.seen_at)
    devices: dict[str, datetime | str] = {
        name: word
        for name, word in (("camera", exchange.camera), ("microphone", exchange.microphone))
        if word and word != getattr(presence, name)
    }
    is_news = first_entry or first_knock or first_connection or turned or devices
    if not is_news and now - presence.seen_at < WRITTEN_EVERY:
        return {}
    changed = {"seen_at": max(now, presence.seen_at), **devices}
    if first_entry:
        changed["entered_at"] = now
    if first_knock:
        changed["knocked_at"] = now
    if first_connection:
        changed["connected_at"] = now
    if connected:
        changed["connected_seen_at"] = changed["seen_at"]
    return changed


def _begin(booking: Booking, party: Party, exchange: Exchange, now: datetime, *, is_outside: bool) -> None:
    stays = Presence.objects.filter(booking=booking, party=party.value)
    if stays.count() >= MOST_STAYS:
        raise Refused(_("This room was entered too often."), code="too_many_stays")
    with transaction.atomic():
        stays.get_or_create(
            booking=booking,
            party=party.value,
            epoch=exchange.epoch,
            defaults={
                "arrived_at": now,
                "seen_at": now,
                "entered_at": now if exchange.entered and not is_outside else None,
                "knocked_at": now if exchange.entered and is_outside else None,
                "camera": exchange.camera,
                "microphone": exchange.microphone,
            },
        )
        # What earlier stays of this person said or were told has no reader any more.
        Signal.objects.filter(booking=booking, party=party.value).exclude(epoch=exchange.epoch).delete()
        Signal.objects.filter(booking=booking).exclude(party=party.value).exclude(
            to_epoch=exchange.epoch
        ).delete()


def leave(booking: Booking, party: Party, epoch: str, *, now: datetime) -> None:
    """The page was closed or its person went out; said once, the first word counts."""
    Presence.objects.filter(booking=booking, party=party.value, epoch=epoch, left_at__isnull=True).update(
        left_at=now, seen_at=now
    )


def purge(now: datetime) -> None:
    """Delete what nobody needs any more; run it now and then."""
    Signal.objects.filter(created_at__lt=now - SIGNALS_KEPT).delete()
    Presence.objects.filter(arrived_at__lt=now - STAYS_KEPT).delete()
    JoinDevice.objects.filter(
        created_at__lt=now - DEVICES_KEPT, booking__ends_at__lt=now - SIGNALS_KEPT
    ).delete()
