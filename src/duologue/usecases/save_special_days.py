"""Let other hours, or none, hold on single dates; and take that back."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import Host
from duologue.accounts.words import clean_line
from duologue.core.errors import Invalid, Refused
from duologue.scheduling import zones
from duologue.scheduling.hours import MOST_WINDOWS
from duologue.scheduling.models import DateOverride
from duologue.scheduling.queries import SpecialDays, special_days
from duologue.usecases.save_hours import check_windows

MOST_DAYS = 366
FARTHEST = timedelta(days=3 * 366)
LONGEST_LABEL = 80


def save_special_days(
    host: Host, wanted: SpecialDays, *, replaces: SpecialDays | None = None, now: datetime
) -> None:
    """Write one row a date. `replaces` is the entry that is being edited.

    Raises Invalid with the `field`: first, last, windows, label; Refused `day_taken` where another entry
    holds already, so that nothing is overwritten unseen.
    """
    label = _checked(host, wanted, now)
    check_windows(wanted.windows)
    dates = [wanted.first + timedelta(days=offset) for offset in range((wanted.last - wanted.first).days + 1)]
    with transaction.atomic():
        people.lock([host.user_id])
        if replaces is not None:
            _take_away(host, replaces.first, replaces.last)
        _check_free(host, wanted)
        windows = [list(window) for window in sorted(wanted.windows)]
        DateOverride.objects.bulk_create(
            DateOverride(host=host, date=day, windows=windows, label=label) for day in dates
        )


def remove_special_days(host: Host, first: date, last: date) -> int:
    """Let the weekly hours hold again; how many dates that were."""
    with transaction.atomic():
        people.lock([host.user_id])
        return _take_away(host, first, last)


def _take_away(host: Host, first: date, last: date) -> int:
    gone, _by_model = DateOverride.objects.filter(host=host, date__gte=first, date__lte=last).delete()
    return gone


def _checked(host: Host, wanted: SpecialDays, now: datetime) -> str:
    today = now.astimezone(zones.zone(host.user.time_zone)).date()
    if wanted.last < wanted.first:
        raise Invalid(_("The last day is before the first."), code="invalid_days", field="last")
    if wanted.first < today and wanted.last < today:
        raise Invalid(_("This day is over. Choose one from today on."), code="invalid_days", field="first")
    if wanted.last > today + FARTHEST:
        raise Invalid(
            _("That is too far away. Three years ahead is the most."), code="invalid_days", field="last"
        )
    if (wanted.last - wanted.first).days >= MOST_DAYS:
        raise Invalid(_("At most one year at a time."), code="invalid_days", field="last")
    if len(wanted.windows) > MOST_WINDOWS:
        raise Invalid(_("These hours cannot be kept."), code="invalid_hours", field="windows")
    return checked_label(wanted.label)


def checked_label(label: str) -> str:
    clean = clean_line(label)
    if len(clean) > LONGEST_LABEL:
        words = _("At most %(count)s letters fit here; these are %(length)s.")
        raise Invalid(
            words % {"count": LONGEST_LABEL, "length": len(clean)}, code="invalid_label", field="label"
        )
    return clean


def _check_free(host: Host, wanted: SpecialDays) -> None:
    for other in special_days(host, since=wanted.first):
        if other.first <= wanted.last and wanted.first <= other.last:
            raise Refused(
                _("Special hours hold on %(day)s already. Edit that entry, or remove it first.")
                % {"day": max(other.first, wanted.first).isoformat()},
                code="day_taken",
                field="first",
                day=max(other.first, wanted.first),
            )
