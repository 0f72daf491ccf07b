"""Read the calendars that hosts gave for their busy times, again and again (BOOK-1, law 9).

The last good copy serves while it is young enough; then the times are closed and the host is told once.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from duologue.accounts import people
from duologue.accounts.models import Host
from duologue.bookings.models import Booking
from duologue.calendars import apart
from duologue.calendars.expanding import BusyTime, Found, Question, Unreadable
from duologue.calendars.models import BusyInterval, CalendarConnection
from duologue.connections import vault
from duologue.core import guarded
from duologue.core.guarded import Bounds, Fetched, NotFetched
from duologue.jobs import queue
from duologue.jobs.queue import Owed
from duologue.notifications.outbox import Mail, owe
from duologue.scheduling import zones
from duologue.scheduling.intervals import Interval, instant, merge
from duologue.usecases.find_slots import FARTHEST
from duologue.video.models import MeetingLink

EVERY = timedelta(minutes=15)
TEMPLATE = "calendar_unreadable"
_AHEAD = FARTHEST + timedelta(days=20)
_ENOUGH_AHEAD = FARTHEST + timedelta(days=10)
"""Read anew, even if nothing changed there, before bookings could reach farther than we worked out."""
_BEHIND = timedelta(days=1)
# What calendars write anew each time they are asked, though nothing changed.
_STAMPS = re.compile(rb"^DTSTAMP[:;][^\r\n]*\r?\n", re.MULTILINE)
_OUR_UID = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@duologue")
_GOOGLE_UID = "@google.com"


@dataclass(frozen=True, slots=True)
class Copy:
    """What was read: `found` is None where the calendar is as it was. `content` tells it from another."""

    found: Found | None
    content: str
    etag: str = ""
    last_modified: str = ""


def read_calendars(now: datetime) -> None:
    """The chore: a job for each calendar that is due, and a word to hosts whose times are closed."""
    due = Q(tried_at__lte=now - EVERY) | Q(tried_at__gt=now) | ~Q(read_zone=F("host__user__time_zone"))
    jobs = [owed(pk, now=now) for pk in CalendarConnection.objects.filter(due).values_list("pk", flat=True)]
    with transaction.atomic():
        queue.enqueue(*jobs, now=now)
        _tell_closed(now)


def owed(calendar_id: int, *, now: datetime) -> Owed:
    return Owed("read_calendar", _key(calendar_id), now, {"calendar_id": calendar_id})


def being_read(calendar_ids: Collection[int]) -> set[int]:
    """Those of which a reading is owed or under way."""
    alive = queue.owed_of([_key(pk) for pk in calendar_ids])
    return {pk for pk in calendar_ids if _key(pk) in alive}


def _key(calendar_id: int) -> str:
    return f"read_calendar:{calendar_id}"


def read_calendar(now: datetime, calendar_id: int) -> None:
    """The job. A calendar that cannot be read is no failure of the job: the next turn tries again."""
    calendar = CalendarConnection.objects.select_related("host__user").filter(pk=calendar_id).first()
    if calendar is not None:
        read(calendar, now=now)


def read(calendar: CalendarConnection, *, now: datetime) -> bool:
    """Read it now and keep what it says; whether that worked. Outside transactions."""
    try:
        copy = _copy(calendar, now)
    except (NotFetched, Unreadable) as error:
        return _failed(calendar, error.code, error.detail, now)
    except ValueError:
        return _failed(calendar, CalendarConnection.Problem.SEALED.value, "", now)
    keep(calendar, copy, now=now)
    return True


def keep(calendar: CalendarConnection, copy: Copy, *, now: datetime) -> None:
    """Put the copy in place of the one before, under the lock of the person whose time it takes."""
    host = calendar.host
    kept = CalendarConnection.objects.filter(pk=calendar.pk)
    fresh = {
        "etag": copy.etag,
        "last_modified": copy.last_modified,
        "tried_at": now,
        "read_at": now,
        "good_until": now + calendar.limit,
        "problem": "",
        "detail": "",
        "told_at": None,
    }
    if copy.found is not None:
        fresh |= {
            "name": copy.found.name,
            "events": copy.found.events,
            "content": copy.content,
            "read_zone": host.user.time_zone,
            "known_until": now + _AHEAD,
        }
    if not vault.is_current(calendar.sealed_address):
        fresh["sealed_address"] = vault.seal(vault.unseal(calendar.sealed_address))
    with transaction.atomic():
        people.lock([host.user_id])
        if kept.update(**fresh) and copy.found is not None:
            _replace(calendar, copy.found.times)


def _copy(calendar: CalendarConnection, now: datetime) -> Copy:
    address = vault.unseal(calendar.sealed_address)
    is_current = _is_current(calendar, now)
    asked = {"If-None-Match": calendar.etag, "If-Modified-Since": calendar.last_modified}
    told = {name: value for name, value in asked.items() if value} if is_current else {}
    answer = guarded.fetch(address, _bounds(), told)
    if answer.status == 304 and told:
        return Copy(None, calendar.content, calendar.etag, calendar.last_modified)
    return _worked_out(calendar.host, answer, now, known=calendar.content if is_current else "")


def _is_current(calendar: CalendarConnection, now: datetime) -> bool:
    """Whether our copy would be worked out in the same way, and far enough ahead."""
    is_same_zone = calendar.read_zone == calendar.host.user.time_zone
    return is_same_zone and calendar.known_until >= now + _ENOUGH_AHEAD


def _worked_out(host: Host, answer: Fetched, now: datetime, *, known: str = "") -> Copy:
    if answer.status in {404, 410}:
        raise NotFetched(code=CalendarConnection.Problem.GONE.value)
    if answer.status != 200:
        raise NotFetched(code=CalendarConnection.Problem.REFUSED.value, detail=str(answer.status))
    content = hashlib.sha256(_STAMPS.sub(b"", answer.content)).hexdigest()
    marks = {"etag": _mark(answer, "etag", 255), "last_modified": _mark(answer, "last-modified", 80)}
    if content == known:
        return Copy(None, content, **marks)
    asked = Question(now - _BEHIND, now + _AHEAD, zones.zone(host.user.time_zone), [host.user.email])
    return Copy(apart.busy_times(answer.content, asked), content, **marks)


def _mark(answer: Fetched, name: str, longest: int) -> str:
    """What the server wants to be told next time; nothing that would not fit into a header."""
    value = answer.headers.get(name, "")
    return value if len(value) <= longest and value.isascii() and value.isprintable() else ""


def _replace(calendar: CalendarConnection, times: list[BusyTime]) -> None:
    fresh = merge(_without_ours(times))
    rows = BusyInterval.objects.filter(calendar=calendar)
    kept: dict[Interval, int] = {}
    for pk, starts_at, ends_at in rows.values_list("pk", "starts_at", "ends_at"):
        kept[int(starts_at.timestamp()), int(ends_at.timestamp())] = pk
    wanted = set(fresh)
    gone = [pk for interval, pk in kept.items() if interval not in wanted]
    for at in range(0, len(gone), 500):
        rows.filter(pk__in=gone[at : at + 500]).delete()
    BusyInterval.objects.bulk_create(
        [
            BusyInterval(
                calendar=calendar,
                host_id=calendar.host_id,
                starts_at=instant(interval[0]),
                ends_at=instant(interval[1]),
            )
            for interval in fresh
            if interval not in kept
        ],
        batch_size=500,
    )


def _without_ours(times: list[BusyTime]) -> list[Interval]:
    """Sessions came back from the calendar into which we wrote them: our own rows know of those best."""
    ids = {one.uid: UUID(found[1]) for one in times if (found := _OUR_UID.fullmatch(one.uid))}
    rooms = {one.uid: one.uid.removesuffix(_GOOGLE_UID) for one in times if one.uid.endswith(_GOOGLE_UID)}
    known = _in_pieces(Booking.objects.all(), "pk", set(ids.values()))
    made = _in_pieces(MeetingLink.objects.filter(platform="google_calendar"), "room_id", set(rooms.values()))
    return [
        (one.start, one.end)
        for one in times
        if ids.get(one.uid) not in known and rooms.get(one.uid) not in made
    ]


def _in_pieces(rows: QuerySet[Any], name: str, values: set[Any]) -> set[Any]:
    """Which of the values are there; SQLite takes no more than so many at once."""
    wanted = list(values)
    found: set[Any] = set()
    for at in range(0, len(wanted), 500):
        found.update(rows.filter(**{f"{name}__in": wanted[at : at + 500]}).values_list(name, flat=True))
    return found


def _failed(calendar: CalendarConnection, problem: str, detail: str, now: datetime) -> bool:
    kept = CalendarConnection.objects.filter(pk=calendar.pk)
    kept.update(tried_at=now, problem=problem, detail=detail[:80])
    return False


def _tell_closed(now: datetime) -> None:
    """One mail for each time that a calendar closes its host's times; a new one's page tells first."""
    untold = CalendarConnection.objects.filter(good_until__lte=now, told_at__isnull=True)
    untold = untold.exclude(read_at__isnull=True, created_at__gt=now - EVERY)
    found = list(untold.select_related("host"))
    for calendar in found:
        if CalendarConnection.objects.filter(pk=calendar.pk, told_at__isnull=True).update(told_at=now):
            key = f"{TEMPLATE}:{calendar.pk}:{(calendar.read_at or calendar.created_at).isoformat()}"
            params = {"calendar_id": calendar.pk}
            owe(Mail(template=TEMPLATE, key=key, user_id=calendar.host.user_id, params=params), now=now)


def trusted() -> Collection[str]:
    """The hosts that the operator vouches for."""
    names: list[str] = settings.DUOLOGUE_CALENDAR_TRUSTED_HOSTS
    return names


def _bounds() -> Bounds:
    return Bounds(trusted=trusted())
