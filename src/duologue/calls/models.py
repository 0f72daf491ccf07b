"""Who came to the call, by which way, and how do the two browsers find each other?"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from duologue.bookings.models import Booking, Party


class Join(models.Model):
    """One click on Join: who, when, by which way (JOIN-6). A click is not attendance."""

    class Way(models.TextChoices):
        DASHBOARD = "dashboard"
        SESSION_PAGE = "session_page"
        JOIN_LINK = "join_link"
        API = "api"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="joins")
    party = models.CharField(max_length=16, choices=Party)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    way = models.CharField(max_length=16, choices=Way)
    platform = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]


class JoinDevice(models.Model):
    """A browser that may join a booking as one party by the join link.

    The first attendee's browser is admitted at once; any further one waits for the host or a mailed code.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        ADMITTED = "admitted"
        REFUSED = "refused"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="join_devices")
    party = models.CharField(max_length=16, choices=Party)
    fingerprint = models.CharField(max_length=64)
    generation = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "party", "fingerprint"], name="join_device_once"),
        ]


class Presence(models.Model):
    """One browser's stay in the built-in room, kept alive by its polls. `epoch` names one page load."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="presences")
    party = models.CharField(max_length=16, choices=Party)
    epoch = models.CharField(max_length=36)
    entered_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "party", "epoch"], name="presence_once_an_epoch"),
        ]


class Signal(models.Model):
    """One signaling message in the mailbox of a call. `(epoch, seq)` is the sender's contiguous numbering."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="signals")
    party = models.CharField(max_length=16, choices=Party)
    epoch = models.CharField(max_length=36)
    seq = models.PositiveIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "party", "epoch", "seq"], name="signal_once"),
        ]
