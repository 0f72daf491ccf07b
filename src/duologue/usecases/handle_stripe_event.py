"""Follow a hint of Stripe's: ask about what it names, and act on that answer alone (law 6)."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from duologue.core.errors import NotFound
from duologue.core.kept import Kept, given
from duologue.inbox import receiving
from duologue.payments import keys, questions
from duologue.payments.models import CheckoutAttempt, Payment, Refund
from duologue.payments.providers import stripe_events
from duologue.payments.providers.stripe_events import Hint
from duologue.payments.registry import provider
from duologue.usecases.issue_refund import settle_refund
from duologue.usecases.settle_payment import settle_attempt

GATEWAY = "stripe"


def handle_stripe_event(now: datetime, event_id: int) -> None:
    """The job. What does not concern us, such as payments of another program, is left alone."""
    body = receiving.unhandled(event_id)
    if body is None:
        return
    with receiving.working_on(event_id, now=now):
        event = stripe_events.read(body.encode())
        if event.is_live != (keys.mode(settings.DUOLOGUE_STRIPE_SECRET_KEY) == keys.LIVE):
            return
        hint = stripe_events.hint(event)
        follow = {"checkout": _checkout, "refund": _refund, "dispute": _dispute}.get(hint.about)
        if follow is not None:
            follow(hint, now)


def _checkout(hint: Hint, now: datetime) -> None:
    attempt = _TOLD.first(name=hint.external_id, id=_uuid(hint.reference) or _NOBODY)
    if attempt is None or attempt.status == CheckoutAttempt.Status.PAID:
        return
    try:
        settle_attempt(attempt, now=now, external_id=hint.external_id)
    except NotFound:
        return


def _refund(hint: Hint, now: datetime) -> None:
    refund = Refund.objects.filter(_meant(hint), payment__provider=GATEWAY).first()
    if refund is not None:
        return settle_refund(refund.pk, now=now, external_id=hint.external_id)
    attempt = _attempts(Q(payment_external_id=hint.payment)).first() if hint.payment else None
    if attempt is not None:
        words = _("Stripe tells of refund %(id)s, which was not made here.") % {"id": hint.external_id}
        questions.raise_question(attempt.payment_id, words)


def _dispute(hint: Hint, now: datetime) -> None:
    """The bank takes the money back by itself: from here on nothing is refunded by us."""
    attempt = _attempts(Q(payment_external_id=hint.payment)).first() if hint.payment else None
    if attempt is None or not provider(GATEWAY).is_disputed(hint.payment):
        return
    Payment.objects.filter(pk=attempt.payment_id, disputed_at=None).update(disputed_at=now)
    words = _("The payer disputes this payment (%(id)s). Answer in Stripe's dashboard.")
    questions.raise_question(attempt.payment_id, words % {"id": hint.external_id})


def _attempts(which: Q) -> QuerySet[CheckoutAttempt]:
    return CheckoutAttempt.objects.select_related("payment").filter(which, payment__provider=GATEWAY)


_NOBODY = UUID(int=0)
# As `_meant`; what never had an answer has no name of the gateway's.
_TOLD = Kept(
    lambda: _attempts((Q(external_id=given("name")) & ~Q(external_id="")) | Q(pk=given("id"))).order_by("pk")
)


def _meant(hint: Hint) -> Q:
    """Rows by the gateway's name, or by our own id as the gateway gives it back."""
    named = Q(external_id=hint.external_id) if hint.external_id else Q(pk__in=[])
    ours = _uuid(hint.reference)
    return named if ours is None else named | Q(pk=ours)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
