"""What do we write when one of the two has a word for the other? Running late, and a note that changed."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from duologue.bookings import lateness
from duologue.bookings.models import Party
from duologue.bookings.states import AGREED, Status
from duologue.notifications import when
from duologue.notifications.letter import Letter, Link
from duologue.notifications.models import OutgoingMail
from duologue.notifications.session_letters import clocks, join_hints, small, starts, what
from duologue.notifications.subject import Subject


def running_late(subject: Subject) -> Letter:
    word = lateness.word_of(subject.booking, Party(subject.other_party))
    minutes = word.minutes if word is not None else lateness.MINUTES[0]
    values = {"name": subject.other.call_name, "minutes": minutes, "time": starts(subject)}
    title = ngettext(
        "%(name)s is running %(minutes)d minute late", "%(name)s is running %(minutes)d minutes late", minutes
    )
    return Letter(
        subject=title % {**values, "name": subject.other.name},
        preview=_("Your session was to start at %(time)s.") % values,
        heading=f"{title % values}.",
        lead=_("It was to start at %(time)s. Your link is open, and you can wait in the room.") % values,
        faces=(subject.me, subject.other),
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        place=subject.place_line,
        join=subject.way_in,
        join_hints=join_hints(subject),
        small=small(subject),
    )


def is_no_news(mail: OutgoingMail, now: datetime) -> str:
    """Why the word about being late shall not go: it is over, or a later word goes instead."""
    booking = mail.booking
    if booking is None or booking.status_at(now) not in AGREED:
        return "the session is not going to take place, or is over"
    teller = Party.HOST if mail.party == Party.ATTENDEE else Party.ATTENDEE
    word = lateness.word_of(booking, teller)
    if not lateness.counts(word, now):
        return "they should be there by now"
    newer = OutgoingMail.objects.filter(
        template=mail.template, booking=booking, party=mail.party, created_at__gt=mail.created_at
    )
    return "a later word replaces it" if newer.exists() else ""


def note_changed(subject: Subject) -> Letter:
    """To the host. What is written stays off the subject, and off mails where health is the matter."""
    values = {"name": subject.other.call_name, "time": starts(subject)}
    at = f"{when.day_short(subject.starts_at, subject.zone, subject.locale)}, {starts(subject)}"
    note = "" if subject.is_discreet else subject.booking.note
    return Letter(
        subject=_("New note: %(name)s, %(time)s") % {"name": subject.other.name, "time": at},
        preview=_("%(name)s changed the note to you.") % values,
        heading=_("%(name)s changed the note to you.") % values,
        lead=what(subject),
        faces=(subject.me, subject.other),
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        button=Link(_("See the note"), subject.page),
        note_title=_("What %(name)s wrote") % values,
        note=note,
        small=small(subject),
    )


def is_begun(mail: OutgoingMail, now: datetime) -> str:
    is_ahead = mail.booking is not None and mail.booking.status_at(now) is Status.CONFIRMED
    return "" if is_ahead else "the session is not going to take place, or has begun"
