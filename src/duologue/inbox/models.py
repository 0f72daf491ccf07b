"""What did others tell us? One row for each event of a vendor, however often it was sent."""

from typing import ClassVar

from django.db import models


class WebhookEvent(models.Model):
    """An event as it came in, after its signature was found right.

    `external_id` is the vendor's own id, or the body's SHA-256 where it gives none. `body` is emptied when
    its time is over, the row stays.
    """

    source = models.CharField(max_length=32)
    external_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    body = models.TextField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "external_id"], name="webhook_event_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["received_at"], name="webhook_event_with_body", condition=~models.Q(body="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.type} {self.external_id}"
