"""What did the two people say about a session, what was answered, reported and hidden?"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.accounts.models import Host
from duologue.bookings.models import Booking, Party
from duologue.reviews.rules import MOST_STARS


class Review(models.Model):
    """One side's word about one session. An attendee's stands on the host's page, a host's does not.

    `visible_at` is what `rules.visible_at` says; it moves forward when the other writes. `private_note` is
    for operators alone. `host` repeats the booking's, so that a host's reviews lie under one index.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="reviews")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="reviews")
    by = models.CharField(max_length=16, choices=Party)
    stars = models.PositiveSmallIntegerField()
    words = models.TextField(max_length=2000)
    private_note = models.TextField(max_length=1000, blank=True)
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    visible_at = models.DateTimeField()
    reply = models.TextField(max_length=1000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    reply_hidden_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["host", "by", "visible_at", "id"], name="review_by_host"),
            models.Index(fields=["written_at", "id"], name="review_by_age"),
            models.Index(
                fields=["hidden_at", "id"],
                name="review_hidden",
                condition=models.Q(hidden_at__isnull=False) | models.Q(reply_hidden_at__isnull=False),
            ),
            models.Index(
                fields=["written_at", "id"], name="review_with_note", condition=~models.Q(private_note="")
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "by"], name="review_once_a_side"),
            models.CheckConstraint(
                condition=models.Q(stars__gte=1, stars__lte=MOST_STARS), name="review_one_to_five"
            ),
            models.CheckConstraint(
                condition=models.Q(visible_at__gte=models.F("written_at")), name="review_written_first"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stars}/{MOST_STARS} by {self.by} {self.written_at:%Y-%m-%d}"


class Part(models.TextChoices):
    """What of a review an operator hides."""

    REVIEW = "review", _("review")
    REPLY = "reply", _("answer")


class Report(models.Model):
    """Somebody's word that a review should not stand there. `settled_at`: an operator has looked."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    words = models.TextField(max_length=1000)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["at"], name="report_open", condition=models.Q(settled_at__isnull=True))
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "by"], name="report_once_a_person"),
        ]


class Moderation(models.Model):
    """One decision of an operator: a part was hidden, with the reason, or shown again. Rows stay."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="moderations")
    part = models.CharField(max_length=8, choices=Part)
    is_hidden = models.BooleanField()
    reason = models.TextField(max_length=500, blank=True)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
