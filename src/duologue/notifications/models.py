"""Which mails do we owe, and what became of them? Rows of template and ids, rendered when sent."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.bookings.models import Booking, Party


class OutgoingMail(models.Model):
    """One mail to one person. No address of a link, no code and no text lies here (MAIL-2).

    `key` is unique: what is owed once is written once. Where it goes follows from the ids:
    a booking's party, a user, or a mailed code's address (`code_id`).
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        KEPT = "kept", _("Kept, not sent")
        RETRYING = "retrying", _("Retrying")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("No longer needed")

    id = models.UUIDField(primary_key=True, editable=False)
    key = models.CharField(max_length=120, unique=True)
    template = models.CharField(max_length=40)
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="mails"
    )
    party = models.CharField(max_length=16, choices=Party, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    code_id = models.UUIDField(null=True, blank=True)
    params = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    subject = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "created_at"], name="mail_by_state"),
            models.Index(fields=["created_at"], name="mail_by_age"),
        ]


class UnwantedMail(models.Model):
    """A kind of mail that an address has switched off; with or without an account."""

    class Kind(models.TextChoices):
        REMINDER_DAY = "reminder_day", _("Reminder the day before")
        REMINDER_HOUR = "reminder_hour", _("Reminder one hour before")
        WAITING = "waiting", _("When the other one waits for you")
        REVIEWS = "reviews", _("Reviews")

    email = models.EmailField(max_length=254)
    kind = models.CharField(max_length=16, choices=Kind)
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["email", "kind"], name="unwanted_mail_once"),
        ]
