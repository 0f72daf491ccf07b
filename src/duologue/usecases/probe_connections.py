"""Ask accounts whether they still work: every day, and some hours before each session of their host."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from duologue.accounts.models import Host
from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED
from duologue.connections.models import Connection
from duologue.connections.vendors import LINK
from duologue.core.errors import NeedsReconnect
from duologue.jobs import queue
from duologue.jobs.queue import Owed
from duologue.usecases.speak_for import speak_for
from duologue.video.chain import chain
from duologue.video.displaced import platforms_of

EVERY = timedelta(hours=24)
BEFORE_SESSIONS = timedelta(hours=6)


def probe_connections(now: datetime) -> None:
    """The chore: a job for each account that is due. Sessions count however they came to their time."""
    jobs = [
        Owed("probe_connection", f"probe_connection:{pk}", now, {"connection_id": pk})
        for pk in _due(now).values_list("pk", flat=True)
    ]
    with transaction.atomic():
        # The last word counts: what gave up is asked again.
        queue.enqueue(*jobs, now=now)


def probe_connection(now: datetime, connection_id: int) -> None:
    """The job. A consent that is over is no failure of the job: its owner is told."""
    connection = Connection.objects.filter(pk=connection_id, state=Connection.State.WORKS).first()
    if connection is None:
        return
    try:
        probe(connection, now=now)
    except NeedsReconnect:
        return


def probe(connection: Connection, *, now: datetime) -> None:
    """Ask the platform now and write down what it says. Raises the four errors; outside transactions."""
    platform = _used(connection)
    if connection.vendor == LINK or not platform:
        return
    name, asked = speak_for(
        connection.user_id or 0,
        platform,
        lambda adapter, account: adapter.probe(account=account),
        now=now,
        made_by=connection,
    )
    if name and asked is not None and not asked.account_name:
        Connection.objects.filter(pk=asked.pk, account_name="").update(account_name=name)


def _used(connection: Connection) -> str:
    """The platform for which this account is used: the first of its vendor's in the host's order."""
    ours = platforms_of(connection.vendor)
    host = Host.objects.filter(user=connection.user_id).first() if connection.user_id else None
    order = chain(host) if host is not None else []
    return next((slug for slug in [*order, *ours] if slug in ours), "")


def _due(now: datetime) -> QuerySet[Connection]:
    """Not asked for a day, or not in the six hours before a session. The installation's: every six hours."""
    soon = Booking.objects.filter(
        host__user=OuterRef("user"),
        status__in=[status.value for status in AGREED],
        starts_at__gt=now,
        starts_at__lte=now + BEFORE_SESSIONS,
    )
    latest = soon.order_by().values("host__user").annotate(latest=Max("starts_at")).values("latest")
    return (
        Connection.objects.filter(state=Connection.State.WORKS)
        .exclude(vendor=LINK)
        .annotate(session_at=Subquery(latest))
        .filter(
            Q(checked_at__isnull=True)
            | Q(checked_at__lte=now - EVERY)
            | Q(checked_at__lt=F("session_at") - BEFORE_SESSIONS)
            | Q(user__isnull=True, checked_at__lte=now - BEFORE_SESSIONS)
        )
    )
