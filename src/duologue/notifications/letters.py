"""Which letter is written for which template, and when is it no longer owed? The one table of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from duologue.accounts.models import Host, MailedCode
from duologue.bookings.models import Booking, Objection, Party
from duologue.bookings.states import AGREED, Status
from duologue.core.errors import Permanent
from duologue.core.kept import Kept, given
from duologue.notifications import (
    calendar_letters,
    cancel_letters,
    connection_letters,
    follow_letters,
    money_letters,
    move_letters,
    people_letters,
    place_letters,
    proposal_letters,
    readers,
    review_letters,
    session_letters,
    waiting_letters,
    wishes,
    word_letters,
)
from duologue.notifications.letter import Letter
from duologue.notifications.models import OutgoingMail
from duologue.notifications.readers import Reader
from duologue.notifications.subject import Subject

_NO_CODE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a letter is written from. `is_veiled`: for other eyes, without token and code (MAIL-2)."""

    mail: OutgoingMail
    reader: Reader
    now: datetime
    is_veiled: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """`why_not` looks at the world once more: a reason not to send, or an empty text."""

    write: Callable[[Occasion], Letter]
    why_not: Callable[[OutgoingMail, datetime], str]


def write(occasion: Occasion) -> Letter:
    """The letter, in the active language; raises Permanent for a template that does not exist."""
    return kind_of(occasion.mail.template).write(occasion)


def why_not(mail: OutgoingMail, now: datetime) -> str:
    """Why a mail that is owed shall not go any more; empty when it shall."""
    return kind_of(mail.template).why_not(mail, now) or _is_unwanted(mail)


def _is_unwanted(mail: OutgoingMail) -> str:
    if mail.template not in wishes.OPTIONAL:
        return ""
    reader = readers.reader_of(mail)
    return wishes.why_not(mail, reader.email) if reader is not None else ""


def kind_of(template: str) -> Kind:
    try:
        return TABLE[template]
    except KeyError:
        raise Permanent(f"No letter is called {template!r}.") from None


def _session(write_it: Callable[[Subject], Letter]) -> Callable[[Occasion], Letter]:
    def write_about(occasion: Occasion) -> Letter:
        mail = occasion.mail
        if mail.booking is None:
            raise Permanent(f"The mail {mail.key} is about a session and names none.")
        return write_it(
            Subject(
                booking=mail.booking,
                party=mail.party,
                reader=occasion.reader,
                now=occasion.now,
                params=mail.params,
                is_veiled=occasion.is_veiled,
            )
        )

    return write_about


def _confirmation_is_over(mail: OutgoingMail, now: datetime) -> str:
    if mail.booking is None or mail.booking.status_at(now) not in AGREED:
        return "the session is not going to take place, or is over"
    # An address that was mended is confirmed anew, with a new link.
    about = {"template": mail.template, "booking": mail.booking_id, "party": mail.party}
    newer = _NEWER.first(created_at=mail.created_at, **about)
    return "" if newer is None else "a newer confirmation replaces it"


_NEWER = Kept(
    lambda: OutgoingMail.objects.only("pk").filter(
        template=given("template"),
        booking=given("booking"),
        party=given("party"),
        created_at__gt=given("created_at"),
    )[:1]
)


def _reminder_is_over(mail: OutgoingMail, now: datetime) -> str:
    booking = mail.booking
    if booking is None or booking.status_at(now) is not Status.CONFIRMED:
        return "the session is not going to take place, or has begun"
    if mail.party == Party.ATTENDEE and not booking.wants_reminders:
        return "reminders are not wanted"
    if mail.params.get("sequence", booking.ics_sequence) != booking.ics_sequence:
        return "the session was moved, and is reminded of anew"
    left = booking.starts_at - now
    if mail.template == "reminder_day" and left <= session_letters.HOUR_BEFORE:
        return "the reminder one hour before is due already"
    ahead = session_letters.REMINDERS[mail.template] + session_letters.HOUR_BEFORE
    return "the session was moved to a later time" if left > ahead else ""


def _code_is_over(mail: OutgoingMail, now: datetime) -> str:
    living = MailedCode.objects.filter(pk=mail.code_id or _NO_CODE, used_at__isnull=True, expires_at__gt=now)
    return "" if living.exists() else "the code was used, replaced, or is too old"


def _page_is_not(status: Host.Status) -> Callable[[OutgoingMail, datetime], str]:
    def differs(mail: OutgoingMail, now: datetime) -> str:
        is_so = Host.objects.filter(user=mail.user_id, status=status).exists()
        return "" if is_so else f"the page is no longer {status.value}"

    return differs


def _application_is_over(mail: OutgoingMail, now: datetime) -> str:
    waits = Host.objects.filter(pk=mail.params.get("host_id"), status=Host.Status.WAITING)
    return "" if waits.exists() else "it was decided already"


def _is_settled(mail: OutgoingMail, now: datetime) -> str:
    """Of a host who cannot come: the cancellation says it better."""
    return "" if _is_agreed(mail.booking, now) else "the session was cancelled, or is over"


def _needs_no_operator(mail: OutgoingMail, now: datetime) -> str:
    booking = Booking.objects.filter(pk=mail.params.get("booking_id")).first()
    return "" if _is_agreed(booking, now) else "the session was cancelled, or is over"


def _move_is_over(mail: OutgoingMail, now: datetime) -> str:
    return _is_settled(mail, now) or move_letters.is_outdated(mail)


def _is_agreed(booking: Booking | None, now: datetime) -> bool:
    return booking is not None and booking.status_at(now) in AGREED


def _is_not_absent(mail: OutgoingMail, now: datetime) -> str:
    booking = mail.booking
    is_absent = (
        booking is not None and booking.status == Status.NO_SHOW and booking.no_show_party == Party.HOST
    )
    return "" if is_absent else "it was corrected already"


def _is_decided(mail: OutgoingMail, now: datetime) -> str:
    waits = Objection.objects.filter(booking=mail.params.get("booking_id"), decided_at__isnull=True)
    return "" if waits.exists() else "it was decided already"


def _never(mail: OutgoingMail, now: datetime) -> str:
    return ""


TABLE: dict[str, Kind] = {
    "confirmed": Kind(_session(session_letters.confirmed), _confirmation_is_over),
    "reminder_day": Kind(_session(session_letters.reminder_day), _reminder_is_over),
    "reminder_hour": Kind(_session(session_letters.reminder_hour), _reminder_is_over),
    "other_waits": Kind(_session(waiting_letters.other_waits), waiting_letters.is_over),
    "hold_expired_paid_late": Kind(_session(session_letters.hold_expired_paid_late), _never),
    "refunded": Kind(_session(money_letters.refunded), lambda mail, now: money_letters.is_not_back(mail)),
    "operators_refund_stuck": Kind(
        lambda it: money_letters.operators_refund_stuck(it.mail, it.reader),
        lambda mail, now: money_letters.is_not_stuck(mail),
    ),
    "running_late": Kind(_session(word_letters.running_late), word_letters.is_no_news),
    "note_changed": Kind(_session(word_letters.note_changed), word_letters.is_begun),
    "session_cancelled": Kind(_session(cancel_letters.cancelled), _never),
    "session_moved": Kind(_session(move_letters.moved), _move_is_over),
    "times_proposed": Kind(_session(proposal_letters.proposed), proposal_letters.is_answered),
    "proposal_declined": Kind(_session(proposal_letters.declined), proposal_letters.is_no_news),
    "proposal_withdrawn": Kind(_session(proposal_letters.withdrawn), proposal_letters.is_no_news),
    "follow_up": Kind(_session(follow_letters.to_pay), follow_letters.waits_no_more),
    "follow_up_reminder": Kind(_session(follow_letters.still_to_pay), follow_letters.is_late_to_remind),
    "follow_up_over": Kind(_session(follow_letters.over), follow_letters.is_not_over),
    "host_cannot_come": Kind(_session(cancel_letters.host_cannot_come), _is_settled),
    "host_marked_absent": Kind(_session(cancel_letters.host_marked_absent), _is_not_absent),
    "operators_cannot_come": Kind(
        lambda it: cancel_letters.operators_cannot_come(it.mail, it.reader), _needs_no_operator
    ),
    "operators_objection": Kind(
        lambda it: cancel_letters.operators_objection(it.mail, it.reader), _is_decided
    ),
    "place_changed": Kind(
        _session(place_letters.place_changed),
        lambda mail, now: _is_settled(mail, now) or place_letters.is_elsewhere(mail),
    ),
    "link_wanted": Kind(
        _session(place_letters.link_wanted),
        lambda mail, now: _is_settled(mail, now) or place_letters.has_room(mail, now),
    ),
    "review_request": Kind(_session(review_letters.review_request), review_letters.why_not_ask),
    "review_open": Kind(_session(review_letters.review_open), review_letters.is_not_open),
    "review_hidden": Kind(
        _session(review_letters.review_hidden), lambda mail, now: review_letters.was_decided_anew(mail)
    ),
    "review_shown": Kind(
        _session(review_letters.review_shown), lambda mail, now: review_letters.was_decided_anew(mail)
    ),
    "reconnect": Kind(
        lambda it: connection_letters.reconnect(it.mail, it.reader, it.now),
        lambda mail, now: connection_letters.is_mended(mail),
    ),
    "calendar_unreadable": Kind(
        lambda it: calendar_letters.unreadable(it.mail, it.reader),
        lambda mail, now: calendar_letters.is_readable(mail),
    ),
    "code": Kind(lambda it: people_letters.code(it.mail, it.reader, is_veiled=it.is_veiled), _code_is_over),
    "password_changed": Kind(lambda it: people_letters.password_changed(it.mail, it.reader), _never),
    "host_approved": Kind(
        lambda it: people_letters.host_approved(it.mail), _page_is_not(Host.Status.APPROVED)
    ),
    "host_suspended": Kind(
        lambda it: people_letters.host_suspended(it.mail), _page_is_not(Host.Status.SUSPENDED)
    ),
    "host_application": Kind(lambda it: people_letters.host_application(it.mail), _application_is_over),
}
