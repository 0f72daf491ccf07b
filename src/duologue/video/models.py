"""Where does a session take place? The meeting link of a booking, and every attempt to make one."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.bookings.models import Booking


class MeetingLink(models.Model):
    """The room of one booking at one platform. At most one link a booking is current.

    `sealed_url` is the platform's address for the attendee, encrypted; the built-in room's is our own page.
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

    @property
    def is_valid(self) -> bool:
        return self.status in {self.Status.PROVISIONAL, self.Status.READY}


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
