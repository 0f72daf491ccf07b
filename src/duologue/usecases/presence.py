"""Write down who is at the room: arriving, going in, being seen, leaving. Evidence, so kept true."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.calls.models import JoinDevice, Presence, Signal
from duologue.calls.wire import Exchange
from duologue.core.errors import Refused

WRITTEN_EVERY = timedelta(seconds=5)
"""Pages ask several times a second while they connect; not every question needs a write."""
MOST_STAYS = 500
SIGNALS_KEPT = timedelta(days=1)
STAYS_KEPT = timedelta(days=400)
DEVICES_KEPT = timedelta(days=180)


def be_seen(booking: Booking, party: Party, exchange: Exchange, *, now: datetime) -> Presence:
    """The stay that this exchange belongs to, begun or kept alive. One that was left is never revived."""
    presence = Presence.objects.filter(booking=booking, party=party.value, epoch=exchange.epoch).first()
    if presence is None:
        return _begin(booking, party, exchange, now)
    changed = _changes(presence, exchange, now)
    if changed and presence.left_at is None:
        Presence.objects.filter(pk=presence.pk, left_at__isnull=True).update(**changed)
        for name, value in changed.items():
            setattr(presence, name, value)
    return presence


def _changes(presence: Presence, exchange: Exchange, now: datetime) -> dict[str, datetime]:
    first_entry = exchange.entered and presence.entered_at is None
    first_connection = exchange.connected and presence.connected_at is None
    # The connection came or went since the last beat.
    turned = exchange.connected != (presence.connected_seen_at == presence.seen_at)
    if not (first_entry or first_connection or turned or now - presence.seen_at >= WRITTEN_EVERY):
        return {}
    changed = {"seen_at": max(now, presence.seen_at)}
    if first_entry:
        changed["entered_at"] = now
    if first_connection:
        changed["connected_at"] = now
    if exchange.connected:
        changed["connected_seen_at"] = changed["seen_at"]
    return changed


def _begin(booking: Booking, party: Party, exchange: Exchange, now: datetime) -> Presence:
    stays = Presence.objects.filter(booking=booking, party=party.value)
    if stays.count() >= MOST_STAYS:
        raise Refused(_("This room was entered too often."), code="too_many_stays")
    with transaction.atomic():
        presence, _made = stays.get_or_create(
            booking=booking,
            party=party.value,
            epoch=exchange.epoch,
            defaults={"arrived_at": now, "seen_at": now, "entered_at": now if exchange.entered else None},
        )
        # What earlier stays of this person said or were told has no reader any more.
        Signal.objects.filter(booking=booking, party=party.value).exclude(epoch=exchange.epoch).delete()
        Signal.objects.filter(booking=booking).exclude(party=party.value).exclude(
            to_epoch=exchange.epoch
        ).delete()
    return presence


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
