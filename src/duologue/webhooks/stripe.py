"""Stripe's knock at the door: check who it is, write down what they said, answer. All else is a job's."""

import logging

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from duologue.core import clock
from duologue.core.errors import Invalid
from duologue.inbox import receiving
from duologue.jobs import queue
from duologue.payments.providers import stripe_events
from duologue.webhooks.bodies import refused_size

_log = logging.getLogger(__name__)


@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 for an event that is written down now or was before; 400 or 413 for anything that is none."""
    refused = refused_size(request)
    if refused is not None:
        return refused
    header = request.headers.get("Stripe-Signature", "")
    try:
        secrets = settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS
        stripe_events.verify(request.body, header, secrets, now=clock.machine())
        event = stripe_events.read(request.body)
    except Invalid as refusal:
        _log.warning("A webhook in Stripe's name was refused: %s", refusal.message)
        return HttpResponse(status=400)
    _write_down(event, request.body.decode())
    return HttpResponse(status=200)


def _write_down(event: stripe_events.Event, body: str) -> None:
    now = clock.now()
    with transaction.atomic():
        event_id = receiving.receive("stripe", event.id, type=event.type, body=body, now=now)
        if event_id is not None:
            job = queue.Owed(
                "handle_stripe_event", f"stripe_event:{event_id}", run_at=now, args={"event_id": event_id}
            )
            queue.enqueue(job, now=now)
