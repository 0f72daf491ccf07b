"""What is known of a session, on one plain page for the payer's bank when a payment is disputed (PAY-5)."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.calls.models import Join
from duologue.calls.verdict import Evidence, Source
from duologue.notifications import paid_with
from duologue.payments.models import Payment, Refund
from duologue.usecases.attendance import attendance_of
from duologue.video.places import place_name


def evidence_of(booking: Booking, *, now: datetime) -> str:
    """All times are UTC. No addresses of rooms, no words that people wrote to each other."""
    parts = (_head(booking, now), _money(booking), _steps(booking), _joins(booking), _seen(booking))
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _head(booking: Booking, now: datetime) -> Iterator[str]:
    yield _("%(site)s: what is known of session %(id)s") % {"site": settings.DUOLOGUE_NAME, "id": booking.pk}
    yield _("Written %(at)s. All times are UTC.") % {"at": _at(now)}
    yield _("Host: %(name)s") % {"name": booking.host_person.name}
    who = {"name": booking.attendee_person.name, "email": booking.attendee_email}
    yield _("Attendee: %(name)s, %(email)s") % who
    yield _("Planned: %(start)s to %(end)s") % {"start": _at(booking.starts_at), "end": _at(booking.ends_at)}
    absent = {"host": _("the host"), "attendee": _("the attendee")}.get(booking.no_show_party)
    status = {"status": booking.status, "who": absent}
    yield _("State: %(status)s (%(who)s)") % status if absent else _("State: %(status)s") % status


def _money(booking: Booking) -> Iterator[str]:
    yield _("Money")
    payment = Payment.objects.filter(booking=booking).first()
    if payment is None:
        yield _("- nothing was paid")
        return
    paid = {"sum": str(payment.money), "status": payment.status, "at": _at(payment.created_at)}
    yield _("- payment %(sum)s, %(status)s, begun %(at)s") % paid
    if payment.method:
        yield _("- paid by %(way)s") % {"way": paid_with.told(payment)}
    for refund in Refund.objects.filter(payment=payment).order_by("created_at", "pk"):
        back = {"sum": str(refund.money), "status": refund.status, "cause": refund.cause}
        yield _("- refund %(sum)s, %(status)s, because of %(cause)s, begun %(at)s") % {
            **back,
            "at": _at(refund.created_at),
        }


def _steps(booking: Booking) -> Iterator[str]:
    yield _("History")
    for step in booking.transitions.all():
        told = {"at": _at(step.at), "state": step.to_status, "who": step.actor, "cause": step.cause or "-"}
        yield _("- %(at)s %(state)s, by %(who)s: %(cause)s") % told


def _joins(booking: Booking) -> Iterator[str]:
    yield _("Presses of Join (a press is not attendance)")
    for one in Join.objects.filter(booking=booking):
        told = {"at": _at(one.at), "side": one.party, "place": place_name(one.platform), "way": one.way}
        yield _("- %(at)s %(side)s, to %(place)s, from %(way)s") % told


def _seen(booking: Booking) -> Iterator[str]:
    found = attendance_of(booking)
    yield _(
        "Seen in the room (weight 3: neither of the two can make it up; 2: more than one's word; 1: a word)"
    )
    for one in found.evidence:
        yield _seen_line(one)
    absent = f" ({found.verdict.absent})" if found.verdict.absent else ""
    yield _("What follows from it: %(outcome)s") % {"outcome": f"{found.verdict.outcome}{absent}"}


def _seen_line(one: Evidence) -> str:
    side = Party(one.side).value
    told = {"start": _at(one.start), "end": _at(one.end) if one.end else _("end not told"), "side": side}
    where = {"place": place_name(one.platform), "source": _source(one), "weight": one.weight}
    return _("- %(start)s to %(end)s %(side)s, %(place)s, %(source)s, weight %(weight)s") % {**told, **where}


def _source(one: Evidence) -> str:
    if one.met:
        return _("own room, both browsers connected")
    return {
        Source.ROOM: _("own room, their page"),
        Source.DOOR: _("own room's door, did not go in"),
        Source.KNOCK: _("own room's door, waited to be let in"),
        Source.FRAME: _("platform's frame in their browser"),
        Source.OTHER_BROWSER: _("platform's frame in the other one's browser"),
        Source.PLATFORM: _("the platform's signed message"),
    }[one.source]


def _at(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
