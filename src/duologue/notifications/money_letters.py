"""What do we write about money that goes back? To its payer that it went, to operators that it is stuck."""

from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Party
from duologue.core.errors import Permanent
from duologue.notifications import paid_with, readers, senders, when
from duologue.notifications.letter import Letter, Link
from duologue.notifications.models import OutgoingMail
from duologue.notifications.papers import credit_note
from duologue.notifications.readers import Reader
from duologue.notifications.session_letters import small
from duologue.notifications.subject import Subject
from duologue.payments.models import Refund


def refunded(subject: Subject) -> Letter:
    """To the payer, when the money has left: how much, why, and the credit note."""
    refund = _refund(subject.params)
    values = {"amount": when.money(refund.money, subject.locale), "name": subject.other.call_name}
    reason = {
        Refund.Cause.PAID_TWICE: _("You had paid twice, so the second payment goes back to you."),
        Refund.Cause.PAID_TOO_LATE: _("Your payment came when the time was gone."),
        Refund.Cause.HOST_ABSENT: _("%(name)s did not come."),
        Refund.Cause.CANCELLED: _("It does not take place."),
    }.get(Refund.Cause(refund.cause), "")
    way = _way_back(refund)
    return Letter(
        subject=_("We sent you %(amount)s back") % values,
        preview=way,
        heading=_("We sent you %(amount)s back.") % values,
        lead=" ".join(part for part in (reason % values, way) if part),
        faces=(subject.me, subject.other),
        is_apart=refund.cause != Refund.Cause.PAID_TWICE,
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        sections=tuple(part for part in (credit_note(refund, subject.locale),) if part),
        small=small(subject),
    )


def _way_back(refund: Refund) -> str:
    if refund.status == Refund.Status.SETTLED_BY_HAND:
        return _("We sent you all of it in another way than you paid.")
    card = paid_with.card_of(refund)
    if card:
        words = _("All of it is on its way to the %(card)s. Banks usually take 5 to 10 days.")
        return words % {"card": card}
    return _("All of it is on its way to where it came from. Banks usually take 5 to 10 days.")


def operators_refund_stuck(mail: OutgoingMail, reader: Reader) -> Letter:
    """To operators: the gateway said no, and somebody waits for their money."""
    refund = _refund(mail.params)
    face = readers.face_of(refund.payment.booking, Party.ATTENDEE)
    values = {
        "amount": when.money(refund.money, when.locale_of(reader.language)),
        "name": face.name,
        "failure": refund.failure,
    }
    return Letter(
        subject=_("A refund is stuck: %(amount)s for %(name)s") % values,
        preview=_("Try it again, or pay it in another way."),
        heading=_("%(amount)s for %(name)s did not go out.") % values,
        lead=_("What the gateway says: %(failure)s") % values,
        button=Link(_("See what to do"), f"{settings.BASE_URL}/ops/refunds"),
        small=(
            _("You get this mail because you are an operator of %(site)s.") % {"site": senders.site_host()},
        ),
    )


def is_not_stuck(mail: OutgoingMail) -> str:
    """Why operators need not be told any more."""
    stuck = Refund.objects.filter(pk=UUID(mail.params["refund_id"]), status=Refund.Status.FAILED)
    return "" if stuck.exists() else "it was tried again, or settled"


def is_not_back(mail: OutgoingMail) -> str:
    """Why the payer shall not be told that the money was sent."""
    went = [Refund.Status.SUCCEEDED, Refund.Status.SETTLED_BY_HAND]
    gone = Refund.objects.filter(pk=UUID(mail.params["refund_id"]), status__in=went)
    return "" if gone.exists() else "the refund did not go out after all"


def _refund(params: dict[str, str]) -> Refund:
    rows = Refund.objects.select_related("payment__booking__attendee", "payment__booking__host__user")
    refund = rows.filter(pk=UUID(params["refund_id"])).first()
    if refund is None:
        raise Permanent("The refund this mail is about does not exist.")
    return refund
