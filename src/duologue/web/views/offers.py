"""What does a host offer? Length, price and rules of each event type."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duologue.core.errors import Refused
from duologue.core.money import exponent
from duologue.scheduling.models import EventType
from duologue.usecases.save_offer import Offer, find_offer, save_offer, set_offered
from duologue.web.form_errors import tell
from duologue.web.forms_hosting import OfferForm
from duologue.web.gates import for_hosts
from duologue.web.viewer import viewer_of
from duologue.web.views.hosting import host_of

METHODS = ["GET", "HEAD", "POST"]


@never_cache
@require_safe
@for_hosts
def offers(request: HttpRequest) -> HttpResponse:
    host = host_of(viewer_of(request))
    every = list(EventType.objects.filter(host=host))
    context = {
        "host": host,
        "offered": [offer for offer in every if offer.is_active],
        "retired": [offer for offer in every if not offer.is_active],
    }
    return render(request, "hosting/offers.html", context)


@never_cache
@require_http_methods(METHODS)
@for_hosts
def new_offer(request: HttpRequest) -> HttpResponse:
    """Starts like the newest offer there is, as far as rules and currency go."""
    host = host_of(viewer_of(request))
    like = EventType.objects.filter(host=host).order_by("-pk").first() or EventType(host=host)
    initial = {
        **_rules(like),
        "admits_by_hand": like.admits_by_hand,
        "currency": like.currency,
        "duration": 60,
    }
    return _edit(request, initial, None)


@never_cache
@require_http_methods(METHODS)
@for_hosts
def edit_offer(request: HttpRequest, event_type_id: int) -> HttpResponse:
    offer = find_offer(host_of(viewer_of(request)), event_type_id)
    initial = {
        **_rules(offer),
        "name": offer.name,
        "description": offer.description,
        "duration": offer.duration,
        "admits_by_hand": offer.admits_by_hand,
        "price": f"{offer.price.major:.{exponent(offer.currency)}f}",
        "currency": offer.currency,
    }
    return _edit(request, initial, offer)


def _rules(offer: EventType) -> dict[str, Any]:
    return {name: getattr(offer, name) for name in OfferForm.RULES}


def _edit(request: HttpRequest, initial: dict[str, Any], offer: EventType | None) -> HttpResponse:
    host = host_of(viewer_of(request))
    form = OfferForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = Offer(
            price=given["money"],
            **{
                name: given[name]
                for name in ("name", "description", "duration", "admits_by_hand", *OfferForm.RULES)
            },
        )
        try:
            saved = save_offer(host, wanted, event_type_id=offer.pk if offer else None)
        except Refused as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved.name}, extra_tags="toast")
            return redirect("offers")
    context = {"form": form, "host": host, "offer": offer}
    return render(request, "hosting/offer.html", context, status=422 if form.errors else 200)


@require_POST
@for_hosts
def set_offer(request: HttpRequest, event_type_id: int) -> HttpResponse:
    """Retire an offer or bring it back: `offered` says which."""
    is_active = request.POST.get("offered") == "1"
    offer = set_offered(host_of(viewer_of(request)), event_type_id, is_active=is_active)
    words = _("%(name)s can be booked again.") if is_active else _("%(name)s can no longer be booked.")
    messages.success(request, words % {"name": offer.name}, extra_tags="toast")
    return redirect("offers")
