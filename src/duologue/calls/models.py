"""Who came to the call, by which way, and how do the two browsers find each other?"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from duologue.bookings.models import Booking, Party

EPOCH_LENGTH = 36


class Join(models.Model):
    """One click on Join: who, when, by which way (JOIN-6). A click is not attendance.

    `is_framed` says that it led to the platform's frame on our own page, where we see who comes.
    """

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
    is_framed = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]


class Sighting(models.Model):
    """A platform told that somebody entered or left a session's room: unlike a `Join`, no click on our side.

    `external_id` is that of the platform's message. `visitor` is what the platform calls this one visit,
    empty where it says nothing: it pairs coming and going, which may be told in any order.
    """

    class Kind(models.TextChoices):
        JOINED = "joined"
        LEFT = "left"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="sightings")
    party = models.CharField(max_length=16, choices=Party)
    platform = models.CharField(max_length=32)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.JOINED)
    visitor = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    external_id = models.CharField(max_length=255)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["platform", "external_id"], name="sighting_once"),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.kind} {self.platform} {self.at:%Y-%m-%d %H:%M}Z"


class FrameStay(models.Model):
    """One person's stay in a platform's frame on our call page, as the frame tells their own browser.

    The page beats while its person is in. `other_at` and `other_seen_at` are the first and the last instant
    at which the frame showed that somebody else was in as well. A stay that nobody ended ends when it was
    last seen.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="frame_stays")
    party = models.CharField(max_length=16, choices=Party)
    platform = models.CharField(max_length=32)
    epoch = models.CharField(max_length=EPOCH_LENGTH)
    entered_at = models.DateTimeField(db_index=True)
    seen_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    other_at = models.DateTimeField(null=True, blank=True)
    other_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "party", "epoch"], name="frame_stay_once_an_epoch"),
        ]

    def __str__(self) -> str:
        return f"{self.party} in {self.platform} {self.entered_at:%Y-%m-%d %H:%M}Z"


class JoinDevice(models.Model):
    """A browser that may join a booking as one party by the join link.

    The first attendee's browser is admitted at once; any further one waits for the host or a mailed code.
    `fingerprint` is that of the browser's secret, `generation` that of the link it came by: a newer link
    makes the device useless.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        ADMITTED = "admitted"
        REFUSED = "refused"

    class By(models.TextChoices):
        """Who decided: nobody had to, for the first device."""

        FIRST = "first"
        HOST = "host"
        CODE = "code"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="join_devices")
    party = models.CharField(max_length=16, choices=Party)
    fingerprint = models.CharField(max_length=64)
    generation = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State)
    decided_by = models.CharField(max_length=8, choices=By, blank=True)
    created_at = models.DateTimeField(db_index=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "party", "fingerprint"], name="join_device_once"),
        ]


class Admission(models.Model):
    """The host let the attendee in, at this time of the session; nothing takes it back.

    It is needed only where the host lets people in by hand (`EventType.admits_by_hand`).
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="admissions")
    starts_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "starts_at"], name="admission_once_a_time"),
        ]


class Presence(models.Model):
    """One browser's stay at the built-in room, kept alive by its polls. `epoch` names one stay of one page.

    `arrived_at` is when the page stood open, `entered_at` when its person went in; `knocked_at` is when they
    wanted to and had to wait until the host let them in. `connected_at` is the
    first instant of picture and sound, `connected_seen_at` the last one known. A stay that nobody ended
    ends when it was last seen. `camera` and `microphone` are what the page last said of them.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="presences")
    party = models.CharField(max_length=16, choices=Party)
    epoch = models.CharField(max_length=EPOCH_LENGTH)
    arrived_at = models.DateTimeField(db_index=True)
    knocked_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    connected_seen_at = models.DateTimeField(null=True, blank=True)
    camera = models.CharField(max_length=8, blank=True, default="")
    microphone = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "party", "epoch"], name="presence_once_an_epoch"),
        ]


class Signal(models.Model):
    """One signaling message in the mailbox of a call, from one stay to one stay of the other side.

    `seq` is the sender's contiguous numbering for that pair of epochs.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="signals")
    party = models.CharField(max_length=16, choices=Party)
    epoch = models.CharField(max_length=EPOCH_LENGTH)
    to_epoch = models.CharField(max_length=EPOCH_LENGTH)
    seq = models.PositiveIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["booking", "party", "epoch", "to_epoch", "seq"], name="signal_once"
            ),
        ]


class Extension(models.Model):
    """The host keeps the door open longer than the installation's rule (LINK-7)."""

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="door_extension")
    closes_at = models.DateTimeField()
    at = models.DateTimeField()
