"""Which requests came before? What each Idempotency-Key stood for."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from duologue.bookings.models import Booking


class IdempotencyKey(models.Model):
    """One key of one person: the fingerprint of the wish it came with, and the booking it made."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    wish = models.CharField(max_length=64)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_a_person"),
        ]

    def __str__(self) -> str:
        return self.key
