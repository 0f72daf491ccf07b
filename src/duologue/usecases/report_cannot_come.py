"""Say as the host that one cannot come, when it is too late to cancel (CANCEL-1)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.words import clean_text
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, CannotCome, Party
from duologue.bookings.policy import cancel_refusal
from duologue.core.errors import Invalid, Refused
from duologue.notifications import outbox
from duologue.usecases.cancel import LONGEST_WORDS


def report_cannot_come(booking: Booking, *, words: str = "", now: datetime) -> CannotCome:
    """Tell the attendee at once, and the operators, who cancel and refund in one click.

    The caller has made sure that it is the host. Raises Invalid for too many words; Refused
    `still_cancellable`, `already_reported`, `already_cancelled`, `not_cancellable`.
    """
    said = clean_text(words)
    if len(said) > LONGEST_WORDS:
        raise Invalid(_("At most %(count)s characters.") % {"count": LONGEST_WORDS}, field="words")
    with transaction.atomic():
        lock(booking)
        _check(booking, now)
        report = CannotCome.objects.create(booking=booking, words=said, at=now)
        outbox.owe(_to_attendee(booking), *_to_operators(booking), now=now)
    return report


def may_report(booking: Booking, *, now: datetime) -> bool:
    """Whether the host's page offers it."""
    return _refusal(booking, now) is None


def _refusal(booking: Booking, now: datetime) -> str | None:
    code = cancel_refusal(booking.status_at(now), booking.starts_at, booking.cancel_hours, now)
    if code is None:
        return "still_cancellable"
    if code != "too_late":
        return code
    reported = CannotCome.objects.filter(booking=booking)
    return "already_reported" if reported.exists() else None


def _check(booking: Booking, now: datetime) -> None:
    code = _refusal(booking, now)
    if code is None:
        return
    words = {
        "still_cancellable": _("You can still cancel it yourself."),
        "already_reported": _("You have told us already. An operator sees to it."),
        "already_cancelled": _("It is cancelled already. Nothing was changed."),
    }
    raise Refused(words.get(code) or _("It is not agreed, or it is over."), code=code)


def _to_attendee(booking: Booking) -> outbox.Mail:
    return outbox.Mail(
        template="host_cannot_come",
        key=f"cannot_come:{booking.pk}",
        booking_id=booking.pk,
        party=Party.ATTENDEE.value,
    )


def _to_operators(booking: Booking) -> list[outbox.Mail]:
    params = {"booking_id": str(booking.pk)}
    return outbox.to_operators("operators_cannot_come", f"cannot_come:{booking.pk}", params=params)
