"""What does somebody narrow their sessions to? Read from the address, so that it can be kept and shared."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duologue.bookings.listing import ALL, STATUSES, Only, Tab
from duologue.bookings.names import words_of
from duologue.bookings.states import Status
from duologue.core.errors import Invalid
from duologue.web.viewer import Viewer

LONGEST_NAME = 80
YEARS = range(2000, 2200)
WORDS: dict[Status, str | Promise] = {
    Status.CONFIRMED: gettext_lazy("Confirmed"),
    Status.IN_PROGRESS: gettext_lazy("In progress"),
    Status.PENDING_PAYMENT: gettext_lazy("Not paid yet"),
    Status.COMPLETED: gettext_lazy("Completed"),
    Status.CANCELLED: gettext_lazy("Cancelled"),
    Status.NO_SHOW: gettext_lazy("No-show"),
    Status.EXPIRED: gettext_lazy("Expired"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, as it was typed, and what that means.

    With a `problem` nothing is narrowed: the whole list stands below the message.
    """

    tab: Tab
    name: str
    since: str
    before: str
    status: str
    only: Only
    problem: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self.only != ALL

    @property
    def has_fields(self) -> bool:
        """Whether the folded fields hold something, so that they stand open."""
        return bool(self.since or self.before or self.status)

    @property
    def statuses(self) -> list[tuple[str, str | Promise]]:
        return [(one.value, WORDS[one]) for one in STATUSES[self.tab]]

    @property
    def query(self) -> str:
        """The same as short as it can be said."""
        given = {
            "tab": self.tab.value if self.tab is not Tab.UPCOMING else "",
            "q": self.name,
            "from": self.since,
            "to": self.before,
            "status": self.status,
        }
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def address(self) -> str:
        return f"/sessions?{self.query}" if self.query else "/sessions"


def asked(request: HttpRequest, viewer: Viewer) -> Asked:
    tab = Tab.PAST if request.GET.get("tab") == Tab.PAST.value else Tab.UPCOMING
    given = (request.GET.get(each, "").strip() for each in ("q", "from", "to", "status"))
    name, since, before, status = given
    only, problem = ALL, ""
    try:
        only = Only(_words(name), *_span(since, before, viewer), _status(tab, status))
    except Invalid as refusal:
        problem = refusal.message
    # What is nonsense need not be kept at its whole length.
    kept = [text[:LONGEST_NAME] for text in (name, since, before, status)]
    return Asked(tab, kept[0], kept[1], kept[2], kept[3], only, problem)


def _span(since: str, before: str, viewer: Viewer) -> tuple[datetime | None, datetime | None]:
    first, last = _day(since), _day(before)
    if first is not None and last is not None and last < first:
        raise Invalid(_("The days end before they begin."))
    return (
        _midnight(first, viewer) if first else None,
        _midnight(last + timedelta(days=1), viewer) if last else None,
    )


def _words(name: str) -> tuple[str, ...]:
    if len(name) > LONGEST_NAME:
        raise Invalid(_("That is too long for a name."))
    words = words_of(name)
    if name and not words:
        raise Invalid(_("That is no name."))
    return words


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("“%(text)s” is no day.") % {"text": text[:LONGEST_NAME]}) from None
    if day.year not in YEARS:
        raise Invalid(_("“%(text)s” is no day that sessions are on.") % {"text": text})
    return day


def _midnight(day: date, viewer: Viewer) -> datetime:
    return datetime.combine(day, time(), viewer.zone)


def _status(tab: Tab, text: str) -> Status | None:
    if not text:
        return None
    if text not in {one.value for one in STATUSES[tab]}:
        raise Invalid(_("Sessions here have no such state."))
    return Status(text)
