"""Which hosts fit what somebody looks for, and when is each free next? The directory's question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from duologue.accounts.models import Host
from duologue.accounts.search import fold
from duologue.scheduling.intervals import instant
from duologue.scheduling.models import EventType
from duologue.usecases.find_slots import open_slots_of

AHEAD = timedelta(days=14)
SHOWN_TIMES = 3
MOST_HOSTS = 300
"""More matches than this are cut: whoever has so many should search more closely."""


class Order(StrEnum):
    SOONEST = "soonest"
    NAME = "name"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for. `most` is a price in main units; `day` is meant in `zone`."""

    zone: ZoneInfo
    words: str = ""
    day: date | None = None
    language: str = ""
    most: int | None = None
    order: Order = Order.SOONEST


@dataclass(frozen=True, slots=True)
class HostCard:
    """A host with the offer to show and its next free times, in the searcher's zone."""

    host: Host
    offer: EventType
    times: list[datetime]

    @property
    def first(self) -> datetime | None:
        return self.times[0] if self.times else None


def browse_hosts(search: Search, *, now: datetime) -> list[HostCard]:
    """Approved hosts that match, with their next free times; a fixed number of queries."""
    hosts = list(_matching(search)[:MOST_HOSTS])
    offers = [offer for host in hosts if (offer := _offer(host, search)) is not None]
    start, end = _range(search, now)
    open_by_offer = open_slots_of(offers, start, end, now=now)
    cards = [
        HostCard(offer.host, offer, _next_times(open_by_offer.get(offer.pk, []), search)) for offer in offers
    ]
    if search.day is not None:
        cards = [card for card in cards if card.times]
    return sorted(cards, key=lambda card: _rank(card, search.order))


def languages_on_offer() -> list[str]:
    """Every language that an approved host speaks, once, in alphabetical order."""
    rows = (
        Host.objects.filter(status=Host.Status.APPROVED)
        .exclude(languages="")
        .values_list("languages", flat=True)
    )
    return sorted({name.strip() for row in rows for name in row.split(",") if name.strip()})


def _matching(search: Search) -> QuerySet[Host]:
    wanted = Q(status=Host.Status.APPROVED, user__is_active=True)
    for word in fold(search.words).split()[:8]:
        wanted &= Q(search_text__contains=word)
    if search.language:
        wanted &= Q(languages__icontains=search.language)
    active = Prefetch("event_types", EventType.objects.filter(is_active=True), to_attr="active_offers")
    return (
        Host.objects.select_related("user")
        .filter(wanted)
        .prefetch_related(active)
        .order_by("user__name", "pk")
    )


def _offer(host: Host, search: Search) -> EventType | None:
    """The first offer of a host that is not too dear."""
    active: Sequence[EventType] = getattr(host, "active_offers", ())
    for offer in active:
        offer.host = host
        if search.most is None or offer.price.major <= search.most:
            return offer
    return None


def _range(search: Search, now: datetime) -> tuple[datetime, datetime]:
    if search.day is None:
        return now, now + AHEAD
    return (
        datetime.combine(search.day, time(), search.zone),
        datetime.combine(search.day + timedelta(days=1), time(), search.zone),
    )


def _next_times(starts: Sequence[int], search: Search) -> list[datetime]:
    """The first few starts, all on the first day that has any."""
    local = [instant(start).astimezone(search.zone) for start in starts[: SHOWN_TIMES * 4]]
    spread = [moment for moment in local if moment.date() == local[0].date()]
    return spread[:SHOWN_TIMES]


def _rank(card: HostCard, order: Order) -> tuple[object, ...]:
    name = str(card.host).casefold()
    if order is Order.PRICE:
        return (card.offer.price.major, name)
    if order is Order.SOONEST:
        return (card.first is None, card.first.timestamp() if card.first else 0, name)
    return (name,)
