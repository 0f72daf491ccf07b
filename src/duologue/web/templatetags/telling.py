"""How do booking pages tell zones, days and what happened?"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.bookings.models import BookingTransition, Party
from duologue.bookings.states import Status
from duologue.notifications import paid_with as method_words
from duologue.notifications import when
from duologue.payments.models import Payment
from duologue.scheduling import zones

register = template.Library()


@register.filter
def offset(at: datetime, zone: ZoneInfo) -> str:
    """UTC+2"""
    return zones.offset_label(zone, at)


@register.filter
def zone_city(name: str) -> str:
    """Berlin"""
    return when.city(name)


@register.filter
def day_plain(at: datetime, zone: ZoneInfo) -> str:
    """25 October"""
    return when.day_plain(at, zone, when.locale_of(get_language() or ""))


@register.filter
def paid_with(payment: Payment) -> str:
    """Visa card ending in 4242"""
    return method_words.told(payment)


@register.filter
def told(step: BookingTransition) -> str:
    """One line of a session's history, in plain words."""
    words = {
        "held": _("The time was chosen and held."),
        "follow_up": _("%(name)s booked this next session.") % {"name": step.booking.host_person.name},
        "withdrawn": _("%(name)s took it back before it was paid.") % {"name": step.booking.host_person.name},
        "given_back": _("The time was given back."),
        "hold_ended": _("The hold ended; nothing was charged."),
        "paid": _("Paid. The session is confirmed."),
        "paid_late": _("Paid after the hold had ended; the time was still free. The session is confirmed."),
        "free": _("The session is confirmed."),
        "host_absent": _("%(name)s did not come.") % {"name": step.booking.host_person.name},
        "attendee_absent": _("%(name)s did not come.") % {"name": step.booking.attendee_person.name},
        "took_place": _("Corrected: both came."),
        "seen_after_all": _("Corrected: the platform says that both came."),
    }
    if step.to_status == Status.CANCELLED:
        return capfirst(_("%(name)s cancelled.") % {"name": _who(step)})
    return words.get(step.cause) or _of_status(step.to_status)


def _who(step: BookingTransition) -> str:
    if step.actor == Party.HOST:
        return step.booking.host_person.name
    return step.booking.attendee_person.name if step.actor == Party.ATTENDEE else _("an operator")


def _of_status(status: str) -> str:
    return {
        Status.CONFIRMED.value: _("The session is confirmed."),
        Status.IN_PROGRESS.value: _("The session began."),
        Status.COMPLETED.value: _("The session is completed."),
        Status.NO_SHOW.value: _("Somebody did not come."),
        Status.EXPIRED.value: _("The hold ended."),
    }.get(status, status)
