"""Which calendars stand outside? Addresses that hosts gave for their busy times, and people's own feeds."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.accounts.models import Host

USUAL_LIMIT_HOURS = 24


class CalendarConnection(models.Model):
    """A calendar of a host's, published at an address that is kept sealed; `read_at` is our copy's age.

    Until `good_until` the last good copy serves, then the host's times are closed: unknown is not free. So
    they are from the beginning, until it was read for the first time (`read_at` is None).
    `known_until` is how far ahead it was worked out, with the clocks of `read_zone`.
    """

    class Problem(models.TextChoices):
        ADDRESS = "address", _("This is not an address that can be read.")
        SCHEME = "scheme", _("The address has to begin with https://.")
        LOGIN = "login", _("There is a name or password in the address.")
        PORT = "port", _("The address names a port at which no calendar is read.")
        PRIVATE = "private", _("The address leads into a private network.")
        UNKNOWN_HOST = "unknown_host", _("No such place is known in the internet.")
        UNREACHABLE = "unreachable", _("It does not answer.")
        ENCRYPTION = "encryption", _("Its encryption is not in order.")
        REDIRECTS = "redirects", _("It sends us from one address to the next without end.")
        TOO_BIG = "too_big", _("It is larger than 5 MB.")
        TOO_SLOW = "too_slow", _("It answers too slowly.")
        PACKED = "packed", _("It answers in a packed form that we did not ask for.")
        GONE = "gone", _("The calendar is not there any more.")
        REFUSED = "refused", _("It does not let us read the calendar.")
        NO_CALENDAR = "no_calendar", _("What is there is no calendar, maybe a page to look at.")
        CUT_OFF = "cut_off", _("The calendar ends in the middle.")
        BROKEN = "broken", _("An event in it cannot be understood.")
        ZONE = "zone", _("It uses a time zone that nobody knows.")
        TOO_OFTEN = "too_often", _("An event in it repeats every minute or second.")
        TOO_MANY = "too_many", _("It has more events than we can take in.")
        TOO_MUCH = "too_much", _("To work it out takes too long.")
        SEALED = "sealed", _("We can no longer open the address. Please give it once more.")

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="calendars")
    sealed_address = models.TextField()
    fingerprint = models.CharField(max_length=64)
    place = models.CharField(max_length=254)
    name = models.CharField(max_length=80, blank=True)
    limit_hours = models.PositiveSmallIntegerField(default=USUAL_LIMIT_HOURS)
    etag = models.CharField(max_length=255, blank=True)
    last_modified = models.CharField(max_length=80, blank=True)
    content = models.CharField(max_length=64, blank=True)
    read_zone = models.CharField(max_length=64)
    events = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(db_index=True)
    read_at = models.DateTimeField(null=True, blank=True)
    good_until = models.DateTimeField()
    known_until = models.DateTimeField()
    problem = models.CharField(max_length=16, choices=Problem, blank=True)
    detail = models.CharField(max_length=80, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["host", "fingerprint"], name="calendar_once_a_host"),
        ]

    def __str__(self) -> str:
        return self.name or self.place

    @property
    def limit(self) -> timedelta:
        return timedelta(hours=self.limit_hours)

    @property
    def is_being_read(self) -> bool:
        """For the first time, and nothing has come of it yet."""
        return self.read_at is None and not self.problem

    def is_known(self, now: datetime) -> bool:
        """Whether our copy still counts."""
        return now < self.good_until


class BusyInterval(models.Model):
    """Time that a calendar outside takes from its host: an interval of instants that no claim may touch."""

    calendar = models.ForeignKey(CalendarConnection, on_delete=models.CASCADE, related_name="intervals")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="busy_intervals")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["host", "ends_at"], name="busy_of_host")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at")), name="busy_interval_order"
            ),
        ]


class CalendarFeed(models.Model):
    """A person's own feed. Its address is derived and not stored; raising `generation` ends the old one.

    Without a fingerprint it is switched off.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    generation = models.PositiveIntegerField(default=1)
    fingerprint = models.CharField(max_length=64, unique=True, null=True, blank=True)
    renewed_at = models.DateTimeField()

    @property
    def is_on(self) -> bool:
        return self.fingerprint is not None
