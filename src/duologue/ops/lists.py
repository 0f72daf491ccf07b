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
from duologue.core.money import Money
from duologue.jobs.models import Job
from duologue.notifications import readers, when
from duologue.notifications.models import OutgoingMail
from duologue.notifications.sending import PEOPLE
from duologue.scheduling.models import AvailabilityRule, EventType


@dataclass(frozen=True, slots=True)
class MailRow:
    mail: OutgoingMail
    to: str
    about: str


@dataclass(frozen=True, slots=True)
class JobRow:
    job: Job
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
        "hold_expired_paid_late": _("Paid too late"),
        "code": _("Code"),
        "host_approved": _("Page opened"),
        "host_suspended": _("Page closed"),
        "host_application": _("Page to approve"),
    }
    return kinds.get(mail.template, mail.template)


def job_rows(jobs: Iterable[Job], zone: ZoneInfo) -> list[JobRow]:
    found = list(jobs)
    bookings = _bookings(found, zone)
    mails = _mails(found)
    return [JobRow(job, _about(job, bookings, mails)) for job in found]


def _address(mail: OutgoingMail, codes: dict[UUID, MailedCode]) -> str:
    if mail.code_id is not None:
        code = codes.get(mail.code_id)
        return code.email if code else ""
    reader = readers.reader_of(mail)
    return reader.email if reader else ""


def _about(job: Job, bookings: dict[str, str], mails: dict[str, str]) -> str:
    """The booking or the mail a job is for; jobs for other things have their key."""
    if found := bookings.get(str(job.args.get("booking_id"))):
        return found
    if found := mails.get(str(job.args.get("mail_id"))):
        return found
    return job.key.partition(":")[2]


def _bookings(jobs: list[Job], zone: ZoneInfo) -> dict[str, str]:
    ids = [job.args["booking_id"] for job in jobs if "booking_id" in job.args]
    locale = when.locale_of(get_language() or "")
    return {
        str(booking.pk): f"{booking.host.user.name}, {when.moment_short(booking.starts_at, zone, locale)}"
        for booking in Booking.objects.select_related("host__user").filter(pk__in=ids)
    }


def _mails(jobs: list[Job]) -> dict[str, str]:
    ids = [job.args["mail_id"] for job in jobs if "mail_id" in job.args]
    rows = mail_rows(OutgoingMail.objects.select_related(*PEOPLE).filter(pk__in=ids))
    return {str(row.mail.pk): f"{row.to}, {kind_of(row.mail)}" for row in rows}
