"""What do we write when a host's calendar cannot be read any more? That times are closed, and why."""

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.calendars.models import CalendarConnection
from duologue.notifications import senders, when
from duologue.notifications.letter import Letter, Link, Section
from duologue.notifications.models import OutgoingMail
from duologue.notifications.readers import Reader


def unreadable(mail: OutgoingMail, reader: Reader) -> Letter:
    """To the host whose times are closed meanwhile."""
    calendar = CalendarConnection.objects.get(pk=mail.params["calendar_id"])
    locale = when.locale_of(reader.language)
    values = {
        "calendar": str(calendar),
        "place": calendar.place,
        "moment": when.moment_short(calendar.read_at or calendar.created_at, reader.zone, locale),
        "site": senders.site_host(),
    }
    lead = _(
        "%(calendar)s could last be read on %(moment)s. We do not know when you are busy,"
        " so your page shows no times rather than wrong ones."
    )
    if calendar.read_at is None:
        lead = _(
            "%(calendar)s, which you gave us on %(moment)s, could not be read even once. We do not know when"
            " you are busy, so your page shows no times rather than wrong ones."
        )
    return Letter(
        subject=_("Your calendar cannot be read, so nobody can book you."),
        preview=_("We show no times rather than wrong ones until %(calendar)s can be read again.") % values,
        heading=_("Your calendar cannot be read."),
        lead=lead % values,
        button=Link(_("See what is wrong"), f"{settings.BASE_URL}/availability/calendars"),
        sections=(
            Section(
                _("What to do"),
                (
                    _(
                        "Open the page and press Check now. If the calendar moved, give its new address;"
                        " if you no longer use it, remove it. As soon as it can be read, your times are"
                        " back by themselves. What is booked stays as it is."
                    ),
                ),
            ),
        ),
        small=(
            _("You get this mail because %(site)s reads busy times from a calendar at %(place)s.") % values,
        ),
    )


def is_readable(mail: OutgoingMail) -> str:
    """Why nobody needs to be told any more."""
    closed = CalendarConnection.objects.filter(pk=mail.params.get("calendar_id"), told_at__isnull=False)
    return "" if closed.exists() else "the calendar can be read again, or was removed"
