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
        refusal = check_report(booking, now=now)
        if refusal is not None:
            raise refusal
        report = CannotCome.objects.create(booking=booking, words=said, at=now)
        outbox.owe(_to_attendee(booking), *_to_operators(booking), now=now)
    return report


def check_report(booking: Booking, *, now: datetime) -> Refused | None:
    """Why the host cannot say so now, or nothing."""
    code = cancel_refusal(booking.status_at(now), booking.starts_at, booking.cancel_hours, now)
    if code is None:
        return Refused(_("You can still cancel it yourself."), code="still_cancellable")
    if code == "already_cancelled":
        return Refused(_("It is cancelled already. Nothing was changed."), code=code)
    if code != "too_late":
        return Refused(_("It is not agreed, or it is over."), code=code)
    if CannotCome.objects.filter(booking=booking).exists():
        return Refused(_("You have told us already. We see to it."), code="already_reported")
    return None


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
