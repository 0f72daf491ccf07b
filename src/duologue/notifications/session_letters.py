"""What do we write about a session? The confirmation, the reminders, and money that came too late."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import can_cancel_until
from duologue.notifications import paid_with, papers, senders, when, wishes
from duologue.notifications.invites import invite
from duologue.notifications.letter import Clock, Letter, Link, Section, Words, linked
from duologue.notifications.subject import Subject

DAY_BEFORE, HOUR_BEFORE = timedelta(hours=24), timedelta(hours=1)
REMINDERS = {"reminder_day": DAY_BEFORE, "reminder_hour": HOUR_BEFORE}


def confirmed(subject: Subject) -> Letter:
    at = f"{when.day_short(subject.starts_at, subject.zone, subject.locale)}, {starts(subject)}"
    return about_session(
        subject,
        title=_("Confirmed: %(name)s, %(time)s") % {"name": subject.other.name, "time": at},
        heading=_("You’re meeting %(name)s.") % {"name": subject.other.call_name},
        lead=_confirmed_lead(subject),
        sections=(plans_change(subject), well_spent(subject), papers.receipt(subject)),
        calendar=invite(subject),
    )


def reminder_day(subject: Subject) -> Letter:
    day = when.relative_day(subject.starts_at, subject.now, subject.zone, subject.locale)
    values = {"day": day, "name": subject.other.call_name, "time": starts(subject)}
    return about_session(
        subject,
        title=_("%(day)s, %(time)s: %(name)s") % {**values, "name": subject.other.name},
        heading=_nearness(subject) % values,
        lead=what(subject),
        sections=(plans_change(subject), well_spent(subject)),
    )


def _nearness(subject: Subject) -> str:
    days = when.days_apart(subject.starts_at, subject.now, subject.zone)
    if days == 0:
        return _("You’re meeting %(name)s today at %(time)s.")
    if days == 1:
        return _("You’re meeting %(name)s tomorrow at %(time)s.")
    return _("You’re meeting %(name)s on %(day)s at %(time)s.")


def reminder_hour(subject: Subject) -> Letter:
    values = {"name": subject.other.call_name, "time": starts(subject)}
    return about_session(
        subject,
        title=_("At %(time)s: %(name)s") % {**values, "name": subject.other.name},
        heading=_("You’re meeting %(name)s at %(time)s.") % values,
        lead=what(subject),
        sections=(_test_first(),),
    )


def hold_expired_paid_late(subject: Subject) -> Letter:
    """BOOK-4: the money came when somebody else had the time; it goes back, and near times are offered."""
    values = {"price": subject.price, "name": subject.other.call_name}
    lead = _(
        "Your payment came after the hold had ended, and someone else has the time."
        " All of it, %(price)s, goes back at once, the way you paid."
    )
    slots = _near_slots(subject)
    near = _("These are close by:") if slots else ""
    return Letter(
        subject=_("%(price)s goes back to you: the time was gone") % values,
        preview=_("Someone else has the time, and you pay nothing."),
        heading=_("You get your %(price)s back.") % values,
        lead=" ".join(part for part in (lead % values, near) if part),
        faces=(subject.me, subject.other),
        is_apart=True,
        choices=slots,
        button=Link(_("See all free times of %(name)s") % values, host_page(subject.booking)),
        small=small(subject),
    )


def about_session(
    subject: Subject,
    *,
    title: str,
    heading: str,
    lead: str,
    sections: tuple[Section | None, ...],
    calendar: bytes = b"",
) -> Letter:
    """What all mails about a session that will take place have in common."""
    opens = when.clock(subject.opens_at, subject.zone, subject.locale)
    day = when.day_short(subject.starts_at, subject.zone, subject.locale)
    time = when.time_range(subject.starts_at, subject.booking.ends_at, subject.zone, subject.locale)
    preview = _("%(day)s, %(time)s. Your link works from %(opens)s.")
    note = subject.booking.note if subject.party == Party.HOST and not subject.is_discreet else ""
    return Letter(
        subject=title,
        preview=preview % {"day": day, "time": time, "opens": opens},
        heading=heading,
        lead=lead,
        faces=(subject.me, subject.other),
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        place=subject.place_line,
        join=subject.way_in,
        join_hints=join_hints(subject),
        note_title=_("What %(name)s wrote") % {"name": subject.other.call_name},
        note=note,
        sections=tuple(section for section in sections if section),
        small=small(subject),
        calendar=calendar,
        calendar_method="REQUEST" if calendar else "",
    )


def starts(subject: Subject) -> str:
    return when.clock(subject.starts_at, subject.zone, subject.locale)


def what(subject: Subject) -> str:
    return _("%(title)s, %(length)s.") % {
        "title": subject.title,
        "length": when.minutes_long(subject.booking.minutes, subject.locale),
    }


def _confirmed_lead(subject: Subject) -> str:
    parts = [what(subject), _paid(subject), _("An entry for your calendar is attached.")]
    if subject.booking.follows_id is not None and subject.party == Party.ATTENDEE:
        booked = _("%(name)s booked this next session for you.") % {"name": subject.other.call_name}
        parts.insert(0, booked)
    return " ".join(parts)


def _paid(subject: Subject) -> str:
    """What it cost; to the payer alone, with which card."""
    if subject.booking.is_free:
        return _("Free of charge.")
    payment = getattr(subject.booking, "payment", None)
    way = paid_with.told(payment) if subject.party == Party.ATTENDEE else ""
    words = _("Paid: %(price)s, by %(way)s.") if way else _("Paid: %(price)s.")
    return words % {"price": subject.price, "way": way}


def clocks(subject: Subject) -> tuple[Clock, ...]:
    """Both people's time, the reader's first; one where their clocks show the same."""
    booking, mine, theirs = subject.booking, subject.zone, subject.other_zone
    label = when.zone_label(subject.starts_at, mine)
    times = [
        when.time_range(booking.starts_at, booking.ends_at, zone, subject.locale) for zone in (mine, theirs)
    ]
    if booking.starts_at.astimezone(mine).utcoffset() == booking.starts_at.astimezone(theirs).utcoffset():
        same = _("%(zone)s, the same for %(name)s") % {"zone": label, "name": subject.other.call_name}
        return (Clock(same, times[0]),)
    other = _("%(name)s, %(zone)s") % {
        "name": subject.other.call_name,
        "zone": when.zone_label(subject.starts_at, theirs),
    }
    if booking.starts_at.astimezone(mine).date() != booking.starts_at.astimezone(theirs).date():
        other = f"{other}, {when.day_short(booking.starts_at, theirs, subject.locale)}"
    return Clock(_("You, %(zone)s") % {"zone": label}, times[0]), Clock(other, times[1])


def join_hints(subject: Subject) -> tuple[str, ...]:
    """When the link works, and for whom."""
    opens = when.clock(subject.opens_at, subject.zone, subject.locale)
    closes = settings.DUOLOGUE_JOIN_CLOSES
    length = (
        _("one hour")
        if closes == HOUR_BEFORE
        else when.minutes_long(int(closes / timedelta(minutes=1)), subject.locale)
    )
    works = _(
        "Works from %(opens)s until %(length)s after the end,"
        " and stays the same if the time or the room changes."
    )
    if subject.party == Party.HOST:
        mine = _("It asks you to sign in, so it works for you alone.")
    else:
        mine = _("It opens the call as you, so keep it to yourself.")
    return works % {"opens": opens, "length": length}, mine


def plans_change(subject: Subject) -> Section:
    booking = subject.booking
    until = can_cancel_until(booking.starts_at, booking.cancel_hours)
    values = {
        "until": when.moment(until, subject.zone, subject.locale),
        "refund_until": when.moment(booking.refund_until, subject.zone, subject.locale),
        "price": subject.price,
        "name": subject.other.call_name,
        "hours": str(booking.cancel_hours),
    }
    if subject.party == Party.HOST:
        words = _hosts_way_out(subject, until)
    else:
        words = _attendees_way_out(subject, until)
    return Section(_("If your plans change"), linked(words, subject.page, **values))


def _attendees_way_out(subject: Subject, until: datetime) -> str:
    """After a move, cancelling can be possible for longer than money comes back (CANCEL-5)."""
    refund_until = subject.booking.refund_until
    if until <= subject.now:
        return _(
            "It starts in less than %(hours)s hours, so it can no longer be cancelled. [See the session]"
        )
    if subject.booking.is_free:
        return _("Cancel before %(until)s. [See or cancel the session]")
    if refund_until <= subject.now:
        return _(
            "You can cancel or move it until %(until)s. Nothing comes back any more: that was possible until"
            " %(refund_until)s, as for the time booked first. [See the session]"
        )
    if refund_until < until:
        return _(
            "Cancel before %(refund_until)s, as for the time booked first, and the full %(price)s comes back"
            " by itself. After that the fee stays with %(name)s. [See or cancel the session]"
        )
    return _(
        "Cancel before %(until)s and the full %(price)s comes back by itself."
        " After that the fee stays with %(name)s. [See or cancel the session]"
    )


def _hosts_way_out(subject: Subject, until: datetime) -> str:
    if until <= subject.now:
        return _("If you cannot come, [say so on its page] at once: we tell %(name)s and see to the rest.")
    if subject.booking.is_free:
        return _("Cancel before %(until)s. [See or cancel the session]")
    return _(
        "Cancel before %(until)s and %(name)s gets the full %(price)s back by itself."
        " [See or cancel the session]"
    )


def well_spent(subject: Subject) -> Section:
    """The test, and which reminders are still to come."""
    promise, is_far = _promise(subject), subject.starts_at - subject.now > DAY_BEFORE
    words = _("[Test camera and sound] before the day.") if is_far else _("[Test camera and sound] now.")
    test = linked(words, f"{settings.BASE_URL}/test-video")
    return Section(_("Two minutes well spent"), (*test, f" {promise}") if promise else test)


def _promise(subject: Subject) -> str:
    """Only what is still to come, and wanted."""
    if subject.party == Party.ATTENDEE and not subject.booking.wants_reminders:
        return ""
    left, refused = subject.starts_at - subject.now, wishes.unwanted(subject.reader.email)
    day = left > DAY_BEFORE + HOUR_BEFORE and wishes.Kind.REMINDER_DAY not in refused
    hour = left > HOUR_BEFORE and wishes.Kind.REMINDER_HOUR not in refused
    if day and hour:
        return _("We remind you the day before and one hour before.")
    if day:
        return _("We remind you the day before.")
    return _("We remind you one hour before.") if hour else ""


def _test_first() -> Section:
    words = _("[Test camera and sound] now, then nothing can surprise you.")
    return Section(_("Two minutes well spent"), linked(words, f"{settings.BASE_URL}/test-video"))


def small(subject: Subject) -> Words:
    values = {
        "site": senders.site_host(),
        "name": subject.other.call_name,
        "city": when.city(subject.zone.key),
    }
    if subject.booking.follows_id is not None and subject.party == Party.ATTENDEE:
        why = _("You get this mail because %(name)s booked for you at %(site)s.")
    elif subject.party == Party.HOST:
        why = _("You get this mail because %(name)s booked with you at %(site)s.")
    else:
        why = _("You get this mail because you booked at %(site)s.")
    if subject.reader.has_account:
        times, change = (
            _("Times are for %(city)s. [Change zone or reminders]"),
            f"{settings.BASE_URL}/profile",
        )
    else:
        times, change = _("Times are for %(city)s. [Choose your mails]"), wishes.address(subject.reader.email)
    if subject.is_veiled:
        change = f"{settings.BASE_URL}/profile"
    return (f"{why % values} ", *linked(times, change, **values))


def _near_slots(subject: Subject) -> tuple[Link, ...]:
    """Each leads to the host's page with that time chosen; times that passed meanwhile are left out."""
    starts = [datetime.fromisoformat(text) for text in subject.params.get("near_slots", [])]
    return tuple(
        Link(when.moment(start, subject.zone, subject.locale), host_page(subject.booking, at=start))
        for start in starts
        if start > subject.now
    )


def host_page(booking: Booking, *, at: datetime | None = None) -> str:
    asked = {"offer": booking.event_type.slug}
    if at is not None:
        asked["at"] = at.isoformat()
    return f"{settings.BASE_URL}/h/{booking.host.slug}?{urlencode(asked)}"
