"""A person's own calendar feed: switched on, renewed, switched off, and what it says (DASH-7)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.text import capfirst

from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED, Status
from duologue.calendars.feeds import Feed, FeedEntry
from duologue.calendars.models import CalendarFeed
from duologue.core import crypto
from duologue.core.vocabulary import VOCABULARIES

LOOKS_BACK = timedelta(days=30)
_SHOWN = sorted(status.value for status in {*AGREED, Status.COMPLETED, Status.NO_SHOW})


def address_of(user: User) -> str:
    """The whole secret address; empty while the feed is switched off."""
    feed = CalendarFeed.objects.filter(user=user).first()
    if feed is None or not feed.is_on:
        return ""
    return f"{settings.BASE_URL}/feeds/{_token(user.pk, feed.generation)}.ics"


def renew(user: User, *, now: datetime) -> None:
    """Switch the feed on at a new address; one that it had before leads nowhere from now on."""
    with transaction.atomic():
        feed, is_new = CalendarFeed.objects.select_for_update().get_or_create(
            user=user, defaults={"renewed_at": now}
        )
        feed.generation += 0 if is_new else 1
        feed.fingerprint = crypto.fingerprint(_token(user.pk, feed.generation))
        feed.renewed_at = now
        feed.save(update_fields=["generation", "fingerprint", "renewed_at"])


def switch_off(user: User) -> None:
    """The address leads nowhere from now on, and never will again."""
    CalendarFeed.objects.filter(user=user).update(fingerprint=None)


def find(token: str) -> User | None:
    """Whose feed that token opens; None for one that is unknown, renewed or switched off."""
    feed = CalendarFeed.objects.select_related("user").filter(fingerprint=crypto.fingerprint(token)).first()
    return feed.user if feed is not None and feed.user.is_active else None


def feed_of(user: User, *, now: datetime) -> Feed:
    """All that is agreed from thirty days ago on, on either side, in order of time."""
    with translation.override(user.language):
        title = capfirst(str(VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session))
    shown = Booking.objects.filter(status__in=_SHOWN, ends_at__gt=now - LOOKS_BACK).order_by()
    columns = ("starts_at", "pk", "ends_at", "ics_sequence")
    rows = {
        row
        for side in ({"attendee": user}, {"host__user": user})
        for row in shown.filter(**side).values_list(*columns)
    }
    entries = [
        FeedEntry(f"{pk}@duologue", sequence, starts_at, ends_at, f"{settings.BASE_URL}/sessions/{pk}")
        for starts_at, pk, ends_at, sequence in sorted(rows)
    ]
    return Feed(settings.DUOLOGUE_NAME, title, entries)


def _token(user_id: int, generation: int) -> str:
    return crypto.token(settings.SECRET_KEY, "calendar-feed", user_id, generation)
