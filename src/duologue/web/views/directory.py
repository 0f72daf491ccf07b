"""Who can be booked? The directory with its search."""

from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from duologue.reviews import queries as reviews
from duologue.usecases.browse_hosts import Order, Search, browse_hosts, languages_on_offer
from duologue.web.viewer import Viewer, viewer_of

A_PAGE = 8
DAYS_OFFERED = 14
LONGEST_SEARCH = 100
PRICES = (("0", _("Free")), ("50", _("Up to 50")), ("100", _("Up to 100")), ("200", _("Up to 200")))
ORDERS = ((Order.SOONEST, _("Soonest free")), (Order.NAME, _("By name")), (Order.PRICE, _("By price")))


@gzip_page
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    search = _search(request, viewer)
    page = Paginator(browse_hosts(search, now=viewer.now), A_PAGE).get_page(request.GET.get("page"))
    today = viewer.now.astimezone(viewer.zone).date()
    ratings = reviews.summaries([card.host.pk for card in page.object_list], now=viewer.now)
    context: dict[str, Any] = {
        "page": page,
        "cards": [(card, ratings.get(card.host.pk)) for card in page.object_list],
        "search": search,
        "most": "" if search.most is None else str(search.most),
        "days": [today + timedelta(days=ahead) for ahead in range(DAYS_OFFERED)],
        "languages": languages_on_offer(),
        "prices": PRICES,
        "orders": ORDERS,
        "query": _query_without_page(request),
        "faces": [card.host.user for card in page.object_list[:2]] if len(page.object_list) > 1 else [],
        "is_filtered": bool(search.words or search.day or search.language or search.most is not None),
    }
    return render(request, "booking/directory.html", context)


def _search(request: HttpRequest, viewer: Viewer) -> Search:
    """What the address asks for; nonsense is left out."""
    asked = request.GET
    orders = {order.value: order for order in Order}
    return Search(
        zone=viewer.zone,
        words=asked.get("q", "")[:LONGEST_SEARCH].replace("\0", ""),
        day=_day(asked.get("day", ""), viewer),
        language=asked.get("language", "")[:40].replace("\0", ""),
        most=int(asked["price"]) if asked.get("price") in dict(PRICES) else None,
        order=orders.get(asked.get("order", ""), Order.SOONEST),
    )


def _day(text: str, viewer: Viewer) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    today = viewer.now.astimezone(viewer.zone).date()
    return day if today <= day < today + timedelta(days=366) else None


def _query_without_page(request: HttpRequest) -> str:
    """The search again, for the links to other pages."""
    asked = request.GET.copy()
    asked.pop("page", None)
    return asked.urlencode()
