"""How does a calendar outside read on its host's pages? Its age, what it says next, what is wrong with it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from duologue.accounts.models import Host
from duologue.calendars import busy
from duologue.calendars.models import CalendarConnection
from duologue.notifications import when
from duologue.usecases import read_calendars
from duologue.usecases.keep_calendar import problem_words

_JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Card:
    """`closes`: its copy is too old, and no times are shown until it can be read again."""

    id: int
    name: str
    says: str
    closes: bool = False
    problem: str = ""
    note: str = ""
    is_new: bool = False
    is_being_read: bool = False
    """At this moment: an open page looks again by itself."""

    @property
    def initial(self) -> str:
        return self.name[:1].upper()


def cards(host: Host, *, now: datetime, zone: ZoneInfo) -> list[Card]:
    found = busy.calendars_of(host, now=now)
    under_way = read_calendars.being_read([calendar.pk for calendar, _coming in found])
    shown = [_card(calendar, coming, now, zone) for calendar, coming in found]
    return [_being_read(one) if one.id in under_way else one for one in shown]


def _being_read(card: Card) -> Card:
    """Nothing has come of it yet, so what was known before stands beside it."""
    says = card.says if card.is_new else _("%(before)s; being read now") % {"before": card.says}
    return replace(card, says=says, is_being_read=True)


def _card(calendar: CalendarConnection, coming: datetime | None, now: datetime, zone: ZoneInfo) -> Card:
    if calendar.read_at is None:
        return _unread(calendar, now, zone)
    locale = when.locale_of(get_language() or "")
    events = ngettext("%(count)s event", "%(count)s events", calendar.events) % {"count": calendar.events}
    parts = [calendar.place] if calendar.name else []
    parts += [_age(calendar.read_at, now, locale), events, _next(coming, now, zone, locale)]
    closes = not calendar.is_known(now)
    return Card(
        id=calendar.pk,
        name=str(calendar),
        says=", ".join(parts),
        closes=closes,
        problem=problem_words(calendar.problem, calendar.detail) if calendar.problem else "",
        note=_note(calendar, closes, now, zone) if calendar.problem or closes else "",
    )


def _unread(calendar: CalendarConnection, now: datetime, zone: ZoneInfo) -> Card:
    """Given, and not read yet, or not readable from the beginning."""
    if calendar.is_being_read:
        note = _("Until it is read, which takes a few seconds, your page shows no times.")
        says = _("being read")
        return Card(calendar.pk, str(calendar), says, closes=True, note=note, is_new=True, is_being_read=True)
    return Card(
        id=calendar.pk,
        name=str(calendar),
        says=_("never read yet"),
        closes=True,
        problem=problem_words(calendar.problem, calendar.detail),
        note=_note(calendar, True, now, zone),
    )


def _age(read_at: datetime, now: datetime, locale: str) -> str:
    if now - read_at < _JUST_NOW:
        return _("read just now")
    return _("read %(ago)s") % {"ago": when.distance(read_at, now, locale)}


def _next(coming: datetime | None, now: datetime, zone: ZoneInfo, locale: str) -> str:
    if coming is None:
        return _("nothing ahead that takes time")
    if coming <= now:
        return _("busy now")
    return _("next busy %(moment)s") % {"moment": when.moment_short(coming, zone, locale)}


def _note(calendar: CalendarConnection, closes: bool, now: datetime, zone: ZoneInfo) -> str:
    locale = when.locale_of(get_language() or "")
    tried = when.moment_short(calendar.tried_at, zone, locale)
    if closes:
        return _("Last tried %(tried)s. Until it can be read, your page shows no times.") % {"tried": tried}
    until = when.moment_short(calendar.good_until, zone, locale)
    return _("Last tried %(tried)s. Our copy serves until %(until)s; then your page shows no times.") % {
        "tried": tried,
        "until": until,
    }
