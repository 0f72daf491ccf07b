"""What do we write about a next session that a host booked for somebody, while it waits to be paid?

Once it is paid, or free from the start, the confirmation says the rest.
"""

from datetime import datetime

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from duologue.bookings import pay_links
from duologue.bookings.models import Party
from duologue.bookings.policy import can_cancel_until
from duologue.bookings.states import Status
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import when
from duologue.notifications.letter import Letter, Link, Section
from duologue.notifications.models import OutgoingMail
from duologue.notifications.session_letters import clocks, host_page, small, starts, what
from duologue.notifications.subject import VEIL, Subject


def to_pay(subject: Subject) -> Letter:
    """To the attendee: the time is kept for days, and the link leads to a page that asks before anything."""
    values = {**_values(subject), "name": subject.other.name}
    return _asking(
        subject,
        title=_("%(name)s booked your next session: %(day)s, %(time)s") % values,
        heading=_("%(name)s booked your next session.") % _values(subject),
    )


def still_to_pay(subject: Subject) -> Letter:
    """The same once more, before the time opens for others."""
    values = {**_values(subject), "name": subject.other.name}
    return _asking(
        subject,
        title=_("Still to be paid: %(name)s, %(day)s, %(time)s") % values,
        heading=_("Your next session with %(name)s waits to be paid.") % _values(subject),
    )


def _asking(subject: Subject, *, title: str, heading: str) -> Letter:
    values = _values(subject)
    url = f"{settings.BASE_URL}/pay/{VEIL}" if subject.is_veiled else pay_links.address(subject.booking)
    return Letter(
        subject=title,
        preview=_("It is kept for you until %(until)s.") % values,
        heading=heading,
        lead=" ".join([what(subject), _("Pay %(price)s until %(until)s, and it is yours.") % values]),
        faces=(subject.me, subject.other),
        is_apart=True,
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        button=Link(_("See and pay"), url),
        sections=(
            Section(_("If you do not pay"), (_("The time opens for others then. You owe nothing."),)),
            Section(_("If your plans change"), (_way_out(subject),)),
        ),
        small=small(subject),
    )


def over(subject: Subject) -> Letter:
    """To whoever did not end it: nothing was paid, and the time is free again."""
    values = _values(subject)
    is_host = subject.party == Party.HOST
    button = Link(_("See the session"), subject.page)
    if not is_host:
        button = Link(_("See all free times of %(name)s") % values, host_page(subject.booking))
    return Letter(
        subject=_("Not booked: %(name)s, %(day)s, %(time)s") % {**values, "name": subject.other.name},
        preview=_("The time is free again."),
        heading=_why(subject) % values,
        lead=_("The time is free again, and nothing was charged."),
        faces=(subject.me, subject.other),
        is_apart=True,
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        button=button,
        small=small(subject),
    )


def waits_no_more(mail: OutgoingMail, now: datetime) -> str:
    """Why nobody needs to pay any more."""
    waits = mail.booking is not None and mail.booking.status_at(now) is Status.PENDING_PAYMENT
    return "" if waits else "it was paid, given back, or not paid in time"


def is_late_to_remind(mail: OutgoingMail, now: datetime) -> str:
    """Who began to pay in the last minute has a little longer, but need not be told to begin."""
    until = mail.booking.pay_until if mail.booking is not None else None
    return waits_no_more(mail, now) or ("" if until and now < until else "it is too late to begin to pay")


def is_not_over(mail: OutgoingMail, now: datetime) -> str:
    """Money that came late may have taken the time again."""
    is_over = mail.booking is not None and mail.booking.status == Status.EXPIRED
    return "" if is_over else "it was paid after all"


def _why(subject: Subject) -> str:
    cause = subject.params.get("cause")
    if cause == "given_back":
        return _("%(name)s does not take the session that you booked.")
    if cause == "withdrawn":
        return _("%(name)s takes the session back that was booked for you.")
    if subject.party == Party.HOST:
        return _("%(name)s has not paid for the session that you booked.")
    return _("The session that %(name)s booked for you was not paid in time.")


def _values(subject: Subject) -> dict[str, str]:
    until = subject.booking.pay_until or subject.now
    return {
        "name": subject.other.call_name,
        "price": subject.price,
        "day": when.day_short(subject.starts_at, subject.zone, subject.locale),
        "time": starts(subject),
        "until": when.moment(until, subject.zone, subject.locale),
        "session": capfirst(str(VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session)),
    }


def _way_out(subject: Subject) -> str:
    """Told before paying (CANCEL-1)."""
    until: datetime = can_cancel_until(subject.starts_at, subject.booking.cancel_hours)
    if until <= subject.now:
        words = _("It starts in less than %(hours)s hours, so it cannot be cancelled once it is booked.")
        return words % {"hours": subject.booking.cancel_hours}
    words = _("Cancel before %(until)s and you get all of it back. After that the fee stays with %(name)s.")
    at = when.moment(until, subject.zone, subject.locale)
    return words % {"until": at, "name": subject.other.call_name}
