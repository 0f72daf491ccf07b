"""Which calendar entry goes with a mail about a session?"""

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Party
from duologue.calendars.ics import Invite, Mailbox, build_cancellation, build_invite, build_update
from duologue.notifications import readers, senders
from duologue.notifications.subject import Subject


def invite(subject: Subject) -> bytes:
    """The reader's own: with their join link, named after the other one."""
    return build_invite(_with_way_in(subject))


def update(subject: Subject) -> bytes:
    """The same entry with a raised SEQUENCE: calendars move it to its new time."""
    return build_update(_with_way_in(subject))


def cancellation(subject: Subject) -> bytes:
    """The same entry goes again; nothing in it leads into the call any more."""
    return build_cancellation(_entry(subject))


def _with_way_in(subject: Subject) -> Invite:
    way_in, place = subject.way_in, subject.place_line
    if way_in is None:
        return _entry(subject, place)
    join = f"{way_in.label}: {way_in.url}"
    return _entry(subject, join, place, join_url=way_in.url, join_label=_("Join call"))


def _entry(subject: Subject, *first: str, **more: str) -> Invite:
    booking = subject.booking
    people = {party: readers.face_of(booking, party) for party in Party}
    values = {"what": subject.title, "name": subject.other.name}
    return Invite(
        uid=booking.uid,
        sequence=booking.ics_sequence,
        stamp=subject.now,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        title=_("%(what)s with %(name)s") % values,
        organizer=Mailbox(settings.DUOLOGUE_NAME, senders.address()),
        host=Mailbox(people[Party.HOST].name, people[Party.HOST].email),
        attendee=Mailbox(people[Party.ATTENDEE].name, people[Party.ATTENDEE].email),
        description="\n".join(
            [*filter(None, first), _("Everything about it: %(url)s") % {"url": subject.page}]
        ),
        alarm_before=settings.DUOLOGUE_JOIN_OPENS,
        **more,
    )
