"""What do we write about where a session takes place? It moved to another platform, or has no room yet."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.notifications import when
from duologue.notifications.invites import invite
from duologue.notifications.letter import Letter, Link
from duologue.notifications.models import OutgoingMail
from duologue.notifications.session_letters import clocks, join_hints, small, starts
from duologue.notifications.subject import Subject
from duologue.video.models import VALID, MeetingLink
from duologue.video.places import where

_Status = MeetingLink.Status


def place_changed(subject: Subject) -> Letter:
    """The join link is the one they have; only where it leads is new."""
    place = subject.place.platform if subject.place else ""
    at = where(place) if place else _("in another place")
    values = {"where": at, "name": subject.other.call_name, "time": starts(subject)}
    return Letter(
        subject=_("Now %(where)s: %(name)s, %(time)s") % {**values, "name": subject.other.name},
        preview=_("Your link stays the same."),
        heading=_("Your session is now %(where)s.") % values,
        lead=_(
            "You’re meeting %(name)s at the same time. Your link is the one you have;"
            " it leads to the new place."
        )
        % values,
        faces=(subject.me, subject.other),
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        place=subject.place_line,
        join=subject.way_in,
        join_hints=join_hints(subject),
        small=small(subject),
        calendar=invite(subject),
        calendar_method="REQUEST",
    )


def is_elsewhere(mail: OutgoingMail) -> str:
    """Why a mail about a place shall not go: the session moved on from there."""
    link = _current(mail.booking_id)
    is_there = link is not None and link.pk == mail.params.get("link_id")
    return "" if is_there else "the session is somewhere else by now"


def link_wanted(subject: Subject) -> Letter:
    """To the host: no platform made a room, so an address by hand is needed (LINK-4)."""
    values = {"name": subject.other.call_name, "time": starts(subject)}
    return Letter(
        subject=_("Please give a link: %(name)s, %(time)s") % {**values, "name": subject.other.name},
        preview=_("No video platform made a room for this session."),
        heading=_("Your session with %(name)s has no room yet.") % values,
        lead=_(
            "No video platform made a room for it. We go on trying. Please give the address of a room that"
            " you have, and both of you know where to go."
        ),
        faces=(subject.me, subject.other),
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        button=Link(_("Give a link"), f"{settings.BASE_URL}/sessions/{subject.booking.pk}#place"),
        small=small(subject),
    )


def has_room(mail: OutgoingMail, now: datetime) -> str:
    """Why a host is not asked any more."""
    return "a room was made meanwhile" if _current(mail.booking_id) else ""


def _current(booking_id: UUID | None) -> MeetingLink | None:
    links = MeetingLink.objects.filter(booking=booking_id, status__in=VALID)
    return links.first()
