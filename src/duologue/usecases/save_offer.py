"""Keep what a host offers: name, length, price and rules. Bookings keep what they were sold with."""

from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import Host
from duologue.accounts.search import fold
from duologue.accounts.words import clean_line, clean_text
from duologue.core.errors import Invalid, NotFound
from duologue.core.money import Money
from duologue.notifications import when
from duologue.payments import prices
from duologue.scheduling.models import EventType

MOST_OFFERS = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """An event type as its host describes it. Minutes unless the name says otherwise."""

    name: str
    price: Money
    description: str = ""
    duration: int = 60
    buffer_before: int = 0
    buffer_after: int = 0
    minimum_notice: int = 12 * 60
    horizon_days: int = 60
    daily_limit: int | None = None
    slot_step: int = 30
    admits_by_hand: bool = False
    slug: str = ""


def save_offer(host: Host, offer: Offer, *, event_type_id: int | None = None) -> EventType:
    """A new offer, or the changed one of that id.

    Raises NotFound for what is not this host's, and Invalid with `fields`: what is wrong with which.
    """
    with transaction.atomic():
        people.lock([host.user_id])
        event_type = _new(host) if event_type_id is None else find_offer(host, event_type_id)
        for name, value in asdict(offer).items():
            if name not in {"price", "slug"}:
                setattr(event_type, name, value)
        event_type.name, event_type.description = clean_line(offer.name), clean_text(offer.description)
        event_type.price_amount, event_type.currency = offer.price.amount, offer.price.currency
        event_type.slug = _slug(event_type, offer.slug)
        _check(event_type)
        event_type.save()
    return event_type


def set_offered(host: Host, event_type_id: int, *, is_active: bool) -> EventType:
    """Retire an offer, or bring it back. Sessions that are booked take place either way."""
    with transaction.atomic():
        people.lock([host.user_id])
        event_type = find_offer(host, event_type_id)
        event_type.is_active = is_active
        event_type.save(update_fields=["is_active"])
    return event_type


def find_offer(host: Host, event_type_id: int) -> EventType:
    """Raises NotFound for another host's."""
    found = EventType.objects.filter(host=host, pk=event_type_id).first()
    if found is None:
        raise NotFound(_("There is no such offer."))
    return found


def _new(host: Host) -> EventType:
    offers = EventType.objects.filter(host=host)
    if offers.count() >= MOST_OFFERS:
        raise Invalid(_("You have %(count)s offers already. Change one instead.") % {"count": MOST_OFFERS})
    last = offers.aggregate(last=Max("position"))["last"]
    return EventType(host=host, position=0 if last is None else last + 1)


def _slug(event_type: EventType, wanted: str) -> str:
    """The offer's part of an address: made from the name at first, then kept, as links carry it."""
    if event_type.slug and not wanted:
        return event_type.slug
    base = slugify(fold(wanted or event_type.name))[:50].strip("-_") or "offer"
    others = EventType.objects.filter(host=event_type.host).exclude(pk=event_type.pk)
    taken = set(others.values_list("slug", flat=True))
    if wanted and base in taken:
        raise _invalid({"slug": [_("Another offer of yours has this address.")]})
    numbered = (f"{base}-{number}" for number in range(2, MOST_OFFERS + 3))
    return base if base not in taken else next(slug for slug in numbered if slug not in taken)


def _check(event_type: EventType) -> None:
    wrong: dict[str, list[str]] = {}
    try:
        event_type.clean_fields(exclude=["host", "position"])
    except ValidationError as error:
        wrong.update(error.message_dict)
    wrong.update(_wrong_price(event_type.price))
    if wrong:
        raise _invalid(wrong)


def _wrong_price(price: Money) -> dict[str, list[str]]:
    """What stands in the way of charging this price, in words and beside the field it is about."""
    why = prices.refusal(price)
    if why is None:
        return {}
    if why is prices.Refusal.CURRENCY:
        words = _("Prices in %(currency)s cannot be charged safely. Choose another currency.")
        return {"currency": [words % {"currency": price.currency}]}
    locale = when.locale_of(get_language() or "")
    if why is prices.Refusal.TOO_SMALL:
        words = _("A price is %(least)s or more, or 0 if it is free.")
        return {"price": [words % {"least": when.money(prices.least(price.currency), locale)}]}
    if why is prices.Refusal.TOO_LARGE:
        words = _("A price is %(most)s or less.")
        return {"price": [words % {"most": when.money(prices.dearest(price.currency), locale)}]}
    words = _("Cards take %(currency)s only with a 0 as its last digit, for example %(example)s.")
    rounded = Money(max(price.amount - price.amount % 10, 10), price.currency)
    return {"price": [words % {"currency": price.currency, "example": when.money(rounded, locale)}]}


def _invalid(wrong: dict[str, list[str]]) -> Invalid:
    return Invalid(_("Some answers need a change."), code="invalid_offer", fields=wrong)
