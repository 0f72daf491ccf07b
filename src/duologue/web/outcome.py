"""How did a session end, and what goes back? In the words of lists and pages."""

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.core.money import Money
from duologue.notifications import paid_with, when
from duologue.payments.given_back import GivenBack, State
from duologue.payments.models import Payment


def ending(booking: Booking, party: Party | None, back: GivenBack | None) -> str:
    """By you, 3 days before. €45.00 refunded"""
    said = []
    if booking.status == Status.CANCELLED:
        said.append(_by(booking, party))
    elif booking.status == Status.NO_SHOW:
        said.append(_absent(booking, party))
    if back is not None:
        said.append(money_back(back, party))
    return " ".join(said)


def money_back(back: GivenBack, party: Party | None) -> str:
    """€45.00 refunded · €30.00 is on its way · The refund is stuck."""
    amount = {"amount": when.money(back.amount, _locale())}
    if back.state is State.REFUNDED:
        return _("%(amount)s refunded") % amount
    if back.state is State.ON_ITS_WAY:
        return _("%(amount)s is on its way") % amount
    if party is Party.ATTENDEE:
        return _("The refund is stuck. We are on it and will write to you.")
    return _("The refund is stuck.")


def who_was_absent(booking: Booking) -> str:
    person = booking.host_person if booking.no_show_party == Party.HOST else booking.attendee_person
    return person.first_name


def _by(booking: Booking, party: Party | None) -> str:
    if party is not None and booking.cancelled_by == party.value:
        if booking.cancelled_at is None or booking.cancelled_at >= booking.starts_at:
            return _("By you.")
        before = when.lasting(booking.starts_at - booking.cancelled_at, _locale())
        return _("By you, %(time)s before.") % {"time": before}
    return _("By %(name)s.") % {"name": who_cancelled(booking)}


def _absent(booking: Booking, party: Party | None) -> str:
    if booking.no_show_party == party:
        return _("You did not come.")
    return _("%(name)s did not come.") % {"name": who_was_absent(booking)}


def who_cancelled(booking: Booking) -> str:
    """Sofia; an operator"""
    if booking.cancelled_by == Party.HOST:
        return booking.host_person.first_name
    if booking.cancelled_by == Party.ATTENDEE:
        return booking.attendee_person.first_name
    return _("an operator")


def would_come_back(booking: Booking) -> Money | None:
    """What cancelling gives back: all that was collected, unless a bank already decides about it."""
    payment = Payment.objects.filter(booking=booking, status=Payment.Status.SUCCEEDED).first()
    return payment.money if payment is not None and payment.disputed_at is None else None


def way_back(booking: Booking) -> str:
    """How money comes back, said to whoever paid."""
    payment: Payment | None = getattr(booking, "payment", None)
    if payment is not None and payment.last4:
        words = _("All of it, to the %(card)s. Banks usually take 5 to 10 days.")
        return words % {"card": paid_with.told(payment)}
    if has_delayed_methods():
        return _("All of it, the way you paid. Banks usually take 5 to 10 days.")
    return _("All of it, to the card you paid with. Banks usually take 5 to 10 days.")


def has_delayed_methods() -> bool:
    """Whether people may have paid by something else than a card."""
    return bool(settings.DUOLOGUE_STRIPE_DELAYED_METHODS)


def _locale() -> str:
    return when.locale_of(get_language() or "")
