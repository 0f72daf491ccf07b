"""Was this asked before? The same Idempotency-Key with the same wish gives the same booking."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.api.models import IdempotencyKey
from duologue.bookings.models import Booking
from duologue.bookings.queries import PEOPLE
from duologue.core import clock, crypto
from duologue.core.errors import Invalid
from duologue.usecases.book import Wish, book

LONGEST = 200
KEPT = timedelta(days=7)


def book_once(wish: Wish, user: User, key: str, *, now: datetime) -> Booking:
    """Book, or give the booking that this key made before.

    Refusals are not remembered: a repeat asks again. Raises Invalid `idempotency_key_reused` for another
    wish under the same key, and whatever `book` raises.
    """
    meant = _fingerprint(wish)
    before = _before(user, key, meant)
    if before is not None:
        return before
    try:
        with transaction.atomic():
            # The key first: whoever comes second with it waits here, not at the slot.
            row = IdempotencyKey.objects.create(user=user, key=key, wish=meant, created_at=now)
            IdempotencyKey.objects.filter(user=user, created_at__lt=now - KEPT).delete()
            booking = book(wish, now=now)
            IdempotencyKey.objects.filter(pk=row.pk).update(booking=booking)
            return booking
    except IntegrityError:
        before = _before(user, key, meant)
        if before is None:
            raise
        return before


def _before(user: User, key: str, meant: str) -> Booking | None:
    row = IdempotencyKey.objects.filter(user=user, key=key).first()
    if row is None or row.booking_id is None:
        return None
    if not crypto.equal(row.wish, meant):
        raise Invalid(
            _("This Idempotency-Key came with another request before. Take a new one."),
            code="idempotency_key_reused",
        )
    return Booking.objects.select_related(*PEOPLE).get(pk=row.booking_id)


def _fingerprint(wish: Wish) -> str:
    at = clock.aware(wish.starts_at).isoformat()
    return crypto.fingerprint(repr((wish.event_type_id, at, wish.name, wish.time_zone, wish.note)))
