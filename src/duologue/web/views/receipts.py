"""A receipt or a credit note as a page that prints well: for who paid, and for operators."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from duologue.bookings.models import Party
from duologue.bookings.queries import get_visible
from duologue.core.errors import NotFound
from duologue.notifications import paid_with
from duologue.payments import receipts
from duologue.payments.models import Receipt, Refund
from duologue.web.viewer import Viewer, viewer_of


@never_cache
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    viewer = viewer_of(request)
    paper = _visible(number, viewer)
    booking = paper.payment.booking
    papers = receipts.of_booking(booking)
    context = {
        "paper": paper,
        "booking": booking,
        "payer": booking.attendee_person,
        "zone": settings.DUOLOGUE_RECEIPT_ZONE,
        "money": paper.money,
        "way": _way(paper),
        "cause": paper.refund.get_cause_display() if paper.refund else "",
        "issuer": settings.DUOLOGUE_RECEIPT_ISSUER.splitlines(),
        "tax_note": settings.DUOLOGUE_RECEIPT_TAX_NOTE,
        "first": next((one for one in papers if one.kind == Receipt.Kind.RECEIPT), None),
        "credit_notes": [one for one in papers if one.kind == Receipt.Kind.CREDIT_NOTE],
        "is_sandbox": paper.payment.provider == "sandbox",
    }
    return render(request, "sessions/receipt.html", context)


def _visible(number: str, viewer: Viewer) -> Receipt:
    """Raises NotFound for everybody but the payer and operators; a session's host has no receipt of it."""
    found = Receipt.objects.select_related("payment", "refund").filter(number=number).first()
    if found is None:
        raise NotFound("There is no such receipt.")
    booking = get_visible(found.payment.booking_id, viewer.user, browser=viewer.known_browser)
    party = booking.party_of(viewer.user.pk if viewer.user else None)
    if party is Party.HOST and not viewer.is_operator:
        raise NotFound("There is no such receipt.")
    found.payment.booking = booking
    return found


def _way(paper: Receipt) -> str:
    if paper.refund is not None and paper.refund.status == Refund.Status.SETTLED_BY_HAND:
        return _("In another way than it was paid")
    if paper.payment.provider == "sandbox":
        return _("Sandbox: no money moved")
    if paper.refund is not None:
        return _back(paper.refund)
    way = paid_with.told(paper.payment)
    return _("%(way)s, through Stripe") % {"way": capfirst(way)} if way else _("Online, through Stripe")


def _back(refund: Refund) -> str:
    card = paid_with.card_of(refund)
    return _("Back to the %(card)s") % {"card": card} if card else _("Back to where it came from")
