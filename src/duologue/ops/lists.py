"""What are jobs and mails about, in words an operator can act on? Names instead of ids, in few queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.accounts.models import Host, MailedCode
from duologue.bookings.models import Booking
from duologue.connections.models import Connection
from duologue.core.money import Money
from duologue.jobs.models import Job
from duologue.notifications import readers, when
from duologue.notifications.connection_letters import platform_name
from duologue.notifications.models import OutgoingMail
from duologue.notifications.sending import PEOPLE
from duologue.payments.models import CheckoutAttempt, Refund
from duologue.scheduling.models import AvailabilityRule, EventType
from duologue.video.models import MeetingLink
from duologue.video.places import place_name

_ACCOUNT, _ROOM = "account {}", "room {}"


@dataclass(frozen=True, slots=True)
class MailRow:
    mail: OutgoingMail
    to: str
    about: str


@dataclass(frozen=True, slots=True)
class JobRow:
    """`what` it does and what it is `about`, both in words."""

    job: Job
    what: str
    about: str


@dataclass(frozen=True, slots=True)
class HostRow:
    """`price` is the lowest of what is on offer; None without offers."""

    host: Host
    has_hours: bool
    offers: int
    price: Money | None


def host_rows(hosts: Iterable[Host]) -> list[HostRow]:
    """Hosts with what a decision about them needs."""
    found = list(hosts)
    offers: dict[int, list[EventType]] = defaultdict(list)
    for offer in EventType.objects.filter(host__in=found, is_active=True).order_by("price_amount", "pk"):
        offers[offer.host_id].append(offer)
    rules = AvailabilityRule.objects.filter(host__in=found)
    with_hours = set(rules.order_by().values_list("host_id", flat=True).distinct())
    return [
        HostRow(host, host.pk in with_hours, len(mine), mine[0].price if mine else None)
        for host in found
        for mine in [offers[host.pk]]
    ]


def mail_rows(mails: Iterable[OutgoingMail]) -> list[MailRow]:
    """Mails with their addresses; needs the people of `PEOPLE` loaded."""
    found = list(mails)
    codes = {code.pk: code for code in MailedCode.objects.filter(pk__in=[one.code_id for one in found])}
    return [MailRow(mail, _address(mail, codes), mail.subject or kind_of(mail)) for mail in found]


def kind_of(mail: OutgoingMail) -> str:
    """What a mail will be about, before it has a subject."""
    kinds = {
        "confirmed": _("Confirmation"),
        "reminder_day": _("Reminder, one day before"),
        "reminder_hour": _("Reminder, one hour before"),
        "other_waits": _("News that somebody waits"),
        "hold_expired_paid_late": _("Paid too late"),
        "session_cancelled": _("Cancellation"),
        "host_cannot_come": _("News that somebody cannot come"),
        "host_marked_absent": _("News of being marked absent"),
        "operators_cannot_come": _("To cancel: somebody cannot come"),
        "operators_objection": _("To decide: who came"),
        "code": _("Code"),
        "password_changed": _("News of a password"),
        "host_approved": _("Page opened"),
        "host_suspended": _("Page closed"),
        "host_application": _("Page to approve"),
        "reconnect": _("Account to reconnect"),
        "review_request": _("Question how it was"),
        "review_open": _("News of a review"),
        "review_hidden": _("News of a hidden review"),
        "review_shown": _("News of a review shown again"),
    }
    return kinds.get(mail.template, mail.template)


def job_rows(jobs: Iterable[Job], zone: ZoneInfo) -> list[JobRow]:
    """Jobs with what their ids stand for."""
    found = list(jobs)
    words = {
        **_bookings(found, zone),
        **_mails(found),
        **_refunds(found),
        **_checkouts(found, zone),
        **_connections(found),
        **_rooms(found, zone),
    }
    return [JobRow(job, _what(job), _about(job, words)) for job in found]


def _what(job: Job) -> str:
    kinds = {
        "ask_about_checkout": _("Payment"),
        "ask_for_review": _("Question how it was"),
        "complete": _("End"),
        "delete_room": _("End of a room"),
        "expire_hold": _("End of a hold"),
        "handle_stripe_event": _("News from Stripe"),
        "handle_video_event": _("News from a video platform"),
        "issue_refund": _("Refund"),
        "look_at_refund": _("Refund"),
        "make_link": _("Room"),
        "probe_connection": _("Look at an account"),
        "refund_absent_host": _("Refund, as somebody did not come"),
        "remind": _("Reminder"),
        "retry_places": _("Return to a platform"),
        "revoke_account": _("End of an account"),
        "send_mail": _("Mail"),
        "settle_payment": _("Payment"),
        "start": _("Start"),
        "tell_reconnect": _("Account to reconnect"),
        "tell_review": _("News of a review"),
    }
    return kinds.get(job.name, job.name)


def _address(mail: OutgoingMail, codes: dict[UUID, MailedCode]) -> str:
    if mail.code_id is not None:
        code = codes.get(mail.code_id)
        return code.email if code else ""
    reader = readers.reader_of(mail)
    return reader.email if reader else ""


def _about(job: Job, words: dict[str, str]) -> str:
    """Whom a job is for; one for something else has its key."""
    ids = [str(job.args.get(name)) for name in ("booking_id", "mail_id", "refund_id", "attempt_id")]
    ids += [_ACCOUNT.format(job.args.get("connection_id")), _ROOM.format(job.args.get("link_id"))]
    return next((words[one] for one in ids if one in words), job.key.partition(":")[2])


def _ids(jobs: list[Job], name: str) -> list[str]:
    return [job.args[name] for job in jobs if name in job.args]


def _bookings(jobs: list[Job], zone: ZoneInfo) -> dict[str, str]:
    found = Booking.objects.select_related("host__user").filter(pk__in=_ids(jobs, "booking_id"))
    return {str(booking.pk): _session(booking, zone) for booking in found}


def _rooms(jobs: list[Job], zone: ZoneInfo) -> dict[str, str]:
    found = MeetingLink.objects.filter(pk__in=_ids(jobs, "link_id")).select_related("booking__host__user")
    return {
        _ROOM.format(one.pk): f"{place_name(one.platform)}, {_session(one.booking, zone)}" for one in found
    }


def _mails(jobs: list[Job]) -> dict[str, str]:
    rows = mail_rows(OutgoingMail.objects.select_related(*PEOPLE).filter(pk__in=_ids(jobs, "mail_id")))
    return {str(row.mail.pk): f"{row.to}, {kind_of(row.mail)}" for row in rows}


def _refunds(jobs: list[Job]) -> dict[str, str]:
    found = Refund.objects.select_related("payment__booking").filter(pk__in=_ids(jobs, "refund_id"))
    return {
        str(refund.pk): f"{refund.payment.booking.attendee_name}, {when.money(refund.money, _locale())}"
        for refund in found
    }


def _checkouts(jobs: list[Job], zone: ZoneInfo) -> dict[str, str]:
    found = CheckoutAttempt.objects.select_related("payment__booking__host__user")
    return {
        str(attempt.pk): _session(attempt.payment.booking, zone)
        for attempt in found.filter(pk__in=_ids(jobs, "attempt_id"))
    }


def _connections(jobs: list[Job]) -> dict[str, str]:
    found = Connection.objects.filter(pk__in=_ids(jobs, "connection_id"))
    return {
        _ACCOUNT.format(one.pk): f"{platform_name(one.vendor)}, {one.account_name}".rstrip(", ")
        for one in found
    }


def _session(booking: Booking, zone: ZoneInfo) -> str:
    return f"{booking.host.user.name}, {when.moment_short(booking.starts_at, zone, _locale())}"


def _locale() -> str:
    return when.locale_of(get_language() or "")
