"""What do we write about a session that does not take place? Cancelled, the host cannot come, or did not."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings import reasons
from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import is_refunded
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import paid_with, readers, senders, when
from duologue.notifications.invites import cancellation
from duologue.notifications.letter import Letter, Link, Section
from duologue.notifications.models import OutgoingMail
from duologue.notifications.readers import Reader
from duologue.notifications.session_letters import clocks, host_page, small, starts
from duologue.notifications.subject import Subject
from duologue.payments import given_back
from duologue.payments.given_back import GivenBack, State
from duologue.payments.models import Payment


def cancelled(subject: Subject) -> Letter:
    """CANCEL-3: who, why, what comes back; and the entry goes out of the calendar."""
    back = given_back.of_booking(subject.booking.pk)
    values = _values(subject)
    sections = [_why(subject), _calendar_section(values)]
    return Letter(
        subject=_("Cancelled: %(name)s, %(day)s, %(time)s") % {**values, "name": subject.other.name},
        preview=_money_back(subject, back) or _("It does not take place, and nobody waits for you."),
        heading=_who_cancelled(subject) % values,
        lead=_what_follows(subject, back),
        faces=(subject.me, subject.other),
        is_apart=True,
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        button=_onward(subject),
        note_title=_wrote(subject),
        note=_words(subject, subject.booking.cancellation_words),
        sections=tuple(section for section in sections if section),
        small=small(subject),
        calendar=cancellation(subject),
        calendar_method="CANCEL",
    )


def host_cannot_come(subject: Subject) -> Letter:
    """CANCEL-1, to the attendee at once; the cancellation with its refund follows in a mail of its own."""
    values = _values(subject)
    if subject.booking.is_free or _is_disputed(subject.booking):
        lead = _("Your %(session)s does not take place. We cancel it, you need not do anything.")
    else:
        lead = _(
            "Your %(session)s does not take place. We cancel it and send all %(price)s back, the way you"
            " paid. You need not do anything; we write again when it is done."
        )
    return Letter(
        subject=_("%(name)s cannot come: %(day)s, %(time)s") % {**values, "name": subject.other.name},
        preview=_("Your %(session)s does not take place.") % values,
        heading=_("%(name)s cannot come.") % values,
        lead=lead % values,
        faces=(subject.me, subject.other),
        is_apart=True,
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        button=Link(_("See other times of %(name)s") % values, host_page(subject.booking)),
        note_title=_("What %(name)s wrote") % values,
        note=_words(subject, subject.booking.cannot_come.words),
        small=small(subject),
    )


def host_marked_absent(subject: Subject) -> Letter:
    """PAY-5, to the host: they are said not to have come, and can object until the money goes back."""
    until = datetime.fromisoformat(subject.params["until"])
    values = _values(subject) | {"until": when.moment(until, subject.zone, subject.locale)}
    if subject.booking.is_free:
        lead = _("It is written down that you did not come to your %(session)s with %(name)s.")
        if_not = _("Say so, and we look into it.")
    else:
        lead = _(
            "It is written down that you did not come to your %(session)s with %(name)s, who gets the full"
            " %(price)s back on %(until)s."
        )
        if_not = _("Say so before %(until)s. Nothing goes back until we have looked into it.")
    return Letter(
        subject=_("Were you there? %(name)s, %(day)s, %(time)s") % {**values, "name": subject.other.name},
        preview=lead % values,
        heading=_("Were you there?"),
        lead=lead % values,
        faces=(subject.me, subject.other),
        is_apart=True,
        day=when.day_long(subject.starts_at, subject.zone, subject.locale),
        clocks=clocks(subject),
        button=Link(_("I was there"), subject.page),
        sections=(Section(_("If you were there"), (if_not % values,)),),
        small=small(subject),
    )


def operators_cannot_come(mail: OutgoingMail, reader: Reader) -> Letter:
    """To operators: cancel and refund, before people wait in vain."""
    booking, values = _for_operators(mail, reader)
    return Letter(
        subject=_("%(host)s cannot come: %(day)s, %(time)s") % values,
        preview=_("%(attendee)s was told. Cancel and refund it.") % values,
        heading=_("%(host)s cannot come.") % values,
        lead=_(
            "The %(session)s with %(attendee)s begins on %(moment)s. %(attendee)s was told at once."
            " Cancel it, and the money goes back."
        )
        % values,
        faces=_both(booking),
        is_apart=True,
        button=Link(_("Cancel and refund"), f"{settings.BASE_URL}/ops"),
        note_title=_("What %(host)s wrote") % values,
        note="" if _is_discreet() else booking.cannot_come.words,
        small=_for_operators_only(),
    )


def operators_objection(mail: OutgoingMail, reader: Reader) -> Letter:
    """To operators: the host says that they came; nothing goes back until they decide."""
    booking, values = _for_operators(mail, reader)
    return Letter(
        subject=_("To decide: was %(host)s there? %(day)s, %(time)s") % values,
        preview=_("Nothing goes back until you decide."),
        heading=_("Was %(host)s there?") % values,
        lead=_(
            "It is written down that %(host)s did not come to the %(session)s with %(attendee)s on"
            " %(moment)s, and %(host)s says otherwise. Nothing goes back until you decide."
        )
        % values,
        faces=_both(booking),
        is_apart=True,
        button=Link(_("Decide"), f"{settings.BASE_URL}/ops"),
        note_title=_("What %(host)s wrote") % values,
        note="" if _is_discreet() else booking.objection.words,
        small=_for_operators_only(),
    )


def _values(subject: Subject) -> dict[str, str]:
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    return {
        "name": subject.other.call_name,
        "session": str(vocabulary.session),
        "price": subject.price,
        "day": when.day_short(subject.starts_at, subject.zone, subject.locale),
        "time": starts(subject),
    }


def _who_cancelled(subject: Subject) -> str:
    by = subject.booking.cancelled_by
    if by == subject.party:
        return _("You cancelled your %(session)s with %(name)s.")
    if by == subject.other_party:
        return _("%(name)s cancelled your %(session)s.")
    return _("Your %(session)s with %(name)s is cancelled.")


def _what_follows(subject: Subject, back: GivenBack | None) -> str:
    if subject.party == Party.HOST:
        open_again = _("It does not take place. The time is open for others again.")
        if subject.starts_at <= subject.now:
            open_again = _("It does not go on.")
        return " ".join(part for part in (open_again, _money_back(subject, back)) if part)
    money = _money_back(subject, back)
    if back is not None and back.state is not State.STUCK:
        money = " ".join([money, _way_back(subject)])
    return " ".join(part for part in (_("It does not take place."), money) if part)


def _way_back(subject: Subject) -> str:
    payment: Payment | None = getattr(subject.booking, "payment", None)
    if payment is None or not payment.last4:
        return _("All of it, the way you paid. Banks usually take 5 to 10 days.")
    words = _("All of it, to the %(card)s. Banks usually take 5 to 10 days.")
    return words % {"card": paid_with.told(payment)}


def _money_back(subject: Subject, back: GivenBack | None) -> str:
    """What comes back, as it stands when the mail goes out; empty where nothing was paid."""
    values = {"name": subject.other.call_name}
    if back is None:
        return "" if subject.booking.is_free else _not_back(subject)
    values["amount"] = when.money(back.amount, subject.locale)
    if back.state is State.STUCK:
        return _("The refund is stuck. We are on it and will write to you.")
    if subject.party == Party.HOST:
        return _("%(name)s gets %(amount)s back.") % values
    return _("You get %(amount)s back.") % values


def _not_back(subject: Subject) -> str:
    if subject.party == Party.HOST:
        return ""
    if _was_too_late(subject.booking):
        until = when.moment(subject.booking.refund_until, subject.zone, subject.locale)
        return _("Nothing comes back: that was possible until %(until)s.") % {"until": until}
    return _("Your bank decides about your payment, so we send nothing back ourselves.")


def _was_too_late(booking: Booking) -> bool:
    """Whether its attendee cancelled after the deadline for the money, as a move allows (CANCEL-5)."""
    by_attendee = booking.cancelled_by == Party.ATTENDEE.value
    at = booking.cancelled_at
    return at is not None and not is_refunded(booking.refund_until, at, by_attendee=by_attendee)


def _is_disputed(booking: Booking) -> bool:
    return Payment.objects.filter(booking=booking, disputed_at__isnull=False).exists()


def _why(subject: Subject) -> Section | None:
    """The category, which tells nothing of what the session is about."""
    reason = reasons.told(subject.booking.cancellation_reason)
    return Section(_("Why"), (f"{reason}.",)) if reason else None


def _calendar_section(values: dict[str, str]) -> Section:
    words = _("What is attached takes the %(session)s out again, if your calendar does not do so by itself.")
    return Section(_("Your calendar"), (words % values,))


def _wrote(subject: Subject) -> str:
    by = subject.booking.cancelled_by
    if by == subject.party:
        return _("What you wrote")
    if by == subject.other_party:
        return _("What %(name)s wrote") % {"name": subject.other.call_name}
    return _("What we can say about it")


def _words(subject: Subject, words: str) -> str:
    """A person's own words, which may say too much where health is the matter."""
    return "" if subject.is_discreet else words


def _onward(subject: Subject) -> Link:
    if subject.party == Party.HOST:
        session = VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session
        return Link(_("See the %(session)s") % {"session": session}, subject.page)
    return Link(_("Book again with %(name)s") % {"name": subject.other.call_name}, host_page(subject.booking))


def _for_operators(mail: OutgoingMail, reader: Reader) -> tuple[Booking, dict[str, str]]:
    booking = Booking.objects.select_related("host__user", "attendee").get(pk=UUID(mail.params["booking_id"]))
    locale = when.locale_of(reader.language)
    faces = {party: readers.face_of(booking, party) for party in Party}
    return booking, {
        "host": faces[Party.HOST].name,
        "attendee": faces[Party.ATTENDEE].name,
        "session": str(VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session),
        "day": when.day_short(booking.starts_at, reader.zone, locale),
        "time": when.clock(booking.starts_at, reader.zone, locale),
        "moment": when.moment(booking.starts_at, reader.zone, locale),
    }


def _both(booking: Booking) -> tuple[readers.Face, readers.Face]:
    return readers.face_of(booking, Party.ATTENDEE), readers.face_of(booking, Party.HOST)


def _is_discreet() -> bool:
    return bool(settings.DUOLOGUE_VOCABULARY == "telehealth")


def _for_operators_only() -> tuple[str]:
    return (_("You get this mail because you are an operator of %(site)s.") % {"site": senders.site_host()},)
