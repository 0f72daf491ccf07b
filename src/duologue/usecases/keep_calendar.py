"""Give, check and take away an address of a calendar outside, whose events take a host's time."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import Host
from duologue.calendars.models import USUAL_LIMIT_HOURS, CalendarConnection
from duologue.connections import vault
from duologue.core import crypto, guarded
from duologue.core.errors import Invalid, NotFound
from duologue.core.guarded import NotFetched
from duologue.jobs import queue
from duologue.usecases import read_calendars

MOST = 5
LIMITS = (6, 24, 72, 168)
"""Hours for which a copy may serve; at most a week: slots reach no farther than what we worked out."""


def add_calendar(host: Host, typed: str, *, now: datetime) -> CalendarConnection:
    """Keep it; a job reads it, and until that worked the host's times are closed (law 9).

    Raises Invalid for what is no address that may be asked, one too many, or one that is there.
    """
    address = _address(typed)
    try:
        place = guarded.checked(address, read_calendars.trusted()).host
    except NotFetched as error:
        raise _no(problem_words(error.code, error.detail)) from None
    with transaction.atomic():
        people.lock([host.user_id])
        print_of = crypto.fingerprint(address)
        _check_room(host, print_of)
        calendar = CalendarConnection.objects.create(
            host=host,
            fingerprint=print_of,
            sealed_address=vault.seal(address),
            place=place[:254],
            limit_hours=_limit_of(host),
            created_at=now,
            tried_at=now,
            read_at=None,
            good_until=now,
            known_until=now,
            read_zone=host.user.time_zone,
        )
        queue.enqueue(read_calendars.owed(calendar.pk, now=now), now=now)
    return calendar


def check_calendar(host: Host, calendar_id: int, *, now: datetime) -> CalendarConnection:
    """Owe a reading out of turn; what comes of it will stand in its row. Raises NotFound."""
    calendar = get_calendar(host, calendar_id)
    with transaction.atomic():
        queue.enqueue(read_calendars.owed(calendar.pk, now=now), now=now)
    return calendar


def get_calendar(host: Host, calendar_id: int) -> CalendarConnection:
    """Raises NotFound for what is not this host's."""
    calendar = CalendarConnection.objects.filter(host=host, pk=calendar_id).first()
    if calendar is None:
        raise NotFound(_("This calendar is gone already."))
    calendar.host = host
    return calendar


def remove_calendar(host: Host, calendar_id: int) -> None:
    """Forget it, and give back the time it took. Raises NotFound."""
    with transaction.atomic():
        people.lock([host.user_id])
        get_calendar(host, calendar_id).delete()


def set_limit(host: Host, hours: int) -> None:
    """How long the last good copy of any of the host's calendars may serve. Raises Invalid."""
    if hours not in LIMITS:
        raise Invalid(_("Please choose one of the spans."), field="limit_hours")
    with transaction.atomic():
        people.lock([host.user_id])
        for calendar in CalendarConnection.objects.filter(host=host):
            calendar.limit_hours = hours
            if calendar.read_at is not None:
                calendar.good_until = calendar.read_at + calendar.limit
            calendar.save(update_fields=["limit_hours", "good_until"])


def problem_words(code: str, detail: str = "") -> str:
    """What is wrong with a calendar, in one sentence."""
    if code == CalendarConnection.Problem.ZONE and detail:
        return _("It uses a time zone that nobody knows: %(zone)s.") % {"zone": detail}
    if code == CalendarConnection.Problem.REFUSED and detail.startswith("5"):
        return _("Its server is out of order (answer %(status)s).") % {"status": detail}
    if code == CalendarConnection.Problem.REFUSED and detail:
        return _("It does not let us read the calendar (answer %(status)s).") % {"status": detail}
    known = CalendarConnection.Problem
    return str(known(code).label if code in known.values else known.BROKEN.label)


def _address(typed: str) -> str:
    """Programs write `webcal:` for an address that they want to be subscribed to."""
    address = typed.strip()
    for spoken in ("webcal://", "webcals://"):
        if address.lower().startswith(spoken):
            address = f"https://{address[len(spoken) :]}"
    return address


def _check_room(host: Host, print_of: str) -> None:
    kept = set(CalendarConnection.objects.filter(host=host).values_list("fingerprint", flat=True))
    if print_of in kept:
        raise _no(_("This calendar is here already."))
    if len(kept) >= MOST:
        raise _too_many()


def _limit_of(host: Host) -> int:
    """The one that the host chose for the calendars that are there."""
    kept = CalendarConnection.objects.filter(host=host).values_list("limit_hours", flat=True)
    return kept.first() or USUAL_LIMIT_HOURS


def _too_many() -> Invalid:
    return _no(_("%(count)s calendars at most. Remove one first.") % {"count": MOST})


def _no(words: str) -> Invalid:
    return Invalid(words, code="invalid_calendar", field="address")
