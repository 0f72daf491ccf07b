"""Where does a session take place? The meeting link of a booking, and every attempt to make one."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.bookings.models import Booking, Party
from duologue.connections.models import Connection

BY_HAND = "manual"
"""The platform of a session whose link a host typed: nobody asks it for anything."""


class MeetingLink(models.Model):
    """The room of one booking at one platform. At most one link a booking is current.

    `sealed_url` is the platform's address for the attendee, encrypted; the built-in room's is our own page.
    `connection` is the account that made it. `is_chosen` says that the host wanted this platform most.
    `creator` is the system, or the host who gave the link by hand.
    """

    class Status(models.TextChoices):
        PROVISIONAL = "provisional", _("Provisional")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        REPLACED = "replaced", _("Replaced")
        DELETED = "deleted", _("Deleted")

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="meeting_links")
    platform = models.CharField(max_length=32)
    room_id = models.CharField(max_length=255)
    sealed_url = models.TextField(blank=True)
    passcode = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=12, choices=Status)
    creator = models.CharField(max_length=16, default="system")
    connection = models.ForeignKey(Connection, on_delete=models.SET_NULL, null=True, blank=True)
    is_chosen = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["booking"],
                condition=models.Q(status__in=["provisional", "ready"]),
                name="meeting_link_one_current",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["room_id"], name="meeting_link_by_room")
        ]

    @property
    def is_valid(self) -> bool:
        return self.status in VALID

    def is_settled_at(self, platform: str) -> bool:
        return self.status == self.Status.READY and self.platform == platform


VALID = (MeetingLink.Status.PROVISIONAL, MeetingLink.Status.READY)
"""The states of the room where a session takes place; it has one at most."""


class RoomChange(models.Model):
    """One of the two could not use the room, and both were moved to another: who, from where to where."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="room_changes")
    party = models.CharField(max_length=16, choices=Party)
    before = models.CharField(max_length=32)
    after = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.before} to {self.after} {self.at:%Y-%m-%d %H:%M}Z"


class LinkAttempt(models.Model):
    """One try to make a link: which platform, how it ended, how long it took."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="link_attempts")
    platform = models.CharField(max_length=32)
    began_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    outcome = models.CharField(max_length=32)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["began_at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["began_at"], name="link_attempt_by_time")
        ]


class Outage(models.Model):
    """How often in a row a platform failed. From `breaker.OPENS_AFTER` on nobody asks it before `until`."""

    platform = models.CharField(max_length=32, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.platform
