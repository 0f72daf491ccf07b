"""What was tried? How often that happened which the ledger is about."""

from collections import Counter

from duologue.bookings.models import Booking, BookingTransition, Proposal, Reschedule
from duologue.bookings.states import Status
from duologue.inbox.models import WebhookEvent
from duologue.payments.models import CheckoutAttempt, Refund
from tests.ledger.world import World


def figures(world: World) -> Counter[str]:
    """Of one run, once it has come to its end."""
    moves = BookingTransition.objects
    causes = Counter(Refund.objects.values_list("cause", flat=True))
    return Counter(
        {
            "bookings": Booking.objects.count(),
            "payments": CheckoutAttempt.objects.filter(status=CheckoutAttempt.Status.PAID).count(),
            "retakes": moves.filter(to_status=Status.CONFIRMED, cause="paid_late").count(),
            "cancellations": moves.filter(to_status=Status.CANCELLED).count(),
            "moves": Reschedule.objects.count(),
            "taken proposals": Proposal.objects.filter(state=Proposal.State.ACCEPTED).count(),
            "follow-ups": Booking.objects.filter(follows__isnull=False).count(),
            "of them to pay": Booking.objects.filter(pay_until__isnull=False).count(),
            "holds ended": moves.filter(to_status=Status.EXPIRED).count(),
            "refunds": causes.total(),
            "of money too late": causes[Refund.Cause.PAID_TOO_LATE],
            "of money paid twice": causes[Refund.Cause.PAID_TWICE],
            "webhooks": WebhookEvent.objects.count(),
            "deaths": world.deaths,
        }
    )


def told(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counted.items())
