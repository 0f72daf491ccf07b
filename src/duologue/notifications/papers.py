"""How do mails point to receipts and credit notes? Number, sum, and the page that prints them."""

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Party
from duologue.core.money import Money
from duologue.notifications import when
from duologue.notifications.letter import Section, linked
from duologue.notifications.subject import Subject
from duologue.payments.models import Receipt, Refund


def receipt(subject: Subject) -> Section | None:
    """For the payer; the host of a session has no receipt of it."""
    if subject.party == Party.HOST:
        return None
    papers = Receipt.objects.filter(payment__booking=subject.booking, kind=Receipt.Kind.RECEIPT)
    found = papers.select_related("payment").first()
    if found is None:
        return None
    return _section(_("Your receipt"), found.number, found.payment.money, subject.locale)


def credit_note(refund: Refund, locale: str) -> Section | None:
    found = Receipt.objects.filter(refund=refund).first()
    if found is None:
        return None
    return _section(_("Your credit note"), found.number, refund.money, locale)


def _section(title: str, number: str, amount: Money, locale: str) -> Section:
    words = _("No. %(number)s, %(amount)s. [See and print it]")
    page = f"{settings.BASE_URL}/receipts/{number}"
    return Section(title, linked(words, page, number=number, amount=when.money(amount, locale)))
