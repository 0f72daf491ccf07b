"""How do pages tell what people say? Names, months, means and stars beside a review."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.notifications import when
from duologue.reviews import writers
from duologue.reviews.models import Review
from duologue.reviews.queries import Summary
from duologue.web.forms_reviews import stars_in_words
from duologue.web.review_card import card, past_of_attendee

register = template.Library()


def _locale() -> str:
    return when.locale_of(get_language() or "")


@register.filter
def public_name(review: Review) -> str:
    """Mateo L."""
    return writers.attendee_name(review.booking)


@register.filter
def in_stars(count: int) -> str:
    """5 stars"""
    return stars_in_words(count)


@register.filter
def mean(summary: Summary) -> str:
    """4.9, in the reader's way of writing; empty where they are too few."""
    tenths = summary.mean_in_tenths
    return "" if tenths is None else format_decimal(tenths / 10, "0.0", locale=_locale())


@register.filter
def spread(summary: Summary) -> str:
    """34 with 5 stars, 3 with 4 stars: what the bars show, for who does not see them."""
    said = [
        _("%(count)s with %(stars)s") % {"count": often, "stars": stars_in_words(stars)}
        for stars, often in summary.by_stars
        if often
    ]
    return ", ".join(said)


@register.filter
def share(often: int, summary: Summary) -> int:
    """How long a bar is, in per cent."""
    return round(100 * often / summary.count) if summary.count else 0


@register.simple_tag
def month_of(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """September; September 2025 in another year. The day would say too much about who came."""
    local = at.astimezone(zone).date()
    if local.year == now.astimezone(zone).date().year:
        return format_date(local, "LLLL", locale=_locale())
    return when.month(local, locale=_locale())


@register.inclusion_tag("reviews/_card.html", takes_context=True)
def review_card(context: template.Context, booking: Booking, party: str) -> dict[str, Any]:
    """Reviews on a session's page, for one of its people; nothing for anybody else."""
    viewer = context["viewer"]
    shared = {name: context.get(name) for name in ("viewer", "words", "csrf_token")}
    if party not in Party.values:
        return shared
    side = Party(party)
    return {
        **shared,
        "booking": booking,
        "party": party,
        "card": card(booking, side, viewer),
        "past": past_of_attendee(booking, side, viewer),
    }
