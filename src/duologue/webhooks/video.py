"""A video platform knocks: check who it is, write down who came and went, answer. All else is a job's."""

import logging
from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from duologue.core import clock
from duologue.core.errors import Invalid
from duologue.inbox import receiving
from duologue.jobs import queue
from duologue.video.webhooks import daily, zoom
from duologue.video.webhooks.contract import Event, Source
from duologue.video.webhooks.registry import source
from duologue.webhooks.bodies import refused_size

_ANSWERS: dict[str, Callable[[Event, str], Mapping[str, str] | None]] = {"zoom": zoom.answer}
"""Platforms that want more than a 200 where they try whether the address is ours."""
_TRIALS: dict[str, Callable[[bytes], bool]] = {"daily": daily.is_trial}
"""Platforms that try the address with a body which is no event; a 200 to that changes nothing."""
_log = logging.getLogger(__name__)


@require_POST
def video_webhook(request: HttpRequest, slug: str) -> HttpResponse:
    """200 for what a platform signed; 400 or 413 for anything else, 404 for who tells nothing."""
    platform = source(slug)
    if platform is None:
        return HttpResponse(status=404)
    try:
        return refused_size(request) or _answer(request, slug, platform)
    except Invalid as refusal:
        _log.warning("A webhook in the name of %s was refused: %s", slug, refusal.message)
        return HttpResponse(status=400)


def _answer(request: HttpRequest, slug: str, platform: Source) -> HttpResponse:
    if slug in _TRIALS and _TRIALS[slug](request.body):
        return HttpResponse(status=200)
    secrets = getattr(settings, f"DUOLOGUE_{slug.upper()}_WEBHOOK_SECRETS")
    secret = platform.verify(request.body, request.headers, secrets, now=clock.machine())
    event = platform.read(request.body)
    wanted = _ANSWERS[slug](event, secret) if slug in _ANSWERS else None
    if wanted is not None:
        return JsonResponse(wanted)
    # All else that platforms tell of people is nothing that we need to keep.
    if platform.sighted(event) is not None:
        _write_down(slug, event, request.body.decode())
    return HttpResponse(status=200)


def _write_down(slug: str, event: Event, body: str) -> None:
    now = clock.now()
    with transaction.atomic():
        event_id = receiving.receive(slug, event.id, type=event.type, body=body, now=now)
        if event_id is not None:
            job = queue.Owed(
                "handle_video_event", f"video_event:{event_id}", run_at=now, args={"event_id": event_id}
            )
            queue.enqueue(job, now=now)
