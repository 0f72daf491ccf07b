"""Who can be booked, for what, and when? Open to everybody, without a token."""

from typing import Any

import orjson
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from duologue.accounts.models import Host
from duologue.accounts.search import fold
from duologue.accounts.throttle import allow, client_address
from duologue.api import paging, schemas, times
from duologue.api.openapi import problems
from duologue.api.problems import TooManyRequests
from duologue.calendars import busy
from duologue.core import clock
from duologue.reviews import queries as reviews
from duologue.scheduling import terms, zones
from duologue.scheduling.models import EventType
from duologue.usecases import find_slots

SEARCHES_A_MINUTE = 120
MOST_WORDS = 8

router = Router(tags=["Hosts"])


@router.get(
    "/hosts",
    response=list[schemas.HostCard],
    summary="Find hosts",
    operation_id="list_hosts",
    openapi_extra=problems("invalid", "too_many_requests", paged=True),
)
def list_hosts(
    request: HttpRequest,
    response: HttpResponse,
    asked: Query[schemas.HostSearch],
) -> list[schemas.HostCard]:
    """Approved hosts in the order of their slugs. The next page is in the `Link` header."""
    if not allow("api-search", client_address(request), limit=SEARCHES_A_MINUTE, seconds=60):
        raise TooManyRequests(_("That was many searches in one minute."), retry_after=60)
    hosts = Host.objects.select_related("user").filter(status=Host.Status.APPROVED, user__is_active=True)
    for word in fold(asked.search).split()[:MOST_WORDS]:
        hosts = hosts.filter(search_text__contains=word)
    if asked.cursor:
        hosts = hosts.filter(slug__gt=paging.decode(asked.cursor))
    found = list(hosts.order_by("slug")[: asked.limit + 1])
    if len(found) > asked.limit:
        paging.link_next(request, response, paging.encode(found[asked.limit - 1].slug))
    return [schemas.HostCard(**_card(host)) for host in found[: asked.limit]]


@router.get(
    "/hosts/{slug:slug}",
    response=schemas.Host,
    summary="One host",
    operation_id="get_host",
    openapi_extra=problems("not_found"),
)
def get_host(request: HttpRequest, slug: str) -> schemas.Host:
    """An approved host with everything their page says."""
    host = bookable_host(slug)
    found = reviews.summary(host.pk, now=clock.now())
    tenths = found.mean_in_tenths
    rating = schemas.Rating(
        count=found.count,
        mean=None if tenths is None else tenths / 10,
        stars={str(value): often for value, often in found.by_stars},
    )
    return schemas.Host(**_card(host), bio=host.bio, rating=rating)


@router.get(
    "/hosts/{slug:slug}/event-types",
    response=list[schemas.Offer],
    summary="What a host offers",
    operation_id="list_event_types",
    openapi_extra=problems("not_found"),
)
def list_event_types(request: HttpRequest, slug: str) -> list[schemas.Offer]:
    """What can be booked of a host, in the host's own order."""
    return [_offer(event_type) for event_type in bookable_host(slug).event_types.filter(is_active=True)]


@router.get(
    "/hosts/{slug:slug}/event-types/{slug:event_type_slug}/slots",
    response=schemas.Slots,
    summary="Open slots",
    operation_id="list_slots",
    openapi_extra=problems("invalid", "naive_time", "not_found"),
)
def list_slots(
    request: HttpRequest, slug: str, event_type_slug: str, asked: Query[schemas.SlotSpan]
) -> HttpResponse:
    """Starts that can be booked now. The answer is a snapshot: booking decides (`slot_taken`)."""
    now = clock.now()
    offer = terms.find(slug, event_type_slug)
    if offer is None:
        raise Http404
    where = times.zone(asked.zone, "zone") if asked.zone else zones.zone(offer.zone_name)
    span = times.span(asked.since, asked.until, where, now=now)
    start, end = max(span.start, now), min(span.end, now + find_slots.FARTHEST)
    found = find_slots.open_slots_on(offer, start, end, now=now) if start < end else []
    closed = "" if found else busy.closed_because(offer.host_id, now=now)
    # Written as text here: datetimes, and an encoder that looks at each, would take longer than the rest.
    told = {"time_zone": where.key, "slots": [times.written(start) for start in found]}
    body = orjson.dumps({**told, "closed_because": closed or None})
    return HttpResponse(body, content_type="application/json")


def bookable_host(slug: str) -> Host:
    """The approved host of that address; raises Http404."""
    host = Host.objects.select_related("user").filter(slug=slug).first()
    if host is None or not host.is_bookable:
        raise Http404
    return host


def _card(host: Host) -> dict[str, Any]:
    return {
        "slug": host.slug,
        "name": str(host),
        "headline": host.headline,
        "topics": host.topic_list,
        "languages": [name.strip() for name in host.languages.split(",") if name.strip()],
        "location": host.location,
        "time_zone": host.user.time_zone,
        "photo_url": absolute(host.user.photo_url),
        "page_url": absolute(f"/h/{host.slug}"),
    }


def absolute(path: str) -> str | None:
    """An address of ours with its scheme and name; None for none."""
    if not path:
        return None
    return path if path.startswith(("http://", "https://")) else f"{settings.BASE_URL}{path}"


def _offer(event_type: EventType) -> schemas.Offer:
    return schemas.Offer(
        id=event_type.pk,
        slug=event_type.slug,
        name=event_type.name,
        description=event_type.description,
        duration_minutes=event_type.duration,
        slot_step_minutes=event_type.slot_step,
        minimum_notice_minutes=event_type.minimum_notice,
        horizon_days=event_type.horizon_days,
        price=schemas.Price(amount=event_type.price_amount, currency=event_type.currency),
    )
