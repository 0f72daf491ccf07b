"""Which calendar entry goes with a mail about a session?"""

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Party
from duologue.calendars.ics import Invite, Mailbox, build_invite
from duologue.notifications import readers, senders
from duologue.notifications.subject import Subject


def invite(subject: Subject) -> bytes:
    """The reader's own: with their join link, named after the other one."""
    booking = subject.booking
    people = {party: readers.face_of(booking, party) for party in Party}
    values = {"what": subject.title, "name": subject.other.name}
    way_in = subject.way_in
    join = [f"{way_in.label}: {way_in.url}"] if way_in else []
    return build_invite(
        Invite(
            uid=booking.uid,
            sequence=booking.ics_sequence,
            stamp=subject.now,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            title=_("%(what)s with %(name)s") % values,
            organizer=Mailbox(settings.DUOLOGUE_NAME, senders.address()),
            host=Mailbox(people[Party.HOST].name, people[Party.HOST].email),
            attendee=Mailbox(people[Party.ATTENDEE].name, people[Party.ATTENDEE].email),
            description="\n".join([*join, _("Everything about it: %(url)s") % {"url": subject.page}]),
            join_url=way_in.url if way_in else "",
            join_label=_("Join call"),
            alarm_before=settings.DUOLOGUE_JOIN_OPENS,
        )
    )
