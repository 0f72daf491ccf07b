"""What was paid, asked for and given back? Our own rows, written before any gateway is called."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.bookings.models import Booking
from duologue.core.money import Money


class Payment(models.Model):
    """Our wish to collect for a booking; its id is what the gateway sees."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Paid")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, editable=False)
    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="payment")
    provider = models.CharField(max_length=32)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    external_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class CheckoutAttempt(models.Model):
    """One hosted page at the gateway. `id` is the idempotency key, `expires_at` is reused in every repeat."""

    class Status(models.TextChoices):
        CREATED = "created", _("Created")
        OPEN = "open", _("Open")
        PAID = "paid", _("Paid")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    status = models.CharField(max_length=8, choices=Status, default=Status.CREATED)
    expires_at = models.DateTimeField()
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    url = models.TextField(blank=True)
    created_at = models.DateTimeField()


class Refund(models.Model):
    """Money we owe back; `id` is the idempotency key. One per payment and cause, ever."""

    class Status(models.TextChoices):
        PENDING = "pending", _("On its way")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Stuck")
        SETTLED_BY_HAND = "settled_by_hand", _("Settled by hand")

    class Cause(models.TextChoices):
        PAID_TOO_LATE = "paid_too_late", _("Paid after the hold, and the time was gone")
        PAID_TWICE = "paid_twice", _("Paid twice")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    attempt = models.ForeignKey(CheckoutAttempt, on_delete=models.PROTECT, related_name="refunds")
    cause = models.CharField(max_length=16, choices=Cause)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    external_id = models.CharField(max_length=255, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["attempt"], name="refund_once_a_checkout"),
        ]

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class SandboxCheckout(models.Model):
    """The sandbox gateway's own memory, as a vendor would keep it: keyed by the attempt's id."""

    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        EXPIRED = "expired"

    key = models.UUIDField(primary_key=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    expires_at = models.DateTimeField()
    success_url = models.TextField()
    cancel_url = models.TextField()
    refund_key = models.UUIDField(null=True, blank=True)
