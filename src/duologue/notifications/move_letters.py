"""What do we write about a session that was moved? Its old and new time, what stays, the new entry."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.notifications import when
from duologue.notifications.invites import update
from duologue.notifications.letter import Letter, Section
from duologue.notifications.models import OutgoingMail
from duologue.notifications.session_letters import about_session, plans_change, starts
from duologue.notifications.subject import Subject

_TOLD = (OutgoingMail.State.SENT, OutgoingMail.State.KEPT)


def moved(subject: Subject) -> Letter:
    """CANCEL-5: both read the time they knew and the new one, each in both zones."""
    day = when.day_short(subject.starts_at, subject.zone, subject.locale)
    values = {
        "name": subject.other.call_name,
        "day": when.day_name(subject.starts_at, subject.zone, subject.locale),
        "time": starts(subject),
    }
    return about_session(
        subject,
        title=_("Moved to %(day)s, %(time)s: %(name)s") % {**values, "day": day, "name": subject.other.name},
        heading=_who(subject) % values,
        lead=_what_stays(subject),
        sections=(_before(subject), plans_change(subject), _calendar()),
        calendar=update(subject),
    )


def is_outdated(mail: OutgoingMail) -> str:
    """Why a mail about a move shall not go: a later one says it, or nothing is new to its reader."""
    booking = mail.booking
    if booking is None or mail.params.get("sequence") != booking.ics_sequence:
        return "the session was moved again, and the mail about that says it"
    if _known_start(booking, mail.party, mail.params) == booking.starts_at:
        return "the session is back at the time that its reader knows"
    return ""


def _known_start(booking: Booking, party: str, params: dict[str, Any]) -> datetime:
    """The start that the reader was told last: moves of which no mail went out are skipped."""
    known, sequence = params["from"], params["sequence"]
    mails = OutgoingMail.objects.filter(template="session_moved", booking=booking, party=party)
    silent = {mail.params["sequence"]: mail.params["from"] for mail in mails.exclude(state__in=_TOLD)}
    while sequence - 1 in silent:
        sequence -= 1
        known = silent[sequence]
    return datetime.fromisoformat(known)


def _who(subject: Subject) -> str:
    if subject.params.get("proposed"):
        if subject.party == Party.HOST:
            return _("%(name)s took a time that you proposed: %(day)s at %(time)s.")
        return _("You took a time that %(name)s proposed: %(day)s at %(time)s.")
    if subject.params["by"] == subject.party:
        return _("You moved your session with %(name)s to %(day)s at %(time)s.")
    return _("%(name)s moved your session to %(day)s at %(time)s.")


def _what_stays(subject: Subject) -> str:
    if subject.booking.is_free or subject.party == Party.HOST:
        return _("Your link stays the same. An update for your calendar is attached.")
    return _("What you paid and your link stay the same. An update for your calendar is attached.")


def _before(subject: Subject) -> Section:
    """The old time on both clocks."""
    old = _known_start(subject.booking, subject.party, subject.params)
    return Section(_("It was to be"), (on_both_clocks(subject, old),))


def on_both_clocks(subject: Subject, at: datetime) -> str:
    """A time as its reader's clock has it, and as the other one's does where that differs."""
    mine = when.moment(at, subject.zone, subject.locale)
    words = f"{mine}, {when.zone_label(at, subject.zone)}."
    if not clocks_differ(subject, at):
        return words
    theirs = _("For %(name)s: %(moment)s, %(zone)s.") % {
        "name": subject.other.call_name,
        "moment": when.moment(at, subject.other_zone, subject.locale),
        "zone": when.zone_label(at, subject.other_zone),
    }
    return f"{words} {theirs}"


def clocks_differ(subject: Subject, at: datetime) -> bool:
    return at.astimezone(subject.zone).utcoffset() != at.astimezone(subject.other_zone).utcoffset()


def _calendar() -> Section:
    words = _("What is attached moves the entry that you have, if your calendar does not do so by itself.")
    return Section(_("Your calendar"), (words,))
