"""What do we write to who has not come yet, while the other one waits?"""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Party
from duologue.bookings.states import Status
from duologue.calls import waiting
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import when
from duologue.notifications.letter import Letter, Section, linked
from duologue.notifications.models import OutgoingMail
from duologue.notifications.session_letters import clocks, join_hints, small, starts
from duologue.notifications.subject import Subject


def other_waits(subject: Subject) -> Letter:
    """The session has begun and the other one is there: one button, and what to do if one cannot come."""
    session = VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session
    values = {"name": subject.other.call_name, "session": session, "time": starts(subject)}
    return Letter(
        subject=_("%(name)s is waiting for you") % {"name": subject.other.name},
        preview=_("It began at %(time)s. One press and you are there.") % values,
        heading=_("%(name)s is waiting for you.") % values,
        lead=_("Your %(session)s began at %(time)s, and %(name)s is there. Your link leads straight in.")
        % values,
        faces=(subject.me, subject.other),
        is_apart=True,
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        place=subject.place_line,
        join=subject.way_in,
        join_hints=join_hints(subject)[1:],
        sections=(_cannot_come(subject, values),),
        small=small(subject),
    )


def is_over(mail: OutgoingMail, now: datetime) -> str:
    """Why nobody needs to be told: they came, the other one left, or it does not take place."""
    booking = mail.booking
    if booking is None or booking.status_at(now) is not Status.IN_PROGRESS:
        return "the session is not on"
    waits = waiting.who_waits(booking, now=now)
    return "" if waits is not None and waits.party == _other(mail.party) else "nobody waits for them any more"


def _cannot_come(subject: Subject, values: Mapping[str, object]) -> Section:
    words = _("[Open the page of the %(session)s] and see what can be done.")
    return Section(_("If you cannot come"), linked(words % values, subject.page))


def _other(party: str) -> Party:
    return Party.ATTENDEE if party == Party.HOST else Party.HOST
